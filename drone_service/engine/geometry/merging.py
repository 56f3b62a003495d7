"""Corners of a closed line in metres merged two by two, the cheapest pair first, each into a point that keeps the area.

The pair B, C between A and D becomes E on the line along A–D on which A, E, D enclose what A, B, C, D did
(r: Kronenfeld and others 2020, "Simplification of polylines by segment collapse: minimizing areal displacement while
preserving area"). Merges go on until the next would move the line too far, so a second run finds nothing to do.
"""

from __future__ import annotations

import heapq
import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from drone_service.engine.geometry.tangles import Line

Point = tuple[float, float]
FEWEST = 4
"""A triangle has no pair that could be merged."""
TINY = 1e-9


class _Merge(NamedTuple):
    moved_m: float
    first: int
    version: int
    place: Point


def merged(line: Line, reach_m: float) -> Line:
    """Merge pairs of corners as long as one merge moves the line by at most `reach_m` and lets no sides meet."""
    if len(line.points) < FEWEST:
        return line
    return _Merging(line, reach_m).run()


class _Merging:
    """The line as a ring of links: merging takes one point out and puts its neighbour elsewhere."""

    def __init__(self, line: Line, reach_m: float) -> None:
        self.line, self.reach_m = line, reach_m
        self.count = len(line.points)
        self.at: list[Point] = [(float(x), float(y)) for x, y in line.points]
        self.next = [*range(1, self.count), 0]
        self.before = [self.count - 1, *range(self.count - 1)]
        self.version = [0] * self.count
        self.is_left = np.ones(self.count, dtype=bool)
        self.stands_for = list(line.stands_for)
        self.source = line.source.copy()
        # The legs for looking at all of them at once; those that are gone are not a number and meet nothing.
        self.starts, self.ends = line.points.copy(), np.roll(line.points, -1, axis=0)
        self.waiting: list[_Merge] = []

    def run(self) -> Line:
        for first in range(self.count):
            self._offer(first)
        left = self.count
        while self.waiting and left >= FEWEST:
            merge = heapq.heappop(self.waiting)
            if self.version[merge.first] == merge.version and self._is_free(merge):
                self._do(merge)
                left -= 1
        points = np.array(self.at)[self.is_left]
        kept = np.flatnonzero(self.is_left)
        return Line(points, self.source[kept], tuple(self.stands_for[number] for number in kept.tolist()))

    def _corners(self, first: int) -> tuple[int, int, int, int]:
        second = self.next[first]
        return self.before[first], first, second, self.next[second]

    def _offer(self, first: int) -> None:
        self.version[first] += 1
        a, b, c, d = (self.at[number] for number in self._corners(first))
        cheapest = min(((_moved_m(a, b, c, d, e), e) for e in _places(a, b, c, d)), default=None)
        if cheapest and cheapest[0] <= self.reach_m:
            heapq.heappush(self.waiting, _Merge(cheapest[0], first, self.version[first], cheapest[1]))

    def _do(self, merge: _Merge) -> None:
        a, b, c, d = self._corners(merge.first)
        self.at[b] = merge.place
        self.source[b] = -1
        self.stands_for[b] |= self.stands_for[c]
        self.next[b], self.before[d] = d, b
        self.is_left[c] = False
        self.version[c] += 1
        self.starts[c] = self.ends[c] = np.nan
        self.starts[b] = self.ends[a] = merge.place
        self.ends[b] = self.at[d]
        for first in {self.before[a], a, b, d}:
            self._offer(first)

    def _is_free(self, merge: _Merge) -> bool:
        a, b, c, d = self._corners(merge.first)
        for near, beside, leg in ((a, self.before[a], self.before[a]), (d, self.next[d], d)):
            meets = _meets(self.at[near], merge.place, self.starts, self.ends)
            meets[[a, b, c, leg]] = False
            if meets.any() or _folds(self.at[near], merge.place, self.at[beside]):
                return False
        return not _folds(merge.place, self.at[a], self.at[d])


def _places(a: Point, b: Point, c: Point, d: Point) -> list[Point]:
    """Return where A, E, D enclose what A, B, C, D do: on the sides drawn on, and over the middle of B and C."""
    ux, uy = d[0] - a[0], d[1] - a[1]
    base_m = math.hypot(ux, uy)
    if base_m < TINY:
        return []
    ux, uy = ux / base_m, uy / base_m
    height_b, height_c = (ux * (p[1] - a[1]) - uy * (p[0] - a[0]) for p in (b, c))
    along_b, along_c = (ux * (p[0] - a[0]) + uy * (p[1] - a[1]) for p in (b, c))
    # Twice the area over A–D, by the trapezoids below A–B, B–C and C–D.
    doubled_m2 = along_b * height_b + (along_c - along_b) * (height_b + height_c) + (base_m - along_c) * height_c
    height_m = doubled_m2 / base_m
    alongs = [(along_b + along_c) / 2]
    if abs(height_b) > TINY:
        alongs.append(along_b * height_m / height_b)
    if abs(height_c) > TINY:
        alongs.append(base_m - (base_m - along_c) * height_m / height_c)
    return [(a[0] + ux * along - uy * height_m, a[1] + uy * along + ux * height_m) for along in alongs]


def _moved_m(a: Point, b: Point, c: Point, d: Point, e: Point) -> float:
    """Return how far the corners of A, B, C, D and of A, E, D are from the other line at most."""
    there = max(min(_away_m(p, a, e), _away_m(p, e, d)) for p in (b, c))
    return max(there, min(_away_m(e, a, b), _away_m(e, b, c), _away_m(e, c, d)))


def _away_m(point: Point, start: Point, end: Point) -> float:
    dx, dy = end[0] - start[0], end[1] - start[1]
    px, py = point[0] - start[0], point[1] - start[1]
    squared = dx * dx + dy * dy
    share = min(max((px * dx + py * dy) / squared, 0.0), 1.0) if squared > 0 else 0.0
    return math.hypot(px - share * dx, py - share * dy)


def _folds(corner: Point, one: Point, other: Point) -> bool:
    """Tell whether two legs from a corner lie on each other."""
    ax, ay, bx, by = one[0] - corner[0], one[1] - corner[1], other[0] - corner[0], other[1] - corner[1]
    return ax * bx + ay * by >= 0 and abs(ax * by - ay * bx) <= 1e-6 * max(
        math.hypot(ax, ay) * math.hypot(bx, by), TINY
    )


def _meets(start: Point, end: Point, starts: NDArray[np.float64], ends: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which legs the way from start to end crosses or touches."""
    sx, sy, ex, ey = *start, *end
    dx, dy = ex - sx, ey - sy
    legs = ends - starts
    of_start = dx * (starts[:, 1] - sy) - dy * (starts[:, 0] - sx)
    of_end = dx * (ends[:, 1] - sy) - dy * (ends[:, 0] - sx)
    from_start = legs[:, 0] * (sy - starts[:, 1]) - legs[:, 1] * (sx - starts[:, 0])
    from_end = legs[:, 0] * (ey - starts[:, 1]) - legs[:, 1] * (ex - starts[:, 0])
    is_near = (np.minimum(starts[:, 0], ends[:, 0]) <= max(sx, ex)) & (
        np.maximum(starts[:, 0], ends[:, 0]) >= min(sx, ex)
    )
    is_near &= (np.minimum(starts[:, 1], ends[:, 1]) <= max(sy, ey)) & (
        np.maximum(starts[:, 1], ends[:, 1]) >= min(sy, ey)
    )
    return is_near & (of_start * of_end <= 0) & (from_start * from_end <= 0)
