"""Visits (a job on an aircraft at a time), the five-minute rows that guard them, and calendar links."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from drone_service.kit import db


class AircraftDay(db.Table, table=True):
    """One day of one aircraft: the row that is locked before anything of that day is changed.

    An aircraft has one crew, so its day is the crew's day too and one guard keeps both from being in two places.
    """

    __tablename__ = "aircraft_days"
    __table_args__ = (db.tenant_fk("aircraft_id", "aircraft"),)

    cooperative_id: UUID = Field(primary_key=True)
    aircraft_id: UUID = Field(primary_key=True)
    day: date = Field(primary_key=True)


class Visit(db.Row, table=True):
    """The one planned visit of a job. Times are multiples of five minutes, the end is exclusive."""

    __tablename__ = "visits"
    __table_args__ = (
        db.tenant_fk("job_id", "jobs"),
        db.tenant_fk("aircraft_id", "aircraft"),
        sa.UniqueConstraint("cooperative_id", "job_id", name="uq_visits_job"),
        sa.CheckConstraint("starts_at < ends_at", name="period"),
        sa.Index("ix_visits_day", "cooperative_id", "day", "aircraft_id"),
    )

    job_id: UUID
    aircraft_id: UUID
    day: date
    starts_at: datetime
    ends_at: datetime
    travel_s: int = Field(default=0)
    travel_km: float = Field(default=0.0)
    wash_s: int = Field(default=0)
    pinned: bool = Field(default=False)


class Slot(db.Table, table=True):
    """Five minutes of an aircraft that are taken. Its primary key is what makes double booking impossible."""

    __tablename__ = "slots"
    __table_args__ = (
        db.tenant_fk("aircraft_id", "aircraft"),
        db.tenant_fk("visit_id", "visits"),
        sa.Index("ix_slots_visit", "cooperative_id", "visit_id"),
    )

    cooperative_id: UUID = Field(primary_key=True)
    aircraft_id: UUID = Field(primary_key=True)
    slot_at: datetime = Field(primary_key=True)
    visit_id: UUID


class CalendarLink(db.Row, table=True):
    """A secret address under which a calendar program reads the schedule; only the hash of the secret is kept."""

    __tablename__ = "calendar_links"
    __table_args__ = (
        db.tenant_fk("made_by_id", "people"),
        sa.UniqueConstraint("secret_hash", name="uq_calendar_links_secret"),
    )

    made_by_id: UUID
    secret_hash: str = Field(max_length=64)
    label: str = Field(default="", max_length=200)
    revoked_at: datetime | None = Field(default=None)
