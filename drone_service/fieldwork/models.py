"""What was really flown, mixed and used: the work on a job, its loads, and the products with what their labels said."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from drone_service.engine.operation import Service
from drone_service.fieldwork.rules import StopReason
from drone_service.kit import db


class Work(db.Row, table=True):
    """The work on one job, from its start to its end.

    Names of the field, crop, pilot and aircraft are copied when the work ends, because a spray log must keep saying
    what was true on the day.
    """

    __tablename__ = "works"
    __table_args__ = (
        db.tenant_fk("job_id", "jobs"),
        db.tenant_fk("field_id", "fields"),
        db.tenant_fk("pilot_id", "people"),
        db.tenant_fk("aircraft_id", "aircraft"),
        sa.CheckConstraint("area_done_m2 >= 0", name="area"),
        sa.Index("ix_works_job", "cooperative_id", "job_id"),
        sa.Index("ix_works_field", "cooperative_id", "field_id", "started_at"),
    )

    job_id: UUID
    field_id: UUID
    pilot_id: UUID
    aircraft_id: UUID
    service: Service = db.choice(Service)
    started_at: datetime
    ended_at: datetime | None = Field(default=None)
    area_done_m2: float = Field(default=0.0)
    quantity: float = Field(default=0.0)
    """Litres for spraying, kilograms for spreading and sowing."""
    minutes: float = Field(default=0.0)
    setup_min: float | None = Field(default=None)
    fill_min: float | None = Field(default=None)
    pack_up_min: float | None = Field(default=None)
    """Minutes of single phases on the ground, where somebody noted them; filling is all fillings and swaps together."""
    rate_per_ha: float = Field(default=0.0)
    stop_reason: StopReason | None = db.choice(StopReason, default=None, nullable=True)
    note: str = Field(default="", max_length=2_000)
    wind_m_s: float | None = Field(default=None)
    temperature_c: float | None = Field(default=None)
    humidity_pct: float | None = Field(default=None)
    height_m: float | None = Field(default=None)
    speed_m_s: float | None = Field(default=None)
    swath_m: float | None = Field(default=None)
    droplet_um: float | None = Field(default=None)
    pest: str = Field(default="", max_length=200)
    crop_stage: str = Field(default="", max_length=200)
    empty_packages: int | None = Field(default=None)
    signed_by: str = Field(default="", max_length=200)
    pilot_licence: str = Field(default="", max_length=200)
    pilot_name: str = Field(default="", max_length=120)
    field_name: str = Field(default="", max_length=200)
    plot_code: str = Field(default="", max_length=200)
    crop: str = Field(default="", max_length=200)
    aircraft_name: str = Field(default="", max_length=200)
    aircraft_serial: str = Field(default="", max_length=200)


class Load(db.Row, table=True):
    """One tank or hopper load. Its id is made by the phone, so that sending it twice records it once."""

    __tablename__ = "loads"
    __table_args__ = (
        db.tenant_fk("work_id", "works"),
        sa.CheckConstraint("area_m2 >= 0 AND quantity >= 0 AND minutes >= 0", name="figures"),
        sa.Index("ix_loads_work", "cooperative_id", "work_id"),
    )

    work_id: UUID
    area_m2: float
    quantity: float
    minutes: float
    recorded_at: datetime


class ProductUse(db.Row, table=True):
    """A product as it was used, with what its label said on the day."""

    __tablename__ = "product_uses"
    __table_args__ = (
        db.tenant_fk("work_id", "works"),
        db.tenant_fk("product_id", "products"),
        sa.Index("ix_product_uses_work", "cooperative_id", "work_id"),
    )

    work_id: UUID
    product_id: UUID
    name: str = Field(max_length=200)
    active_ingredient: str = Field(default="", max_length=200)
    label_dose: str = Field(default="", max_length=200)
    dose_per_ha: float
    unit: str = Field(max_length=8)
    amount: float
    phi_days: int
    re_entry_h: float | None = Field(default=None)
