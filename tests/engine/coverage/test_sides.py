"""What lies right across a field and is not flown over: each side is flown from a place of its own."""

import math
from collections.abc import Sequence
from dataclasses import replace

import hypothesis
import pytest
import shapely
from hypothesis import strategies as st
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, box
from shapely.geometry.base import BaseGeometry

from drone_service.engine.coverage.check import Surroundings, check
from drone_service.engine.coverage.plan import Plan
from drone_service.engine.coverage.planner import OFF_WALLS_M, NothingToSpray, plan_field
from drone_service.engine.coverage.settings import CREW_M_S, RateImpossible, Wishes, settle
from drone_service.engine.coverage.sorties import FieldOutOfRange
from drone_service.engine.coverage.sprayable import FieldCutInTwo, NothingLeft, Sprayable, keep_clear
from drone_service.engine.coverage.wind import Wind
from drone_service.engine.coverage.zones import Zone, ZoneKind, zone_of
from drone_service.engine.operation import Service
from tests.engine.coverage.shapes import T40

FIELD = box(0, 0, 200, 100)
SETTINGS = settle(T40, Service.SPRAY, 20.0, Wishes())
LINE = LineString([(100, -3_000), (100, 3_000)])
RING = Point(100, 50).buffer(40).difference(Point(100, 50).buffer(30))
Places = Sequence[tuple[float, float]]


def thing(shape: BaseGeometry = LINE, kind: ZoneKind | None = ZoneKind.POWER_LINE, buffer_m: float = 5.0) -> Zone:
    return zone_of("it", shape, kind, buffer_m=buffer_m, may_overfly=False)


def planned(
    *zones: Zone, refills: Places = (), wind: Wind | None = None, field: Polygon | MultiPolygon = FIELD
) -> tuple[Sprayable, Plan]:
    """Plan a field with zones; the plan has passed the check."""
    left = keep_clear(field, zones, wind)
    task = left.task(left.shape.area, SETTINGS, refill=refills[0] if refills else None, wind=wind)
    plan = plan_field(replace(task, other_refills=refills[1:]))
    assert check(left.shape, plan, Surroundings(field, zones, wind)) == []
    return left, plan


def test_both_sides_of_a_power_line_are_flown_and_nobody_crosses_it() -> None:
    left, plan = planned(thing())
    assert plan.sides == 2
    assert plan.coverage >= 0.98
    assert plan.quantity == pytest.approx(20 * left.shape.area / 10_000)
    ways = [LineString([vertex[:2] for vertex in sortie.path]) for sortie in plan.sorties]
    assert not any(way.crosses(LINE) for way in ways)
    assert {way.bounds[0] > 100 for way in ways} == {True, False}
    assert any("flown in 2 parts" in text for text in plan.warnings)


def test_the_check_finds_a_flight_across_the_line() -> None:
    # The control: the flight of one side, begun on the other.
    left, plan = planned(thing())
    home = (*plan.sorties[0].refill, 0)
    far = plan.sorties[1]
    crossing = replace(far, path=(home, *far.path[1:-1], home))
    found = check(left.shape, replace(plan, sorties=(plan.sorties[0], crossing)), Surroundings(FIELD, [thing()]))
    assert "zone_crossed" in {problem.code for problem in found}


def test_the_crew_goes_from_side_to_side_and_its_way_counts() -> None:
    _, plan = planned(thing())
    (one, other) = (sortie.refill for sortie in plan.sorties)
    way_m = 10 + 2 * OFF_WALLS_M
    assert math.dist(one, other) == pytest.approx(way_m)
    settings = plan.settings
    assert plan.ground_s == pytest.approx(settings.setup_s + 2 * settings.fill_swap_s + way_m / CREW_M_S)


def test_a_place_serves_its_own_side_and_the_other_gets_one_on_its_bank() -> None:
    _, plan = planned(thing(), refills=[(0, 0)])
    assert (plan.refill, plan.other_refills) == ((0, 0), ((105 + OFF_WALLS_M, 0),))
    _, plan = planned(thing(), refills=[(0, 0), (300, 50)])
    assert [sortie.refill for sortie in plan.sorties] == [(0, 0), (300, 50)]


def test_places_that_reach_no_side_are_refused() -> None:
    wall = thing(LineString([(-3_000, -50), (3_000, -50)]))
    with pytest.raises(FieldOutOfRange, match="no refill place"):
        planned(thing(), wall, refills=[(50, -100)])


def test_flights_begin_on_the_lee_side() -> None:
    for from_deg, first_is_west in ((90, True), (270, False)):
        _, plan = planned(thing(), refills=[(0, 50), (200, 50)], wind=Wind(from_deg, 3))
        assert (plan.sorties[0].refill[0] < 100) is first_is_west


def test_the_strips_of_all_sides_are_equally_wide() -> None:
    # 66 m are six strips of 11 m, 25 m take wider ones: by themselves the sides would not agree.
    line = LineString([(71, -3_000), (71, 3_000)])
    _, plan = planned(thing(line), field=Polygon([(0, 0), (104, 0), (104, 300), (0, 300)]))
    assert plan.sides == 2
    assert plan.coverage >= 0.98


def test_a_scrap_behind_the_line_is_lost_and_one_side_remains() -> None:
    left, plan = planned(thing(LineString([(194.5, -3_000), (194.5, 3_000)])))
    assert left.lost_m2 == pytest.approx((200 - 189.5) * 100)
    assert (plan.sides, plan.other_refills) == (1, ())


def test_what_is_shut_in_by_water_is_refused_and_by_wires_walked_to() -> None:
    with pytest.raises(FieldCutInTwo, match="aquaculture 'it' shuts in") as refusal:
        planned(thing(RING, ZoneKind.AQUACULTURE, 2))
    assert refusal.value.params == {"zone": "it", "kind": "aquaculture"}
    with pytest.raises(FieldCutInTwo, match="zone 'it'"):
        planned(thing(RING, None, 0))
    _, plan = planned(thing(RING, ZoneKind.POWER_LINE, 2))
    assert plan.sides == 2


def test_an_island_in_a_hole_is_refused() -> None:
    island = MultiPolygon([FIELD.difference(box(80, 20, 140, 80)), box(100, 40, 120, 60)])
    with pytest.raises(FieldCutInTwo, match="inside a hole"):
        planned(field=island)


def test_parts_that_do_not_touch_are_reached_round_their_holes() -> None:
    # Straight ways from part to part would lead across the hole, which the check forbids.
    _, plan = planned(field=MultiPolygon([FIELD.difference(box(150, 10, 195, 90)), box(210, 0, 260, 90)]))
    assert plan.sides == 1
    assert plan.coverage >= 0.98


@st.composite
def across(draw: st.DrawFn) -> Zone:
    """Return something long, straight or bent, that may cut a field of 200 × 100 m anywhere and at any angle."""
    x_m, y_m = draw(st.integers(-10, 210)), draw(st.integers(-10, 110))
    angle, bend = math.radians(draw(st.integers(0, 179))), math.radians(draw(st.integers(-60, 60)))
    reach_m = draw(st.sampled_from([60, 150, 3_000]))
    ends = [
        (x_m + reach_m * math.cos(turn), y_m + reach_m * math.sin(turn)) for turn in (angle, angle + math.pi + bend)
    ]
    kind = draw(st.sampled_from([ZoneKind.POWER_LINE, ZoneKind.AQUACULTURE, ZoneKind.ROAD]))
    return thing(LineString([ends[0], (x_m, y_m), ends[1]]), kind, draw(st.sampled_from([0.5, 3.0, 12.0])))


spots = st.tuples(st.integers(-150, 350).map(float), st.integers(-150, 250).map(float))


@hypothesis.given(
    zones=st.lists(across(), min_size=1, max_size=3),
    refills=st.lists(spots, max_size=2, unique=True),
    with_hole=st.booleans(),
    wind=st.none() | st.builds(Wind, st.sampled_from([0.0, 130.0]), st.just(2.0)),
)
def test_every_field_that_is_cut_is_flown_or_refused_with_a_reason(
    zones: list[Zone], refills: list[tuple[float, float]], with_hole: bool, wind: Wind | None
) -> None:
    field = FIELD.difference(box(60, 40, 80, 60)) if with_hole else FIELD
    named = [replace(one, label=str(number)) for number, one in enumerate(zones)]
    barred = shapely.union_all([one.flight_free() for one in named])
    hypothesis.assume(not any(barred.intersects(Point(place)) for place in refills))
    try:
        left, plan = planned(*named, refills=refills, wind=wind, field=field)
    except (NothingLeft, FieldCutInTwo, FieldOutOfRange, NothingToSpray) as refusal:
        hypothesis.event(type(refusal).__name__)
        return
    hypothesis.event(f"{plan.sides} sides")
    assert plan.sides == max(1, len(left.sides))
    assert plan.coverage >= 0.98 or any("coverage" in text for text in plan.warnings)
    assert all(sortie.refill in (plan.refill, *plan.other_refills) for sortie in plan.sorties)


def test_a_place_that_is_proposed_on_the_bank_lies_in_the_air_of_its_side() -> None:
    # A corner of the bank, rounded to the grid, lies a micrometre off the air: the flights home went across the wire.
    wires = (
        LineString([(136.2293445648595, 59.771681885504734), (131, 0), (125.7706554351405, -59.771681885504734)]),
        LineString([(279.88192274619826, 41.28040151077212), (131, 23), (-17.881922746198313, 4.719598489227902)]),
        LineString([(668.9445330007912, 3039.423259036624), (148, 85), (-372.944533000791, -2869.423259036624)]),
    )
    _, plan = planned(
        *(replace(thing(wire, buffer_m=0.5), label=str(number)) for number, wire in enumerate(wires)),
        refills=[(0.0, 0.0)],
        field=FIELD.difference(box(60, 40, 80, 60)),
    )
    assert plan.sides == 2


def test_what_lies_beside_the_field_is_not_reached_by_the_edge_of_a_strip() -> None:
    road = thing(LineString([(-4, -20), (-4, 120)]), ZoneKind.ROAD, 3)
    _, plan = planned(road)
    lines = [
        LineString((before[:2], after[:2])).buffer(plan.settings.swath_m / 2, cap_style="flat")
        for sortie in plan.sorties
        for before, after in zip(sortie.path, sortie.path[1:], strict=False)
        if after[2]
    ]
    assert min(strip.distance(road.shape) for strip in lines) >= 3 - 1e-3


def test_a_hole_that_a_zone_opens_is_not_flown_across() -> None:
    # The wires touch the hole: together they are a bay of the bank, and the filling place lies off the field.
    wires = thing(LineString([(70, 60), (70, 120)]))
    _, plan = planned(wires, field=FIELD.difference(box(60, 40, 80, 60)), refills=[(-40, 50)])
    assert plan.sides == 1


def test_parts_too_far_apart_for_any_place_are_refused_before_anything_is_laid() -> None:
    with pytest.raises(FieldOutOfRange, match="400000 m apart"):
        planned(field=MultiPolygon([box(0, 0, 100, 100), box(399_900, 0, 400_000, 100)]))


@pytest.mark.parametrize("rate", [0.0, 1e-320, 0.09, 1_000.5, math.nan, math.inf, -1.0])
def test_a_rate_that_nothing_puts_out_evenly_is_refused(rate: float) -> None:
    with pytest.raises(RateImpossible, match=r"between 0\.1 and 1,000"):
        settle(T40, Service.SPRAY, rate)
