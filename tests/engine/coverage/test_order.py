"""Chains and their order."""

import numpy as np
import pytest
from shapely.geometry import Polygon, box

from drone_service.engine.coverage.airspace import Airspace
from drone_service.engine.coverage.order import EXACT_CHAINS, best_order, chains_of
from drone_service.engine.coverage.settings import settle
from drone_service.engine.coverage.swaths import Layout, layouts
from drone_service.engine.operation import Service
from tests.engine.coverage.shapes import T40

SETTINGS = settle(T40, Service.SPRAY, 20)


def rows_of(field: Polygon) -> Layout:
    return layouts(field, 0.0, SETTINGS)[0]


def test_a_convex_field_is_one_chain() -> None:
    layout = rows_of(box(0, 0, 100, 66))
    assert chains_of(layout) == [list(range(len(layout.row)))]


def test_a_hole_splits_the_lines_into_four_chains() -> None:
    # Below the hole, left of it, right of it, above it.
    assert len(chains_of(rows_of(box(0, 0, 110, 110).difference(box(40, 33, 70, 77))))) == 4


def test_one_chain_is_flown_to_and_fro() -> None:
    lines = np.array([[[0.0, 11 * row], [100.0, 11 * row]] for row in range(3)])
    order = best_order([lines], Airspace(box(0, -1, 100, 40), 7, 2), None)
    assert len(order.lines) == 3
    # Two steps of 11 m, each shorter than the ramps: 2·√(11/2).
    assert order.transit_s == pytest.approx(2 * 2 * 5.5**0.5)
    assert all(order.lines[row, 1, 0] == order.lines[row + 1, 0, 0] for row in range(2))


def test_the_flight_begins_at_the_end_near_the_refill_place() -> None:
    lines = np.array([[[0.0, 11 * row], [100.0, 11 * row]] for row in range(4)])
    order = best_order([lines], Airspace(box(0, -1, 100, 40), 7, 2), np.array([100.0, 33.0]))
    assert {tuple(order.lines[0, 0]), tuple(order.lines[-1, 1])} <= {(100.0, 33.0), (100.0, 0.0)}


@pytest.mark.parametrize("count", [EXACT_CHAINS, EXACT_CHAINS + 3])
def test_single_lines_in_a_row_are_flown_in_their_order(count: int) -> None:
    # Lines end to end with gaps of 10 m: the best order passes along them, whichever search finds it.
    chains = [np.array([[[60.0 * i, 0.0], [60.0 * i + 50, 0.0]]]) for i in range(count)]
    shuffled = chains[::2] + chains[1::2]
    order = best_order(shuffled, Airspace(box(-1, -1, 60 * count, 1), 7, 2), None)
    assert order.transit_s == pytest.approx((count - 1) * 2 * 5**0.5)
