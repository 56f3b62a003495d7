"""What a GPS leaves on a walked line besides wobble: the same place again, a spike, a small loop. In metres."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from drone_service.engine.geometry.validate import SelfCrossing

Floats = NDArray[np.float64]
REPEAT_M = 0.01
"""Positions are sent to the seventh decimal of a degree, which is a centimetre."""
FLAT_M = 0.001
SPIKE_SIN = math.sin(math.radians(15))
"""A corner sharper than this, longer than the accuracy and no wider, is a way out and back (c)."""
LOOP_REACH = 2.0
"""Two fixes of one place are apart by twice the accuracy at most; a loop within that of its crossing is noise (c)."""
MAX_LOOP_SHARE = 0.25
"""A loop longer than this share of the whole way is no detail of it."""
MAX_CROSSINGS = 20
"""Crossings for each point above which a line is a scribble: to look at all of one with 5,000 points takes minutes."""
CHUNK = 250


@dataclass(frozen=True, eq=False)
class Line:
    """A closed line, its closing point left out, and which walked points each of its points stands for."""

    points: Floats
    source: NDArray[np.int64]
    """The number of the walked point it is, −1 for a new one."""
    stands_for: tuple[frozenset[int], ...]

    @classmethod
    def walked(cls, points: Floats) -> Line:
        """Return the line as it was walked."""
        return cls(points, np.arange(len(points)), tuple(frozenset([number]) for number in range(len(points))))

    def picked(self, keep: NDArray[np.bool_]) -> Line:
        """Return the line with some of its points."""
        stands_for = tuple(one for one, kept in zip(self.stands_for, keep, strict=True) if kept)
        return Line(self.points[keep], self.source[keep], stands_for)

    def left_out(self, keep: NDArray[np.bool_]) -> set[int]:
        """Return the walked points behind those that are not picked."""
        return {number for one, kept in zip(self.stands_for, keep, strict=True) if not kept for number in one}


def drop_repeats(line: Line) -> Line:
    """Keep one of points that follow each other within a centimetre."""
    keep = np.ones(len(line.points), dtype=bool)
    last = 0
    for number in range(1, len(keep)):
        keep[number] = math.dist(line.points[last], line.points[number]) > REPEAT_M
        last = number if keep[number] else last
    if last and math.dist(line.points[last], line.points[0]) <= REPEAT_M:
        keep[last] = False
    return line if keep.all() or keep.sum() < 3 else line.picked(keep)


def drop_spikes(line: Line, accuracy_m: float) -> tuple[Line, int, set[int]]:
    """Drop tips of ways out and back, until none is left. Returns the line, how many, and the walked points in them."""
    dropped: set[int] = set()
    count = 0
    while len(line.points) > 3:
        keep = ~_tips(line.points, accuracy_m)
        # Next to a tip its neighbour looks like one too; and three points must stay.
        for number in np.flatnonzero(~keep).tolist():
            keep[number] = not keep[number - 1] or keep.sum() < 3
        if keep.all():
            break
        count += int((~keep).sum())
        dropped |= line.left_out(keep)
        line = drop_repeats(line.picked(keep))
    return line, count, dropped


def _tips(points: Floats, accuracy_m: float) -> NDArray[np.bool_]:
    back, on = np.roll(points, 1, axis=0) - points, np.roll(points, -1, axis=0) - points
    back_m, on_m = np.hypot(*back.T), np.hypot(*on.T)
    leg_m = np.minimum(back_m, on_m)
    sine = np.abs(back[:, 0] * on[:, 1] - back[:, 1] * on[:, 0]) / np.maximum(back_m * on_m, 1e-12)
    gap_m = leg_m * sine
    is_spike = (leg_m > accuracy_m) & (gap_m <= accuracy_m) & (sine <= SPIKE_SIN)
    turns_back = (back * on).sum(axis=1) > 0
    return np.asarray(turns_back & ((gap_m <= FLAT_M) | is_spike))


def cut_loops(line: Line, accuracy_m: float) -> tuple[Line, int, set[int]]:
    """Cut off loops that the accuracy explains at their crossing, the shortest first, one layer of them.

    Returns the line, how many, and the walked points in them. Raises SelfCrossing where the line crosses itself and
    none of its loops is noise.
    """
    count = len(line.points)
    leg_m = np.hypot(*(np.roll(line.points, -1, axis=0) - line.points).T)
    way_m = np.concatenate(([0.0], np.cumsum(leg_m)))
    found = []
    for one, other in _crossings(line.points):
        inner_m = way_m[other] - way_m[one]
        first, last = (one, other) if inner_m <= way_m[-1] / 2 else (other, one)
        found.append((min(inner_m, way_m[-1] - inner_m), first, last))
    touched, keep = np.zeros(count, dtype=bool), np.ones(count, dtype=bool)
    places: dict[int, Floats] = {}
    for length_m, first, last in sorted(found):
        way = np.arange(first, last + 1 if last > first else last + count + 1) % count
        if length_m > MAX_LOOP_SHARE * way_m[-1] or touched[way].any():
            continue
        place = _meeting(line.points, first, last)
        if _is_noise(line.points[way[1:]], place, accuracy_m):
            touched[way], keep[way[1:]], places[first] = True, False, place
    if not found:
        return line, 0, set()
    if not places or keep.sum() + len(places) < 3:
        raise SelfCrossing(where=str(found[0][1:]))
    return _with_places(line, keep, places), len(places), line.left_out(keep)


def _crossings(points: Floats) -> list[tuple[int, int]]:
    """Return the pairs of legs that meet without following each other, the lower number first."""
    count = len(points)
    legs = shapely.linestrings(np.stack((points, np.roll(points, -1, axis=0)), axis=1))
    tree, found = shapely.STRtree(legs), []
    for start in range(0, count, CHUNK):
        one, other = tree.query(legs[start : start + CHUNK], predicate="intersects")
        one = one + start
        apart = (other > one + 1) & ~((one == 0) & (other == count - 1))
        found += list(zip(one[apart].tolist(), other[apart].tolist(), strict=True))
        if len(found) > MAX_CROSSINGS * count:
            raise SelfCrossing(where="everywhere")
    return found


def _meeting(points: Floats, one: int, other: int) -> Floats:
    legs = [shapely.LineString((points[leg], points[(leg + 1) % len(points)])) for leg in (one, other)]
    meeting = shapely.get_coordinates(legs[0].intersection(legs[1]))
    # They meet by the predicate, which is exact; the point is not, and may be missed by a hair.
    return np.asarray(meeting[0] if len(meeting) else points[(one + 1) % len(points)])


def _is_noise(loop: Floats, place: Floats, accuracy_m: float) -> bool:
    """Tell whether a loop stays near its crossing or is nowhere wider than the accuracy."""
    if (np.hypot(*(loop - place).T) <= LOOP_REACH * accuracy_m).all():
        return True
    polygon = shapely.Polygon(np.vstack((place, loop)))
    return bool(polygon.is_valid and polygon.buffer(-accuracy_m / 2).is_empty)


def _with_places(line: Line, keep: NDArray[np.bool_], places: dict[int, Floats]) -> Line:
    points, source, stands_for = [], [], []
    for number in range(len(keep)):
        if keep[number]:
            points.append(line.points[number])
            source.append(int(line.source[number]))
            stands_for.append(line.stands_for[number])
        if number in places:
            points.append(places[number])
            source.append(-1)
            stands_for.append(frozenset())
    return Line(np.array(points), np.array(source, dtype=np.int64), tuple(stands_for))
