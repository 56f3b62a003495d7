"""Points and lines on the map, such as a pole or a canal: read from GeoJSON and checked like outlines are."""

from __future__ import annotations

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from drone_service.engine.geometry.outline import Ring, UnreadableCoordinates, read_ring
from drone_service.engine.geometry.validate import MAX_VERTICES, NotFinite, OutlineProblem, OutOfRange, TooManyVertices


class LineTooShort(OutlineProblem):
    """A line of one place, or of the same place twice."""

    code = "line_too_short"


def read_mark(geometry: object) -> BaseGeometry | None:
    """Return the point or line (or several) of a GeoJSON geometry; None for anything else.

    Raises UnreadableCoordinates, TooManyVertices, NotFinite, OutOfRange or LineTooShort.
    """
    if not isinstance(geometry, dict):
        return None
    coordinates = geometry.get("coordinates")
    match geometry.get("type"):
        case "Point":
            return shapely.Point(_checked(read_ring([coordinates]))[0])
        case "MultiPoint":
            return shapely.MultiPoint(_checked(read_ring(coordinates)))
        case "LineString":
            return _line(coordinates)
        case "MultiLineString":
            if not isinstance(coordinates, list | tuple):
                raise UnreadableCoordinates
            return shapely.MultiLineString([_line(part) for part in coordinates])
        case _:
            return None


def _line(positions: object) -> shapely.LineString:
    places = _checked(read_ring(positions))
    if len(np.unique(places, axis=0)) < 2:
        raise LineTooShort
    return shapely.LineString(places)


def _checked(places: Ring) -> Ring:
    if not len(places):
        raise UnreadableCoordinates
    if len(places) > MAX_VERTICES:
        raise TooManyVertices(vertices=len(places), limit=MAX_VERTICES)
    if not np.isfinite(places).all():
        raise NotFinite
    beyond = (np.abs(places) > (180, 90)).any(axis=1)
    if beyond.any():
        lon, lat = places[beyond][0]
        raise OutOfRange(lon=float(lon), lat=float(lat))
    return places
