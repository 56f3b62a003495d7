"""From a field in metres to a plan: candidate layouts, the floor, the order, the refill place and the sorties."""

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
from drone_service.engine.coverage.cover import Cover, EdgeLines, measure_cover, raise_to_floor, waste_price_s
from drone_service.engine.coverage.detour import bent, without_small_holes
from drone_service.engine.coverage.ground import Ground
from drone_service.engine.coverage.kinematics import leg_s, one_leg_s
from drone_service.engine.coverage.order import best_order, chains_of
from drone_service.engine.coverage.plan import Plan, Sortie
from drone_service.engine.coverage.polish import polish
from drone_service.engine.coverage.room import Room
from drone_service.engine.coverage.settings import FlightSettings
from drone_service.engine.coverage.sorties import FieldOutOfRange, Route, cut
from drone_service.engine.coverage.swaths import Layout, best_layouts
from drone_service.engine.coverage.wind import Wind
from drone_service.engine.errors import EngineError

Floats = NDArray[np.float64]
Shape: TypeAlias = Polygon | MultiPolygon
INSET_M = 0.005
"""Lines end this far inside the outline, so that rounding coordinates never puts one outside."""
ON_BANK_M = 1e-6
LAYOUTS = 12
"""Layouts that are ordered and priced on the sample points."""
STARTS = 5
"""The cheapest of them, which are polished a little."""
POLISHED = 1
"""The best of them, which are polished more where one load does; with refills one more is kept."""
FINALISTS = 2
HOT_S = 0.4
"""Polishing begins by taking one change in three that costs as much."""
FIRST_MOVES = 200
MOVES = 1600
"""Moves, times the square root of the number of lines."""
FEWEST_LINES = 4
FIRST_MARGIN = 1.001
SECOND_MARGIN = 1.0005
"""Polishing counts sample points, so it aims a little above the floor, and higher after a miss."""
MARGIN_STEP = 0.0003
FLOOR_TRIES = 3
CAUTION_WIND_M_S = 4.4
REFILL_PLACES = 24
UNREACHED_PRICE_S = 1e6


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


@dataclass(frozen=True, eq=False)
class _Candidate:
    cover: Cover
    lines: Floats
    price_s: float


def plan_field(task: Task) -> Plan:
    """Plan the flights over a field.

    Time is least under the coverage floor; where the shape does not allow the floor a warning says what is left.
    Raises NothingToSpray, FieldOutOfRange.
    """
    room = _room(task)
    candidates = _candidates(room, task)
    if not candidates:
        raise NothingToSpray("no spray line fits into this field")
    quantity = task.settings.rate_per_ha * task.area_m2 / 10_000
    plans = [_fly(room, candidate, quantity, task) for candidate in candidates[:FINALISTS]]
    return min(plans, key=lambda found: found[0])[1]


def _room(task: Task) -> Room:
    shape = _normal(task.shape)
    region = _inset(shape)
    air = region if task.air is None else _inset(_normal(task.air))
    return Room(shape, region, _air(air, task.settings), task.spray_shy)


def _candidates(room: Room, task: Task) -> list[_Candidate]:
    """Return ways to cover the field in flying order, the cheapest first.

    Layouts are parallel; each is ordered and polished a little, the best of them more.
    """
    settings = task.settings
    edges = EdgeLines(room.region, settings.swath_m)
    home = np.array(task.refill) if task.refill is not None and _is_one_load(task) else None
    laid = _starts(room, home, settings)
    if not laid:
        return []
    angle, starts = laid
    bench = _Bench(Ground.of(room, angle, settings.swath_m, settings.min_coverage), edges, home, settings)
    wanted_m2 = settings.min_coverage * room.shape.area * FIRST_MARGIN
    for moves, kept in ((0, STARTS), (FIRST_MOVES, POLISHED if _is_one_load(task) else POLISHED + 1)):
        rated = sorted((bench.polished(lines, wanted_m2, moves) for lines in starts), key=lambda pair: pair[1])
        starts = [lines for lines, _ in rated[:kept]]
    done = [_above_floor(room, lines, bench) for lines in starts]
    priced = [_priced(cover, room, task) for cover in done if len(cover.lines)]
    return sorted(priced, key=lambda candidate: candidate.price_s)


def _starts(room: Room, home: Floats | None, settings: FlightSettings) -> tuple[float, list[Floats]] | None:
    """Return the direction of the best layout and the lines of good layouts, each in its best order.

    Where small obstacles stand in the field there are also those that take no notice of them, bent round.
    """
    found = [layout for layout in best_layouts(room.region, settings, LAYOUTS) if len(layout.row)]
    if not found:
        return None
    whole = without_small_holes(room.region, settings.swath_m, room.spray_shy)
    over = [] if whole is room.region else best_layouts(whole, settings, LAYOUTS)
    over = [layout for layout in over if len(layout.row)]
    laid = [_ordered(layout, room.air, home) for layout in found]
    laid += [bent(_ordered(layout, room.air, home), room.region, settings.swath_m) for layout in over]
    return found[0].angle, laid


def _ordered(layout: Layout, air: Airspace, home: Floats | None) -> Floats:
    lines = layout.lines()
    return best_order([lines[chain] for chain in chains_of(layout)], air, home).lines


@dataclass(frozen=True, eq=False)
class _Bench:
    """What polishing needs besides the lines."""

    ground: Ground
    edges: EdgeLines
    home: Floats | None
    settings: FlightSettings

    def polished(self, lines: Floats, wanted_m2: float, moves: int) -> tuple[Floats, float]:
        """Return better lines and their price; `moves` is for one line, more lines get more by the square root."""
        return polish(
            self.ground,
            lines,
            self.settings,
            covered_m2=wanted_m2,
            spare=self.edges.lines,
            home=self.home,
            hot_s=HOT_S,
            moves=int(moves * math.sqrt(max(FEWEST_LINES, len(lines)))),
        )


def _above_floor(room: Room, lines: Floats, bench: _Bench) -> Cover:
    """Polish lines until what they cover, measured exactly, reaches the floor; extra lines are the last resort."""
    settings, shape = bench.settings, room.shape
    floor, margin = settings.min_coverage, SECOND_MARGIN
    best = measure_cover(shape, room.cleared(lines, settings.swath_m), settings.swath_m)
    for _ in range(FLOOR_TRIES):
        wanted_m2 = min(floor * margin, 1.0) * shape.area
        lines, _ = bench.polished(lines, wanted_m2, MOVES)
        cover = measure_cover(shape, room.cleared(lines, settings.swath_m), settings.swath_m)
        if cover.covered_m2 > best.covered_m2 or cover.share(shape.area) >= floor:
            best = cover
        short = floor - cover.share(shape.area)
        if short <= 0:
            return best
        margin += 1.5 * short / floor + MARGIN_STEP
    raised, added = raise_to_floor(bench.edges, best, settings)
    return measure_cover(shape, room.cleared(raised.lines, settings.swath_m), settings.swath_m) if added else best


def _priced(cover: Cover, room: Room, task: Task) -> _Candidate:
    settings, lines, shape, air = task.settings, cover.lines, room.shape, room.air
    spray_s = leg_s(np.hypot(*(lines[:, 1] - lines[:, 0]).T), settings.speed_m_s, settings.acceleration_m_s2).sum()
    short = max(0.0, settings.min_coverage - cover.share(shape.area) - 1e-9)
    price_s = float(spray_s + air.hops(lines[:-1, 1], lines[1:, 0]).sum()) + waste_price_s(cover, shape.area, settings)
    return _Candidate(cover, lines, price_s + short * UNREACHED_PRICE_S)


def _is_one_load(task: Task) -> bool:
    return task.settings.rate_per_ha * task.area_m2 / 10_000 <= task.settings.load_limit


def _normal(shape: Shape) -> Shape:
    """Return the same plan's shape however the outline was drawn: corners in a fixed order, no doubled ones."""
    return shapely.normalize(shapely.set_precision(shape, 1e-6)) if shapely.is_valid(shape) else shape


def _inset(shape: Shape) -> Shape:
    inner = shape.buffer(-INSET_M, join_style="mitre")
    return shape if inner.is_empty else inner


def _air(region: Shape, settings: FlightSettings) -> Airspace:
    return Airspace(region, settings.speed_m_s, settings.acceleration_m_s2)


def _fly(room: Room, candidate: _Candidate, quantity: float, task: Task) -> tuple[float, Plan]:
    """Cut a candidate into sorties and return its price in seconds with its plan."""
    settings, shape = task.settings, room.shape
    free = shape if task.air is None else task.air
    lines = _from_downwind(candidate.lines, task.wind)
    bank = shape if task.bank is None else task.bank
    refill = task.refill or _best_refill(bank, lines, quantity, settings)
    inside = free.distance(shapely.Point(refill)) < ON_BANK_M
    _ensure_in_range(shape, refill, settings)
    # A place on the bank lies outside the inset region, where nothing would be visible from it.
    home_air = _air(free if inside else _home_region(free, refill, task), settings)
    sorties = cut(Route(lines, quantity, room.air, home_air, refill, settings))
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
        lower_bound_s=lower_bound_s(shape, task.area_m2, quantity, refill, settings),
        warnings=_warnings(coverage, task),
    )
    short = max(0.0, settings.min_coverage - coverage - 1e-9)
    return plan.total_s + waste_price_s(candidate.cover, shape.area, settings) + short * UNREACHED_PRICE_S, plan


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
    spray_s = settings.min_coverage * area_m2 / (settings.swath_m * settings.speed_m_s)
    fillings = max(1, math.ceil(quantity / settings.load_limit - 1e-9))
    near_m = float(shape.distance(shapely.Point(refill)))
    there_s = one_leg_s(near_m, settings.speed_m_s, settings.acceleration_m_s2)
    return settings.setup_s + spray_s + fillings * (settings.fill_swap_s + 2 * there_s)


def _warnings(coverage: float, task: Task) -> tuple[str, ...]:
    found = []
    if coverage < task.settings.min_coverage - 1e-9:
        left_m2 = (1 - coverage) * task.area_m2
        found.append(
            f"coverage {coverage:.3f} is below {task.settings.min_coverage:g}: {left_m2:.0f} m² cannot be reached"
            " with lines inside the field"
        )
    if task.settings.speed_limited_by == "pump":
        found.append(f"speed lowered to {task.settings.speed_m_s:.2f} m/s: the pumps give no more at this rate")
    if task.wind is not None and task.wind.speed_m_s > CAUTION_WIND_M_S:
        found.append(f"wind {task.wind.speed_m_s:g} m/s is above {CAUTION_WIND_M_S:g} m/s: do not spray")
    return tuple(found)
