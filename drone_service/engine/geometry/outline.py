"""An outline as it was sent: rings of longitude and latitude, before anybody trusts them.

shapely closes open rings silently, so what is checked must be kept apart from what is computed with.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon, Polygon

from drone_service.engine.errors import EngineError

Ring: TypeAlias = NDArray[np.float64]
"""Positions of one ring, shape (n, 2): longitude and latitude in degrees."""
Rings: TypeAlias = tuple[Ring, ...]
"""The outer ring of one part, then its holes."""
Shape: TypeAlias = Polygon | MultiPolygon


class NotAnArea(EngineError):
    code = "not_an_area"


class UnreadableCoordinates(EngineError):
    code = "unreadable_coordinates"


@dataclass(frozen=True, eq=False)
class Outline:
    """The parts of a field, each an outer ring and its holes, in the order they were sent."""

    parts: tuple[Rings, ...]

    @property
    def vertex_count(self) -> int:
        """Count all positions, closing ones included."""
        return sum(len(ring) for rings in self.parts for ring in rings)

    def rings(self) -> Iterable[Ring]:
        """Yield every ring of every part."""
        for rings in self.parts:
            yield from rings

    def to_shape(self) -> Shape:
        """Return the shapely geometry. Rings of fewer than three positions raise NotAnArea."""
        if not self.parts or any(len(ring) < 3 for ring in self.rings()):
            raise NotAnArea
        polygons = [Polygon(rings[0], rings[1:]) for rings in self.parts]
        return polygons[0] if len(polygons) == 1 else MultiPolygon(polygons)


def outline_of_shape(shape: Shape) -> Outline:
    """Take a shapely polygon or multipolygon apart; heights are dropped."""
    polygons = shape.geoms if isinstance(shape, MultiPolygon) else [shape]
    return Outline(
        tuple(
            tuple(np.asarray(ring.coords, dtype=np.float64)[:, :2] for ring in (polygon.exterior, *polygon.interiors))
            for polygon in polygons
            if not polygon.is_empty
        )
    )


def outline_of_geojson(geometry: object) -> Outline:
    """Read a GeoJSON Polygon, MultiPolygon or a collection of them; other geometries raise NotAnArea.

    Raises UnreadableCoordinates where a position is not a list of two or three numbers.
    """
    if not isinstance(geometry, dict):
        raise NotAnArea
    match geometry.get("type"):
        case "Polygon":
            return Outline((read_rings(geometry.get("coordinates")),))
        case "MultiPolygon":
            return Outline(tuple(read_rings(rings) for rings in _as_list(geometry.get("coordinates"))))
        case "GeometryCollection":
            members = [outline_of_geojson(member) for member in _as_list(geometry.get("geometries"))]
            return Outline(tuple(rings for member in members for rings in member.parts))
        case _:
            raise NotAnArea


def read_rings(rings: object) -> Rings:
    """Read the rings of one part. Raises UnreadableCoordinates."""
    return tuple(read_ring(ring) for ring in _as_list(rings))


def read_ring(positions: object) -> Ring:
    """Read one ring; heights are dropped. Raises UnreadableCoordinates."""
    return np.array([_position(position) for position in _as_list(positions)], dtype=np.float64).reshape(-1, 2)


def _position(position: object) -> tuple[float, float]:
    if not isinstance(position, Sequence) or not 2 <= len(position) <= 4:
        raise UnreadableCoordinates
    lon, lat = position[0], position[1]
    if not _is_number(lon) or not _is_number(lat):
        raise UnreadableCoordinates
    try:
        return float(lon), float(lat)
    except OverflowError as error:  # a whole number of more than 308 digits
        raise UnreadableCoordinates from error


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _as_list(value: object) -> Sequence[object]:
    if not isinstance(value, list | tuple):
        raise UnreadableCoordinates
    return value
