"""Seconds that no plan of a field can beat."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import shapely
from shapely.geometry import MultiPolygon, Polygon

from drone_service.engine.coverage.kinematics import one_leg_s
from drone_service.engine.coverage.settings import FlightSettings

STEPS = 200


def lower_bound_s(
    shape: Polygon | MultiPolygon,
    area_m2: float,
    coverage: float,
    refills: Sequence[tuple[float, float]],
    settings: FlightSettings,
) -> float:
    """Return seconds on site that no plan with such a coverage, or the floor if that is less, can beat.

    Set-up; the sprayed area at full width and speed, in legs no longer than the field, each with a stop at its end;
    and for each filling that tank or battery make unavoidable the filling and one flight to the nearest point of the
    field and back.
    """
    # The widest strips take the least time whatever the pumps allow; the narrowest may be flown to faster.
    widest, slim = (settings.with_swath(width_m) for width_m in settings.swath_range_m[::-1])
    speed, push = widest.speed_m_s, settings.acceleration_m_s2
    spray_m = min(settings.min_coverage, coverage) * area_m2 / widest.swath_m
    corners = shapely.get_coordinates(shape.convex_hull)
    longest_m = max(float(np.hypot(*(corners - corner).T).max()) for corner in corners)
    # A leg takes the less for each of its metres the longer it is.
    spray_s = spray_m / longest_m * one_leg_s(longest_m, speed, push)
    near_m = min(float(shape.distance(shapely.Point(refill))) for refill in refills)
    there_s = one_leg_s(near_m, max(speed, slim.speed_m_s), push)
    quantity = settings.rate_per_ha * area_m2 / 10_000
    full = min(settings.load_limit, _lasting_load(quantity, spray_m / speed / quantity, there_s, settings))
    fillings = max(1, math.ceil(quantity / full - 1e-6))
    return settings.setup_s + spray_s + fillings * (settings.fill_swap_s + 2 * there_s)


def _lasting_load(quantity: float, seconds_each: float, there_s: float, settings: FlightSettings) -> float:
    """Return the largest load that a battery can spray out: power falls with the load, there and back included."""
    loads = np.linspace(0, min(quantity, settings.load_limit), STEPS)
    watts = settings.power.watts(settings.empty_kg + loads)
    # Left sums: less than what is really used, where power grows with the load.
    least_w = np.minimum.accumulate(watts[:-1][::-1])[::-1]
    used_ws = np.concatenate(([0.0], np.cumsum(least_w * loads[1] * seconds_each)))
    used_ws += there_s * (watts.min() + watts[0])
    lasting = loads[used_ws <= settings.usable_wh * 3600]
    return float(lasting[-1] + loads[1]) if len(lasting) else math.inf
