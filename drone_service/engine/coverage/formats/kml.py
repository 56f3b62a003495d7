"""A plan as KML 2.2: for a look on a globe, and the bare boundary for remotes that read fields from KML.

A remote is given polygons with names and nothing else: what it makes of lines and points is not known.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Sequence

import shapely
from shapely.geometry import MultiPolygon, Polygon

from drone_service.engine.coverage.flown import Flight, FlownField, stretches
from drone_service.engine.coverage.formats.colours import COLOURS
from drone_service.engine.coverage.formats.markup import clean, degrees, document, element, rings, tuples
from drone_service.engine.coverage.kept import KeptZone, titles

NAMESPACE = "http://www.opengis.net/kml/2.2"


def to_kml(fields: Sequence[FlownField]) -> bytes:
    """Return the outlines first, then zones, refill places and a folder for each flight."""
    root, body = _document()
    _styles(body)
    for field in fields:
        folder = element(body, "Folder")
        element(folder, "name", field.label)
        _outlines(folder, field.label, field.shape)
        for title, zone in zip(titles(field.zones), field.zones, strict=True):
            _zone(folder, title, zone)
        for lon, lat in (*field.refills, *field.unused):
            name = "refill, not used" if (lon, lat) in field.unused else "refill"
            point = element(_placemark(folder, name), "Point")
            element(point, "coordinates", f"{degrees(lon)},{degrees(lat)}")
        for flight in field.flights:
            _flight(folder, field, flight)
    return document(root)


def to_boundary_kml(fields: Sequence[FlownField]) -> bytes:
    """Return nothing but the outlines, with their holes."""
    return boundary_kml([(field.label, field.shape) for field in fields])


def boundary_kml(outlines: Sequence[tuple[str, Polygon | MultiPolygon]]) -> bytes:
    """Return named outlines in degrees as KML."""
    root, body = _document()
    for label, shape in outlines:
        _outlines(body, label, shape)
    return document(root)


def _document() -> tuple[ET.Element, ET.Element]:
    root = ET.Element("kml", xmlns=NAMESPACE)
    body = element(root, "Document")
    element(body, "name", "drone_service")
    return root, body


def _styles(body: ET.Element) -> None:
    for number, colour in enumerate(COLOURS):
        line = element(element(body, "Style", id=f"flight{number}"), "LineStyle")
        element(line, "color", _kml_colour(colour))
        element(line, "width", "3")
    zone = element(element(body, "Style", id="zone"), "PolyStyle")
    element(zone, "color", "663c3cc6")
    # A buffer is seen through: the outline alone.
    buffer = element(body, "Style", id="buffer")
    element(element(buffer, "LineStyle"), "color", "ff3c3cc6")
    element(element(buffer, "PolyStyle"), "fill", "0")


def _kml_colour(web: str) -> str:
    """Return a web colour in KML's order: opacity, blue, green, red."""
    return f"ff{web[5:7]}{web[3:5]}{web[1:3]}"


def _outlines(parent: ET.Element, label: str, shape: Polygon | MultiPolygon) -> None:
    parts = shapely.get_parts(shape)
    for number, part in enumerate(parts, start=1):
        _polygon(_placemark(parent, label if len(parts) == 1 else f"{label} {number}"), part)


def _zone(parent: ET.Element, title: str, zone: KeptZone) -> None:
    """Write the thing itself and the buffer round it, each under a name of its own."""
    if zone.body:
        _areas(_placemark(parent, title, style="zone"), zone.body)
    buffer = _placemark(parent, f"{title}: {zone.buffer_m:g} m", style="buffer")
    _areas(buffer, shapely.get_parts(zone.buffer).tolist())


def _areas(mark: ET.Element, parts: Sequence[Polygon]) -> None:
    parent = mark if len(parts) == 1 else element(mark, "MultiGeometry")
    for part in parts:
        _polygon(parent, part)


def _flight(parent: ET.Element, field: FlownField, flight: Flight) -> None:
    folder = element(parent, "Folder")
    element(folder, "name", f"flight {flight.number}")
    style = f"flight{(flight.number - 1) % len(COLOURS)}"
    mark = _placemark(folder, f"flight {flight.number}", style=style)
    data = element(mark, "ExtendedData")
    figures = {
        f"quantity_{field.unit}": f"{flight.quantity:.3f}",
        "flight_s": f"{flight.flight_s:.0f}",
        "battery_left": f"{flight.battery_left:.3f}",
    }
    for name, value in figures.items():
        element(element(data, "Data", name=name), "value", value)
    _line(mark, flight.path)
    lines = element(_placemark(folder, f"sprayed {flight.number}", style=style), "MultiGeometry")
    for sprayed, places in stretches(flight.path):
        if sprayed:
            _line(lines, places)


def _placemark(parent: ET.Element, name: str, *, style: str = "") -> ET.Element:
    mark = element(parent, "Placemark")
    element(mark, "name", clean(name))
    if style:
        element(mark, "styleUrl", f"#{style}")
    return mark


def _line(parent: ET.Element, places: Sequence[Sequence[float]]) -> None:
    element(element(parent, "LineString"), "coordinates", tuples(places))


def _polygon(parent: ET.Element, polygon: Polygon) -> None:
    made = element(parent, "Polygon")
    for is_outer, places in rings(polygon):
        side = element(made, "outerBoundaryIs" if is_outer else "innerBoundaryIs")
        element(element(side, "LinearRing"), "coordinates", tuples(places))
