"""The geodesic area: against pyproj, against the vectors that the browser shares, and whatever the direction."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod
from shapely import affinity
from shapely.geometry import MultiPolygon, Polygon, shape

from drone_service.engine.geometry.area import area_m2, measure

DATA = Path(__file__).parents[2] / "data"
VECTORS = json.loads((DATA / "area_vectors.json").read_text(encoding="utf-8"))
GEOD = Geod(ellps="WGS84")


def square(lon: float = 105.7, lat: float = 9.46, side: float = 0.001) -> Polygon:
    return Polygon([(lon, lat), (lon + side, lat), (lon + side, lat + side), (lon, lat + side)])


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_the_vectors_of_the_browser_hold_on_the_server(vector: dict[str, object]) -> None:
    assert area_m2(shape(vector["geometry"])) == pytest.approx(vector["area_m2"], rel=1e-9, abs=1e-6)


def test_there_are_enough_vectors_and_they_reach_a_thousand_hectares() -> None:
    areas = [vector["area_m2"] for vector in VECTORS]
    assert len(areas) >= 60
    assert min(areas) < 150
    assert 5_000_000 < max(areas) <= 10_000_000


def test_the_real_fields_have_the_area_of_their_publisher() -> None:
    """`metrics:area` is rounded to 0.01 m²."""
    fields = json.loads((DATA / "fields" / "fields_vietnam.geojson").read_text(encoding="utf-8"))["features"]
    for field in fields:
        assert area_m2(shape(field["geometry"])) == pytest.approx(field["properties"]["metrics:area"], abs=0.0051)


def test_a_square_at_the_equator_is_what_the_radii_give() -> None:
    """One arc second: 30.9221 m along the equator times 30.7149 m along the meridian (c, from a and e² of WGS84)."""
    second = 1 / 3600
    assert area_m2(square(0, 0, second)) == pytest.approx(30.92208 * 30.71485, rel=1e-5)


def test_the_direction_of_the_rings_does_not_matter() -> None:
    outer, hole = square(), square(105.7003, 9.4603, 0.0002)
    both = Polygon(outer.exterior.coords, [hole.exterior.coords])
    turned = Polygon(outer.exterior.coords[::-1], [hole.exterior.coords])
    expected = area_m2(outer) - area_m2(hole)
    assert area_m2(both) == pytest.approx(expected, rel=1e-12)
    assert area_m2(turned) == pytest.approx(expected, rel=1e-12)
    assert area_m2(turned) > 0


def test_parts_add_up_and_the_perimeter_counts_holes() -> None:
    outer, hole, other = square(), square(105.7003, 9.4603, 0.0002), square(105.8)
    holed = Polygon(outer.exterior.coords, [hole.exterior.coords])
    both = measure(MultiPolygon([holed, other]))
    assert both.area_m2 == pytest.approx(area_m2(holed) + area_m2(other), rel=1e-12)
    lengths = sum(measure(part).perimeter_m for part in (outer, hole, other))
    assert both.perimeter_m == pytest.approx(lengths, rel=1e-12)


def test_the_antimeridian_makes_no_difference() -> None:
    """The same square moved by whole degrees of longitude has the same area."""
    over = Polygon([(179.9995, 9.46), (-179.9995, 9.46), (-179.9995, 9.461), (179.9995, 9.461)])
    assert area_m2(over) == pytest.approx(area_m2(square()), rel=1e-9)


def test_a_cap_round_the_pole_has_the_area_of_a_disc() -> None:
    """Near the pole the ellipsoid has the radius a²/b = 6,399,593.6 m in every direction; 0.01° is 1,116.94 m (c)."""
    ring = [(lon, 89.99) for lon in range(-180, 180)]
    assert area_m2(Polygon(ring)) == pytest.approx(3.14159265 * 1116.94**2, rel=1e-3)


@settings(max_examples=150, deadline=None)
@given(
    lon=st.floats(-180, 179.9),
    lat=st.floats(-89.9, 89.8),
    width=st.floats(1e-4, 0.02),
    turn=st.floats(0, 360),
)
def test_any_field_up_to_a_thousand_hectares_agrees_with_pyproj(
    lon: float, lat: float, width: float, turn: float
) -> None:
    field = affinity.rotate(square(lon, lat, width), turn)
    expected = abs(GEOD.geometry_area_perimeter(field)[0])
    assert area_m2(field) == pytest.approx(expected, rel=1e-6)
