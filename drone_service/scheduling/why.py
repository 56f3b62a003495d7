"""Why a job does not stay where it was: what the comparison with the plan before says of each."""

from dataclasses import replace
from uuid import UUID

from drone_service.engine.schedule.plan import Plan
from drone_service.engine.schedule.replan import promised, why_moved
from drone_service.scheduling.crews import name_of
from drone_service.scheduling.models import Visit
from drone_service.scheduling.prepare import Prepared
from drone_service.scheduling.proposal import Turn, TurnKind
from drone_service.scheduling.rules import Period, WhyMoved
from drone_service.scheduling.sky import is_stopped


def reasons(ready: Prepared, plan: Plan) -> dict[UUID, WhyMoved]:
    """Return why each job that has a place and does not keep its time in the plan moves or is left out."""
    before = ready.before
    stood = {UUID(stop.job) for route in before.routes for stop in route.stops}
    # Nothing is paid for a promise here and no minute is given away: every visit that moves at all is asked about.
    asked = replace(promised(ready.problem.problem, before, 0.0), move_slack_s=0.0)
    said = {UUID(one.job): WhyMoved(one.reason_code) for one in why_moved(asked, plan)}
    leads = {job_id: lead for lead, lengths in ready.problem.pieces.items() for job_id, _ in lengths}
    found: dict[UUID, WhyMoved] = {}
    for job_id, visit in ready.found.before.items():
        job, lead = ready.jobs.get(job_id), leads.get(job_id, job_id)
        if lead in said:
            found[job_id] = said[lead]
        if job is None:
            found[job_id] = WhyMoved.ABSENT
        elif not _is_worked(ready, visit):
            found[job_id] = WhyMoved.LATE if _is_late(ready.turn, visit) else WhyMoved.SHIFT_GONE
        elif lead not in stood:
            found[job_id] = WhyMoved.TOGETHER if lead in ready.problem.pieces else WhyMoved.NO_TIME
        elif job.crews is not None and name_of(visit.aircraft_id, visit.day) not in job.crews:
            found[job_id] = WhyMoved.UNFIT
        elif job_id in found and is_stopped(job.sky, Period(visit.starts_at, visit.ends_at)):
            found[job_id] = WhyMoved.WEATHER
    return found


def _is_worked(ready: Prepared, visit: Visit) -> bool:
    """Tell whether the aircraft of a visit works when it begins."""
    return any(
        one.aircraft_id == visit.aircraft_id and one.period.starts_at <= visit.starts_at < one.period.ends_at
        for one in ready.problem.shifts.values()
    )


def _is_late(turn: Turn | None, visit: Visit) -> bool:
    return turn is not None and turn.kind is TurnKind.LATE and turn.aircraft_id == visit.aircraft_id
