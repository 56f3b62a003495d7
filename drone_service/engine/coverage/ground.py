"""Sample points over a field, and how many of them strips cover. Compiled for the search."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon, Polygon

from drone_service.engine.compiled import compiled
from drone_service.engine.coverage.room import Room
from drone_service.engine.coverage.sight import ring_edges
from drone_service.engine.coverage.swaths import turn

Floats = NDArray[np.float64]
FEWEST_POINTS = 3_000
MISSED_POINTS = 60
"""Points that the allowed remainder should hold: with fewer, lines settle where gaps fall between the points."""
MOST_POINTS = 40_000
POINT_M = 1.0
CLEAR_POINTS = 400
"""A point that must stay free of spray weighs as much as this many outside: more than the floor is worth."""
SKEW = 0.35
"""The sample grid lies aslant to the lines (radians): along them, a strip would gain or lose whole rows at once."""


@dataclass(frozen=True, eq=False)
class Ground:
    """Sample points over a field turned by minus `angle`, shape (rows, columns).

    `inside` is 1 where the field is and 2 where no spray may go. Lines stay inside `edges`, flights inside `air_edges`.
    """

    angle: float
    inside: NDArray[np.uint8]
    west: float
    south: float
    cell_m: float
    edges: Floats
    air_edges: Floats
    corners: Floats
    ways_s: Floats

    @classmethod
    def of(cls, room: Room, angle: float, swath_m: float, min_coverage: float) -> Ground:
        """Sample a field for lines that run roughly at an angle in radians."""
        aslant, shape, air = angle + SKEW, room.shape, room.air
        fence = ring_edges(_turned(room.fence, aslant))
        air_fence = fence if air.fence is room.fence else ring_edges(_turned(air.fence, aslant))
        rings = ring_edges(_turned(shape, aslant))
        fewest = max(FEWEST_POINTS, min(MISSED_POINTS / max(1e-9, 1 - min_coverage), MOST_POINTS))
        cells = float(np.clip(shape.area / POINT_M**2, fewest, MOST_POINTS))
        cell_m = math.sqrt(shape.area / cells)
        west, south = rings[:, [0, 2]].min() - swath_m / 2, rings[:, [1, 3]].min() - swath_m / 2
        columns = int((rings[:, [0, 2]].max() + swath_m / 2 - west) / cell_m) + 1
        rows = int((rings[:, [1, 3]].max() + swath_m / 2 - south) / cell_m) + 1
        inside = _fill(rings, west, south, cell_m, rows, columns)
        if not room.spray_shy.is_empty:
            inside[_fill(ring_edges(_turned(room.spray_shy, aslant)), west, south, cell_m, rows, columns) == 1] = 2
        corners = turn(air.corners, -aslant) if len(air.corners) else np.empty((0, 2))
        return cls(aslant, inside, west, south, cell_m, fence, air_fence, corners, air.corner_ways_s)


def _turned(region: Polygon | MultiPolygon, aslant: float) -> Polygon | MultiPolygon:
    return shapely.transform(region, lambda points: turn(points, -aslant))


@compiled
def _fill(rings, west, south, cell_m, rows, columns):  # type: ignore[no-untyped-def]
    inside = np.zeros((rows, columns), dtype=np.uint8)
    for row in range(rows):
        y = south + cell_m * row
        for edge in rings:
            if (edge[1] <= y) != (edge[3] <= y):
                x = edge[0] + (y - edge[1]) / (edge[3] - edge[1]) * (edge[2] - edge[0])
                first = max(0, math.ceil((x - west) / cell_m))
                for column in range(first, columns):
                    inside[row, column] ^= 1
    return inside


@compiled
def _corners_of(line, half_m):  # type: ignore[no-untyped-def]
    """Return the corners of a strip: x and y of four."""
    length = math.hypot(line[2] - line[0], line[3] - line[1])
    found = np.empty((2, 4))
    if length < 1e-9:
        found[:] = np.inf
        return found
    nx, ny = -(line[3] - line[1]) / length * half_m, (line[2] - line[0]) / length * half_m
    found[0, 0], found[0, 1], found[0, 2], found[0, 3] = line[0] + nx, line[2] + nx, line[2] - nx, line[0] - nx
    found[1, 0], found[1, 1], found[1, 2], found[1, 3] = line[1] + ny, line[3] + ny, line[3] - ny, line[1] - ny
    return found


@compiled
def _span(strip, y, west, cell_m, columns):  # type: ignore[no-untyped-def]
    """Return the first column under a strip in a row of sample points, and one past the last."""
    left, right = np.inf, -np.inf
    for side in range(4):
        ay, by = strip[1, side], strip[1, (side + 1) % 4]
        if (ay <= y) != (by <= y):
            x = strip[0, side] + (y - ay) / (by - ay) * (strip[0, (side + 1) % 4] - strip[0, side])
            left, right = min(left, x), max(right, x)
    if right < left:
        return 0, 0
    first = max(0, math.ceil((left - west) / cell_m))
    return first, max(first, min(columns, math.floor((right - west) / cell_m) + 1))


@compiled
def exchange(count, inside, frame, old, new, half_m, write):  # type: ignore[no-untyped-def]
    """Return the change of points inside, outside and twice covered when one strip takes the place of another.

    Only rows and columns that lie under one of the two strips and not under both are looked at.
    """
    west, south, cell_m = frame
    rows, columns = count.shape
    before, after = _corners_of(old, half_m), _corners_of(new, half_m)
    low, high = np.inf, -np.inf
    for side in range(4):
        for y in (before[1, side], after[1, side]):
            if y < np.inf:
                low, high = min(low, y), max(high, y)
    covered = outside = twice = 0
    if high < low:
        return covered, outside, twice
    for row in range(max(0, math.ceil((low - south) / cell_m)), min(rows - 1, int((high - south) / cell_m)) + 1):
        y = south + cell_m * row
        a, b = _span(before, y, west, cell_m, columns)
        c, d = _span(after, y, west, cell_m, columns)
        if d <= c:
            c = d = b
        if b <= a:
            a = b = c
        for first, last in ((a, min(b, c)), (max(a, d), b)):
            for column in range(first, last):
                if count[row, column] > 1:
                    twice -= 1
                elif inside[row, column] == 1:
                    covered -= 1
                else:
                    outside -= 1 if inside[row, column] == 0 else CLEAR_POINTS
                if write:
                    count[row, column] -= 1
        for first, last in ((c, min(d, a)), (max(c, b), d)):
            for column in range(first, last):
                if count[row, column] > 0:
                    twice += 1
                elif inside[row, column] == 1:
                    covered += 1
                else:
                    outside += 1 if inside[row, column] == 0 else CLEAR_POINTS
                if write:
                    count[row, column] += 1
    return covered, outside, twice
