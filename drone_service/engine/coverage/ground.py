"""Rows across a field, and how much of them strips cover. Compiled for the search."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon, Polygon

from drone_service.engine.compiled import compiled_apart, compiled_lean
from drone_service.engine.coverage.hops import Air, air_arrays
from drone_service.engine.coverage.room import Room
from drone_service.engine.coverage.sight import ring_edges
from drone_service.engine.coverage.swaths import turn

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Steps = NDArray[np.int32]
ROWS_A_SWATH = 4
FEWEST_ROWS, MOST_ROWS = 40, 140
"""Rows of a field: four for each width of a strip, within these bounds."""
STEPS_M = 1_000
"""Places on a row are whole steps, so many a metre: what is added and taken away again leaves nothing behind."""
FAR = 2**30
"""A place beyond every field, in steps."""
CLEAR_PRICE = 400
"""Spray where none may be weighs as much as this many times its area outside: more than the floor is worth."""
SKEW = 0.35
"""The rows lie aslant to the lines (radians): along them, a strip would gain or lose whole rows at once."""
FLAT = 1e-9
"""A side whose direction differs less from that of the rows, or of the columns, bounds none of them."""


class Rows(NamedTuple):
    """Rows of a field and where each strip lies on them, in steps, in the turned frame.

    What is covered is measured along each row and counts for the ground half-way to the next ones. Where points were
    counted instead, lines came to rest so that the gaps between them fell between the points.
    """

    inside: Steps
    """Where each row enters and leaves the field, in order, shape (rows, crossings); the rest is FAR."""
    clear: Steps
    """The same for what must stay free of spray."""
    left: Steps
    """Where the strip in each slot begins, shape (rows, slots); FAR where it does not lie on the row."""
    right: Steps
    """Where it ends; -FAR where it does not lie on the row."""
    first: Ints
    """The first row under the strip in each slot."""
    beyond: Ints
    """One past the last of them; 0 for a slot without a strip."""
    slots: Ints
    """One number: no slot from this one on has held a strip."""
    west: float
    """Where steps are counted from."""
    south: float
    """Where the first row is."""
    row_m: float
    half_m: float
    """Half the width of a strip."""
    step_m2: float
    """The area of a step on a row."""


@dataclass(frozen=True, eq=False)
class Ground:
    """Rows over a field turned by minus `angle`. Lines stay inside `edges`, flights inside `air`."""

    angle: float
    inside: Steps
    clear: Steps
    west: float
    south: float
    row_m: float
    area_m2: float
    """The area of the field as the rows measure it, less what must stay free of spray."""
    surplus_m2: float
    """How much more that is than the field has."""
    edges: Floats
    air: Air

    @classmethod
    def of(cls, room: Room, angle: float, swath_m: float, fineness: int = 1) -> Ground:
        """Lay rows over a field for lines that run roughly at an angle in radians; more of them if finer."""
        aslant = angle + SKEW
        air = air_arrays(room.air)
        air_edges = turn(air.edges.reshape(-1, 2), -aslant).reshape(-1, 4)
        air = air._replace(edges=air_edges, corners=turn(air.corners, -aslant))
        west, low, _, high = _turned(room.shape, aslant).bounds
        low, high = low - swath_m / 2, high + swath_m / 2
        count = fineness * int(np.clip((high - low) / swath_m * ROWS_A_SWATH, FEWEST_ROWS, MOST_ROWS))
        row_m = (high - low) / count
        levels = low + row_m * (np.arange(count, dtype=np.float64) + 0.5)
        wet = room.shape if room.spray_shy.is_empty else room.shape.difference(room.spray_shy)
        inside, clear = (_crossings(_turned(area, aslant), west, levels) for area in (wet, room.spray_shy))
        area_m2 = float((inside[:, 1::2].astype(np.int64) - inside[:, 0::2]).sum()) * row_m / STEPS_M
        edges, south = ring_edges(_turned(room.fence, aslant)), float(levels[0])
        return cls(aslant, inside, clear, west, south, row_m, area_m2, area_m2 - wet.area, edges, air)

    def rows(self, swath_m: float, slots: int) -> Rows:
        """Return the rows without a strip on them."""
        shape = len(self.inside), slots
        left, right = np.full(shape, FAR, dtype=np.int32), np.full(shape, -FAR, dtype=np.int32)
        first, beyond, used = (np.zeros(count, dtype=np.int64) for count in (slots, slots, 1))
        where = self.west, self.south, self.row_m, swath_m / 2, self.row_m / STEPS_M
        return Rows(self.inside, self.clear, left, right, first, beyond, used, *where)


def _turned(region: Polygon | MultiPolygon, aslant: float) -> Polygon | MultiPolygon:
    return shapely.transform(region, lambda points: turn(points, -aslant))


def _crossings(region: Polygon | MultiPolygon, west: float, levels: Floats) -> Steps:
    """Return where rows at levels enter and leave a region, in order, in steps; what is left over is FAR."""
    edges = ring_edges(region)
    row, edge = np.nonzero((edges[:, 1] <= levels[:, None]) != (edges[:, 3] <= levels[:, None]))
    share = (levels[row] - edges[edge, 1]) / (edges[edge, 3] - edges[edge, 1])
    place = edges[edge, 0] + share * (edges[edge, 2] - edges[edge, 0]) - west
    order = np.lexsort((place, row))
    count = np.bincount(row, minlength=len(levels))
    column = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    found = np.full((len(levels), max(2, int(count.max()))), FAR, dtype=np.int32)
    found[row[order], column] = np.rint(place[order] * STEPS_M)
    return found


@compiled_lean
def _sides(rows, lines, line):  # type: ignore[no-untyped-def]
    """Return the strip of a line as rows see it: between two pairs of parallel sides, in steps.

    Slope for each row, left and right side on row 0 of the long sides and of the short ones, then the first row under
    the strip and one past the last. Line -1 is no strip, as is a line without length.
    """
    length = 0.0
    if line >= 0:
        length = math.hypot(lines[line, 2] - lines[line, 0], lines[line, 3] - lines[line, 1])
    if length < 1e-9:
        return 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, len(rows.left), 0
    x, y, half = lines[line, 0] - rows.west, lines[line, 1] - rows.south, rows.half_m
    ux, uy = (lines[line, 2] - lines[line, 0]) / length, (lines[line, 3] - lines[line, 1]) / length
    low = y + min(0.0, uy * length) - abs(ux) * half
    high = y + max(0.0, uy * length) + abs(ux) * half
    lean = across = 0.0
    lean_left = across_left = -FAR / STEPS_M
    lean_right = across_right = FAR / STEPS_M
    if abs(uy) >= FLAT:
        lean = ux / uy
        lean_left, lean_right = x - lean * y - half / abs(uy), x - lean * y + half / abs(uy)
    if abs(ux) >= FLAT:
        across = -uy / ux
        across_left, across_right = x - across * y + min(0.0, length / ux), x - across * y + max(0.0, length / ux)
    first = max(0, math.ceil(low / rows.row_m))
    beyond = min(len(rows.left), math.floor(high / rows.row_m) + 1)
    slope = rows.row_m * STEPS_M
    return (
        lean * slope,
        lean_left * STEPS_M,
        lean_right * STEPS_M,
        across * slope,
        across_left * STEPS_M,
        across_right * STEPS_M,
        first,
        beyond,
    )


@compiled_lean
def _span(strip, row):  # type: ignore[no-untyped-def]
    """Return where a strip begins and ends on a row."""
    lean, lean_left, lean_right, across, across_left, across_right, first, beyond = strip
    if row < first or row >= beyond:
        return FAR, -FAR
    left = math.floor(max(lean_left + lean * row, across_left + across * row) + 0.5)
    right = math.floor(min(lean_right + lean * row, across_right + across * row) + 0.5)
    return (left, right) if left < right else (FAR, -FAR)


@compiled_lean
def _shared(crossings, row, begin, end):  # type: ignore[no-untyped-def]
    """Return how much of a stretch of a row lies between crossings."""
    shared = 0
    for column in range(0, crossings.shape[1], 2):
        if crossings[row, column] >= end:
            break
        shared += max(0, min(end, crossings[row, column + 1]) - max(begin, crossings[row, column]))
    return shared


@compiled_lean
def _laid(rows, row, begin, end):  # type: ignore[no-untyped-def]
    """Return how many steps of a stretch are covered, outside and covered once more if one more strip lies there."""
    left, right = rows.left, rows.right
    covered = outside = free = 0
    place = begin
    while place < end:
        # On to the end of what other strips cover here, else up to the next of them.
        here = np.int32(place)
        beyond, following = here, np.int32(end)
        for other in range(rows.slots[0]):
            if left[row, other] <= here:
                beyond = max(beyond, right[row, other])
            else:
                following = min(following, left[row, other])
        if beyond > here:
            place = np.int64(beyond)
            continue
        within, barred = _shared(rows.inside, row, place, following), _shared(rows.clear, row, place, following)
        covered += within
        outside += following - place - within + (CLEAR_PRICE - 1) * barred
        free += following - place
        place = following
    return covered, outside, end - begin - free


@compiled_apart
def exchange(rows, slot, lines, line, write):  # type: ignore[no-untyped-def]
    """Return the change of steps covered, outside and covered twice when a line's strip takes the place in a slot.

    `line` is its number, -1 where only the old strip goes. Only what lies under one of the two strips and not under
    both is looked at. The change is booked if `write` says so.
    """
    left, right = rows.left, rows.right
    strip = _sides(rows, lines, line)
    covered = outside = twice = 0
    first, beyond = strip[6], strip[7]
    if rows.beyond[slot] > 0:
        first, beyond = min(first, rows.first[slot]), max(beyond, rows.beyond[slot])
    if write:
        rows.first[slot], rows.beyond[slot] = strip[6], strip[7]
        rows.slots[0] = max(rows.slots[0], slot + 1)
    for row in range(first, beyond):
        old = left[row, slot], right[row, slot]
        new = _span(strip, row)
        a, b, c, d = np.int64(old[0]), np.int64(old[1]), np.int64(new[0]), np.int64(new[1])
        if a >= b:
            a = b = c
        if c >= d:
            c = d = b
        left[row, slot], right[row, slot] = FAR, -FAR
        for begin, end in ((a, min(b, c)), (max(a, d), b)):
            if begin < end:
                found = _laid(rows, row, begin, end)
                covered, outside, twice = covered - found[0], outside - found[1], twice - found[2]
        for begin, end in ((c, min(d, a)), (max(c, b), d)):
            if begin < end:
                found = _laid(rows, row, begin, end)
                covered, outside, twice = covered + found[0], outside + found[1], twice + found[2]
        left[row, slot], right[row, slot] = new if write else old
    return covered, outside, twice
