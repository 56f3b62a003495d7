"""Breaks, loads, the product in the tank and promises: exact plans, and the checker sees each rule broken."""

from dataclasses import replace

import pytest

from drone_service.engine.errors import EngineError
from drone_service.engine.schedule.check import check
from drone_service.engine.schedule.document import parse_problem, plan_document
from drone_service.engine.schedule.plan import BREAK, RELOAD, Pause, Plan, Route, Stop
from drone_service.engine.schedule.problem import (
    Break,
    ImpossiblePin,
    Pin,
    Problem,
    Promise,
    Reload,
    ScheduleInvalid,
    Shift,
    Window,
)  # fmt: skip
from drone_service.engine.schedule.solve import solve
from drone_service.engine.schedule.stop import MaxIterations
from tests.engine.schedule.problems import job, small_problem
from tests.engine.schedule.test_problem import PROBLEM

SHIFT = Shift("am", "c0", 0, 9000, 0, 0)
NOON = Break(2400, 4200, 900)
THIRSTY = (job("a", 1, uses={"water": 20}), job("b", 2, uses={"water": 20}))


def planned(problem: Problem) -> Plan:
    plan = solve(problem, MaxIterations(300), seed=1)
    assert check(problem, plan) == []
    return plan


def codes(problem: Problem, plan: Plan) -> set[str]:
    return {fault.code for fault in check(problem, plan)}


def test_a_break_is_taken_where_the_crew_is() -> None:
    """600 s out, work to 2400, the break to 3300, 300 s on to the other, work to 5400, 600 s home."""
    plan = planned(small_problem(shifts=(replace(SHIFT, breaks=(NOON,), end_s=6000),)))
    [route] = plan.routes
    assert route.pauses == (Pause(BREAK, 1, 2400, 3300),)
    assert [stop.start_s for stop in route.stops] == [600, 3600]
    assert plan.score == 188


def test_a_shift_too_short_for_both_and_the_break_does_one() -> None:
    plan = planned(small_problem(shifts=(replace(SHIFT, breaks=(NOON,), end_s=5999),)))
    assert len(plan.routes[0].stops) == 1


def test_a_crew_without_work_needs_no_break() -> None:
    plan = planned(small_problem(jobs=(), shifts=(replace(SHIFT, breaks=(NOON,), end_location=1),)))
    assert plan.routes[0].pauses == ()
    assert plan.score == 0


def test_a_break_that_a_pin_leaves_no_time_for_is_refused() -> None:
    jobs = (job("a", 1, pinned=Pin("am", 2000), service_s=3000.0),)
    with pytest.raises(ImpossiblePin, match="break"):
        small_problem(jobs=jobs, shifts=(replace(SHIFT, breaks=(NOON,)),))


@pytest.mark.parametrize("rest", [Break(-1, 900, 900), Break(0, 9001, 900), Break(0, 900, 901), Break(0, 900, -1)])
def test_a_break_outside_its_shift_or_longer_than_its_time_is_refused(rest: Break) -> None:
    with pytest.raises(EngineError):
        small_problem(shifts=(replace(SHIFT, breaks=(rest,)),))


def test_a_crew_that_has_not_enough_left_reloads() -> None:
    """Work to 2400, 600 s to the base, 300 s of loading, 600 s out, work to 5700, home: 20 km at 1 a km."""
    shift = replace(SHIFT, capacity={"water": 30}, reload=Reload(0, 300))
    plan = planned(small_problem(jobs=THIRSTY, shifts=(shift,)))
    [route] = plan.routes
    assert route.pauses == (Pause(RELOAD, 1, 3000, 3300),)
    assert [stop.start_s for stop in route.stops] == [600, 3900]
    assert plan.score == 180


def test_without_a_place_to_reload_the_better_job_is_done() -> None:
    jobs = (job("a", 1, uses={"water": 20}, value=90.0), job("b", 2, uses={"water": 20}))
    plan = planned(small_problem(jobs=jobs, shifts=(replace(SHIFT, capacity={"water": 30}),)))
    assert [stop.job for stop in plan.routes[0].stops] == ["b"]


def test_a_job_that_no_crew_can_carry_enough_for_is_explained() -> None:
    shift = replace(SHIFT, capacity={"water": 30}, reload=Reload(0, 300))
    [left] = planned(small_problem(jobs=(job("a", 1, uses={"water": 42.5}),), shifts=(shift,))).unserved
    assert (left.reason_code, left.cheapest_change) == ("no_load", "carry 13 more of water in shift am")


def test_pinned_jobs_that_need_more_than_the_crew_carries_are_refused() -> None:
    jobs = (replace(THIRSTY[0], pinned=Pin("am", 600)), replace(THIRSTY[1], pinned=Pin("am", 3000)))
    problem = small_problem(jobs=jobs, shifts=(replace(SHIFT, capacity={"water": 30}),))
    with pytest.raises(ImpossiblePin):
        solve(problem, MaxIterations(0))


def test_a_pinned_job_that_needs_more_than_a_full_load_is_refused() -> None:
    shift = replace(SHIFT, capacity={"water": 30}, reload=Reload(0, 0))
    problem = small_problem(jobs=(job("a", 1, uses={"water": 31}, pinned=Pin("am", 3000)),), shifts=(shift,))
    with pytest.raises(ImpossiblePin):
        solve(problem, MaxIterations(0))


def test_the_product_in_the_tank_is_washed_out_first() -> None:
    problem = small_problem(
        jobs=(job("a", 1, group="fungicide"),), shifts=(replace(SHIFT, start_group="herbicide"),)
    )  # fmt: skip
    assert planned(problem).routes[0].stops[0].start_s == 1800


PROMISED = (job("a", 1, promised=Promise("pm", 41000.0)),)
TWO = (SHIFT, Shift("pm", "c0", 40000, 49000, 0, 1))


def test_a_promise_is_kept_unless_moving_it_pays() -> None:
    """The morning ends at the base, 10 km; the afternoon, 5 km: without a promise the afternoon is cheaper anyway."""
    early = (replace(PROMISED[0], windows=(Window(0, 20000, 1.0), Window(20000, 86400, 0.9))),)
    free = small_problem(jobs=early, shifts=TWO)
    assert planned(free).routes[0].stops
    dear = replace(free, move_cost=0.1)
    plan = planned(dear)
    assert plan.routes[1].stops
    assert plan.score == 85
    # 90 in the morning, less 4 for the broken promise, is more than 85.
    cheap = planned(replace(free, move_cost=0.04))
    assert cheap.routes[0].stops
    assert cheap.score == 86


def test_a_promised_time_is_kept_within_the_slack() -> None:
    problem = small_problem(jobs=PROMISED, shifts=TWO, move_cost=0.5, move_slack_s=300.0)
    assert planned(problem).routes[1].stops[0].start_s == 40700


def test_a_promise_in_a_shift_that_is_gone_costs_its_price() -> None:
    assert planned(small_problem(jobs=PROMISED, shifts=(SHIFT,), move_cost=0.5)).score == 40


SOUND_SHIFT = replace(SHIFT, breaks=(NOON,), capacity={"water": 30}, reload=Reload(0, 300))
SOUND = Plan(
    180.0,
    (
        Route(
            "am",
            (Stop("a", 600, 600, 2400), Stop("b", 4800, 4800, 6600)),
            (Pause(BREAK, 1, 2400, 3300), Pause(RELOAD, 1, 3900, 4200)),
        ),
    ),
    (),
)


@pytest.mark.parametrize(
    ("pauses", "code"),
    [
        ((Pause(BREAK, 1, 2400, 3300), Pause(RELOAD, 1, 3900, 4200)), None),
        ((Pause(RELOAD, 1, 3000, 3300),), "break"),
        ((Pause(BREAK, 1, 2400, 3200), Pause(RELOAD, 1, 3900, 4200)), "break"),
        ((Pause(BREAK, 1, 2300, 3200), Pause(RELOAD, 1, 3900, 4200)), "break"),
        ((Pause(BREAK, 1, 3400, 4300), Pause(RELOAD, 1, 4900, 5200)), "break"),
        ((Pause(BREAK, 1, 2400, 3300), Pause(RELOAD, 1, 3800, 4100)), "reload"),
        ((Pause(BREAK, 1, 2400, 3300), Pause(RELOAD, 1, 3900, 4100)), "reload"),
        ((Pause(BREAK, 1, 2400, 3300),), "load"),
        ((Pause(BREAK, 1, 2400, 3300), Pause(RELOAD, 0, 0, 300), Pause(RELOAD, 2, 7200, 7500)), "load"),
    ],
)
def test_the_checker_sees_each_rule_broken(pauses: tuple[Pause, ...], code: str | None) -> None:
    problem = small_problem(jobs=THIRSTY, shifts=(SOUND_SHIFT,))
    plan = replace(SOUND, routes=(replace(SOUND.routes[0], pauses=pauses),))
    found = codes(problem, plan)
    assert found == set() if code is None else code in found


def test_a_reload_without_a_place_is_seen() -> None:
    problem = small_problem(shifts=(replace(SHIFT, breaks=(NOON,)),))
    assert "reload" in codes(problem, SOUND)


def test_a_broken_promise_counts_in_the_score() -> None:
    problem = small_problem(jobs=(replace(PROMISED[0]),), shifts=TWO, move_cost=0.5)
    plan = Plan(90.0, (Route("am", (Stop("a", 600, 600, 2400),)), Route("pm", ())), ())
    assert codes(problem, plan) == {"score"}
    assert codes(problem, replace(plan, score=40.0)) == set()


def test_the_document_carries_every_rule() -> None:
    shift = PROBLEM["shifts"][0] | {
        "start_group": "herbicide", "breaks": [{"start_s": 30000, "end_s": 32000, "duration_s": 600}],
        "capacity": {"water": 100}, "reload": {"location": 0, "duration_s": 300},
    }  # fmt: skip
    told = {"shift": shift["id"], "start_s": 20000}
    jobs = [entry | {"uses": {"water": 60}, "promised": told} for entry in PROBLEM["jobs"]]
    document = PROBLEM | {"shifts": [shift], "jobs": jobs, "move_cost": 0.03, "move_slack_s": 900}
    problem = parse_problem(document)
    assert problem.shifts[0].breaks == (Break(30000, 32000, 600),)
    assert problem.jobs[0].promised == Promise(shift["id"], 20000)
    pauses = plan_document(planned(problem))["routes"][0]["pauses"]
    assert {pause["kind"] for pause in pauses} == {"break", "reload"}
    with pytest.raises(ScheduleInvalid):
        parse_problem(document | {"shifts": [shift | {"breaks": [{"from": 1}]}]})
