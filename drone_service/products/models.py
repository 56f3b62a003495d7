"""The cooperative's list of crop products."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from drone_service.kit import db
from drone_service.products.rules import DoseUnit, Formulation, ProductGroup


class Product(db.Row, table=True):
    """A product with what its label says."""

    __tablename__ = "products"
    __table_args__ = (
        sa.ForeignKeyConstraint(["cooperative_id"], ["cooperatives.id"]),
        sa.UniqueConstraint("cooperative_id", "name"),
        sa.CheckConstraint(
            "dose_min_per_ha > 0 AND dose_min_per_ha <= dose_per_ha AND dose_per_ha <= dose_max_per_ha", name="doses"
        ),
        sa.CheckConstraint("phi_days >= 0", name="phi"),
    )

    name: str = Field(max_length=120)
    group: ProductGroup = db.choice(ProductGroup)
    active_ingredient: str = Field(default="", max_length=200)
    formulation: Formulation = db.choice(Formulation)
    dose_min_per_ha: float
    dose_per_ha: float
    dose_max_per_ha: float
    unit: DoseUnit = db.choice(DoseUnit)
    phi_days: int = Field(default=0)
    rain_free_h: float = Field(default=2.0)
    reentry_h: float = Field(default=24.0)
    crops: list[str] = db.json_of(list[str])
    least_water_l_per_ha: float = Field(default=0.0, sa_column_kwargs={"server_default": "0"})
    """The least spray volume on the label; 0 where it is silent."""
    not_with_groups: list[ProductGroup] = db.json_of(
        list[ProductGroup], default_factory=list, sa_column_kwargs={"server_default": "[]"}
    )
    not_with_products: list[UUID] = db.json_of(
        list[UUID], default_factory=list, sa_column_kwargs={"server_default": "[]"}
    )
    archived_at: datetime | None = Field(default=None)
