"""Phases that add up to the time of a plan, and what finished jobs teach about it."""

import math
from dataclasses import astuple, replace

import hypothesis
import pytest
import shapely
from hypothesis import strategies as st

from drone_service.engine.coverage.document import PlannedField, plan_document
from drone_service.engine.coverage.phases import PHASES, Phases, phases_of, rounded
from drone_service.engine.coverage.planner import plan_field
from drone_service.engine.coverage.settings import settle
from drone_service.engine.coverage.task import Task
from drone_service.engine.coverage.time_range import (
    FAITH_JOBS,
    Lessons,
    Observation,
    TimeRange,
    learn,
    past_error,
    time_range,
)
from drone_service.engine.geometry.plane import LocalPlane
from drone_service.engine.operation import Service
from drone_service.fleet.catalogue import load_catalogue

T40 = load_catalogue()["dji-agras-t40"]
PLAN = Phases(80, 16, 40, 400, 44, 140, 60, 24, 40)
"""844 s: 524 in the air (16 + 40 + 400 + 44 + 24), 320 on the ground (80 + 140 + 60 + 40)."""


def job(air: float, ground: float, **noted: float) -> Observation:
    """Return a job whose parts took so many times the plan."""
    air_s, ground_s = 524 * air, 320 * ground
    return Observation(PLAN, {"total": air_s + ground_s, "air": air_s, "ground": ground_s, **noted})


def test_the_phases_of_two_flights_by_hand() -> None:
    # 200 × 150 m at 30 L/ha are 90 L: three flights of 40 L at most. Set-up 120 − 40; 8 s up and 12 down, 30 s of swap
    # and 120 − 8 − 12 − 30 = 70 of filling, three times each.
    shape = shapely.box(0, 0, 200, 150)
    plan = plan_field(Task(shape, 30_000.0, settle(T40, Service.SPRAY, 30.0), refill=(0.0, 0.0)))
    flights = len(plan.sorties)
    phases = phases_of(plan)
    assert flights == 3
    assert (phases.setup_s, phases.pack_up_s) == (80, 40)
    assert (phases.climb_s, phases.landing_s, phases.swap_s, phases.refill_s) == (24, 36, 90, 210)
    sprayed_m = sum(sortie.spray_m for sortie in plan.sorties)
    assert phases.spray_s > sprayed_m / plan.settings.speed_m_s
    assert phases.transit_s > 0
    assert phases.turns_s > 0
    assert math.fsum(astuple(phases)) == pytest.approx(plan.total_s, abs=1e-9)
    assert phases.transit_s + phases.spray_s + phases.turns_s == pytest.approx(plan.flight_s)


@pytest.mark.parametrize("slug", sorted(load_catalogue()))
def test_the_printed_phases_add_up_to_the_printed_time(slug: str) -> None:
    outline = shapely.box(105.7, 9.4, 105.7021, 9.4013)
    plane = LocalPlane.around(outline)
    shape = plane.to_m(outline)
    plan = plan_field(Task(shape, shape.area, settle(load_catalogue()[slug], Service.SPRAY, 20.0)))
    told = plan_document(PlannedField("a", outline, plan, plane))
    phases = told["phases"]
    assert isinstance(phases, dict)
    assert tuple(phases) == PHASES
    assert round(sum(phases.values()), 2) == told["total_s"]
    assert told["total_s_p10"] < told["total_s_p50"] == told["total_s"] < told["total_s_p90"]  # type: ignore[operator]
    assert told["total_s"] == pytest.approx(told["flight_s"] + told["ground_s"], abs=0.011)  # type: ignore[operator]


@hypothesis.given(st.lists(st.floats(0, 5_000), min_size=1, max_size=12))
def test_rounding_loses_nothing(parts: list[float]) -> None:
    given = rounded(parts, 2)
    assert round(math.fsum(given) * 100) == round(math.fsum(parts) * 100)
    assert all(abs(one - other) < 0.0101 for one, other in zip(given, parts, strict=True))


def test_without_jobs_the_plan_is_the_middle() -> None:
    # 0.95 × 524 + 0.75 × 320 = 737.8; 1.15 × 524 + 1.5 × 320 = 1,082.6
    told = time_range(PLAN)
    assert (told.p10_s, told.p50_s, told.p90_s) == pytest.approx((737.8, 844.0, 1_082.6))


def test_a_few_jobs_move_the_factor_a_little() -> None:
    # One job at 1.3 times the plan on the ground: its total is (524 + 416) ÷ 844 = 1.11374, drawn to the plan with a
    # weight of five: (1.11374 + 5) ÷ 6 = 1.01896. Ground: (1.3 + 5 × 1.01896) ÷ 6 = 1.06580.
    found = learn([job(1.0, 1.3)])
    assert found.factors["total"].value == pytest.approx(1.01896, abs=1e-5)
    assert found.factors["ground"].value == pytest.approx(1.06580, abs=1e-5)
    assert found.factors["ground"].jobs == 1
    assert found.factor("fill") == found.factor("ground")


def test_many_jobs_win_over_the_plan() -> None:
    found = learn([job(1.1, 1.4)] * 200)
    assert found.factor("air") == pytest.approx(1.1, abs=0.01)
    assert found.factor("ground") == pytest.approx(1.4, abs=0.01)
    assert time_range(PLAN, found).p50_s == pytest.approx(524 * 1.1 + 320 * 1.4, rel=0.005)


def test_one_wild_job_does_not_move_the_median() -> None:
    calm = [job(1.05, 1.2)] * 20
    assert learn([*calm, job(2.5, 4.0)]).factor("air") == pytest.approx(learn(calm).factor("air"), abs=0.002)


def test_a_forgotten_button_teaches_nothing() -> None:
    late = Observation(PLAN, {"total": 844 * 4.1})
    early = Observation(PLAN, {"total": 844 / 4.1})
    assert learn([late, early]) == Lessons(jobs=0)


def test_a_noted_phase_has_its_own_factor() -> None:
    # Setting up took 160 s of the planned 80 in every job, the rest of the ground kept to the plan.
    found = learn([job(1.0, 1.25, setup=160.0)] * 100)
    assert found.factor("setup") == pytest.approx(2.0, abs=0.05)
    assert found.factor("fill") == pytest.approx(1.25, abs=0.02)
    # The sum of the parts is too long now (80 × 2 + 240 × 1.25 = 460 for 400 s); the scatter of the jobs puts it right.
    assert time_range(PLAN, found).p50_s == pytest.approx(524 + 400, rel=0.01)


def test_a_crew_leans_on_its_aircraft() -> None:
    aircraft = learn([job(1.2, 1.2)] * 50)
    crew = learn([job(1.0, 1.0)], aircraft)
    # (1.0 + 5 × the aircraft's factor) ÷ 6
    assert crew.factor("air") == pytest.approx((1.0 + FAITH_JOBS * aircraft.factor("air")) / (1 + FAITH_JOBS))


@hypothesis.given(
    st.lists(st.tuples(st.floats(0.3, 3), st.floats(0.3, 3)), max_size=30), st.floats(0.2, 5), st.floats(0.2, 5)
)
def test_percentiles_are_in_order(ratios: list[tuple[float, float]], air: float, ground: float) -> None:
    found = learn([job(*ratio) for ratio in ratios])
    phases = replace(PLAN, spray_s=PLAN.spray_s * air, refill_s=PLAN.refill_s * ground)
    told = time_range(phases, found)
    assert 0 < told.p10_s <= told.p50_s <= told.p90_s
    assert found.jobs == len([one for one in ratios if job(*one).is_plausible])


def test_the_past_error_by_hand() -> None:
    # |100 − 110| ÷ 110 = 0.0909, |100 − 100| ÷ 100 = 0, |100 − 160| ÷ 160 = 0.375: the median is the first; two of
    # three lie between 80 and 120.
    told = TimeRange(80, 100, 120)
    found = past_error([(told, 110), (told, 100), (told, 160)])
    assert found is not None
    assert found.median_error == pytest.approx(10 / 110)
    assert (found.jobs, found.inside) == (3, pytest.approx(2 / 3))
    assert past_error([]) is None
