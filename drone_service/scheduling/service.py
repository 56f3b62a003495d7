"""Place, move and take back visits by hand, and the secret addresses of calendars.

No path books an aircraft twice. The order of locks is always the same: the days of the aircraft, sorted, then the jobs.
The truth is the primary key of the five-minute rows; the locks only make the second of two requests wait.
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col

from drone_service.access.rules import Actor, ensure_staff
from drone_service.booking import queries as booking_queries
from drone_service.booking import service as booking_service
from drone_service.booking.models import Job
from drone_service.booking.rules import Event, State, next_state
from drone_service.fleet import queries as fleet_queries
from drone_service.kit.clock import local_day
from drone_service.kit.i18n import format_time
from drone_service.scheduling import locks, queries, writing
from drone_service.scheduling.crews import Crews
from drone_service.scheduling.day_problem import PlannedVisit
from drone_service.scheduling.models import CalendarLink, Visit
from drone_service.scheduling.roads import RoadTable
from drone_service.scheduling.rules import (
    AlreadyBegun,
    BoardChanged,
    CalendarNotFound,
    NoAircraft,
    SlotTaken,
    TimeInPast,
    WhyMoved,
    visit_period,
)
from drone_service.scheduling.schemas import VisitIn, VisitOut
from drone_service.scheduling.telling import arrivals_of, tell_changed_days, tell_postponed, tell_scheduled
from drone_service.scheduling.together import Together
from drone_service.weather.rules import ensure_reach

_MOVABLE = (State.CONFIRMED, State.SCHEDULED)


def place(session: Session, *, actor: Actor, job_id: UUID, data: VisitIn, roads: RoadTable, now: datetime) -> VisitOut:
    """Put a job on an aircraft at a time, or move it there; without an aircraft the first that may do it is taken.

    A person may place a job outside its agreed days and the working hours: the visit carries a warning. The other jobs
    of its block follow it. Raises SlotTaken if the aircraft has another job in any of the five-minute slots, DayLocked,
    TimeInPast, AlreadyBegun, NoAircraft, VisitTooLong, JobNotFound, BoardChanged, DayOutOfReach.
    """
    ensure_staff(actor)
    ensure_reach(local_day(data.starts_at))
    aircraft_id = _aircraft(session, actor, job_id, data)
    piece = piece_of(session, actor.cooperative_id, job_id)
    _refuse_early(session, actor.cooperative_id, aircraft_id, job_id, data.starts_at, now, besides=piece)
    days = {(aircraft_id, local_day(data.starts_at))} | days_of_piece(piece)
    table = writing.ways(session, actor.cooperative_id, {day for _, day in days}, roads, piece)
    locks.lock_days(session, actor.cooperative_id, days)
    queries.ensure_unlocked(session, actor.cooperative_id, {day for _, day in days})
    # Somebody may have moved it, or taken its block apart, while this waited for the lock.
    now_stands = piece_of(session, actor.cooperative_id, job_id)
    if now_stands.keys() != piece.keys() or days_of_piece(now_stands) - days:
        raise BoardChanged
    jobs = movable_jobs(session, actor, piece)
    writing.release_dead(session, actor.cooperative_id, {day for _, day in days}, piece)
    starts_at = visit_period(data.starts_at, jobs[job_id].service_s).starts_at
    if starts_at < now:
        raise TimeInPast
    known = queries.find_visits(session, actor.cooperative_id, piece)
    stood = {one: (visit.aircraft_id, visit.starts_at) for one, visit in known.items()}
    planned = []
    for one in sorted(piece, key=lambda member: member != job_id):
        planned.append(PlannedVisit(one, aircraft_id, visit_period(starts_at, jobs[one].service_s)))
        starts_at = planned[-1].period.ends_at
    made = writing.take_slots(session, actor.cooperative_id, planned, known, piece if data.pinned else ())
    booking_service.reschedule(session, actor=actor, jobs=list(jobs.values()), event=Event.SCHEDULE, now=now)
    writing.retell(session, actor.cooperative_id, {day for _, day in days}, table)
    arrivals = arrivals_of(session, actor.cooperative_id, {visit.day for visit in made.values()}, now)
    news = {one: visit for one, visit in made.items() if stood.get(one) != (visit.aircraft_id, visit.starts_at)}
    for one, visit in news.items():
        tell_scheduled(session, job=jobs[one], visit=visit, arrival=arrivals[one], now=now)
    tell_changed_days(
        session,
        cooperative_id=actor.cooperative_id,
        changed=days if news else (),
        besides=actor.person_id,
        now=now,
    )
    return queries.get_visit(session, actor, job_id)


def piece_of(session: Session, cooperative_id: UUID, job_id: UUID) -> dict[UUID, Visit | None]:
    """Return what goes where a job goes, each with its visit if it has one: the job, and those of its block."""
    party = Together.read(session, cooperative_id, [job_id]).party(job_id)
    known = queries.live_visits(session, cooperative_id, party)
    return {one: known.get(one) for one in party}


def days_of_piece(piece: Mapping[UUID, Visit | None]) -> set[tuple[UUID, date]]:
    """Return the days of aircraft on which visits of a piece lie."""
    return {(visit.aircraft_id, visit.day) for visit in piece.values() if visit}


def hold_day_of(session: Session, *, actor: Actor, job_id: UUID) -> None:
    """Hold the day of a job that may be given back, before the job itself is held. Raises DayBusy."""
    visit = queries.find_visit(session, actor.cooperative_id, job_id)
    if visit is not None:
        locks.lock_days(session, actor.cooperative_id, {(visit.aircraft_id, visit.day)})


def release(session: Session, *, actor: Actor, job: Job, why: WhyMoved, now: datetime) -> None:
    """Free the time of a job that was given back, and tell a farmer who was told it.

    The caller moves the state of the job and holds its day.
    """
    visit = queries.find_visit(session, actor.cooperative_id, job.id)
    if visit is None:
        return
    if visit.told_from is not None:
        tell_postponed(session, job=job, day=visit.day, now=now, why=why)
    writing.delete_visits(session, [visit])


def make_calendar_link(session: Session, *, actor: Actor, label: str, secret_hash: str, now: datetime) -> CalendarLink:
    """Make a secret address for a calendar program; the caller makes the secret and shows it once."""
    ensure_staff(actor)
    link = CalendarLink(
        cooperative_id=actor.cooperative_id,
        made_by_id=actor.person_id,
        secret_hash=secret_hash,
        label=label,
        created_at=now,
    )
    session.add(link)
    session.flush()
    return link


def revoke_calendar_link(session: Session, *, actor: Actor, link_id: UUID, now: datetime) -> None:
    """Close a calendar link for good. Raises CalendarNotFound."""
    ensure_staff(actor)
    link = session.get(CalendarLink, (actor.cooperative_id, link_id))
    if link is None or link.revoked_at is not None:
        raise CalendarNotFound
    link.revoked_at = now
    session.flush()


def _aircraft(session: Session, actor: Actor, job_id: UUID, data: VisitIn) -> UUID:
    """Return the aircraft that a person named, else the first that may do the job then, else the first."""
    in_service = [one.id for one in fleet_queries.list_aircraft(session, actor.cooperative_id, in_service_only=True)]
    if not in_service or (data.aircraft_id is not None and data.aircraft_id not in in_service):
        raise NoAircraft
    if data.aircraft_id is not None or len(in_service) == 1:
        return data.aircraft_id or in_service[0]
    service, day = booking_queries.get_job(session, actor, job_id).service, local_day(data.starts_at)
    crews = Crews.read(session, actor.cooperative_id).by_aircraft
    return next((one for one in in_service if crews[one].unfit(service, day) is None), in_service[0])


def _refuse_early(
    session: Session,
    cooperative_id: UUID,
    aircraft_id: UUID,
    job_id: UUID,
    starts_at: datetime,
    now: datetime,
    *,
    besides: Collection[UUID],
) -> None:
    """Refuse a time that is plainly taken before any lock is asked for, so that losers do not queue up behind winners.

    Only a courtesy: whoever passes is still held against the five-minute rows under the lock of the day. Says nothing
    about a job that may not be placed, or a time that has gone; those have refusals of their own. Raises SlotTaken.
    """
    job = session.execute(
        sa.select(col(Job.service_s), col(Job.state)).where(
            col(Job.cooperative_id) == cooperative_id, col(Job.id) == job_id
        )
    ).first()
    if job is None or job.state not in _MOVABLE:
        return
    period = visit_period(starts_at, job.service_s)
    if period.starts_at >= now and queries.is_taken(session, cooperative_id, aircraft_id, period, besides=besides):
        raise SlotTaken(**{"from": format_time(period.starts_at), "until": format_time(period.ends_at)})


def movable_jobs(session: Session, actor: Actor, job_ids: Collection[UUID]) -> dict[UUID, Job]:
    """Hold jobs that may get, change or lose their place, and return them in the order of their keys.

    Raises JobNotFound, AlreadyBegun, MoveNotAllowed.
    """
    jobs = locks.lock_jobs(session, actor.cooperative_id, job_ids)
    for job in jobs.values():
        if job.state is State.IN_PROGRESS:
            raise AlreadyBegun
        if job.state not in _MOVABLE:
            next_state(job.state, Event.SCHEDULE)  # refuses in the words of the job's own life
    return jobs
