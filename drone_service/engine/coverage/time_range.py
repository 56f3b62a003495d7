"""The range around a planned time: what eight jobs in ten stay within, until finished jobs teach better figures."""

from __future__ import annotations

from drone_service.engine.coverage.plan import Plan

FLIGHT_P10, FLIGHT_P90 = 0.95, 1.15
"""Flights keep to the plan but for gusts, birds and slow turns (k)."""
GROUND_P10, GROUND_P90 = 0.75, 1.5
"""A fast rig fills and swaps in just over 1 min where the plan says 2 (p); a blocked nozzle takes many (k)."""


def total_range_s(plan: Plan) -> tuple[float, float]:
    """Return the 10th and the 90th percentile of the seconds on site."""
    low_s = FLIGHT_P10 * plan.flight_s + GROUND_P10 * plan.ground_s
    return low_s, FLIGHT_P90 * plan.flight_s + GROUND_P90 * plan.ground_s
