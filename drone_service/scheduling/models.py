"""Visits (a job on an aircraft at a time), the five-minute rows that guard them, plans that are made and calendars."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from drone_service.kit import db
from drone_service.scheduling.proposal import ChangeKind, Proposal, RunState, Turn, VisitState


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
    told_from: datetime | None = Field(default=None)
    told_until: datetime | None = Field(default=None)
    """Between what times the farmer was told that the crew comes: the promise. None before anything was told."""


class DayState(db.Table, table=True):
    """What people decided about a day: it is locked, it is published. No row is an ordinary day."""

    __tablename__ = "day_states"
    __table_args__ = (sa.ForeignKeyConstraint(["cooperative_id"], ["cooperatives.id"]),)

    cooperative_id: UUID = Field(primary_key=True)
    day: date = Field(primary_key=True)
    locked_at: datetime | None = Field(default=None)
    published_at: datetime | None = Field(default=None)


class ScheduleChange(db.Row, table=True):
    """One change of the board: how the visits stood before and after, so that it can be taken back."""

    __tablename__ = "schedule_changes"
    __table_args__ = (
        db.tenant_fk("made_by_id", "people"),
        sa.Index("ix_schedule_changes_newest", "cooperative_id", "created_at"),
    )

    made_by_id: UUID
    kind: ChangeKind = db.choice(ChangeKind)
    before: list[VisitState] = db.json_of(list[VisitState])
    after: list[VisitState] = db.json_of(list[VisitState])
    undone_at: datetime | None = Field(default=None)


class PlanRun(db.Row, table=True):
    """A search for a plan in the background: what was asked, how far it is, and the best plan so far."""

    __tablename__ = "plan_runs"
    __table_args__ = (
        db.tenant_fk("requested_by_id", "people"),
        sa.CheckConstraint("progress >= 0 AND progress <= 1", name="progress"),
        # One search for the same days: a second request finds this row and joins it.
        sa.UniqueConstraint("cooperative_id", "active_key", name="uq_plan_runs_active"),
        sa.Index("ix_plan_runs_newest", "cooperative_id", "created_at"),
    )

    requested_by_id: UUID
    days: list[date] = db.json_of(list[date])
    active_key: str | None = Field(default=None, max_length=120)
    """The days while the search is on; nothing once it has ended."""
    state: RunState = db.choice(RunState, default=RunState.WAITING)
    turn: Turn | None = db.json_of(Turn, default=None, nullable=True)
    """What changed during the day, where that is why it is planned again."""
    seconds: int
    seed: int = Field(default=0)
    progress: float = Field(default=0.0)
    started_at: datetime | None = Field(default=None)
    seen_at: datetime | None = Field(default=None)
    """When the worker last said that it is alive."""
    finished_at: datetime | None = Field(default=None)
    stop_asked: bool = Field(default=False)
    attempts: int = Field(default=0)
    base: str = Field(default="", max_length=64)
    """The schedule it began from; once that has changed the proposal can no longer be accepted."""
    best: Proposal | None = db.json_of(Proposal, default=None, nullable=True)
    failure: str = Field(default="", max_length=80)


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
