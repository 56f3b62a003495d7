"""Plan whole days: what is pinned or begun stays, the rest is arranged anew together with what waits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from drone_service.access import queries as access_queries
from drone_service.access.rules import Actor, ensure_staff
from drone_service.booking import service as booking_service
from drone_service.booking.models import Job
from drone_service.booking.rules import Event
from drone_service.engine.schedule.check import check
from drone_service.engine.schedule.plan import Plan
from drone_service.engine.schedule.solve import solve
from drone_service.engine.schedule.stop import MaxIterations
from drone_service.fleet import queries as fleet_queries
from drone_service.kit.clock import local_day
from drone_service.kit.i18n import format_time, format_weekday_date, translate
from drone_service.scheduling import locks, queries, writing
from drone_service.scheduling.day_problem import PlannedVisit
from drone_service.scheduling.models import Visit
from drone_service.scheduling.prepare import Candidates, Prepared, prepare
from drone_service.scheduling.proposal import LeftOut
from drone_service.scheduling.roads import RoadTable
from drone_service.scheduling.rules import (
    CHANGES,
    MAX_PLAN_DAYS,
    REASONS,
    NoAircraft,
    Period,
    TooManyDays,
)
from drone_service.scheduling.schemas import LeftOutOut, PlanOut
from drone_service.scheduling.steady import keep_times
from drone_service.scheduling.telling import arrivals_of, tell_postponed, tell_scheduled

ROUNDS = 20_000  # of ruin and recreate; a day of 60 jobs takes a third of a second


@dataclass(frozen=True)
class Searched:
    """A plan that was searched before anything was held, and the mark of the schedule that it is for."""

    mark: str
    plan: Plan


def search(session: Session, *, actor: Actor, days: Sequence[date], roads: RoadTable, now: datetime) -> Searched:
    """Search a plan of the days and change nothing. Raises RoleNeeded, NoAircraft, TooManyDays."""
    ensure_staff(actor)
    ready = prepare(session, actor.cooperative_id, days_to_plan(days, now), roads, now)
    return Searched(ready.found.mark(), _solved(ready, ROUNDS))


def _solved(ready: Prepared, rounds: int) -> Plan:
    problem = ready.problem.problem
    return keep_times(problem, solve(problem, MaxIterations(rounds), seed=0, start=ready.before), ready.before)


def _sound_plan(ready: Prepared, searched: Searched | None, rounds: int) -> Plan:
    """Return what was searched before, if it is for the schedule as it stands, else search now."""
    problem = ready.problem.problem
    if searched is not None and searched.mark == ready.found.mark() and not check(problem, searched.plan):
        return searched.plan
    plan = _solved(ready, rounds)
    faults = check(problem, plan)
    if faults:
        raise RuntimeError(f"the plan is not sound: {faults[0].message}")
    return plan


def plan_days(
    session: Session,
    *,
    actor: Actor,
    days: Sequence[date],
    roads: RoadTable,
    now: datetime,
    searched: Searched | None = None,
    rounds: int = ROUNDS,
) -> PlanOut:
    """Plan the days: pinned and begun visits stay, the others are arranged anew with what waits.

    With what was `searched` before, nobody waits at the locks for a search. The plan is checked before it is stored,
    and stored whole or not at all. Raises NoAircraft, TooManyDays, DayLocked.
    """
    ensure_staff(actor)
    days = days_to_plan(days, now)
    cooperative = access_queries.get_cooperative(session, actor.cooperative_id)
    aircraft = fleet_queries.list_aircraft(session, cooperative.id, in_service_only=True)
    if not aircraft:
        raise NoAircraft
    # Roads are asked before any row is locked: the router is another machine and may take its whole deadline.
    table = writing.travel(cooperative, roads, Candidates.read(session, cooperative.id, days).jobs)
    locks.lock_days(session, cooperative.id, {(one.id, day) for one in aircraft for day in days})
    queries.ensure_unlocked(session, cooperative.id, days)
    writing.release_dead(session, cooperative.id, days)
    ready = prepare(session, cooperative.id, days, table, now)
    plan = _sound_plan(ready, searched, rounds)
    placed, moved, dropped = _store(session, actor, ready.found, ready.problem.visits(plan), now)
    writing.retell(session, cooperative.id, days, table)
    arrivals = arrivals_of(session, cooperative.id, days, now)
    for job, visit in [*placed, *moved]:
        tell_scheduled(session, job=job, visit=visit, arrival=arrivals[job.id], now=now)
    shown = [queries.day_out(session, cooperative.id, day) for day in days]
    return PlanOut(
        days=shown,
        placed=len(placed),
        moved=len(moved),
        dropped=dropped,
        left_out=left_out(ready.found.movable, ready.problem.periods, ready.proposal(plan).left_out, actor.language),
        km=round(sum(visit.travel_km for day in shown for visit in day.visits), 1),
        travel=table.source,
    )


def left_out(
    jobs: Sequence[Job], shifts: Mapping[str, Period], left: Sequence[LeftOut], language: str
) -> list[LeftOutOut]:
    """Return in words why jobs have no place, and the cheapest change that would give them one."""
    by_id = {str(job.id): job for job in jobs}
    found = []
    for one in left:
        params = {name: _readable(name, value, by_id, shifts, language) for name, value in one.params.items()}
        job = by_id[str(one.job_id)]
        found.append(
            LeftOutOut(
                job_id=job.id,
                job_number=job.number,
                reason_code=one.reason_code,
                reason=translate(REASONS[one.reason_code], language),
                change_code=one.change_code,
                change=translate(CHANGES[one.change_code], language, params or None),
            )
        )
    return found


def _readable(name: str, value: object, jobs: dict[str, Job], shifts: Mapping[str, Period], language: str) -> object:
    """Return a value of the engine in the words of people: the number of a job, the day and hours of a shift."""
    if name == "job":
        return f"#{jobs[str(value)].number}" if str(value) in jobs else value
    if name == "shift" and str(value) in shifts:
        period = shifts[str(value)]
        day = format_weekday_date(local_day(period.starts_at), language)
        return f"{day} {format_time(period.starts_at)}–{format_time(period.ends_at)}"
    return value


def days_to_plan(days: Sequence[date], now: datetime) -> list[date]:
    """Return the days that are planned together, sorted. Raises TooManyDays."""
    wanted = sorted(set(days))
    if not wanted or len(wanted) > MAX_PLAN_DAYS or wanted[0] < local_day(now):
        raise TooManyDays(max_days=MAX_PLAN_DAYS)
    return wanted


Stored = list[tuple[Job, Visit]]


def _store(
    session: Session, actor: Actor, found: Candidates, planned: Sequence[PlannedVisit], now: datetime
) -> tuple[Stored, Stored, int]:
    """Write the plan over what was there; return what was placed and moved, and how many jobs were dropped."""
    kept = {visit.job_id for visit in planned}
    dropped = [visit for job_id, visit in found.before.items() if job_id not in kept]
    changed = [visit for visit in planned if _differs(found.before.get(visit.job_id), visit)]
    # All old rows go first: two visits may have exchanged their times.
    writing.delete_slots(session, [found.before[visit.job_id] for visit in changed if visit.job_id in found.before])
    writing.delete_visits(session, dropped)
    for visit in dropped:
        job = booking_service.move(session, actor=actor, job_id=visit.job_id, event=Event.UNSCHEDULE, now=now)
        if visit.told_from is not None:
            tell_postponed(session, job=job, day=visit.day, now=now)
    placed: Stored = []
    moved: Stored = []
    for one in changed:
        visit = writing.take_slots(session, actor.cooperative_id, one, pinned=False)
        job = booking_service.move(session, actor=actor, job_id=one.job_id, event=Event.SCHEDULE, now=now)
        (moved if one.job_id in found.before else placed).append((job, visit))
    return placed, moved, len(dropped)


def _differs(before: Visit | None, planned: PlannedVisit) -> bool:
    return before is None or (before.aircraft_id, before.starts_at, before.ends_at) != (
        planned.aircraft_id, planned.period.starts_at, planned.period.ends_at
    )  # fmt: skip
