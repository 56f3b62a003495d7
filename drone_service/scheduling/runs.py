"""Searches for a plan in the background: ask or join, watch, stop and keep the best, accept or discard.

The search itself is in `tasks.py`. Nothing of the schedule changes before somebody accepts.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import defer
from sqlmodel import Session, col, select

from drone_service.access.rules import Actor, ensure_staff
from drone_service.booking import queries as booking_queries
from drone_service.booking.rules import Event, State, next_state
from drone_service.fleet import queries as fleet_queries
from drone_service.kit import tasks
from drone_service.kit.clock import local_day
from drone_service.kit.ids import uuid7
from drone_service.scheduling import locks, queries, writing
from drone_service.scheduling.arrange import days_to_plan
from drone_service.scheduling.changing import change, differences
from drone_service.scheduling.models import PlanRun, ScheduleChange
from drone_service.scheduling.prepare import Candidates
from drone_service.scheduling.proposal import (
    ACTIVE_STATES,
    ChangeKind,
    RunState,
    Turn,
    TurnKind,
    VisitState,
)
from drone_service.scheduling.roads import RoadTable
from drone_service.scheduling.rules import (
    NoAircraft,
    PlanOutdated,
    RunNotFound,
    RunNotReady,
    TurnIncomplete,
)
from drone_service.scheduling.schemas import PlanRunIn, TurnIn

OPTIMISE = "scheduling.optimise"
OPEN_RUNS = 20  # so many of the newest are looked through
TURN_SECONDS = 2  # a crew that waits on a dyke is answered at once


def ask(session: Session, *, actor: Actor, data: PlanRunIn, now: datetime) -> PlanRun:
    """Begin a search for a plan of the days, or join the one that is on for the same days.

    Raises TooManyDays, NoAircraft, DayLocked.
    """
    ensure_staff(actor)
    days = days_to_plan(data.days, now)
    queries.ensure_unlocked(session, actor.cooperative_id, days)
    key = ",".join(day.isoformat() for day in days)
    return _begin(session, actor, days, key, data.seconds, None, now)


def ask_turn(session: Session, *, actor: Actor, day: date, data: TurnIn, now: datetime) -> PlanRun:
    """Begin the search for the rest of a day after something has happened.

    Raises TurnIncomplete, JobNotFound, MoveNotAllowed, NoAircraft.

    What is begun or done stays; moving a job whose time was told has its price. A locked day is planned all the same:
    the day is not as it was when it was locked.
    """
    ensure_staff(actor)
    turn = _turn(session, actor, data, now)
    days = days_to_plan([day, *data.also], now)
    # All that was said: who corrects a report that is being searched for is not given the plan of the first one.
    key = sha256(f"{data.model_dump_json()} {days}".encode()).hexdigest()
    return _begin(session, actor, days, key, TURN_SECONDS, turn, now)


def _turn(session: Session, actor: Actor, data: TurnIn, now: datetime) -> Turn:
    """Return what happened, a late crew with the time from which it is free. Raises TurnIncomplete, MoveNotAllowed."""
    needs_job = data.kind in (TurnKind.URGENT, TurnKind.ABSENT)
    needs_aircraft = data.kind in (TurnKind.AIRCRAFT_DOWN, TurnKind.BATTERY_LOST)
    needs_minutes = data.kind in (TurnKind.LATE, TurnKind.EARLY, TurnKind.BATTERY_LOST)
    needs_period = data.kind is TurnKind.RAIN
    has_period = data.starts_at is not None and data.ends_at is not None and data.starts_at < data.ends_at
    if (
        (needs_job and data.job_id is None)
        or (needs_aircraft and data.aircraft_id is None)
        or (needs_minutes and not data.minutes)
        or (data.kind is TurnKind.EARLY and data.job_id is None)
        or (data.kind is TurnKind.LATE and data.job_id is None and data.aircraft_id is None)
        or (needs_period and not has_period)
    ):
        raise TurnIncomplete
    aircraft_id, ends_at = data.aircraft_id, data.ends_at
    if data.kind is TurnKind.LATE:
        ends_at = now + timedelta(minutes=data.minutes or 0)
    if data.job_id is not None:
        job = booking_queries.get_job(session, actor, data.job_id)
        if needs_job:
            next_state(job.state, Event.SCHEDULE)  # refuses what has no place to get or to lose
        visit = queries.find_visit(session, actor.cooperative_id, job.id) if job.state in queries.LIVE_STATES else None
        # A crew that is late to a job is late to everything after it.
        aircraft_id = aircraft_id or (visit.aircraft_id if visit else None)
        if data.kind in (TurnKind.LATE, TurnKind.EARLY) and aircraft_id is None:
            raise TurnIncomplete
        if data.kind is TurnKind.LATE and visit is not None and job.state is State.IN_PROGRESS:
            ends_at = max(visit.ends_at, now) + timedelta(minutes=data.minutes or 0)
    if data.aircraft_id is not None:
        fleet_queries.get_aircraft(session, actor, data.aircraft_id)
    return Turn(
        kind=data.kind,
        job_id=data.job_id,
        aircraft_id=aircraft_id,
        minutes=data.minutes,
        starts_at=data.starts_at,
        ends_at=ends_at,
    )


def _begin(
    session: Session, actor: Actor, days: Sequence[date], key: str, seconds: int, turn: Turn | None, now: datetime
) -> PlanRun:
    if not fleet_queries.list_aircraft(session, actor.cooperative_id, in_service_only=True):
        raise NoAircraft
    dialect: Any = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    row = PlanRun(
        cooperative_id=actor.cooperative_id,
        id=uuid7(),
        requested_by_id=actor.person_id,
        days=list(days),
        active_key=key,
        turn=turn,
        seconds=seconds,
        created_at=now,
    )
    # The key decides who is first: of two requests at once one inserts and the other finds the row.
    values = {column.name: getattr(row, column.name) for column in PlanRun.__table__.columns}  # type: ignore[attr-defined]
    inserted = session.exec(dialect.insert(PlanRun).values(**values).on_conflict_do_nothing())
    found = _active(session, actor.cooperative_id, key)
    if inserted.rowcount:
        tasks.enqueue(session, OPTIMISE, cooperative_id=str(actor.cooperative_id), run_id=str(found.id))
    return found


def _active(session: Session, cooperative_id: UUID, key: str) -> PlanRun:
    statement = select(PlanRun).where(col(PlanRun.cooperative_id) == cooperative_id, col(PlanRun.active_key) == key)
    found = session.exec(statement).first()
    if found is None:  # it ended between the two statements
        raise PlanOutdated
    return found


def get_run(session: Session, actor: Actor, run_id: UUID, *, locked: bool = False) -> PlanRun:
    """Return a search of the cooperative. Raises RoleNeeded, RunNotFound."""
    ensure_staff(actor)
    statement = select(PlanRun).where(col(PlanRun.cooperative_id) == actor.cooperative_id, col(PlanRun.id) == run_id)
    if locked:
        statement = statement.with_for_update()
    found = session.exec(statement.execution_options(populate_existing=True)).first()
    if found is None:
        raise RunNotFound
    return found


def find_open(session: Session, actor: Actor, now: datetime) -> PlanRun | None:
    """Find the newest search that is on, or whose plan waits for an answer; one whose days have gone does not."""
    ensure_staff(actor)
    states = [*ACTIVE_STATES, RunState.READY]
    statement = select(PlanRun).where(
        col(PlanRun.cooperative_id) == actor.cooperative_id, col(PlanRun.state).in_(states)
    )
    statement = statement.order_by(col(PlanRun.created_at).desc()).limit(OPEN_RUNS)
    runs = session.exec(statement.options(defer(PlanRun.best))).all()  # type: ignore[arg-type]
    return next((run for run in runs if max(run.days) >= local_day(now)), None)


def stop(session: Session, *, actor: Actor, run_id: UUID) -> PlanRun:
    """Ask a search to end and keep the best plan so far. Does nothing to one that has ended. Raises RunNotFound."""
    run = get_run(session, actor, run_id, locked=True)
    if run.state in ACTIVE_STATES:
        run.stop_asked = True
        session.flush()
    return run


def discard(session: Session, *, actor: Actor, run_id: UUID, now: datetime) -> PlanRun:
    """Throw a proposal away, or end a search without one. Raises RunNotFound, RunNotReady."""
    run = get_run(session, actor, run_id, locked=True)
    if run.state in (RunState.ACCEPTED, RunState.DISCARDED):
        raise RunNotReady
    run.state, run.active_key, run.stop_asked, run.finished_at = RunState.DISCARDED, None, True, now
    session.flush()
    return run


def accept(session: Session, *, actor: Actor, run_id: UUID, roads: RoadTable, now: datetime) -> ScheduleChange:
    """Put a proposal in place of the schedule it began from, whole or not at all, and tell whom it concerns.

    Raises RunNotReady, PlanOutdated if anything of those days has changed since, the aircraft in service or the working
    hours among it, DayLocked, SlotTaken.
    """
    run = get_run(session, actor, run_id)
    aircraft = fleet_queries.list_aircraft(session, actor.cooperative_id)
    planned = [visit.job_id for visit in run.best.visits] if run.best else []
    table = writing.ways(session, actor.cooperative_id, run.days, roads, planned)
    locks.lock_days(session, actor.cooperative_id, {(one.id, day) for one in aircraft for day in run.days})
    run = get_run(session, actor, run_id, locked=True)
    if run.state is not RunState.READY or run.best is None:
        raise RunNotReady
    if run.turn is None:
        queries.ensure_unlocked(session, actor.cooperative_id, run.days)
    writing.release_dead(session, actor.cooperative_id, run.days)
    found = Candidates.read(session, actor.cooperative_id, run.days, turn=run.turn, quotes=False)
    wanted = differences(found.before, run.best)
    if found.mark() != run.base or any(_is_gone(state, now) for state in wanted):
        raise PlanOutdated
    kind = ChangeKind.PLAN if run.turn is None else ChangeKind.TURN
    made = change(session, actor=actor, kind=kind, wanted=wanted, now=now, why=run.best.why, table=table)
    run.state = RunState.ACCEPTED
    session.flush()
    return made


def _is_gone(state: VisitState, now: datetime) -> bool:
    return state.starts_at is not None and local_day(state.starts_at) <= local_day(now) and state.starts_at < now
