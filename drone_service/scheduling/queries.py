"""Reads of the schedule."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import defer
from sqlalchemy.sql.base import ExecutableOption
from sqlmodel import Session, col, select

from drone_service.access import queries as access_queries
from drone_service.access.rules import Actor, ensure_staff
from drone_service.booking.models import Job
from drone_service.booking.rules import WORKED_STATES, State
from drone_service.fleet import queries as fleet_queries
from drone_service.kit.clock import day_bounds, local_day
from drone_service.kit.paging import MAX_LIMIT, follows, split_page
from drone_service.scheduling.models import CalendarLink, DayState, Slot, Visit
from drone_service.scheduling.rules import (
    CalendarNotFound,
    DayLocked,
    Gap,
    Period,
    VisitNotFound,
    VisitWarning,
    free_periods,
    is_tight,
    work_periods,
)
from drone_service.scheduling.schemas import (
    CalendarEventOut,
    CalendarLinkOut,
    CalendarOut,
    DayOut,
    FreePeriodOut,
    VisitOut,
    WaitingOut,
)

LIVE_STATES = frozenset({State.SCHEDULED, State.IN_PROGRESS}) | WORKED_STATES
"""A visit of a job in another state (cancelled, given back) is dead: it is not shown and its slots are released."""
# The day is read more often than anything else: statements built once, and plain columns instead of jobs with quotes.
_VISITS_OF_DAY: sa.Executable = (
    sa.select(
        col(Visit.id).label("visit_id"),
        col(Job.id).label("job_id"),
        col(Job.number).label("job_number"),
        col(Job.state),
        col(Job.service),
        col(Job.service_s),
        col(Job.area_m2),
        col(Job.lon),
        col(Job.lat),
        col(Job.allowed_from),
        col(Job.allowed_until),
        col(Visit.aircraft_id),
        col(Visit.day),
        col(Visit.starts_at),
        col(Visit.ends_at),
        col(Visit.travel_s),
        col(Visit.travel_km),
        col(Visit.wash_s),
        col(Visit.pinned),
    )
    .join(Job, (col(Job.cooperative_id) == col(Visit.cooperative_id)) & (col(Job.id) == col(Visit.job_id)))
    .where(
        col(Visit.cooperative_id) == sa.bindparam("cooperative_id"),
        col(Visit.day) == sa.bindparam("day"),
        col(Job.state).in_(LIVE_STATES),
    )
    .order_by(col(Visit.aircraft_id), col(Visit.starts_at))
)
_PRESSING = (col(Job.allowed_until), col(Job.allowed_from), col(Job.number))
_WAITING_ON_DAY: sa.Select[*tuple[Any, ...]] = (
    sa.select(
        col(Job.id).label("job_id"),
        col(Job.number).label("job_number"),
        col(Job.service),
        col(Job.area_m2),
        col(Job.service_s),
        col(Job.allowed_from),
        col(Job.allowed_until),
        col(Job.half_days),
        col(Job.lon),
        col(Job.lat),
    )
    .where(
        col(Job.cooperative_id) == sa.bindparam("cooperative_id"),
        col(Job.state) == State.CONFIRMED,
        col(Job.allowed_from) <= sa.bindparam("day"),
        col(Job.allowed_until) >= sa.bindparam("day"),
    )
    .order_by(*_PRESSING)
    .limit(sa.bindparam("rows"))
)
CALENDAR_PAST = timedelta(days=14)
CALENDAR_AHEAD = timedelta(days=60)


def find_visit(session: Session, cooperative_id: UUID, job_id: UUID) -> Visit | None:
    """Find the visit of a job, whatever the job's state, as it is in the database now."""
    return find_visits(session, cooperative_id, [job_id]).get(job_id)


def find_visits(session: Session, cooperative_id: UUID, job_ids: Collection[UUID]) -> dict[UUID, Visit]:
    """Return the visits of jobs that have one by job, whatever the jobs' state, as they are in the database now."""
    statement = select(Visit).where(col(Visit.cooperative_id) == cooperative_id, col(Visit.job_id).in_(list(job_ids)))
    found = session.exec(statement.execution_options(populate_existing=True)).all()
    return {visit.job_id: visit for visit in found}


def live_visits(session: Session, cooperative_id: UUID, job_ids: Collection[UUID]) -> dict[UUID, Visit]:
    """Return the live visits of jobs by job, as they are in the database now: those of jobs that have a place."""
    statement = (
        select(Visit)
        .join(Job, (col(Job.cooperative_id) == col(Visit.cooperative_id)) & (col(Job.id) == col(Visit.job_id)))
        .where(
            col(Visit.cooperative_id) == cooperative_id,
            col(Visit.job_id).in_(list(job_ids)),
            col(Job.state).in_(LIVE_STATES),
        )
    )
    found = session.exec(statement.execution_options(populate_existing=True)).all()
    return {visit.job_id: visit for visit in found}


def taken_slots(
    session: Session, cooperative_id: UUID, aircraft_ids: Collection[UUID], span: Period
) -> set[tuple[UUID, datetime]]:
    """Return the five-minute rows of aircraft in a period."""
    statement = sa.select(col(Slot.aircraft_id), col(Slot.slot_at)).where(
        col(Slot.cooperative_id) == cooperative_id,
        col(Slot.aircraft_id).in_(list(aircraft_ids)),
        col(Slot.slot_at) >= span.starts_at,
        col(Slot.slot_at) < span.ends_at,
    )
    return {(aircraft_id, slot_at) for aircraft_id, slot_at in session.execute(statement)}


def is_taken(
    session: Session, cooperative_id: UUID, aircraft_id: UUID, period: Period, *, besides: Collection[UUID]
) -> bool:
    """Tell whether an aircraft has a live visit of other jobs in a period, as far as can be seen without a lock."""
    statement = (
        sa.select(col(Slot.slot_at))
        .join(Visit, (col(Visit.cooperative_id) == col(Slot.cooperative_id)) & (col(Visit.id) == col(Slot.visit_id)))
        .join(Job, (col(Job.cooperative_id) == col(Visit.cooperative_id)) & (col(Job.id) == col(Visit.job_id)))
        .where(
            col(Slot.cooperative_id) == cooperative_id,
            col(Slot.aircraft_id) == aircraft_id,
            col(Slot.slot_at) >= period.starts_at,
            col(Slot.slot_at) < period.ends_at,
            col(Job.id).not_in(list(besides)),
            col(Job.state).in_(LIVE_STATES),
        )
    )
    return session.execute(statement.limit(1)).first() is not None


def list_visits(
    session: Session, cooperative_id: UUID, days: Iterable[date], *, quotes: bool = True
) -> list[tuple[Visit, Job]]:
    """List the live visits of the days with their jobs, by aircraft and time; a quote left out is read when asked."""
    statement = (
        select(Visit, Job)
        .join(Job, (col(Job.cooperative_id) == col(Visit.cooperative_id)) & (col(Job.id) == col(Visit.job_id)))
        .where(
            col(Visit.cooperative_id) == cooperative_id,
            col(Job.cooperative_id) == cooperative_id,
            col(Visit.day).in_(sorted(set(days))),
            col(Job.state).in_(LIVE_STATES),
        )
        .order_by(col(Visit.day), col(Visit.aircraft_id), col(Visit.starts_at))
        .options(*_reading(quotes=quotes))
    )
    return list(session.exec(statement).all())


def _reading(*, quotes: bool) -> list[ExecutableOption]:
    # A quote is long: to read three hundred of them takes as long as to rank the half-days beside them.
    return [] if quotes else [defer(Job.quote)]  # type: ignore[arg-type]


def day_states(session: Session, cooperative_id: UUID, days: Iterable[date]) -> dict[date, DayState]:
    """Return the days of these that somebody locked or published."""
    statement = select(DayState).where(
        col(DayState.cooperative_id) == cooperative_id, col(DayState.day).in_(sorted(set(days)))
    )
    return {state.day: state for state in session.exec(statement.execution_options(populate_existing=True)).all()}


def locked_days(session: Session, cooperative_id: UUID, days: Iterable[date]) -> set[date]:
    """Return which of the days are locked."""
    states = day_states(session, cooperative_id, days)
    return {day for day, state in states.items() if state.locked_at is not None}


def published_days(session: Session, cooperative_id: UUID, days: Iterable[date]) -> set[date]:
    """Return which of the days are published."""
    states = day_states(session, cooperative_id, days)
    return {day for day, state in states.items() if state.published_at is not None}


def ensure_unlocked(session: Session, cooperative_id: UUID, days: Iterable[date]) -> None:
    """Refuse a change of a locked day. Raises DayLocked."""
    if locked_days(session, cooperative_id, days):
        raise DayLocked


def list_dead_visits(
    session: Session, cooperative_id: UUID, days: Iterable[date], job_ids: Collection[UUID] = ()
) -> Sequence[Visit]:
    """List visits of the days, and those of some jobs wherever they lie, that are of no job that has a place."""
    statement = (
        select(Visit)
        .join(Job, (col(Job.cooperative_id) == col(Visit.cooperative_id)) & (col(Job.id) == col(Visit.job_id)))
        .where(
            col(Visit.cooperative_id) == cooperative_id,
            col(Job.cooperative_id) == cooperative_id,
            col(Visit.day).in_(sorted(set(days))) | col(Visit.job_id).in_(list(job_ids)),
            col(Job.state).not_in(LIVE_STATES),
        )
    )
    return session.exec(statement).all()


def list_jobs(session: Session, cooperative_id: UUID, job_ids: Collection[UUID]) -> Sequence[Job]:
    """List jobs by their keys, without their quotes."""
    if not job_ids:
        return []
    statement = select(Job).where(col(Job.cooperative_id) == cooperative_id, col(Job.id).in_(list(job_ids)))
    return session.exec(statement.options(*_reading(quotes=False))).all()


def list_waiting(session: Session, cooperative_id: UUID, days: Sequence[date], *, quotes: bool = True) -> Sequence[Job]:
    """List the confirmed jobs that may be done on one of the days, the most pressing first; quotes as for visits."""
    statement = (
        select(Job)
        .where(
            col(Job.cooperative_id) == cooperative_id,
            col(Job.state) == State.CONFIRMED,
            col(Job.allowed_from) <= max(days),
            col(Job.allowed_until) >= min(days),
        )
        .order_by(*_PRESSING)
        .options(*_reading(quotes=quotes))
    )
    return session.exec(statement).all()


def get_day(session: Session, actor: Actor, day: date, *, limit: int = MAX_LIMIT, after: UUID | None = None) -> DayOut:
    """Return a day of the schedule for those who run it, with so many waiting jobs after one. Raises RoleNeeded."""
    ensure_staff(actor)
    return day_out(session, actor.cooperative_id, day, limit=limit, after=after)


def day_out(
    session: Session, cooperative_id: UUID, day: date, *, limit: int = MAX_LIMIT, after: UUID | None = None
) -> DayOut:
    """Return what the doors show of a day: all its visits, and the most pressing of the jobs that wait."""
    waiting, last = _waiting_on(session, {"cooperative_id": cooperative_id, "day": day}, limit, after)
    visits = _visits_on(session, cooperative_id, day)
    return DayOut(day=day, visits=visits, waiting=waiting, next=last.job_id if last else None)


def _visits_on(session: Session, cooperative_id: UUID, day: date) -> list[VisitOut]:
    work = work_periods(day, access_queries.get_cooperative(session, cooperative_id).work_windows)
    visits: list[VisitOut] = []
    rows = session.execute(_VISITS_OF_DAY, {"cooperative_id": cooperative_id, "day": day}).all()
    for _aircraft_id, own in groupby(rows, key=lambda row: row.aircraft_id):
        free_at: datetime | None = None
        for row in own:
            visits.append(_visit_out(row, work, free_at))
            free_at = row.ends_at
    return visits


def _waiting_on(
    session: Session, wanted: dict[str, Any], limit: int, after: UUID | None
) -> tuple[list[WaitingOut], WaitingOut | None]:
    statement = _WAITING_ON_DAY
    if after is not None:
        row = sa.select(Job).where(col(Job.cooperative_id) == wanted["cooperative_id"], col(Job.id) == after)
        statement = statement.where(follows(row, *_PRESSING))
    rows = session.execute(statement, {**wanted, "rows": limit + 1})
    return split_page([WaitingOut(**row._mapping) for row in rows], limit)


def get_visit(session: Session, actor: Actor, job_id: UUID) -> VisitOut:
    """Return the visit of a job to those who may see the job: its farmer and whoever books for others."""
    visit = find_visit(session, actor.cooperative_id, job_id)
    job = session.get(Job, (actor.cooperative_id, job_id))
    if visit is None or job is None or job.state not in LIVE_STATES:
        raise VisitNotFound
    if job.farmer_id != actor.person_id and not actor.may_book_for_others:
        raise VisitNotFound
    return next(one for one in _visits_on(session, actor.cooperative_id, visit.day) if one.visit_id == visit.id)


def visits_of(session: Session, actor: Actor, job_ids: Sequence[UUID]) -> dict[UUID, Visit]:
    """Return the live visits of jobs to those who run the schedule. Raises RoleNeeded."""
    ensure_staff(actor)
    return live_visits(session, actor.cooperative_id, job_ids)


def _visit_out(row: sa.Row[Any], work: Sequence[Period], free_at: datetime | None) -> VisitOut:
    """Return what the doors show of a visit; `free_at` is when the visit before it ends."""
    shown = {name: value for name, value in row._mapping.items() if name in VisitOut.model_fields}
    return VisitOut(**shown, warnings=_warnings(row, work, free_at))


def _warnings(row: sa.Row[Any], work: Sequence[Period], free_at: datetime | None) -> list[VisitWarning]:
    available_s = None if free_at is None else (row.starts_at - free_at).total_seconds()
    found = []
    if not row.allowed_from <= row.day <= row.allowed_until:
        found.append(VisitWarning.OUTSIDE_PROMISED_DAYS)
    if not any(one.holds(Period(row.starts_at, row.ends_at)) for one in work):
        found.append(VisitWarning.OUTSIDE_WORK_HOURS)
    if is_tight(Gap(row.travel_s, row.wash_s, available_s)):
        found.append(VisitWarning.TIGHT)
    if row.state is State.SCHEDULED and (row.ends_at - row.starts_at).total_seconds() < row.service_s:
        found.append(VisitWarning.SHORT)
    return found


def list_free_periods(session: Session, actor: Actor, day: date, minutes: int) -> list[FreePeriodOut]:
    """List where a visit of so many minutes would find an aircraft free in the working hours. Raises RoleNeeded."""
    ensure_staff(actor)
    work = work_periods(day, access_queries.get_cooperative(session, actor.cooperative_id).work_windows)
    begin, end = day_bounds(day)
    statement = (
        select(Slot.aircraft_id, Slot.slot_at)
        .join(Visit, (col(Visit.cooperative_id) == col(Slot.cooperative_id)) & (col(Visit.id) == col(Slot.visit_id)))
        .join(Job, (col(Job.cooperative_id) == col(Visit.cooperative_id)) & (col(Job.id) == col(Visit.job_id)))
        .where(
            col(Slot.cooperative_id) == actor.cooperative_id,
            col(Slot.slot_at) >= begin,
            col(Slot.slot_at) < end,
            col(Job.state).in_(LIVE_STATES),
        )
    )
    taken: dict[UUID, list[datetime]] = {}
    for aircraft_id, slot_at in session.exec(statement).all():
        taken.setdefault(aircraft_id, []).append(slot_at)
    return [
        FreePeriodOut(aircraft_id=aircraft.id, starts_at=period.starts_at, ends_at=period.ends_at)
        for aircraft in fleet_queries.list_aircraft(session, actor.cooperative_id, in_service_only=True)
        for period in free_periods(work, taken.get(aircraft.id, ()), timedelta(minutes=minutes))
    ]


def list_calendar_links(session: Session, actor: Actor) -> list[CalendarLinkOut]:
    """List the calendar links that still work, newest first and two hundred at most. Raises RoleNeeded."""
    ensure_staff(actor)
    statement = select(CalendarLink).where(
        col(CalendarLink.cooperative_id) == actor.cooperative_id, col(CalendarLink.revoked_at).is_(None)
    )
    links = session.exec(statement.order_by(col(CalendarLink.created_at).desc()).limit(MAX_LIMIT)).all()
    return [CalendarLinkOut(link_id=link.id, label=link.label, created_at=link.created_at) for link in links]


def open_calendar(session: Session, cooperative_id: UUID, secret_hash: str, now: datetime) -> CalendarOut:
    """Return the visits round the present day behind a calendar link. Raises CalendarNotFound."""
    statement = select(CalendarLink).where(
        col(CalendarLink.cooperative_id) == cooperative_id,
        col(CalendarLink.secret_hash) == secret_hash,
        col(CalendarLink.revoked_at).is_(None),
    )
    link = session.exec(statement).first()
    if link is None:
        raise CalendarNotFound
    first, last = local_day(now - CALENDAR_PAST), local_day(now + CALENDAR_AHEAD)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    names = {aircraft.id: aircraft.name for aircraft in fleet_queries.list_aircraft(session, link.cooperative_id)}
    cooperative = access_queries.get_cooperative(session, link.cooperative_id)
    return CalendarOut(
        name=cooperative.short_name,
        language=cooperative.language,
        cong_m2=cooperative.cong_m2,
        events=[
            CalendarEventOut(
                visit_id=visit.id,
                job_number=job.number,
                state=job.state,
                service=job.service,
                aircraft=names.get(visit.aircraft_id, ""),
                area_m2=job.area_m2,
                lon=job.lon,
                lat=job.lat,
                starts_at=visit.starts_at,
                ends_at=visit.ends_at,
            )
            for visit, job in list_visits(session, link.cooperative_id, days)
        ],
    )
