"""The shape of a field as an SVG path, for lists and cards where a map would be too heavy."""

from collections.abc import Iterable, Iterator
from math import cos, radians

from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

SIDE = 100.0
_MARGIN = 6.0


def outline_path(area: BaseGeometry) -> str:
    """Return the `d` of a path in a square of 100 × 100, north up, with its true proportions."""
    west, south, east, north = area.bounds
    squeeze = cos(radians((south + north) / 2))
    scale = (SIDE - 2 * _MARGIN) / max((east - west) * squeeze, north - south, 1e-12)
    left = (SIDE - (east - west) * squeeze * scale) / 2
    top = (SIDE - (north - south) * scale) / 2

    def place(position: tuple[float, ...]) -> str:
        x = left + (position[0] - west) * squeeze * scale
        y = top + (north - position[1]) * scale
        return f"{x:.1f} {y:.1f}"

    return "".join(f"M{'L'.join(map(place, list(ring)[:-1]))}Z" for ring in _rings(area))


def _rings(area: BaseGeometry) -> Iterator[Iterable[tuple[float, ...]]]:
    for polygon in area.geoms if isinstance(area, MultiPolygon) else [area]:
        if isinstance(polygon, Polygon):
            yield polygon.exterior.coords
            yield from (hole.coords for hole in polygon.interiors)
