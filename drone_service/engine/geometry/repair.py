"""The only repair we dare: parts of one field that lie edge to edge become one part."""

from __future__ import annotations

from collections.abc import Sequence

import shapely
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from drone_service.engine.geometry.plane import LocalPlane

UNION_GRID_M = 1e-6
"""Every union is taken on this grid: without it GEOS loses whole strips that abut at a rotated angle."""
MAX_OVERLAP_M2 = 1.0


def union_m(shapes: Sequence[BaseGeometry]) -> BaseGeometry:
    """Unite geometries in metres. The grid of 1 µm keeps GEOS from losing strips silently."""
    return shapely.union_all(shapes, grid_size=UNION_GRID_M)


def merge_parts(parts: Sequence[Polygon]) -> Polygon | MultiPolygon | None:
    """Unite valid parts in degrees that touch along their edges; None where they overlap by more than 1 m²."""
    plane = LocalPlane.around(MultiPolygon(list(parts)))
    flat = [plane.to_m(part) for part in parts]
    merged = union_m(flat)
    if sum(part.area for part in flat) - merged.area > MAX_OVERLAP_M2:
        return None
    united = plane.to_lonlat(merged)
    return united if isinstance(united, Polygon | MultiPolygon) and united.is_valid else None
