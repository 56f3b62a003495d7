"""Walked rings: the noise goes, the area stays, and what is no noise is refused."""

import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from drone_service.engine.geometry.area import area_m2
from drone_service.engine.geometry.outline import Outline, Ring
from drone_service.engine.geometry.plane import LocalPlane
from drone_service.engine.geometry.validate import OpenRing, SelfCrossing, TooManyVertices
from drone_service.engine.geometry.walk import AccuracyOutOfRange, TooMuchToClean, clean_outline, clean_walk

PLANE = LocalPlane.at(105.7, 9.5)
STEP_M = 1.2
"""A second on foot along a dyke."""


def in_degrees(points: list[tuple[float, float]]) -> Ring:
    return PLANE.points_to_lonlat(np.array([*points, points[0]], dtype=float))


def in_metres(ring: Ring) -> shapely.Polygon:
    return shapely.Polygon(PLANE.points_to_m(ring))


def paddy(length_m: float, width_m: float, bend_m: float) -> shapely.Polygon:
    """Return a rectangle, or one whose long sides are bent."""
    along = np.linspace(0, length_m, 30 if bend_m else 2)
    bank = np.column_stack((along, bend_m * np.sin(along / length_m * math.pi)))
    return shapely.Polygon(np.concatenate((bank, bank[::-1] + np.array((0, width_m)))))


def walked(field: shapely.Polygon, jitter_m: float, seed: int, memory: float) -> Ring:
    """Walk round a field with a fix each second; `memory` is how much of its error a fix takes from the one before."""
    points = shapely.get_coordinates(shapely.segmentize(field.exterior, STEP_M))[:-1]
    chance = np.random.default_rng(seed)
    errors = chance.uniform(-jitter_m, jitter_m, points.shape) / math.sqrt(2)
    for number in range(1, len(errors)):
        errors[number] = memory * errors[number - 1] + math.sqrt(1 - memory**2) * errors[number]
    return in_degrees([tuple(point) for point in points + errors])


WALKS = st.builds(
    walked,
    st.builds(paddy, st.floats(40, 150), st.floats(30, 80), st.sampled_from([0.0, 8.0, 20.0])),
    st.floats(0, 3),
    st.integers(0, 10_000),
    st.sampled_from([0.0, 0.5, 0.95]),
)


@settings(max_examples=25, deadline=None)
@given(WALKS)
def test_the_noise_of_a_walk_goes_and_its_area_stays(ring: Ring) -> None:
    walk = clean_walk(ring, 4.0)
    before, after = in_metres(ring), in_metres(walk.ring)
    assert after.is_valid
    assert walk.report.area_after_m2 == pytest.approx(area_m2(shapely.Polygon(walk.ring)))
    # What loops enclose may be lost; merging corners loses nothing.
    lost = abs(walk.report.area_after_m2 / walk.report.area_before_m2 - 1)
    assert lost <= (1e-6 if before.is_valid and not walk.report.spikes_removed else 5e-3)
    assert len(walk.ring) <= len(ring) / 3
    assert walk.report.points_before - walk.report.points_after == len(ring) - len(walk.ring)
    assert walk.report.moved_m <= 4.0
    near = shapely.points(shapely.get_coordinates(shapely.segmentize(after.exterior, 0.5)))
    assert shapely.distance(near, before.exterior).max() <= 4.0 + 1e-3


@settings(max_examples=15, deadline=None)
@given(WALKS)
def test_a_clean_ring_comes_back_digit_for_digit(ring: Ring) -> None:
    once = clean_walk(ring, 4.0).ring
    again = clean_walk(once, 4.0)
    assert np.array_equal(again.ring, once)
    assert again.report.points_after == again.report.points_before
    assert again.report.moved_m < 1e-6


def test_a_perfect_rectangle_keeps_its_four_corners() -> None:
    walk = clean_walk(walked(paddy(120, 60, 0), 0, 0, 0), 4.0)
    corners = in_metres(walk.ring).exterior
    assert len(walk.ring) == 5
    for place in ((0, 0), (120, 0), (120, 60), (0, 60)):
        assert corners.distance(shapely.Point(place)) < 1e-6


@pytest.mark.parametrize("jitter_m", [0.3, 1.0, 2.0])
def test_far_fewer_points_and_the_true_area(jitter_m: float) -> None:
    """Noise that a receiver makes leans to no side, so the walk's area is the field's, and stays it."""
    field = paddy(150, 60, 20)
    walk = clean_walk(walked(field, jitter_m, 7, 0), 4.0)
    assert walk.report.points_after <= walk.report.points_before / 8
    assert walk.report.area_after_m2 == pytest.approx(field.area, rel=5e-3)


SQUARE = [(0.0, 0.0), (100.0, 0.0), (100.0, 100.0), (0.0, 100.0)]


@pytest.mark.parametrize(
    ("detour", "spikes", "loops"),
    [
        ([(50, 0), (50, -20), (50, 0)], 1, 0),  # out and back on one line
        ([(50, 0), (50.6, -25), (51.2, 0)], 1, 0),  # one wild fix
        ([(50, 0), (50, 0), (50, 0)], 0, 0),  # standing still
        ([(52, 0), (52, 3), (48, 3), (48, 0.5), (56, -1)], 0, 1),  # turned about in one place
        ([(60, 0), (60, -30), (61, -30), (59, 0)], 2, 1),  # out and back, the ways crossing
    ],
)
def test_spikes_and_loops_go(detour: list[tuple[float, float]], spikes: int, loops: int) -> None:
    walk = clean_walk(in_degrees([SQUARE[0], *detour, *SQUARE[1:]]), 4.0)
    assert (walk.report.spikes_removed, walk.report.loops_removed) == (spikes, loops)
    assert in_metres(walk.ring).area == pytest.approx(10_000, rel=5e-3)
    assert len(walk.ring) - 1 <= 6


def test_a_loop_at_a_corner() -> None:
    loop = [(99.0, 0.0), (103.0, -1.0), (102.0, 2.0), (99.5, -1.5), (101.0, 1.0)]
    walk = clean_walk(in_degrees([SQUARE[0], *loop, *SQUARE[2:]]), 4.0)
    assert walk.report.loops_removed
    assert in_metres(walk.ring).area == pytest.approx(10_000, rel=1e-2)


@pytest.mark.parametrize(
    "points",
    [
        [(0, 0), (100, 100), (100, 0), (0, 100)],  # a bow-tie
        [*SQUARE[:2], (100, 60), (130, 60), (130, 90), (90, 40), *SQUARE[2:]],  # a loop of 30 m
    ],
)
def test_a_large_crossing_is_for_the_person_to_decide(points: list[tuple[float, float]]) -> None:
    with pytest.raises(SelfCrossing):
        clean_walk(in_degrees(points), 4.0)


def test_a_scribble_is_refused_before_it_takes_time() -> None:
    points = np.random.default_rng(1).uniform(0, 100, (2_000, 2)).tolist()
    with pytest.raises(SelfCrossing):
        clean_walk(in_degrees(points), 4.0)


def test_too_much_of_the_field_is_no_noise() -> None:
    sliver = [(20, 0), (21, -60), (24, -60), (26, 0)]
    with pytest.raises(TooMuchToClean):
        clean_walk(in_degrees([(0, 0), (10, 0), (13, -70), (11, 0.0), *sliver, (40, 0), (40, 30), (0, 30)]), 15.0)


@pytest.mark.parametrize("accuracy_m", [0.0, -1.0, 15.1, math.nan, math.inf])
def test_an_accuracy_that_makes_no_sense(accuracy_m: float) -> None:
    with pytest.raises(AccuracyOutOfRange):
        clean_walk(in_degrees(SQUARE), accuracy_m)


def test_rings_that_are_none() -> None:
    with pytest.raises(OpenRing):
        clean_walk(in_degrees(SQUARE)[:-1], 4.0)
    with pytest.raises(TooManyVertices):
        clean_walk(np.tile(in_degrees(SQUARE), (1_001, 1)), 4.0)


def test_a_strip_narrower_than_the_accuracy_stays() -> None:
    strip = in_metres(clean_walk(walked(paddy(120, 3.5, 0), 0, 0, 0), 4.0).ring)
    assert strip.area == pytest.approx(120 * 3.5, rel=1e-6)


def test_an_outline_with_a_pond() -> None:
    pond = shapely.box(40, 20, 60, 40)
    outline = Outline(((walked(paddy(120, 60, 0), 1, 3, 0), walked(pond, 0.5, 4, 0)),))
    cleaned, report = clean_outline(outline, 3.0)
    assert cleaned.to_shape().is_valid
    assert report.area_after_m2 == pytest.approx(area_m2(cleaned.to_shape()))
    assert report.area_after_m2 == pytest.approx(report.area_before_m2, rel=2e-3)
    assert report.points_after == cleaned.vertex_count - 2
