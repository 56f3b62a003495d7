"""What the legs of a flight take, one by one: seconds, litres or kilograms, and energy while the mass falls."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drone_service.engine.coverage.kinematics import leg_s
from drone_service.engine.coverage.settings import FlightSettings

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Legs:
    """The legs of one flight from the refill place and back."""

    length_m: Floats
    sprayed: NDArray[np.bool_]
    seconds: Floats
    put_out: Floats
    """Litres or kilograms."""
    energy_wh: Floats

    @property
    def spray_m(self) -> float:
        """The metres flown with the nozzles on."""
        return float(self.length_m[self.sprayed].sum())


def legs_of(points: Floats, sprayed: NDArray[np.bool_], quantity: float, settings: FlightSettings) -> Legs:
    """Return the legs between points in metres; the load is put out evenly along the sprayed ones.

    `sprayed` has one entry a leg. Energy is power over time by Simpson's rule on each leg, because power is not linear
    in the falling mass (c).
    """
    length_m = np.hypot(*np.diff(points, axis=0).T)
    seconds = leg_s(length_m, settings.speed_m_s, settings.acceleration_m_s2)
    put_out = np.where(sprayed, length_m * (quantity / float(length_m[sprayed].sum())), 0.0)
    before = settings.empty_kg + quantity - np.concatenate(([0.0], np.cumsum(put_out)[:-1]))
    watts = settings.power.watts(np.stack((before, before - put_out / 2, before - put_out)))
    energy_wh = seconds * (watts[0] + 4 * watts[1] + watts[2]) / 6 / 3600
    return Legs(length_m, sprayed, seconds, put_out, energy_wh)
