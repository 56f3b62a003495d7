"""The judge's measure of zones: distances from what is sprayed and flown to each zone, by none of the planner's ways.

The planner cuts widened zones out of the field; here every strip and leg is measured against the zone itself, and the
longer distance downwind against wedges that are laid at places along its edge.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry

from drone_service.engine.coverage.plan import Plan
from drone_service.engine.coverage.wind import CALM_M_S, Wind
from drone_service.engine.coverage.zones import DRIFT_HALF_ANGLE_DEG, Zone

TOLERANCE_M = 0.02
WEDGE_STEP_M = 2.0
Shapes = NDArray[np.object_]


@dataclass(frozen=True)
class Problem:
    """A broken requirement: a stable code and what was found."""

    code: str
    message: str


def check_zones(plan: Plan, zones: Sequence[Zone], wind: Wind | None) -> Iterator[Problem]:
    """Yield every zone that is sprayed or flown too near."""
    legs = [
        (LineString((before[:2], after[:2])), bool(after[2]))
        for sortie in plan.sorties
        for before, after in pairwise(sortie.path)
        if before[:2] != after[:2]
    ]
    flown = np.array([leg for leg, _ in legs], dtype=object)
    lines = np.array([leg for leg, sprayed in legs if sprayed], dtype=object)
    strips = np.asarray(shapely.buffer(lines, plan.settings.swath_m / 2, cap_style="flat"))
    for zone in zones:
        wet = strips if zone.minds_spray else lines
        if _too_near(wet, zone.shape, zone.buffer_m):
            yield Problem("zone_sprayed", f"sprayed nearer than {zone.buffer_m:g} m to {zone.label}")
        elif _drifts(wet, zone, wind):
            yield Problem("zone_drift", f"sprayed upwind of {zone.label}, nearer than {zone.downwind_m:g} m")
        if not zone.may_overfly and _too_near(flown, zone.shape, zone.clearance_m):
            yield Problem("zone_crossed", f"flown over {zone.label} or nearer than {zone.clearance_m:g} m")


def _too_near(what: Shapes, zone: BaseGeometry, least_m: float) -> bool:
    if least_m > TOLERANCE_M:
        return bool((shapely.distance(what, zone) < least_m - TOLERANCE_M).any())
    return bool(shapely.intersects(what, zone.buffer(-TOLERANCE_M)).any())


def _drifts(wet: Shapes, zone: Zone, wind: Wind | None) -> bool:
    if wind is None or wind.speed_m_s < CALM_M_S or zone.downwind_m <= zone.buffer_m:
        return False
    if not (shapely.distance(wet, zone.shape) < zone.downwind_m).any():
        return False
    wedges = [_wedge(x, y, zone.downwind_m - TOLERANCE_M, wind.from_deg) for x, y in _places(zone.shape)]
    tree = shapely.STRtree(wet)
    return len(tree.query(wedges, predicate="intersects")[0]) > 0


def _places(shape: BaseGeometry) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in shapely.get_coordinates(shapely.segmentize(shape, WEDGE_STEP_M))]


def _wedge(x: float, y: float, reach_m: float, from_deg: float) -> BaseGeometry:
    half, far_m = DRIFT_HALF_ANGLE_DEG, 2 * reach_m
    bearings = [math.radians(from_deg + turn) for turn in (-half, 0.0, half)]
    corners = [(x + far_m * math.sin(bearing), y + far_m * math.cos(bearing)) for bearing in bearings]
    return Polygon([(x, y), *corners]).intersection(Point(x, y).buffer(reach_m))
