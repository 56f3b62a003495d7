"""Cut a fixed order of lines into flights: a shortest path over the places where a flight may end (Prins 2004)."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from drone_service.engine.compiled import compiled, compiled_lean
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


@compiled_lean
def _watts(load_kg, watts, step_kg):  # type: ignore[no-untyped-def]
    at = max(0.0, load_kg) / step_kg
    cell = min(int(at), len(watts) - 2)
    return watts[cell] + (at - cell) * (watts[cell + 1] - watts[cell])


@compiled_lean
def _flown_s(begun_m, ended_m, length, hop_s, before_s, line, end_line, speed, push):  # type: ignore[no-untyped-def]
    """Return the seconds flown from a place on one line to a place on the same or a later one."""
    if line == end_line:
        return leg_s(max(0.0, ended_m - begun_m), speed, push)
    rest_s = leg_s(length[line] - begun_m, speed, push) + hop_s[line]
    return rest_s + before_s[end_line] - before_s[line + 1] + leg_s(ended_m, speed, push)


@compiled
def shortest(places, limits):  # type: ignore[no-untyped-def]
    """Return the seconds of the best flights up to each place, and the place and refill place where the last one began.

    Energy is added up cell by cell, a little too high: what it allows the exact price allows as well.
    """
    # Arrays taken out of the tuples once: reading them there in the loop costs more than all the sums.
    end_line, end_at, start_line, start_at = places.end_line, places.end_at, places.start_line, places.start_at
    put_out, cell_s, pass_s, before_s = places.put_out, places.cell_s, places.pass_s, places.before_s
    length, hop_s, out_s, back_s = places.length, places.hop_s, places.out_s, places.back_s
    watts, step_kg, speed, push = limits.watts, limits.step_kg, limits.speed, limits.push
    most, usable_ws, fill_s = limits.load * (1 + SLACK), limits.usable_ws, limits.fill_s
    count = len(put_out)
    best_s, came_from = np.full(count, np.inf), np.zeros((count, 2), dtype=np.int64)
    best_s[0] = 0.0
    ramps_s, empty_w = 2 * speed / push, _watts(0.0, watts, step_kg)
    for last in range(1, count):
        done, to_line, to_at = put_out[last], end_line[last], end_at[last]
        flown_ws = 0.0
        for first in range(last - 1, -1, -1):
            carried = done - put_out[first]
            if carried > most:
                break
            full_w = _watts(carried, watts, step_kg)
            middle = (put_out[first] + put_out[first + 1]) / 2
            flown_ws += cell_s[first] * _watts(done - middle, watts, step_kg)
            if flown_ws > usable_ws:
                break
            begun_m, line = start_at[first], start_line[first]
            flown_s = _flown_s(begun_m, to_at, length, hop_s, before_s, line, to_line, speed, push)
            for base in range(len(out_s)):
                out, back = out_s[base, first], back_s[base, last]
                seconds = best_s[first] + out + flown_s + back + fill_s
                if seconds < best_s[last] and flown_ws + (out + ramps_s) * full_w + back * empty_w <= usable_ws:
                    best_s[last] = seconds
                    came_from[last, 0], came_from[last, 1] = first, base
            flown_ws += pass_s[first] * full_w
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
