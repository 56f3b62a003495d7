"""Widths that the planner chooses, the pass along the bank, and plans that spray nothing outside."""

import math
from dataclasses import replace

import pytest
import shapely
from shapely import affinity
from shapely.geometry import Polygon, box

from drone_service.engine.coverage.check import check
from drone_service.engine.coverage.headland import bank_pass
from drone_service.engine.coverage.planner import plan_field
from drone_service.engine.coverage.settings import Wishes, settle
from drone_service.engine.coverage.task import Task
from drone_service.engine.operation import Service
from drone_service.fleet.catalogue import load_catalogue
from tests.engine.coverage.shapes import SHAPES, T40, in_metres, plan_of, vietnamese_fields

T30 = load_catalogue()["dji-agras-t30"]


@pytest.mark.parametrize("name", SHAPES)
def test_without_overspray_nothing_lies_outside(name: str) -> None:
    field = SHAPES[name]
    plan = plan_of(field, overspray=False)
    assert check(field, plan) == []
    assert plan.outside_m2 < 0.01
    assert plan.coverage >= 0.98 or any("without spraying outside" in warning for warning in plan.warnings)


def test_the_check_sees_what_is_sprayed_outside() -> None:
    field = SHAPES["triangle"]
    plan = plan_of(field)
    assert plan.outside_m2 > 1
    strict = replace(plan, settings=replace(plan.settings, overspray=False))
    assert [problem.code for problem in check(field, strict)] == ["overspray"]


def test_real_fields_without_overspray_pass() -> None:
    for outline in list(vietnamese_fields().values())[:12]:
        field = in_metres(outline)
        plan = plan_of(field, overspray=False)
        assert check(field, plan) == []


@pytest.mark.parametrize("name", ["square", "L", "triangle", "pond", "sliver", "two holes"])
def test_a_headland_pass_runs_along_the_bank(name: str) -> None:
    field = SHAPES[name]
    plan = plan_of(field, headland=True)
    assert check(field, plan) == []
    assert plan.coverage >= 0.98 or plan.warnings
    half_m = plan.settings.swath_m / 2
    middle = field.buffer(-half_m, join_style="mitre")
    if not middle.is_empty:
        legs = [
            (a[:2], b[:2])
            for sortie in plan.sorties
            for a, b in zip(sortie.path, sortie.path[1:], strict=False)
            if b[2]
        ]
        flown = shapely.union_all([shapely.LineString(leg) for leg in legs if leg[0] != leg[1]])
        along = middle.boundary.intersection(flown.buffer(0.3))
        assert along.length > 0.95 * middle.boundary.length


def test_a_pass_covers_the_corners_of_a_square() -> None:
    # Flat ends half a swath from the next side would leave four squares of 5 m × 5 m out.
    (ring,) = bank_pass(box(0, 0, 60, 60), 10)
    strips = [shapely.LineString(leg).buffer(5, cap_style="flat") for leg in ring]
    border = box(0, 0, 60, 60).difference(box(10, 10, 50, 50))
    missed = border.difference(shapely.union_all(strips, grid_size=1e-6))
    assert missed.area < 1


def test_a_field_too_narrow_for_a_pass_is_planned_without() -> None:
    assert bank_pass(box(0, 0, 100, 8), 11) == []


def test_wider_strips_save_a_line() -> None:
    # Planned with 8 m where 9 m can be done: 27 m are three lines instead of four.
    cautious = replace(T30, swath_m=8.0)
    assert T30.swath_max_m == 9.0
    field = affinity.rotate(box(0, 0, 300, 27), 20)
    chosen = plan_field(Task(field, field.area, settle(cautious, Service.SPRAY, 10)))
    asked = plan_field(Task(field, field.area, settle(cautious, Service.SPRAY, 10, Wishes(swath_m=8.0))))
    assert chosen.settings.swath_m == pytest.approx(9.0)
    assert asked.settings.swath_m == 8.0
    assert chosen.flight_s < asked.flight_s
    assert check(field, chosen) == []


def test_narrower_strips_waste_less_and_cover_the_floor() -> None:
    # Two lines over 15 m need 7.5 m each, not 11: at 11 m a fifth of the product would lie twice or outside.
    field = box(0, 0, 200, 15)
    chosen = plan_of(field, 30.0)
    asked = plan_of(field, 30.0, swath_m=11.0)
    assert chosen.settings.swath_m < 11.0
    assert chosen.outside_m2 + chosen.overlap_m2 < asked.outside_m2 + asked.overlap_m2
    assert chosen.coverage >= 0.98
    # At 30 L/ha the pumps hold 11 m back to 6.1 m/s; narrower strips may fly faster.
    assert chosen.settings.speed_m_s > asked.settings.speed_m_s
    assert check(field, chosen) == []


def test_pumps_decide_the_speed_at_another_width() -> None:
    settings = settle(T40, Service.SPRAY, 30)
    # 12 L/min ÷ (30 L/ha × 11 m × 0.006) = 6.06 m/s; at 9 m it would be 7.4, so the planned 7 m/s hold.
    assert settings.speed_m_s == pytest.approx(12 / (30 * 11 * 0.006))
    narrow = settings.with_swath(9.0)
    assert (narrow.speed_m_s, narrow.speed_limited_by) == (7.0, "aircraft")
    assert math.isclose(narrow.with_swath(11.0).speed_m_s, settings.speed_m_s)


def test_a_polygon_with_no_room_inside_the_pass_still_plans() -> None:
    field = Polygon([(0, 0), (40, 0), (40, 18), (0, 18)])
    assert check(field, plan_of(field, headland=True)) == []
