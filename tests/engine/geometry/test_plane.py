"""The local plane: there and back, true to size, across the antimeridian."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod
from shapely.geometry import LineString, MultiPolygon, Polygon

from drone_service.engine.geometry.area import area_m2
from drone_service.engine.geometry.plane import LocalPlane, TooCloseToPole, wrap_lon
from drone_service.engine.geometry.repair import union_m

GEOD = Geod(ellps="WGS84")


@given(lon=st.floats(-180, 180), lat=st.floats(-85, 85), east=st.floats(-2e3, 2e3), north=st.floats(-2e3, 2e3))
def test_there_and_back(lon: float, lat: float, east: float, north: float) -> None:
    plane = LocalPlane.at(lon, lat)
    there = plane.points_to_lonlat(np.array([[east, north]]))
    assert np.abs(there[0, 0]) <= 180
    back = plane.points_to_m(there)
    assert back[0] == pytest.approx([east, north], abs=1e-6)


@pytest.mark.parametrize("lat", [-60, -9.5, 0, 9.5, 21, 45, 70])
def test_a_hundred_metres_are_a_hundred_metres(lat: float) -> None:
    plane = LocalPlane.at(105.7, lat)
    for azimuth in range(0, 360, 15):
        lon, there_lat, _ = GEOD.fwd(105.7, lat, azimuth, 100.0)
        assert np.hypot(*plane.points_to_m(np.array([[lon, there_lat]]))[0]) == pytest.approx(100.0, rel=5e-5)


@pytest.mark.parametrize("lat", [-35, 0, 9.5, 21, 45])
def test_two_hectares_keep_their_area_to_3_ppm(lat: float) -> None:
    half = 0.000636
    field = Polygon([(-half, lat - half), (half, lat - half), (half, lat + half), (-half, lat + half)])
    flat = LocalPlane.around(field).to_m(field)
    assert flat.area == pytest.approx(area_m2(field), rel=3e-6)


def test_a_field_over_the_antimeridian_is_one_piece() -> None:
    field = Polygon([(179.9995, 9.46), (-179.9995, 9.46), (-179.9995, 9.461), (179.9995, 9.461)])
    plane = LocalPlane.around(field)
    flat = plane.to_m(field)
    assert flat.is_valid
    assert flat.area == pytest.approx(area_m2(field), rel=1e-5)
    assert shapely.equals_exact(plane.to_lonlat(flat), field, tolerance=1e-9)


def test_a_line_over_the_antimeridian_is_short() -> None:
    line = LineString([(179.9995, 9.46), (-179.9995, 9.46)])
    assert LocalPlane.around(line).to_m(line).length == pytest.approx(109.8, abs=0.2)


def test_parts_stay_parts() -> None:
    parts = MultiPolygon([Polygon([(0, 0), (1, 0), (1, 1)]), Polygon([(2, 0), (3, 0), (3, 1)])])
    assert LocalPlane.around(parts).to_m(parts).geom_type == "MultiPolygon"


def test_the_pole_is_refused() -> None:
    with pytest.raises(TooCloseToPole):
        LocalPlane.at(0, 89.5)


@pytest.mark.parametrize(("lon", "wrapped"), [(180.5, -179.5), (-180.5, 179.5), (180, 180), (105.7, 105.7)])
def test_longitudes_wrap(lon: float, wrapped: float) -> None:
    assert wrap_lon(lon) == pytest.approx(wrapped)


def test_the_union_trap() -> None:
    """Two strips that abut at a rotated angle: without the grid GEOS loses half of them without an error."""
    first = shapely.from_wkt(
        "POLYGON ((-149.22776465908743 -22.018092739773397, -438.0296259820276 59.182183715453085, "
        "-435.63338249062656 67.70480963140288, -146.8315211676864 -13.495466823823602, "
        "-149.22776465908743 -22.018092739773397))"
    )
    second = shapely.from_wkt(
        "POLYGON ((-151.62400815048846 -30.540718655723193, -440.42586947342863 50.65955779950329, "
        "-438.0296259820276 59.18218371545309, -149.22776465908743 -22.018092739773397, "
        "-151.62400815048846 -30.540718655723193))"
    )
    both = first.area + second.area
    assert union_m([first, second]).area == pytest.approx(both, rel=1e-6)
