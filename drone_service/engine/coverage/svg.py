"""A plan as a picture: the outline, the strips and flights in one colour for each sortie, the refill place.

Only presentation attributes are used, no style: a strict content security policy lets it through.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon, Polygon

from drone_service.engine.geometry.plane import LocalPlane

COLOURS = ("#1f6f8b", "#b5541c", "#5b7f1f", "#7a3e8e", "#9a7b00", "#b03060")
"""Told apart also by those who do not see red from green; the flights are numbered besides."""
WIDTH, MARGIN = 640.0, 16.0
MAX_HEIGHT = 900.0


def plan_svg(
    shape: Polygon | MultiPolygon,
    paths: Sequence[Sequence[tuple[float, float, int]]],
    *,
    swath_m: float,
    title: str,
) -> str:
    """Draw the flights over a field; outline and paths in degrees, a path vertex as in the plan's JSON.

    The first place of each path is the refill place. The title is read aloud by screen readers.
    """
    plane = LocalPlane.around(shape)
    outline = plane.to_m(shape)
    flights = [plane.points_to_m(np.array([vertex[:2] for vertex in path])) for path in paths]
    canvas = _Canvas.around([shapely.get_coordinates(outline), *flights])
    parts = [_outline(outline, canvas)]
    for number, (path, metres) in enumerate(zip(paths, flights, strict=True)):
        sprayed = [bool(vertex[2]) for vertex in path[1:]]
        parts.append(_flight(number, canvas.place(metres), sprayed, swath_m * canvas.scale))
    if flights:
        parts += _refill(canvas.place(flights[0][:1])[0])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {canvas.width:.0f} {canvas.height:.0f}" '
        f'role="img" aria-label={quoteattr(title)} class="flight-plan"><title>{escape(title)}</title>'
        f"{''.join(parts)}</svg>"
    )


class _Canvas:
    """Where metres lie on the picture; north is up."""

    def __init__(self, west: float, north: float, scale: float, width: float, height: float) -> None:
        self.west, self.north, self.scale, self.width, self.height = west, north, scale, width, height

    @classmethod
    def around(cls, points: Sequence[NDArray[np.float64]]) -> _Canvas:
        every = np.concatenate(points)
        (west, south), (east, north) = every.min(axis=0), every.max(axis=0)
        wide_m, high_m = max(east - west, 1.0), max(north - south, 1.0)
        scale = min((WIDTH - 2 * MARGIN) / wide_m, (MAX_HEIGHT - 2 * MARGIN) / high_m)
        return cls(west, north, scale, WIDTH, high_m * scale + 2 * MARGIN)

    def place(self, metres: NDArray[np.float64]) -> list[tuple[float, float]]:
        x, y = (metres[:, 0] - self.west) * self.scale + MARGIN, (self.north - metres[:, 1]) * self.scale + MARGIN
        return [(round(float(a), 1), round(float(b), 1)) for a, b in zip(x, y, strict=True)]


def _outline(outline: Polygon | MultiPolygon, canvas: _Canvas) -> str:
    rings = shapely.get_rings(shapely.get_parts(outline))
    path = "".join(f"M{_points(canvas.place(shapely.get_coordinates(ring)[:-1]))}Z" for ring in rings)
    return f'<path d="{path}" fill="#eef3e2" fill-rule="evenodd" stroke="#3d4a2a" stroke-width="1.5"/>'


def _flight(number: int, places: list[tuple[float, float]], sprayed: list[bool], swath: float) -> str:
    colour = COLOURS[number % len(COLOURS)]
    legs = list(zip(pairwise(places), sprayed, strict=True))
    strips = "".join(f"M{_points(leg)}" for leg, on in legs if on)
    ways = "".join(f"M{_points(leg)}" for leg, on in legs if not on)
    lines = [
        f'<path d="{strips}" fill="none" stroke="{colour}" stroke-opacity="0.3" stroke-width="{swath:.1f}"/>',
        f'<path d="{strips}" fill="none" stroke="{colour}" stroke-width="1.5"/>',
        f'<path d="{ways}" fill="none" stroke="{colour}" stroke-width="1" stroke-dasharray="4 3"/>',
    ]
    return f'<g class="sortie" data-sortie="{number + 1}"><title>{number + 1}</title>{"".join(lines)}</g>'


def _refill(place: tuple[float, float]) -> list[str]:
    x, y = place
    return [f'<circle class="refill" cx="{x}" cy="{y}" r="6" fill="#c62828" stroke="#ffffff" stroke-width="2"/>']


def _points(places: Sequence[tuple[float, float]]) -> str:
    return "L".join(f"{x:g} {y:g}" for x, y in places)
