"""Spray lines moved, tilted, shortened, joined and dropped as long as that pays: annealing on a grid of sample points.

Layouts are parallel and evenly spaced; real fields are neither rectangles nor whole numbers of swaths. Here each end
of each line is free inside the field. What a change costs in flight is exact; what it covers is counted on sample
points, so the caller measures the result again.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from drone_service.engine.compiled import compiled
from drone_service.engine.coverage.ground import Ground, exchange
from drone_service.engine.coverage.settings import FlightSettings
from drone_service.engine.coverage.sight import hop_s, is_blocked, is_within, leg_s, reach
from drone_service.engine.coverage.swaths import turn

Floats = NDArray[np.float64]
SPARE_LINES = 12
"""Sprayed side-steps that may be added to the lines."""
SHORTEST_M = 0.5
OVERLAP_PRICE = 0.05
"""Sprayed twice is neither missed nor outside; the hint of a price keeps lines from piling up for nothing."""
SHORTAGE_PRICE = 100.0
SHORTAGE_S = 2_000.0
"""What a square metre below the floor costs while lines move, and at least what the whole of a field does: in a tiny
one a line costs more than all its ground. The result is refused if any is left."""
START_SHORTAGE = 12.0
"""The same while starts are only compared: about what the extra lines cost that polishing puts in."""
COLD_S = 0.01
SEED = 1
NOTHING = np.zeros(4)
NUMBER = 3
"""Where the tally keeps the number of lines; before it: points covered, outside, and covered once more."""


class World(NamedTuple):
    """What stays the same while lines move, in the turned frame of the sample points."""

    inside: NDArray[np.uint8]
    frame: tuple[float, float, float]
    edges: Floats
    air_edges: Floats
    corners: Floats
    ways_s: Floats
    spare: Floats
    home: Floats
    half: float
    speed: float
    push: float
    missed_price: float
    outside_price: float
    shortage_price: float
    wanted: float
    point_s: float


class State(NamedTuple):
    """What the moves change. `hop_s[i]` leads to line i, the one after the last line home."""

    lines: Floats
    line_s: Floats
    hop_s: Floats
    times: NDArray[np.int16]
    tally: NDArray[np.int64]


def polish(
    ground: Ground,
    lines: Floats,
    settings: FlightSettings,
    *,
    covered_m2: float,
    spare: Floats,
    home: Floats | None,
    hot_s: float,
    moves: int,
) -> tuple[Floats, float]:
    """Return better lines in flying order, shape (n, 2, 2), and their price in seconds by the sample points.

    `covered_m2` is the area the sample points must show as covered, `spare` holds lines that may be added. The result
    depends on the arguments alone: the seed is fixed.
    """
    room = np.empty((len(lines) + SPARE_LINES, 4))
    room[: len(lines)] = turn(lines.reshape(-1, 2), -ground.angle).reshape(-1, 4)
    point_m2 = ground.cell_m**2
    point_s = point_m2 / (settings.swath_m * settings.speed_m_s)
    world = World(
        inside=ground.inside,
        frame=(ground.west, ground.south, ground.cell_m),
        edges=ground.edges,
        air_edges=ground.air_edges,
        corners=ground.corners,
        ways_s=ground.ways_s,
        spare=turn(spare.reshape(-1, 2), -ground.angle).reshape(-1, 4),
        home=np.full(2, np.nan) if home is None else turn(np.asarray(home, dtype=np.float64)[None], -ground.angle)[0],
        half=settings.swath_m / 2,
        speed=settings.speed_m_s,
        push=settings.acceleration_m_s2,
        missed_price=settings.missed_price,
        outside_price=settings.outside_price,
        shortage_price=max(SHORTAGE_PRICE, SHORTAGE_S / (ground.inside.sum() * point_s)) if moves else START_SHORTAGE,
        wanted=covered_m2 / point_m2,
        point_s=point_s,
    )
    tally = np.array([0, 0, 0, len(lines)], dtype=np.int64)
    count = np.zeros(ground.inside.shape, dtype=np.int16)
    state = State(room, np.zeros(len(room)), np.zeros(len(room) + 1), count, tally)
    found, price_s = _anneal(state, world, hot_s, moves, SEED)
    everything_s = settings.missed_price * float((ground.inside == 1).sum()) * world.point_s
    return turn(found.reshape(-1, 2), ground.angle).reshape(-1, 2, 2), price_s + everything_s


@compiled
def _hop_s(px, py, qx, qy, world):  # type: ignore[no-untyped-def]
    return hop_s(px, py, qx, qy, world.air_edges, world.corners, world.ways_s, world.speed, world.push)


@compiled
def _into_s(state, index, x, y, world):  # type: ignore[no-untyped-def]
    """Return the seconds from the end of the line before `index`, or from home, to a place."""
    if index > 0:
        return _hop_s(state.lines[index - 1, 2], state.lines[index - 1, 3], x, y, world)
    if np.isnan(world.home[0]):
        return 0.0
    return leg_s(math.hypot(x - world.home[0], y - world.home[1]), world.speed, world.push)


@compiled
def _out_s(state, index, x, y, world):  # type: ignore[no-untyped-def]
    """Return the seconds from a place to the begin of line `index`, or home after the last one."""
    if index < state.tally[NUMBER]:
        return _hop_s(x, y, state.lines[index, 0], state.lines[index, 1], world)
    if np.isnan(world.home[0]):
        return 0.0
    return leg_s(math.hypot(x - world.home[0], y - world.home[1]), world.speed, world.push)


@compiled
def _line_s(line, world):  # type: ignore[no-untyped-def]
    return leg_s(math.hypot(line[2] - line[0], line[3] - line[1]), world.speed, world.push)


@compiled
def _area_s(covered, outside, twice, world):  # type: ignore[no-untyped-def]
    """Return the price of counted points in seconds of spraying; what is covered counts against it."""
    short = max(0.0, world.wanted - covered)
    points = world.missed_price * -covered + world.outside_price * outside + OVERLAP_PRICE * twice
    return (points + world.shortage_price * short) * world.point_s


@compiled
def _take(state, change, seconds, warmth, world):  # type: ignore[no-untyped-def]
    """Return whether a change of points and seconds is taken, and book it if so."""
    tally = state.tally
    covered, outside, twice = tally[0] + change[0], tally[1] + change[1], tally[2] + change[2]
    dearer_s = seconds + _area_s(covered, outside, twice, world) - _area_s(tally[0], tally[1], tally[2], world)
    if dearer_s >= 0 and np.random.random() >= math.exp(-dearer_s / warmth):
        return False
    tally[0], tally[1], tally[2] = covered, outside, twice
    return True


@compiled
def _drop(state, index, warmth, world):  # type: ignore[no-untyped-def]
    """Leave a line out."""
    lines, line_s, hop_s, number = state.lines, state.line_s, state.hop_s, state.tally[NUMBER]
    if number < 2:
        return
    after_s = 0.0
    if index + 1 < number:
        after_s = _into_s(state, index, lines[index + 1, 0], lines[index + 1, 1], world)
    else:
        after_s = _out_s(state, number, lines[index - 1, 2], lines[index - 1, 3], world)
    change = exchange(state.times, world.inside, world.frame, lines[index], NOTHING, world.half, False)
    seconds = after_s - line_s[index] - hop_s[index] - hop_s[index + 1]
    if _take(state, change, seconds, warmth, world):
        exchange(state.times, world.inside, world.frame, lines[index], NOTHING, world.half, True)
        for other in range(index, number - 1):
            lines[other], line_s[other], hop_s[other] = lines[other + 1], line_s[other + 1], hop_s[other + 1]
        hop_s[number - 1] = hop_s[number]
        hop_s[index] = after_s
        state.tally[NUMBER] -= 1


@compiled
def _insert(state, index, line, into_s, out_s, warmth, world):  # type: ignore[no-untyped-def]
    """Put a line in before line `index`."""
    lines, line_s, hop_s, number = state.lines, state.line_s, state.hop_s, state.tally[NUMBER]
    change = exchange(state.times, world.inside, world.frame, NOTHING, line, world.half, False)
    own_s = _line_s(line, world)
    if _take(state, change, own_s + into_s + out_s - hop_s[index], warmth, world):
        exchange(state.times, world.inside, world.frame, NOTHING, line, world.half, True)
        for other in range(number, index, -1):
            lines[other], line_s[other] = lines[other - 1], line_s[other - 1]
        for other in range(number + 1, index + 1, -1):
            hop_s[other] = hop_s[other - 1]
        lines[index], line_s[index] = line, own_s
        hop_s[index], hop_s[index + 1] = into_s, out_s
        state.tally[NUMBER] += 1


@compiled
def _spray_step(state, index, warmth, world):  # type: ignore[no-untyped-def]
    """Spray the side-step to the next line: it is flown anyhow."""
    lines, number = state.lines, state.tally[NUMBER]
    if index + 1 >= number or number == len(lines):
        return
    step = np.array((lines[index, 2], lines[index, 3], lines[index + 1, 0], lines[index + 1, 1]))
    length = math.hypot(step[2] - step[0], step[3] - step[1])
    if length > SHORTEST_M and not is_blocked(step[0], step[1], step[2], step[3], world.edges):
        _insert(state, index + 1, step, 0.0, 0.0, warmth, world)


@compiled
def _stretch(line, world):  # type: ignore[no-untyped-def]
    """Return a line or a random part of it: a short gap does not need the whole bank."""
    length = math.hypot(line[2] - line[0], line[3] - line[1])
    first, last = 0.0, 1.0
    if length > world.half and np.random.random() < 0.5:
        part = max(world.half / length, np.random.random())
        first = (1 - part) * np.random.random()
        if np.random.random() < 0.7:
            first = (1 - part) * np.random.randint(0, 2)
        last = first + part
    dx, dy = line[2] - line[0], line[3] - line[1]
    return np.array((line[0] + first * dx, line[1] + first * dy, line[0] + last * dx, line[1] + last * dy))


@compiled
def _add(state, warmth, world):  # type: ignore[no-untyped-def]
    """Put a line along an edge in where it costs least."""
    lines, hop_s, number = state.lines, state.hop_s, state.tally[NUMBER]
    if number == len(lines) or not len(world.spare):
        return
    line = _stretch(world.spare[np.random.randint(0, len(world.spare))], world)
    best, place, turned, into, out = np.inf, 0, False, 0.0, 0.0
    for index in range(number + 1):
        for way in range(2):
            into_s = _into_s(state, index, line[2 * way], line[2 * way + 1], world)
            out_s = _out_s(state, index, line[2 - 2 * way], line[3 - 2 * way], world)
            if into_s + out_s - hop_s[index] < best:
                best, place, turned, into, out = into_s + out_s - hop_s[index], index, way == 1, into_s, out_s
    if turned:
        line = np.array((line[2], line[3], line[0], line[1]))
    _insert(state, place, line, into, out, warmth, world)


@compiled
def _turn_round(state, index, warmth, world):  # type: ignore[no-untyped-def]
    """Fly a stretch of the order the other way round."""
    lines, line_s, hop_s, number = state.lines, state.line_s, state.hop_s, state.tally[NUMBER]
    last = np.random.randint(0, number)
    index, last = min(index, last), max(index, last)
    into_s = _into_s(state, index, lines[last, 2], lines[last, 3], world)
    out_s = _out_s(state, last + 1, lines[index, 0], lines[index, 1], world)
    if _take(state, (0, 0, 0), into_s + out_s - hop_s[index] - hop_s[last + 1], warmth, world):
        turned = lines[index : last + 1][::-1].copy()
        lines[index : last + 1, :2] = turned[:, 2:]
        lines[index : last + 1, 2:] = turned[:, :2]
        line_s[index : last + 1] = line_s[index : last + 1][::-1].copy()
        hop_s[index + 1 : last + 1] = hop_s[index + 1 : last + 1][::-1].copy()
        hop_s[index], hop_s[last + 1] = into_s, out_s


@compiled
def _replace(state, first, new, warmth, world):  # type: ignore[no-untyped-def]
    """Put one line, or two that are joined, in the place of as many from `first` on."""
    lines, line_s, hop_s = state.lines, state.line_s, state.hop_s
    after = first + len(new)
    old = lines[first:after].copy()
    seconds, end = 0.0, new[-1]
    for part in range(len(new)):
        seconds += _line_s(new[part], world) - line_s[first + part]
    into_s, out_s = hop_s[first], hop_s[after]
    if new[0, 0] != old[0, 0] or new[0, 1] != old[0, 1]:
        into_s = _into_s(state, first, new[0, 0], new[0, 1], world)
    if end[2] != old[-1, 2] or end[3] != old[-1, 3]:
        out_s = _out_s(state, after, end[2], end[3], world)
    # Two strips that change together see one another only when the first is written.
    joined = len(new) == 2
    covered, outside, twice = 0, 0, 0
    for part in range(len(new)):
        found = exchange(state.times, world.inside, world.frame, old[part], new[part], world.half, joined)
        covered, outside, twice = covered + found[0], outside + found[1], twice + found[2]
    if _take(state, (covered, outside, twice), seconds + into_s + out_s - hop_s[first] - hop_s[after], warmth, world):
        if not joined:
            exchange(state.times, world.inside, world.frame, old[0], new[0], world.half, True)
        for part in range(len(new)):
            lines[first + part], line_s[first + part] = new[part], _line_s(new[part], world)
        hop_s[first], hop_s[after] = into_s, out_s
    elif joined:
        for part in range(1, -1, -1):
            exchange(state.times, world.inside, world.frame, new[part], old[part], world.half, True)


@compiled
def _move_joint(state, index, step_m, warmth, world):  # type: ignore[no-untyped-def]
    """Move the place where two sprayed legs meet."""
    new = state.lines[index : index + 2].copy()
    way = np.random.random() * 2 * math.pi
    x, y = new[0, 2] + step_m * math.cos(way), new[0, 3] + step_m * math.sin(way)
    new[0, 2], new[0, 3], new[1, 0], new[1, 1] = x, y, x, y
    if not is_within(x, y, world.edges):
        return
    for part in range(2):
        if is_blocked(new[part, 0], new[part, 1], new[part, 2], new[part, 3], world.edges):
            return
    _replace(state, index, new, warmth, world)


@compiled
def _shift(state, index, kind, step_m, warmth, world):  # type: ignore[no-untyped-def]
    """Move one line or one end of it along or across itself; what would leave the field is cut off."""
    old, number = state.lines[index], state.tally[NUMBER]
    length = math.hypot(old[2] - old[0], old[3] - old[1])
    if length < SHORTEST_M:
        return
    dx, dy = (old[2] - old[0]) / length, (old[3] - old[1]) / length
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
        along_a, along_b = -2 * world.half, 2 * world.half
    if (along_a != 0 or side_a != 0) and index > 0 and state.hop_s[index] == 0:
        return
    if (along_b != 0 or side_b != 0) and index + 1 < number and state.hop_s[index + 1] == 0:
        return
    new = np.empty((1, 4))
    new[0, 0], new[0, 1] = old[0] + dx * along_a - dy * side_a, old[1] + dy * along_a + dx * side_a
    new[0, 2], new[0, 3] = old[2] + dx * along_b - dy * side_b, old[3] + dy * along_b + dx * side_b
    mx, my = (new[0, 0] + new[0, 2]) / 2, (new[0, 1] + new[0, 3]) / 2
    if not is_within(mx, my, world.edges):
        return
    for end in (0, 2):
        share = reach(mx, my, new[0, end], new[0, end + 1], world.edges)
        if share < 1:
            new[0, end] = mx + (new[0, end] - mx) * share
            new[0, end + 1] = my + (new[0, end + 1] - my) * share
    if (new[0, 2] - new[0, 0]) * dx + (new[0, 3] - new[0, 1]) * dy >= SHORTEST_M:
        _replace(state, index, new, warmth, world)


@compiled
def _anneal(state, world, hot_s, moves, seed):  # type: ignore[no-untyped-def]
    """Move lines for a number of times; return the best lines found and their price in seconds."""
    np.random.seed(seed)
    lines, line_s, hop_s, tally = state.lines, state.line_s, state.hop_s, state.tally
    for index in range(tally[NUMBER]):
        found = exchange(state.times, world.inside, world.frame, NOTHING, lines[index], world.half, True)
        tally[0], tally[1], tally[2] = tally[0] + found[0], tally[1] + found[1], tally[2] + found[2]
        line_s[index] = _line_s(lines[index], world)
        hop_s[index] = _into_s(state, index, lines[index, 0], lines[index, 1], world)
    number = tally[NUMBER]
    hop_s[number] = _out_s(state, number, lines[number - 1, 2], lines[number - 1, 3], world)
    best_lines, best_s = lines[:number].copy(), np.inf
    for move in range(moves + 1):
        number = tally[NUMBER]
        price_s = line_s[:number].sum() + hop_s[: number + 1].sum() + _area_s(tally[0], tally[1], tally[2], world)
        if price_s < best_s - 1e-9:
            best_lines, best_s = lines[:number].copy(), price_s
        warmth = hot_s * (COLD_S / hot_s) ** (move / (moves + 1))
        kind, index = np.random.randint(0, 25), np.random.randint(0, number)
        step_m = world.half * 1.2 * 100 ** (-np.random.random())
        if np.random.random() < 0.5:
            step_m = -step_m
        if kind == 0:
            _drop(state, index, warmth, world)
        elif kind == 1:
            _spray_step(state, index, warmth, world)
        elif kind == 2:
            _add(state, warmth, world)
        elif kind <= 4:
            _turn_round(state, index, warmth, world)
        elif kind <= 6:
            if index + 1 < number and hop_s[index + 1] == 0:
                _move_joint(state, index, step_m, warmth, world)
        else:
            _shift(state, index, kind - 7, step_m, warmth, world)
    return best_lines, best_s
