"""Small cases, where the best of every order or of long runs can be looked for."""

import itertools
import math
import statistics
from dataclasses import replace

import numpy as np
from shapely.geometry import box

from drone_service.engine.coverage.airspace import Airspace
from drone_service.engine.coverage.settings import settle
from drone_service.engine.coverage.sorties import Route, cut, fly, whole_s
from drone_service.engine.operation import Service
from drone_service.fleet.catalogue import DEFAULT_MODEL, load_catalogue

SEED = 20_261_124
MOVES_A_LINE = 500
LONG_MOVES = 150_000


def all_orders_s(route: Route) -> float:
    """Return the least seconds over every order and direction of the lines, each cut exactly."""
    found = math.inf
    for order in itertools.permutations(range(len(route.lines))):
        for turned in itertools.product((False, True), repeat=len(order)):
            lines = np.stack(
                [route.lines[n, ::-1] if back else route.lines[n] for n, back in zip(order, turned, strict=True)]
            )
            flights = cut(replace(route, lines=lines))
            found = min(found, whole_s(flights, route.settings))
    return found


def small_cases() -> None:
    """Print how far the search is from the best of every order and of long runs, where that can be looked for."""
    rng, gaps = np.random.default_rng(SEED), []
    settings = settle(load_catalogue()[DEFAULT_MODEL], Service.SPRAY, 20.0)
    for number in range(12):
        count, length_m = (4, 300.0) if number < 4 else (int(rng.integers(6, 12)), float(rng.uniform(150, 450)))
        lines = np.array(
            [[[rng.uniform(0, 20), 11.0 * n], [length_m - rng.uniform(0, 40), 11.0 * n]] for n in range(count)]
        )
        lines[1::2] = lines[1::2, ::-1]
        sky = Airspace(box(-400, -400, 900, 900), settings.speed_m_s, settings.acceleration_m_s2)
        place = (float(rng.uniform(-100, 200)), float(rng.uniform(-150, 0)))
        route = Route(lines, 40 * float(rng.uniform(1.2, 3.5)), sky, sky, (place,), settings)
        ours = whole_s(fly(route, MOVES_A_LINE * count), settings)
        best = min(whole_s(fly(route, LONG_MOVES, seed), settings) for seed in range(2, 6))
        if count == 4:
            best = min(best, all_orders_s(route))
        gaps.append(ours / min(best, ours) - 1)
    print(f"small cases: {statistics.mean(gaps):.2%} above the best found on average, {max(gaps):.2%} at most")
