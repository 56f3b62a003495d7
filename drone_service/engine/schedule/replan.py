"""Planning again during the day: what has begun stays, the rest goes on from where each crew is now.

`rest_of` cuts the problem at a moment; `promised` turns a plan into promises, so that moving a job has a price;
`why_moved` says for each promise that was not kept why.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from drone_service.engine.schedule.check import broken_promises
from drone_service.engine.schedule.plan import Plan, Route
from drone_service.engine.schedule.problem import Job, Problem, Promise, Shift
from drone_service.engine.schedule.slots import rank_slots


@dataclass(frozen=True, slots=True)
class Rest:
    """What is left to plan, and the plan for it as it stands; `begun` are the stops that stay, by shift."""

    problem: Problem
    plan: Plan
    begun: Mapping[str, Route]


@dataclass(frozen=True, slots=True)
class Moved:
    """A promise that the plan does not keep.

    `reason_code` is `shift_gone` (the crew does not work then), `no_time` (it does not fit there any more) or `better`
    (it would fit; keeping it would lose `loss` of the score). `to_shift` is None for a job that is left out.
    """

    job: str
    from_shift: str
    to_shift: str | None
    reason_code: str
    loss: float = 0.0


def promised(problem: Problem, plan: Plan, move_cost: float) -> Problem:
    """Return the problem in which every stop of the plan was promised, and breaking a promise costs its share."""
    told = {stop.job: Promise(route.shift, stop.start_s) for route in plan.routes for stop in route.stops}
    jobs = tuple(replace(job, promised=told.get(job.id, job.promised)) for job in problem.jobs)
    return replace(problem, jobs=jobs, move_cost=move_cost)


def rest_of(problem: Problem, plan: Plan, now_s: float) -> Rest:
    """Return what is left at `now_s`: jobs that have begun are gone from the problem, shifts begin where their crew is.

    A crew is taken to be free at the end of its last stop that has begun, with its product in the tank. It has left
    what it has not used; where it can reload it is taken to be full. Breaks whose time has passed are over.
    """
    jobs = {job.id: job for job in problem.jobs}
    routes = {route.shift: route for route in plan.routes}
    shifts, later, begun = [], [], {}
    for shift in problem.shifts:
        route = routes.get(shift.id, Route(shift.id, ()))
        own = sum(stop.start_s < now_s for stop in route.stops)
        begun[shift.id] = Route(
            shift.id, route.stops[:own], tuple(pause for pause in route.pauses if pause.start_s < now_s)
        )
        later.append(Route(shift.id, route.stops[own:]))
        if shift.end_s > now_s:
            shifts.append(_from_now(shift, begun[shift.id], jobs, now_s))
    done = {stop.job for route in begun.values() for stop in route.stops}
    kept = tuple(job for job in problem.jobs if job.id not in done)
    return Rest(replace(problem, shifts=tuple(shifts), jobs=kept), Plan(0.0, tuple(later), ()), begun)


def _from_now(shift: Shift, begun: Route, jobs: Mapping[str, Job], now_s: float) -> Shift:
    if now_s <= shift.start_s and not begun.stops:
        return shift
    free_s = max([now_s, *(stop.end_s for stop in begun.stops), *(pause.end_s for pause in begun.pauses)])
    free_s = min(free_s, shift.end_s)
    # A break is over when it was taken, or when it can no longer be: the day cannot be had again.
    rests = [rest for rest in shift.breaks if max(rest.start_s, free_s) + rest.duration_s <= rest.end_s]
    taken = sum(pause.kind == "break" for pause in begun.pauses)
    left = tuple(
        replace(rest, start_s=max(rest.start_s, free_s))
        for rest in rests[max(taken - len(shift.breaks) + len(rests), 0) :]
    )
    if not begun.stops:
        return replace(shift, start_s=free_s, breaks=left)
    last = jobs[begun.stops[-1].job]
    since = max((pause.after_stops for pause in begun.pauses if pause.kind == "reload"), default=0)
    used = [jobs[stop.job].uses for stop in begun.stops[since:]]
    capacity = {name: max(most - sum(one.get(name, 0.0) for one in used), 0.0) for name, most in shift.capacity.items()}
    return replace(
        shift, start_s=free_s, start_location=last.location, start_group=last.group, breaks=left,
        capacity=capacity if shift.reload is None else shift.capacity,
    )  # fmt: skip


def why_moved(problem: Problem, plan: Plan) -> list[Moved]:
    """Return for each promise that the plan does not keep why it is not kept."""
    where = {stop.job: route.shift for route in plan.routes for stop in route.stops}
    return [_why(problem, plan, job, where.get(job.id)) for job in broken_promises(problem, plan)]


def _why(problem: Problem, plan: Plan, job: Job, to_shift: str | None) -> Moved:
    told = job.promised
    assert told is not None  # noqa: S101  only promised jobs are broken promises
    if told.shift not in problem.shift_index:
        return Moved(job.id, told.shift, to_shift, "shift_gone")
    # The promised half-day alone, beside the plan without the job.
    here = [one for one in problem.jobs if one.pinned is None or one.pinned.shift == told.shift]
    others = replace(
        problem,
        shifts=(problem.shifts[problem.shift_index[told.shift]],),
        jobs=tuple(other for other in here if other.id != job.id),
    )
    slack_s = problem.move_slack_s
    windows = job.windows
    if slack_s is not None:
        first, last = told.start_s - slack_s, told.start_s + slack_s + job.service_s
        windows = tuple(
            replace(window, start_s=max(window.start_s, first), end_s=min(window.end_s, last))
            for window in job.windows
            if max(window.start_s, first) <= min(window.end_s, last)
        )
    asked = replace(job, id=f"{job.id} again", windows=windows, pinned=None)
    routes = tuple(
        replace(route, stops=tuple(stop for stop in route.stops if stop.job != job.id), pauses=())
        for route in plan.routes
        if route.shift == told.shift
    )
    free = [slot for slot in rank_slots(others, Plan(0.0, routes, ()), asked, best=1) if slot.displaces is None]
    if not free:
        return Moved(job.id, told.shift, to_shift, "no_time")
    gain = next((problem.gain_at(job, stop.start_s) or 0.0 for route in plan.routes for stop in route.stops
                 if stop.job == job.id), 0.0)  # fmt: skip
    return Moved(job.id, told.shift, to_shift, "better", max(gain * job.value - free[0].score_change, 0.0))
