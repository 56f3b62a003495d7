"""Plan whole days: what is pinned or begun stays, the rest is arranged anew together with what waits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from drone_service.access import queries as access_queries
from drone_service.access.rules import Actor, ensure_staff
from drone_service.booking.models import Job
from drone_service.engine.schedule.check import check
from drone_service.engine.schedule.plan import Plan
from drone_service.engine.schedule.solve import solve
from drone_service.engine.schedule.stop import MaxIterations
from drone_service.fleet import queries as fleet_queries
from drone_service.kit.clock import local_day
from drone_service.kit.i18n import format_time, format_weekday_date, translate
from drone_service.scheduling import locks, queries, writing
from drone_service.scheduling.changing import change, differences
from drone_service.scheduling.prepare import Candidates, Prepared, prepare
from drone_service.scheduling.proposal import ChangeKind, LeftOut
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
    table = writing.travel(cooperative, roads, Candidates.read(session, cooperative.id, days, quotes=False).jobs)
    locks.lock_days(session, cooperative.id, {(one.id, day) for one in aircraft for day in days})
    queries.ensure_unlocked(session, cooperative.id, days)
    writing.release_dead(session, cooperative.id, days)
    ready = prepare(session, cooperative.id, days, table, now)
    plan = _sound_plan(ready, searched, rounds)
    proposal = ready.proposal(plan)
    wanted = differences(ready.found.before, proposal)
    made = change(session, actor=actor, kind=ChangeKind.PLAN, wanted=wanted, now=now, tell_new=True, table=table)
    dropped = sum(state.starts_at is None for state in wanted)
    placed = sum(state.job_id not in ready.found.before for state in wanted)
    shown = [queries.day_out(session, cooperative.id, day) for day in days]
    return PlanOut(
        change_id=made.id,
        days=shown,
        placed=placed,
        moved=len(wanted) - placed - dropped,
        dropped=dropped,
        left_out=left_out(ready.found.movable, ready.problem.periods, proposal.left_out, actor.language),
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
