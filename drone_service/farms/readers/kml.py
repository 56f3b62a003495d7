"""KML: the polygons of each placemark, with their holes; several polygons of one placemark are one field."""

from xml.etree.ElementTree import Element

import numpy as np

from drone_service.engine.geometry.outline import NotAnArea, Outline, Ring, Rings, UnreadableCoordinates
from drone_service.farms.readers.rows import MAX_ROWS, FileTooLarge, NoFields, ReadRow, read_row
from drone_service.farms.readers.xml import child_text, children, descendants, read_elements

PLACEMARK = frozenset({"Placemark"})


def read_kml(data: bytes) -> list[ReadRow]:
    """Read every placemark. Raises BrokenFile, UnsafeFile, FileTooLarge or NoFields."""
    rows: list[ReadRow] = []
    for placemark in read_elements(data, PLACEMARK):
        if len(rows) == MAX_ROWS:
            raise FileTooLarge(limit=MAX_ROWS)
        rows.append(_read_placemark(len(rows) + 1, placemark))
    if not rows:
        raise NoFields
    return rows


def _read_placemark(number: int, placemark: Element) -> ReadRow:
    return read_row(
        number,
        read_outline=lambda: _outline(placemark),
        source_id=placemark.get("id"),
        name=child_text(placemark, "name"),
        properties=_properties(placemark),
    )


def _properties(placemark: Element) -> dict[str, object]:
    kept: dict[str, object] = {}
    for value in descendants(placemark, "Data"):
        kept[value.get("name", "")] = child_text(value, "value")
    for value in descendants(placemark, "SimpleData"):
        kept[value.get("name", "")] = value.text
    description = child_text(placemark, "description")
    if description:
        kept["description"] = description[:2_000]
    return kept


def _outline(placemark: Element) -> Outline:
    parts = tuple(_rings(polygon) for polygon in descendants(placemark, "Polygon"))
    if not parts:
        raise NotAnArea
    return Outline(parts)


def _rings(polygon: Element) -> Rings:
    outer = [_ring(boundary) for boundary in children(polygon, "outerBoundaryIs")]
    if len(outer) != 1:
        raise UnreadableCoordinates
    # One innerBoundaryIs with several LinearRings is not allowed by the standard and common in files.
    holes = [
        _positions(ring)
        for boundary in children(polygon, "innerBoundaryIs")
        for ring in descendants(boundary, "LinearRing")
    ]
    return (outer[0], *holes)


def _ring(boundary: Element) -> Ring:
    ring = next(descendants(boundary, "LinearRing"), None)
    if ring is None:
        raise UnreadableCoordinates
    return _positions(ring)


def _positions(ring: Element) -> Ring:
    tuples = [position.split(",") for position in (child_text(ring, "coordinates") or "").split()]
    try:
        positions = [(float(position[0]), float(position[1])) for position in tuples]
    except (ValueError, IndexError) as error:
        raise UnreadableCoordinates from error
    return np.array(positions, dtype=np.float64).reshape(-1, 2)
