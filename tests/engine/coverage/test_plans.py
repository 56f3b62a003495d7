"""Every plan passes the independent check: synthetic shapes and the hundred real fields."""

import math
from concurrent.futures import ThreadPoolExecutor

import pytest
import shapely
from shapely.geometry import Polygon

from drone_service.engine.coverage.check import check
from drone_service.engine.coverage.cover import union_m
from drone_service.engine.coverage.sorties import FieldOutOfRange
from drone_service.engine.coverage.wind import Wind
from drone_service.engine.operation import Service
from tests.engine.coverage.shapes import DATA, SHAPES, in_metres, plan_of, vietnamese_fields


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("rate", [10.0, 30.0])
def test_a_shape_is_planned_and_passes(name: str, rate: float) -> None:
    field = SHAPES[name]
    plan = plan_of(field, rate)
    assert check(field, plan) == []
    assert sum(sortie.quantity for sortie in plan.sorties) == pytest.approx(rate * field.area / 10_000)
    assert plan.coverage >= 0.98 or plan.warnings


def test_the_hundred_fields_pass() -> None:
    plans = {
        name: (field, plan_of(field))
        for name, field in ((name, in_metres(field)) for name, field in vietnamese_fields().items())
    }
    assert len(plans) == 100
    assert {name: check(field, plan) for name, (field, plan) in plans.items() if check(field, plan)} == {}
    assert min(plan.coverage for _, plan in plans.values()) >= 0.98


@pytest.mark.parametrize("service", [Service.SPREAD, Service.SOW])
def test_granules_and_seed_go_by_the_hopper(service: Service) -> None:
    # 2.4 ha at 100 kg/ha are 240 kg; a hopper holds 50 kg of fertiliser, or 70 L × 0.6 kg/L = 42 kg of seed.
    field = SHAPES["rectangle"]
    plan = plan_of(field, 100.0, service=service)
    assert check(field, plan) == []
    limit = 50.0 if service is Service.SPREAD else 42.0
    assert max(sortie.quantity for sortie in plan.sorties) <= limit * (1 + 1e-9)
    assert len(plan.sorties) >= math.ceil(240 / limit)


def test_a_refill_place_off_the_field_is_flown_to_and_from() -> None:
    field = SHAPES["pond"]
    plan = plan_of(field, 40.0, refill=(-80.0, 70.0))
    assert check(field, plan) == []
    assert not plan.refill_is_in_field
    assert {sortie.path[0][:2] for sortie in plan.sorties} == {(-80.0, 70.0)}


def test_the_first_line_lies_downwind() -> None:
    # The wind comes from the north, so the flight begins in the south.
    plan = plan_of(SHAPES["rectangle"], wind=Wind(0.0, 3.0))
    lines = [vertex for sortie in plan.sorties for vertex in sortie.path if vertex[2]]
    assert lines[0][1] < lines[-1][1]


def test_a_field_beyond_the_radio_is_refused() -> None:
    with pytest.raises(FieldOutOfRange):
        plan_of(SHAPES["square"], refill=(3_000.0, 0.0))


def test_the_same_field_drawn_the_other_way_round_gives_the_same_plan() -> None:
    for field in SHAPES.values():
        corners = list(field.exterior.coords)[:-1]
        turned = [*corners[2:], *corners[:2]][::-1]
        again = Polygon(turned, [list(hole.coords)[::-1] for hole in field.interiors])
        assert plan_of(again).total_s == pytest.approx(plan_of(field).total_s, rel=1e-6)


def test_strips_that_abut_at_an_angle_are_not_lost() -> None:
    # Without a grid GEOS answers 2655.9 m² for this pair of 2655.9 m² strips that only share an edge.
    strips = shapely.from_wkt((DATA / "union_trap.wkt").read_text(encoding="ascii").splitlines()[:2])
    whole = union_m(strips)
    assert whole.area == pytest.approx(shapely.area(strips).sum(), rel=1e-6)


def test_plans_made_at_the_same_time_are_those_made_one_by_one() -> None:
    fields = [*SHAPES.values(), *SHAPES.values()]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda field: plan_of(field, 30.0).sorties, fields))
    assert together == [plan_of(field, 30.0).sorties for field in fields]
