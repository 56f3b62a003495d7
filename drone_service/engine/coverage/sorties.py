"""Cut a fixed order of lines into flights that one load and one battery can finish, in the least total time.

Route first, cut second: a shortest path over the places where a flight may end, which is exact for the order and
the grid of places (Prins 2004, "split"). A line may be cut anywhere on the grid, so a load can end near the
refill place instead of where the tank happens to run dry.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from drone_service.engine.coverage.airspace import Airspace
from drone_service.engine.coverage.kinematics import leg_s
from drone_service.engine.coverage.plan import Sortie, Vertex
from drone_service.engine.coverage.settings import FlightSettings
from drone_service.engine.errors import EngineError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
MAX_CELLS = 1_500
SLACK = 1e-9
CAUTION = (1.0, 0.97, 0.9)
"""Shares of the usable energy to plan with: cutting uses rounded cells, and the exact replay has the last word."""


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
    refill: tuple[float, float]
    settings: FlightSettings

    @property
    def lengths(self) -> Floats:
        """Return the length of each line."""
        away = self.lines[:, 1] - self.lines[:, 0]
        return np.hypot(away[:, 0], away[:, 1])

    def times(self, length_m: Floats) -> Floats:
        """Return the seconds of legs flown from stop to stop."""
        return leg_s(length_m, self.settings.speed_m_s, self.settings.acceleration_m_s2)

    def home_s(self, points: Floats) -> Floats:
        """Return the seconds between the refill place and each point."""
        found = self.home_air.seconds(np.array([self.refill]), points)[0]
        away = points - np.array(self.refill)
        return np.where(np.isfinite(found), found, self.times(np.hypot(away[:, 0], away[:, 1])))


@dataclass(frozen=True, eq=False)
class _Cuts:
    """The places where a flight may end: each has the line and the offset before and after it."""

    end_line: Ints
    end_at: Floats
    start_line: Ints
    start_at: Floats
    put_out: Floats
    """What has been put out up to each place."""
    cell_s: Floats
    """Seconds over the cell after each place."""
    pass_s: Floats
    """Seconds to the next line, at places where a line ends."""
    before_s: Floats
    """Seconds of whole lines and ways before each line."""
    line_s: Floats
    hop_s: Floats


def cut(route: Route) -> tuple[Sortie, ...]:
    """Return the sorties of a route, cheapest in total time for this order of lines.

    Raises FieldOutOfRange where the battery does not suffice to reach a place and return with the reserve kept.
    """
    cuts = _cuts(route)
    bounds: list[tuple[int, int]] | None = None
    for caution in CAUTION:
        bounds = _single(route, cuts) if caution == 1.0 else None
        bounds = bounds or _split(route, cuts, route.settings.usable_wh * caution)
        sorties = tuple(_sortie(route, cuts, first, last) for first, last in bounds)
        if all(sortie.battery_left >= route.settings.battery_reserve - SLACK for sortie in sorties):
            return sorties
    raise FieldOutOfRange("one battery does not reach the far end of the field and back")


def _cuts(route: Route) -> _Cuts:
    lengths = route.lengths
    total_m = float(lengths.sum())
    full_m = route.settings.load_limit / route.quantity * total_m
    wanted_m = max(route.settings.swath_m, total_m / MAX_CELLS)
    cell_m = full_m / max(1, np.ceil(full_m / wanted_m - 1e-9))
    line_ends = np.concatenate(([0.0], np.cumsum(lengths)))
    grid = np.arange(1, int(total_m / cell_m) + 1) * cell_m
    places = np.unique(np.round(np.concatenate((line_ends, grid[grid < total_m - 0.01])), 9))
    # A grid place within a hand of a line's end is that end.
    near = np.min(np.abs(places[:, None] - line_ends[None, :]), axis=1)
    places = np.concatenate((line_ends, places[near > 0.5]))
    places.sort()
    last = len(lengths) - 1
    end_line = np.clip(np.searchsorted(line_ends, places, side="left") - 1, 0, last)
    start_line = np.clip(np.searchsorted(line_ends, places, side="right") - 1, 0, last)
    line_s = route.times(lengths)
    hop_s = route.air.hops(route.lines[:-1, 1], route.lines[1:, 0]) if last else np.empty(0)
    hop_s = np.concatenate((hop_s, [0.0]))
    cell_line = start_line[:-1]
    cell_s = np.diff(places) * line_s[cell_line] / lengths[cell_line]
    return _Cuts(
        end_line=end_line,
        end_at=places - line_ends[end_line],
        start_line=start_line,
        start_at=places - line_ends[start_line],
        put_out=places * (route.quantity / total_m),
        cell_s=cell_s,
        pass_s=np.where(start_line > end_line, hop_s[end_line], 0.0),
        before_s=np.concatenate(([0.0], np.cumsum(line_s + hop_s))),
        line_s=line_s,
        hop_s=hop_s,
    )


def _single(route: Route, cuts: _Cuts) -> list[tuple[int, int]] | None:
    """Return the whole route as one flight where load and battery allow: cutting it only adds fillings."""
    if cuts.put_out[-1] > route.settings.load_limit * (1 + SLACK):
        return None
    whole = (0, len(cuts.put_out) - 1)
    sortie = _sortie(route, cuts, *whole)
    return [whole] if sortie.battery_left >= route.settings.battery_reserve - SLACK else None


def _points(route: Route, line: Ints, at: Floats) -> Floats:
    share = (at / np.maximum(route.lengths[line], 1e-12))[:, None]
    return np.asarray(route.lines[line, 0] * (1 - share) + route.lines[line, 1] * share)


def _split(route: Route, cuts: _Cuts, usable_wh: float) -> list[tuple[int, int]]:
    settings = route.settings
    out_s = route.home_s(_points(route, cuts.start_line, cuts.start_at))
    back_s = route.home_s(_points(route, cuts.end_line, cuts.end_at))
    count = len(cuts.put_out)
    best_s, came_from = np.full(count, np.inf), np.zeros(count, dtype=np.int64)
    best_s[0] = 0.0
    first_of = np.searchsorted(cuts.put_out, cuts.put_out - settings.load_limit * (1 + SLACK))
    for last in range(1, count):
        first = np.arange(first_of[last], last)
        energy_wh = _energy_wh(settings, cuts, first, last, out_s[first], back_s[last])
        seconds = best_s[first] + out_s[first] + _flown_s(route, cuts, first, last) + back_s[last]
        seconds = np.where(energy_wh <= usable_wh, seconds + settings.fill_swap_s, np.inf)
        choice = int(np.argmin(seconds))
        best_s[last], came_from[last] = seconds[choice], first[choice]
    if not np.isfinite(best_s[-1]):
        raise FieldOutOfRange("one battery does not reach the far end of the field and back")
    bounds = []
    last = count - 1
    while last > 0:
        bounds.append((int(came_from[last]), last))
        last = int(came_from[last])
    return bounds[::-1]


def _flown_s(route: Route, cuts: _Cuts, first: Ints, last: int) -> Floats:
    line, at = cuts.start_line[first], cuts.start_at[first]
    end_line, end_at = cuts.end_line[last], cuts.end_at[last]
    same = route.times(np.maximum(end_at - at, 0))
    rest = route.times(route.lengths[line] - at) + cuts.hop_s[line]
    between = cuts.before_s[end_line] - cuts.before_s[np.minimum(line + 1, end_line)]
    return np.where(line == end_line, same, rest + between + route.times(np.array([end_at])))


def _energy_wh(settings: FlightSettings, cuts: _Cuts, first: Ints, last: int, out_s: Floats, back_s: float) -> Floats:
    """Return the energy of the flights from each place in `first` (all of them in a row) to `last`."""
    carried = cuts.put_out[last] - cuts.put_out[first]
    middle = (cuts.put_out[first] + cuts.put_out[first + 1]) / 2
    watts_full = settings.power.watts(settings.empty_kg + carried)
    cell_ws = cuts.cell_s[first] * settings.power.watts(settings.empty_kg + cuts.put_out[last] - middle)
    pass_ws = cuts.pass_s[first] * watts_full
    # What is flown after each place: its own cell and everything later; the way to a line counts once begun.
    flown_ws = np.cumsum((cell_ws + pass_ws)[::-1])[::-1] - pass_ws
    ramp_s = 2 * settings.speed_m_s / settings.acceleration_m_s2
    ends_ws = (out_s + ramp_s) * watts_full + back_s * float(settings.power.watts(settings.empty_kg))
    return np.asarray((flown_ws + ends_ws) / 3600)


def _sortie(route: Route, cuts: _Cuts, first: int, last: int) -> Sortie:
    path = _path(route, cuts, first, last)
    quantity = float(cuts.put_out[last] - cuts.put_out[first])
    return priced_sortie(path, quantity, route.settings)


def _path(route: Route, cuts: _Cuts, first: int, last: int) -> tuple[Vertex, ...]:
    start = _points(route, cuts.start_line[[first]], cuts.start_at[[first]])[0]
    end = _points(route, cuts.end_line[[last]], cuts.end_at[[last]])[0]
    first_line, last_line = int(cuts.start_line[first]), int(cuts.end_line[last])
    refill = np.array(route.refill)
    path: list[Vertex] = [(*route.refill, 0)]
    path += [(x, y, 0) for x, y in route.home_air.way(refill, start)]
    path.append((float(start[0]), float(start[1]), 0))
    for line in range(first_line, last_line):
        here, there = route.lines[line, 1], route.lines[line + 1, 0]
        path.append((float(here[0]), float(here[1]), 1))
        path += [(x, y, 0) for x, y in route.air.way(here, there)]
        path.append((float(there[0]), float(there[1]), 0))
    path.append((float(end[0]), float(end[1]), 1))
    path += [(x, y, 0) for x, y in route.home_air.way(end, refill)]
    path.append((*route.refill, 0))
    # A line may begin where the refill place stands, or where the line before it ends.
    moved = [b for a, b in pairwise(path) if b[2] or np.hypot(a[0] - b[0], a[1] - b[1]) > 1e-6]
    return (path[0], *moved)


def priced_sortie(path: tuple[Vertex, ...], quantity: float, settings: FlightSettings) -> Sortie:
    """Return the sortie of a path with its exact time and energy; the load is put out evenly along sprayed legs."""
    points = np.array([vertex[:2] for vertex in path])
    sprayed = np.array([vertex[2] for vertex in path[1:]], dtype=bool)
    length_m = np.hypot(*np.diff(points, axis=0).T)
    seconds = leg_s(length_m, settings.speed_m_s, settings.acceleration_m_s2)
    spray_m = float(length_m[sprayed].sum())
    used = np.where(sprayed, length_m * (quantity / spray_m), 0.0)
    before = settings.empty_kg + quantity - np.concatenate(([0.0], np.cumsum(used)[:-1]))
    # Simpson's rule over each leg: power is not linear in the falling mass.
    watts = settings.power.watts(np.stack((before, before - used / 2, before - used)))
    energy_wh = float((seconds * (watts[0] + 4 * watts[1] + watts[2]) / 6).sum() / 3600)
    return Sortie(
        path=path,
        spray_m=spray_m,
        transit_m=float(length_m[~sprayed].sum()),
        turns=max(0, len(path) - 2),
        quantity=quantity,
        area_m2=0.0,
        flight_s=float(seconds.sum()),
        energy_wh=energy_wh,
        battery_left=1 - energy_wh / settings.battery_wh,
    )
