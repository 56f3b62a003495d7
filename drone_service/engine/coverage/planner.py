"""From a field in metres to a plan: its lines, the refill place and the sorties."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon, Polygon

from drone_service.engine.coverage.airspace import Airspace, open_air
from drone_service.engine.coverage.cover import UNION_GRID_M
from drone_service.engine.coverage.kinematics import leg_s, one_leg_s
from drone_service.engine.coverage.laying import Candidate, lay, waste_s
from drone_service.engine.coverage.plan import Plan, Sortie
from drone_service.engine.coverage.room import Room
from drone_service.engine.coverage.settings import FlightSettings
from drone_service.engine.coverage.sorties import FieldOutOfRange, Route, cut
from drone_service.engine.coverage.wind import Wind
from drone_service.engine.errors import EngineError

Floats = NDArray[np.float64]
Shape: TypeAlias = Polygon | MultiPolygon
ON_BANK_M = 1e-6
FINALISTS = 2
CAUTION_WIND_M_S = 4.4
REFILL_PLACES = 24


class NothingToSpray(EngineError):
    """No line fits into what is left of the field."""

    code = "nothing_to_spray"


class WindTooStrong(EngineError):
    code = "wind_too_strong"


@dataclass(frozen=True, eq=False)
class Task:
    """What is to be flown: a valid field in metres, the area the rate is meant for, and what may not be crossed."""

    shape: Shape
    area_m2: float
    settings: FlightSettings
    refill: tuple[float, float] | None = None
    forbidden: Sequence[Polygon] = field(default_factory=tuple)
    """Zones besides the holes of the shape; the flight to a refill place off the field goes round them too."""
    wind: Wind | None = None
    air: Shape | None = None
    """Where the aircraft may fly with the nozzles off between the lines; None is the shape itself."""
    bank: Shape | None = None
    """The field on whose outline a refill place is proposed; None is the shape itself."""
    spray_shy: Shape = field(default_factory=Polygon)
    """Where not even the edge of a strip may lie."""


def plan_field(task: Task) -> Plan:
    """Plan the flights over a field.

    Time is least under the coverage floor; where the shape does not allow the floor a warning says what is left.
    Raises NothingToSpray, FieldOutOfRange.
    """
    room = _room(task)
    home = np.array(task.refill) if task.refill is not None and _is_one_load(task) else None
    candidates = lay(room, task.settings, home, 1 if _is_one_load(task) else FINALISTS)
    if not candidates:
        raise NothingToSpray("no spray line fits into this field")
    quantity = task.settings.rate_per_ha * task.area_m2 / 10_000
    plans = [_fly(room, candidate, quantity, task) for candidate in candidates]
    return min(plans, key=lambda found: found[0])[1]


def _room(task: Task) -> Room:
    shape = _normal(task.shape)
    air = None if task.air is None else _normal(task.air)
    shy = task.spray_shy
    if not task.settings.overspray:
        around = shapely.box(*shapely.buffer(shape.envelope, 2 * task.settings.swath_range_m[1]).bounds)
        shy = shapely.union_all([shy, around.difference(shape)], grid_size=UNION_GRID_M)
    return Room.of(shape, air, shy, task.settings)


def _is_one_load(task: Task) -> bool:
    return task.settings.rate_per_ha * task.area_m2 / 10_000 <= task.settings.load_limit


def _normal(shape: Shape) -> Shape:
    """Return the same plan's shape however the outline was drawn: corners in a fixed order, no doubled ones."""
    return shapely.normalize(shapely.set_precision(shape, 1e-6)) if shapely.is_valid(shape) else shape


def _air(region: Shape, settings: FlightSettings) -> Airspace:
    return Airspace(region, settings.speed_m_s, settings.acceleration_m_s2)


def _fly(room: Room, candidate: Candidate, quantity: float, task: Task) -> tuple[float, Plan]:
    """Cut a candidate into sorties and return its price in seconds with its plan."""
    settings, shape = candidate.settings, room.shape
    free = shape if task.air is None else task.air
    lines = _from_downwind(candidate.cover.lines, task.wind)
    bank = shape if task.bank is None else task.bank
    refill = task.refill or _best_refill(bank, lines, quantity, settings)
    inside = free.distance(shapely.Point(refill)) < ON_BANK_M
    _ensure_in_range(shape, refill, settings)
    # A place on the bank lies outside the inset region, where nothing would be visible from it.
    home_air = _air(free if inside else _home_region(free, refill, task), settings)
    sorties = cut(Route(lines, quantity, room.air_at(settings.speed_m_s), home_air, refill, settings))
    coverage = candidate.cover.share(shape.area)
    plan = Plan(
        settings=settings,
        area_m2=task.area_m2,
        refill=refill,
        refill_is_in_field=bool(bank.distance(shapely.Point(refill)) < ON_BANK_M),
        quantity=quantity,
        coverage=coverage,
        outside_m2=candidate.cover.outside_m2,
        overlap_m2=candidate.cover.overlap_m2,
        sorties=tuple(_with_area(sortie, quantity, coverage * task.area_m2) for sortie in sorties),
        flight_s=sum(sortie.flight_s for sortie in sorties),
        ground_s=settings.setup_s + settings.fill_swap_s * len(sorties),
        lower_bound_s=lower_bound_s(shape, task.area_m2, quantity, refill, task.settings),
        warnings=_warnings(coverage, settings, task.area_m2, task.wind),
    )
    return plan.total_s + waste_s(candidate.cover, shape.area, settings), plan


def _with_area(sortie: Sortie, quantity: float, covered_m2: float) -> Sortie:
    return replace(sortie, area_m2=covered_m2 * sortie.quantity / quantity)


def _from_downwind(lines: Floats, wind: Wind | None) -> Floats:
    """Begin on the lee side, so that the aircraft never flies back through its own drift."""
    if wind is None or wind.speed_m_s == 0:
        return lines
    upwind = np.array(wind.upwind)
    first, last = lines[0].mean(axis=0) @ upwind, lines[-1].mean(axis=0) @ upwind
    return lines[::-1, ::-1] if first > last else lines


def _best_refill(shape: Shape, lines: Floats, quantity: float, settings: FlightSettings) -> tuple[float, float]:
    """Propose a place on the bank: near the first line, the last one and where full loads run out."""
    rings = shapely.get_rings(shapely.get_parts(shape))
    outer = max(rings, key=lambda ring: shapely.Polygon(ring).area)
    corners = shapely.get_coordinates(outer)[:-1]
    middles = (corners + np.roll(corners, -1, axis=0)) / 2
    places = np.concatenate((corners, middles))
    places = places[:: max(1, len(places) // REFILL_PLACES)]
    length = np.hypot(*(lines[:, 1] - lines[:, 0]).T)
    ends = np.cumsum(length)
    full_m = ends[-1] * settings.load_limit / quantity
    dry = [lines[index, 1] for index in np.searchsorted(ends, np.arange(full_m, ends[-1], full_m))]
    stops = np.stack([lines[0, 0], lines[-1, 1], *dry, *dry])
    away = places[:, None, :] - stops[None, :, :]
    seconds = leg_s(np.hypot(away[..., 0], away[..., 1]), settings.speed_m_s, settings.acceleration_m_s2)
    x, y = places[int(np.argmin(np.round(seconds.sum(axis=1), 6)))]
    return float(x), float(y)


def _home_region(shape: Shape, refill: tuple[float, float], task: Task) -> Polygon | MultiPolygon:
    holes = [Polygon(ring) for polygon in shapely.get_parts(shape) for ring in polygon.interiors]
    barred = [area for area in (*holes, *task.forbidden) if not area.contains(shapely.Point(refill))]
    corners = [tuple(point) for point in shapely.get_coordinates(shape.envelope).tolist()]
    return open_air(barred, [refill, *corners])


def _ensure_in_range(shape: Shape, refill: tuple[float, float], settings: FlightSettings) -> None:
    corners = shapely.get_coordinates(shape)
    far_m = float(np.hypot(*(corners - np.array(refill)).T).max())
    if far_m > settings.max_radius_m:
        raise FieldOutOfRange(
            f"the far end of the field is {far_m:.0f} m from the refill place, and the radio reaches"
            f" {settings.max_radius_m:.0f} m",
            far_m=round(far_m),
            max_radius_m=settings.max_radius_m,
        )


def lower_bound_s(
    shape: Shape, area_m2: float, quantity: float, refill: tuple[float, float], settings: FlightSettings
) -> float:
    """Return seconds that no plan can beat: the least sprayed area at full width and speed, the fillings that the
    load makes unavoidable, the set-up, and for each filling one flight to the nearest point of the field and back."""
    widest = settings.with_swath(settings.swath_range_m[1])
    spray_s = settings.min_coverage * area_m2 / (widest.swath_m * widest.speed_m_s)
    fillings = max(1, math.ceil(quantity / settings.load_limit - 1e-9))
    near_m = float(shape.distance(shapely.Point(refill)))
    there_s = one_leg_s(near_m, settings.speed_m_s, settings.acceleration_m_s2)
    return settings.setup_s + spray_s + fillings * (settings.fill_swap_s + 2 * there_s)


def _warnings(coverage: float, settings: FlightSettings, area_m2: float, wind: Wind | None) -> tuple[str, ...]:
    found = []
    if coverage < settings.min_coverage - 1e-9:
        how = "with lines inside the field" if settings.overspray else "without spraying outside the field"
        left_m2 = (1 - coverage) * area_m2
        found.append(
            f"coverage {coverage:.3f} is below {settings.min_coverage:g}: {left_m2:.0f} m² cannot be reached {how}"
        )
    if settings.speed_limited_by == "pump":
        found.append(f"speed lowered to {settings.speed_m_s:.2f} m/s: the pumps give no more at this rate")
    if wind is not None and wind.speed_m_s > CAUTION_WIND_M_S:
        found.append(f"wind {wind.speed_m_s:g} m/s is above {CAUTION_WIND_M_S:g} m/s: do not spray")
    return tuple(found)
