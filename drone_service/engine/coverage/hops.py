"""Ways between two places as compiled code sees them: seconds straight ahead, or round the corners that are in the way."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon, Polygon

from drone_service.engine.compiled import compiled
from drone_service.engine.coverage.airspace import Airspace

Floats = NDArray[np.float64]
UNREACHED_S = 1e4
"""Added to the price of a straight flight where no way inside the air was found."""


class Air(NamedTuple):
    """An airspace as arrays: edges that may not be crossed, corners to bend at, seconds between the corners."""

    edges: Floats
    corners: Floats
    ways_s: Floats
    speed: float
    push: float


def air_arrays(air: Airspace) -> Air:
    """Return the arrays of an airspace; of a convex region no edge can be in the way."""
    convex = isinstance(air.region, Polygon) and not len(air.corners)
    edges = np.empty((0, 4)) if convex else ring_edges(air.fence)
    corners = air.corners if len(air.corners) else np.empty((0, 2))
    return Air(edges, np.ascontiguousarray(corners), air.corner_ways_s, air.speed_m_s, air.acceleration_m_s2)


def ring_edges(region: Polygon | MultiPolygon) -> Floats:
    """Return the edges of all rings, x and y of both ends."""
    points, ring = shapely.get_coordinates(shapely.get_rings(shapely.get_parts(region)), return_index=True)
    keep = ring[1:] == ring[:-1]
    return np.ascontiguousarray(np.concatenate((points[:-1][keep], points[1:][keep]), axis=1))


@compiled
def leg_seconds(length_m, speed, push):  # type: ignore[no-untyped-def]
    """Return the seconds of a leg from stop to stop."""
    if length_m < speed * speed / push:
        return 2 * math.sqrt(length_m / push)
    return length_m / speed + speed / push


@compiled
def is_blocked(px, py, qx, qy, edges):  # type: ignore[no-untyped-def]
    """Return whether the straight way from p to q crosses an edge."""
    west, east, south, north = min(px, qx), max(px, qx), min(py, qy), max(py, qy)
    for edge in edges:
        ax, ay, bx, by = edge[0], edge[1], edge[2], edge[3]
        if max(ax, bx) < west or min(ax, bx) > east or max(ay, by) < south or min(ay, by) > north:
            continue
        one = (bx - ax) * (py - ay) - (by - ay) * (px - ax)
        two = (bx - ax) * (qy - ay) - (by - ay) * (qx - ax)
        if (one > 0) == (two > 0):
            continue
        three = (qx - px) * (ay - py) - (qy - py) * (ax - px)
        four = (qx - px) * (by - py) - (qy - py) * (bx - px)
        if (three > 0) != (four > 0):
            return True
    return False


@compiled
def hop_seconds(px, py, qx, qy, air):  # type: ignore[no-untyped-def]
    """Return the seconds of the quickest way from p to q, round the corners where it is not straight."""
    straight = leg_seconds(math.hypot(qx - px, qy - py), air.speed, air.push)
    if not is_blocked(px, py, qx, qy, air.edges):
        return straight
    corners, ways_s = air.corners, air.ways_s
    best = UNREACHED_S + straight
    back = np.empty(len(corners))
    for last in range(len(corners)):
        x, y = corners[last]
        back[last] = np.inf
        if not is_blocked(x, y, qx, qy, air.edges):
            back[last] = leg_seconds(math.hypot(qx - x, qy - y), air.speed, air.push)
    for first in range(len(corners)):
        x, y = corners[first]
        there = leg_seconds(math.hypot(x - px, y - py), air.speed, air.push)
        if there >= best or is_blocked(px, py, x, y, air.edges):
            continue
        for last in range(len(corners)):
            best = min(best, there + ways_s[first, last] + back[last])
    return best
