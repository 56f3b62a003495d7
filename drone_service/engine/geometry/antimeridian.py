"""Rings that jump from 180° to −180° laid out without the jump, so that plane geometry can look at them."""

from __future__ import annotations

from typing import TypeVar, cast

import numpy as np
import shapely
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from drone_service.engine.geometry.outline import Outline, Ring, Rings, outline_of_shape

Geometry = TypeVar("Geometry", bound=BaseGeometry)


def unwrap(shape: Geometry) -> Geometry:
    """Return the geometry with longitudes that run on past ±180 instead of jumping.

    A geometry narrower than 180° comes back as it is.
    """
    west, _, east, _ = shape.bounds
    if not east - west > 180:
        return shape
    if isinstance(shape, Polygon | MultiPolygon):
        return cast(Geometry, unwrap_outline(outline_of_shape(shape)).to_shape())
    return cast(Geometry, shapely.transform(shape, _from_0_to_360))


def _from_0_to_360(lonlat: Ring) -> Ring:
    return np.column_stack((lonlat[:, 0] % 360, lonlat[:, 1]))


def unwrap_outline(outline: Outline) -> Outline:
    """Return the outline with every ring laid out beside the first one."""
    if not outline.parts:
        return outline
    anchor_lon = float(outline.parts[0][0][0, 0])
    return Outline(tuple(_unwrap_part(rings, anchor_lon) for rings in outline.parts))


def _unwrap_part(rings: Rings, anchor_lon: float) -> Rings:
    return tuple(_unwrap_ring(ring, anchor_lon) for ring in rings)


def _unwrap_ring(ring: Ring, anchor_lon: float) -> Ring:
    steps = np.diff(ring[:, 0])
    turns = -np.round(steps / 360) * (np.abs(steps) > 180)
    start = -np.round((ring[0, 0] - anchor_lon) / 360)
    whole_turns = start + np.concatenate(([0.0], np.cumsum(turns)))
    return np.column_stack((ring[:, 0] + 360 * whole_turns, ring[:, 1]))
