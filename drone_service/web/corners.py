"""The outline of a field as people type it: GeoJSON, or one corner a line, for those without a map."""

import json
import re

NUMBER = re.compile(r"[-+]?\d{1,3}(?:[.,]\d+)?")
MAX_CORNERS = 5_000


def geometry_of_text(text: str) -> object:
    """Return the GeoJSON geometry that was typed, or the text as it is where nobody can tell what it means.

    Takes a geometry, a feature, a collection of one feature, or lines of two numbers. Of two numbers the one
    beyond 90 is the longitude; where both could be either, latitude comes first, as phone maps write it.
    """
    text = text.strip()
    if text.startswith("{"):
        return _geometry_of_json(text)
    corners = [_corner(line) for line in text.splitlines()[:MAX_CORNERS] if line.strip()]
    if len(corners) < 3 or any(corner is None for corner in corners):
        return text
    if corners[0] != corners[-1]:
        corners.append(corners[0])
    return {"type": "Polygon", "coordinates": [corners]}


def thing_of_text(text: str, *, is_line: bool) -> object:
    """Return the GeoJSON geometry of a point, a line or an area that was typed: one place, two, or more.

    More than two places are an area, or a line where the thing is one. Else as `geometry_of_text`.
    """
    text = text.strip()
    places = [] if text.startswith("{") else [_corner(line) for line in text.splitlines() if line.strip()]
    if not places or None in places or (len(places) > 2 and not is_line):
        return geometry_of_text(text)
    if len(places) == 1:
        return {"type": "Point", "coordinates": places[0]}
    return {"type": "LineString", "coordinates": places[:MAX_CORNERS]}


def places_of_text(text: str) -> list[object]:
    """Return the places that were typed: a GeoJSON point or points, or one a line. What is no place stays as text."""
    text = text.strip()
    if text.startswith("{"):
        geometry = _geometry_of_json(text)
        found = geometry.get("coordinates") if isinstance(geometry, dict) else None
        if isinstance(geometry, dict) and geometry.get("type") == "Point":
            return [found]
        return found if isinstance(found, list) else [text]
    return [_corner(line) or line for line in text.splitlines()[:MAX_CORNERS] if line.strip()]


def _geometry_of_json(text: str) -> object:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return text
    features = document.get("features")
    if isinstance(features, list) and len(features) == 1 and isinstance(features[0], dict):
        document = features[0]
    geometry = document.get("geometry")
    return geometry if isinstance(geometry, dict) else document


def _corner(line: str) -> tuple[float, float] | None:
    numbers = [float(number.replace(",", ".")) for number in NUMBER.findall(line)]
    if len(numbers) != 2:
        return None
    first, second = numbers
    return (first, second) if abs(first) > 90 else (second, first)
