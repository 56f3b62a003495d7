"""Jobs and every move they made."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from drone_service.booking.rules import Event, HalfDay, Quote, State
from drone_service.engine.operation import Service
from drone_service.kit import db
from drone_service.planning.schemas import BlockEstimateOut


class Job(db.Row, table=True):
    """One piece of work on one field."""

    __tablename__ = "jobs"
    __table_args__ = (
        db.tenant_fk("field_id", "fields"),
        db.tenant_fk("farmer_id", "people"),
        db.tenant_fk("requested_by_id", "people"),
        sa.CheckConstraint("allowed_from <= allowed_until", name="window"),
        sa.CheckConstraint("area_m2 > 0", name="area"),
        sa.CheckConstraint("price_vnd >= 0", name="price"),
        sa.Index("ix_jobs_state", "cooperative_id", "state", "allowed_from"),
        sa.Index("ix_jobs_field", "cooperative_id", "field_id"),
        sa.Index("ix_jobs_farmer", "cooperative_id", "farmer_id"),
        sa.UniqueConstraint("cooperative_id", "number"),
    )

    number: int
    """What people say on the phone: 1, 2, 3 … within the cooperative."""
    field_id: UUID
    farmer_id: UUID
    requested_by_id: UUID
    service: Service = db.choice(Service)
    state: State = db.choice(State, default=State.REQUESTED)
    rate_per_ha: float
    """Litres per hectare for spraying, kilograms per hectare for spreading and sowing."""
    allowed_from: date
    allowed_until: date
    half_days: list[HalfDay] = db.json_of(list[HalfDay])
    planned_harvest_on: date | None = Field(default=None)
    note: str = Field(default="", max_length=2_000)
    quote: Quote = db.json_of(Quote)
    area_m2: float
    price_vnd: int = db.vnd()
    service_s: int
    """Planned seconds on site: what the schedule reserves."""
    wash_group: str = Field(max_length=24)
    lon: float
    lat: float


class JobProduct(db.Table, table=True):
    """A product of a job, for finding overlapping requests."""

    __tablename__ = "job_products"
    __table_args__ = (db.tenant_fk("job_id", "jobs"), db.tenant_fk("product_id", "products"))

    cooperative_id: UUID = Field(primary_key=True)
    job_id: UUID = Field(primary_key=True)
    product_id: UUID = Field(primary_key=True)
    dose_per_ha: float
    unit: str = Field(max_length=8)


class JobFlight(db.Table, table=True):
    """The stored plan that a job takes its figures from; a request that is changed gets another one."""

    __tablename__ = "job_flights"
    __table_args__ = (
        db.tenant_fk("job_id", "jobs"),
        db.tenant_fk("flight_plan_id", "flight_plans"),
        sa.Index("ix_job_flights_plan", "cooperative_id", "flight_plan_id"),
    )

    cooperative_id: UUID = Field(primary_key=True)
    job_id: UUID = Field(primary_key=True)
    flight_plan_id: UUID


class Block(db.Row, table=True):
    """Jobs on adjoining fields that are flown as one, with the plan and what of it falls to each owner."""

    __tablename__ = "blocks"
    __table_args__ = (
        db.tenant_fk("made_by_id", "people"),
        sa.CheckConstraint("shared_percent BETWEEN 0 AND 100", name="shared"),
    )

    made_by_id: UUID
    shared_percent: int
    plan: BlockEstimateOut = db.json_of(BlockEstimateOut)


class BlockJob(db.Table, table=True):
    """A job of a block; no job is in two."""

    __tablename__ = "block_jobs"
    __table_args__ = (
        db.tenant_fk("job_id", "jobs"),
        db.tenant_fk("block_id", "blocks"),
        sa.Index("ix_block_jobs_block", "cooperative_id", "block_id"),
    )

    cooperative_id: UUID = Field(primary_key=True)
    job_id: UUID = Field(primary_key=True)
    block_id: UUID


class JobMove(db.Row, table=True):
    """One move in a job's history: who, when, what and why."""

    __tablename__ = "job_moves"
    __table_args__ = (
        db.tenant_fk("job_id", "jobs"),
        db.tenant_fk("actor_id", "people"),
        sa.Index("ix_job_moves_job", "cooperative_id", "job_id"),
    )

    job_id: UUID
    actor_id: UUID
    event: Event = db.choice(Event)
    from_state: State | None = db.choice(State, check="from_state", default=None, nullable=True)
    to_state: State = db.choice(State)
    reason: str = Field(default="", max_length=2_000)
    at: datetime


class JobCounter(db.Table, table=True):
    """The last job number of a cooperative."""

    __tablename__ = "job_counters"
    __table_args__ = (sa.ForeignKeyConstraint(["cooperative_id"], ["cooperatives.id"]),)

    cooperative_id: UUID = Field(primary_key=True)
    last_number: int
