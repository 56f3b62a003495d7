"""Cuts of a fixed order: by tank, by battery, and where they pay."""

from dataclasses import replace

import numpy as np
import pytest
from shapely.geometry import box

from drone_service.engine.coverage.airspace import Airspace
from drone_service.engine.coverage.settings import FlightSettings, settle
from drone_service.engine.coverage.sorties import FieldOutOfRange, Route, cut, cut_when_empty, fly, sortie_of, whole_s
from drone_service.engine.operation import Service
from tests.engine.coverage.shapes import T40

SETTINGS = settle(T40, Service.SPRAY, 20)


def route(count: int, length_m: float, quantity: float, settings: FlightSettings = SETTINGS) -> Route:
    """Parallel lines 11 m apart, flown to and fro from a corner."""
    lines = np.array([[[0.0, 11 * row], [length_m, 11 * row]] for row in range(count)])
    lines[1::2] = lines[1::2, ::-1]
    air = Airspace(box(-1, -1, length_m + 1, 11 * count), settings.speed_m_s, settings.acceleration_m_s2)
    return Route(lines, quantity, air, air, ((0.0, 0.0),), settings)


def test_what_fits_one_load_is_one_flight() -> None:
    (sortie,) = cut(route(4, 100, 30))
    assert sortie.quantity == pytest.approx(30)
    assert sortie.spray_m == pytest.approx(400)
    # Three steps of 11 m, then straight home from (0, 33).
    assert sortie.transit_m == pytest.approx(33 + 33)
    # Four lines of 100/7 + 3.5 s, three steps of 2·√5.5 s, 33/7 + 3.5 s home.
    assert sortie.flight_s == pytest.approx(4 * (100 / 7 + 3.5) + 3 * 2 * 5.5**0.5 + 33 / 7 + 3.5)


def test_loads_never_exceed_the_tank_and_add_up() -> None:
    sorties = cut(route(20, 200, 130))
    assert len(sorties) == 4
    assert max(sortie.quantity for sortie in sorties) <= 40 * (1 + 1e-9)
    assert sum(sortie.quantity for sortie in sorties) == pytest.approx(130)


def test_a_load_ends_near_home_where_that_saves_time() -> None:
    # 60 L on eight lines of 300 m: a full tank would end at line 5.3, two thirds of the way out. Ending after an even
    # number of lines saves the flight home, and two fillings are needed either way.
    first, second = cut(route(8, 300, 60))
    assert first.path[-2][0] == pytest.approx(0, abs=1e-6)
    assert first.quantity + second.quantity == pytest.approx(60)


def test_a_line_longer_than_a_tank_is_cut_in_the_middle() -> None:
    sorties = cut(route(1, 900, 100))
    assert len(sorties) == 3
    assert all(sum(vertex[2] for vertex in sortie.path) == 1 for sortie in sorties)


def test_the_battery_cuts_where_the_tank_does_not() -> None:
    weak = replace(SETTINGS, battery_wh=400.0)
    sorties = cut(route(10, 150, 20, weak))
    assert len(sorties) > 1
    assert min(sortie.battery_left for sortie in sorties) >= weak.battery_reserve
    assert len(cut(route(10, 150, 20))) == 1


def test_a_far_end_that_no_battery_reaches_is_refused() -> None:
    with pytest.raises(FieldOutOfRange):
        cut(route(1, 1500, 5, replace(SETTINGS, battery_wh=100.0)))


@pytest.mark.parametrize(("count", "length_m", "litres", "battery_wh"), [(6, 650, 60, 500), (9, 450, 110, 800)])
def test_nothing_takes_longer_than_flying_until_tank_or_battery_are_empty(
    count: int, length_m: float, litres: float, battery_wh: float
) -> None:
    # The grid of cuts takes batteries for a little smaller than they are: here that costs a flight.
    lines = route(count, length_m, litres, replace(SETTINGS, battery_wh=battery_wh))
    *full, last = [sortie_of(lines, flight) for flight in cut_when_empty(lines)]
    for sortie in full:
        assert sortie.quantity == pytest.approx(40) or 0 <= sortie.battery_left - 0.15 < 1e-4
    assert sum(sortie.spray_m for sortie in (*full, last)) == pytest.approx(count * length_m)
    seconds = whole_s((*full, last), lines.settings)
    assert seconds < whole_s(cut(lines), lines.settings)
    assert whole_s(fly(lines, 0), lines.settings) <= seconds


def test_what_no_battery_reaches_is_not_flown_until_empty() -> None:
    assert cut_when_empty(route(40, 900, 30, replace(SETTINGS, battery_wh=60.0))) == []
