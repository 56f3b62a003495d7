"""The moves by which polishing changes spray lines, and the annealing that chooses among them. Compiled."""

from __future__ import annotations

import math

import numpy as np

from drone_service.engine.compiled import compiled_apart, compiled_entry, compiled_lean, compiled_within
from drone_service.engine.coverage.ground import exchange
from drone_service.engine.coverage.moving import (
    BEST,
    NUMBER,
    SLOT,
    TAKEN,
    area_price,
    copy_line,
    least_added,
    put_line,
    slot_of,
    time_along,
    time_between,
    time_into,
    time_out,
    way_between,
)
from drone_service.engine.coverage.sight import NO_CORNER, is_blocked, is_within, reach

SHORTEST_M = 0.5
COLD_S = 0.01
NO_LINE = -1
KINDS = 27
"""Among so many moves chance chooses; most of them shift one line."""
MOST_TOGETHER = 8
"""Lines that are moved together, at most."""


@compiled_lean
def _take(state, change, seconds, warmth, world):  # type: ignore[no-untyped-def]
    """Return whether a change of steps and seconds is taken, and book it if so."""
    area = state.area
    covered, outside, twice = area[0] + change[0], area[1] + change[1], area[2] + change[2]
    dearer_s = seconds + area_price(covered, outside, twice, world) - area_price(area[0], area[1], area[2], world)
    if dearer_s >= 0 and np.random.random() >= math.exp(-dearer_s / warmth):
        return False
    area[0], area[1], area[2] = covered, outside, twice
    state.tally[TAKEN] += 1
    return True


@compiled_lean
def _close_up(state, index):  # type: ignore[no-untyped-def]
    """Take a line and the way to it out of the arrays."""
    lines, line_s, hop_s, number = state.lines, state.line_s, state.hop_s, state.tally[NUMBER]
    for other in range(index, number - 1):
        copy_line(lines, other + 1, lines, other)
        line_s[other], hop_s[other] = line_s[other + 1], hop_s[other + 1]
    hop_s[number - 1] = hop_s[number]
    state.tally[NUMBER] -= 1


@compiled_within
def _drop(state, index, warmth, world):  # type: ignore[no-untyped-def]
    """Leave a line out."""
    lines, line_s, hop_s, number = state.lines, state.line_s, state.hop_s, state.tally[NUMBER]
    if number < 2:
        return
    after_s = 0.0
    if index + 1 < number:
        after_s = time_into(state, index, lines[index + 1, 0], lines[index + 1, 1], world)
    else:
        after_s = time_out(state, number, lines[index - 1, 2], lines[index - 1, 3], world)
    change = exchange(state.rows, slot_of(lines, index), lines, np.int64(NO_LINE), np.bool_(False))
    seconds = after_s - line_s[index] - hop_s[index] - hop_s[index + 1]
    if _take(state, change, seconds, warmth, world):
        exchange(state.rows, slot_of(lines, index), lines, np.int64(NO_LINE), np.bool_(True))
        _close_up(state, index)
        hop_s[index] = after_s


@compiled_apart
def _insert(state, index, into_s, out_s, warmth, world):  # type: ignore[no-untyped-def]
    """Put the first line of the draft in before line `index`."""
    lines, line_s, hop_s, number = state.lines, state.line_s, state.hop_s, state.tally[NUMBER]
    slot = np.int64(0)
    while state.rows.beyond[slot] > 0:
        slot += 1
    state.draft[0, SLOT] = slot
    change = exchange(state.rows, slot, state.draft, np.int64(0), np.bool_(False))
    own_s = time_along(state.draft, np.int64(0), world)
    if _take(state, change, own_s + into_s + out_s - hop_s[index], warmth, world):
        exchange(state.rows, slot, state.draft, np.int64(0), np.bool_(True))
        for other in range(number, index, -1):
            copy_line(lines, other - 1, lines, other)
            line_s[other] = line_s[other - 1]
        for other in range(number + 1, index + 1, -1):
            hop_s[other] = hop_s[other - 1]
        copy_line(state.draft, np.int64(0), lines, index)
        line_s[index] = own_s
        hop_s[index], hop_s[index + 1] = into_s, out_s
        state.tally[NUMBER] += 1


@compiled_within
def _spray_way(state, index, warmth, world):  # type: ignore[no-untyped-def]
    """Spray the way to the next line, or a leg of it where it goes round corners: it is flown anyhow."""
    lines, number, corners = state.lines, state.tally[NUMBER], world.air.corners
    if index + 1 >= number or number == len(lines):
        return
    ax, ay, bx, by = lines[index, 2], lines[index, 3], lines[index + 1, 0], lines[index + 1, 1]
    px, py, qx, qy = ax, ay, bx, by
    bend = way_between(px, py, bx, by, world)[1]
    while bend != NO_CORNER and np.random.random() < 0.5:
        px, py = corners[bend, 0], corners[bend, 1]
        bend = way_between(px, py, bx, by, world)[1]
    if bend != NO_CORNER:
        qx, qy = corners[bend, 0], corners[bend, 1]
    is_long = math.hypot(qx - px, qy - py) > SHORTEST_M
    # The air may be wider than the field.
    if is_long and is_within(px, py, world.edges) and not is_blocked(px, py, qx, qy, world.edges):
        put_line(state.draft, np.int64(0), px, py, qx, qy)
        _insert(
            state, index + 1, time_between(ax, ay, px, py, world), time_between(qx, qy, bx, by, world), warmth, world
        )


@compiled_within
def _merge(state, index, warmth, world):  # type: ignore[no-untyped-def]
    """Fly a line and the next one as one, from the begin of the first to the end of the second."""
    lines, line_s, hop_s, number = state.lines, state.line_s, state.hop_s, state.tally[NUMBER]
    if index + 1 >= number:
        return
    ax, ay, bx, by = lines[index, 0], lines[index, 1], lines[index + 1, 2], lines[index + 1, 3]
    if is_blocked(ax, ay, bx, by, world.edges) or math.hypot(bx - ax, by - ay) < SHORTEST_M:
        return
    put_line(state.draft, np.int64(0), ax, ay, bx, by)
    state.draft[0, SLOT] = lines[index, SLOT]
    # Two strips that change together see one another only when the first is written.
    one = exchange(state.rows, slot_of(lines, index), state.draft, np.int64(0), np.bool_(True))
    two = exchange(state.rows, slot_of(lines, index + 1), lines, np.int64(NO_LINE), np.bool_(False))
    own_s = time_along(state.draft, np.int64(0), world)
    seconds = own_s - line_s[index] - hop_s[index + 1] - line_s[index + 1]
    if _take(state, (one[0] + two[0], one[1] + two[1], one[2] + two[2]), seconds, warmth, world):
        exchange(state.rows, slot_of(lines, index + 1), lines, np.int64(NO_LINE), np.bool_(True))
        copy_line(state.draft, np.int64(0), lines, index)
        line_s[index] = own_s
        _close_up(state, index + 1)
    else:
        exchange(state.rows, slot_of(lines, index), lines, index, np.bool_(True))


@compiled_within
def _stretch(state, line, world):  # type: ignore[no-untyped-def]
    """Draw up a spare line or a random part of it: a short gap does not need the whole bank."""
    half_m = state.rows.half_m
    ax, ay, bx, by = world.spare[line, 0], world.spare[line, 1], world.spare[line, 2], world.spare[line, 3]
    length = math.hypot(bx - ax, by - ay)
    first, last = 0.0, 1.0
    if length > half_m and np.random.random() < 0.5:
        part = max(half_m / length, np.random.random())
        first = (1 - part) * np.random.random()
        if np.random.random() < 0.7:
            first = (1 - part) * np.random.randint(0, 2)
        last = first + part
    dx, dy = bx - ax, by - ay
    put_line(state.draft, np.int64(0), ax + first * dx, ay + first * dy, ax + last * dx, ay + last * dy)


@compiled_within
def _add(state, warmth, world):  # type: ignore[no-untyped-def]
    """Put a line along an edge in where it costs least."""
    draft, hop_s, number = state.draft, state.hop_s, state.tally[NUMBER]
    if number == len(state.lines) or not len(world.spare):
        return
    _stretch(state, np.random.randint(0, len(world.spare)), world)
    # Where it costs least if nothing stands in the way is mostly where it costs least, and few places may beat that.
    least_s, near, near_way = np.inf, np.int64(0), np.int64(0)
    for index in range(number + 1):
        for way in range(2):
            bound_s = least_added(state, index, way, world)
            if bound_s < least_s:
                least_s, near, near_way = bound_s, np.int64(index), np.int64(way)
    most_s = time_into(state, near, draft[0, 2 * near_way], draft[0, 2 * near_way + 1], world) - hop_s[near]
    most_s += time_out(state, near, draft[0, 2 - 2 * near_way], draft[0, 3 - 2 * near_way], world)
    best, place, turned, into, out = np.inf, np.int64(0), False, 0.0, 0.0
    for index in range(number + 1):
        for way in range(2):
            if least_added(state, index, way, world) > most_s + 1e-9:
                continue
            into_s = time_into(state, index, draft[0, 2 * way], draft[0, 2 * way + 1], world)
            out_s = time_out(state, index, draft[0, 2 - 2 * way], draft[0, 3 - 2 * way], world)
            if into_s + out_s - hop_s[index] < best:
                best, place, into, out = into_s + out_s - hop_s[index], np.int64(index), into_s, out_s
                turned = way == 1
    if turned:
        put_line(draft, np.int64(0), draft[0, 2], draft[0, 3], draft[0, 0], draft[0, 1])
    _insert(state, place, into, out, warmth, world)


@compiled_within
def _turn_round(state, index, warmth, world):  # type: ignore[no-untyped-def]
    """Fly a stretch of the order the other way round."""
    lines, line_s, hop_s, number = state.lines, state.line_s, state.hop_s, state.tally[NUMBER]
    last = np.random.randint(0, number)
    index, last = min(index, last), max(index, last)
    into_s = time_into(state, index, lines[last, 2], lines[last, 3], world)
    out_s = time_out(state, last + 1, lines[index, 0], lines[index, 1], world)
    seconds = into_s + out_s - hop_s[index] - hop_s[last + 1]
    nothing = np.int64(0)
    if _take(state, (nothing, nothing, nothing), seconds, warmth, world):
        hop_s[index], hop_s[last + 1] = into_s, out_s
        low, high = index, last
        while low <= high:
            ax, ay, bx, by = lines[low, 0], lines[low, 1], lines[low, 2], lines[low, 3]
            put_line(lines, low, lines[high, 2], lines[high, 3], lines[high, 0], lines[high, 1])
            put_line(lines, high, bx, by, ax, ay)
            lines[low, SLOT], lines[high, SLOT] = lines[high, SLOT], lines[low, SLOT]
            line_s[low], line_s[high] = line_s[high], line_s[low]
            if low + 1 <= high:
                hop_s[low + 1], hop_s[high] = hop_s[high], hop_s[low + 1]
            low, high = low + 1, high - 1


@compiled_apart
def _replace(state, first, count, warmth, world):  # type: ignore[no-untyped-def]
    """Put the draft of some lines in the place of as many from `first` on."""
    lines, line_s, hop_s, new, old = state.lines, state.line_s, state.hop_s, state.draft, state.old
    after, end, way_s = first + count, count - 1, state.way_s
    seconds = 0.0
    for part in range(count):
        copy_line(lines, first + part, old, part)
        new[part, SLOT] = old[part, SLOT]
        seconds += time_along(new, part, world) - line_s[first + part]
    way_s[0], way_s[count] = hop_s[first], hop_s[after]
    if new[0, 0] != old[0, 0] or new[0, 1] != old[0, 1]:
        way_s[0] = time_into(state, first, new[0, 0], new[0, 1], world)
    if new[end, 2] != old[end, 2] or new[end, 3] != old[end, 3]:
        way_s[count] = time_out(state, after, new[end, 2], new[end, 3], world)
    for part in range(1, count):
        way_s[part] = time_between(new[part - 1, 2], new[part - 1, 3], new[part, 0], new[part, 1], world)
    for part in range(count + 1):
        seconds += way_s[part] - hop_s[first + part]
    # Strips that change together see one another only when those before them are written.
    joined = count > 1
    covered = outside = twice = np.int64(0)
    for part in range(count):
        found = exchange(state.rows, slot_of(old, part), new, part, joined)
        covered, outside, twice = covered + found[0], outside + found[1], twice + found[2]
    if _take(state, (covered, outside, twice), seconds, warmth, world):
        if not joined:
            exchange(state.rows, slot_of(old, np.int64(0)), new, np.int64(0), np.bool_(True))
        for part in range(count):
            copy_line(new, part, lines, first + part)
            line_s[first + part] = time_along(new, part, world)
        for part in range(count + 1):
            hop_s[first + part] = way_s[part]
    elif joined:
        for part in range(count - 1, -1, -1):
            exchange(state.rows, slot_of(old, part), old, part, np.bool_(True))


@compiled_within
def _move_joint(state, index, step_m, warmth, world):  # type: ignore[no-untyped-def]
    """Move the place where two sprayed legs meet."""
    lines, new, edges = state.lines, state.draft, world.edges
    way = np.random.random() * 2 * math.pi
    x, y = lines[index, 2] + step_m * math.cos(way), lines[index, 3] + step_m * math.sin(way)
    put_line(new, np.int64(0), lines[index, 0], lines[index, 1], x, y)
    put_line(new, np.int64(1), x, y, lines[index + 1, 2], lines[index + 1, 3])
    if not is_within(x, y, edges):
        return
    for part in range(2):
        if is_blocked(new[part, 0], new[part, 1], new[part, 2], new[part, 3], edges):
            return
    _replace(state, index, np.int64(2), warmth, world)


@compiled_apart
def _is_fitted(new, row, dx, dy, world):  # type: ignore[no-untyped-def]
    """Cut off what of a drafted line would leave the field; tell whether enough is left that runs along (dx, dy)."""
    mx, my = (new[row, 0] + new[row, 2]) / 2, (new[row, 1] + new[row, 3]) / 2
    if not is_within(mx, my, world.edges):
        return False
    for end in range(0, 4, 2):
        share = reach(mx, my, new[row, end], new[row, end + 1], world.edges)
        if share < 1:
            new[row, end] = mx + (new[row, end] - mx) * share
            new[row, end + 1] = my + (new[row, end + 1] - my) * share
    return (new[row, 2] - new[row, 0]) * dx + (new[row, 3] - new[row, 1]) * dy >= SHORTEST_M


@compiled_within
def _shift(state, index, kind, step_m, warmth, world):  # type: ignore[no-untyped-def]
    """Move one line or one end of it along or across itself; what would leave the field is cut off."""
    number, new = state.tally[NUMBER], state.draft
    ax, ay, bx, by = state.lines[index, 0], state.lines[index, 1], state.lines[index, 2], state.lines[index, 3]
    length = math.hypot(bx - ax, by - ay)
    if length < SHORTEST_M:
        return
    dx, dy = (bx - ax) / length, (by - ay) / length
    along_a = along_b = side_a = side_b = 0.0
    if kind <= 2:
        along_b = step_m
    elif kind <= 5:
        along_a = step_m
    elif kind <= 7:
        side_a = step_m
    elif kind <= 9:
        side_b = step_m
    elif kind <= 13:
        side_a = side_b = step_m
    elif kind <= 15:
        side_a, side_b = step_m, -step_m
    else:
        along_a, along_b = step_m, step_m
    if 5 < kind <= 15 and np.random.random() < 0.4:
        # As far as the field goes.
        along_a, along_b = -2 * state.rows.half_m, 2 * state.rows.half_m
    if (along_a != 0 or side_a != 0) and index > 0 and state.hop_s[index] == 0:
        return
    if (along_b != 0 or side_b != 0) and index + 1 < number and state.hop_s[index + 1] == 0:
        return
    new[0, 0], new[0, 1] = ax + dx * along_a - dy * side_a, ay + dy * along_a + dx * side_a
    new[0, 2], new[0, 3] = bx + dx * along_b - dy * side_b, by + dy * along_b + dx * side_b
    if _is_fitted(new, np.int64(0), dx, dy, world):
        _replace(state, index, np.int64(1), warmth, world)


@compiled_within
def _shift_together(state, index, step_m, warmth, world):  # type: ignore[no-untyped-def]
    """Move lines that follow one another aside by the same way, each as far as the field goes.

    One by one they would have to overlap one neighbour and leave a gap to the other.
    """
    lines, hop_s, number, new = state.lines, state.hop_s, state.tally[NUMBER], state.draft
    count = min(number - index, 2 + np.random.randint(0, MOST_TOGETHER - 1))
    ux, uy = lines[index, 2] - lines[index, 0], lines[index, 3] - lines[index, 1]
    length = math.hypot(ux, uy)
    if count < 2 or length < SHORTEST_M:
        return
    x, y = -uy / length * step_m, ux / length * step_m
    for part in range(count):
        line = index + part
        ax, ay, bx, by = lines[line, 0], lines[line, 1], lines[line, 2], lines[line, 3]
        length = math.hypot(bx - ax, by - ay)
        if length < SHORTEST_M:
            return
        dx, dy = (bx - ax) / length, (by - ay) / length
        # An end where another leg joins on stays the end.
        early = 0.0 if line > 0 and hop_s[line] == 0 else abs(step_m)
        late = 0.0 if line + 1 < number and hop_s[line + 1] == 0 else abs(step_m)
        put_line(new, part, ax + x - early * dx, ay + y - early * dy, bx + x + late * dx, by + y + late * dy)
        if not _is_fitted(new, part, dx, dy, world):
            return
    _replace(state, index, np.int64(count), warmth, world)


@compiled_within
def _price_s(state, world):  # type: ignore[no-untyped-def]
    tally, lines_s, hops_s = state.tally, 0.0, 0.0
    for index in range(tally[NUMBER]):
        lines_s += state.line_s[index]
    for index in range(tally[NUMBER] + 1):
        hops_s += state.hop_s[index]
    return lines_s + hops_s + area_price(state.area[0], state.area[1], state.area[2], world)


@compiled_entry
def anneal(state, world, hot_s, moves, seed):  # type: ignore[no-untyped-def]
    """Move lines for a number of times; leave the best lines found in the state and return their price in seconds."""
    np.random.seed(seed)
    lines, hop_s, tally, area = state.lines, state.hop_s, state.tally, state.area
    for index in range(tally[NUMBER]):
        found = exchange(state.rows, slot_of(lines, index), lines, index, np.bool_(True))
        area[0], area[1], area[2] = area[0] + found[0], area[1] + found[1], area[2] + found[2]
        state.line_s[index] = time_along(lines, index, world)
        hop_s[index] = time_into(state, index, lines[index, 0], lines[index, 1], world)
    number = tally[NUMBER]
    hop_s[number] = time_out(state, number, lines[number - 1, 2], lines[number - 1, 3], world)
    best_s, seen = np.inf, -1
    for move in range(moves + 1):
        number = tally[NUMBER]
        if tally[TAKEN] != seen:
            seen = tally[TAKEN]
            price_s = _price_s(state, world)
            if price_s < best_s - 1e-9:
                best_s, tally[BEST] = price_s, number
                for index in range(number):
                    copy_line(lines, index, state.best, index)
        warmth = hot_s * (COLD_S / hot_s) ** (move / (moves + 1))
        kind, index = np.random.randint(0, KINDS), np.random.randint(0, number)
        step_m = state.rows.half_m * 1.2 * 100 ** (-np.random.random())
        if np.random.random() < 0.5:
            step_m = -step_m
        if kind == 0:
            _drop(state, index, warmth, world)
        elif kind == 1:
            _spray_way(state, index, warmth, world)
        elif kind == 2:
            _add(state, warmth, world)
        elif kind <= 4:
            _turn_round(state, index, warmth, world)
        elif kind <= 6:
            if index + 1 < number and hop_s[index + 1] == 0:
                _move_joint(state, index, step_m, warmth, world)
        elif kind <= 24:
            _shift(state, index, kind - 7, step_m, warmth, world)
        elif kind == 25:
            _merge(state, index, warmth, world)
        else:
            _shift_together(state, index, step_m, warmth, world)
    return best_s
