"""Lines as polishing sees them: what stays the same while they move, what changes, and what ways take. Compiled."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from drone_service.engine.compiled import compiled_lean
from drone_service.engine.coverage.ground import Rows
from drone_service.engine.coverage.hops import Air
from drone_service.engine.coverage.sight import leg_s, quickest_way

Floats = NDArray[np.float64]
OVERLAP_PRICE = 0.05
"""Sprayed twice is neither missed nor outside; the hint of a price keeps lines from piling up for nothing."""
SLOT = 4
"""The column of a line that says where the rows keep its strip."""
NUMBER, BEST, TAKEN = 0, 1, 2
"""Where the tally keeps the number of lines, that of the best ones, and how many changes were taken."""


class World(NamedTuple):
    """What stays the same while lines move, in the turned frame of the rows."""

    edges: Floats
    air: Air
    back_s: Floats
    """Room to work out ways, a number for each corner of the air."""
    spare: Floats
    home: Floats
    missed_price: float
    outside_price: float
    shortage_price: float
    wanted: float
    """Steps that should be covered."""
    step_s: float
    """Seconds to spray a step."""


class State(NamedTuple):
    """What the moves change. `hop_s[i]` leads to line i, the one after the last line home."""

    lines: Floats
    """Begin, end and slot of each line, in flying order."""
    line_s: Floats
    hop_s: Floats
    rows: Rows
    tally: NDArray[np.int64]
    area: NDArray[np.int64]
    """Steps covered, outside, and covered once more."""
    draft: Floats
    """Lines that are tried."""
    old: Floats
    """The lines they would take the place of."""
    best: Floats
    way_s: Floats
    """The ways to the lines that are tried, and from the last of them."""


@compiled_lean
def copy_line(source, row, target, to):  # type: ignore[no-untyped-def]
    for column in range(5):
        target[to, column] = source[row, column]


@compiled_lean
def put_line(lines, row, ax, ay, bx, by):  # type: ignore[no-untyped-def]
    lines[row, 0], lines[row, 1], lines[row, 2], lines[row, 3] = ax, ay, bx, by


@compiled_lean
def slot_of(lines, row):  # type: ignore[no-untyped-def]
    return np.int64(lines[row, SLOT])


@compiled_lean
def way_between(px, py, qx, qy, world):  # type: ignore[no-untyped-def]
    air = world.air
    return quickest_way(px, py, qx, qy, air.edges, air.corners, air.ways_s, world.back_s, air.speed, air.push)


@compiled_lean
def time_between(px, py, qx, qy, world):  # type: ignore[no-untyped-def]
    return way_between(px, py, qx, qy, world)[0]


@compiled_lean
def time_into(state, index, x, y, world):  # type: ignore[no-untyped-def]
    """Return the seconds from the end of the line before `index`, or from home, to a place."""
    if index > 0:
        return time_between(state.lines[index - 1, 2], state.lines[index - 1, 3], x, y, world)
    return time_home(x, y, world)


@compiled_lean
def time_out(state, index, x, y, world):  # type: ignore[no-untyped-def]
    """Return the seconds from a place to the begin of line `index`, or home after the last one."""
    if index < state.tally[NUMBER]:
        return time_between(x, y, state.lines[index, 0], state.lines[index, 1], world)
    return time_home(x, y, world)


@compiled_lean
def time_home(x, y, world):  # type: ignore[no-untyped-def]
    if math.isnan(world.home[0]):
        return 0.0
    return leg_s(math.hypot(x - world.home[0], y - world.home[1]), world.air.speed, world.air.push)


@compiled_lean
def least_added(state, index, way, world):  # type: ignore[no-untyped-def]
    """Return what the draft adds before line `index`, in seconds, if nothing stands in the way: it adds no less."""
    lines, draft, air = state.lines, state.draft, world.air
    ax, ay, bx, by = draft[0, 2 * way], draft[0, 2 * way + 1], draft[0, 2 - 2 * way], draft[0, 3 - 2 * way]
    if index > 0:
        into_s = leg_s(math.hypot(ax - lines[index - 1, 2], ay - lines[index - 1, 3]), air.speed, air.push)
    else:
        into_s = time_home(ax, ay, world)
    if index < state.tally[NUMBER]:
        out_s = leg_s(math.hypot(lines[index, 0] - bx, lines[index, 1] - by), air.speed, air.push)
    else:
        out_s = time_home(bx, by, world)
    return into_s + out_s - state.hop_s[index]


@compiled_lean
def time_along(lines, row, world):  # type: ignore[no-untyped-def]
    length = math.hypot(lines[row, 2] - lines[row, 0], lines[row, 3] - lines[row, 1])
    return leg_s(length, world.air.speed, world.air.push)


@compiled_lean
def area_price(covered, outside, twice, world):  # type: ignore[no-untyped-def]
    """Return the price of steps in seconds of spraying; what is covered counts against it."""
    short = max(0.0, world.wanted - covered)
    waste = world.missed_price * -covered + world.outside_price * outside + OVERLAP_PRICE * twice
    return (waste + world.shortage_price * short) * world.step_s
