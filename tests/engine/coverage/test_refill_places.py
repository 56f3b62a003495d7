"""Where the tank is filled: what was proposed may be given back, and a bad place spoils no good one."""

import math
from dataclasses import replace

import hypothesis
import numpy as np
import pytest
import shapely
from hypothesis import strategies as st
from shapely.geometry import LineString, Point, Polygon, box
from shapely.geometry.base import BaseGeometry

from drone_service.engine.coverage.on_map import Ground, RefillInZone, ground_of
from drone_service.engine.coverage.settings import FlightSettings, Wishes, settle
from drone_service.engine.coverage.sorties import FieldOutOfRange
from drone_service.engine.coverage.zones import Zone, ZoneKind, zone_of
from drone_service.engine.errors import EngineError
from drone_service.engine.geometry.plane import LocalPlane
from drone_service.engine.operation import Service
from tests.engine.coverage.shapes import T40

SETTINGS = settle(T40, Service.SPRAY, 20.0, Wishes())
FIELD = box(-100, -50, 100, 50)
PLANE = LocalPlane.around(box(105.9, 9.4, 105.9018, 9.4009))
LonLat = tuple[float, float]


def barrier(shape: BaseGeometry, buffer_m: float = 5.0) -> Zone:
    """Return what may not be flown over, drawn in metres round the middle of the field."""
    return zone_of("it", PLANE.to_lonlat(shape), ZoneKind.POWER_LINE, buffer_m=buffer_m, may_overfly=False)


def wire(x_m: float, buffer_m: float = 5.0) -> Zone:
    return barrier(LineString([(x_m, -3_000), (x_m, 3_000)]), buffer_m)


def ground(*zones: Zone, field: Polygon = FIELD) -> Ground:
    return ground_of(PLANE.to_lonlat(field), zones)


def lonlat(*places: tuple[float, float]) -> list[LonLat]:
    return [(float(lon), float(lat)) for lon, lat in PLANE.points_to_lonlat(np.array(places))]


def filled_at(land: Ground, places: list[LonLat], settings: FlightSettings = SETTINGS) -> list[LonLat]:
    """Plan from places and return those at which flights begin, in degrees."""
    planned = land.plan(settings, places)
    used = dict.fromkeys(sortie.refill for sortie in planned.plan.sorties)
    return [(float(lon), float(lat)) for lon, lat in planned.plane.points_to_lonlat(np.array(list(used)))]


@st.composite
def barriers(draw: st.DrawFn) -> Zone:
    """Return a wire right across the field or beside it, or a block in it, with a buffer."""
    x_m, y_m, size_m = draw(st.integers(-90, 90)), draw(st.integers(-45, 45)), draw(st.integers(4, 25))
    angle = math.radians(draw(st.integers(0, 179)))
    dx_m, dy_m = 700 * math.cos(angle), 700 * math.sin(angle)
    line = LineString([(x_m - dx_m, y_m - dy_m), (x_m + dx_m, y_m + dy_m)])
    shape = draw(st.sampled_from([line, box(x_m, y_m, x_m + size_m, y_m + size_m)]))
    return barrier(shape, draw(st.sampled_from([0.5, 3.0, 8.0])))


@hypothesis.given(zones=st.lists(barriers(), min_size=1, max_size=2), corner=st.integers(0, 50), off=st.booleans())
def test_a_place_that_was_proposed_may_be_given_back(zones: list[Zone], corner: int, off: bool) -> None:
    """As it is printed, or with the seven digits of a map; so may a corner of what is left of the field."""
    try:
        land = ground(*zones)
        plan = land.plan(SETTINGS).plan
    except EngineError as refusal:
        hypothesis.event(type(refusal).__name__)
        return
    proposed = land.plane.points_to_lonlat(np.array([plan.refill, *plan.other_refills]))
    corners = shapely.get_coordinates(land.left.bank)
    at_corner = land.plane.points_to_lonlat(corners[corner % len(corners)][None])
    away = lonlat((-130.0, -80.0)) if off else []
    hypothesis.assume(not any(area.intersects(Point(-130.0, -80.0)) for area in land.left.barred))
    for places in (proposed.round(8), proposed.round(7), at_corner):
        given_back = [(float(lon), float(lat)) for lon, lat in places]
        assert land.plan(SETTINGS, [*given_back, *away]).plan.sorties


def test_a_place_beyond_a_wire_spoils_no_good_one() -> None:
    beyond, good = lonlat((-150.0, 0.0), (-100.0, -50.0))
    land = ground(wire(-120.0))
    assert filled_at(land, [beyond, good]) == [pytest.approx(good)]
    assert filled_at(land, [good, beyond]) == [pytest.approx(good)]
    with pytest.raises(FieldOutOfRange):
        land.plan(SETTINGS, [beyond])


def test_a_place_from_which_one_battery_does_not_reach_spoils_no_good_one() -> None:
    far, good = lonlat((-1_800.0, 0.0), (-100.0, -50.0))
    weak = replace(SETTINGS, battery_wh=SETTINGS.battery_wh / 3)
    with pytest.raises(FieldOutOfRange):
        ground().plan(weak, [far])
    assert filled_at(ground(), [far, good], weak) == [pytest.approx(good)]


def test_no_flight_begins_on_land_that_a_zone_cut_off() -> None:
    # Flown over up to 5 m from the wire, sprayed up to 8 m: beyond it 2 m of the field are land, and none is sprayed.
    land = ground(wire(93.0, buffer_m=8.0))
    assert land.left.bank.bounds[2] == pytest.approx(88.0, abs=0.01)
    assert filled_at(land, lonlat((99.0, 0.0), (0.0, -50.0))) == [pytest.approx(lonlat((0.0, -50.0))[0])]


def test_a_place_well_inside_a_zone_is_refused_and_one_on_its_edge_is_not() -> None:
    land = ground(wire(0.0))
    assert filled_at(land, lonlat((-5.0, 0.0), (5.0, 0.0)))
    with pytest.raises(RefillInZone):
        land.plan(SETTINGS, lonlat((-4.9, 0.0)))
