"""The locks of the schedule: the days, all at once and sorted, before anything else is read; then the jobs."""

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, col, select, tuple_

from drone_service.booking.models import Job
from drone_service.booking.rules import JobNotFound
from drone_service.scheduling.models import AircraftDay
from drone_service.scheduling.rules import DayBusy

LOCK_NOT_AVAILABLE = "55P03"  # PostgreSQL's SQLSTATE when lock_timeout is over


def lock_days(session: Session, cooperative_id: UUID, days: Iterable[tuple[UUID, date]]) -> None:
    """Hold the days of the aircraft until the transaction ends. Raises DayBusy when somebody holds one for too long.

    On SQLite the whole transaction is alone by `BEGIN IMMEDIATE`, and FOR UPDATE is not written.
    """
    wanted = sorted(set(days), key=lambda pair: (str(pair[0]), pair[1]))
    if not wanted:
        return
    rows = [{"cooperative_id": cooperative_id, "aircraft_id": aircraft, "day": day} for aircraft, day in wanted]
    dialect: Any = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = (
        select(AircraftDay)
        .where(
            col(AircraftDay.cooperative_id) == cooperative_id,
            tuple_(col(AircraftDay.aircraft_id), col(AircraftDay.day)).in_(wanted),
        )
        .order_by(col(AircraftDay.aircraft_id), col(AircraftDay.day))
        .with_for_update()
    )
    try:
        session.exec(dialect.insert(AircraftDay).values(rows).on_conflict_do_nothing())
        session.exec(statement).all()
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) == LOCK_NOT_AVAILABLE:
            raise DayBusy from error
        raise


def lock_job(session: Session, cooperative_id: UUID, job_id: UUID) -> Job:
    """Hold a job until the transaction ends and return it as it is now. Raises JobNotFound."""
    return lock_jobs(session, cooperative_id, [job_id])[job_id]


def lock_jobs(session: Session, cooperative_id: UUID, job_ids: Collection[UUID]) -> dict[UUID, Job]:
    """Hold jobs until the transaction ends, in the order of their keys, and return them as they are now.

    Raises JobNotFound where one is missing.
    """
    statement = (
        select(Job)
        .where(col(Job.cooperative_id) == cooperative_id, col(Job.id).in_(list(job_ids)))
        .order_by(col(Job.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found = {job.id: job for job in session.exec(statement).all()}
    if set(job_ids) - set(found):
        raise JobNotFound
    return found
