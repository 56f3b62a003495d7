"""The lines of a field in flying order: layouts, a bank pass if wanted, the floor, the width of the strips."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon, Polygon

from drone_service.engine.coverage.airspace import Airspace
from drone_service.engine.coverage.cover import (
    Cover,
    EdgeLines,
    measure_cover,
    raise_to_floor,
    strips,
    union_m,
    waste_price_s,
)
from drone_service.engine.coverage.detour import bent, without_small_holes
from drone_service.engine.coverage.ground import SKEW, Ground
from drone_service.engine.coverage.headland import bank_pass, inner_field
from drone_service.engine.coverage.kinematics import leg_s
from drone_service.engine.coverage.order import best_orders, chains_of
from drone_service.engine.coverage.polish import polish
from drone_service.engine.coverage.room import Room
from drone_service.engine.coverage.settings import FlightSettings
from drone_service.engine.coverage.swaths import Layout, best_layouts, each_direction
from drone_service.engine.coverage.width import narrower, wasted_m2, widened

Floats = NDArray[np.float64]
Shape: TypeAlias = Polygon | MultiPolygon
Trips: TypeAlias = Callable[[Floats, FlightSettings, int], float]
LAYOUTS = 12
"""Layouts that are ordered and priced on the rows."""
LAYOUTS_WITH_TRIPS = 24
"""Layouts whose loads are cut in their order, one of each direction first: which of them suits the way to the refill
place, their price alone does not tell."""
MOST_LAYOUTS = 60
"""The cheapest of all directions, among which these are."""
LAYOUTS_SEARCHED = 5
"""The cheapest with their loads, which are searched a little."""
TRIP_MOVES = 1_500
LAYOUTS_COMPARED = 8
"""The cheapest of one width with their loads, where it is compared with another before anything is searched."""
STARTS, STARTED_LINES = 5, 24
"""The cheapest of all, which are polished a little: so many at least, and more while they have fewer lines together.
In a tiny field a line more or less decides, and a start costs little."""
FEW_LINES, FINALS = 3, 2
"""Up to so many lines the best starts are polished to the end side by side, so many of them; else only the best."""
HOT_S, FITTING_HOT_S = 0.2, 1.0
"""Polishing begins by taking one change in three that costs as much; for narrower strips lines have further to go."""
FIRST_MOVES = 300
FITTING_MOVES = 400
MOVES = 1600
"""Moves, times the square root of the number of lines."""
FEWEST_LINES = 4
MOST_MOVES = 6_000
"""At most so many: a field of many lines has few that are worth moving, and every move costs more there."""
FIRST_MARGIN = 1.0003
SECOND_MARGIN = 1.0001
"""Polishing measures on rows, so it aims a little above the floor, and higher after a miss."""
MARGIN_STEP = 0.0002
FLOOR_TRIES = 8
FINENESS = 3
"""How many times as many rows are laid once what they showed as covered turned out to be less than the floor: between
few rows corners are left out that they do not see, and a line along the bank for a hair of area is the dearest."""
LEAST_FLOOR = 0.5
UNREACHED_PRICE_S = 1e6
LONGER = 1.002
"""How much longer a flight with narrower strips may take for the product that it saves."""


@dataclass(frozen=True, eq=False)
class Candidate:
    """Lines and what they cover, the flight they are for, and their price in a comparison."""

    cover: Cover
    settings: FlightSettings
    flown_s: float
    """Seconds of the lines and of the ways between them."""

    price_s: float


def lay(
    room: Room, settings: FlightSettings, home: Floats | None, keep: int, trips: Trips | None = None
) -> list[Candidate]:
    """Return at most `keep` ways to cover a field in flying order, the cheapest first; none where no line fits.

    `home` is the refill place in metres where one load does the field and the way from and to it counts. The width of
    the strips is chosen where the caller left it open. `trips` says what flights for refills add, in seconds, to lines
    flown in their order, after so many moves of a search for better ones. With it those are chosen that suit these
    flights: `keep` as they were laid, and the best of them polished.
    """
    settings = widened(room.region, settings)
    laid = _with_bank_pass if settings.headland else _covers
    found = laid(room, settings, home, keep, trips)
    priced = [_fitted(room, _priced(cover, room, settings), home) for cover in found if len(cover.lines)]
    return priced if trips else sorted(priced, key=lambda candidate: candidate.price_s)


def roughly_s(room: Room, settings: FlightSettings, trips: Trips) -> float:
    """Return roughly the price of a field at a width, its flights for refills with it; infinite where no line fits.

    It is that of the best of a few layouts as they are laid, their loads cut in their order.
    """
    settings = widened(room.region, settings)
    laid = _starts(room, None, settings, each_way=True)
    if not laid:
        return math.inf
    angle, starts = laid
    bench = _Bench.of(room, angle, EdgeLines(room.region, settings.swath_m), None, settings)
    few = bench.as_laid(starts[:LAYOUTS_COMPARED], settings.min_coverage * room.shape.area * FIRST_MARGIN)
    return min(price_s + trips(lines, settings, 0) for price_s, lines in few)


def _fitted(room: Room, wide: Candidate, home: Floats | None) -> Candidate:
    """Return lines moved apart for narrower strips where that wastes less, and takes no longer or is worth the time."""
    settings = None if wide.settings.headland else narrower(room.shape, wide.cover, wide.settings)
    if settings is None:
        return wide
    bench = _Bench.of(room, math.pi / 4, EdgeLines(room.region, settings.swath_m), home, settings)
    wanted_m2 = min(settings.min_coverage * FIRST_MARGIN, 1.0) * room.shape.area
    lines, _ = bench.polished(wide.cover.lines, wanted_m2, FITTING_MOVES, FITTING_HOT_S)
    slim = _priced(_measured(room, lines, settings), room, settings)
    saves = wasted_m2(slim.cover) < wasted_m2(wide.cover) and slim.cover.share(room.shape.area) >= settings.min_coverage
    is_worth_it = slim.flown_s <= wide.flown_s * LONGER or slim.price_s < wide.price_s
    return slim if saves and is_worth_it else wide


def _covers(room: Room, settings: FlightSettings, home: Floats | None, keep: int, trips: Trips | None) -> list[Cover]:
    """Lay parallel lines in many ways, order each, polish them a little and the best of them more."""
    edges = EdgeLines(room.region, settings.swath_m)
    laid = _starts(room, home, settings, each_way=trips is not None)
    if not laid:
        return []
    angle, starts = laid
    bench = _Bench.of(room, angle, edges, home, settings)
    wanted_m2 = settings.min_coverage * room.shape.area * FIRST_MARGIN
    if trips is None:
        found = [_above_floor(room, lines, bench) for lines in bench.chosen(starts, wanted_m2, keep)]
        return sorted(found, key=lambda cover: _whole_price_s(cover, room, bench))[:keep]
    suited = bench.suited(starts, wanted_m2, keep, trips)
    # Polishing is for lines flown in one go; cut into loads, they may be better as they were laid.
    as_laid = [_raised(room, _measured(room, lines, settings), edges, settings) for lines in suited]
    return as_laid + [_above_floor(room, lines, bench) for lines in suited[:1]]


def _with_bank_pass(
    room: Room, settings: FlightSettings, home: Floats | None, keep: int, trips: Trips | None
) -> list[Cover]:
    """Lay a pass along the bank and lines in what is left inside it; the pass is flown last."""
    rings = bank_pass(room.shape, settings.swath_m)
    if not rings:
        return _covers(room, settings, home, keep, trips)
    bank = room.cleared(np.concatenate(rings), settings.swath_m)
    inner = inner_field(room.shape, settings.swath_m)
    found = [] if inner is None else _covers(*_inside(room, inner, bank, settings), home, keep, trips)
    laid = [_joined(cover.lines, rings) for cover in found] or [np.concatenate(rings)]
    edges = EdgeLines(room.region, settings.swath_m)
    return [_raised(room, _measured(room, lines, settings), edges, settings) for lines in laid]


def _measured(room: Room, lines: Floats, settings: FlightSettings) -> Cover:
    return measure_cover(room.shape, room.cleared(lines, settings.swath_m), settings.swath_m)


def _raised(room: Room, cover: Cover, edges: EdgeLines, settings: FlightSettings) -> Cover:
    """Add lines until the floor is met or no line gains anything."""
    raised, added = raise_to_floor(room.shape, edges, cover, settings)
    return _measured(room, raised.lines, settings) if added else cover


def _inside(room: Room, inner: Shape, bank: Floats, settings: FlightSettings) -> tuple[Room, FlightSettings]:
    """Return the room inside a pass along the bank, and the floor there that makes up the floor of the whole."""
    done_m2 = room.shape.area - room.shape.difference(union_m(strips(bank, settings.swath_m))).area
    floor = (settings.min_coverage * room.shape.area - done_m2) / inner.area
    within = Room.of(inner, room.shape if room.free is None else room.free, room.spray_shy, settings)
    return within, replace(settings, min_coverage=float(np.clip(floor * FIRST_MARGIN, LEAST_FLOOR, 1.0)))


def _joined(lines: Floats, rings: list[Floats]) -> Floats:
    """Return lines with the rings behind them, each ring begun at the corner nearest to where the flight is."""
    laid = [lines]
    for ring in rings:
        start = int(np.argmin(np.hypot(*(ring[:, 0] - laid[-1][-1, 1]).T)))
        laid.append(np.roll(ring, -start, axis=0))
    return np.concatenate(laid)


def _starts(
    room: Room, home: Floats | None, settings: FlightSettings, *, each_way: bool
) -> tuple[float, list[Floats]] | None:
    """Return the direction of the best layout and the lines of good layouts, each in its best order.

    Where small obstacles stand in the field there are also those that take no notice of them, bent round.
    """
    found = _chosen(room.region, settings, each_way=each_way)
    if not found:
        return None
    laid = _ordered(found, room.air, home)
    whole = without_small_holes(room.region, settings.swath_m, room.spray_shy)
    if whole is not room.region:
        over = _ordered(_chosen(whole, settings, each_way=each_way), room.air, home)
        laid += [lines for lines in (bent(one, room.region, settings.swath_m) for one in over) if len(lines)]
    return found[0].angle, laid


def _chosen(region: Shape, settings: FlightSettings, *, each_way: bool) -> Sequence[Layout]:
    found = _layouts(region, settings)
    return each_direction(found, LAYOUTS_WITH_TRIPS) if each_way else found[:LAYOUTS]


@lru_cache(maxsize=4)
def _layouts(region: Shape, settings: FlightSettings) -> tuple[Layout, ...]:
    # A field is laid more than once: with its refill place in mind and without.
    return tuple(one for one in best_layouts(region, settings, MOST_LAYOUTS) if len(one.row))


def _ordered(layouts: Sequence[Layout], air: Airspace, home: Floats | None) -> list[Floats]:
    chained = [
        [lines[chain] for chain in _chains(one)] for one, lines in zip(layouts, map(Layout.lines, layouts), strict=True)
    ]
    return [order.lines for order in best_orders(chained, air, home)]


@lru_cache(maxsize=4 * LAYOUTS_WITH_TRIPS)
def _chains(layout: Layout) -> list[list[int]]:
    return chains_of(layout)


@dataclass(frozen=True, eq=False)
class _Bench:
    """What polishing needs besides the lines."""

    ground: Ground
    edges: EdgeLines
    home: Floats | None
    settings: FlightSettings

    @classmethod
    def of(cls, room: Room, angle: float, edges: EdgeLines, home: Floats | None, settings: FlightSettings) -> _Bench:
        """Lay rows for lines that run roughly at an angle."""
        return cls(Ground.of(room, angle, settings.swath_m), edges, home, settings)

    def finer(self, room: Room) -> _Bench:
        """Return the bench with more rows, for the same lines."""
        ground = Ground.of(room, self.ground.angle - SKEW, self.settings.swath_m, FINENESS)
        return replace(self, ground=ground)

    def polished(self, lines: Floats, wanted_m2: float, moves: int, hot_s: float = HOT_S) -> tuple[Floats, float]:
        """Return better lines and their price; `moves` is for one line, more lines get more by the square root."""
        return polish(
            self.ground,
            lines,
            self.settings,
            covered_m2=wanted_m2,
            spare=self.edges.lines,
            home=self.home,
            hot_s=hot_s,
            moves=min(MOST_MOVES, int(moves * math.sqrt(max(FEWEST_LINES, len(lines))))),
        )

    def chosen(self, starts: list[Floats], wanted_m2: float, keep: int) -> list[Floats]:
        """Return the best of several starts, polished a little: `keep` of them, or more of few lines."""
        lines = len(starts[0])
        finals = max(keep, FINALS) if lines <= FEW_LINES else keep
        for moves, kept in ((0, max(STARTS, STARTED_LINES // lines)), (FIRST_MOVES, finals)):
            polished = [self.polished(lines, wanted_m2, moves) for lines in starts]
            order = np.argsort([price_s for _, price_s in polished], kind="stable")
            starts = [polished[number][0] for number in order[:kept]]
        return starts

    def as_laid(self, starts: list[Floats], wanted_m2: float) -> list[tuple[float, Floats]]:
        """Return the prices of several starts with their lines, nothing moved."""
        return [(self.polished(lines, wanted_m2, 0)[1], lines) for lines in starts]

    def suited(self, starts: list[Floats], wanted_m2: float, keep: int, trips: Trips) -> list[Floats]:
        """Return the best of several starts with their loads: all are cut in their order, some searched a little."""
        found = self.as_laid(starts, wanted_m2)
        for moves, kept in ((0, LAYOUTS_SEARCHED), (TRIP_MOVES, keep)):
            prices_s = [price_s + trips(lines, self.settings, moves) for price_s, lines in found]
            found = [found[number] for number in np.argsort(prices_s, kind="stable")[:kept]]
        return [lines for _, lines in found]


def _above_floor(room: Room, lines: Floats, bench: _Bench) -> Cover:
    """Polish lines until what they cover, measured exactly, reaches the floor; extra lines are the last resort.

    The cheapest that was seen is kept: lines that were polished again to reach the floor may have become dearer than
    those it began with.
    """
    settings, shape = bench.settings, room.shape
    floor, margin = settings.min_coverage, SECOND_MARGIN
    best = _measured(room, lines, settings)
    best_s = _whole_price_s(best, room, bench)
    for tried in range(FLOOR_TRIES):
        wanted_m2 = min(floor * margin, 1.0) * shape.area
        lines, _ = bench.polished(lines, wanted_m2, MOVES)
        cover = _measured(room, lines, settings)
        price_s = _whole_price_s(cover, room, bench)
        if price_s < best_s:
            best, best_s = cover, price_s
        short = floor - cover.share(shape.area)
        if short <= 0:
            break
        if tried == 0:
            bench = bench.finer(room)
        else:
            margin += 1.5 * short / floor + MARGIN_STEP
    return best if best.share(shape.area) >= floor else _raised(room, best, bench.edges, settings)


def _whole_price_s(cover: Cover, room: Room, bench: _Bench) -> float:
    """Return the price of lines in a comparison, with the ways from and to the refill place where they count."""
    settings, price_s = bench.settings, _priced(cover, room, bench.settings).price_s
    if bench.home is None:
        return price_s
    away = np.stack((cover.lines[0, 0], cover.lines[-1, 1])) - bench.home
    return price_s + float(leg_s(np.hypot(*away.T), settings.speed_m_s, settings.acceleration_m_s2).sum())


def _priced(cover: Cover, room: Room, settings: FlightSettings) -> Candidate:
    lines, air = cover.lines, room.air_at(settings.speed_m_s)
    spray_s = leg_s(np.hypot(*(lines[:, 1] - lines[:, 0]).T), settings.speed_m_s, settings.acceleration_m_s2).sum()
    flown_s = float(spray_s + air.hops(lines[:-1, 1], lines[1:, 0]).sum())
    return Candidate(cover, settings, flown_s, flown_s + waste_s(cover, room.shape.area, settings))


def waste_s(cover: Cover, area_m2: float, settings: FlightSettings) -> float:
    """Return what a cover wastes in seconds of spraying; what is missing to the floor outweighs everything."""
    short = max(0.0, settings.min_coverage - cover.share(area_m2) - 1e-9)
    return waste_price_s(cover, area_m2, settings) + short * UNREACHED_PRICE_S
