"""Reads of the schedule."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from uuid import UUID

from sqlmodel import Session, col, select

from drone_service.access import queries as access_queries
from drone_service.access.rules import Actor, ensure_staff
from drone_service.booking.models import Job
from drone_service.booking.rules import WORKED_STATES, State
from drone_service.fleet import queries as fleet_queries
from drone_service.kit.clock import day_bounds, local_day
from drone_service.kit.paging import MAX_LIMIT
from drone_service.scheduling.models import CalendarLink, Slot, Visit
from drone_service.scheduling.rules import (
    CalendarNotFound,
    Gap,
    Period,
    VisitNotFound,
    VisitWarning,
    free_periods,
    is_inside_any,
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
CALENDAR_PAST = timedelta(days=14)
CALENDAR_AHEAD = timedelta(days=60)


def find_visit(session: Session, cooperative_id: UUID, job_id: UUID) -> Visit | None:
    """Find the visit of a job, whatever the job's state, as it is in the database now."""
    statement = select(Visit).where(col(Visit.cooperative_id) == cooperative_id, col(Visit.job_id) == job_id)
    return session.exec(statement.execution_options(populate_existing=True)).first()


def list_visits(session: Session, cooperative_id: UUID, days: Iterable[date]) -> list[tuple[Visit, Job]]:
    """List the live visits of the days with their jobs, by aircraft and time."""
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
    )
    return list(session.exec(statement).all())


def list_dead_visits(session: Session, cooperative_id: UUID, days: Iterable[date]) -> Sequence[Visit]:
    """List visits of the days whose job is no longer to be done."""
    statement = (
        select(Visit)
        .join(Job, (col(Job.cooperative_id) == col(Visit.cooperative_id)) & (col(Job.id) == col(Visit.job_id)))
        .where(
            col(Visit.cooperative_id) == cooperative_id,
            col(Job.cooperative_id) == cooperative_id,
            col(Visit.day).in_(sorted(set(days))),
            col(Job.state).not_in(LIVE_STATES),
        )
    )
    return session.exec(statement).all()


def list_waiting(session: Session, cooperative_id: UUID, days: Sequence[date]) -> Sequence[Job]:
    """List the confirmed jobs that may be done on one of the days, the most pressing first."""
    statement = (
        select(Job)
        .where(
            col(Job.cooperative_id) == cooperative_id,
            col(Job.state) == State.CONFIRMED,
            col(Job.allowed_from) <= max(days),
            col(Job.allowed_until) >= min(days),
        )
        .order_by(col(Job.allowed_until), col(Job.allowed_from), col(Job.number))
    )
    return session.exec(statement).all()


def get_day(session: Session, actor: Actor, day: date) -> DayOut:
    """Return a day of the schedule for those who run it. Raises RoleNeeded."""
    ensure_staff(actor)
    return day_out(session, actor.cooperative_id, day)


def day_out(session: Session, cooperative_id: UUID, day: date) -> DayOut:
    """Return what the doors show of a day."""
    work = work_periods(day, access_queries.get_cooperative(session, cooperative_id).work_windows)
    visits: list[VisitOut] = []
    rows = list_visits(session, cooperative_id, [day])
    for _aircraft_id, own in groupby(rows, key=lambda pair: pair[0].aircraft_id):
        free_at: datetime | None = None
        for visit, job in own:
            visits.append(visit_out(visit, job, work, free_at))
            free_at = visit.ends_at
    waiting = [waiting_out(job) for job in list_waiting(session, cooperative_id, [day])]
    return DayOut(day=day, visits=visits, waiting=waiting)


def get_visit(session: Session, actor: Actor, job_id: UUID) -> VisitOut:
    """Return the visit of a job to those who may see the job: its farmer and whoever books for others."""
    visit = find_visit(session, actor.cooperative_id, job_id)
    job = session.get(Job, (actor.cooperative_id, job_id))
    if visit is None or job is None or job.state not in LIVE_STATES:
        raise VisitNotFound
    if job.farmer_id != actor.person_id and not actor.may_book_for_others:
        raise VisitNotFound
    return next(
        found for found in day_out(session, actor.cooperative_id, visit.day).visits if found.visit_id == visit.id
    )


def visit_out(visit: Visit, job: Job, work: Sequence[Period], free_at: datetime | None) -> VisitOut:
    """Return what the doors show of a visit; `free_at` is when the visit before it ends."""
    return VisitOut(
        visit_id=visit.id,
        job_id=job.id,
        job_number=job.number,
        state=job.state,
        service=job.service,
        area_m2=job.area_m2,
        lon=job.lon,
        lat=job.lat,
        aircraft_id=visit.aircraft_id,
        day=visit.day,
        starts_at=visit.starts_at,
        ends_at=visit.ends_at,
        travel_s=visit.travel_s,
        travel_km=visit.travel_km,
        wash_s=visit.wash_s,
        pinned=visit.pinned,
        warnings=_warnings(visit, job, work, free_at),
    )


def _warnings(visit: Visit, job: Job, work: Sequence[Period], free_at: datetime | None) -> list[VisitWarning]:
    available_s = None if free_at is None else (visit.starts_at - free_at).total_seconds()
    found = []
    if not job.allowed_from <= visit.day <= job.allowed_until:
        found.append(VisitWarning.OUTSIDE_PROMISED_DAYS)
    if not is_inside_any(Period(visit.starts_at, visit.ends_at), work):
        found.append(VisitWarning.OUTSIDE_WORK_HOURS)
    if is_tight(Gap(visit.travel_s, visit.wash_s, available_s)):
        found.append(VisitWarning.TIGHT)
    return found


def waiting_out(job: Job) -> WaitingOut:
    """Return what the doors show of a job that waits for a place."""
    return WaitingOut(
        job_id=job.id,
        job_number=job.number,
        service=job.service,
        area_m2=job.area_m2,
        service_s=job.service_s,
        allowed_from=job.allowed_from,
        allowed_until=job.allowed_until,
        half_days=list(job.half_days),
        lon=job.lon,
        lat=job.lat,
    )


def list_free_periods(session: Session, actor: Actor, day: date, minutes: int) -> list[FreePeriodOut]:
    """List where a visit of so many minutes would find an aircraft free in the working hours. Raises RoleNeeded."""
    ensure_staff(actor)
    work = work_periods(day, access_queries.get_cooperative(session, actor.cooperative_id).work_windows)
    begin, end = day_bounds(day)
    found = []
    for aircraft in fleet_queries.list_aircraft(session, actor.cooperative_id, in_service_only=True):
        statement = select(Slot.slot_at).where(
            col(Slot.cooperative_id) == actor.cooperative_id,
            col(Slot.aircraft_id) == aircraft.id,
            col(Slot.slot_at) >= begin,
            col(Slot.slot_at) < end,
        )
        found += [
            FreePeriodOut(aircraft_id=aircraft.id, starts_at=period.starts_at, ends_at=period.ends_at)
            for period in free_periods(work, session.exec(statement).all(), timedelta(minutes=minutes))
        ]
    return found


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
