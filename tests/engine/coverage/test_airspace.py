"""The quickest way inside a region, by hand-made cases."""

import numpy as np
import pytest
import shapely
from shapely.geometry import Polygon, box

from drone_service.engine.coverage.airspace import Airspace, open_air

HOLED = box(0, 0, 100, 100).difference(box(40, 40, 60, 60))


def way(region: Polygon, start: tuple[float, float], end: tuple[float, float]) -> list[tuple[float, float]]:
    return Airspace(region, 7, 2).way(np.array(start), np.array(end))


def seconds(region: Polygon, start: tuple[float, float], end: tuple[float, float]) -> float:
    return float(Airspace(region, 7, 2).seconds(np.array([start]), np.array([end]))[0, 0])


def test_a_free_way_is_straight() -> None:
    # 70 m: 70/7 + 7/2 = 13.5 s; 8 m is shorter than the 24.5 m of ramps: 2·√(8/2) = 4 s.
    assert way(HOLED, (10, 10), (80, 10)) == []
    assert seconds(HOLED, (10, 10), (80, 10)) == pytest.approx(13.5)
    assert seconds(HOLED, (10, 10), (18, 10)) == pytest.approx(4)


def test_a_hole_is_flown_round_with_one_bend_where_one_is_enough() -> None:
    # From here one corner sees both ends, and one stop beats two.
    bends = way(HOLED, (10, 20), (70, 70))
    assert len(bends) == 1
    assert bends[0] in {(60.0, 40.0), (40.0, 60.0)}


def test_no_leg_of_a_way_crosses_the_hole() -> None:
    start, end = (10.0, 50.0), (90.0, 50.0)
    path = shapely.LineString([start, *way(HOLED, start, end), end])
    assert HOLED.buffer(1e-6).covers(path)
    assert path.length > 80


def test_an_inward_corner_is_flown_round() -> None:
    field = Polygon([(0, 0), (100, 0), (100, 40), (40, 40), (40, 100), (0, 100)])
    assert way(field, (90, 30), (30, 90)) == [(40.0, 40.0)]


def test_hops_agree_with_seconds() -> None:
    air = Airspace(HOLED, 7, 2)
    starts, ends = np.array([[10.0, 50], [10, 10]]), np.array([[90.0, 50], [80, 10]])
    assert air.hops(starts, ends) == pytest.approx(np.diag(air.seconds(starts, ends)))


def test_what_cannot_be_reached_has_no_time() -> None:
    apart = shapely.MultiPolygon([box(0, 0, 10, 10), box(20, 0, 30, 10)])
    assert np.isinf(Airspace(apart, 7, 2).seconds(np.array([[5.0, 5]]), np.array([[25.0, 5]]))).all()


def test_a_ragged_outline_has_few_corners() -> None:
    turns = np.linspace(0, 2 * np.pi, 800, endpoint=False)
    radius = 100 + 3 * np.sin(40 * turns)
    ragged = Polygon(np.column_stack((radius * np.cos(turns), radius * np.sin(turns))))
    assert len(Airspace(ragged, 7, 2).corners) <= 120


def test_open_air_leaves_the_holes_out() -> None:
    air = open_air([box(40, 40, 60, 60)], [(0, 0), (200, 50)])
    assert not air.contains(shapely.Point(50, 50))
    assert air.contains(shapely.Point(250, 50))


def test_a_hole_is_not_lost_from_the_air() -> None:
    # GEOS drops holes like this one from a buffer of 1e-6 m or 1e-5 m, and ways went straight through.
    for angle in range(0, 90, 7):
        diamond = shapely.affinity.rotate(box(-60, -60, 60, 60), 45)
        region = shapely.affinity.rotate(box(-400, -400, 400, 400).difference(diamond), angle, origin=(0, 0))
        region = shapely.normalize(shapely.set_precision(region, 1e-6)).buffer(-0.005, join_style="mitre")
        assert np.isinf(Airspace(region, 7, 2)._straight_s(np.array([[-300.0, 0]]), np.array([[300.0, 0]]))).all()
