"""Check a plan against its problem, written from the requirements and sharing nothing with the search.

It recomputes every time, kilometre and value from the problem's own numbers; only a plan without a fault is stored.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import inf

from drone_service.engine.schedule.plan import BREAK, RELOAD, Pause, Plan, Route, Stop
from drone_service.engine.schedule.problem import Job, Problem, Shift

# Sums of a few hundred floats of up to 1e6 seconds agree to far better than a millisecond.
SECONDS_SLACK = 1e-3
SCORE_SLACK = 1e-4
LOAD_SLACK = 1e-9


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
    """Return Σ value × gain − km_cost × km − what broken promises cost; a crew without a job drives nowhere."""
    jobs = {job.id: job for job in problem.jobs}
    shifts = {shift.id: shift for shift in problem.shifts}
    value = sum(
        jobs[stop.job].value * _gain(jobs[stop.job], stop.start_s) for route in plan.routes for stop in route.stops
    )
    value -= problem.move_cost * sum(job.value for job in broken_promises(problem, plan))
    km = sum(_route_km(problem, shifts[route.shift], route, jobs) for route in plan.routes)
    return value - problem.km_cost * km if problem.km_cost else value


def broken_promises(problem: Problem, plan: Plan) -> list[Job]:
    """Return the jobs that are not done when it was promised, those left out included."""
    done = {stop.job: (route.shift, stop.start_s) for route in plan.routes for stop in route.stops}
    found = []
    for job in problem.jobs:
        if job.promised is None:
            continue
        shift, start_s = done.get(job.id, ("", inf))
        slack_s = inf if problem.move_slack_s is None else problem.move_slack_s + SECONDS_SLACK
        if shift != job.promised.shift or abs(start_s - job.promised.start_s) > slack_s:
            found.append(job)
    return found


def _gain(job: Job, start_s: float) -> float:
    return max(
        (
            window.gain
            for window in job.windows
            if start_s >= window.start_s - SECONDS_SLACK and start_s + job.service_s <= window.end_s + SECONDS_SLACK
        ),
        default=0.0,
    )


def _route_km(problem: Problem, shift: Shift, route: Route, jobs: Mapping[str, Job]) -> float:
    if not route.stops:
        return 0.0
    places = [shift.start_location]
    for item in _in_order(route):
        if isinstance(item, Stop):
            places.append(jobs[item.job].location)
        elif item.kind == RELOAD and shift.reload is not None:
            places.append(shift.reload.location)
    places.append(shift.end_location)
    return sum(float(problem.travel_km[here, there]) for here, there in pairwise(places))


def _in_order(route: Route) -> Iterator[Stop | Pause]:
    """Yield the stops and pauses of a route as they follow each other."""
    for number in range(len(route.stops) + 1):
        yield from (pause for pause in route.pauses if pause.after_stops == number)
        if number < len(route.stops):
            yield route.stops[number]


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
    free_at, place, group = shift.start_s, shift.start_location, shift.start_group
    for item in _in_order(route):
        if isinstance(item, Pause):
            yield from _pause_faults(problem, shift, item, place, free_at)
            if item.kind == RELOAD and shift.reload is not None:
                place = shift.reload.location
            free_at = max(free_at, item.end_s)
            continue
        job = jobs[item.job]
        wash = 0.0
        if group is not None and job.group is not None and group != job.group:
            wash = problem.wash_s.get(group, {}).get(job.group, 0.0)
        reached = free_at + wash + float(problem.travel_s[place, job.location])
        if item.arrive_s < reached - SECONDS_SLACK:
            yield Fault("travel", job.id, f"job {job.id!r} cannot be reached before {reached:.0f} s")
        if item.start_s < item.arrive_s - SECONDS_SLACK:
            yield Fault("early", job.id, f"job {job.id!r} starts before the crew is there")
        yield from _stop_faults(shift, job, item.start_s, item.end_s)
        free_at, place = item.end_s, job.location
        # A job without a product leaves the tank as it is, but the last product is what the rule looks at:
        # washing is between two jobs that follow each other, so a job without a group ends the memory.
        group = job.group
    if route.stops and free_at + float(problem.travel_s[place, shift.end_location]) > shift.end_s + SECONDS_SLACK:
        yield Fault("shift_end", shift.id, f"the crew of shift {shift.id!r} is back after its end")
    yield from _break_faults(shift, route)
    yield from _load_faults(shift, route, jobs)


def _pause_faults(problem: Problem, shift: Shift, pause: Pause, place: int, free_at: float) -> Iterator[Fault]:
    reached, least_s = free_at, pause.end_s - pause.start_s
    if pause.kind == RELOAD:
        if shift.reload is None:
            yield Fault("reload", shift.id, f"shift {shift.id!r} has no place to reload")
            return
        reached += float(problem.travel_s[place, shift.reload.location])
        least_s = shift.reload.duration_s
    if pause.start_s < reached - SECONDS_SLACK or pause.end_s - pause.start_s < least_s - SECONDS_SLACK:
        yield Fault(
            pause.kind, shift.id, f"the {pause.kind} of shift {shift.id!r} at {pause.start_s:.0f} s is too short"
        )


def _break_faults(shift: Shift, route: Route) -> Iterator[Fault]:
    """A crew that works has each of its breaks, one pause for each."""
    if not route.stops:
        return
    left = [pause for pause in route.pauses if pause.kind == BREAK]
    for rest in sorted(shift.breaks, key=lambda one: one.end_s):
        taken = next(
            (
                pause for pause in left
                if pause.start_s >= rest.start_s - SECONDS_SLACK and pause.end_s <= rest.end_s + SECONDS_SLACK
                and pause.end_s - pause.start_s >= rest.duration_s - SECONDS_SLACK
            ),
            None,
        )  # fmt: skip
        if taken is None:
            yield Fault("break", shift.id, f"the crew of shift {shift.id!r} has no break by {rest.end_s:.0f} s")
        else:
            left.remove(taken)


def _load_faults(shift: Shift, route: Route, jobs: dict[str, Job]) -> Iterator[Fault]:
    for name, most in shift.capacity.items():
        used = 0.0
        for item in _in_order(route):
            if isinstance(item, Stop):
                used += jobs[item.job].uses.get(name, 0.0)
                if used > most * (1 + LOAD_SLACK) + LOAD_SLACK:
                    yield Fault("load", item.job, f"job {item.job!r} needs more {name!r} than the crew still has")
            elif item.kind == RELOAD:
                used = 0.0


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
