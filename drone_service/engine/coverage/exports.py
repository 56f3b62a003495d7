"""Plans in the formats of other programs: GeoJSON, KML, and the mission file of QGroundControl."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from xml.sax.saxutils import escape

import shapely
from shapely.geometry import MultiPolygon, Polygon, mapping

from drone_service.engine.coverage.document import PathLonLat, PlannedField
from drone_service.engine.errors import EngineError

RELATIVE_ALT_FRAME = 3
"""MAV_FRAME_GLOBAL_RELATIVE_ALT."""
NAV_WAYPOINT, NAV_LAND, NAV_TAKEOFF, DO_CHANGE_SPEED, DO_SPRAYER = 16, 21, 22, 178, 216
"""MAVLink commands; DO_SPRAYER switches the pumps."""
ARDUPILOT, QUADROTOR = 3, 2
"""MAV_AUTOPILOT_ARDUPILOTMEGA, the only one with a sprayer, and MAV_TYPE_QUADROTOR."""


class OneFieldOnly(EngineError):
    """The format holds the plan of one field."""

    code = "one_field_only"


def stretches(path: PathLonLat) -> list[tuple[bool, list[list[float]]]]:
    """Split a path into runs of sprayed and of unsprayed legs, each with all its places."""
    found: list[tuple[bool, list[list[float]]]] = []
    for (lon, lat, _), (to_lon, to_lat, sprayed) in pairwise(path):
        if not found or found[-1][0] != bool(sprayed):
            found.append((bool(sprayed), [[lon, lat]]))
        found[-1][1].append([to_lon, to_lat])
    return found


def to_geojson(fields: Sequence[PlannedField]) -> dict[str, object]:
    """Return the outlines, the refill places and the flights as a FeatureCollection."""
    return {"type": "FeatureCollection", "features": [part for field in fields for part in _features(field)]}


def _features(field: PlannedField) -> list[dict[str, object]]:
    found = [
        _feature(mapping(field.shape), field=field.label, kind="field", area_m2=round(field.plan.area_m2, 3)),
        _feature({"type": "Point", "coordinates": list(field.refill)}, field=field.label, kind="refill"),
    ]
    for number, sortie in enumerate(field.plan.sorties, start=1):
        for sprayed, places in stretches(field.path(sortie)):
            line = {"type": "LineString", "coordinates": places}
            found.append(_feature(line, field=field.label, kind="spray" if sprayed else "transit", sortie=number))
    return found


def _feature(geometry: object, **properties: object) -> dict[str, object]:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def to_kml(fields: Sequence[PlannedField]) -> str:
    """Return the outlines as DJI remotes read them, the refill places and the flights as KML 2.2."""
    folders = "".join(_folder(field) for field in fields)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document><name>drone_service</name>{folders}</Document></kml>\n'
    )


def _folder(field: PlannedField) -> str:
    outlines = "".join(_placemark(field.label, _kml_polygon(part)) for part in shapely.get_parts(field.shape))
    lon, lat = field.refill
    marks = _placemark("refill", f"<Point><coordinates>{lon},{lat}</coordinates></Point>")
    for number, sortie in enumerate(field.plan.sorties, start=1):
        for sprayed, places in stretches(field.path(sortie)):
            name = f"{'spray' if sprayed else 'transit'} {number}"
            marks += _placemark(name, f"<LineString><coordinates>{_tuples(places)}</coordinates></LineString>")
    return f"<Folder><name>{_text(field.label)}</name>{outlines}{marks}</Folder>"


def _placemark(name: str, geometry: str) -> str:
    return f"<Placemark><name>{_text(name)}</name>{geometry}</Placemark>"


def _text(text: str) -> str:
    # Control characters have no place in XML 1.0, not even escaped.
    return escape("".join(character for character in text if character >= " "))


def _kml_polygon(polygon: Polygon | MultiPolygon) -> str:
    rings = [polygon.exterior, *polygon.interiors]
    sides = ["outerBoundaryIs", *["innerBoundaryIs"] * len(polygon.interiors)]
    parts = (
        f"<{side}><LinearRing><coordinates>{_tuples(shapely.get_coordinates(ring).tolist())}</coordinates>"
        f"</LinearRing></{side}>"
        for side, ring in zip(sides, rings, strict=True)
    )
    return f"<Polygon>{''.join(parts)}</Polygon>"


def _tuples(places: Sequence[Sequence[float]]) -> str:
    return " ".join(f"{lon},{lat}" for lon, lat in places)


def to_qgc(fields: Sequence[PlannedField]) -> dict[str, object]:
    """Return the mission of one field as a QGroundControl `.plan`; each flight lands to be filled and takes off again.

    Raises OneFieldOnly.
    """
    if len(fields) != 1:
        raise OneFieldOnly("the qgc format holds one field; plan the fields one by one")
    field = fields[0]
    settings = field.plan.settings
    lon, lat = field.refill
    items = [item for sortie in field.plan.sorties for item in _mission(field.path(sortie), settings.height_m)]
    first = [_item(DO_CHANGE_SPEED, [1, settings.speed_m_s, -1, 0, 0, 0, 0])]
    return {
        "fileType": "Plan",
        "version": 1,
        "groundStation": "QGroundControl",
        "geoFence": {"version": 2, "circles": [], "polygons": []},
        "rallyPoints": {"version": 2, "points": []},
        "mission": {
            "version": 2,
            "firmwareType": ARDUPILOT,
            "vehicleType": QUADROTOR,
            "cruiseSpeed": settings.speed_m_s,
            "hoverSpeed": settings.speed_m_s,
            "plannedHomePosition": [lat, lon, 0],
            "items": [{**item, "doJumpId": number} for number, item in enumerate([*first, *items], start=1)],
        },
    }


def _mission(path: PathLonLat, height_m: float) -> list[dict[str, object]]:
    (lon, lat, _), pumping = path[0], 0
    items = [_item(NAV_TAKEOFF, [0, 0, 0, None, lat, lon, height_m])]
    for lon, lat, sprayed in path[1:]:
        if sprayed != pumping:
            items.append(_item(DO_SPRAYER, [sprayed, 0, 0, 0, 0, 0, 0]))
            pumping = sprayed
        items.append(_item(NAV_WAYPOINT, [0, 0, 0, None, lat, lon, height_m]))
    if pumping:
        items.append(_item(DO_SPRAYER, [0, 0, 0, 0, 0, 0, 0]))
    return [*items, _item(NAV_LAND, [0, 0, 0, None, lat, lon, 0])]


def _item(command: int, params: list[float | None]) -> dict[str, object]:
    return {
        "type": "SimpleItem",
        "autoContinue": True,
        "command": command,
        "frame": RELATIVE_ALT_FRAME,
        "params": params,
        "Altitude": params[6],
        "AltitudeMode": 1,
        "AMSLAltAboveTerrain": None,
    }
