"""Half-days for one new job: exact times and distances, and the truth of what they promise."""

from dataclasses import replace

import pytest

from drone_service.engine.schedule.check import check
from drone_service.engine.schedule.plan import Plan, Route, Stop
from drone_service.engine.schedule.problem import Problem, Shift, Window
from drone_service.engine.schedule.slots import rank_slots
from drone_service.engine.schedule.solve import solve
from drone_service.engine.schedule.stop import MaxIterations
from tests.engine.schedule.problems import job, small_problem
from tests.engine.schedule.test_solve import clustered

MORNING, AFTERNOON = Shift("am", "c0", 0, 7200, 0, 0), Shift("pm", "c0", 40000, 47200, 0, 0)
EMPTY = Plan(0.0, (), ())


def day(**changes: object) -> Problem:
    return small_problem(shifts=(MORNING, AFTERNOON), jobs=(job("a", 1, windows=(Window(0, 2400),)),), **changes)


PLANNED = Plan(90.0, (Route("am", (Stop("a", 600, 600, 2400),)),), ())


def test_beside_a_neighbour_is_better_than_an_empty_afternoon() -> None:
    """After a: 300 s and 2 km to it, 600 s and 5 km home, instead of 600 s and 5 km home from a."""
    first, second = rank_slots(day(), PLANNED, job("new", 2))
    assert (first.shift, first.start_s, first.end_s, first.latest_start_s) == ("am", 2700, 4500, 4800)
    assert (first.after_job, first.before_job, first.displaces) == ("a", None, None)
    assert (first.extra_s, first.extra_km, first.score_change) == (300, 2, 98)
    assert (second.shift, second.extra_km, second.score_change) == ("pm", 10, 90)


def test_a_late_half_day_is_worth_its_gain() -> None:
    late = job("new", 2, windows=(Window(0, 86400, 1.0), Window(40000, 86400, 0.85)))
    afternoon_only = replace(late, windows=late.windows[1:])
    [slot] = rank_slots(day(), PLANNED, afternoon_only)
    assert (slot.gain, slot.score_change) == (0.85, 75)


def test_of_two_crews_in_the_same_hours_the_better_is_named() -> None:
    problem = small_problem(shifts=(MORNING, replace(MORNING, id="other", crew="c1")), jobs=(job("a", 1),))
    assert [slot.shift for slot in rank_slots(problem, PLANNED, job("new", 2))] == ["am"]


def test_where_nothing_is_free_the_cheapest_job_gives_way() -> None:
    problem = small_problem(jobs=(job("a", 1, service_s=5400.0, value=60.0),))
    plan = Plan(50.0, (Route("am", (Stop("a", 600, 600, 6000),)),), ())
    [slot] = rank_slots(problem, plan, job("new", 2, service_s=5400.0))
    assert (slot.displaces, slot.score_change, slot.start_s, slot.after_job) == ("a", 40, 600, None)
    assert rank_slots(problem, plan, job("new", 2, service_s=5400.0, value=59.0)) == []


def test_who_waits_takes_a_place_first() -> None:
    """Each of the two fills the morning; the one that waits gives way to nobody once it has its place."""
    problem = small_problem(shifts=(MORNING,), jobs=(job("waits", 1, service_s=5400.0),))
    new = job("new", 2, service_s=5400.0)
    [slot] = rank_slots(problem, EMPTY, new)
    assert (slot.start_s, slot.displaces) == (600, None)
    assert rank_slots(problem, EMPTY, new, after_waiting=True) == []


def test_no_half_day_fits() -> None:
    assert rank_slots(day(), EMPTY, job("new", 2, service_s=90000.0)) == []
    assert rank_slots(small_problem(shifts=()), EMPTY, job("new", 2)) == []


@pytest.mark.parametrize("seed", range(4))
def test_the_plan_with_the_slot_taken_passes_the_checker(seed: int) -> None:
    """Planned again with the job held to the slot, the plan gains at least what the slot promised."""
    problem = clustered(25, 1, seed)
    new = problem.jobs[-1]
    before = replace(problem, jobs=problem.jobs[:-1])
    plan = solve(before, MaxIterations(500), seed)
    for slot in rank_slots(before, plan, new, best=6):
        gone = [one for one in before.jobs if one.id != slot.displaces]
        held = replace(new, windows=(Window(slot.start_s, slot.latest_start_s + new.service_s, slot.gain),))
        with_it = replace(before, jobs=(*gone, held))
        again = solve(with_it, MaxIterations(0), start=plan)
        assert check(with_it, again) == []
        assert again.score >= plan.score + slot.score_change - 1e-6
