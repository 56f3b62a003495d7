"""Check a plan against its problem, written from the requirements and sharing nothing with the search.

It recomputes every time, kilometre and value from the problem's own numbers; only a plan without a fault is stored.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from drone_service.engine.schedule.plan import Plan, Route
from drone_service.engine.schedule.problem import Job, Problem, Shift

# Sums of a few hundred floats of up to 1e6 seconds agree to far better than a millisecond.
SECONDS_SLACK = 1e-3
SCORE_SLACK = 1e-4


@dataclass(frozen=True, slots=True)
class Fault:
    """One broken rule: a code, what it is about, and the sentence."""

    code: str
    subject: str
    message: str


def check(problem: Problem, plan: Plan) -> list[Fault]:
    """Return every rule the plan breaks; an empty list means that it may be used."""
    faults = list(_names(problem, plan))
    if faults:
        return faults
    jobs = {job.id: job for job in problem.jobs}
    shifts = {shift.id: shift for shift in problem.shifts}
    for route in plan.routes:
        faults.extend(_route_faults(problem, shifts[route.shift], route, jobs))
    faults.extend(_pin_faults(problem, plan))
    faults.extend(_coverage_faults(problem, plan))
    recomputed = score_of(problem, plan)
    if abs(recomputed - plan.score) > SCORE_SLACK:
        faults.append(Fault("score", "plan", f"the score is {recomputed:.6f} and not {plan.score:.6f}"))
    return faults


def score_of(problem: Problem, plan: Plan) -> float:
    """Return Σ value × gain − km_cost × km of the plan; a crew without a job drives nowhere."""
    jobs = {job.id: job for job in problem.jobs}
    shifts = {shift.id: shift for shift in problem.shifts}
    value = sum(
        jobs[stop.job].value * _gain(jobs[stop.job], stop.start_s) for route in plan.routes for stop in route.stops
    )
    km = sum(_route_km(problem, shifts[route.shift], [jobs[stop.job] for stop in route.stops]) for route in plan.routes)
    return value - problem.km_cost * km if problem.km_cost else value


def _gain(job: Job, start_s: float) -> float:
    return max(
        (
            window.gain
            for window in job.windows
            if start_s >= window.start_s - SECONDS_SLACK and start_s + job.service_s <= window.end_s + SECONDS_SLACK
        ),
        default=0.0,
    )


def _route_km(problem: Problem, shift: Shift, jobs: list[Job]) -> float:
    if not jobs:
        return 0.0
    places = [shift.start_location, *(job.location for job in jobs), shift.end_location]
    return sum(float(problem.travel_km[here, there]) for here, there in pairwise(places))


def _names(problem: Problem, plan: Plan) -> Iterator[Fault]:
    known_jobs = {job.id for job in problem.jobs}
    known_shifts = {shift.id for shift in problem.shifts}
    for name, count in Counter(route.shift for route in plan.routes).items():
        if name not in known_shifts:
            yield Fault("unknown_shift", name, f"there is no shift {name!r}")
        elif count > 1:
            yield Fault("duplicate_route", name, f"shift {name!r} has {count} routes")
    for name in {stop.job for route in plan.routes for stop in route.stops} - known_jobs:
        yield Fault("unknown_job", name, f"there is no job {name!r}")


def _route_faults(problem: Problem, shift: Shift, route: Route, jobs: dict[str, Job]) -> Iterator[Fault]:
    free_at, place, group = shift.start_s, shift.start_location, None
    for stop in route.stops:
        job = jobs[stop.job]
        wash = 0.0
        if group is not None and job.group is not None and group != job.group:
            wash = problem.wash_s.get(group, {}).get(job.group, 0.0)
        reached = free_at + wash + float(problem.travel_s[place, job.location])
        if stop.arrive_s < reached - SECONDS_SLACK:
            yield Fault("travel", job.id, f"job {job.id!r} cannot be reached before {reached:.0f} s")
        if stop.start_s < stop.arrive_s - SECONDS_SLACK:
            yield Fault("early", job.id, f"job {job.id!r} starts before the crew is there")
        yield from _stop_faults(shift, job, stop.start_s, stop.end_s)
        free_at, place = stop.end_s, job.location
        # A job without a product leaves the tank as it is, but the last product is what the rule looks at:
        # washing is between two jobs that follow each other, so a job without a group ends the memory.
        group = job.group
    if route.stops and free_at + float(problem.travel_s[place, shift.end_location]) > shift.end_s + SECONDS_SLACK:
        yield Fault("shift_end", shift.id, f"the crew of shift {shift.id!r} is back after its end")


def _stop_faults(shift: Shift, job: Job, start_s: float, end_s: float) -> Iterator[Fault]:
    if abs(end_s - start_s - job.service_s) > SECONDS_SLACK:
        yield Fault("service", job.id, f"job {job.id!r} takes {job.service_s:g} s and not {end_s - start_s:g}")
    if start_s < shift.start_s - SECONDS_SLACK or end_s > shift.end_s + SECONDS_SLACK:
        yield Fault("shift", job.id, f"job {job.id!r} does not lie inside shift {shift.id!r}")
    inside = any(
        start_s >= window.start_s - SECONDS_SLACK and end_s <= window.end_s + SECONDS_SLACK for window in job.windows
    )
    if not inside:
        yield Fault("window", job.id, f"job {job.id!r} does not lie inside one of its windows")
    if job.crews is not None and shift.crew not in job.crews:
        yield Fault("crew", job.id, f"crew {shift.crew!r} may not do job {job.id!r}")


def _pin_faults(problem: Problem, plan: Plan) -> Iterator[Fault]:
    places = {stop.job: (route.shift, stop.start_s) for route in plan.routes for stop in route.stops}
    for job in problem.jobs:
        if job.pinned is not None and places.get(job.id) != (job.pinned.shift, job.pinned.start_s):
            yield Fault("pin", job.id, f"job {job.id!r} is not where it is pinned")


def _coverage_faults(problem: Problem, plan: Plan) -> Iterator[Fault]:
    served = Counter(stop.job for route in plan.routes for stop in route.stops)
    left = Counter(unserved.job for unserved in plan.unserved)
    for job in problem.jobs:
        times = served[job.id] + left[job.id]
        if times > 1:
            yield Fault("duplicate", job.id, f"job {job.id!r} is listed {times} times")
        elif not times:
            yield Fault("missing", job.id, f"job {job.id!r} is neither planned nor left out with a reason")
    for name in left.keys() - {job.id for job in problem.jobs}:
        yield Fault("unknown_job", name, f"there is no job {name!r}")
