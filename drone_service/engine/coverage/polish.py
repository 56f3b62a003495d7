"""Spray lines moved, tilted, shortened, joined and dropped as long as that pays, by annealing.

Layouts are parallel and evenly spaced; real fields are neither rectangles nor whole numbers of swaths. Here each end
of each line is free inside the field. What a change costs in flight is exact; what it covers is measured along
rows, so the caller measures the result again.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from drone_service.engine.coverage.ground import Ground
from drone_service.engine.coverage.moves import anneal
from drone_service.engine.coverage.moving import BEST, State, World
from drone_service.engine.coverage.settings import FlightSettings
from drone_service.engine.coverage.swaths import turn

Floats = NDArray[np.float64]
SPARE_LINES = 12
"""Sprayed side-steps that may be added to the lines."""
SHORTAGE_PRICE = 100.0
SHORTAGE_S = 2_000.0
"""What a square metre below the floor costs while lines move, and at least what the whole of a field does: in a tiny
one a line costs more than all its ground. The result is refused if any is left."""
START_SHORTAGE = 12.0
"""The same while starts are only compared: about what the extra lines cost that polishing puts in."""
SEED = 1


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
    """Return better lines in flying order, shape (n, 2, 2), and their price in seconds by the rows.

    `covered_m2` is the area the rows must show as covered, `spare` holds lines that may be added. The result
    depends on the arguments alone: the seed is fixed.
    """
    state = _state(turn(lines.reshape(-1, 2), -ground.angle).reshape(-1, 4), ground, settings.swath_m)
    m2_s = 1 / (settings.swath_m * settings.speed_m_s)
    world = World(
        edges=ground.edges,
        air=ground.air._replace(speed=settings.speed_m_s, push=settings.acceleration_m_s2),
        back_s=np.empty(len(ground.air.corners)),
        spare=turn(spare.reshape(-1, 2), -ground.angle).reshape(-1, 4),
        home=np.full(2, np.nan) if home is None else turn(np.asarray(home, dtype=np.float64)[None], -ground.angle)[0],
        missed_price=settings.missed_price,
        outside_price=settings.outside_price,
        shortage_price=max(SHORTAGE_PRICE, SHORTAGE_S / (ground.area_m2 * m2_s)) if moves else START_SHORTAGE,
        wanted=(covered_m2 + ground.surplus_m2) / state.rows.step_m2,
        step_s=m2_s * state.rows.step_m2,
    )
    price_s = anneal(state, world, hot_s, moves, SEED)
    found = state.best[: state.tally[BEST], :4]
    everything_s = settings.missed_price * ground.area_m2 * m2_s
    return turn(found.reshape(-1, 2), ground.angle).reshape(-1, 2, 2), price_s + everything_s


def _state(lines: Floats, ground: Ground, swath_m: float) -> State:
    room = len(lines) + SPARE_LINES
    state = State(
        lines=np.empty((room, 5)),
        line_s=np.zeros(room),
        hop_s=np.zeros(room + 1),
        rows=ground.rows(swath_m, room),
        tally=np.array([len(lines), 0, 0], dtype=np.int64),
        area=np.zeros(3, dtype=np.int64),
        draft=np.empty((room, 5)),
        old=np.empty((room, 5)),
        best=np.empty((room, 5)),
        way_s=np.empty(room + 1),
    )
    state.lines[: len(lines), :4] = lines
    state.lines[: len(lines), 4] = np.arange(len(lines))
    return state
