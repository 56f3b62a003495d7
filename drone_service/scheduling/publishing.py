"""Locking a day, so that nothing on it moves, and publishing it, so that crews and farmers know."""

from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session

from drone_service.access.rules import Actor, ensure_staff
from drone_service.booking.rules import State
from drone_service.fleet import queries as fleet_queries
from drone_service.kit.clock import local_day
from drone_service.scheduling import locks, queries, telling
from drone_service.scheduling.models import DayState
from drone_service.scheduling.rules import NothingToPublish, TimeInPast, VisitNotFound
from drone_service.scheduling.schemas import ArrivalOut, DayStateOut, PublishedOut


def set_locked(session: Session, *, actor: Actor, day: date, locked: bool, now: datetime) -> DayStateOut:
    """Lock a day: neither planning nor people move anything on it. Or unlock it."""
    ensure_staff(actor)
    _hold(session, actor.cooperative_id, day)
    state = _state(session, actor.cooperative_id, day)
    if locked and state.locked_at is None:
        state.locked_at = now
    elif not locked:
        state.locked_at = None
    session.flush()
    return state_out(day, state)


def publish(session: Session, *, actor: Actor, day: date, now: datetime) -> PublishedOut:
    """Lock a day, tell its crews what it is, and each farmer who does not know yet between what times they come.

    Publishing again tells only what is new. Raises NothingToPublish, TimeInPast.
    """
    ensure_staff(actor)
    if day < local_day(now):
        raise TimeInPast
    _hold(session, actor.cooperative_id, day)
    rows = queries.list_visits(session, actor.cooperative_id, [day])
    if not rows:
        raise NothingToPublish
    state = _state(session, actor.cooperative_id, day)
    arrivals = telling.arrivals_of(session, actor.cooperative_id, {day}, now)
    told = sum(
        telling.tell_if_due(session, job=job, visit=visit, arrival=arrivals[job.id], is_published=True, now=now)
        for visit, job in rows
        if job.state is State.SCHEDULED
    )
    crew = 0
    if told or state.published_at is None:
        crew = telling.tell_crews(
            session, cooperative_id=actor.cooperative_id, day=day, visits=[visit for visit, _ in rows], now=now
        )
    state.locked_at = state.locked_at or now
    state.published_at = now
    session.flush()
    return PublishedOut(**state_out(day, state).model_dump(), farmers_told=told, crew_told=crew)


def get_arrival(session: Session, actor: Actor, job_id: UUID, now: datetime) -> ArrivalOut:
    """Return between what times the crew comes, to those who may see the job. Raises VisitNotFound."""
    shown = queries.get_visit(session, actor, job_id)
    visit = queries.find_visit(session, actor.cooperative_id, job_id)
    if visit is None:
        raise VisitNotFound
    arrival = telling.arrivals_of(session, actor.cooperative_id, {visit.day}, now)[job_id]
    return ArrivalOut(
        job_id=job_id,
        day=shown.day,
        arrives_from=arrival.starts_at,
        arrives_until=arrival.ends_at,
        told_from=visit.told_from,
        told_until=visit.told_until,
    )


def state_out(day: date, state: DayState | None) -> DayStateOut:
    """Return what the doors show of a day that somebody decided about, or not."""
    return DayStateOut(
        day=day,
        is_locked=state is not None and state.locked_at is not None,
        published_at=state.published_at if state is not None else None,
    )


def _hold(session: Session, cooperative_id: UUID, day: date) -> None:
    # The same rows that every change of the day holds, so that nothing is moved while it is being locked.
    aircraft = fleet_queries.list_aircraft(session, cooperative_id)
    locks.lock_days(session, cooperative_id, {(one.id, day) for one in aircraft})


def _state(session: Session, cooperative_id: UUID, day: date) -> DayState:
    found = queries.day_states(session, cooperative_id, [day]).get(day)
    if found is None:
        found = DayState(cooperative_id=cooperative_id, day=day)
        session.add(found)
        session.flush()
    return found
