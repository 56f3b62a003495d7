"""Missions of MAVLink aircraft: QGroundControl's `.plan` and the "QGC WPL 110" text of ArduPilot's ground stations.

Items follow MAVLink's common message set; DO_SPRAYER switches ArduPilot's crop sprayer. Each flight takes off at the
refill place and lands there. By its defaults ArduPilot ends a mission at the first landing, and with
MIS_OPTIONS' continue-after-land it takes off again without a word: so a crew loads one flight at a time.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import shapely
from shapely.geometry import Polygon

from drone_service.engine.coverage.flown import Flight, FlownField, only_field

GLOBAL_FRAME, RELATIVE_ALT_FRAME = 0, 3
"""MAV_FRAME_GLOBAL and MAV_FRAME_GLOBAL_RELATIVE_ALT."""
NAV_WAYPOINT, NAV_LAND, NAV_TAKEOFF, DO_CHANGE_SPEED, DO_SPRAYER = 16, 21, 22, 178, 216
ARDUPILOT, QUADROTOR = 3, 2
"""MAV_AUTOPILOT_ARDUPILOTMEGA, the only one with a sprayer, and MAV_TYPE_QUADROTOR."""
RELATIVE_ALTITUDE = 1
"""QGroundControl's altitude mode "relative to the place of take-off"."""
FENCE_ROOM_M = 10.0
"""How far around field and flights the fence runs (k)."""
EXCLUSION_SLACK_M = 2.0
"""Flights run along the edge of a hole; the fence begins this far inside it, so that they do not trip it (k)."""
SMALLEST_FENCE_M2 = 4.0


@dataclass(frozen=True)
class Item:
    """One mission item; a place is zero for commands without one."""

    command: int
    params: tuple[float, float, float, float] = (0, 0, 0, 0)
    lat: float = 0.0
    lon: float = 0.0
    height_m: float = 0.0


def mission(field: FlownField) -> list[Item]:
    """Return the items of all flights, the speed first."""
    items = [Item(DO_CHANGE_SPEED, (1, field.settings.speed_m_s, -1, 0))]
    for flight in field.flights:
        items += _flight(flight, field.settings.height_m)
    return items


def _flight(flight: Flight, height_m: float) -> list[Item]:
    lon, lat, pumping = *flight.start, 0
    items = [Item(NAV_TAKEOFF, lat=lat, lon=lon, height_m=height_m)]
    for lon, lat, sprayed in flight.path[1:]:
        if sprayed != pumping:
            items.append(Item(DO_SPRAYER, (sprayed, 0, 0, 0)))
            pumping = sprayed
        items.append(Item(NAV_WAYPOINT, lat=lat, lon=lon, height_m=height_m))
    if pumping:
        items.append(Item(DO_SPRAYER))
    return [*items, Item(NAV_LAND, lat=lat, lon=lon)]


def to_ardupilot(fields: Sequence[FlownField]) -> bytes:
    """Return the waypoint file of one field: a home row, then the mission, separated by tabs. Raises OneFieldOnly."""
    field = only_field(fields, "ardupilot")
    lon, lat = field.flights[0].start
    rows = ["QGC WPL 110", _row(0, GLOBAL_FRAME, Item(NAV_WAYPOINT, lat=lat, lon=lon), current=1)]
    rows += [_row(number, RELATIVE_ALT_FRAME, item) for number, item in enumerate(mission(field), start=1)]
    return ("\n".join(rows) + "\n").encode()


def _row(number: int, frame: int, item: Item, *, current: int = 0) -> str:
    params = [f"{value:.6f}" for value in item.params]
    place = [f"{item.lat:.8f}", f"{item.lon:.8f}", f"{item.height_m:.6f}"]
    return "\t".join([str(number), str(current), str(frame), str(item.command), *params, *place, "1"])


def to_qgc(fields: Sequence[FlownField]) -> bytes:
    """Return the `.plan` of one field: fence, refill places as rally points, and the mission. Raises OneFieldOnly."""
    field = only_field(fields, "qgc")
    settings = field.settings
    lon, lat = field.flights[0].start
    items = [_plan_item(number, item) for number, item in enumerate(mission(field), start=1)]
    plan = {
        "fileType": "Plan",
        "version": 1,
        "groundStation": "QGroundControl",
        "geoFence": {"version": 2, "circles": [], "polygons": _fence(field)},
        "rallyPoints": {"version": 2, "points": [[lat, lon, settings.height_m] for lon, lat in field.refills]},
        "mission": {
            "version": 2,
            "firmwareType": ARDUPILOT,
            "vehicleType": QUADROTOR,
            "globalPlanAltitudeMode": RELATIVE_ALTITUDE,
            "cruiseSpeed": settings.speed_m_s,
            "hoverSpeed": settings.speed_m_s,
            "plannedHomePosition": [lat, lon, 0],
            "items": items,
        },
    }
    return json.dumps(plan, indent=1).encode()


def _plan_item(number: int, item: Item) -> dict[str, object]:
    has_place = item.command in (NAV_TAKEOFF, NAV_WAYPOINT, NAV_LAND)
    # Null leaves the yaw to the autopilot.
    params = [*item.params[:3], None if has_place else item.params[3], item.lat, item.lon, item.height_m]
    return {
        "type": "SimpleItem",
        "autoContinue": True,
        "command": item.command,
        "doJumpId": number,
        "frame": RELATIVE_ALT_FRAME,
        "params": params,
        "Altitude": item.height_m,
        "AltitudeMode": RELATIVE_ALTITUDE,
        "AMSLAltAboveTerrain": None,
    }


def _fence(field: FlownField) -> list[dict[str, object]]:
    lines = [shapely.LineString(field.metres(flight.path)) for flight in field.flights]
    flown = shapely.union_all([field.plane.to_m(field.shape), *lines], grid_size=1e-6)
    around = shapely.get_parts(shapely.buffer(flown, FENCE_ROOM_M, quad_segs=2).simplify(1.0))
    polygons = [_fence_polygon(field, Polygon(part.exterior), inclusion=True) for part in around]
    for obstacle in field.obstacles:
        whole = field.plane.to_m(obstacle)
        inner = shapely.buffer(whole, -EXCLUSION_SLACK_M)
        parts = [part for part in shapely.get_parts(inner) if part.area >= SMALLEST_FENCE_M2]
        polygons += [_fence_polygon(field, part, inclusion=False) for part in parts]
    return polygons


def _fence_polygon(field: FlownField, polygon: Polygon, *, inclusion: bool) -> dict[str, object]:
    ring = field.plane.to_lonlat(shapely.geometry.polygon.orient(polygon, -1.0)).exterior
    places = [[round(lat, 8), round(lon, 8)] for lon, lat in shapely.get_coordinates(ring)[:-1].tolist()]
    return {"version": 1, "inclusion": inclusion, "polygon": places}
