"""One measure for every planner: seconds by the same kinematics, area by the same strips, one price."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import shapely
from shapely.geometry import LineString, MultiPolygon, Polygon

from drone_service.engine.coverage.kinematics import one_leg_s
from drone_service.engine.coverage.plan import Plan, Vertex

SPEED_M_S = 7.0
ACCELERATION_M_S2 = 2.0
OUTSIDE_PRICE = 0.5


@dataclass(frozen=True)
class Result:
    """What a planner makes of a field: T from the first line to the last, and shares of the field."""

    seconds: float
    covered: float
    outside: float

    def price_s(self, area_m2: float, swath_m: float, missed_price: float) -> float:
        """Return T + (missed_price · missed + 0.5 · outside) ÷ (swath · speed)."""
        waste_m2 = (missed_price * (1 - self.covered) + OUTSIDE_PRICE * self.outside) * area_m2
        return self.seconds + waste_m2 / (swath_m * SPEED_M_S)


def measure_path(field: Polygon | MultiPolygon, path: Sequence[Vertex], swath_m: float) -> Result:
    """Measure a path of vertices that say whether the leg that ends there is sprayed."""
    legs = [(before[:2], after[:2], bool(after[2])) for before, after in pairwise(path)]
    seconds = sum(one_leg_s(math.dist(a, b), SPEED_M_S, ACCELERATION_M_S2) for a, b, _ in legs)
    lines = [LineString((a, b)) for a, b, sprayed in legs if sprayed and a != b]
    strips = [line.buffer(swath_m / 2, cap_style="flat") for line in lines]
    sprayed = shapely.union_all(strips, grid_size=1e-6)
    covered_m2 = field.intersection(sprayed).area
    return Result(seconds, covered_m2 / field.area, (sprayed.area - covered_m2) / field.area)


def path_of(plan: Plan) -> list[Vertex]:
    """Return a plan's one flight from the start of its first line to the end of its last."""
    (sortie,) = plan.sorties
    sprayed = [index for index, vertex in enumerate(sortie.path) if vertex[2]]
    x, y, _ = sortie.path[sprayed[0] - 1]
    return [(x, y, 0), *sortie.path[sprayed[0] : sprayed[-1] + 1]]
