"""Spray lines in one direction, many layouts at once: chords of the field found by numpy, priced by sampling."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon, Polygon

from drone_service.engine.coverage.kinematics import leg_s, one_leg_s
from drone_service.engine.coverage.settings import FlightSettings

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
GRID_DEG = 15.0
MAX_EDGE_DIRECTIONS = 12
ALIKE_DEG = 2.0
"""Directions closer than this are one: polishing turns lines further than that."""
LAYOUTS_EACH = 5
"""Layouts of one direction that are compared with those of the others."""
SHORTEST_LINE_M = 0.3
"""A chord shorter than this sprays nothing worth a stop."""
BELOW_FLOOR_PRICE = 6.0
"""What a square metre missing to the floor costs while directions are compared: it needs an extra line."""


@dataclass(frozen=True, eq=False)
class Edges:
    """The edges of a field turned so that spray lines run along the first axis."""

    along: Floats
    across: Floats

    @classmethod
    def of(cls, field: Polygon | MultiPolygon, angle: float) -> Edges:
        """Turn the edges of a field by minus an angle in radians."""
        points, first, last = _outline(field)
        turned = turn(points, -angle)
        along, across = turned[:, 0], turned[:, 1]
        return cls(np.stack((along[first], along[last]), axis=1), np.stack((across[first], across[last]), axis=1))

    def chords(self, levels: Floats) -> tuple[Ints, Floats, Floats]:
        """Return the chords at each level: index of the level, begin and end, sorted along each level."""
        low, high = self.across[:, 0], self.across[:, 1]
        crossing = (low[None, :] <= levels[:, None]) != (high[None, :] <= levels[:, None])
        level, edge = np.nonzero(crossing)
        share = (levels[level] - low[edge]) / (high[edge] - low[edge])
        place = self.along[edge, 0] + share * (self.along[edge, 1] - self.along[edge, 0])
        order = np.lexsort((place, level))
        level, place = level[order], place[order]
        return level[0::2], place[0::2], place[1::2]


@lru_cache(maxsize=4)
def _outline(field: Polygon | MultiPolygon) -> tuple[Floats, Ints, Ints]:
    """Return the points of a field and the numbers of those where each edge begins and ends."""
    points, ring = shapely.get_coordinates(shapely.get_rings(shapely.get_parts(field)), return_index=True)
    first = np.flatnonzero(ring[1:] == ring[:-1])
    return points, first, first + 1


@dataclass(frozen=True, eq=False)
class Layout:
    """Parallel lines of one direction: `row` numbers them across, `begin` and `end` are places along."""

    angle: float
    step_m: float
    row: Ints
    level: Floats
    begin: Floats
    end: Floats
    price_s: float = math.inf
    short_m2: float = 0.0
    """What is missing to the floor, by the sample."""

    def lines(self) -> Floats:
        """Return the lines in field metres, shape (n, 2, 2)."""
        starts = turn(np.column_stack((self.begin, self.level)), self.angle)
        ends = turn(np.column_stack((self.end, self.level)), self.angle)
        return np.stack((starts, ends), axis=1)


def turn(points: Floats, angle: float) -> Floats:
    """Rotate points around the origin by an angle in radians."""
    cos, sin = math.cos(angle), math.sin(angle)
    turned = np.empty((len(points), 2))
    turned[:, 0] = points[:, 0] * cos - points[:, 1] * sin
    turned[:, 1] = points[:, 0] * sin + points[:, 1] * cos
    return turned


def directions(field: Polygon | MultiPolygon, swath_m: float) -> list[float]:
    """Return directions worth trying, in radians below π: those of long edges, of the hull, and a grid."""
    tidy = field.simplify(swath_m / 10)
    edges = Edges.of(tidy, 0.0)
    hull = Edges.of(field.convex_hull, 0.0) if field.convex_hull.geom_type == "Polygon" else edges
    angles, lengths = np.concatenate([_bearing(edges), _bearing(hull)], axis=1)
    longest = np.argsort(-lengths, kind="stable")[: 2 * MAX_EDGE_DIRECTIONS]
    found: list[float] = []
    for angle in [*angles[longest], *np.arange(0, math.pi, math.radians(GRID_DEG))]:
        if all(_apart(angle, other) > math.radians(ALIKE_DEG) for other in found):
            found.append(float(angle))
    return found


def _bearing(edges: Edges) -> Floats:
    away = np.stack((edges.along[:, 1] - edges.along[:, 0], edges.across[:, 1] - edges.across[:, 0]))
    # Rounded, so that an outline drawn the other way round gives the very same directions.
    return np.stack((np.round(np.arctan2(away[1], away[0]) % math.pi, 9) % math.pi, np.hypot(away[0], away[1])))


def _apart(one: float, other: float) -> float:
    gap = abs(one - other) % math.pi
    return min(gap, math.pi - gap)


def layouts(field: Polygon | MultiPolygon, angle: float, settings: FlightSettings) -> list[Layout]:
    """Lay lines in one direction in several ways and return the cheapest, in order."""
    edges = Edges.of(field, angle)
    low, high = float(edges.across.min()), float(edges.across.max())
    ways = _levels(low, high, settings.swath_m)
    counts = np.array([len(levels) for levels, _ in ways])
    way = np.repeat(np.arange(len(ways)), counts)
    row = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    levels = np.concatenate([levels for levels, _ in ways])
    place, begin, end = edges.chords(levels)
    keep = end - begin > SHORTEST_LINE_M
    place = place[keep]
    steps_m = np.array([step for _, step in ways])
    batch = _Batch(way[place], row[place], levels[place], begin[keep], end[keep], steps_m)
    price_s, short_m2 = _prices(batch, _Sample.of(edges, low, high, settings.swath_m), settings)
    cheapest = np.argsort(price_s, kind="stable")[:LAYOUTS_EACH].tolist()
    return [batch.layout(index, angle, float(price_s[index]), float(short_m2[index])) for index in cheapest]


@dataclass(frozen=True, eq=False)
class _Batch:
    """The lines of all layouts of one direction, one layout after the other: numpy is slow on short arrays."""

    way: Ints
    row: Ints
    level: Floats
    begin: Floats
    end: Floats
    step_m: Floats

    def layout(self, index: int, angle: float, price_s: float, short_m2: float) -> Layout:
        """Return one of the layouts."""
        first, last = np.searchsorted(self.way, (index, index + 1)).tolist()
        here, step_m = slice(first, last), float(self.step_m[index])
        lines = self.row[here], self.level[here], self.begin[here], self.end[here]
        return Layout(angle, step_m, *lines, price_s, short_m2)

    def sums(self, values: Floats, way: Ints) -> Floats:
        """Add values up by layout."""
        return np.bincount(way, values, minlength=len(self.step_m)).astype(np.float64)


def _levels(low: float, high: float, swath_m: float) -> list[tuple[Floats, float]]:
    """Return the levels of the lines and their step for each way to lay them over an extent.

    Evenly, flush with both sides, full steps from the middle or from either side, one line fewer or more.
    """
    extent = high - low
    full = max(1, math.ceil(extent / swath_m - 1e-6))
    ways: list[tuple[int, float, float]] = []
    for count in (full - 1, full, full + 1):
        if count < 1:
            continue
        loose = extent - count * swath_m
        ways.append((count, swath_m, low + (loose + swath_m) / 2))
        if loose < 0:
            ways.append((count, extent / count, low + extent / count / 2))
            if count > 1:
                ways.append((count, (extent - swath_m) / (count - 1), low + swath_m / 2))
        ways.append((count, swath_m, low + swath_m / 2))
        ways.append((count, swath_m, high - swath_m / 2 - (count - 1) * swath_m))
    if low >= high:
        return []
    inside = [
        (first + step * np.arange(count), step) for count, step, first in ways if step >= swath_m / 2 or count == 1
    ]
    # A line on the very edge has no chord: it is pulled inside by a hair.
    return [(np.minimum(np.maximum(levels, low + 1e-3), high - 1e-3), step) for levels, step in inside]


@dataclass(frozen=True, eq=False)
class _Sample:
    """Chords of the field at many levels: what a layout covers is measured on them."""

    level: Floats
    begin: Floats
    end: Floats
    weight_m: float
    area_m2: float

    @classmethod
    def of(cls, edges: Edges, low: float, high: float, swath_m: float) -> _Sample:
        count = int(np.clip((high - low) / swath_m * 8, 32, 400))
        weight_m = (high - low) / count
        levels: Floats = low + weight_m * (np.arange(count, dtype=np.float64) + 0.5)
        row, begin, end = edges.chords(levels)
        return cls(levels[row], begin, end, weight_m, float((end - begin).sum() * weight_m))


def _prices(batch: _Batch, sample: _Sample, settings: FlightSettings) -> tuple[Floats, Floats]:
    """Return the price of each layout in seconds, and the area that it lacks to the floor."""
    missed_m2, outside_m2 = _left_out(batch, sample, settings.swath_m)
    allowed_m2 = (1 - settings.min_coverage) * sample.area_m2
    waste_m2 = settings.missed_price * missed_m2 + settings.outside_price * outside_m2
    short_m2 = np.maximum(0.0, missed_m2 - allowed_m2)
    waste_m2 += BELOW_FLOOR_PRICE * short_m2
    return _rough_seconds(batch, settings) + waste_m2 / (settings.swath_m * settings.speed_m_s), short_m2


def _left_out(batch: _Batch, sample: _Sample, swath_m: float) -> tuple[Floats, Floats]:
    # Levels of the sample rise, so those under a strip follow each other.
    sides = batch.level[:, None] + np.array([-swath_m / 2, swath_m / 2])
    first, last = np.searchsorted(sample.level, sides[:, 0]), np.searchsorted(sample.level, sides[:, 1], side="right")
    counts = last - first
    line = np.repeat(np.arange(len(counts)), counts)
    place = np.arange(len(line)) + np.repeat(first - np.cumsum(counts) + counts, counts)
    shared = np.minimum(sample.end[place], batch.end[line]) - np.maximum(sample.begin[place], batch.begin[line])
    # Two rows can lie over one place, never three: rows are counted apart by parity, so nothing counts twice.
    ways, places = len(batch.step_m), len(sample.level)
    slot = (batch.row[line] % 2 * ways + batch.way[line]) * places + place
    by_parity = np.bincount(slot, np.maximum(shared, 0), minlength=2 * ways * places).reshape(2, ways, places)
    covered = np.minimum(by_parity.max(axis=0), (sample.end - sample.begin)[None, :])
    covered_m2 = covered.sum(axis=1) * sample.weight_m
    strips_m2 = batch.sums(batch.end - batch.begin, batch.way) * np.minimum(swath_m, batch.step_m)
    return sample.area_m2 - covered_m2, np.maximum(0.0, strips_m2 - covered_m2)


def _rough_seconds(batch: _Batch, settings: FlightSettings) -> Floats:
    speed, push = settings.speed_m_s, settings.acceleration_m_s2
    spray_s = batch.sums(leg_s(batch.end - batch.begin, speed, push), batch.way)
    if len(batch.way) < 2:
        return spray_s
    # From line to line on the side where the aircraft is: on average half of each side's way.
    rise = np.diff(batch.level)
    sides = [leg_s(np.hypot(np.diff(side), rise), speed, push) for side in (batch.begin, batch.end)]
    beside_s = one_leg_s(2 * settings.swath_m, speed, push)
    step_s = np.where(np.diff(batch.row) > 0, (sides[0] + sides[1]) / 2, beside_s)
    return spray_s + batch.sums(np.where(np.diff(batch.way) == 0, step_s, 0.0), batch.way[1:])


def best_layouts(field: Polygon | MultiPolygon, settings: FlightSettings, keep: int) -> list[Layout]:
    """Return the cheapest layouts over all directions, refined around the best of them."""
    found: list[Layout] = []
    for angle in directions(field, settings.swath_m):
        found += layouts(field, angle, settings)
    found.sort(key=lambda layout: layout.price_s)
    return _unlike(found, keep)


def _unlike(found: list[Layout], keep: int) -> list[Layout]:
    """Return the first layouts that differ from those before them by some ten degrees, in their number of lines, or
    in whether they reach the floor."""
    kept: dict[tuple[int, int, bool], Layout] = {}
    for layout in found:
        key = (_tens(layout), len(layout.row), layout.short_m2 > 0)
        kept.setdefault(key, layout)
    return list(kept.values())[:keep]


def each_direction(found: Sequence[Layout], keep: int) -> list[Layout]:
    """Return at most so many layouts: the first of each direction, to some ten degrees, before the others."""
    first: dict[int, Layout] = {}
    for layout in found:
        first.setdefault(_tens(layout), layout)
    return sorted(found, key=lambda layout: first[_tens(layout)] is not layout)[:keep]


def _tens(layout: Layout) -> int:
    return round(math.degrees(layout.angle) / 10)
