"""A plan as a picture: outline, zones, strips and flights in one colour for each flight, gaps and double strips,
refill places, a scale and an arrow to the north.

Only presentation attributes are used, no style: a strict content security policy lets it through.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import TypeAlias
from xml.sax.saxutils import escape, quoteattr

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from drone_service.engine.coverage.flown import Flight, FlownField, only_field
from drone_service.engine.coverage.formats.colours import COLOURS
from drone_service.engine.coverage.formats.markup import clean
from drone_service.engine.coverage.layers import Layers, layers_of

WIDTH, MARGIN, FOOT = 400.0, 20.0, 44.0
"""As wide as a phone, so that the letters stay readable there; the foot holds the scale."""
MAX_HEIGHT = 560.0
FIELD_FILL, FIELD_EDGE = "#eef3e2", "#3d4a2a"
GAP_FILL, OVERLAP_FILL, ZONE_FILL, BUFFER_EDGE = "#d21f1f", "#1b1b1b", "#8a8f98", "#5c2a86"
DASHED = 'stroke-dasharray="4 3"'
ZONE_ROOM_M = 15.0
"""How far around the field the picture goes where there are zones."""
HALO = 'stroke="#ffffff" stroke-width="4" paint-order="stroke" stroke-linejoin="round"'
SCALES_M = (5, 10, 20, 50, 100, 200, 500, 1000, 2000)
Spots: TypeAlias = list[tuple[float, float]]


def to_svg(fields: Sequence[FlownField]) -> bytes:
    """Return the picture of one field, called by its label. Raises OneFieldOnly."""
    field = only_field(fields, "svg")
    return (plan_svg(field, title=field.label) + "\n").encode()


def plan_svg(field: FlownField, *, title: str, layers: Layers | None = None) -> str:
    """Draw the flights over a field. The title is read aloud by screen readers."""
    plane = field.plane
    outline = plane.to_m(field.shape)
    flights = [field.metres(flight.path) for flight in field.flights]
    around = outline.envelope.buffer(ZONE_ROOM_M if field.zones else 0.0)
    unused = field.metres(field.unused) if field.unused else np.empty((0, 2))
    canvas = _Canvas.around([shapely.get_coordinates(around), *flights, unused])
    layers = layers or layers_of(field)
    parts = [_area([outline], canvas, f'class="outline" fill="{FIELD_FILL}"')]
    strips = (_strips(flight, canvas.place(places), field, canvas) for flight, places in _with(field, flights))
    parts += strips
    parts.append(_area([layers.overlaps], canvas, f'class="overlaps" fill="{OVERLAP_FILL}" fill-opacity="0.28"'))
    parts.append(_area([layers.gaps], canvas, f'class="gaps" fill="{GAP_FILL}" fill-opacity="0.8"'))
    zones = [plane.to_m(zone) for zone in field.obstacles]
    parts += _kept(field, canvas)
    parts.append(_area(zones, canvas, f'class="zones" fill="{ZONE_FILL}" fill-opacity="0.55"'))
    parts.append(_area([outline], canvas, f'fill="none" stroke="{FIELD_EDGE}" stroke-width="1.5"'))
    parts += (_line(flight, canvas.place(places)) for flight, places in _with(field, flights))
    parts += (_unused(place) for place in canvas.place(unused))
    parts += (_refill(place) for place in canvas.place(field.metres(field.refills or [(plane.lon, plane.lat)])))
    parts += (_number(flight, canvas.place(places)) for flight, places in _with(field, flights))
    parts += [_scale(canvas), _north(canvas)]
    title = clean(title)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {canvas.width:.0f} {canvas.height:.0f}" '
        f'width="{canvas.width:.0f}" height="{canvas.height:.0f}" role="img" aria-label={quoteattr(title)} '
        f'class="flight-plan"><title>{escape(title)}</title>'
        f"{''.join(parts)}</svg>"
    )


def _with(field: FlownField, flights: list[NDArray[np.float64]]) -> Iterable[tuple[Flight, NDArray[np.float64]]]:
    return zip(field.flights, flights, strict=True)


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
        left = west - ((WIDTH - 2 * MARGIN) / scale - wide_m) / 2
        return cls(left, north, scale, WIDTH, high_m * scale + 2 * MARGIN + FOOT)

    @property
    def view(self) -> Polygon:
        """Return the part of the plane that is seen, in metres."""
        west, north = self.west - MARGIN / self.scale, self.north + MARGIN / self.scale
        return shapely.box(west, north - self.height / self.scale, west + self.width / self.scale, north)

    def place(self, metres: NDArray[np.float64]) -> Spots:
        x, y = (metres[:, 0] - self.west) * self.scale + MARGIN, (self.north - metres[:, 1]) * self.scale + MARGIN
        return [(round(float(a), 1), round(float(b), 1)) for a, b in zip(x, y, strict=True)]


def _area(areas: Sequence[BaseGeometry], canvas: _Canvas, look: str) -> str:
    parts = [part for area in areas for part in shapely.get_parts(area).tolist()]
    rings = shapely.get_rings([part for part in parts if isinstance(part, Polygon)])
    path = "".join(f"M{_points(canvas.place(shapely.get_coordinates(ring)[:-1]))}Z" for ring in rings)
    return f'<path d="{path}" fill-rule="evenodd" {look}/>' if path else ""


def _kept(field: FlownField, canvas: _Canvas) -> list[str]:
    """Draw the zones themselves and where their buffers end, as far as the picture goes."""
    seen = canvas.view
    buffers = [field.plane.to_m(zone.buffer).intersection(seen) for zone in field.zones]
    things = [part for zone in field.zones for part in _seen(field.plane.to_m(zone.shape), seen)]
    edge = f'stroke="{BUFFER_EDGE}" stroke-width="1.2"'
    drawn = [_area(buffers, canvas, f'class="buffers" fill="{BUFFER_EDGE}" fill-opacity="0.12" {edge} {DASHED}')]
    drawn.append(_area(things, canvas, f'class="kept" fill="{ZONE_FILL}" {edge}'))
    point = f'<circle class="kept" r="5" fill="{BUFFER_EDGE}"'
    line = f'fill="none" stroke="{BUFFER_EDGE}" stroke-width="3"'
    for thing in things:
        places = canvas.place(shapely.get_coordinates(thing))
        if thing.geom_type == "Point":
            drawn.append(f'{point} cx="{places[0][0]:g}" cy="{places[0][1]:g}"/>')
        elif thing.geom_type == "LineString":
            drawn.append(f'<path class="kept" d="M{_points(places)}" {line}/>')
    return drawn


def _seen(shape: BaseGeometry, view: Polygon) -> list[BaseGeometry]:
    return [part for part in shapely.get_parts(shape.intersection(view)).tolist() if not part.is_empty]


def _legs(flight: Flight, places: Spots, *, sprayed: bool) -> str:
    legs = zip(pairwise(places), flight.path[1:], strict=True)
    return "".join(f"M{_points(leg)}" for leg, vertex in legs if bool(vertex[2]) is sprayed)


def _colour(flight: Flight) -> str:
    return COLOURS[(flight.number - 1) % len(COLOURS)]


def _strips(flight: Flight, places: Spots, field: FlownField, canvas: _Canvas) -> str:
    return (
        f'<path class="strips" d="{_legs(flight, places, sprayed=True)}" fill="none" stroke="{_colour(flight)}" '
        f'stroke-opacity="0.3" stroke-width="{field.settings.swath_m * canvas.scale:.1f}"/>'
    )


def _line(flight: Flight, places: Spots) -> str:
    colour = _colour(flight)
    on, off = _legs(flight, places, sprayed=True), _legs(flight, places, sprayed=False)
    return (
        f'<g class="sortie" data-sortie="{flight.number}"><title>{flight.number}</title>'
        f'<path d="{on}" fill="none" stroke="{colour}" stroke-width="1.6"/>'
        f'<path d="{off}" fill="none" stroke="{colour}" stroke-width="1.2" stroke-dasharray="5 4"/></g>'
    )


def _number(flight: Flight, places: Spots) -> str:
    first = next((spot for spot, vertex in zip(places[1:], flight.path[1:], strict=True) if vertex[2]), places[0])
    return _text(str(flight.number), first, f'fill="{_colour(flight)}" font-size="21" font-weight="700" {HALO}')


def _refill(spot: tuple[float, float]) -> str:
    x, y = spot
    return f'<circle class="refill" cx="{x}" cy="{y}" r="8" fill="#8a1616" stroke="#ffffff" stroke-width="2.5"/>'


def _unused(spot: tuple[float, float]) -> str:
    x, y = spot
    return f'<circle class="refill unused" cx="{x}" cy="{y}" r="7" fill="#ffffff" stroke="#8a1616" stroke-width="2.5"/>'


def _scale(canvas: _Canvas) -> str:
    fitting = [metres for metres in SCALES_M if metres * canvas.scale <= canvas.width / 3]
    metres = fitting[-1] if fitting else SCALES_M[0]
    left, right, y = MARGIN, MARGIN + metres * canvas.scale, canvas.height - 12
    ruler = f"M{left:g} {y - 7:g}V{y:g}H{right:.1f}V{y - 7:g}"
    label = _text(f"{metres} m", ((left + right) / 2, y - 9), 'fill="#14231b" font-size="20"')
    return f'<path class="scale" d="{ruler}" fill="none" stroke="#14231b" stroke-width="2"/>{label}'


def _north(canvas: _Canvas) -> str:
    x, y = canvas.width - MARGIN, canvas.height - 12
    arrow = f"M{x:g} {y - 26:g}L{x + 7:g} {y:g}L{x:g} {y - 6:g}L{x - 7:g} {y:g}Z"
    label = _text("N", (x - 19, y - 4), 'fill="#14231b" font-size="20" font-weight="700"')
    return f'<path class="north" d="{arrow}" fill="#14231b"/>{label}'


def _text(text: str, spot: tuple[float, float], look: str) -> str:
    return (
        f'<text x="{spot[0]:.1f}" y="{spot[1]:.1f}" text-anchor="middle" font-family="system-ui, sans-serif" '
        f"{look}>{escape(text)}</text>"
    )


def _points(places: Sequence[tuple[float, float]]) -> str:
    return "L".join(f"{x:g} {y:g}" for x, y in places)
