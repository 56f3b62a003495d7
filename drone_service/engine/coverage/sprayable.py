"""What is left of a field once its zones are kept clear, what each zone takes, and where the aircraft may fly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from drone_service.engine.coverage.planner import Task
from drone_service.engine.coverage.settings import FlightSettings
from drone_service.engine.coverage.wind import Wind
from drone_service.engine.coverage.zones import Area, Zone
from drone_service.engine.errors import EngineError
from drone_service.engine.geometry.repair import union_m

SMALLEST_PART_M2 = 10.0
"""What is cut off and smaller than this is not worth a flight (k); it counts as lost."""
ROUND_M = 100.0
"""How far outside the field the aircraft goes round a zone that cuts off a part of it (k)."""
FLIGHT_REACH_M = 2_000.0
"""Zones further away than this do not concern any flight over the field."""


class NothingLeft(EngineError):
    """Zones and their buffers take the whole field."""

    code = "zones_leave_nothing"


class FieldCutInTwo(EngineError):
    """A zone that is not flown over lies right across the field."""

    code = "field_cut_in_two"


@dataclass(frozen=True, eq=False)
class Loss:
    """A zone and what it takes from the field by itself; where zones overlap they share their loss."""

    zone: Zone
    lost_m2: float


@dataclass(frozen=True, eq=False)
class Near:
    """A zone within reach of the field, where nothing is sprayed for it, and where nobody flies for it."""

    zone: Zone
    dry: Area
    barred: Area | None


@dataclass(frozen=True, eq=False)
class Sprayable:
    """A field in metres, seen with its zones."""

    field: Area
    shape: Area
    """What is sprayed and billed."""
    bank: Area
    """The field less what may not be flown over."""
    air: Area
    """Where the aircraft may fly with the nozzles off: the bank, or round it where zones cut off a part."""
    barred: tuple[Polygon, ...]
    """Where it may not fly, inside and outside the field."""
    spray_shy: Area
    """Where not even the edge of a strip may lie."""
    losses: tuple[Loss, ...]
    near: tuple[Near, ...] = ()
    """Every zone within reach, whether it takes anything or not."""

    @property
    def lost_m2(self) -> float:
        """What all zones take together."""
        return float(self.field.area - self.shape.area)

    def task(
        self, area_m2: float, settings: FlightSettings, *, refill: tuple[float, float] | None, wind: Wind | None
    ) -> Task:
        """Return what is to be flown; `area_m2` is what the rate is meant for."""
        return Task(
            self.shape,
            area_m2,
            settings,
            refill=refill,
            forbidden=self.barred,
            wind=wind,
            air=self.air if self.losses or self.barred else None,
            bank=self.bank,
            spray_shy=self.spray_shy,
        )


def keep_clear(field: Area, zones: Sequence[Zone], wind: Wind | None = None) -> Sprayable:
    """Take zones with their buffers out of a field in metres.

    Parts below 10 m² that are cut off are left out too. Raises NothingLeft, which names the zone that takes the most.
    """
    clipped = [(zone, _clipped(zone, field)) for zone in zones]
    near = [Near(zone, one.spray_free(wind), one.flight_free()) for zone, one in clipped if one is not None]
    barred = [one.barred for one in near if one.barred is not None]
    dry = [(one.zone, one.dry) for one in near if one.dry.intersects(field)]
    losses = tuple(Loss(zone, field.intersection(area).area) for zone, area in dry)
    losses = tuple(loss for loss in losses if loss.lost_m2 > 0)
    shape = _less(field, [area for _, area in dry], SMALLEST_PART_M2) if losses else field
    if shape.is_empty:
        raise _nothing_left(field, losses)
    bank = _less(field, barred)
    air = bank if _is_joined(shape, bank) or not barred else _way_round(field, shape, barred)
    if air is None:
        raise _cut_in_two(field, shape, [one.zone for one in near if one.barred is not None])
    shy = [area for zone, area in dry if zone.minds_spray]
    return Sprayable(field, shape, bank, air, _polygons(barred), _only_areas(union_m(shy)), losses, tuple(near))


def _is_joined(shape: Area, air: Area) -> bool:
    """Return whether one part of the air reaches every part of what is sprayed."""
    whole = any(all(part.intersects(piece) for piece in shapely.get_parts(shape)) for part in shapely.get_parts(air))
    return bool(whole)


def _way_round(field: Area, shape: Area, barred: Sequence[Area]) -> Area | None:
    """Return the air round a field; None where the zones cut that in two as well."""
    holes = [Polygon(ring) for part in shapely.get_parts(field) for ring in part.interiors]
    west, south, east, north = field.bounds
    box = shapely.box(west - ROUND_M, south - ROUND_M, east + ROUND_M, north + ROUND_M)
    around = _less(box, [*holes, *barred])
    return next((part for part in shapely.get_parts(around) if _is_joined(shape, part)), None)


def _cut_in_two(field: Area, shape: Area, zones: Sequence[Zone]) -> FieldCutInTwo:
    """Return the refusal that names the zone without which the parts would be joined, or the first that crosses."""
    areas = [(zone, area) for zone in zones if (area := zone.flight_free()) is not None and area.intersects(field)]

    def cuts(zone: Zone) -> bool:
        return _is_joined(shape, _less(field, [area for other, area in areas if other is not zone]))

    zone = next((zone for zone, _ in areas if cuts(zone)), areas[0][0])
    named = zone.kind.value if zone.kind else "zone"
    return FieldCutInTwo(
        f"the {named} {zone.label!r} cuts the field in two and is not flown over: make a field of each side, or say"
        " overfly where it may be crossed",
        zone=zone.label,
        kind=zone.kind.value if zone.kind else "",
    )


def _clipped(zone: Zone, field: Area) -> Zone | None:
    """Return a zone without what lies far from the field; None if all of it does."""
    west, south, east, north = field.bounds
    reach = shapely.box(west - FLIGHT_REACH_M, south - FLIGHT_REACH_M, east + FLIGHT_REACH_M, north + FLIGHT_REACH_M)
    shape = zone.shape.intersection(reach)
    if shape.is_empty:
        return None
    return Zone(zone.label, shape, zone.kind, zone.buffer_m, zone.downwind_m, zone.may_overfly)


def _less(field: Area, areas: Sequence[Area], smallest_m2: float = 0.0) -> Area:
    if not areas:
        return field
    return _only_areas(field.difference(union_m(areas)), smallest_m2)


def _only_areas(shape: BaseGeometry, smallest_m2: float = 0.0) -> Area:
    parts = [part for part in shapely.get_parts(shape) if isinstance(part, Polygon) and part.area > smallest_m2]
    return parts[0] if len(parts) == 1 else MultiPolygon(parts)


def _polygons(areas: Sequence[Area]) -> tuple[Polygon, ...]:
    return tuple(part for area in areas for part in np.ravel(shapely.get_parts(area)).tolist())


def _nothing_left(field: Area, losses: Sequence[Loss]) -> NothingLeft:
    worst = max(losses, key=lambda loss: loss.lost_m2)
    zone, others = worst.zone, len(losses) - 1
    named = f"{zone.kind.value} " if zone.kind else ""
    with_others = f" and {others} more" if others else ""
    return NothingLeft(
        f"the zones leave nothing of this field: {named}{zone.label!r} with a buffer of {zone.buffer_m:g} m"
        f" takes {worst.lost_m2:.0f} of {field.area:.0f} m²{with_others}; give it a smaller buffer_m if that is right",
        zone=zone.label,
        kind=zone.kind.value if zone.kind else "",
        buffer_m=zone.buffer_m,
        lost_m2=round(worst.lost_m2),
    )
