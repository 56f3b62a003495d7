"""GeoJSON: a FeatureCollection, a Feature or a bare geometry. fiboa properties are kept as they are."""

import json
import math

from drone_service.engine.geometry.outline import NotAnArea, Outline, outline_of_geojson
from drone_service.farms.readers.projection import ensure_known, to_wgs84
from drone_service.farms.readers.rows import MAX_ROWS, BrokenFile, FileTooLarge, NoFields, ReadRow, read_row

GEOMETRIES = frozenset(
    {"Polygon", "MultiPolygon", "GeometryCollection", "Point", "MultiPoint", "LineString", "MultiLineString"}
)


def read_geojson(data: bytes) -> list[ReadRow]:
    """Read every feature. Raises BrokenFile, NoFields, FileTooLarge or UnknownProjection."""
    document = _parse(data)
    features = _features(document)
    if not features:
        raise NoFields
    if len(features) > MAX_ROWS:
        raise FileTooLarge(limit=MAX_ROWS)
    crs = _crs_name(document)
    if crs:
        ensure_known(crs)
    return [_read_feature(number, feature, crs) for number, feature in enumerate(features, 1)]


def _parse(data: bytes) -> dict[str, object]:
    try:
        # NaN and Infinity are not JSON. They come through as such, so that the row that holds them is named
        # and the rows beside it are kept.
        document = json.loads(data, parse_constant=lambda _: math.nan)
    except (ValueError, RecursionError) as error:
        raise BrokenFile(str(error)) from error
    if not isinstance(document, dict):
        raise NoFields
    return document


def _features(document: dict[str, object]) -> list[object]:
    kind = document.get("type")
    if kind == "FeatureCollection":
        features = document.get("features")
        return features if isinstance(features, list) else []
    if kind == "Feature":
        return [document]
    return [{"type": "Feature", "geometry": document}] if isinstance(kind, str) and kind in GEOMETRIES else []


def _read_feature(number: int, feature: object, crs: str | None) -> ReadRow:
    feature = feature if isinstance(feature, dict) else {}
    properties = feature.get("properties")
    properties = properties if isinstance(properties, dict) else {}

    def outline() -> Outline:
        try:
            found = outline_of_geojson(feature.get("geometry"))
        except RecursionError as error:
            raise NotAnArea from error
        return to_wgs84(found, crs) if crs else found

    source_id = properties.get("id") if feature.get("id") is None else feature["id"]
    return read_row(number, read_outline=outline, source_id=source_id, properties=properties)


def _crs_name(document: dict[str, object]) -> str | None:
    """Return the `crs` of the old GeoJSON of 2008, which some programs still write."""
    crs = document.get("crs")
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    return name if isinstance(name, str) else None
