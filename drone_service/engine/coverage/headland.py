"""The pass along the bank: one strip round the field and its holes, and what is left inside for the lines."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon, Polygon

from drone_service.engine.coverage.room import INSET_M

Floats = NDArray[np.float64]
SMOOTH_M = 0.2
"""Corners of the pass that turn by less than this are left out: each is a stop."""
LEAST_M2 = 1.0


def bank_pass(field: Polygon | MultiPolygon, swath_m: float) -> list[Floats]:
    """Return the legs of a pass half a swath inside the bank, an array (n, 2, 2) for each ring of it.

    A leg goes on to the bank where the pass turns inwards: flat ends would leave the corner of the field out. Empty
    where the field is nowhere a swath wide.
    """
    free = field.buffer(-INSET_M, join_style="mitre")
    middle = field.buffer(-swath_m / 2, join_style="mitre").simplify(SMOOTH_M).intersection(free)
    parts = [part for part in shapely.get_parts(middle) if isinstance(part, Polygon) and part.area > 0]
    oriented = [shapely.orient_polygons(part) for part in parts]
    rings = [shapely.get_coordinates(ring) for part in oriented for ring in (part.exterior, *part.interiors)]
    return [_legs(ring, free, swath_m / 2) for ring in rings]


def _legs(ring: Floats, free: Polygon | MultiPolygon, reach_m: float) -> Floats:
    legs = np.stack((ring[:-1], ring[1:]), axis=1)
    away = legs[:, 1] - legs[:, 0]
    onward = np.roll(away, -1, axis=0)
    # The field lies on the left of every ring: a left turn is a corner of the field.
    corner = away[:, 0] * onward[:, 1] - away[:, 1] * onward[:, 0] > 0
    unit = away / np.maximum(np.hypot(away[:, 0], away[:, 1]), 1e-9)[:, None]
    for leg in np.flatnonzero(corner):
        legs[leg, 1] = _as_far_as(legs[leg, 1], legs[leg, 1] + unit[leg] * reach_m, free)
    return legs


def _as_far_as(start: Floats, end: Floats, free: Polygon | MultiPolygon) -> Floats:
    """Return the last place on the way to an end that is reached without leaving the free region."""
    way = shapely.intersection(shapely.linestrings([start, end]), free)
    for part in shapely.get_parts(way):
        places = shapely.get_coordinates(part)
        if len(places) > 1 and np.hypot(*(places[0] - start)) < INSET_M:
            return np.asarray(places[-1])
    return start


def inner_field(field: Polygon | MultiPolygon, swath_m: float) -> Polygon | MultiPolygon | None:
    """Return what lies inside the pass along the bank, None where nothing does."""
    inner = field.buffer(-swath_m, join_style="mitre")
    parts = [part for part in shapely.get_parts(inner) if isinstance(part, Polygon) and part.area > LEAST_M2]
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else MultiPolygon(parts)
