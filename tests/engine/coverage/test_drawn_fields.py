"""Fields that hypothesis draws: concave, holed, thin, touching themselves and nearly degenerate.

No crash, nothing that the check objects to, nothing uncovered that is not reported.

Some two hundred fields here; thousands with `./dev test tests/engine/coverage/test_drawn_fields.py
--hypothesis-profile nightly`.
"""

import math

import hypothesis
import pytest
import shapely
from hypothesis import strategies as st
from shapely import affinity
from shapely.geometry import MultiPolygon, Point, Polygon, box

from drone_service.engine.coverage.check import check
from drone_service.engine.coverage.planner import NothingToSpray
from drone_service.engine.coverage.sorties import FieldOutOfRange
from tests.engine.coverage.shapes import plan_of

Shape = Polygon | MultiPolygon
LEAST_M2 = 20
RATES = st.sampled_from([10.0, 25.0, 60.0])
FLOORS = st.sampled_from([0.9, 0.98, 0.995])


def usable(shape: Shape) -> Shape:
    hypothesis.assume(isinstance(shape, Polygon | MultiPolygon) and shape.is_valid and shape.area > LEAST_M2)
    return shape


@st.composite
def stars(draw: st.DrawFn) -> Shape:
    """Concave, thin and holed fields around the origin."""
    count = draw(st.integers(3, 9))
    reach_m = draw(st.sampled_from([9.0, 30.0, 80.0]))
    flatness = draw(st.sampled_from([1.0, 0.3, 0.08]))
    radii = draw(st.lists(st.floats(0.2, 1.0), min_size=count, max_size=count))
    turns = [2 * math.pi * step / count for step in range(count)]
    corners = [
        (reach_m * r * math.cos(turn), flatness * reach_m * r * math.sin(turn))
        for r, turn in zip(radii, turns, strict=True)
    ]
    field = Polygon(corners)
    hole_m = draw(st.sampled_from([0.0, 0.0, 1.0, 6.0]))
    holed = field.difference(field.representative_point().buffer(hole_m, quad_segs=2)) if hole_m else field
    return usable(holed if isinstance(holed, Polygon) else field)


@st.composite
def walked(draw: st.DrawFn) -> Shape:
    """Outlines of many corners, as a phone in a hand records them."""
    count = draw(st.integers(20, 90))
    length_m, width_m = draw(st.floats(20, 200)), draw(st.floats(8, 60))
    noise_m = draw(st.sampled_from([0.0, 0.3, 1.0]))
    wobble = draw(st.lists(st.floats(-1, 1), min_size=count, max_size=count))
    ring = box(0, 0, length_m, width_m).exterior
    places = [ring.interpolate(step / count, normalized=True) for step in range(count)]
    centre = Point(length_m / 2, width_m / 2)
    moved = [
        (p.x + noise_m * w * (p.x - centre.x) / length_m, p.y + noise_m * w * (p.y - centre.y) / width_m)
        for p, w in zip(places, wobble, strict=True)
    ]
    return usable(affinity.rotate(Polygon(moved), draw(st.floats(0, 180))))


@st.composite
def touching(draw: st.DrawFn) -> Shape:
    """Parts that meet in one corner or nearly, and holes that touch the bank."""
    side_m, gap_m = draw(st.floats(10, 60)), draw(st.sampled_from([0.0, 1e-9, 1e-4, 0.5]))
    one = box(0, 0, side_m, side_m)
    kind = draw(st.sampled_from(["corner", "hole", "bridge"]))
    if kind == "corner":
        other = box(side_m + gap_m, side_m + gap_m, 2 * side_m, 2 * side_m)
        return usable(MultiPolygon([one, other]))
    if kind == "hole":
        return usable(
            one.difference(Polygon([(0, side_m / 2 + gap_m), (side_m / 3, side_m / 3), (side_m / 2, side_m / 2)]))
        )
    width_m = draw(st.sampled_from([0.02, 0.5, 3.0]))
    joined = shapely.union_all([one, box(side_m, 0, 2 * side_m, width_m), box(2 * side_m, 0, 3 * side_m, side_m)])
    return usable(joined)


@st.composite
def nearly_nothing(draw: st.DrawFn) -> Shape:
    """Slivers, spikes, doubled corners and corners in one line."""
    length_m = draw(st.floats(10, 300))
    width_m = draw(st.sampled_from([0.05, 0.3, 1.0, 4.0, 11.0, 11.001]))
    spike_m = draw(st.sampled_from([0.0, 5.0, 80.0]))
    corners = [(0.0, 0.0), (length_m / 3, 0.0), (length_m / 3, 0.0), (length_m / 2, 1e-10), (length_m, 0.0)]
    corners += [(length_m + spike_m, width_m / 2), (length_m, width_m), (0.0, width_m)]
    return usable(affinity.rotate(Polygon(corners), draw(st.floats(0, 180))))


def plan_and_check(field: Shape, rate: float, floor: float) -> None:
    try:
        plan = plan_of(field, rate, min_coverage=floor)
    except (NothingToSpray, FieldOutOfRange) as refused:
        hypothesis.event(refused.code)
        return
    assert check(field, plan) == []
    assert plan.quantity == pytest.approx(rate * field.area / 10_000)
    assert plan.coverage >= floor - 1e-9 or any("coverage" in warning for warning in plan.warnings)


@hypothesis.given(field=stars(), rate=RATES, floor=FLOORS)
def test_concave_and_holed_fields(field: Shape, rate: float, floor: float) -> None:
    plan_and_check(field, rate, floor)


@hypothesis.given(field=walked(), rate=RATES, floor=FLOORS)
def test_walked_outlines(field: Shape, rate: float, floor: float) -> None:
    plan_and_check(field, rate, floor)


@hypothesis.given(field=touching(), rate=RATES, floor=FLOORS)
def test_fields_that_touch_themselves(field: Shape, rate: float, floor: float) -> None:
    plan_and_check(field, rate, floor)


@hypothesis.given(field=nearly_nothing(), rate=RATES, floor=FLOORS)
def test_fields_that_are_nearly_nothing(field: Shape, rate: float, floor: float) -> None:
    plan_and_check(field, rate, floor)
