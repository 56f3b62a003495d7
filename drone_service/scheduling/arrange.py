"""Plan whole days: what is pinned or begun stays, the rest is arranged anew together with what waits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from sqlmodel import Session

from drone_service.access import queries as access_queries
from drone_service.access.models import Cooperative
from drone_service.access.rules import Actor, ensure_staff
from drone_service.booking import service as booking_service
from drone_service.booking.models import Job
from drone_service.booking.rules import Event, State
from drone_service.engine.schedule.check import check
from drone_service.engine.schedule.plan import Plan
from drone_service.engine.schedule.solve import solve
from drone_service.engine.schedule.stop import MaxIterations
from drone_service.fleet import queries as fleet_queries
from drone_service.kit.clock import local_day, local_moment
from drone_service.kit.i18n import format_weekday_date, translate
from drone_service.scheduling import day_problem, locks, queries, writing
from drone_service.scheduling.day_problem import AircraftShift, DayProblem, FixedVisit, JobToPlan, PlannedVisit
from drone_service.scheduling.models import Visit
from drone_service.scheduling.roads import RoadTable
from drone_service.scheduling.rules import (
    CHANGES,
    MAX_PLAN_DAYS,
    REASONS,
    NoAircraft,
    Period,
    TooManyDays,
    local_text,
    work_periods,
)
from drone_service.scheduling.schemas import LeftOutOut, PlanOut
from drone_service.scheduling.telling import tell_scheduled

ROUNDS = 20_000  # of ruin and recreate; a day of 60 jobs takes a third of a second


def plan_days(
    session: Session, *, actor: Actor, days: Sequence[date], roads: RoadTable, now: datetime, rounds: int = ROUNDS
) -> PlanOut:
    """Plan the days: pinned and begun visits stay, the others are arranged anew with what waits.

    The plan is checked before it is stored, and stored whole or not at all. Raises NoAircraft, TooManyDays.
    """
    ensure_staff(actor)
    days = _days_to_plan(days, now)
    cooperative = access_queries.get_cooperative(session, actor.cooperative_id)
    aircraft = fleet_queries.list_aircraft(session, cooperative.id, in_service_only=True)
    if not aircraft:
        raise NoAircraft
    # Roads are asked before any row is locked: the router is another machine and may take its whole deadline.
    table = writing.travel(cooperative, roads, _Candidates.read(session, cooperative.id, days).jobs)
    locks.lock_days(session, cooperative.id, {(one.id, day) for one in aircraft for day in days})
    writing.release_dead(session, cooperative.id, days)
    found = _Candidates.read(session, cooperative.id, days)
    problem = _problem(cooperative, [one.id for one in aircraft], days, found, table, now)
    plan = solve(problem.problem, MaxIterations(rounds), seed=0)
    faults = check(problem.problem, plan)
    if faults:
        raise RuntimeError(f"the plan is not sound: {faults[0].message}")
    placed, moved, dropped = _store(session, actor, found, problem.visits(plan), now)
    writing.retell(session, cooperative.id, days, table)
    shown = [queries.day_out(session, cooperative.id, day) for day in days]
    return PlanOut(
        days=shown,
        placed=placed,
        moved=moved,
        dropped=dropped,
        left_out=_left_out(found.movable, problem, plan, actor.language),
        km=round(sum(visit.travel_km for day in shown for visit in day.visits), 1),
        travel=table.source,
    )


def _left_out(jobs: Sequence[Job], problem: DayProblem, plan: Plan, language: str) -> list[LeftOutOut]:
    by_id = {str(job.id): job for job in jobs}
    found = []
    for left in plan.unserved:
        params = {name: _readable(name, value, by_id, problem, language) for name, value in left.params}
        found.append(
            LeftOutOut(
                job_id=by_id[left.job].id,
                job_number=by_id[left.job].number,
                reason_code=left.reason_code,
                reason=translate(REASONS[left.reason_code], language),
                change_code=left.change_code,
                change=translate(CHANGES[left.change_code], language, params or None),
            )
        )
    return found


def _readable(name: str, value: object, jobs: dict[str, Job], problem: DayProblem, language: str) -> object:
    """Return a value of the engine in the words of people: the number of a job, the day and hours of a shift."""
    if name == "job":
        return f"#{jobs[str(value)].number}" if str(value) in jobs else value
    if name == "shift" and str(value) in problem.shifts:
        period = problem.shifts[str(value)].period
        day = format_weekday_date(local_day(period.starts_at), language)
        return f"{day} {local_text(period.starts_at)}–{local_text(period.ends_at)}"
    return value


def _days_to_plan(days: Sequence[date], now: datetime) -> list[date]:
    wanted = sorted(set(days))
    if not wanted or len(wanted) > MAX_PLAN_DAYS or wanted[0] < local_day(now):
        raise TooManyDays(max_days=MAX_PLAN_DAYS)
    return wanted


@dataclass(frozen=True)
class _Candidates:
    """What is to be arranged, and what stays."""

    movable: list[Job]
    fixed: list[tuple[Visit, Job]]
    before: dict[UUID, Visit]

    @property
    def jobs(self) -> list[Job]:
        return [*self.movable, *(job for _, job in self.fixed)]

    @classmethod
    def read(cls, session: Session, cooperative_id: UUID, days: Sequence[date]) -> "_Candidates":
        visits = queries.list_visits(session, cooperative_id, days)
        loose = [(visit, job) for visit, job in visits if job.state is State.SCHEDULED and not visit.pinned]
        fixed = [(visit, job) for visit, job in visits if job.state is not State.SCHEDULED or visit.pinned]
        waiting = [job for job in queries.list_waiting(session, cooperative_id, days) if job.allowed_until >= days[0]]
        return cls([*(job for _, job in loose), *waiting], fixed, {job.id: visit for visit, job in loose})


def _problem(
    cooperative: Cooperative,
    aircraft_ids: Sequence[UUID],
    days: Sequence[date],
    found: _Candidates,
    table: writing.Travel,
    now: datetime,
) -> DayProblem:
    # A job confirmed between the reading for the router and the lock waits for the next planning.
    movable = [job for job in found.movable if job.id in table.index]
    fixed = [(visit, job) for visit, job in found.fixed if job.id in table.index]
    order = [0, *(table.index[job.id] for job in movable), *(table.index[job.id] for _, job in fixed)]
    return day_problem.build(
        zero=local_moment(days[0], time.min),
        days=days,
        shifts=[
            AircraftShift(aircraft_id, period)
            for aircraft_id in aircraft_ids
            for day in days
            for period in work_periods(day, cooperative.work_windows, now)
        ],
        jobs=[_to_plan(job, job.id in found.before) for job in movable],
        fixed=[
            FixedVisit(_to_plan(job, True), visit.aircraft_id, Period(visit.starts_at, visit.ends_at))
            for visit, job in fixed
        ],
        travel_s=table.seconds[order][:, order],
        travel_km=table.km[order][:, order],
        wash_s=cooperative.wash_out_min * 60.0,
    )


def _to_plan(job: Job, promised: bool) -> JobToPlan:
    return JobToPlan(
        id=job.id,
        place=(job.lon, job.lat),
        service_s=float(job.service_s),
        group=job.wash_group,
        price_vnd=job.price_vnd,
        first_day=job.allowed_from,
        last_day=job.allowed_until,
        half_days=frozenset(job.half_days),
        promised=promised,
    )


def _store(
    session: Session, actor: Actor, found: _Candidates, planned: Sequence[PlannedVisit], now: datetime
) -> tuple[int, int, int]:
    """Write the plan over what was there; return how many jobs were placed, moved and dropped."""
    kept = {visit.job_id for visit in planned}
    dropped = [visit for job_id, visit in found.before.items() if job_id not in kept]
    changed = [visit for visit in planned if _differs(found.before.get(visit.job_id), visit)]
    # All old rows go first: two visits may have exchanged their times.
    writing.delete_slots(session, [found.before[visit.job_id] for visit in changed if visit.job_id in found.before])
    writing.delete_visits(session, dropped)
    for visit in dropped:
        booking_service.move(session, actor=actor, job_id=visit.job_id, event=Event.UNSCHEDULE, now=now)
    for visit_planned in changed:
        visit = writing.take_slots(session, actor.cooperative_id, visit_planned, pinned=False)
        job = booking_service.move(session, actor=actor, job_id=visit_planned.job_id, event=Event.SCHEDULE, now=now)
        tell_scheduled(session, job=job, visit=visit, now=now)
    moved = sum(visit.job_id in found.before for visit in changed)
    return len(changed) - moved, moved, len(dropped)


def _differs(before: Visit | None, planned: PlannedVisit) -> bool:
    return before is None or (before.aircraft_id, before.starts_at, before.ends_at) != (
        planned.aircraft_id, planned.period.starts_at, planned.period.ends_at
    )  # fmt: skip
