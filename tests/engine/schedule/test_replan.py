"""Planning again during the day: what has begun stays, promises have a price, and a moved one has a reason."""

from dataclasses import replace

import pytest

from drone_service.engine.schedule.check import broken_promises, check
from drone_service.engine.schedule.problem import Promise, Shift, Window
from drone_service.engine.schedule.replan import Moved, promised, rest_of, why_moved
from drone_service.engine.schedule.solve import solve
from drone_service.engine.schedule.stop import MaxIterations
from tests.engine.schedule.problems import job, small_problem
from tests.engine.schedule.test_solve import clustered

TWO = (Shift("am", "c0", 0, 7200, 0, 0), Shift("pm", "c0", 40000, 47200, 0, 0))


def test_a_crew_goes_on_from_where_it_is() -> None:
    """At 1000 s the crew works at a until 2400; the rest of its shift begins there, with its product in the tank."""
    problem = small_problem(jobs=(job("a", 1, group="herbicide", windows=(Window(0, 2400),)), job("b", 2)))
    rest = rest_of(problem, solve(problem, MaxIterations(50)), 1000)
    assert [stop.job for stop in rest.begun["am"].stops] == ["a"]
    assert [one.id for one in rest.problem.jobs] == ["b"]
    [shift] = rest.problem.shifts
    assert (shift.start_s, shift.start_location, shift.start_group) == (2400, 1, "herbicide")
    plan = solve(rest.problem, MaxIterations(50), start=rest.plan)
    assert plan.routes[0].stops[0].start_s == 2700


def test_a_shift_that_is_over_is_gone() -> None:
    problem = small_problem(shifts=TWO)
    rest = rest_of(problem, solve(problem, MaxIterations(50)), 10000)
    assert [shift.id for shift in rest.problem.shifts] == ["pm"]


@pytest.mark.parametrize("seed", range(3))
def test_a_price_for_moving_moves_fewer(seed: int) -> None:
    """On Tuesday morning one crew is out: with a price fewer promises are broken, and every plan is sound."""
    problem = clustered(60, 2, seed)
    rest = rest_of(problem, solve(problem, MaxIterations(3000), seed), 100_000)
    left = tuple(shift for shift in rest.problem.shifts if not shift.id.startswith("c1-d1"))
    moved = []
    for price in (0.0, 0.2):
        again = promised(replace(rest.problem, shifts=left), rest.plan, price)
        plan = solve(again, MaxIterations(5000), seed, start=rest.plan)
        assert check(again, plan) == []
        broken = broken_promises(again, plan)
        moved.append(len(broken))
        assert {one.job for one in why_moved(again, plan)} == {one.id for one in broken}
    assert moved[1] < moved[0]


def test_each_moved_promise_has_its_reason() -> None:
    late = (Window(0, 20000, 1.0), Window(20000, 86400, 0.5))
    gone = replace(job("a", 1), promised=Promise("night", 50000))
    better = replace(job("b", 2, windows=late), promised=Promise("pm", 41000))
    problem = small_problem(jobs=(gone, better), shifts=TWO)
    plan = solve(problem, MaxIterations(100))
    assert why_moved(problem, plan) == [Moved("a", "night", "am", "shift_gone"), Moved("b", "pm", "am", "better", 60.0)]
    full = small_problem(jobs=(replace(job("c", 1, service_s=90000.0), promised=Promise("am", 0)),), shifts=TWO)
    assert why_moved(full, solve(full, MaxIterations(10))) == [Moved("c", "am", None, "no_time")]
