"""What a zone must be, what its kind is called, and the zone as the planner takes it."""

from collections.abc import Mapping
from typing import ClassVar

from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

from drone_service.access.rules import ZoneRule
from drone_service.engine.coverage.sprayable import FLIGHT_REACH_M
from drone_service.engine.coverage.zones import KIND_RULES, KindRule, WrongZone, Zone, ZoneKind, zone_of
from drone_service.engine.errors import EngineError
from drone_service.engine.geometry.marks import read_mark
from drone_service.engine.geometry.outline import outline_of_geojson
from drone_service.engine.geometry.plane import LocalPlane
from drone_service.engine.geometry.validate import checked_shape
from drone_service.farms.rules import answer_to
from drone_service.kit.errors import Conflict, Invalid, NotFound
from drone_service.kit.i18n import N_, Named

REACH_M = 600.0
"""Zones nearer than this to a field are looked at: the longest buffer is 500 m."""
MAX_NEAR = 100
"""Zones that one field may have near it."""

KIND_NAMES = {
    ZoneKind.HOUSE: N_("House"),
    ZoneKind.TREE: N_("Tree"),
    ZoneKind.POLE: N_("Pole"),
    ZoneKind.POWER_LINE: N_("Power line"),
    ZoneKind.POND: N_("Pond"),
    ZoneKind.CANAL: N_("Canal"),
    ZoneKind.AQUACULTURE: N_("Shrimp or fish pond"),
    ZoneKind.BEEHIVE: N_("Beehives"),
    ZoneKind.ROAD: N_("Road"),
    ZoneKind.NEIGHBOUR_CROP: N_("Neighbour’s crop"),
}


class ZoneNotFound(NotFound):
    code = "farms.zone_not_found"


class ZoneTooFar(Invalid):
    code = "farms.zone_too_far"
    title: ClassVar[str] = N_("Too far from the field")
    detail: ClassVar[str] = N_("It lies %(away_m)s m from the field. Only what is within %(reach_m)s m matters to it.")


class RefillTooFar(Invalid):
    code = "farms.refill_too_far"
    title: ClassVar[str] = N_("Too far from the field")
    detail: ClassVar[str] = N_("The filling place lies %(away_m)s m from the field; %(reach_m)s m is the most.")


class TooManyZones(Conflict):
    code = "farms.too_many_zones"
    title: ClassVar[str] = N_("Too many things near this field")
    detail: ClassVar[str] = N_("There are %(limit)s already. Put away what is not there any more.")


class ZoneRefused(Invalid):
    code = "farms.zone"
    title: ClassVar[str] = N_("This cannot be kept clear of")
    detail: ClassVar[str] = N_("A point or a line needs a distance above 0 m, and no distance is above 500 m.")


class ZoneArchived(Conflict):
    code = "farms.zone_archived"
    title: ClassVar[str] = N_("This was put away")
    detail: ClassVar[str] = N_("Bring it back before you change it.")


class ZoneNotArchived(Conflict):
    code = "farms.zone_not_archived"
    title: ClassVar[str] = N_("This is in use")
    detail: ClassVar[str] = N_("Only what was put away can be brought back.")


def named(kind: ZoneKind) -> Named:
    """Return a kind with the name that people read."""
    return Named(kind.value, KIND_NAMES[kind])


def accept_thing(geometry: object) -> BaseGeometry:
    """Return the geometry of a GeoJSON point, line or area. Raises an OutlineRefused."""
    try:
        mark = read_mark(geometry)
        return mark if mark is not None else checked_shape(outline_of_geojson(geometry))
    except EngineError as problem:
        raise answer_to(problem) from problem


def ensure_near(geometry: BaseGeometry, field: BaseGeometry) -> None:
    """Refuse what has no part near a field. Raises ZoneTooFar."""
    plane = LocalPlane.around(field)
    away_m = plane.to_m(geometry).distance(plane.to_m(field))
    if not away_m <= REACH_M:
        raise ZoneTooFar(away_m=round(away_m), reach_m=round(REACH_M))


def ensure_fillable(place: tuple[float, float], field: BaseGeometry) -> None:
    """Refuse a filling place out of radio range. Raises RefillTooFar."""
    plane = LocalPlane.around(field)
    away_m = plane.to_m(Point(place)).distance(plane.to_m(field))
    if not away_m <= FLIGHT_REACH_M:
        raise RefillTooFar(away_m=round(away_m), reach_m=round(FLIGHT_REACH_M))


def rules_by_kind(own: Mapping[ZoneKind, ZoneRule]) -> dict[ZoneKind, KindRule]:
    """Return the distances of every kind: the cooperative's own before ours."""
    mine = {kind: KindRule(rule.buffer_m, rule.downwind_m, rule.may_overfly) for kind, rule in own.items()}
    return {**KIND_RULES, **mine}


def engine_zone(
    label: str,
    geometry: BaseGeometry,
    kind: ZoneKind,
    *,
    rules: Mapping[ZoneKind, KindRule],
    buffer_m: float | None,
    may_overfly: bool | None,
) -> Zone:
    """Return a zone in degrees as the planner takes it. Raises ZoneRefused for one that covers nothing."""
    try:
        return zone_of(label, geometry, kind, rules=rules, buffer_m=buffer_m, may_overfly=may_overfly)
    except WrongZone as problem:
        raise ZoneRefused from problem
