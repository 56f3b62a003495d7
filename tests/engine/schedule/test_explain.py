"""Why a job was left out, and what would change it."""

import pytest

from drone_service.engine.schedule.plan import Unserved
from drone_service.engine.schedule.problem import Problem, Shift, Window
from drone_service.engine.schedule.solve import solve
from drone_service.engine.schedule.stop import MaxIterations
from tests.engine.schedule.problems import job, small_problem

MORNING = Shift("am", "c0", 0, 7200, 0, 0)


def left_out(problem: Problem, name: str) -> Unserved:
    plan = solve(problem, MaxIterations(30))
    return next(left for left in plan.unserved if left.job == name)


def test_no_crew_may_do_it() -> None:
    left = left_out(small_problem(jobs=(job("a", 1, crews=frozenset({"c9"})),)), "a")
    assert (left.reason_code, left.change_code, dict(left.params)) == ("no_crew", "allow_crew", {"crew": "c0"})


def test_it_is_longer_than_any_shift() -> None:
    """600 + 7200 + 600 s against a shift of 7200: 20 minutes are missing."""
    left = left_out(small_problem(jobs=(job("a", 1, service_s=7200.0),)), "a")
    assert (left.reason_code, left.cheapest_change) == ("too_long", "+20 minutes at the end of shift am")


def test_no_window_meets_a_shift() -> None:
    left = left_out(small_problem(jobs=(job("a", 1, windows=(Window(50000, 60000),)),)), "a")
    assert (left.reason_code, left.cheapest_change) == ("no_window", "open a window in shift am")


def test_a_few_minutes_more_would_do() -> None:
    """The trip with both takes 600 + 1800 + 300 + 1800 + 600 = 5100 s; the shift has 4500: +10 minutes."""
    problem = small_problem(shifts=(Shift("am", "c0", 0, 4500, 0, 0),), jobs=(job("a", 1), job("b", 2, value=50.0)))
    left = left_out(problem, "b")
    assert (left.reason_code, left.cheapest_change) == ("no_time", "+10 minutes at the end of shift am")


@pytest.mark.parametrize("afternoon", [True, False])
def test_another_half_day_before_an_exchange(afternoon: bool) -> None:
    """Two long jobs in a morning for one: open the free afternoon; without one, swap at a loss of 40."""
    morning = (Window(0, 9000),)
    jobs = (job("a", 1, service_s=5400.0, windows=morning), job("b", 2, service_s=5400.0, windows=morning, value=60.0))
    shifts = (MORNING, Shift("pm", "c0", 40000, 47200, 0, 0)) if afternoon else (MORNING,)
    left = left_out(small_problem(jobs=jobs, shifts=shifts), "b")
    expected = "open a window in shift pm" if afternoon else "swap with job a (score -40)"
    assert (left.reason_code, left.cheapest_change) == ("no_time", expected)


def test_without_any_shift() -> None:
    left = left_out(small_problem(shifts=()), "a")
    assert (left.reason_code, left.change_code) == ("no_crew", "add_shift")
