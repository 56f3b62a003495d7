"""Lines bent round small obstacles: a pole is flown round with the nozzles on and does not cut a field in two."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString, MultiPolygon, Polygon

from drone_service.engine.coverage.airspace import fence_of
from drone_service.engine.coverage.swaths import SHORTEST_LINE_M

Floats = NDArray[np.float64]
Area: TypeAlias = Polygon | MultiPolygon
ASIDE_M = 0.05
GROWTH = 1.3
MOST_BENDS = 6


def without_small_holes(region: Area, swath_m: float, keep: Area) -> Area:
    """Return a region with its holes filled that are less than a swath across and touch nothing of `keep`.

    The very same region comes back where it has no such hole.
    """
    parts, filled = [], False
    for part in shapely.get_parts(region):
        holes = [ring for ring in part.interiors if not _is_small(ring, swath_m) or keep.intersects(Polygon(ring))]
        filled = filled or len(holes) < len(part.interiors)
        parts.append(Polygon(part.exterior, holes) if len(holes) < len(part.interiors) else part)
    if not filled:
        return region
    return parts[0] if len(parts) == 1 else MultiPolygon(parts)


def _is_small(ring: LineString, swath_m: float) -> bool:
    west, south, east, north = ring.bounds
    return bool(max(east - west, north - south) < swath_m)


def bent(lines: Floats, region: Area, swath_m: float) -> Floats:
    """Return lines that lie inside a region, those that cross a small hole bent round it, in the same order.

    Where no bend of less than a swath goes round, a line is broken off in front of the hole and begun anew behind it;
    none may be left.
    """
    fence = fence_of(region)
    clear = shapely.covers(fence, shapely.linestrings(lines))
    found: list[Floats] = []
    for line, is_clear in zip(lines, clear, strict=True):
        found += [line] if is_clear else _round(line, region, fence, swath_m, MOST_BENDS)
    return np.stack(found) if found else np.empty((0, 2, 2))


def _round(line: Floats, region: Area, fence: Area, swath_m: float, bends: int) -> list[Floats]:
    path = LineString(line)
    if fence.covers(path):
        return [line]
    holes = [Polygon(ring) for part in shapely.get_parts(region) for ring in part.interiors if path.intersects(ring)]
    corner = _corner(line, holes[0], fence, swath_m) if holes and bends else None
    if corner is None:
        return _pieces(line, region)
    legs = (np.stack((line[0], corner)), np.stack((corner, line[1])))
    return [part for leg in legs for part in _round(leg, region, fence, swath_m, bends - 1)]


def _pieces(line: Floats, region: Area) -> list[Floats]:
    """Return what of a line lies inside a region, in its direction."""
    unit = (line[1] - line[0]) / np.hypot(*(line[1] - line[0]))
    inside = shapely.get_parts(LineString(line).intersection(region))
    parts = [part for part in inside if isinstance(part, LineString) and not part.is_empty]
    places = [((shapely.get_coordinates(part) - line[0]) @ unit)[[0, -1]] for part in parts]
    spans = sorted((float(ends.min()), float(ends.max())) for ends in places)
    return [line[0] + np.outer(span, unit) for span in spans if span[1] - span[0] > SHORTEST_LINE_M]


def _corner(line: Floats, hole: Polygon, fence: Area, swath_m: float) -> Floats | None:
    """Return the place nearest to a line where it can bend round a hole; None where none of less than a swath does."""
    along = line[1] - line[0]
    unit = along / np.hypot(*along)
    side = np.array([-unit[1], unit[0]])
    ring = shapely.get_coordinates(hole) - line[0]
    middle = line[0] + unit * float(((ring @ unit).min() + (ring @ unit).max()) / 2)
    across = ring @ side
    ways = sorted((float(across.max()), -float(across.min())))
    signs = (1.0, -1.0) if ways[0] == float(across.max()) else (-1.0, 1.0)
    for sign, wide_m in zip(signs, ways, strict=True):
        depth_m = wide_m + ASIDE_M
        while depth_m < swath_m:
            corner = middle + side * (sign * depth_m)
            legs = [LineString((line[0], corner)), LineString((corner, line[1]))]
            if fence.covers(shapely.Point(corner)) and not any(leg.intersects(hole) for leg in legs):
                return np.asarray(corner)
            depth_m *= GROWTH
    return None
