"""Sample points over a field, and how many of them strips cover. Compiled for the search."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon, Polygon

from drone_service.engine.compiled import compiled, compiled_apart, compiled_lean
from drone_service.engine.coverage.hops import Air, air_arrays
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
FLAT = 1e-9
"""A side whose direction differs less from that of the rows, or of the columns, bounds none of them."""


class Points(NamedTuple):
    """Sample points and the number of strips over each, in the turned frame."""

    inside: NDArray[np.uint8]
    strips: NDArray[np.int16]
    west: float
    south: float
    cell_m: float
    half_m: float
    """Half the width of a strip."""


@dataclass(frozen=True, eq=False)
class Ground:
    """Sample points over a field turned by minus `angle`, shape (rows, columns).

    `inside` is 1 where the field is and 2 where no spray may go. Lines stay inside `edges`, flights inside `air`.
    """

    angle: float
    inside: NDArray[np.uint8]
    west: float
    south: float
    cell_m: float
    edges: Floats
    air: Air

    @classmethod
    def of(cls, room: Room, angle: float, swath_m: float, min_coverage: float) -> Ground:
        """Sample a field for lines that run roughly at an angle in radians."""
        aslant, shape = angle + SKEW, room.shape
        fence = ring_edges(_turned(room.fence, aslant))
        air = air_arrays(room.air)
        air_edges = turn(air.edges.reshape(-1, 2), -aslant).reshape(-1, 4)
        air = air._replace(edges=air_edges, corners=turn(air.corners, -aslant))
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
        return cls(aslant, inside, west, south, cell_m, fence, air)

    def points(self, swath_m: float) -> Points:
        """Return the sample points without a strip over them."""
        strips = np.zeros(self.inside.shape, dtype=np.int16)
        return Points(self.inside, strips, self.west, self.south, self.cell_m, swath_m / 2)


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


@compiled_lean
def _sides(points, lines, row):  # type: ignore[no-untyped-def]
    """Return the strip of a line as rows of sample points see it: between two pairs of parallel sides.

    In steps of the grid: slope, left and right side in row 0 of the long sides and of the short ones, then the rows
    between which the strip lies. Row -1 is no strip, as is a line without length.
    """
    west, south, cell_m = points.west, points.south, points.cell_m
    length = 0.0
    if row >= 0:
        length = math.hypot(lines[row, 2] - lines[row, 0], lines[row, 3] - lines[row, 1])
    if length < 1e-9:
        return 0.0, -np.inf, np.inf, 0.0, -np.inf, np.inf, np.inf, -np.inf
    x, y, half = (lines[row, 0] - west) / cell_m, (lines[row, 1] - south) / cell_m, points.half_m / cell_m
    ux, uy, long = (lines[row, 2] - lines[row, 0]) / length, (lines[row, 3] - lines[row, 1]) / length, length / cell_m
    low = y + min(0.0, uy * long) - abs(ux) * half
    high = y + max(0.0, uy * long) + abs(ux) * half
    lean = lean_left = lean_right = 0.0
    across = across_left = across_right = 0.0
    if abs(uy) < FLAT:
        lean_left, lean_right = -np.inf, np.inf
    else:
        lean = ux / uy
        lean_left, lean_right = x - lean * y - half / abs(uy), x - lean * y + half / abs(uy)
    if abs(ux) < FLAT:
        across_left, across_right = -np.inf, np.inf
    else:
        across = -uy / ux
        across_left, across_right = x - across * y + min(0.0, long / ux), x - across * y + max(0.0, long / ux)
    return lean, lean_left, lean_right, across, across_left, across_right, low, high


@compiled_lean
def _span(strip, row, columns):  # type: ignore[no-untyped-def]
    """Return the first column under a strip in a row of sample points, and one past the last."""
    lean, lean_left, lean_right, across, across_left, across_right, low, high = strip
    if row < low or row >= high:
        return 0, 0
    left = max(lean_left + lean * row, across_left + across * row)
    right = min(lean_right + lean * row, across_right + across * row)
    if right < left:
        return 0, 0
    first = max(0, math.ceil(left))
    return first, max(first, min(columns, math.floor(right) + 1))


@compiled_lean
def _lift(count, inside, row, first, last, write):  # type: ignore[no-untyped-def]
    """Take a strip off a stretch of a row; return the change of points inside, outside and twice covered."""
    covered = outside = twice = 0
    for column in range(first, last):
        if count[row, column] > 1:
            twice -= 1
        elif inside[row, column] == 1:
            covered -= 1
        else:
            outside -= 1 if inside[row, column] == 0 else CLEAR_POINTS
        if write:
            count[row, column] -= 1
    return covered, outside, twice


@compiled_lean
def _lay(count, inside, row, first, last, write):  # type: ignore[no-untyped-def]
    """Lay a strip over a stretch of a row; return the change of points inside, outside and twice covered."""
    covered = outside = twice = 0
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


@compiled_apart
def exchange(points, old_lines, old, new_lines, new, write):  # type: ignore[no-untyped-def]
    """Return the change of points inside, outside and twice covered when one strip takes the place of another.

    The strips are rows `old` and `new` of arrays of lines, -1 for none. Only rows and columns that lie under one of the
    two and not under both are looked at. The change is booked if `write` says so.
    """
    count, inside = points.strips, points.inside
    rows, columns = count.shape
    before, after = _sides(points, old_lines, old), _sides(points, new_lines, new)
    covered = outside = twice = 0
    low, high = min(before[6], after[6]), max(before[7], after[7])
    if high < low:
        return covered, outside, twice
    for row in range(max(0, math.ceil(low)), min(rows - 1, math.floor(high)) + 1):
        a, b = _span(before, row, columns)
        c, d = _span(after, row, columns)
        if d <= c:
            c = d = b
        if b <= a:
            a = b = c
        one = _lift(count, inside, row, a, min(b, c), write)
        two = _lift(count, inside, row, max(a, d), b, write)
        three = _lay(count, inside, row, c, min(d, a), write)
        four = _lay(count, inside, row, max(c, b), d, write)
        covered += one[0] + two[0] + three[0] + four[0]
        outside += one[1] + two[1] + three[1] + four[1]
        twice += one[2] + two[2] + three[2] + four[2]
    return covered, outside, twice
