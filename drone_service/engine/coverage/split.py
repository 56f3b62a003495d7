"""Cut a fixed order of lines into flights: a shortest path over the places where a flight may end (Prins 2004)."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from drone_service.engine.compiled import compiled
from drone_service.engine.coverage.sight import leg_s

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
SLACK = 1e-9


class Places(NamedTuple):
    """The places where a flight may end: each has the line and the offset before and after it."""

    end_line: Ints
    end_at: Floats
    start_line: Ints
    start_at: Floats
    put_out: Floats
    """Litres or kilograms put out up to each place."""
    cell_s: Floats
    """Seconds over the cell after each place."""
    pass_s: Floats
    """Seconds to the next line, at places where a line ends."""
    before_s: Floats
    """Seconds of whole lines and ways before each line."""
    length: Floats
    hop_s: Floats
    out_s: Floats
    """Seconds from each refill place to where a flight may begin, and back from where it may end."""
    back_s: Floats


class Limits(NamedTuple):
    """What a flight can do and what it costs."""

    load: float
    usable_ws: float
    fill_s: float
    speed: float
    push: float
    watts: Floats
    step_kg: float


@compiled
def _watts(load_kg, limits):  # type: ignore[no-untyped-def]
    at = max(0.0, load_kg) / limits.step_kg
    cell = min(int(at), len(limits.watts) - 2)
    return limits.watts[cell] + (at - cell) * (limits.watts[cell + 1] - limits.watts[cell])


@compiled
def _between_s(places, first, last, limits):  # type: ignore[no-untyped-def]
    """Return the seconds flown from one place to a later one."""
    line, at, end_line = places.start_line[first], places.start_at[first], places.end_line[last]
    if line == end_line:
        return leg_s(max(0.0, places.end_at[last] - at), limits.speed, limits.push)
    rest_s = leg_s(places.length[line] - at, limits.speed, limits.push) + places.hop_s[line]
    whole_s = places.before_s[end_line] - places.before_s[line + 1]
    return rest_s + whole_s + leg_s(places.end_at[last], limits.speed, limits.push)


@compiled
def shortest(places, limits):  # type: ignore[no-untyped-def]
    """Return the seconds of the best flights up to each place, and the place and refill place where the last one began.

    Energy is added up cell by cell, a little too high: what it allows the exact price allows as well.
    """
    count = len(places.put_out)
    best_s, came_from = np.full(count, np.inf), np.zeros((count, 2), dtype=np.int64)
    best_s[0] = 0.0
    ramps_s, empty_w = 2 * limits.speed / limits.push, _watts(0.0, limits)
    for last in range(1, count):
        done = places.put_out[last]
        flown_ws = 0.0
        for first in range(last - 1, -1, -1):
            carried = done - places.put_out[first]
            if carried > limits.load * (1 + SLACK):
                break
            full_w = _watts(carried, limits)
            middle = (places.put_out[first] + places.put_out[first + 1]) / 2
            flown_ws += places.cell_s[first] * _watts(done - middle, limits)
            if flown_ws > limits.usable_ws:
                break
            for base in range(len(places.out_s)):
                out_s, back_s = places.out_s[base, first], places.back_s[base, last]
                if flown_ws + (out_s + ramps_s) * full_w + back_s * empty_w <= limits.usable_ws:
                    seconds = out_s + _between_s(places, first, last, limits) + back_s + limits.fill_s
                    if best_s[first] + seconds < best_s[last]:
                        best_s[last] = best_s[first] + seconds
                        came_from[last, 0], came_from[last, 1] = first, base
            flown_ws += places.pass_s[first] * full_w
    return best_s, came_from


def bounds_of(came_from: Ints) -> list[tuple[int, int, int]]:
    """Return the places between which each flight is flown, and its refill place."""
    found, last = [], len(came_from) - 1
    while last > 0:
        first, base = came_from[last].tolist()
        found.append((first, last, base))
        last = first
    return found[::-1]


def least_flights(limits: Limits) -> Limits:
    """Return the same limits with fillings so dear that no more flights are flown than needed."""
    return limits._replace(fill_s=math.floor(limits.fill_s) + 1e5)
