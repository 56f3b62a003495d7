"""What zones take from a field, without a flight: for the page of the field."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from drone_service.engine.coverage.on_map import ground_of
from drone_service.engine.coverage.sprayable import keep_clear
from drone_service.engine.coverage.zones import Zone
from drone_service.engine.errors import EngineError
from drone_service.engine.geometry.antimeridian import unwrap
from drone_service.engine.geometry.area import area_m2
from drone_service.engine.geometry.plane import LocalPlane
from drone_service.planning.rules import PlanRefused, refusal_of

SAME_M2 = 1.0
"""Outlines that differ by less are the same: they are rounded where they are stored."""


@dataclass(frozen=True, eq=False)
class Clearing:
    """A field and its zones: what is left, what each takes by itself, and where their buffers lie in degrees."""

    sprayable_m2: float
    lost_m2: float
    lost_by: dict[str, float]
    buffers: dict[str, BaseGeometry]
    refusal: PlanRefused | None
    """Why no flight can be planned with these zones."""


def clearing_of(field: Polygon | MultiPolygon, zones: Sequence[Zone]) -> Clearing:
    """Return what zones in degrees take from a field in degrees in calm air."""
    plane = LocalPlane.around(field)
    shape, field_m2 = plane.to_m(unwrap(field)), area_m2(field)
    near = [replace(zone, shape=plane.to_m(zone.shape)) for zone in zones]
    widened = {zone.label: zone.spray_free(None) for zone in near}
    to_geodesic = field_m2 / shape.area
    lost_by = {label: shape.intersection(area).area * to_geodesic for label, area in widened.items()}
    buffers = {label: plane.to_lonlat(area) for label, area in widened.items()}
    try:
        left_m2 = keep_clear(shape, near).shape.area * to_geodesic
        refusal = None
    except EngineError as problem:
        left_m2, refusal = 0.0, refusal_of(problem)
    return Clearing(left_m2, field_m2 - left_m2, lost_by, buffers, refusal)


def is_what_is_sprayed(shape: Polygon | MultiPolygon, field: Polygon | MultiPolygon, zones: Sequence[Zone]) -> bool:
    """Tell whether a shape is what zones leave of a field today, in calm air; all of them in degrees."""
    try:
        ground = ground_of(field, zones)
    except EngineError:
        return False
    drawn = ground.plane.to_m(unwrap(shape))
    return bool(drawn.symmetric_difference(ground.left.shape).area < SAME_M2)
