"""The search for a plan in the background, and cancelled jobs that leave it. No transaction is open while it searches.

A worker that dies leaves the row as it was; the next one begins from the best plan that was kept and searches for what
is left of the time. A search that has ended is never run again.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from uuid import UUID

from sqlmodel import Session

from drone_service.booking.service import LEAVE_PLACE
from drone_service.engine.schedule.check import check
from drone_service.engine.schedule.plan import Plan
from drone_service.engine.schedule.solve import solve
from drone_service.engine.schedule.stop import MaxIterations, MaxSeconds, UnlessTold
from drone_service.kit.db import enter_tenant
from drone_service.kit.errors import DomainError
from drone_service.kit.settings import get_settings
from drone_service.kit.tasks import TaskRun, task
from drone_service.scheduling import locks, queries, telling, writing
from drone_service.scheduling.day_problem import PlannedVisit
from drone_service.scheduling.deps import roads_of
from drone_service.scheduling.models import PlanRun
from drone_service.scheduling.prepare import Prepared, prepare
from drone_service.scheduling.proposal import ACTIVE_STATES, RunState
from drone_service.scheduling.rules import Period
from drone_service.scheduling.runs import OPTIMISE
from drone_service.scheduling.steady import keep_times
from drone_service.scheduling.why import reasons

MAX_ATTEMPTS = 3
LOOK_EVERY_S = 0.7


@dataclass
class Watch:
    """Looks now and then whether somebody asked to stop, and tells how far the search is on the way."""

    seconds: float
    report: Callable[[float], bool]
    """Is told the share that is done and answers whether to stop."""
    began: float = field(default_factory=monotonic)
    looked: float = field(default_factory=monotonic)
    stopped: bool = False

    def told(self) -> bool:
        """Return whether to stop; the database is asked no oftener than it takes a person to see a difference."""
        now = monotonic()
        if now - self.looked >= LOOK_EVERY_S:
            self.looked = now
            share = (now - self.began) / self.seconds if self.seconds > 0 else 1.0
            self.stopped = self.stopped or self.report(min(share, 1.0))
        return self.stopped


@task(OPTIMISE)
def optimise(run: TaskRun, *, cooperative_id: UUID, run_id: UUID) -> None:
    """Search for a plan and keep it with its row. Safe to run again: a search that has ended stays as it is."""
    search = _Search(run, cooperative_id, run_id)
    ended = False
    try:
        ready = search.begin()
        if ready is not None:
            search.go(ready)
        ended = True
    except DomainError as refusal:
        search.fail(refusal.code)
        ended = True
    finally:
        if not ended:
            search.fail("error")


@task(LEAVE_PLACE)
def leave_place(run: TaskRun, *, cooperative_id: UUID, job_id: UUID, actor_id: UUID | None) -> None:
    """Free the time of a job that was cancelled and tell its crew. Safe to run again, also when the job came back."""
    with run.transaction(write=False) as session:
        enter_tenant(session, cooperative_id)
        visit = queries.find_visit(session, cooperative_id, job_id)
        if visit is None:
            return
        left = (visit.aircraft_id, visit.day)
        table = writing.ways(session, cooperative_id, [visit.day], roads_of(get_settings()))
    with run.transaction() as session:
        enter_tenant(session, cooperative_id)
        locks.lock_days(session, cooperative_id, [left])
        dead = queries.list_dead_visits(session, cooperative_id, (), [job_id])
        if not dead:
            return
        writing.delete_visits(session, dead)
        writing.retell(session, cooperative_id, [left[1]], table)
        telling.tell_changed_days(
            session, cooperative_id=cooperative_id, changed=[left], besides=actor_id, now=run.clock()
        )


class _Search:
    """One search: its row, and what it reads and writes of it in short transactions."""

    def __init__(self, run: TaskRun, cooperative_id: UUID, run_id: UUID) -> None:
        self.run, self.cooperative_id, self.run_id = run, cooperative_id, run_id
        self.seconds = 0.0

    def _row(self, session: Session) -> PlanRun | None:
        enter_tenant(session, self.cooperative_id)
        row = session.get(PlanRun, (self.cooperative_id, self.run_id), with_for_update=True, populate_existing=True)
        return row if row is not None and row.state in ACTIVE_STATES else None

    def begin(self) -> Prepared | None:
        """Take the search on and read what it is about; None where it has ended."""
        now = self.run.clock()
        with self.run.transaction() as session:
            row = self._row(session)
            if row is None:
                return None
            row.attempts += 1
            if row.attempts > MAX_ATTEMPTS:
                row.state, row.active_key, row.failure, row.finished_at = RunState.FAILED, None, "attempts", now
                return None
            row.state, row.started_at, row.seen_at = RunState.RUNNING, row.started_at or now, now
            days, turn, gone = row.days, row.turn, row.progress
            self.seconds = row.seconds * (1.0 - gone)
        with self.run.transaction(write=False) as session:
            enter_tenant(session, self.cooperative_id)
            return prepare(session, self.cooperative_id, days, roads_of(get_settings()), now, turn=turn)

    def go(self, ready: Prepared) -> None:
        """Search: first a plan at once, which is kept in case the worker dies, then for as long as was asked."""
        problem, kept = ready.problem.problem, self._kept(ready)
        first = solve(problem, MaxIterations(1), seed=0, start=kept or ready.before)
        self._keep(ready, first, RunState.RUNNING)
        stop = UnlessTold(MaxSeconds(self.seconds, monotonic), Watch(self.seconds, self.report).told)
        best = solve(problem, stop, seed=0, start=first)
        self._keep(ready, best if best.score >= first.score else first, RunState.READY)

    def _kept(self, ready: Prepared) -> Plan | None:
        """Return the plan that a worker before this one left, as far as it is about the same schedule."""
        with self.run.transaction(write=False) as session:
            enter_tenant(session, self.cooperative_id)
            row = session.get(PlanRun, (self.cooperative_id, self.run_id))
            if row is None or row.best is None or row.base != ready.found.mark():
                return None
            visits = row.best.visits
        return ready.problem.plan_of(
            PlannedVisit(one.job_id, one.aircraft_id, Period(one.starts_at, one.ends_at)) for one in visits
        )

    def _keep(self, ready: Prepared, plan: Plan, state: RunState) -> None:
        plan = keep_times(ready.problem.problem, plan, ready.before)
        faults = check(ready.problem.problem, plan)
        if faults:
            raise RuntimeError(f"the plan is not sound: {faults[0].message}")
        proposal = ready.proposal(plan)
        if state is RunState.READY:
            proposal = proposal.model_copy(update={"why": reasons(ready, plan)})
        with self.run.transaction() as session:
            row = self._row(session)
            if row is None:
                return
            row.best, row.base, row.state, row.seen_at = proposal, ready.found.mark(), state, self._now()
            if state is RunState.READY:
                row.progress, row.active_key, row.finished_at = 1.0, None, self._now()

    def report(self, share: float) -> bool:
        """Write how far the search is; answer whether it is to end."""
        with self.run.transaction() as session:
            row = self._row(session)
            if row is None:
                return True
            # After a worker died the rest of the time is shared out anew, so the bar never runs back.
            row.progress = max(row.progress, 1.0 - (1.0 - share) * self.seconds / max(row.seconds, 1))
            row.seen_at = self._now()
            return row.stop_asked

    def fail(self, code: str) -> None:
        """Say on the row that the search found no plan, so that a new one may begin."""
        with self.run.transaction() as session:
            row = self._row(session)
            if row is not None:
                row.state, row.active_key, row.failure = RunState.FAILED, None, code
                row.finished_at = self._now()

    def _now(self) -> datetime:
        return self.run.clock()
