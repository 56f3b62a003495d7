"""A search as the doors show it: how far it is, and its proposal beside the schedule as it stands. Reads only."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session, col, select

from drone_service.access import queries as access_queries
from drone_service.access.rules import Actor
from drone_service.booking.models import Job
from drone_service.kit.i18n import translate
from drone_service.scheduling import weather
from drone_service.scheduling.arrange import left_out
from drone_service.scheduling.arrivals import is_kept
from drone_service.scheduling.changing import differences
from drone_service.scheduling.models import PlanRun, Visit
from drone_service.scheduling.prepare import Candidates
from drone_service.scheduling.proposal import ACTIVE_STATES, Proposal, RunState, VisitState
from drone_service.scheduling.rules import WHY_MOVED_TEXTS, Period, WhyMoved
from drone_service.scheduling.schemas import MovedOut, PlanRunOut
from drone_service.scheduling.telling import told_of

SILENT = timedelta(seconds=20)
"""After so long without a word a worker is taken for dead."""


def run_out(session: Session, actor: Actor, run: PlanRun, now: datetime) -> PlanRunOut:
    """Return a search as the doors show it; the comparison only once it has ended."""
    is_on = run.state in ACTIVE_STATES
    best = None if is_on else run.best
    found = Candidates.read(session, actor.cooperative_id, run.days, turn=run.turn, quotes=False)
    jobs = _jobs(session, actor, best, found) if best else {}
    shifts = {name: Period(*period) for name, period in best.shifts.items()} if best else {}
    return PlanRunOut(
        run_id=run.id,
        state=run.state,
        days=run.days,
        turn=run.turn,
        seconds=run.seconds,
        progress=run.progress,
        is_alive=not is_on or (run.seen_at or run.created_at) > now - SILENT,
        failure=run.failure,
        before=run.best.before if run.best else None,
        after=run.best.after if run.best else None,
        moved=_moved(session, actor, best, found, jobs, is_accepted=run.state is RunState.ACCEPTED) if best else [],
        left_out=left_out(list(jobs.values()), shifts, best.left_out, actor.language) if best else [],
        forecast=weather.source_of_work(session, actor, [(job.lon, job.lat) for job in found.jobs], now),
    )


def _jobs(session: Session, actor: Actor, best: Proposal, found: Candidates) -> dict[UUID, Job]:
    ids = {visit.job_id for visit in best.visits} | {left.job_id for left in best.left_out} | set(found.before)
    ids |= {job.id for job in found.jobs}
    statement = select(Job).where(col(Job.cooperative_id) == actor.cooperative_id, col(Job.id).in_(ids))
    return {job.id: job for job in session.exec(statement).all()}


def _moved(
    session: Session, actor: Actor, best: Proposal, found: Candidates, jobs: dict[UUID, Job], *, is_accepted: bool
) -> list[MovedOut]:
    people = access_queries.names_of(session, actor.cooperative_id, {job.farmer_id for job in jobs.values()})
    before: Mapping[UUID, Visit | VisitState] = found.before
    if is_accepted:
        # The schedule is what was proposed by now: the plan stays beside the one it replaced.
        before = {state.job_id: state for state in best.stood}
    rows = [
        _row(
            state,
            before.get(state.job_id),
            jobs[state.job_id],
            people[jobs[state.job_id].farmer_id].name,
            best.why.get(state.job_id),
            actor.language,
        )
        for state in differences(before, best)
        if state.job_id in jobs
    ]
    return sorted(rows, key=lambda row: (str(row.starts_after or row.starts_before), row.job_number))


def _row(
    state: VisitState, visit: Visit | VisitState | None, job: Job, farmer_name: str, why: WhyMoved | None, language: str
) -> MovedOut:
    told = told_of(visit) if isinstance(visit, Visit) else None
    return MovedOut(
        job_id=job.id,
        job_number=job.number,
        farmer_name=farmer_name,
        aircraft_before=visit.aircraft_id if visit else None,
        starts_before=visit.starts_at if visit else None,
        aircraft_after=state.aircraft_id,
        starts_after=state.starts_at,
        was_told=told is not None,
        breaks_told_time=told is not None and (state.starts_at is None or not is_kept(told, state.starts_at)),
        why_code=why,
        why=translate(WHY_MOVED_TEXTS[why], language) if why else "",
    )
