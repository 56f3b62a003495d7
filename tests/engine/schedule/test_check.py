"""The checker finds each kind of fault: one sound plan, and one change at a time that must be seen."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from drone_service.engine.schedule.check import check, score_of
from drone_service.engine.schedule.plan import Plan, Route, Stop, Unserved
from drone_service.engine.schedule.problem import Pin, Problem, Shift, Window
from tests.engine.schedule.problems import job, small_problem

A, B = Stop("a", 600, 600, 2400), Stop("b", 3900, 3900, 5700)
LEFT = Unserved("c", "no_time", "full", "none", "nothing")
# Worth 200, 12 km at 1 a km: 188.
SOUND = Plan(188.0, (Route("am", (A, B)), Route("pm", ())), (LEFT,))


def washing_problem() -> Problem:
    return small_problem(
        jobs=(
            job("a", 1, group="herbicide", pinned=Pin("am", 600)),
            job("b", 2, group="fungicide", windows=(Window(0, 5700),), crews=frozenset({"c0"})),
            job("c", 1, windows=()),
        ),
        shifts=(Shift("am", "c0", 0, 7200, 0, 0), Shift("pm", "c1", 0, 20000, 0, 0)),
    )


def routes(*found: Route) -> Callable[[Plan], Plan]:
    return lambda plan: replace(plan, routes=found)


def second(**changes: float) -> Callable[[Plan], Plan]:
    return routes(Route("am", (A, replace(B, **changes))))  # type: ignore[arg-type]  # only numbers are changed


def test_a_sound_plan_has_no_fault() -> None:
    assert check(washing_problem(), SOUND) == []


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda plan: replace(plan, score=188.5), "score"),
        (second(arrive_s=3800.0, start_s=3800.0, end_s=5600.0), "travel"),  # washing or driving cut short
        (second(start_s=3800.0, end_s=5600.0), "early"),
        (second(end_s=5000.0), "service"),
        (second(arrive_s=4000.0, start_s=4000.0, end_s=5800.0), "window"),
        (second(arrive_s=6000.0, start_s=6000.0, end_s=7800.0), "shift"),
        (second(arrive_s=6000.0, start_s=6000.0, end_s=7800.0), "shift_end"),
        (routes(Route("am", (A,)), Route("pm", (Stop("b", 600, 600, 2400),))), "crew"),
        (routes(Route("am", (replace(A, start_s=700.0, end_s=2500.0),))), "pin"),
        (routes(Route("pm", (A,))), "pin"),
        (routes(Route("am", (B,))), "missing"),
        (routes(Route("am", (A, B)), Route("pm", (A,))), "duplicate"),
        (lambda plan: replace(plan, unserved=(LEFT, replace(LEFT, job="b"))), "duplicate"),
        (lambda plan: replace(plan, unserved=()), "missing"),
        (lambda plan: replace(plan, unserved=(LEFT, replace(LEFT, job="x"))), "unknown_job"),
        (routes(Route("am", (A, replace(B, job="x")))), "unknown_job"),
        (routes(Route("noon", ())), "unknown_shift"),
        (routes(Route("am", (A, B)), Route("am", ())), "duplicate_route"),
    ],
)
def test_each_fault_is_found(spoil: Callable[[Plan], Plan], code: str) -> None:
    assert code in {fault.code for fault in check(washing_problem(), spoil(SOUND))}


def test_the_score_counts_no_kilometre_of_a_crew_that_stays_at_home() -> None:
    problem = small_problem(shifts=(Shift("am", "c0", 0, 7200, 0, 1),))
    assert score_of(problem, Plan(0, (Route("am", ()),), ())) == 0
