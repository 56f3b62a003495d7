"""What lies between two places of a field: the way that is free, and the seconds it takes. Compiled for the search."""

from __future__ import annotations

import math

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon, Polygon

from drone_service.engine.compiled import compiled, compiled_apart, compiled_lean

Floats = NDArray[np.float64]

GAP = 1e-3
UNREACHED_S = 1e4
"""Added to the price of a straight flight where no way inside the field was found."""

NO_CORNER = -1


def views(starts: Floats, ends: Floats, edges: Floats) -> NDArray[np.bool_]:
    """Tell from which start which end is reached in a straight line inside edges, shape (starts, ends)."""
    return np.asarray(_views(_plain(starts), _plain(ends), edges))


def views_beside(starts: Floats, ends: Floats, edges: Floats) -> NDArray[np.bool_]:
    """Tell which start reaches the end beside it in a straight line inside edges."""
    return np.asarray(_views_beside(_plain(starts), _plain(ends), edges))


def _plain(points: Floats) -> Floats:
    # Whole numbers or columns of another array would be compiled for anew.
    return np.ascontiguousarray(points, dtype=np.float64)


def ring_edges(region: Polygon | MultiPolygon) -> Floats:
    """Return the edges of all rings of a region: x and y of begin and end, shape (n, 4)."""
    points, ring = shapely.get_coordinates(shapely.get_rings(shapely.get_parts(region)), return_index=True)
    keep = ring[1:] == ring[:-1]
    return np.ascontiguousarray(np.concatenate((points[:-1][keep], points[1:][keep]), axis=1))


@compiled_lean
def leg_s(length_m, speed, push):  # type: ignore[no-untyped-def]
    if length_m < speed * speed / push:
        return 2 * math.sqrt(length_m / push)
    return length_m / speed + speed / push


@compiled_lean
def is_blocked(px, py, qx, qy, edges):  # type: ignore[no-untyped-def]
    west, east, south, north = min(px, qx), max(px, qx), min(py, qy), max(py, qy)
    for row in range(len(edges)):
        ax, ay, bx, by = edges[row, 0], edges[row, 1], edges[row, 2], edges[row, 3]
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


@compiled_lean
def is_within(x, y, edges):  # type: ignore[no-untyped-def]
    odd = False
    for row in range(len(edges)):
        ay, by = edges[row, 1], edges[row, 3]
        if (ay <= y) == (by <= y):
            continue
        if edges[row, 0] + (y - ay) / (by - ay) * (edges[row, 2] - edges[row, 0]) > x:
            odd = not odd
    return odd


@compiled_lean
def reach(px, py, qx, qy, edges):  # type: ignore[no-untyped-def]
    """Return the share of the way from p to q that stays inside, a hair short of the first edge."""
    nearest = 1.0
    for row in range(len(edges)):
        ax, ay = edges[row, 0], edges[row, 1]
        ex, ey = edges[row, 2] - ax, edges[row, 3] - ay
        dx, dy = qx - px, qy - py
        cross = dx * ey - dy * ex
        if cross == 0:
            continue
        t = ((ax - px) * ey - (ay - py) * ex) / cross
        u = ((ax - px) * dy - (ay - py) * dx) / cross
        if 0 <= u <= 1 and t >= 0:
            t -= GAP * math.sqrt(ex * ex + ey * ey) / abs(cross)
            if t < nearest:
                nearest = t
    return nearest


@compiled_apart
def quickest_way(px, py, qx, qy, edges, corners, ways_s, back_s, speed, push):  # type: ignore[no-untyped-def]
    """Return the seconds of the quickest way from p to q, and the first corner that it goes round.

    The corner is NO_CORNER where the way is straight, or where there is none. `back_s` has room for a number a corner;
    what is in it is written over.
    """
    straight, bend = leg_s(math.hypot(qx - px, qy - py), speed, push), NO_CORNER
    if not is_blocked(px, py, qx, qy, edges):
        return straight, bend
    best = UNREACHED_S + straight
    for last in range(len(corners)):
        x, y = corners[last, 0], corners[last, 1]
        back_s[last] = np.inf
        if not is_blocked(x, y, qx, qy, edges):
            back_s[last] = leg_s(math.hypot(qx - x, qy - y), speed, push)
    for first in range(len(corners)):
        x, y = corners[first, 0], corners[first, 1]
        there = leg_s(math.hypot(x - px, y - py), speed, push)
        if there >= best or is_blocked(px, py, x, y, edges):
            continue
        for last in range(len(corners)):
            seconds = there + ways_s[first, last] + back_s[last]
            if seconds < best:
                best, bend = seconds, first
    return best, bend


@compiled
def _views(starts, ends, edges):  # type: ignore[no-untyped-def]
    found = np.zeros((len(starts), len(ends)), dtype=np.bool_)
    inside = np.empty(len(ends), dtype=np.bool_)
    for end in range(len(ends)):
        inside[end] = is_within(ends[end, 0], ends[end, 1], edges)
    for start in range(len(starts)):
        x, y = starts[start, 0], starts[start, 1]
        if is_within(x, y, edges):
            for end in range(len(ends)):
                found[start, end] = inside[end] and not is_blocked(x, y, ends[end, 0], ends[end, 1], edges)
    return found


@compiled
def _views_beside(starts, ends, edges):  # type: ignore[no-untyped-def]
    found = np.zeros(len(starts), dtype=np.bool_)
    for row in range(len(starts)):
        x, y, to_x, to_y = starts[row, 0], starts[row, 1], ends[row, 0], ends[row, 1]
        within = is_within(x, y, edges) and is_within(to_x, to_y, edges)
        found[row] = within and not is_blocked(x, y, to_x, to_y, edges)
    return found
