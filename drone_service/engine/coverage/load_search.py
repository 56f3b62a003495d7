"""Lines, cut into pieces and shared out over flights so that the whole job takes the least time: annealing.

Order, direction and cuts change together, and every step is a job that can be flown. A piece is a stretch of a line
flown one way. A move changes the order within one flight, or exchanges pieces between two and then cuts the two of
them anew where it costs least: at the end of a piece, or within one where tank, battery or the way home ask for it.
"""

from __future__ import annotations

import math

import numpy as np

from drone_service.engine.compiled import compiled, compiled_apart, compiled_lean, compiled_step, compiled_within
from drone_service.engine.coverage.hops import fill_via
from drone_service.engine.coverage.loads import (
    PIECES,
    ROUTES,
    SHORTEST_M,
    SLACK_M,
    UNKNOWN,
    append,
    best_cut,
    between_s,
    flight_price,
    move_shape,
    shape,
    turn_round,
    walk,
    way_home_s,
    within_battery,
)

LONGEST_STRETCH = 4


@compiled_apart
def _write(state, mix, route, first, last, price):  # type: ignore[no-untyped-def]
    """Book a stretch of the mix as a flight."""
    for place in range(last - first):
        code = mix.seq[first + place]
        state.seq[route, place], state.hop[route, place] = code, mix.hop[first + place]
        state.route[code >> 1], state.place[code >> 1] = route, place
    state.size[route], state.price[route] = last - first, price


@compiled_apart
def _nick(piece, at_m, state, scene):  # type: ignore[no-untyped-def]
    """Cut a piece so many metres from its lower end; the new piece is the upper part. No flight knows it yet."""
    new = state.tally[PIECES]
    state.line[new], state.high[new] = state.line[piece], state.high[piece]
    state.low[new] = state.high[piece] = state.low[piece] + at_m
    state.after[new], state.after[piece] = state.after[piece], new
    shape(piece, state, scene)
    shape(new, state, scene)
    state.tally[PIECES] = new + 1
    return new


@compiled_apart
def _weld(piece, state, scene):  # type: ignore[no-untyped-def]
    """Make a piece and the next of its line one; the number of the next one is given to the last piece."""
    gone, last = state.after[piece], state.tally[PIECES] - 1
    state.high[piece], state.after[piece] = state.high[gone], state.after[gone]
    shape(piece, state, scene)
    state.tally[PIECES] = last
    if gone == last:
        return
    state.line[gone], state.low[gone], state.high[gone] = state.line[last], state.low[last], state.high[last]
    move_shape(last, gone, state)
    state.route[gone], state.place[gone], state.after[gone] = state.route[last], state.place[last], state.after[last]
    code = state.seq[state.route[last], state.place[last]]
    state.seq[state.route[last], state.place[last]] = 2 * gone + (code & 1)
    if state.first[state.line[last]] == last:
        state.first[state.line[last]] = gone
        return
    before = state.first[state.line[last]]
    while state.after[before] != last:
        before = state.after[before]
    state.after[before] = gone


@compiled_step
def _weld_flight(route, state, scene):  # type: ignore[no-untyped-def]
    """Weld pieces of a flight that follow each other on one line."""
    place = 0
    while place + 1 < state.size[route]:
        if state.hop[route, place + 1] >= 0:
            place += 1
            continue
        one, other = state.seq[route, place], state.seq[route, place + 1]
        kept = other if one & 1 else one
        for later in range(place + 1, state.size[route] - 1):
            state.seq[route, later], state.hop[route, later] = state.seq[route, later + 1], state.hop[route, later + 1]
            state.place[state.seq[route, later] >> 1] = later
        state.size[route] -= 1
        state.seq[route, place] = kept
        state.place[kept >> 1] = place
        _weld(kept >> 1, state, scene)


@compiled_step
def _take_one(state, mix, route, base, heat, scene):  # type: ignore[no-untyped-def]
    """Fly the mix as one flight if that is good enough."""
    walk(mix, state, scene)
    size = mix.size[0]
    price = flight_price(mix, 0.0, mix.until_m[size - 1], base, state, scene)
    if price - state.price[route] > -heat * math.log(1 - np.random.random()):
        return False
    state.base[route] = base
    _write(state, mix, route, np.int64(0), size, price)
    _weld_flight(route, state, scene)
    return True


@compiled_step
def _take_two(state, mix, r, s, heat, scene):  # type: ignore[no-untyped-def]
    """Cut the mix into two flights where it costs least, and fly them if that is good enough."""
    walk(mix, state, scene)
    size, one, other = mix.size[0], state.base[r], state.base[s]
    allowed_s = state.price[r] + state.price[s] - heat * math.log(1 - np.random.random())
    best_s, cut_m = best_cut(mix, one, other, state, scene)
    ends_s = way_home_s(mix.seq[0], 0.0, one, state, scene) + way_home_s(mix.seq[size - 1], 1e18, other, state, scene)
    if best_s + ends_s + mix.until_s[size - 1] + 2 * scene.fill_s > allowed_s or cut_m < 0:
        return False
    cut_m, first_s, second_s = within_battery(mix, cut_m, one, other, state, scene)
    if first_s + second_s > allowed_s or state.tally[PIECES] >= len(state.line) - 1:
        return False
    place = np.int64(0)
    while place < size and mix.until_m[place] <= cut_m + SLACK_M:
        place += 1
    if place < size:
        code = mix.seq[place]
        piece, turned = code >> 1, code & 1
        at_m = cut_m - (mix.until_m[place] - (state.high[piece] - state.low[piece]))
        if at_m > SLACK_M:
            length = state.high[piece] - state.low[piece]
            new = _nick(piece, length - at_m if turned else at_m, state, scene)
            for later in range(size, place, -1):
                mix.seq[later], mix.hop[later] = mix.seq[later - 1], mix.hop[later - 1]
            mix.seq[place], mix.seq[place + 1] = (2 * new + 1, code) if turned else (code, 2 * new)
            place, size = place + 1, size + 1
    _write(state, mix, r, np.int64(0), place, first_s)
    _write(state, mix, s, place, size, second_s)
    _weld_flight(r, state, scene)
    _weld_flight(s, state, scene)
    return True


@compiled_within
def _reorder(state, mix, piece, other, heat, scene):  # type: ignore[no-untyped-def]
    """Turn a stretch of a flight round, or move a few pieces to another place in it."""
    route, i, j = state.route[piece], state.place[piece], state.place[other]
    size = state.size[route]
    mix.size[0] = 0
    if np.random.random() < 0.5:
        append(mix, state, route, np.int64(0), size, np.bool_(False))
        low, high = min(i, j), max(i, j) + 1
        if high - low > 1 and np.random.random() < 0.5:
            low += 1
        turn_round(mix, low, high)
        if high < size:
            mix.hop[high] = UNKNOWN
    else:
        last = min(size, i + np.random.randint(1, LONGEST_STRETCH))
        if i <= j < last:
            return
        turned, gap = np.random.random() < 0.5, j + np.random.randint(0, 2)
        low, high = (gap, last) if gap <= i else (i, gap)
        append(mix, state, route, np.int64(0), low, np.bool_(False))
        if gap <= i:
            append(mix, state, route, i, last, turned)
            append(mix, state, route, gap, i, np.bool_(False))
        else:
            append(mix, state, route, last, gap, np.bool_(False))
            append(mix, state, route, i, last, turned)
        append(mix, state, route, high, size, np.bool_(False))
    _take_one(state, mix, route, state.base[route], heat, scene)


@compiled_step
def _exchange(state, mix, piece, other, heat, scene):  # type: ignore[no-untyped-def]
    """Move or exchange a few pieces of two flights, or all that follows, and cut the two anew."""
    r, s, i, j = state.route[piece], state.route[other], state.place[piece], state.place[other]
    m, n = state.size[r], state.size[s]
    mix.size[0] = 0
    kind, half = np.random.randint(0, 5), 0
    i_end, j_end = m, n
    if kind <= 2:
        i_end = min(m, i + np.random.randint(1, LONGEST_STRETCH))
        j = j + np.random.randint(0, 2)
        j_end = j if kind <= 1 else min(n, j + np.random.randint(1, LONGEST_STRETCH))
    else:
        i, j = i + np.random.randint(0, 2), j + np.random.randint(0, 2)
    if kind <= 3:
        append(mix, state, r, np.int64(0), i, np.bool_(False))
        append(mix, state, s, j, j_end, kind <= 2 and np.random.random() < 0.5)
        append(mix, state, r, i_end, m, np.bool_(False))
        half = mix.size[0]
        append(mix, state, s, np.int64(0), j, np.bool_(False))
        append(mix, state, r, i, i_end, kind <= 2 and np.random.random() < 0.5)
        append(mix, state, s, j_end, n, np.bool_(False))
    else:
        append(mix, state, r, np.int64(0), i, np.bool_(False))
        append(mix, state, s, np.int64(0), j, np.bool_(True))
        half = mix.size[0]
        append(mix, state, r, i, m, np.bool_(True))
        append(mix, state, s, j, n, np.bool_(False))
    # The flights meet at any of their four ends.
    if np.random.random() < 0.5:
        turn_round(mix, np.int64(0), half)
    if np.random.random() < 0.5:
        turn_round(mix, half, mix.size[0])
    if half < mix.size[0]:
        mix.hop[half] = UNKNOWN
    return _take_two(state, mix, r, s, heat, scene)


@compiled_within
def _exchange_part(state, mix, piece, other, heat, scene):  # type: ignore[no-untyped-def]
    """Cut a piece and let its parts go different ways."""
    length = state.high[piece] - state.low[piece]
    if length < 2 * SHORTEST_M or state.tally[PIECES] >= len(state.line) - 3:
        return
    route, place = state.route[piece], state.place[piece]
    at_m = SHORTEST_M + (length - 2 * SHORTEST_M) * np.random.random()
    if np.random.random() < 0.5:
        # Abreast of an end of the other piece.
        end, x, y = 2 * np.random.randint(0, 2), state.ends[piece, 0], state.ends[piece, 1]
        dx, dy = state.ends[piece, 2] - x, state.ends[piece, 3] - y
        at_m = ((state.ends[other, end] - x) * dx + (state.ends[other, end + 1] - y) * dy) / length
        at_m = min(length - SHORTEST_M, max(SHORTEST_M, at_m))
    new = _nick(piece, at_m, state, scene)
    code = state.seq[route, place]
    for later in range(state.size[route], place, -1):
        state.seq[route, later], state.hop[route, later] = state.seq[route, later - 1], state.hop[route, later - 1]
        state.place[state.seq[route, later] >> 1] = later
    state.size[route] += 1
    state.route[new] = route
    both = (2 * new + 1, code) if code & 1 else (code, 2 * new)
    for part in range(2):
        state.seq[route, place + part], state.place[both[part] >> 1] = both[part], place + part
    state.hop[route, place + 1] = between_s(both[0], both[1], state, scene)
    if not _exchange(state, mix, both[np.random.randint(0, 2)] >> 1, other, heat, scene):
        _weld_flight(route, state, scene)


@compiled_within
def _open_flight(state, mix, route, heat, scene):  # type: ignore[no-untyped-def]
    """Fly what one flight did in two."""
    for empty in range(state.tally[ROUTES]):
        if state.size[empty] == 0:
            state.base[empty] = state.base[route]
            mix.size[0] = 0
            append(mix, state, route, np.int64(0), state.size[route], np.bool_(False))
            _take_two(state, mix, route, empty, heat, scene)
            return


@compiled_apart
def _moved_s(state, scene, instead_of, base):  # type: ignore[no-untyped-def]
    """Return the seconds to move between the refill places in use if a flight were flown from another place."""
    bits = 0
    for route in range(state.tally[ROUTES]):
        if state.size[route]:
            bits |= 1 << (base if route == instead_of else state.base[route])
    return scene.moved_s[bits]


@compiled_within
def _move_base(state, mix, route, heat, scene):  # type: ignore[no-untyped-def]
    """Fly a flight from another refill place."""
    base = np.random.randint(0, len(scene.homes))
    dearer = _moved_s(state, scene, route, base) - _moved_s(state, scene, np.int64(-1), np.int64(0))
    if dearer <= 0 or np.random.random() < math.exp(-dearer / heat):
        mix.size[0] = 0
        append(mix, state, route, np.int64(0), state.size[route], np.bool_(False))
        _take_one(state, mix, route, base, heat, scene)


@compiled
def anneal(state, mix, scene, best, hot_s, cold_s, moves, seed):  # type: ignore[no-untyped-def]
    """Change the flights for a number of moves.

    Returns the seconds of the best flights found and how many pieces they have, which are listed in `best` in flying
    order: flight, refill place, line, begin and end on the line, 1 if flown backwards.
    """
    np.random.seed(seed)
    for base in range(len(scene.homes)):
        fill_via(scene.homes[base, 0], scene.homes[base, 1], scene.home_air, scene.home_via[base])
    for piece in range(state.tally[PIECES]):
        shape(piece, state, scene)
    for route in range(state.tally[ROUTES]):
        state.price[route] = 0.0
        if state.size[route]:
            mix.size[0] = 0
            append(mix, state, route, np.int64(0), state.size[route], np.bool_(False))
            walk(mix, state, scene)
            price = flight_price(mix, 0.0, mix.until_m[mix.size[0] - 1], state.base[route], state, scene)
            _write(state, mix, route, np.int64(0), mix.size[0], price)
    count, best_s = _list(state, best), _priced_s(state) + _moved_s(state, scene, np.int64(-1), np.int64(0))
    several = len(scene.homes) > 1
    for move in range(moves):
        heat = hot_s * (cold_s / hot_s) ** (move / moves)
        piece = np.random.randint(0, state.tally[PIECES])
        other = state.first[scene.near[state.line[piece], np.random.randint(0, scene.near.shape[1])]]
        while state.after[other] >= 0 and np.random.random() < 0.5:
            other = state.after[other]
        kind, apart = np.random.randint(0, 100), state.route[piece] != state.route[other]
        if kind < 1:
            _open_flight(state, mix, state.route[piece], heat, scene)
        elif kind < 4 and several:
            _move_base(state, mix, state.route[piece], heat, scene)
        elif apart and kind < 30:
            _exchange_part(state, mix, piece, other, heat, scene)
        elif apart:
            _exchange(state, mix, piece, other, heat, scene)
        elif other != piece:
            _reorder(state, mix, piece, other, heat, scene)
        total_s = _priced_s(state)
        if total_s < best_s - 1e-6:
            total_s += _moved_s(state, scene, np.int64(-1), np.int64(0))
            if total_s < best_s - 1e-6:
                count, best_s = _list(state, best), total_s
    return best_s, count


@compiled_lean
def _priced_s(state):  # type: ignore[no-untyped-def]
    total_s = 0.0
    for route in range(state.tally[ROUTES]):
        total_s += state.price[route]
    return total_s


@compiled_apart
def _list(state, found):  # type: ignore[no-untyped-def]
    """List the pieces of all flights and return their number."""
    row = 0
    for route in range(state.tally[ROUTES]):
        for place in range(state.size[route]):
            code = state.seq[route, place]
            piece = code >> 1
            found[row, 0], found[row, 1], found[row, 2] = route, state.base[route], state.line[piece]
            found[row, 3], found[row, 4], found[row, 5] = state.low[piece], state.high[piece], code & 1
            row += 1
    return row
