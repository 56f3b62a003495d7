"""What zones take from a field, and plans that keep clear of them."""

import math
from dataclasses import replace

import hypothesis
import pytest
import shapely
from hypothesis import strategies as st
from shapely.geometry import LineString, MultiPoint, Point, Polygon, box
from shapely.geometry.base import BaseGeometry

from drone_service.engine.coverage.check import Surroundings, check
from drone_service.engine.coverage.plan import Plan
from drone_service.engine.coverage.planner import plan_field
from drone_service.engine.coverage.settings import Wishes, settle
from drone_service.engine.coverage.sprayable import FieldCutInTwo, NothingLeft, Sprayable, keep_clear
from drone_service.engine.coverage.wind import Wind
from drone_service.engine.coverage.zones import KIND_RULES, WrongZone, Zone, ZoneKind, zone_of
from drone_service.engine.operation import Service
from tests.engine.coverage.shapes import T40

FIELD = box(0, 0, 200, 100)
SETTINGS = settle(T40, Service.SPRAY, 20.0, Wishes())
HOUSE = box(90, 45, 100, 55)
POND = box(40, 110, 160, 140)


def zone(kind: ZoneKind | None, shape: BaseGeometry, buffer_m: float | None = None, **choices: bool) -> Zone:
    return zone_of("it", shape, kind, buffer_m=buffer_m, **choices)


def planned(*zones: Zone, wind: Wind | None = None, field: Polygon = FIELD) -> tuple[Sprayable, Plan]:
    """Plan a field with zones; the plan has passed the check."""
    left = keep_clear(field, zones, wind)
    plan = plan_field(left.task(left.shape.area, SETTINGS, refill=None, wind=wind))
    assert check(left.shape, plan, Surroundings(field, zones, wind)) == []
    return left, plan


def sprayed(plan: Plan) -> list[LineString]:
    return [
        LineString((before[:2], after[:2]))
        for sortie in plan.sorties
        for before, after in zip(sortie.path, sortie.path[1:], strict=False)
        if after[2]
    ]


def test_a_buffer_takes_what_a_ruler_says() -> None:
    # A house of 10 × 10 m with 10 m around it: 10·10 + 4·10·10 + π·10² = 814.2 m², at most 0.3 % more.
    left = keep_clear(FIELD, [zone(ZoneKind.HOUSE, HOUSE, 10)])
    assert left.lost_m2 == pytest.approx(100 + 400 + math.pi * 100, rel=3e-3)
    assert left.lost_m2 >= 100 + 400 + math.pi * 100
    assert [loss.lost_m2 for loss in left.losses] == [pytest.approx(left.lost_m2)]


def test_each_kind_has_its_distance() -> None:
    got = {kind.value: (rule.buffer_m, rule.downwind_m) for kind, rule in KIND_RULES.items()}
    assert got["house"] == got["road"] == (30, 30)
    assert got["pond"] == got["canal"] == got["aquaculture"] == (50, 100)
    assert got["beehive"] == (200, 200)
    assert set(KIND_RULES) == set(ZoneKind)
    assert all(0 < rule.buffer_m <= rule.downwind_m for rule in KIND_RULES.values())


def test_water_takes_more_from_the_side_the_wind_comes_from() -> None:
    # The pond lies north of the field. A south wind carries spray to it, a north wind away from it.
    pond = zone(ZoneKind.AQUACULTURE, POND, 20)
    plain = keep_clear(FIELD, [pond]).lost_m2
    assert keep_clear(FIELD, [pond], Wind(180, 3)).lost_m2 > 1.5 * plain
    assert keep_clear(FIELD, [pond], Wind(0, 3)).lost_m2 == pytest.approx(plain, rel=1e-3)
    assert keep_clear(FIELD, [pond], Wind(180, 0.5)).lost_m2 == pytest.approx(plain, rel=1e-3)


def test_strips_stay_out_of_what_minds_spray_and_lines_off_what_is_in_the_way() -> None:
    for wind in (None, Wind(180, 3)):
        left, plan = planned(zone(ZoneKind.POND, POND, 20), wind=wind)
        strips = [line.buffer(SETTINGS.swath_m / 2, cap_style="flat") for line in sprayed(plan)]
        assert min(strip.distance(POND) for strip in strips) >= 20 - 1e-3
        assert plan.coverage >= 0.98
        assert plan.quantity == pytest.approx(20 * left.shape.area / 10_000)
    _, plan = planned(zone(ZoneKind.POLE, Point(100, 50)))
    assert min(line.distance(Point(100, 50)) for line in sprayed(plan)) >= 3 - 1e-3


def test_a_pole_costs_one_line_end_and_the_way_round_it() -> None:
    # One more stop and a detour of two or three short legs, some 13 s: the field is not cut in two.
    bare = plan_field(keep_clear(FIELD, []).task(FIELD.area, SETTINGS, refill=None, wind=None))
    for x_m, y_m in ((100, 50), (60, 44), (150, 20)):
        left, plan = planned(zone(ZoneKind.POLE, Point(x_m, y_m)))
        assert plan.flight_s < bare.flight_s + 16
        assert plan.coverage >= 0.98
        assert left.lost_m2 < 35


def test_a_small_obstacle_in_a_narrow_field_is_bent_round() -> None:
    field = box(0, 0, 60, 10)
    _, plan = planned(zone(ZoneKind.POLE, Point(30, 5), 1.5), field=field)
    assert len(sprayed(plan)) <= 3


def test_the_ring_of_a_house_may_be_flown_through_but_not_the_house() -> None:
    house = zone(ZoneKind.HOUSE, HOUSE, 30)
    left, plan = planned(house)
    assert left.bank.contains(Point(95, 62))
    assert not left.shape.contains(Point(95, 80))
    legs = [LineString([vertex[:2] for vertex in sortie.path]) for sortie in plan.sorties]
    assert min(leg.distance(HOUSE) for leg in legs) >= 5 - 0.02


def test_a_zone_that_may_be_flown_over_is_only_not_sprayed() -> None:
    canal = LineString([(-50, 50), (250, 50)])
    left, plan = planned(zone(ZoneKind.CANAL, canal, 10))
    assert len(shapely.get_parts(left.shape)) == 2
    assert any(LineString([v[:2] for v in sortie.path]).crosses(canal) for sortie in plan.sorties)


def test_a_line_that_ends_behind_the_bank_is_flown_round() -> None:
    left, plan = planned(zone(ZoneKind.POWER_LINE, LineString([(100, -20), (100, 120)])))
    assert len(shapely.get_parts(left.shape)) == 2
    assert plan.coverage >= 0.98


def test_nothing_left_says_which_zone_takes_it() -> None:
    bees = zone_of("hives of the pagoda", Point(100, 50), ZoneKind.BEEHIVE)
    with pytest.raises(NothingLeft, match="hives of the pagoda") as refusal:
        keep_clear(FIELD, [bees, zone(ZoneKind.POLE, Point(20, 20))])
    assert refusal.value.params == {
        "zone": "hives of the pagoda", "kind": "beehive", "buffer_m": 200, "lost_m2": 20_000,
    }  # fmt: skip


def test_zones_far_away_change_nothing() -> None:
    left = keep_clear(FIELD, [zone(ZoneKind.BEEHIVE, Point(5_000, 0)), zone(ZoneKind.HOUSE, box(300, 0, 310, 10))])
    assert (left.lost_m2, left.losses) == (0, ())


@pytest.mark.parametrize(
    ("kind", "shape", "buffer_m", "words"),
    [
        (ZoneKind.POLE, Point(0, 0), -1, "between 0 and 500"),
        (ZoneKind.POLE, Point(0, 0), math.nan, "between 0 and 500"),
        (ZoneKind.POLE, Point(0, 0), 501, "between 0 and 500"),
        (ZoneKind.POLE, Point(0, 0), 0, "needs a buffer"),
        (None, LineString([(0, 0), (1, 1)]), None, "needs a buffer"),
        (ZoneKind.POND, shapely.GeometryCollection([Point(0, 0)]), None, "a point, a line or an area"),
        (ZoneKind.POND, Polygon(), None, "a point, a line or an area"),
    ],
)
def test_zones_that_cover_nothing_are_refused(
    kind: ZoneKind | None, shape: BaseGeometry, buffer_m: float | None, words: str
) -> None:
    with pytest.raises(WrongZone, match=words):
        zone(kind, shape, buffer_m)


# The judge, with plans that break just one distance.


def codes(plan: Plan, *zones: Zone, wind: Wind | None = None) -> set[str]:
    return {problem.code for problem in check(FIELD, plan, Surroundings(FIELD, zones, wind))}


def test_the_judge_finds_each_distance_that_is_not_kept() -> None:
    _, plan = planned()
    assert codes(plan) == set()
    assert codes(plan, zone(ZoneKind.POND, POND, 12)) == {"zone_sprayed"}
    assert codes(plan, zone(ZoneKind.POND, POND, 9)) == set()
    assert codes(plan, zone(ZoneKind.POND, POND, 9), wind=Wind(180, 3)) == {"zone_drift"}
    assert codes(plan, zone(ZoneKind.POND, POND, 9), wind=Wind(0, 3)) == set()
    assert codes(plan, zone(ZoneKind.POND, HOUSE, 0)) == {"zone_sprayed"}
    assert codes(plan, zone(None, HOUSE)) == {"zone_sprayed", "zone_crossed"}
    # A strip may reach under a tree, but a line may not lead through it.
    beside = zone(ZoneKind.TREE, MultiPoint([line.centroid.coords[0] for line in sprayed(plan)]), 1)
    assert codes(plan, beside) == {"zone_sprayed", "zone_crossed"}


# Properties.

distances = st.sampled_from([0.5, 1.0, 3.0, 5.0, 7.9, 8.0, 8.1, 8.2, 12.0, 30.0])
directions = st.integers(0, 359)
corners = st.lists(st.tuples(st.integers(-40, 240), st.integers(-40, 140)), min_size=1, max_size=5, unique=True)


@st.composite
def things(draw: st.DrawFn) -> BaseGeometry:
    """A point, a line or an area in and around the field."""
    places = draw(corners)
    if len(places) == 1:
        return Point(places[0])
    shape: BaseGeometry = LineString(places)
    if draw(st.booleans()) and isinstance(shape.convex_hull, Polygon):
        shape = shape.convex_hull
    return shape


@hypothesis.settings(max_examples=150, deadline=None, derandomize=True)
@hypothesis.given(shape=things(), one=distances, other=distances, from_deg=directions)
def test_a_longer_buffer_never_sprays_more_and_downwind_never_less_than_plain(
    shape: BaseGeometry, one: float, other: float, from_deg: int
) -> None:
    small, large = (zone(ZoneKind.CANAL, shape, metres) for metres in sorted((one, other)))
    wind = Wind(from_deg, 3)
    for before, after in (
        (small.spray_free(None), large.spray_free(None)),
        (small.spray_free(wind), large.spray_free(wind)),
        (small.spray_free(None), small.spray_free(wind)),
    ):
        assert before.difference(after.buffer(1e-5)).area < 1e-6
    ruler = shape.buffer(small.buffer_m - 1e-3, quad_segs=32)
    assert ruler.difference(small.spray_free(None).buffer(1e-5)).area < 1e-6


@hypothesis.settings(max_examples=25, deadline=None, derandomize=True)
@hypothesis.given(
    shapes=st.lists(st.tuples(things(), st.sampled_from(list(ZoneKind)), distances), min_size=1, max_size=3),
    wind=st.none() | st.builds(Wind, directions.map(float), st.sampled_from([0.5, 3.0])),
)
def test_every_plan_keeps_clear_of_what_is_drawn(
    shapes: list[tuple[BaseGeometry, ZoneKind, float]], wind: Wind | None
) -> None:
    zones = [
        replace(zone(kind, shape, buffer_m), label=str(number)) for number, (shape, kind, buffer_m) in enumerate(shapes)
    ]
    try:
        left, plan = planned(*zones, wind=wind)
    except (NothingLeft, FieldCutInTwo):
        hypothesis.event("refused")
        return
    hypothesis.event(f"{plan.sides} sides")
    assert plan.coverage >= 0.98 or plan.warnings
    assert left.lost_m2 <= sum(loss.lost_m2 for loss in left.losses) + 10 * len(shapely.get_parts(left.shape)) + 30
