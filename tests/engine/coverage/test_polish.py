"""Polishing: what it says of lines is what they are, and what is flown anyhow is sprayed where that is worth it."""

import numpy as np
import pytest
from numpy.typing import NDArray
from shapely import affinity
from shapely.geometry import Polygon, box

from drone_service.engine.coverage.cover import measure_cover, waste_price_s
from drone_service.engine.coverage.ground import Ground
from drone_service.engine.coverage.kinematics import leg_s
from drone_service.engine.coverage.polish import polish
from drone_service.engine.coverage.room import Room
from drone_service.engine.coverage.settings import FlightSettings, Wishes, settle
from drone_service.engine.operation import Service
from tests.engine.coverage.shapes import T40

SETTINGS = settle(T40, Service.SPRAY, 1.0, Wishes(swath_m=11))
HOUSE = box(0, 0, 120, 100).difference(box(50, 40, 66, 54))


def room_of(field: Polygon) -> Room:
    return Room.of(field, None, Polygon(), SETTINGS)


def rows_of(field: Polygon, step_m: float = 10.5) -> NDArray[np.float64]:
    """Return lines to and fro along the field, some of them cut by its holes."""
    west, south, east, north = field.bounds
    found = []
    for number, level in enumerate(np.arange(south + step_m / 2, north, step_m)):
        chord = field.buffer(-0.01).intersection(box(west, level, east, level + 1e-6))
        parts = sorted(part.bounds for part in getattr(chord, "geoms", [chord]))
        ends = [[(low, level), (high, level)] for low, _, high, _ in parts]
        found += ends if number % 2 == 0 else [end[::-1] for end in ends[::-1]]
    return np.array(found)


def polished(field: Polygon, lines: NDArray[np.float64], moves: int) -> tuple[NDArray[np.float64], float]:
    ground = Ground.of(room_of(field), 0.0, SETTINGS.swath_m)
    spare = np.empty((0, 2, 2))
    return polish(ground, lines, SETTINGS, covered_m2=0.0, spare=spare, home=None, hot_s=0.4, moves=moves)


def price_of(field: Polygon, lines: NDArray[np.float64], settings: FlightSettings) -> float:
    """Return the price of lines measured exactly."""
    speed, push = settings.speed_m_s, settings.acceleration_m_s2
    spray_s = float(leg_s(np.hypot(*(lines[:, 1] - lines[:, 0]).T), speed, push).sum())
    hops_s = float(room_of(field).air.hops(lines[:-1, 1], lines[1:, 0]).sum())
    return spray_s + hops_s + waste_price_s(measure_cover(field, lines, settings.swath_m), field.area, settings)


@pytest.mark.parametrize("moves", [0, 5_000])
def test_the_price_that_polishing_tells_is_that_of_its_lines(moves: int) -> None:
    """A search finds whatever a measure overlooks: on points a metre apart such lines seemed 1 % cheaper."""
    lines, price_s = polished(HOUSE, rows_of(HOUSE), moves)
    assert price_s == pytest.approx(price_of(HOUSE, lines, SETTINGS), rel=0.003)


def test_polishing_gains_by_the_exact_measure() -> None:
    lines = rows_of(HOUSE)
    better, _ = polished(HOUSE, lines, 5_000)
    assert price_of(HOUSE, better, SETTINGS) < 0.99 * price_of(HOUSE, lines, SETTINGS)


def test_it_does_not_matter_where_a_field_lies() -> None:
    lines = rows_of(HOUSE)
    near, near_s = polished(HOUSE, lines, 0)
    moved = affinity.translate(HOUSE, 650_000, 1_800_000)
    far, far_s = polished(moved, lines + np.array([650_000, 1_800_000]), 0)
    assert far_s == pytest.approx(near_s, abs=1e-3)
    assert far - np.array([650_000, 1_800_000]) == pytest.approx(near, abs=1e-6)


def test_the_way_round_a_house_is_sprayed_where_nothing_else_reaches() -> None:
    yard = box(0, 0, 60, 60).difference(box(10, 10, 50, 50))
    lines = np.array([[[0.01, 5.0], [30.0, 5.0]], [[30.0, 55.0], [0.01, 55.0]]])
    way = room_of(yard).air.way(lines[0, 1], lines[1, 0])
    assert len(way) == 2, "the way bends at two corners of the house"
    better, _ = polished(yard, lines, 3_000)
    east = box(50, 10, 60, 50)
    assert measure_cover(yard, lines, SETTINGS.swath_m).missed.intersection(east).area == pytest.approx(east.area)
    assert measure_cover(yard, better, SETTINGS.swath_m).missed.intersection(east).area < east.area / 4


def test_two_lines_in_one_row_become_one() -> None:
    strip = box(0, 0, 100, 11)
    lines = np.array([[[0.01, 5.5], [48.0, 5.5]], [[52.0, 5.5], [99.99, 5.5]]])
    (line,), price_s = polished(strip, lines, 300)
    assert np.hypot(*(line[1] - line[0])) > 95
    assert price_s < price_of(strip, lines, SETTINGS) - 3
