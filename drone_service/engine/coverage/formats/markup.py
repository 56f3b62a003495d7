"""What the XML formats share: text that XML can hold, places as text, and a document as bytes."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Sequence

import shapely
from shapely.geometry import Polygon

_NOT_XML = {*range(0x20), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF} - {0x09, 0x0A}
_DROP = dict.fromkeys(_NOT_XML)


def clean(text: str, longest: int | None = None) -> str:
    """Return text without what XML 1.0 cannot hold, not even escaped, cut to a length."""
    return text.translate(_DROP)[:longest]


def degrees(value: float) -> str:
    """Return an angle to a millimetre, never with an exponent."""
    return f"{value:.8f}"


def element(parent: ET.Element, tag: str, text: str | None = None, /, **attributes: str) -> ET.Element:
    """Add an element with text or attributes."""
    made = ET.SubElement(parent, tag, attributes)
    if text is not None:
        made.text = clean(text)
    return made


def tuples(places: Sequence[Sequence[float]]) -> str:
    """Return places as KML writes them: longitude, latitude."""
    return " ".join(f"{degrees(place[0])},{degrees(place[1])}" for place in places)


def document(root: ET.Element) -> bytes:
    """Return the document in UTF-8 with its declaration and a line feed at the end."""
    written: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return written + b"\n"


def rings(polygon: Polygon) -> list[tuple[bool, list[list[float]]]]:
    """Return the rings of a polygon, closed, each with whether it is the outer one, which runs anticlockwise."""
    turned = shapely.orient_polygons(polygon)
    each = [shapely.get_coordinates(ring).tolist() for ring in (turned.exterior, *turned.interiors)]
    return [(number == 0, places) for number, places in enumerate(each)]
