"""Other ways to lay lines that run here and now. Each returns one path from the start of its first line on."""

import itertools
import math

import coverage_path_planner
import numpy as np
import shapely
from shapely import affinity
from shapely.geometry import MultiPolygon, Polygon

from drone_service.engine.coverage.plan import Vertex


def longest_edge(field: Polygon | MultiPolygon) -> float:
    """Return the direction of the longest edge in radians."""
    corners = shapely.get_coordinates(shapely.get_exterior_ring(max(shapely.get_parts(field), key=shapely.area)))
    away = np.diff(corners, axis=0)
    x, y = away[np.argmax(np.hypot(*away.T))]
    return math.atan2(y, x)


def boustrophedon(field: Polygon | MultiPolygon, swath_m: float) -> list[Vertex]:
    """Lay full swaths along the longest edge, as many as cover the width, and fly them to and fro."""
    angle = longest_edge(field)
    turned = affinity.rotate(field, -angle, origin=(0, 0), use_radians=True)
    west, south, east, north = turned.bounds
    count = math.ceil((north - south) / swath_m - 1e-6)
    first = (south + north) / 2 - (count - 1) * swath_m / 2
    path: list[Vertex] = []
    for number in range(count):
        level = min(max(first + number * swath_m, south + 1e-3), north - 1e-3)
        chord = shapely.intersection(turned, shapely.LineString([(west - 1, level), (east + 1, level)]))
        pieces = [part for part in shapely.get_parts(chord) if part.geom_type == "LineString" and part.length > 0.3]
        ends = sorted(tuple(sorted(shapely.get_coordinates(piece)[:, 0].tolist())) for piece in pieces)
        if number % 2:
            ends = [(high, low) for low, high in reversed(ends)]
        for begin, end in ends:
            path += [(begin, level, 0), (end, level, 1)]
    cos, sin = math.cos(angle), math.sin(angle)
    return [(x * cos - y * sin, x * sin + y * cos, sprayed) for x, y, sprayed in path]


def path_planner(field: Polygon, swath_m: float) -> list[Vertex]:
    """Ask coverage-path-planner for lines along the longest edge; it does not look for a direction itself.

    Returns an empty path where it finds none.
    """
    rings = [_ring(field.exterior), *(_ring(hole) for hole in field.interiors)]
    environment = coverage_path_planner.Environment(rings[0])
    for hole in rings[1:]:
        environment.addObstacle(hole)
    settings = coverage_path_planner.PathSettings()
    settings.pattern, settings.offset, settings.angle = "lines", swath_m, longest_edge(field)
    settings.distanceToBorder, settings.borderLaps, settings.exclusionsBorderLaps = 0.0, 0, 0
    settings.mowArea, settings.mowBorder, settings.mowExclusionsBorder = True, False, False
    start = coverage_path_planner.Point(*field.exterior.coords[0][:2])
    found = coverage_path_planner.PathService().computeFullTask(environment, settings, start)
    sprayed = {_leg(*points) for piece in found.slices if len(points := piece.getPoints()) == 2}
    points = found.path.getPoints()
    flags = [int(_leg(a, b) in sprayed) for a, b in itertools.pairwise(points)]
    if 1 not in flags:
        return []
    first = flags.index(1)
    path: list[Vertex] = [(points[first].x, points[first].y, 0)]
    return path + [(point.x, point.y, flag) for point, flag in zip(points[first + 1 :], flags[first:], strict=True)]


def _ring(ring: shapely.LinearRing) -> "coverage_path_planner.Polygon":
    return coverage_path_planner.Polygon([coverage_path_planner.Point(x, y) for x, y in ring.coords[:-1]])


def _leg(a: "coverage_path_planner.Point", b: "coverage_path_planner.Point") -> frozenset[tuple[float, float]]:
    return frozenset(((round(a.x, 3), round(a.y, 3)), (round(b.x, 3), round(b.y, 3))))
