"""Airspaces as arrays, for compiled code that asks `sight` for the ways in them."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from shapely.geometry import Polygon

from drone_service.engine.compiled import compiled_lean
from drone_service.engine.coverage.airspace import Airspace
from drone_service.engine.coverage.sight import UNREACHED_S, is_blocked, leg_s, ring_edges

Floats = NDArray[np.float64]


class Air(NamedTuple):
    """Edges that may not be crossed, corners to bend at, and seconds between the corners."""

    edges: Floats
    corners: Floats
    ways_s: Floats
    speed: float
    push: float


def air_arrays(air: Airspace) -> Air:
    """Return the arrays of an airspace; in a convex region no edge can be in the way."""
    convex = isinstance(air.region, Polygon) and not len(air.corners)
    edges = np.empty((0, 4)) if convex else ring_edges(air.fence)
    corners = air.corners if len(air.corners) else np.empty((0, 2))
    return Air(edges, np.ascontiguousarray(corners), air.corner_ways_s, air.speed_m_s, air.acceleration_m_s2)


@compiled_lean
def fill_via(x, y, air, via):  # type: ignore[no-untyped-def]
    """Work out the seconds from a place to each corner, round other corners where needed."""
    corners = air.corners
    via[:] = np.inf
    for first in range(len(corners)):
        if not is_blocked(x, y, corners[first, 0], corners[first, 1], air.edges):
            there = leg_s(math.hypot(corners[first, 0] - x, corners[first, 1] - y), air.speed, air.push)
            for last in range(len(corners)):
                via[last] = min(via[last], there + air.ways_s[first, last])


@compiled_lean
def way_round_s(straight_s, x, y, via, air):  # type: ignore[no-untyped-def]
    """Return the seconds to a place that is not in sight, from where `via` was worked out."""
    best = UNREACHED_S + straight_s
    for last in range(len(air.corners)):
        if via[last] >= best:
            continue
        cx, cy = air.corners[last]
        seconds = via[last] + leg_s(math.hypot(cx - x, cy - y), air.speed, air.push)
        if seconds < best and not is_blocked(cx, cy, x, y, air.edges):
            best = seconds
    return best
