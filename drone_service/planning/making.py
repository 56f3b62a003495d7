"""Plans as they are made and remembered: the same flight is asked for by the quote, the request and the job."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import shapely
from shapely.geometry import MultiPolygon, Polygon

from drone_service.engine.coverage.check import Surroundings, check
from drone_service.engine.coverage.document import KeptClear, kept_clear
from drone_service.engine.coverage.kept import KeptZone, kept_zones
from drone_service.engine.coverage.plan import Plan
from drone_service.engine.coverage.planner import plan_field as plan_task
from drone_service.engine.coverage.settings import Wishes, settle
from drone_service.engine.coverage.sprayable import keep_clear
from drone_service.engine.coverage.wind import Wind, ensure_wind
from drone_service.engine.coverage.zones import Zone, ZoneKind
from drone_service.engine.geometry.antimeridian import unwrap
from drone_service.engine.geometry.area import area_m2
from drone_service.engine.geometry.plane import LocalPlane
from drone_service.engine.operation import Service
from drone_service.fleet import service as fleet_service
from drone_service.planning.rules import PlanNotSafe, RefillInZone


@dataclass(frozen=True)
class Flight:
    """A flight that is asked for, or will be in a moment; the field and its zones in degrees."""

    field: Polygon | MultiPolygon
    aircraft_model: str
    service: Service
    rate_per_ha: float
    refill: tuple[float, float] | None = None
    wishes: Wishes | None = None
    sprayed_m2: float | None = None
    """The area the rate is meant for, where it is not what is left of the outline."""
    zones: Sequence[Zone] = ()
    wind: Wind | None = None
    other_refills: Sequence[tuple[float, float]] = ()
    """More places where the crew may fill."""


@dataclass(frozen=True, eq=False)
class Planned:
    """A plan that has passed the check, what it sprays in degrees, and what zones took."""

    plan: Plan
    plane: LocalPlane
    sprayed: Polygon | MultiPolygon
    clear: KeptClear
    zones: tuple[KeptZone, ...] = ()
    """What the flight keeps clear of, in degrees."""


def checked_plan(flight: Flight) -> Planned:
    """Return the plan of a flight, made or remembered. Raises EngineError, UnknownModel, RefillInZone, PlanNotSafe."""
    return _made(
        _Asked(
            outline_wkb=flight.field.wkb,
            aircraft_model=flight.aircraft_model,
            service=flight.service,
            rate_per_ha=flight.rate_per_ha,
            refill=flight.refill,
            wishes=flight.wishes,
            zones=tuple(
                _Thing(zone.label, zone.shape.wkb, zone.kind, zone.buffer_m, zone.downwind_m, zone.may_overfly)
                for zone in flight.zones
            ),
            sprayed_m2=flight.sprayed_m2,
            wind=flight.wind,
            other_refills=tuple(flight.other_refills),
        )
    )


@dataclass(frozen=True)
class _Thing:
    """A zone as a part of what plans are remembered by."""

    label: str
    wkb: bytes
    kind: ZoneKind | None
    buffer_m: float
    downwind_m: float
    may_overfly: bool

    def on(self, plane: LocalPlane) -> Zone:
        shape = plane.to_m(shapely.from_wkb(self.wkb))
        return Zone(self.label, shape, self.kind, self.buffer_m, self.downwind_m, self.may_overfly)


@dataclass(frozen=True)
class _Asked:
    """Everything a plan follows from."""

    outline_wkb: bytes
    aircraft_model: str
    service: Service
    rate_per_ha: float
    refill: tuple[float, float] | None
    wishes: Wishes | None
    sprayed_m2: float | None
    zones: tuple[_Thing, ...]
    wind: Wind | None
    other_refills: tuple[tuple[float, float], ...]


@lru_cache(maxsize=1024)
def _made(asked: _Asked) -> Planned:
    # A field is planned for the quote, again for the request and again when it is changed: the same flight each time.
    field = shapely.from_wkb(asked.outline_wkb)
    spec = fleet_service.get_spec(asked.aircraft_model)
    settings = settle(spec, asked.service, asked.rate_per_ha, asked.wishes)
    ensure_wind(asked.wind, spec)
    plane = LocalPlane.around(field)
    shape = plane.to_m(unwrap(field))
    zones = [thing.on(plane) for thing in asked.zones]
    left = keep_clear(shape, zones, asked.wind)
    # Without a loss the area is that of the outline itself, to the last digit: it is what has always been billed.
    sprayed = plane.to_lonlat(left.shape) if left.losses else field
    refill = _in_metres(plane, asked.refill)
    others = [place for other in asked.other_refills if (place := _in_metres(plane, other)) is not None]
    if any(area.contains(shapely.Point(place)) for area in left.barred for place in (refill, *others) if place):
        raise RefillInZone
    task = left.task(asked.sprayed_m2 or area_m2(sprayed), settings, refill=refill, wind=asked.wind)
    plan = plan_task(replace(task, other_refills=others))
    faults = check(left.shape, plan, Surroundings(shape, zones, asked.wind))
    if faults:
        raise PlanNotSafe(faults=[fault.code for fault in faults])
    clear = kept_clear(area_m2(field), area_m2(sprayed), left)
    return Planned(plan, plane, sprayed, clear, kept_zones(left, plan, plane))


def _in_metres(plane: LocalPlane, place: tuple[float, float] | None) -> tuple[float, float] | None:
    if place is None:
        return None
    x_m, y_m = plane.points_to_m(np.array([place]))[0]
    return float(x_m), float(y_m)
