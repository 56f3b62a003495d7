"""What a set of lines covers, exactly, and the extra lines that bring it up to the floor."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from drone_service.engine.coverage.kinematics import leg_s
from drone_service.engine.coverage.settings import FlightSettings
from drone_service.engine.coverage.swaths import SHORTEST_LINE_M

Floats = NDArray[np.float64]
Pieces: TypeAlias = NDArray[np.object_]
"""Polygons."""
UNION_GRID_M = 1e-6
"""Without a grid GEOS silently loses whole strips that abut at a rotated angle (regression pair in tests/data)."""
MAX_EXTRA_LINES = 24
WORTHLESS_M2 = 0.5
OPENING_PRICE_S = 6.0
"""Rough seconds to reach an extra line: a stop and a short flight."""


@dataclass(frozen=True, eq=False)
class Cover:
    """The share of a field under the strips, and what the strips waste."""

    lines: Floats
    covered_m2: float
    outside_m2: float
    overlap_m2: float
    missed: BaseGeometry

    def share(self, area_m2: float) -> float:
        """Return the covered share of an area."""
        return min(1.0, self.covered_m2 / area_m2)


def strips(lines: Floats, swath_m: float) -> Pieces:
    """Return the strip of each line: swath wide, with flat ends."""
    along = lines[:, 1] - lines[:, 0]
    length = np.hypot(along[:, 0], along[:, 1])
    side = np.column_stack((-along[:, 1], along[:, 0])) / np.maximum(length, 1e-12)[:, None] * (swath_m / 2)
    ring = np.stack((lines[:, 0] + side, lines[:, 0] - side, lines[:, 1] - side, lines[:, 1] + side), axis=1)
    return np.asarray(shapely.polygons(ring))


def union_m(shapes: Pieces) -> BaseGeometry:
    """Unite geometries in metres on the grid that keeps every strip."""
    return shapely.union_all(shapes, grid_size=UNION_GRID_M)


def measure_cover(field: Polygon | MultiPolygon, lines: Floats, swath_m: float) -> Cover:
    """Measure what lines cover of a field."""
    each = strips(lines, swath_m)
    sprayed = union_m(each)
    missed = field.difference(sprayed)
    covered_m2 = field.area - missed.area
    return Cover(
        lines=lines,
        covered_m2=covered_m2,
        outside_m2=max(0.0, sprayed.area - covered_m2),
        overlap_m2=max(0.0, float(shapely.area(each).sum()) - sprayed.area),
        missed=missed,
    )


def waste_price_s(cover: Cover, area_m2: float, settings: FlightSettings) -> float:
    """Return what missed and wasted area cost in a comparison, in seconds of spraying."""
    wasted = settings.missed_price * (area_m2 - cover.covered_m2) + settings.outside_price * cover.outside_m2
    return wasted / (settings.swath_m * settings.speed_m_s)


@dataclass(frozen=True, eq=False)
class EdgeLines:
    """Lines along the longer edges of a field, half and a quarter of a swath inside; laid once for all layouts."""

    field: Polygon | MultiPolygon
    swath_m: float

    @cached_property
    def lines(self) -> Floats:
        """Return the lines, clipped to the field."""
        return _edge_lines(self.field, self.swath_m)


def raise_to_floor(
    field: Polygon | MultiPolygon, edges: EdgeLines, cover: Cover, settings: FlightSettings
) -> tuple[Cover, int]:
    """Add lines where the most is missed for the least time until the floor of a field is met.

    Returns the new cover and the number of added lines; it stops early where no line inside the field gains
    anything, so the caller compares the share with the floor.
    """
    floor_m2 = settings.min_coverage * field.area
    added: list[Floats] = []
    missed, covered_m2 = shapely.get_parts(cover.missed), cover.covered_m2
    while covered_m2 < floor_m2 and len(added) < MAX_EXTRA_LINES:
        found = _best_extra(edges, missed, settings, floor_m2 - covered_m2)
        if found is None:
            break
        added.append(found)
        missed = _without(missed, strips(found[None], settings.swath_m)[0])
        covered_m2 = field.area - float(shapely.area(missed).sum())
    if not added:
        return cover, 0
    lines = np.concatenate((cover.lines, np.stack(added)))
    return measure_cover(field, lines, settings.swath_m), len(added)


def _without(pieces: Pieces, strip: Polygon) -> Pieces:
    """Return what a strip leaves of some pieces."""
    touched = shapely.intersects(pieces, strip)
    return np.concatenate((pieces[~touched], shapely.get_parts(shapely.difference(pieces[touched], strip))))


def _best_extra(edges: EdgeLines, missed: Pieces, settings: FlightSettings, wanted_m2: float) -> Floats | None:
    parts = sorted(missed, key=lambda part: -part.area)[:6]
    candidates = np.concatenate(
        (edges.lines, *[_through(part, edges.field) for part in parts if part.area > WORTHLESS_M2])
    )
    if not len(candidates):
        return None
    gain_m2 = _shared_m2(strips(candidates, settings.swath_m), missed)
    away = candidates[:, 1] - candidates[:, 0]
    seconds = OPENING_PRICE_S + leg_s(np.hypot(away[:, 0], away[:, 1]), settings.speed_m_s, settings.acceleration_m_s2)
    # More than what is missing to the floor is worth something, but less.
    worth = np.minimum(gain_m2, wanted_m2) + 0.3 * np.maximum(0, gain_m2 - wanted_m2)
    # Where a hair is missing, the quickest line may gain less than a hair: of those that gain more the best is taken.
    best = int(np.argmax(np.where(gain_m2 > WORTHLESS_M2, worth / seconds, 0.0)))
    return np.asarray(candidates[best]) if gain_m2[best] > WORTHLESS_M2 else None


def _shared_m2(each: Pieces, pieces: Pieces) -> Floats:
    """Return the area of the pieces under each strip.

    All pieces at once GEOS takes a hundred times as long for where their edges nearly meet those of the strips.
    """
    strip, piece = shapely.STRtree(pieces).query(each, predicate="intersects")
    shared_m2 = shapely.area(shapely.intersection(each[strip], pieces[piece]))
    return np.bincount(strip, shared_m2, minlength=len(each)).astype(np.float64)


def _through(part: BaseGeometry, field: Polygon | MultiPolygon) -> Floats:
    """Return the lines along the middle of a missed piece, clipped to the field."""
    box = shapely.get_coordinates(shapely.oriented_envelope(part))
    if len(box) < 5:
        return np.empty((0, 2, 2))
    sides = (box[1] - box[0], box[2] - box[1])
    long, start = (
        (sides[0], (box[0] + box[3]) / 2)
        if np.hypot(*sides[0]) > np.hypot(*sides[1])
        else (
            sides[1],
            (box[0] + box[1]) / 2,
        )
    )
    return _inside(np.array([[start, start + long]]), field)


def _edge_lines(field: Polygon | MultiPolygon, swath_m: float) -> Floats:
    """Return lines along the longer edges, half a swath inside, for slanted line ends."""
    tidy = field.simplify(swath_m / 10)
    found = []
    for inset_m in (swath_m / 2, swath_m / 4):
        inner = tidy.buffer(-inset_m, join_style="mitre")
        rings = shapely.get_rings(shapely.get_parts(inner)) if not inner.is_empty else []
        for ring in rings:
            corners = shapely.get_coordinates(ring)
            edges = np.stack((corners[:-1], corners[1:]), axis=1)
            length = np.hypot(*(edges[:, 1] - edges[:, 0]).T)
            found.append(_extended(edges[length > swath_m / 2], inset_m))
    edges = np.concatenate(found) if found else np.empty((0, 2, 2))
    return _inside(edges[:80], field)


def _extended(edges: Floats, by_m: float) -> Floats:
    away = edges[:, 1] - edges[:, 0]
    unit = away / np.maximum(np.hypot(away[:, 0], away[:, 1]), 1e-9)[:, None] * by_m
    return np.stack((edges[:, 0] - unit, edges[:, 1] + unit), axis=1)


def _inside(lines: Floats, field: Polygon | MultiPolygon) -> Floats:
    """Clip lines to a field: the pieces that lie inside, the very short ones left out."""
    if not len(lines):
        return np.empty((0, 2, 2))
    pieces = shapely.get_parts(shapely.intersection(shapely.linestrings(lines), field))
    pieces = pieces[(shapely.get_type_id(pieces) == 1) & (shapely.length(pieces) > SHORTEST_LINE_M)]
    ends = [shapely.get_coordinates(piece)[[0, -1]] for piece in pieces]
    return np.stack(ends) if ends else np.empty((0, 2, 2))
