"""Flights as the search for the best ones sees them: pieces of lines, their order, and what a flight costs."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from drone_service.engine.compiled import compiled_apart, compiled_lean
from drone_service.engine.coverage.hops import Air, fill_via, way_round_s
from drone_service.engine.coverage.sight import is_blocked, leg_s

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
SHORTEST_M = 4.0
"""A cut leaves at least this on both sides."""
EVEN_PRICE_S = 0.002 / 3600
"""Seconds a watt-second is worth: no more than a tie-break, which makes the loads even."""
SLACK_M = 1e-6
UNKNOWN = -1e9
BISECTIONS = 14
PIECES, ROUTES = 0, 1


class Scene(NamedTuple):
    """What stays the same while the search runs."""

    lines: Floats
    length: Floats
    near: Ints
    """Lines near each line, itself first."""
    air: Air
    home_air: Air
    homes: Floats
    home_via: Floats
    """Seconds from each refill place to the corners of its air."""
    mark_m: Floats
    """Metres from mark to mark on each line, which has one at either end."""
    first_mark: Ints
    marked_s: Floats
    """Seconds from each refill place to each mark, NaN until one is asked for."""
    moved_s: Floats
    """Seconds to move between the refill places used, by the bits of their numbers."""
    full_m: float
    kg_per_m: float
    watts: Floats
    """Power by load, in steps of `step_kg` from empty."""
    step_kg: float
    usable_ws: float
    fill_s: float


class State(NamedTuple):
    """Pieces and flights. A number in `seq` is twice the piece, and 1 more where it is flown backwards."""

    line: Ints
    low: Floats
    high: Floats
    first: Ints
    """The first piece of each line."""
    after: Ints
    """The next piece of the same line."""
    ends: Floats
    own_s: Floats
    via_s: Floats
    """Seconds from each end to the corners, and first of all whether they are known."""
    home_s: Floats
    route: Ints
    place: Ints
    seq: Ints
    hop: Floats
    """Seconds from the piece before; below zero where both are one stretch that need not stop between them."""
    size: Ints
    base: Ints
    price: Floats
    tally: Ints


class Mix(NamedTuple):
    """Pieces of one flight or two in the order they are to be flown."""

    seq: Ints
    hop: Floats
    until_s: Floats
    until_m: Floats
    size: Ints


@compiled_lean
def watts_at(load_kg, scene):  # type: ignore[no-untyped-def]
    at = max(0.0, load_kg) / scene.step_kg
    cell = min(int(at), len(scene.watts) - 2)
    return scene.watts[cell] + (at - cell) * (scene.watts[cell + 1] - scene.watts[cell])


@compiled_lean
def _way_s(piece, end, x, y, state, scene):  # type: ignore[no-untyped-def]
    """Return the seconds of the quickest way from an end of a piece to a place."""
    px, py, air = state.ends[piece, 2 * end], state.ends[piece, 2 * end + 1], scene.air
    straight_s = leg_s(math.hypot(x - px, y - py), air.speed, air.push)
    if not is_blocked(px, py, x, y, air.edges):
        return straight_s
    via = state.via_s[piece, end]
    if via[0] == 0:
        fill_via(px, py, air, via[1:])
        via[0] = 1.0
    return way_round_s(straight_s, x, y, via[1:], air)


@compiled_lean
def _from_home_s(base, line, at_m, scene):  # type: ignore[no-untyped-def]
    """Return the seconds of the quickest way from a refill place to a place on a line.

    Where something may be in the way it is read between two marks, since most questions are for places near to others.
    """
    if not len(scene.home_air.edges):
        return _to_line_s(base, line, at_m, scene)
    cell = int(at_m / scene.mark_m[line])
    share = at_m / scene.mark_m[line] - cell
    seconds = _to_mark_s(base, line, cell, scene)
    if share * scene.mark_m[line] < SLACK_M:
        return seconds
    return seconds + share * (_to_mark_s(base, line, cell + 1, scene) - seconds)


@compiled_lean
def _to_mark_s(base, line, cell, scene):  # type: ignore[no-untyped-def]
    mark = scene.first_mark[line] + cell
    if math.isnan(scene.marked_s[base, mark]):
        scene.marked_s[base, mark] = _to_line_s(base, line, cell * scene.mark_m[line], scene)
    return scene.marked_s[base, mark]


@compiled_lean
def _to_line_s(base, line, at_m, scene):  # type: ignore[no-untyped-def]
    share = at_m / scene.length[line]
    x = scene.lines[line, 0] + share * (scene.lines[line, 2] - scene.lines[line, 0])
    y = scene.lines[line, 1] + share * (scene.lines[line, 3] - scene.lines[line, 1])
    px, py, air = scene.homes[base, 0], scene.homes[base, 1], scene.home_air
    straight_s = leg_s(math.hypot(x - px, y - py), air.speed, air.push)
    if not is_blocked(px, py, x, y, air.edges):
        return straight_s
    return way_round_s(straight_s, x, y, scene.home_via[base], air)


@compiled_lean
def shape(piece, state, scene):  # type: ignore[no-untyped-def]
    """Work out where a piece begins and ends, and what follows from that."""
    line = state.line[piece]
    x, y = scene.lines[line, 0], scene.lines[line, 1]
    dx = (scene.lines[line, 2] - x) / scene.length[line]
    dy = (scene.lines[line, 3] - y) / scene.length[line]
    for end in range(2):
        at = state.high[piece] if end else state.low[piece]
        state.ends[piece, 2 * end], state.ends[piece, 2 * end + 1] = x + dx * at, y + dy * at
        for base in range(len(scene.homes)):
            state.home_s[piece, base, end] = _from_home_s(base, line, at, scene)
        state.via_s[piece, end, 0] = 0.0
    state.own_s[piece] = leg_s(state.high[piece] - state.low[piece], scene.air.speed, scene.air.push)


@compiled_lean
def move_shape(piece, to, state):  # type: ignore[no-untyped-def]
    """Give what `shape` worked out for a piece to another number."""
    for column in range(4):
        state.ends[to, column] = state.ends[piece, column]
    state.own_s[to] = state.own_s[piece]
    for end in range(2):
        for base in range(state.home_s.shape[1]):
            state.home_s[to, base, end] = state.home_s[piece, base, end]
        for corner in range(state.via_s.shape[2]):
            state.via_s[to, end, corner] = state.via_s[piece, end, corner]


@compiled_lean
def between_s(one, other, state, scene):  # type: ignore[no-untyped-def]
    """Return the seconds from one piece to another; what a stop would cost, below zero, where none is needed."""
    p, q, turned = one >> 1, other >> 1, other & 1
    meet = state.low[p] == state.high[q] if turned else state.high[p] == state.low[q]
    if meet and state.line[p] == state.line[q] and one & 1 == turned:
        length = state.high[p] - state.low[p] + state.high[q] - state.low[q]
        return leg_s(length, scene.air.speed, scene.air.push) - state.own_s[p] - state.own_s[q]
    return _way_s(p, 1 - (one & 1), state.ends[q, 2 * turned], state.ends[q, 2 * turned + 1], state, scene)


@compiled_lean
def append(mix, state, route, first, last, turned):  # type: ignore[no-untyped-def]
    """Add a stretch of a flight to the mix."""
    size = mix.size[0]
    for step in range(last - first):
        place = last - 1 - step if turned else first + step
        mix.seq[size] = state.seq[route, place] ^ (1 if turned else 0)
        mix.hop[size] = UNKNOWN if step == 0 else state.hop[route, place + 1 if turned else place]
        size += 1
    mix.size[0] = size


@compiled_lean
def turn_round(mix, first, last):  # type: ignore[no-untyped-def]
    """Turn a stretch of the mix round."""
    if first >= last:
        return
    low, high = first, last - 1
    while low <= high:
        mix.seq[low], mix.seq[high] = mix.seq[high] ^ 1, mix.seq[low] ^ 1
        low, high = low + 1, high - 1
    low, high = first + 1, last - 1
    while low < high:
        mix.hop[low], mix.hop[high] = mix.hop[high], mix.hop[low]
        low, high = low + 1, high - 1
    mix.hop[first] = UNKNOWN


@compiled_lean
def walk(mix, state, scene):  # type: ignore[no-untyped-def]
    """Work out seconds and metres sprayed from the begin of the mix to the end of each piece."""
    seconds = metres = 0.0
    for place in range(mix.size[0]):
        piece = mix.seq[place] >> 1
        if place:
            if mix.hop[place] == UNKNOWN:
                mix.hop[place] = between_s(mix.seq[place - 1], mix.seq[place], state, scene)
            seconds += mix.hop[place]
        seconds, metres = seconds + state.own_s[piece], metres + state.high[piece] - state.low[piece]
        mix.until_s[place], mix.until_m[place] = seconds, metres


@compiled_lean
def way_home_s(code, at_m, base, state, scene):  # type: ignore[no-untyped-def]
    """Return the seconds from a refill place to a place on a piece, so many metres after it is begun."""
    piece, turned = code >> 1, code & 1
    length = state.high[piece] - state.low[piece]
    if at_m <= 0:
        return state.home_s[piece, base, turned]
    if at_m >= length:
        return state.home_s[piece, base, 1 - turned]
    return _from_home_s(base, state.line[piece], state.low[piece] + (length - at_m if turned else at_m), scene)


@compiled_lean
def flight_price(mix, start_m, end_m, base, state, scene):  # type: ignore[no-untyped-def]
    """Return the price of a flight over part of the mix; infinite where load or battery do not suffice."""
    if end_m - start_m > scene.full_m + SLACK_M:
        return np.inf
    load = (end_m - start_m) * scene.kg_per_m
    watts, seconds, work, back_s = watts_at(load, scene), 0.0, 0.0, 0.0
    begun, run_m = False, 0.0
    for place in range(mix.size[0]):
        code = mix.seq[place]
        piece = code >> 1
        length = state.high[piece] - state.low[piece]
        begin_m = mix.until_m[place] - length
        low, high = max(0.0, start_m - begin_m), min(length, end_m - begin_m)
        if high - low < SLACK_M:
            continue
        hop = mix.hop[place] if begun else way_home_s(code, low, base, state, scene)
        if begun and hop < 0:
            # One stretch with the piece before: only what it takes longer without a stop between them.
            own_s = leg_s(run_m + high - low, scene.air.speed, scene.air.push)
            own_s -= leg_s(run_m, scene.air.speed, scene.air.push)
            hop, run_m = 0.0, run_m + high - low
        else:
            own_s, run_m = leg_s(high - low, scene.air.speed, scene.air.push), high - low
        used = (high - low) * scene.kg_per_m
        after = watts_at(load - used, scene)
        work += hop * watts + own_s * (watts + 4 * watts_at(load - used / 2, scene) + after) / 6
        seconds, load, watts, begun = seconds + hop + own_s, load - used, after, True
        if begin_m + high >= end_m - SLACK_M:
            back_s = way_home_s(code, high, base, state, scene)
            break
    if not begun:
        return 0.0
    work += back_s * watts
    if work > scene.usable_ws:
        return np.inf
    return scene.fill_s + seconds + back_s + work * EVEN_PRICE_S


@compiled_lean
def _part_s(part_m, beside_m, hop, scene):  # type: ignore[no-untyped-def]
    """Return the seconds of part of a piece; where it is one stretch with the piece beside it, less the way to that."""
    if hop >= 0:
        return leg_s(part_m, scene.air.speed, scene.air.push)
    both_s = leg_s(part_m + beside_m, scene.air.speed, scene.air.push)
    return both_s - leg_s(beside_m, scene.air.speed, scene.air.push) - hop


@compiled_lean
def best_cut(mix, one, other, state, scene):  # type: ignore[no-untyped-def]
    """Return the metres after which it takes the least time to cut the mix into flights from two refill places."""
    total_m = mix.until_m[mix.size[0] - 1]
    low_m, high_m = max(0.0, total_m - scene.full_m), min(total_m, scene.full_m)
    best_s, best_m = np.inf, -1.0
    if low_m == 0:
        # One flight for all.
        best_m = total_m
        best_s = way_home_s(mix.seq[mix.size[0] - 1], 1e18, one, state, scene) - scene.fill_s
    for place in range(mix.size[0]):
        code = mix.seq[place]
        piece = code >> 1
        length = state.high[piece] - state.low[piece]
        begin_m = mix.until_m[place] - length
        if begin_m + length < low_m or begin_m > high_m:
            continue
        if place and low_m <= begin_m:
            home_s = way_home_s(mix.seq[place - 1], 1e18, one, state, scene)
            home_s += way_home_s(code, 0.0, other, state, scene)
            if home_s - mix.hop[place] < best_s:
                best_s, best_m = home_s - mix.hop[place], begin_m
        low, high = max(SHORTEST_M, low_m - begin_m), min(length - SHORTEST_M, high_m - begin_m)
        if low <= high:
            middle = (low + high) / 2
            if one == other:
                # Where the line passes the refill place.
                ends, turned = state.ends[piece], code & 1
                x, y = ends[2 * turned], ends[2 * turned + 1]
                dx, dy = ends[2 - 2 * turned] - x, ends[3 - 2 * turned] - y
                middle = ((scene.homes[one, 0] - x) * dx + (scene.homes[one, 1] - y) * dy) / length
                middle = min(high, max(low, middle))
            before_s = after_s = before_m = after_m = 0.0
            if place:
                before_s, before_m = mix.hop[place], mix.until_m[place - 1]
                before_m -= mix.until_m[place - 2] if place > 1 else 0.0
            if place + 1 < mix.size[0]:
                after_s, after_m = mix.hop[place + 1], mix.until_m[place + 1] - mix.until_m[place]
            for at_m in (low, middle, high):
                home_s = way_home_s(code, at_m, one, state, scene) + way_home_s(code, at_m, other, state, scene)
                home_s += _part_s(at_m, before_m, before_s, scene) - state.own_s[piece]
                home_s += _part_s(length - at_m, after_m, after_s, scene)
                if home_s < best_s:
                    best_s, best_m = home_s, begin_m + at_m
    return best_s, best_m


@compiled_apart
def _prices(mix, cut_m, one, other, state, scene):  # type: ignore[no-untyped-def]
    """Return the prices of the flights before and after a cut."""
    first_s = flight_price(mix, 0.0, cut_m, one, state, scene)
    return first_s, flight_price(mix, cut_m, mix.until_m[mix.size[0] - 1], other, state, scene)


@compiled_lean
def within_battery(mix, cut_m, one, other, state, scene):  # type: ignore[no-untyped-def]
    """Return a cut near the one wanted that both batteries last for, and the prices of both flights."""
    total_m = mix.until_m[mix.size[0] - 1]
    first_s, second_s = _prices(mix, cut_m, one, other, state, scene)
    if first_s + second_s < np.inf or (first_s == np.inf and second_s == np.inf):
        return cut_m, first_s, second_s
    # The nearest cut that the flight which is too long can bear.
    early = first_s == np.inf
    good_m, bad_m = 0.0 if early else total_m, cut_m
    for _ in range(BISECTIONS):
        tried_m = (good_m + bad_m) / 2
        begin_m, end_m, base = (0.0, tried_m, one) if early else (tried_m, total_m, other)
        tried_s = flight_price(mix, begin_m, end_m, base, state, scene)
        if tried_s < np.inf:
            good_m = tried_m
        else:
            bad_m = tried_m
    for place in range(mix.size[0]):
        length = state.high[mix.seq[place] >> 1] - state.low[mix.seq[place] >> 1]
        begin_m, end_m = mix.until_m[place] - length, mix.until_m[place]
        if begin_m <= good_m <= end_m and min(good_m - begin_m, end_m - good_m) < SHORTEST_M:
            good_m = begin_m if (good_m - begin_m < SHORTEST_M) == early or length < 2 * SHORTEST_M else end_m
            break
    first_s, second_s = _prices(mix, good_m, one, other, state, scene)
    return good_m, first_s, second_s
