"""Geodesic area and perimeter on the WGS84 ellipsoid: the number that is shown and billed.

Edges are geodesics, as in the browser (geographiclib), so both sides get the same number. A sphere would be
0.41 % too large at 10° north. Longitudes need no unwrapping here: edges take the shorter way round.
"""

from __future__ import annotations

from dataclasses import dataclass

from pyproj import Geod
from shapely.geometry import MultiPolygon, Polygon

from drone_service.engine.geometry.outline import Ring, Rings, Shape, outline_of_shape

WGS84 = Geod(ellps="WGS84")


@dataclass(frozen=True)
class Measure:
    """The size of a field: area without its holes, perimeter with them."""

    area_m2: float
    perimeter_m: float


def measure(shape: Shape) -> Measure:
    """Measure a polygon or multipolygon in degrees, whatever the direction of its rings.

    Area in m² with the holes taken out, perimeter in metres with the edges of the holes. Parts that overlap
    count twice: check the outline first. Source: Karney 2013, "Algorithms for geodesics", through pyproj. (r)
    """
    area_m2, perimeter_m = 0.0, 0.0
    for rings in outline_of_shape(shape).parts:
        sizes = [_ring_size(ring) for ring in rings]
        area_m2 += sizes[0][0] - sum(hole_m2 for hole_m2, _ in sizes[1:])
        perimeter_m += sum(length_m for _, length_m in sizes)
    return Measure(area_m2, perimeter_m)


def area_m2(shape: Polygon | MultiPolygon) -> float:
    """Return the geodesic area in m², never negative for a valid outline."""
    return measure(shape).area_m2


def measure_rings(parts: tuple[Rings, ...]) -> float:
    """Return the area in m² of raw rings, closed or not."""
    return float(sum(_ring_size(rings[0])[0] - sum(_ring_size(hole)[0] for hole in rings[1:]) for rings in parts))


def _ring_size(ring: Ring) -> tuple[float, float]:
    # The sign is the direction of the ring. Around a pole the smaller side is meant, which is what
    # the absolute value is, since geographiclib answers within plus or minus half of the Earth.
    signed_m2, length_m = WGS84.polygon_area_perimeter(ring[:, 0], ring[:, 1])
    return abs(signed_m2), length_m
