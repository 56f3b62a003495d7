"""The checker finds each broken requirement: every guard with a plan that breaks just that."""

from dataclasses import replace

import pytest
from shapely.geometry import Polygon

from drone_service.engine.coverage.check import check
from drone_service.engine.coverage.plan import Plan, Sortie
from tests.engine.coverage.shapes import SHAPES, plan_of

FIELD = SHAPES["pond"]
GOOD = plan_of(FIELD, 20.0)


def codes(plan: Plan, field: Polygon = FIELD) -> set[str]:
    return {problem.code for problem in check(field, plan)}


def with_first(**changes: object) -> Plan:
    first = replace(GOOD.sorties[0], **changes)
    return replace(GOOD, sorties=(first, *GOOD.sorties[1:]))


def test_a_good_plan_passes() -> None:
    assert codes(GOOD) == set()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"quantity": 3.0}, "quantity"),
        ({"coverage": 0.9}, "coverage"),
        ({"outside_m2": 5_000.0}, "outside"),
        ({"overlap_m2": 5_000.0}, "overlap"),
        ({"outside_m2": float("nan")}, "numbers"),
        ({"overlap_m2": float("nan")}, "numbers"),
        ({"lower_bound_s": float("nan")}, "numbers"),
        ({"flight_s": 1.0}, "flight_time"),
        ({"ground_s": 1.0}, "ground_time"),
        ({"lower_bound_s": 1e6}, "lower_bound"),
        ({"sorties": ()}, "no_flight"),
    ],
)
def test_wrong_totals_are_found(changes: dict[str, object], code: str) -> None:
    assert code in codes(replace(GOOD, **changes))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"quantity": 41.0}, "overfilled"),
        ({"flight_s": 10.0}, "time"),
        ({"energy_wh": 1.0}, "energy"),
        ({"energy_wh": float("nan")}, "numbers"),
        ({"battery_left": 0.05}, "reserve"),
        ({"battery_left": 0.99}, "battery"),
        ({"battery_left": float("nan")}, "numbers"),
        ({"transit_m": 1.0}, "transit"),
        ({"spray_m": 1.0}, "length"),
        ({"area_m2": 1.0}, "area"),
    ],
)
def test_wrong_flights_are_found(changes: dict[str, object], code: str) -> None:
    assert code in codes(with_first(**changes))


def moved(path: Sortie, index: int, x: float, y: float) -> Plan:
    vertices = list(path.path)
    vertices[index] = (x, y, vertices[index][2])
    return with_first(path=tuple(vertices))


def test_a_line_that_leaves_the_field_is_found() -> None:
    first = GOOD.sorties[0]
    sprayed = next(index for index, vertex in enumerate(first.path) if vertex[2])
    assert "sprayed_outside" in codes(moved(first, sprayed, 500.0, 70.0))


def test_a_flight_that_ends_elsewhere_is_found() -> None:
    assert "home" in codes(moved(GOOD.sorties[0], -1, 1.0, 2.0))


def test_a_flight_across_a_hole_is_found() -> None:
    refill = GOOD.refill
    across = ((*refill, 0), (90.0, 40.0, 0), (90.0, 100.0, 0), (*refill, 0))
    assert "crossing" in codes(with_first(path=across))


def test_a_path_with_no_number_is_found() -> None:
    assert codes(moved(GOOD.sorties[0], 1, float("nan"), 0.0)) == {"numbers"}


def test_a_plan_below_the_floor_needs_a_warning() -> None:
    demanding = replace(GOOD, settings=replace(GOOD.settings, min_coverage=0.9999), warnings=())
    assert "floor" in codes(demanding)
