"""Fields: the outline an owner drew, kept the whole way from booking to bill."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
import sqlmodel
from shapely.geometry.base import BaseGeometry

from drone_service.engine.coverage.zones import ZoneKind
from drone_service.kit import db

Properties = dict[str, object]


class Field(db.Row, table=True):
    """One field of one farmer. Never deleted: jobs, sprayings and bills point to it; it is archived instead."""

    __tablename__ = "fields"
    __table_args__ = (
        db.tenant_fk("farmer_id", "people"),
        sa.CheckConstraint("area_m2 >= 100 AND area_m2 <= 10000000", name="area"),
        sa.CheckConstraint("south <= north", name="box"),
        sa.Index("ix_fields_farmer", "cooperative_id", "farmer_id"),
        sa.Index("ix_fields_box", "cooperative_id", "west", "east"),
    )

    farmer_id: UUID
    name: str = sqlmodel.Field(max_length=120)
    crop: str = sqlmodel.Field(default="", max_length=80)
    planting_code: str = sqlmodel.Field(default="", max_length=40)
    harvest_on: date | None = sqlmodel.Field(default=None)
    outline: BaseGeometry = db.geometry()
    west: float
    south: float
    east: float
    north: float
    area_m2: float
    perimeter_m: float
    properties: Properties = db.json_of(Properties)
    refills: list[tuple[float, float]] = db.json_of(list[tuple[float, float]], default_factory=list)
    """Where the tank can be filled, longitude and latitude; without one the planner proposes a place on the bank."""
    archived_at: datetime | None = sqlmodel.Field(default=None)


class Zone(db.Row, table=True):
    """Something to keep clear of: knowledge of the land, used for every field within reach, whoever added it."""

    __tablename__ = "zones"
    __table_args__ = (
        db.tenant_fk("added_by", "people"),
        sa.CheckConstraint("buffer_m >= 0 AND buffer_m <= 500", name="buffer"),
        sa.CheckConstraint("south <= north", name="box"),
        sa.Index("ix_zones_box", "cooperative_id", "west", "east"),
        sa.Index("ix_zones_added_by", "cooperative_id", "added_by"),
    )

    added_by: UUID
    kind: ZoneKind = db.choice(ZoneKind)
    geometry: BaseGeometry = db.geometry()
    west: float
    south: float
    east: float
    north: float
    buffer_m: float | None = sqlmodel.Field(default=None)
    """Its own distance; None is that of its kind."""
    may_overfly: bool | None = sqlmodel.Field(default=None)
    note: str = sqlmodel.Field(default="", max_length=200)
    archived_at: datetime | None = sqlmodel.Field(default=None)
