"""Short cuts of the search that must not lose a place: shifts that are the same, and gaps that come too early."""

from dataclasses import replace

import numpy as np

from drone_service.engine.schedule import routes, ruin
from drone_service.engine.schedule.check import check
from drone_service.engine.schedule.ground import CHANGED, PLAIN, lay_out
from drone_service.engine.schedule.problem import Break, Pin, Promise, Shift, Window
from drone_service.engine.schedule.solve import pinned_tours, solve
from drone_service.engine.schedule.stop import MaxIterations
from tests.engine.schedule.problems import job, small_problem


def fleet(crews: int, **changes: object) -> tuple[Shift, ...]:
    return tuple(replace(Shift(f"s{n}", f"c{n}", 0, 5400, 0, 0), **changes) for n in range(crews))  # type: ignore[arg-type]


def test_one_empty_shift_after_another_is_opened() -> None:
    """Two hours of work and ways do not fit into an hour and a half, so each job needs a shift of its own."""
    problem = small_problem(shifts=fleet(6), jobs=tuple(job(f"j{n}", 1 + n % 2, service_s=3000.0) for n in range(6)))
    plan = solve(problem, MaxIterations(50))
    assert not check(problem, plan)
    assert sorted(len(route.stops) for route in plan.routes) == [1] * 6


def test_a_shift_has_a_twin_only_where_nothing_tells_them_apart() -> None:
    problem = small_problem(shifts=fleet(3))
    assert lay_out(problem).twin.tolist() == [-1, 0, 1]
    a, b = problem.jobs
    assert lay_out(replace(problem, jobs=(replace(a, crews=frozenset({"c0", "c2"})), b))).twin.tolist() == [-1, -1, -1]
    promised = replace(problem, jobs=(replace(a, promised=Promise("s1", 900.0)), b), move_cost=0.1)
    assert lay_out(promised).twin.tolist() == [-1, -1, 0]
    for other in (
        {"end_s": 5000.0},
        {"start_location": 1},
        {"start_group": "fungicide"},
        {"capacity": {"litres": 9.0}},
    ):
        odd = (problem.shifts[0], replace(problem.shifts[1], **other), problem.shifts[2])  # type: ignore[arg-type]
        assert lay_out(replace(problem, shifts=odd)).twin.tolist() == [-1, -1, 0]


def test_a_pin_in_a_twin_leaves_the_other_one_open() -> None:
    pinned = job("a", 1, service_s=3000.0, pinned=Pin("s0", 1200.0))
    problem = small_problem(shifts=fleet(2), jobs=(pinned, job("b", 2, service_s=3000.0)))
    plan = solve(problem, MaxIterations(20))
    assert [[stop.job for stop in route.stops] for route in plan.routes] == [["a"], ["b"]]


def test_a_gap_before_a_break_is_found_though_the_break_would_have_to_be_sooner_without_the_job() -> None:
    """The break lies before b and is taken at the base; with x, which lies beside b, it is taken there and later."""
    travel = np.array([[0, 3000], [3000, 0]], dtype=float)
    shift = Shift("am", "c0", 0, 20_000, 0, 0, breaks=(Break(500, 8000, 600),))
    x = job("x", 1, service_s=600.0, windows=(Window(3000, 3650),))
    b = job("b", 1, service_s=600.0, windows=(Window(0, 5600),))
    problem = small_problem(travel_s=travel, travel_km=travel / 1000, shifts=(shift,), jobs=(x, b))
    ground = lay_out(problem)
    tours = pinned_tours(problem, ground)
    tours.tally[CHANGED] = 0
    assert routes.insert(ground, tours, 1, 0, 1, int(ground.window_at[1]), PLAIN)
    ruin.keep(tours)
    assert routes.price(ground, tours, 0, 0, 0.0, -np.inf) > 0
    assert tours.found[0] == 0
