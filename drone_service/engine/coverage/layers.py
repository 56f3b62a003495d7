"""What a picture of a plan shows besides lines: where nothing is sprayed, and where it is sprayed twice."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon
from shapely.geometry.base import BaseGeometry

from drone_service.engine.coverage.cover import UNION_GRID_M, strips, union_m
from drone_service.engine.coverage.flown import FlownField

SPECK_M2 = 0.05
"""Smaller spots are not drawn; they are counted."""
DRAWN_M = 0.05
"""How far a drawn edge may lie from the true one."""


@dataclass(frozen=True, eq=False)
class Layers:
    """Areas in metres of the field's plane."""

    gaps: MultiPolygon
    overlaps: MultiPolygon


def layers_of(field: FlownField) -> Layers:
    """Return where the field lies under no strip, and where under more than one."""
    each = strips(_lines(field), field.settings.swath_m)
    gaps = field.plane.to_m(field.shape).difference(union_m(each))
    one, other = shapely.STRtree(each).query(each, predicate="intersects")
    pairs = shapely.intersection(each[one[one < other]], each[other[one < other]], grid_size=UNION_GRID_M)
    return Layers(_drawn(gaps), _drawn(union_m(pairs)))


def _lines(field: FlownField) -> NDArray[np.float64]:
    found = [np.empty((0, 2, 2))]
    for flight in field.flights:
        places = field.metres(flight.path)
        legs = np.stack((places[:-1], places[1:]), axis=1)
        found.append(legs[[bool(vertex[2]) for vertex in flight.path[1:]]])
    lines = np.concatenate(found)
    return np.asarray(lines[np.hypot(*(lines[:, 1] - lines[:, 0]).T) > 0])


def _drawn(area: BaseGeometry) -> MultiPolygon:
    parts = [part for part in shapely.get_parts(area) if part.geom_type == "Polygon" and part.area >= SPECK_M2]
    drawn = [shapely.simplify(part, DRAWN_M) for part in parts]
    return MultiPolygon([part for part in drawn if part.geom_type == "Polygon" and not part.is_empty])
