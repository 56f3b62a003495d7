"""The stored plan of a field, and what finished jobs taught about the times of the aircraft."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from drone_service.kit import db
from drone_service.planning.schemas import ActualSeconds, CrewLessons, Estimate, LessonsOut, PhaseSeconds, RangeSeconds


class FlightPlan(db.Row, table=True):
    """A plan as it was made; it is never changed, another plan is another row."""

    __tablename__ = "flight_plans"
    __table_args__ = (
        db.tenant_fk("field_id", "fields"),
        sa.Index("ix_flight_plans_field", "cooperative_id", "field_id"),
    )

    field_id: UUID
    estimate: Estimate = db.json_of(Estimate)


class JobTiming(db.Row, table=True):
    """The times of a finished job beside the plan, and the range that was told before it was done."""

    __tablename__ = "job_timings"
    __table_args__ = (
        db.tenant_fk("job_id", "jobs"),
        db.tenant_fk("aircraft_id", "aircraft"),
        db.tenant_fk("pilot_id", "people"),
        sa.UniqueConstraint("cooperative_id", "job_id"),
        sa.Index("ix_job_timings_aircraft", "cooperative_id", "aircraft_id", "finished_at"),
    )

    job_id: UUID
    aircraft_id: UUID
    pilot_id: UUID
    finished_at: datetime
    planned: PhaseSeconds = db.json_of(PhaseSeconds)
    actual: ActualSeconds = db.json_of(ActualSeconds)
    told: RangeSeconds = db.json_of(RangeSeconds)
    """The range for this aircraft from the jobs before this one."""
    told_crew: RangeSeconds = db.json_of(RangeSeconds)
    """The same for this crew."""


class AircraftLessons(db.Row, table=True):
    """What the last finished jobs of an aircraft teach: learned anew with each, read with each estimate."""

    __tablename__ = "aircraft_lessons"
    __table_args__ = (
        db.tenant_fk("aircraft_id", "aircraft"),
        sa.UniqueConstraint("cooperative_id", "aircraft_id"),
    )

    aircraft_id: UUID
    lessons: LessonsOut = db.json_of(LessonsOut)
    crews: list[CrewLessons] = db.json_of(list[CrewLessons])
    left_out: int = Field(default=0)
