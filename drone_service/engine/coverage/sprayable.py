"""What is left of a field once its zones are kept clear, what each zone takes, and where the aircraft may fly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from drone_service.engine.coverage.settings import FlightSettings
from drone_service.engine.coverage.task import Side, Task
from drone_service.engine.coverage.wind import Wind
from drone_service.engine.coverage.zones import Area, Zone, ZoneKind
from drone_service.engine.errors import EngineError
from drone_service.engine.geometry.repair import union_m

SMALLEST_PART_M2 = 10.0
"""What is cut off and smaller than this is not worth a flight (k); it counts as lost."""
SMALLEST_SIDE_M2 = 100.0
"""A side smaller than the smallest field is not worth carrying the rig to (k); it counts as lost too."""
STRIP_REACH_M = 10.0
"""Half of the widest strip that any aircraft of the catalogue lays, and some."""
WALKED_ACROSS = frozenset({ZoneKind.POWER_LINE, ZoneKind.POLE, ZoneKind.TREE, ZoneKind.ROAD, ZoneKind.NEIGHBOUR_CROP})
"""What keeps off the aircraft and not the crew (k); water, houses and what nobody named keep off both."""
ROUND_M = 100.0
"""How far outside the field the aircraft goes round a zone that cuts off a part of it (k)."""
FLIGHT_REACH_M = 2_000.0
"""Zones further away than this do not concern any flight over the field."""


class NothingLeft(EngineError):
    """Zones and their buffers take the whole field."""

    code = "zones_leave_nothing"


class FieldCutInTwo(EngineError):
    """A part of the field is shut in by what is neither flown over nor walked across."""

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
    sides: tuple[Side, ...] = ()
    """The parts between which nobody flies, where what is not flown over lies right across the field."""

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
            # A hole that a zone opens is none of the bank's any more.
            forbidden=(*self.barred, *_polygons(_holes(self.field))),
            wind=wind,
            air=None if self.air is self.shape else self.air,
            bank=self.bank,
            spray_shy=self.spray_shy,
            sides=self.sides,
        )


def keep_clear(field: Area, zones: Sequence[Zone], wind: Wind | None = None) -> Sprayable:
    """Take zones with their buffers out of a field in metres.

    Parts below 10 m² that are cut off are left out too. Raises NothingLeft, which names the zone that takes the most,
    and FieldCutInTwo, which names what shuts a part of the field in.
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
    bank = _beside(shape, _less(field, barred))
    shape, bank, air, sides = _reached(field, shape, bank, near)
    # The strips of the outermost lines reach over the bank, to what lies beside the field as well.
    reach = shapely.buffer(field, STRIP_REACH_M)
    shy = [one.dry for one in near if one.zone.minds_spray and one.dry.intersects(reach)]
    return Sprayable(field, shape, bank, air, _polygons(barred), _only_areas(union_m(shy)), losses, tuple(near), sides)


def _beside(shape: Area, land: Area) -> Area:
    """Return the parts of the land on which something is sprayed: nobody flies from one that zones took and cut off."""
    parts = shapely.get_parts(land)
    own = [part for part in parts if part.intersects(shape)]
    return land if len(own) == len(parts) else _only_areas(MultiPolygon(own))


def _is_joined(shape: Area, air: Area) -> bool:
    """Return whether one part of the air reaches every part of what is sprayed."""
    whole = any(all(part.intersects(piece) for piece in shapely.get_parts(shape)) for part in shapely.get_parts(air))
    return bool(whole)


def _reached(field: Area, shape: Area, bank: Area, near: Sequence[Near]) -> tuple[Area, Area, Area, tuple[Side, ...]]:
    """Return what is sprayed, its bank, the air that joins its parts, and its sides where no air does.

    A scrap on the far side of something is left out. Raises FieldCutInTwo.
    """
    barred = [one.barred for one in near if one.barred is not None]
    if _is_joined(shape, bank) or not (barred or _holes(field)):
        return shape, bank, bank, ()
    around = open_around(field, [*_holes(field), *barred])
    air = next((part for part in around if _is_joined(shape, part)), None)
    if air is not None:
        return shape, bank, air, ()
    sides = [side for part in around if (side := _side(shape, bank, part)) is not None]
    worth = [side for side in sides if side.shape.area >= SMALLEST_SIDE_M2]
    sides = worth or [max(sides, key=lambda side: side.shape.area)]
    if len(sides) == 1:
        return sides[0].shape, sides[0].bank, sides[0].air, ()
    _ensure_walked_to(field, sides, near)
    parts = [part for side in sides for part in shapely.get_parts(side.shape)]
    return MultiPolygon(parts), bank, bank, tuple(sides)


def _side(shape: Area, bank: Area, around: Polygon) -> Side | None:
    """Return what lies in one part of the air; None if nothing of the shape does."""
    own, land = (
        _only_areas(MultiPolygon([part for part in shapely.get_parts(area) if around.covers(part.point_on_surface())]))
        for area in (shape, bank)
    )
    if own.is_empty:
        return None
    return Side(own, land, next((part for part in shapely.get_parts(land) if _is_joined(own, part)), around))


def open_around(field: BaseGeometry, walls: Sequence[Area]) -> list[Polygon]:
    """Return the parts of what is open within 100 m round a field."""
    west, south, east, north = field.bounds
    box = shapely.box(west - ROUND_M, south - ROUND_M, east + ROUND_M, north + ROUND_M)
    return list(shapely.get_parts(_less(box, walls)))


def _holes(field: Area) -> list[Area]:
    """Return what the field encloses and is not field."""
    return [_less(Polygon(ring), [field]) for part in shapely.get_parts(field) for ring in part.interiors]


def _ensure_walked_to(field: Area, sides: Sequence[Side], near: Sequence[Near]) -> None:
    """Refuse a side that the crew does not reach on the ground either. Raises FieldCutInTwo."""
    walls = [one for one in near if one.barred is not None and one.zone.kind not in WALKED_ACROSS]
    ground = open_around(field, [*_holes(field), *(one.barred for one in walls if one.barred is not None)])
    west, south, east, north = field.bounds
    edge = shapely.box(west - ROUND_M, south - ROUND_M, east + ROUND_M, north + ROUND_M).exterior
    outside = [part for part in ground if part.intersects(edge)]
    for side in sides:
        if not any(part.covers(side.shape.point_on_surface()) for part in outside):
            raise _cut_in_two(side, walls)


def _cut_in_two(side: Side, walls: Sequence[Near]) -> FieldCutInTwo:
    """Return the refusal that names the zone nearest to a side that is shut in; a hole of the field has no name."""
    one = min(walls, key=lambda wall: wall.zone.shape.distance(side.shape), default=None)
    if one is None:
        return FieldCutInTwo(
            "a part of the field lies inside a hole of it: make a field of that part", zone="", kind=""
        )
    kind = one.zone.kind.value if one.zone.kind else ""
    return FieldCutInTwo(
        f"the {kind or 'zone'} {one.zone.label!r} shuts in a part of the field, which is reached neither by air nor on"
        " the ground: make a field of that part, or say overfly where it may be crossed",
        zone=one.zone.label,
        kind=kind,
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
    with_buffer, advice = "", ""
    if zone.buffer_m > 0:
        with_buffer, advice = f" with a buffer of {zone.buffer_m:g} m", "; give it a smaller buffer_m if that is right"
    return NothingLeft(
        f"the zones leave nothing of this field: {named}{zone.label!r}{with_buffer}"
        f" takes {worst.lost_m2:.0f} of {field.area:.0f} m²{with_others}{advice}",
        zone=zone.label,
        kind=zone.kind.value if zone.kind else "",
        buffer_m=zone.buffer_m,
        lost_m2=round(worst.lost_m2),
    )
