"""From lines to flights that one load and one battery can finish, in the least total time.

First the lines are cut in the order given, exactly; then order, direction and cuts are searched together. A line may be
cut anywhere, so a load can end near the refill place instead of where the tank happens to run dry.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise, permutations

import numpy as np
from numpy.typing import NDArray

from drone_service.engine.coverage.airspace import Airspace
from drone_service.engine.coverage.hops import air_arrays
from drone_service.engine.coverage.kinematics import leg_s
from drone_service.engine.coverage.legs import legs_of
from drone_service.engine.coverage.load_search import anneal
from drone_service.engine.coverage.loads import SHORTEST_M, UNKNOWN, Mix, Scene, State
from drone_service.engine.coverage.plan import Sortie, Vertex
from drone_service.engine.coverage.settings import CREW_M_S, FlightSettings
from drone_service.engine.coverage.split import Limits, Places, bounds_of, least_flights, shortest
from drone_service.engine.errors import EngineError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Place = tuple[float, float]
Piece = tuple[int, float, float, bool]
"""A line, the begin and the end of a stretch of it in metres, and whether it is flown backwards."""
Flight = tuple[int, list[Piece]]
"""The number of the refill place, and the pieces in flying order."""
MAX_PLACES = 6
MOST_CELLS, FEW_CELLS = 600, 200
"""Places where flights may end: for a start of the search, and for a rough price."""
SLACK = 1e-9
SPARE_LEFT, SPARE_M = 1e-6, 0.01
"""Where a battery ends is known closely enough with so much of it left, or within so many metres."""
CAUTION = (1.0, 0.97, 0.9)
"""Shares of the usable energy to plan with: cutting uses rounded cells, and the exact replay has the last word."""
WATT_STEPS = 512
NEAR_LINES = 10
MARK_M = 4.0
"""Ways round obstacles from the refill place are worked out at marks so far apart at most, and read between them."""
SPARE_FLIGHTS = 1
HOT_S, COLD_S = 3.0, 0.1
SEED = 1


class FieldOutOfRange(EngineError):
    """Part of the field cannot be reached and returned from."""

    code = "field_out_of_range"


@dataclass(frozen=True, eq=False)
class Route:
    """Lines in flying order, with what it takes to pass from one to the next."""

    lines: Floats
    quantity: float
    air: Airspace
    home_air: Airspace
    refills: tuple[Place, ...]
    settings: FlightSettings

    @cached_property
    def lengths(self) -> Floats:
        """Return the length of each line."""
        away = self.lines[:, 1] - self.lines[:, 0]
        return np.asarray(np.hypot(away[:, 0], away[:, 1]))

    def times(self, length_m: Floats) -> Floats:
        """Return the seconds of legs flown from stop to stop."""
        return leg_s(length_m, self.settings.speed_m_s, self.settings.acceleration_m_s2)

    def home_s(self, refill: Place, points: Floats) -> Floats:
        """Return the seconds between a refill place and each point."""
        found = self.home_air.seconds(np.array([refill]), points)[0]
        away = points - np.array(refill)
        return np.where(np.isfinite(found), found, self.times(np.hypot(away[:, 0], away[:, 1])))

    @cached_property
    def known(self) -> dict[tuple[int, tuple[Piece, ...]], Sortie]:
        """Flights that were priced already: they are asked for when they are checked, compared and taken."""
        return {}

    @cached_property
    def watts(self) -> tuple[Floats, float]:
        """The power by load, in even steps from empty, and the step in kilograms."""
        top_kg = min(self.quantity, self.settings.load_limit) * (1 + 1e-6)
        step_kg = top_kg / (WATT_STEPS - 1)
        return self.settings.power.watts(self.settings.empty_kg + step_kg * np.arange(WATT_STEPS)), step_kg


def fly(route: Route, moves: int, seed: int = SEED) -> tuple[Sortie, ...]:
    """Return sorties over all lines; order, direction and cuts are searched for so many moves.

    The result depends on the arguments alone. Raises FieldOutOfRange where the battery does not
    suffice to reach a place and return with the reserve kept.
    """
    first = cut_in_order(route)
    if len(first) == 1:
        return _sorties(route, first)
    chosen = [flights for flights in (first, cut_when_empty(route)) if flights]
    first = min(chosen, key=lambda flights: whole_s(_sorties(route, flights), route.settings))
    starts = [first]
    fewest = cut_in_order(route, least=True)
    if len(fewest) < len(first):
        starts.append(fewest)
    if len(route.refills) > 1:
        # The crew's way is too dear a step for a search that moves one flight at a time.
        starts.append(cut_in_order(route, free=True))
    tried = [searched(route, start, moves // len(starts), seed) for start in starts]
    better = _sorties(route, _in_order(route, min(tried, key=lambda found: found[0])[1]))
    good = [better] if _battery_lasts(route, better) else []
    return min([*good, _sorties(route, first)], key=lambda sorties: whole_s(sorties, route.settings))


def whole_s(sorties: Sequence[Sortie], settings: FlightSettings) -> float:
    """Return the seconds on site: set-up, fillings, moves between refill places and flights."""
    return sum(sortie.flight_s for sortie in sorties) + ground_s(sorties, settings)


def ground_s(sorties: Sequence[Sortie], settings: FlightSettings) -> float:
    """Return the seconds on the ground: set-up, fillings, and the crew's way from one refill place to the next."""
    moved_m = sum(math.dist(one.path[-1][:2], other.path[0][:2]) for one, other in pairwise(sorties))
    return settings.setup_s + settings.fill_swap_s * len(sorties) + moved_m / CREW_M_S


def cut(route: Route) -> tuple[Sortie, ...]:
    """Return the sorties of a route, cheapest in total time for this order of lines and any one refill place.

    Raises FieldOutOfRange where the battery does not suffice to reach a place and return with the reserve kept.
    """
    return _sorties(route, cut_in_order(route))


def cut_in_order(route: Route, *, least: bool = False, free: bool = False) -> list[Flight]:
    """Return the flights behind `cut`; where asked for the fewest, or each from any refill place."""
    whole = _single(route)
    if whole is not None:
        return [whole]
    for caution in CAUTION:
        _, flights = _split(route, route.settings.usable_wh * caution, least=least, free=free)
        if flights and _battery_lasts(route, _sorties(route, flights)):
            return flights
    raise FieldOutOfRange("one battery does not reach the far end of the field and back")


def cut_when_empty(route: Route) -> list[Flight]:
    """Return flights from the first refill place that turn home where tank or battery end, wherever that is.

    There are none where the battery does not suffice to reach a place and return with the reserve kept.
    """
    ends_m = np.cumsum(route.lengths)
    total_m, at_m = float(ends_m[-1]), 0.0
    full_m = route.settings.load_limit / route.quantity * total_m
    flights: list[Flight] = []
    while at_m < total_m:
        good_m = _farthest_m(route, ends_m, at_m, min(total_m, at_m + full_m))
        if good_m < total_m:
            good_m = min(good_m, total_m - SHORTEST_M)
        if good_m < at_m + SHORTEST_M and good_m < total_m:
            return []
        flights.append((0, _stretch(ends_m, at_m, good_m)))
        at_m = good_m
    return flights


def _farthest_m(route: Route, ends_m: Floats, at_m: float, full_m: float) -> float:
    """Return how far one battery lasts between two places of the lines, in metres sprayed before them."""

    def spare(end_m: float) -> float:
        return sortie_of(route, (0, _stretch(ends_m, at_m, end_m))).battery_left - route.settings.battery_reserve

    bad_m, lacking = full_m, spare(full_m)
    if lacking >= 0:
        return full_m
    good_m, left = at_m, 1 - route.settings.battery_reserve
    while left > SPARE_LEFT and bad_m - good_m > 2 * SPARE_M:
        # What a battery has left falls almost evenly with the way.
        near_m = good_m + (bad_m - good_m) * left / (left - lacking)
        tried_m = min(max(near_m, good_m + SPARE_M), bad_m - SPARE_M)
        found = spare(tried_m)
        if found >= 0:
            good_m, left = tried_m, found
        else:
            bad_m, lacking = tried_m, found
    return good_m


def _stretch(ends_m: Floats, start_m: float, end_m: float) -> list[Piece]:
    """Return the pieces between two places of the lines in their order, in metres sprayed before them."""
    begins_m = np.concatenate(([0.0], ends_m[:-1]))
    low, high = np.maximum(begins_m, start_m) - begins_m, np.minimum(ends_m, end_m) - begins_m
    kept = np.flatnonzero(high - low > SLACK)
    return [(int(line), float(low[line]), float(high[line]), False) for line in kept]


def _sorties(route: Route, flights: Sequence[Flight]) -> tuple[Sortie, ...]:
    return tuple(sortie_of(route, flight) for flight in flights)


def _battery_lasts(route: Route, sorties: Sequence[Sortie]) -> bool:
    return all(sortie.battery_left >= route.settings.battery_reserve - SLACK for sortie in sorties)


def rough_s(route: Route, moves: int = 0) -> float:
    """Return the seconds of fillings and flights of a route; infinite where it cannot be flown.

    It is cut in its order; with moves, order and cuts are searched for so many.
    """
    whole = _single(route)
    if whole is not None:
        return route.settings.fill_swap_s + sortie_of(route, whole).flight_s
    seconds, flights = _split(route, route.settings.usable_wh, cells=FEW_CELLS)
    return searched(route, flights, moves, SEED)[0] if moves and flights else seconds


def _single(route: Route) -> Flight | None:
    """Return the whole route as one flight where load and battery allow: cutting it only adds fillings."""
    if route.quantity > route.settings.load_limit * (1 + SLACK):
        return None
    pieces = [(line, 0.0, float(length), False) for line, length in enumerate(route.lengths)]
    flights = [(base, pieces) for base in range(len(route.refills))]
    sorties = _sorties(route, flights)
    good = [number for number, sortie in enumerate(sorties) if _battery_lasts(route, [sortie])]
    return flights[min(good, key=lambda number: sorties[number].flight_s)] if good else None


def _split(
    route: Route, usable_wh: float, *, least: bool = False, free: bool = False, cells: int = MOST_CELLS
) -> tuple[float, list[Flight]]:
    watts, step_kg = route.watts
    settings = route.settings
    limits = Limits(
        load=settings.load_limit,
        usable_ws=usable_wh * 3600,
        fill_s=settings.fill_swap_s,
        speed=settings.speed_m_s,
        push=settings.acceleration_m_s2,
        watts=watts,
        step_kg=step_kg,
    )
    places = _places(route, cells)
    starts = _points(route, places.start_line, places.start_at)
    ends = _points(route, places.end_line, places.end_at)
    out_s = np.stack([route.home_s(refill, starts) for refill in route.refills])
    back_s = np.stack([route.home_s(refill, ends) for refill in route.refills])
    best: tuple[float, list[Flight]] = math.inf, []
    for bases in [list(range(len(out_s)))] if free else [[base] for base in range(len(out_s))]:
        here = places._replace(out_s=out_s[bases], back_s=back_s[bases])
        seconds, came_from = shortest(here, least_flights(limits) if least else limits)
        if seconds[-1] < best[0]:
            flights = [(bases[base], _pieces(route, here, first, last)) for first, last, base in bounds_of(came_from)]
            best = float(seconds[-1]), flights
    return best


def _places(route: Route, cells: int) -> Places:
    lengths = route.lengths
    total_m = float(lengths.sum())
    full_m = route.settings.load_limit / route.quantity * total_m
    wanted_m = max(route.settings.swath_m, total_m / cells)
    cell_m = full_m / max(1, np.ceil(full_m / wanted_m - 1e-9))
    line_ends = np.concatenate(([0.0], np.cumsum(lengths)))
    grid = np.arange(1, int(total_m / cell_m) + 1) * cell_m
    places = grid[grid < total_m - 0.01]
    # A grid place within a hand of a line's end is that end.
    after = np.searchsorted(line_ends, places)
    near = np.minimum(places - line_ends[after - 1], line_ends[after] - places)
    places = np.sort(np.concatenate((line_ends, places[near > 0.5])))
    last = len(lengths) - 1
    end_line = np.clip(np.searchsorted(line_ends, places, side="left") - 1, 0, last)
    start_line = np.clip(np.searchsorted(line_ends, places, side="right") - 1, 0, last)
    line_s = route.times(lengths)
    hop_s = route.air.hops(route.lines[:-1, 1], route.lines[1:, 0]) if last else np.empty(0)
    hop_s = np.concatenate((hop_s, [0.0]))
    cell_line = start_line[:-1]
    cell_s = np.diff(places) * line_s[cell_line] / lengths[cell_line]
    return Places(
        end_line=end_line,
        end_at=places - line_ends[end_line],
        start_line=start_line,
        start_at=places - line_ends[start_line],
        put_out=places * (route.quantity / total_m),
        cell_s=cell_s,
        pass_s=np.where(start_line > end_line, hop_s[end_line], 0.0),
        before_s=np.concatenate(([0.0], np.cumsum(line_s + hop_s))),
        length=lengths,
        hop_s=hop_s,
        out_s=np.empty((0, 0)),
        back_s=np.empty((0, 0)),
    )


def _points(route: Route, line: Ints, at: Floats) -> Floats:
    share = (at / np.maximum(route.lengths[line], 1e-12))[:, None]
    return np.asarray(route.lines[line, 0] * (1 - share) + route.lines[line, 1] * share)


def _pieces(route: Route, places: Places, first: int, last: int) -> list[Piece]:
    first_line, last_line = int(places.start_line[first]), int(places.end_line[last])
    found = []
    for line in range(first_line, last_line + 1):
        begin_m = float(places.start_at[first]) if line == first_line else 0.0
        end_m = float(places.end_at[last]) if line == last_line else float(route.lengths[line])
        found.append((line, begin_m, end_m, False))
    return found


def searched(route: Route, flights: Sequence[Flight], moves: int, seed: int) -> tuple[float, list[Flight]]:
    """Return the price of what the search makes of flights, in seconds with its tie-break, and the flights."""
    state = _state(route, flights)
    room = len(state.line) + 4
    mix = Mix(_numbers(room), np.zeros(room), np.zeros(room), np.zeros(room), _numbers(1))
    best = np.empty((room, 6))
    price_s, count = anneal(state, mix, _scene(route), best, HOT_S, COLD_S, moves, seed)
    found: dict[int, Flight] = {}
    for flight, base, line, low, high, turned in best[:count].tolist():
        found.setdefault(int(flight), (int(base), []))[1].append((int(line), low, high, bool(turned)))
    return float(price_s), list(found.values())


def _state(route: Route, flights: Sequence[Flight]) -> State:
    count, routes = sum(len(pieces) for _, pieces in flights), len(flights) + SPARE_FLIGHTS
    room, lines = count + 3 * routes + 10, len(route.lines)
    state = State(
        line=_numbers(room),
        low=np.zeros(room),
        high=np.zeros(room),
        first=_numbers(lines),
        after=_numbers(room) - 1,
        ends=np.zeros((room, 4)),
        own_s=np.zeros(room),
        via_s=np.zeros((room, 2, 1 + len(route.air.corners))),
        home_s=np.zeros((room, len(route.refills), 2)),
        route=_numbers(room),
        place=_numbers(room),
        seq=_numbers(routes, room),
        hop=np.full((routes, room), UNKNOWN),
        size=_numbers(routes),
        base=_numbers(routes),
        price=np.zeros(routes),
        tally=np.array([count, routes], dtype=np.int64),
    )
    on_line: dict[int, list[tuple[float, int]]] = {}
    number = 0
    for flight, (base, pieces) in enumerate(flights):
        state.base[flight], state.size[flight] = base, len(pieces)
        for place, (line, low, high, turned) in enumerate(pieces):
            state.line[number], state.low[number], state.high[number] = line, low, high
            state.seq[flight, place] = 2 * number + turned
            on_line.setdefault(line, []).append((low, number))
            number += 1
    for line, found in on_line.items():
        chain = [piece for _, piece in sorted(found)]
        state.first[line] = chain[0]
        for one, other in pairwise(chain):
            state.after[one] = other
    return state


def _numbers(*size: int) -> Ints:
    return np.zeros(size, dtype=np.int64)


def _scene(route: Route) -> Scene:
    settings, (watts, step_kg) = route.settings, route.watts
    kg_per_m = route.quantity / float(route.lengths.sum())
    spots = np.stack((route.lines[:, 0], route.lines[:, 1], route.lines.mean(axis=1)), axis=1)
    away = spots[:, None, :, None] - spots[None, :, None, :]
    apart_m = np.hypot(away[..., 0], away[..., 1]).min(axis=(2, 3))
    marks_on = np.ceil(route.lengths / MARK_M).astype(np.int64)
    return Scene(
        lines=np.ascontiguousarray(route.lines.reshape(-1, 4)),
        length=route.lengths,
        near=np.ascontiguousarray(np.argsort(apart_m, axis=1, kind="stable")[:, :NEAR_LINES]),
        air=air_arrays(route.air),
        home_air=air_arrays(route.home_air),
        homes=np.array(route.refills, dtype=np.float64),
        home_via=np.empty((len(route.refills), len(route.home_air.corners))),
        mark_m=route.lengths / marks_on,
        first_mark=np.cumsum(marks_on + 2) - marks_on - 2,
        marked_s=np.full((len(route.refills), int((marks_on + 2).sum())), np.nan),
        moved_s=_moved_s(route.refills),
        full_m=settings.load_limit / kg_per_m,
        kg_per_m=kg_per_m,
        watts=watts,
        step_kg=step_kg,
        # A hair less than there is: powers are read from a table.
        usable_ws=settings.usable_wh * 3600 * (1 - 1e-6),
        fill_s=settings.fill_swap_s,
    )


def _moved_s(refills: Sequence[Place]) -> Floats:
    """Return the seconds that the crew takes between the places of each set, by the bits of their numbers."""
    found = np.zeros(1 << len(refills))
    for bits in range(len(found)):
        chain = _chain([number for number in range(len(refills)) if bits >> number & 1], refills)
        found[bits] = sum(math.dist(refills[one], refills[other]) for one, other in pairwise(chain)) / CREW_M_S
    return found


def _chain(numbers: Sequence[int], refills: Sequence[Place]) -> tuple[int, ...]:
    """Return refill places in the order of the crew's shortest way from the first to the last."""
    return min(
        permutations(numbers),
        key=lambda chain: sum(math.dist(refills[one], refills[other]) for one, other in pairwise(chain)),
    )


def _in_order(route: Route, flights: Sequence[Flight]) -> list[Flight]:
    """Sort flights: place after place, and as the lines came, so that a start downwind stays one."""
    chain = _chain(sorted({base for base, _ in flights}), route.refills)
    found = []
    for base, pieces in flights:
        back = [(line, low, high, not turned) for line, low, high, turned in reversed(pieces)]
        if pieces[0][0] > pieces[-1][0] and _battery_lasts(route, [sortie_of(route, (base, back))]):
            found.append((base, back))
        else:
            found.append((base, pieces))
    return sorted(found, key=lambda flight: (chain.index(flight[0]), _middle(flight[1])))


def _middle(pieces: Sequence[Piece]) -> float:
    return sum(line * (high - low) for line, low, high, _ in pieces) / sum(high - low for _, low, high, _ in pieces)


def sortie_of(route: Route, flight: Flight) -> Sortie:
    base, pieces = flight
    key = base, tuple(pieces)
    if key not in route.known:
        share = route.quantity / float(route.lengths.sum())
        quantity = share * sum(high - low for _, low, high, _ in pieces)
        route.known[key] = priced_sortie(_path(route, base, pieces), quantity, route.settings)
    return route.known[key]


def _path(route: Route, base: int, pieces: Sequence[Piece]) -> tuple[Vertex, ...]:
    refill = route.refills[base]
    line = np.array([piece[0] for piece in pieces])
    ends = np.array([(high, low) if turned else (low, high) for _, low, high, turned in pieces])
    begins, ends = _points(route, line, ends[:, 0]), _points(route, line, ends[:, 1])
    path: list[Vertex] = [(*refill, 0)]
    path += [(x, y, 0) for x, y in route.home_air.way(np.array(refill), begins[0])]
    for number, (begin, end) in enumerate(zip(begins, ends, strict=True)):
        if number:
            path += [(x, y, 0) for x, y in route.air.way(ends[number - 1], begin)]
        path += [(float(begin[0]), float(begin[1]), 0), (float(end[0]), float(end[1]), 1)]
    path += [(x, y, 0) for x, y in route.home_air.way(ends[-1], np.array(refill))]
    path.append((*refill, 0))
    # A line may begin where the refill place stands, or where the line before it ends.
    moved = [b for a, b in pairwise(path) if b[2] or np.hypot(a[0] - b[0], a[1] - b[1]) > 1e-6]
    return (path[0], *moved)


def priced_sortie(path: tuple[Vertex, ...], quantity: float, settings: FlightSettings) -> Sortie:
    """Return the sortie of a path with its exact time and energy; the load is put out evenly along sprayed legs."""
    points = np.array([vertex[:2] for vertex in path])
    legs = legs_of(points, np.array([vertex[2] for vertex in path[1:]], dtype=bool), quantity, settings)
    energy_wh = float(legs.energy_wh.sum())
    return Sortie(
        path=path,
        spray_m=legs.spray_m,
        transit_m=float(legs.length_m[~legs.sprayed].sum()),
        turns=max(0, len(path) - 2),
        quantity=quantity,
        area_m2=0.0,
        flight_s=float(legs.seconds.sum()),
        energy_wh=energy_wh,
        battery_left=1 - energy_wh / settings.battery_wh,
    )
