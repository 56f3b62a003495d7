"""Whether what is said of a job can be relied on: the change that would fit it, and the half-days offered for it."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
from hypothesis import given

from drone_service.engine.errors import EngineError
from drone_service.engine.schedule.check import check
from drone_service.engine.schedule.plan import Plan, Unserved
from drone_service.engine.schedule.problem import Job, Problem, Window
from drone_service.engine.schedule.slots import Slot, rank_slots
from drone_service.engine.schedule.solve import solve
from drone_service.engine.schedule.stop import MaxIterations
from tests.engine.schedule.problems import job, problems, small_problem

Params = dict[str, Any]


def with_job(problem: Problem, new: Job) -> Problem:
    return replace(problem, jobs=tuple(new if one.id == new.id else one for one in problem.jobs))


def _longer(problem: Problem, _asked: Job, params: Params) -> Problem:
    shifts = [
        replace(shift, end_s=shift.end_s + 60 * params["minutes"]) if shift.id == params["shift"] else shift
        for shift in problem.shifts
    ]
    return replace(problem, shifts=tuple(shifts))


def _opened(problem: Problem, asked: Job, params: Params) -> Problem:
    shift = problem.shifts[problem.shift_index[params["shift"]]]
    return with_job(problem, replace(asked, windows=(*asked.windows, Window(shift.start_s, shift.end_s))))


def _swapped(problem: Problem, _asked: Job, params: Params) -> Problem:
    return replace(problem, jobs=tuple(one for one in problem.jobs if one.id != params["job"]))


def _dearer(problem: Problem, asked: Job, params: Params) -> Problem:
    return with_job(problem, replace(asked, value=asked.value + params["value"]))


def _carrying(problem: Problem, _asked: Job, params: Params) -> Problem:
    thing = params["thing"]
    shifts = [
        replace(shift, capacity={**shift.capacity, thing: shift.capacity[thing] + params["amount"]})
        if shift.id == params["shift"]
        else shift
        for shift in problem.shifts
    ]
    return replace(problem, shifts=tuple(shifts))


def _allowed(problem: Problem, asked: Job, params: Params) -> Problem:
    return with_job(problem, replace(asked, crews=frozenset({*(asked.crews or ()), params["crew"]})))


APPLIED: dict[str, Callable[[Problem, Job, Params], Problem]] = {
    "extend_shift": _longer,
    "open_window": _opened,
    "exchange": _swapped,
    "raise_value": _dearer,
    "raise_capacity": _carrying,
    "allow_crew": _allowed,
}
NO_SINGLE_CHANGE = {"none", "add_shift", "no_road"}


def with_change(problem: Problem, plan: Plan, left: Unserved) -> Problem:
    """Return the problem with the change made, and without the other jobs that are left out."""
    others = {one.job for one in plan.unserved} - {left.job}
    rest = replace(problem, jobs=tuple(one for one in problem.jobs if one.id not in others))
    asked = rest.jobs[rest.job_index[left.job]]
    return APPLIED[left.change_code](rest, asked, dict(left.params))


def on_the_shortest_way(problem: Problem) -> Problem:
    """Return the problem driven and washed by the shortest way: where a detour is shorter the search may miss a place.

    A job without a product between two that have one would be such a detour.
    """
    ways = problem.travel_s.copy()
    for by in range(problem.locations):
        ways = np.minimum(ways, ways[:, by, None] + ways[None, by, :])
    jobs = tuple(replace(one, group=one.group or "herbicide") for one in problem.jobs)
    try:
        return replace(problem, travel_s=ways, travel_km=ways / 120.0, jobs=jobs)
    except EngineError:  # with a product two pins may need washing between them
        return replace(
            problem, travel_s=ways, travel_km=ways / 120.0, jobs=tuple(replace(one, pinned=None) for one in jobs)
        )


def found(problem: Problem) -> Plan | None:
    """Return a plan that can be begun from; a start with reloads is not always followed to the letter."""
    try:
        plan = solve(problem, MaxIterations(100), seed=1)
    except EngineError:
        return None
    left = {one.job for one in plan.unserved}
    planned = replace(problem, jobs=tuple(one for one in problem.jobs if one.id not in left))
    return plan if solve(planned, MaxIterations(0), start=plan).routes == plan.routes else None


@given(problem=problems())
def test_following_the_advice_lets_the_job_in(problem: Problem) -> None:
    """Beside every job of the plan but one it is exchanged with. The score is not lower by more than was said."""
    problem = on_the_shortest_way(problem)
    plan = found(problem)
    for left in plan.unserved if plan is not None else ():
        assert plan is not None
        if left.change_code in NO_SINGLE_CHANGE:
            continue
        changed = with_change(problem, plan, left)
        again = solve(changed, MaxIterations(0), start=plan)
        assert check(changed, again) == []
        assert again.unserved == (), f"{left} does not let it in"


@given(problem=problems())
def test_a_slot_can_be_had_and_says_what_it_is(problem: Problem) -> None:
    """The last job is asked for beside the plan of the others, with breaks, reloads and promises as they come."""
    if not problem.jobs or problem.jobs[-1].pinned is not None:
        return
    new = problem.jobs[-1]
    before = replace(on_the_shortest_way(problem), jobs=problem.jobs[:-1])
    plan = found(before)
    for slot in rank_slots(before, plan, new, best=9) if plan is not None else ():
        assert plan is not None
        _is_honest(before, plan, new, slot)


def _is_honest(before: Problem, plan: Plan, new: Job, slot: Slot) -> None:
    gone = {left.job for left in plan.unserved} | {slot.displaces}
    held = replace(new, windows=(Window(slot.start_s, slot.latest_start_s + new.service_s),), value=1e6)
    with_it = replace(before, jobs=(*(one for one in before.jobs if one.id not in gone), held))
    again = solve(with_it, MaxIterations(0), start=plan)
    assert check(with_it, again) == []
    assert again.unserved == ()
    stood = next(route for route in plan.routes if route.shift == slot.shift)
    order = [slot.after_job, slot.before_job]
    kept = [None, *(stop.job for stop in stood.stops if stop.job != slot.displaces), None]
    assert order in [list(pair) for pair in pairwise(kept)]


def test_a_job_that_pays_only_in_part_is_to_be_worth_so_much_more() -> None:
    """The way there and back costs 30 and half of 8 comes in: 52 more bring the other 26, and one more a gain."""
    problem = small_problem(jobs=(job("a", 1, value=8.0, windows=(Window(0, 86400, 0.5),)),), km_cost=3.0)
    (left,) = solve(problem, MaxIterations(10)).unserved
    assert left.change_code == "raise_value"
    assert dict(left.params)["value"] == 53
