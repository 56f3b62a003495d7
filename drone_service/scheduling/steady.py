"""Leave the times of a plan as they stand where that costs nothing: the search starts every job as soon as it can."""

from dataclasses import replace

from drone_service.engine.schedule.check import score_of
from drone_service.engine.schedule.plan import Plan, Route, Stop
from drone_service.engine.schedule.problem import Job, Problem, Shift


def keep_times(problem: Problem, plan: Plan, standing: Plan) -> Plan:
    """Return the plan with each job at its standing time, where it is in the same shift and nothing is lost by it.

    From the last stop of a shift to the first, because a later start needs room behind it. The order never changes.
    """
    before = {(route.shift, stop.job): stop.start_s for route in standing.routes for stop in route.stops}
    routes = tuple(_kept(problem, route, before) for route in plan.routes)
    kept = replace(plan, routes=routes)
    return replace(kept, score=score_of(problem, kept))


def _kept(problem: Problem, route: Route, before: dict[tuple[str, str], float]) -> Route:
    shift = problem.shifts[problem.shift_index[route.shift]]
    jobs = [problem.jobs[problem.job_index[stop.job]] for stop in route.stops]
    starts = [stop.start_s for stop in route.stops]
    for number in reversed(range(len(jobs))):
        wanted = before.get((route.shift, jobs[number].id))
        if wanted is None or wanted < starts[number] or jobs[number].pinned is not None:
            continue
        if wanted <= _latest(problem, shift, jobs, starts, number) and _loses_nothing(
            problem, jobs[number], starts[number], wanted
        ):
            starts[number] = wanted
    return Route(route.shift, _stops(problem, shift, jobs, starts))


def _latest(problem: Problem, shift: Shift, jobs: list[Job], starts: list[float], number: int) -> float:
    job = jobs[number]
    if number + 1 == len(jobs):
        return shift.end_s - float(problem.travel_s[job.location, shift.end_location]) - job.service_s
    return starts[number + 1] - _gap_s(problem, job, jobs[number + 1]) - job.service_s


def _gap_s(problem: Problem, before: Job, after: Job) -> float:
    return problem.wash_between_s(before.group, after.group) + float(problem.travel_s[before.location, after.location])


def _loses_nothing(problem: Problem, job: Job, start_s: float, wanted_s: float) -> bool:
    gain = problem.gain_at(job, wanted_s)
    return gain is not None and gain >= (problem.gain_at(job, start_s) or 0.0)


def _stops(problem: Problem, shift: Shift, jobs: list[Job], starts: list[float]) -> tuple[Stop, ...]:
    stops: list[Stop] = []
    for number, (job, start_s) in enumerate(zip(jobs, starts, strict=True)):
        if number:
            reached = stops[-1].end_s + _gap_s(problem, jobs[number - 1], job)
        else:
            reached = shift.start_s + float(problem.travel_s[shift.start_location, job.location])
        stops.append(Stop(job.id, min(reached, start_s), start_s, start_s + job.service_s))
    return tuple(stops)
