"""How long a leg takes and what hovering costs: the two laws behind every number of a plan.

A leg is flown from standstill to standstill: every line end and every turn is a full stop.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from drone_service.engine.coverage.aircraft import AircraftSpec, HoverPoints

FLOW_PER_MIN = 0.006
"""L/min = L/ha × m/s × m × 0.006: sixty seconds over ten thousand square metres (c)."""


def leg_s(length_m: ArrayLike, speed_m_s: float, acceleration_m_s2: float) -> NDArray[np.float64]:
    """Return the seconds of legs flown from stop to stop with a trapezoidal (or triangular) speed profile."""
    length = np.asarray(length_m, dtype=np.float64)
    ramp_m = speed_m_s**2 / acceleration_m_s2
    short_s = 2 * np.sqrt(np.maximum(length, 0) / acceleration_m_s2)
    return np.where(length < ramp_m, short_s, length / speed_m_s + speed_m_s / acceleration_m_s2)


def one_leg_s(length_m: float, speed_m_s: float, acceleration_m_s2: float) -> float:
    """Return the seconds of one leg; the same law as `leg_s`, without the cost of an array."""
    if length_m < speed_m_s**2 / acceleration_m_s2:
        return float(2 * (max(length_m, 0.0) / acceleration_m_s2) ** 0.5)
    return length_m / speed_m_s + speed_m_s / acceleration_m_s2


def flow_per_min(rate_per_ha: float, speed_m_s: float, width_m: float) -> float:
    """Return the L/min (or kg/min) that a rate needs at a speed and a width."""
    return rate_per_ha * speed_m_s * width_m * FLOW_PER_MIN


def speed_at_flow(rate_per_ha: float, flow: float, width_m: float) -> float:
    """Return the speed in m/s at which a flow in L/min (kg/min) gives the rate over the width."""
    return flow / (rate_per_ha * width_m * FLOW_PER_MIN)


def capacity_ha_h(speed_m_s: float, width_m: float) -> float:
    """Return the gross field capacity in ha/h: speed × width × 0.36, with no turn and no refill."""
    return speed_m_s * width_m * 0.36


@dataclass(frozen=True)
class HoverPower:
    """Power by take-off mass: k·m^1.5, with k laid through the maker's hover times.

    Momentum theory gives the exponent (k); between two points k is linear in mass, outside it stays. The power
    of flight at spraying speed is taken as that of hover: slower flight needs no more than hover does (k).
    """

    masses_kg: tuple[float, ...]
    factors: tuple[float, ...]

    @classmethod
    def through(cls, points: HoverPoints, battery_wh: float) -> HoverPower:
        """Calibrate to pairs of mass (kg) and minutes of hover that empty a battery."""
        factors = tuple(battery_wh * 60 / minutes / mass**1.5 for mass, minutes in points)
        return cls(tuple(mass for mass, _ in points), factors)

    def watts(self, mass_kg: ArrayLike) -> NDArray[np.float64]:
        """Return the power in watts at a mass."""
        mass = np.asarray(mass_kg, dtype=np.float64)
        return np.asarray(np.interp(mass, self.masses_kg, self.factors) * mass**1.5)

    def hover_min(self, mass_kg: float, battery_wh: float) -> float:
        """Return the minutes one battery hovers at a mass."""
        return float(battery_wh * 60 / self.watts(mass_kg))


def power_of(spec: AircraftSpec) -> HoverPower:
    """Return the hover power of an aircraft."""
    return HoverPower.through(spec.hover_points_kg_min, spec.battery_wh)
