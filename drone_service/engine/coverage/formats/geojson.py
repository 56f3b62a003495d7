"""A plan as GeoJSON (RFC 7946): outlines, zones, refill places and flights."""

from __future__ import annotations

import json
from collections.abc import Sequence

import shapely
from shapely.geometry.base import BaseGeometry

from drone_service.engine.coverage.flown import FlownField, stretches
from drone_service.engine.coverage.kept import titles


def to_geojson(fields: Sequence[FlownField]) -> bytes:
    """Return a FeatureCollection; `kind` is field, refill, zone, buffer, no_fly, spray or transit."""
    features = [part for field in fields for part in _features(field)]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False).encode()


def _features(field: FlownField) -> list[dict[str, object]]:
    found = [_feature(field, _geometry(field.shape), kind="field", area_m2=round(field.area_m2, 3))]
    for place in (*field.refills, *field.unused):
        point = {"type": "Point", "coordinates": list(place)}
        found.append(_feature(field, point, kind="refill", used=place not in field.unused))
    for title, zone in zip(titles(field.zones), field.zones, strict=True):
        about = {"zone": title, "zone_kind": zone.kind, "buffer_m": zone.buffer_m, "downwind_m": zone.downwind_m}
        found.append(_feature(field, _geometry(zone.shape), kind="zone", **about))
        found.append(_feature(field, _geometry(zone.buffer), kind="buffer", **about))
        if zone.barred is not None:
            found.append(_feature(field, _geometry(zone.barred), kind="no_fly", **about))
    for flight in field.flights:
        for sprayed, places in stretches(flight.path):
            line = {"type": "LineString", "coordinates": [list(place) for place in places]}
            found.append(_feature(field, line, kind="spray" if sprayed else "transit", sortie=flight.number))
    return found


def _feature(field: FlownField, geometry: object, **properties: object) -> dict[str, object]:
    return {"type": "Feature", "geometry": geometry, "properties": {"field": field.label, **properties}}


def _geometry(shape: BaseGeometry) -> object:
    # The outer ring anticlockwise, holes clockwise: some readers take a ring the other way for all the world around it.
    return shapely.geometry.mapping(shapely.orient_polygons(shape))
