"""The height of the sun over the horizon, for the rule about inversions. Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

J2000 = datetime(2000, 1, 1, 12, tzinfo=UTC)
SUNRISE_DEG = -0.833
"""The middle of the sun when its upper edge is on the horizon: 0.267° of its radius and 0.566° of refraction (k)."""
TURN_DEG_PER_H = 15.0
"""How far the sun goes round in an hour."""


class SunPath:
    """Where the sun stands at a row of moments, ready to be asked from many places."""

    def __init__(self, moments: Sequence[datetime]) -> None:
        days = np.array([(moment - J2000).total_seconds() / 86_400 for moment in moments], dtype=np.float64)
        declination, right_ascension = _sun_of(days)
        self._sin_declination, self._cos_declination = np.sin(declination), np.cos(declination)
        # Greenwich mean sidereal time in degrees; minus the right ascension it is the hour angle at Greenwich.
        self._angle = np.radians((280.46062 + 360.985647366 * days) % 360) - right_ascension

    def sine_of_elevation(self, lon: Floats, lat: Floats, shift_h: Floats | float = 0.0) -> Floats:
        """Return the sine of the sun's height for each place (rows) and moment (columns).

        `shift_h` asks for so many hours later (or earlier, below zero) at each place; the sun's declination is taken
        as of the moment itself, which is wrong by 0.02° an hour at most.
        """
        local = np.radians(lon + TURN_DEG_PER_H * np.asarray(shift_h))[:, None]
        high = np.radians(lat)[:, None]
        # cos(a + b) by its parts: sines of each place and each moment, not of each pair.
        turn = np.cos(local) * np.cos(self._angle) - np.sin(local) * np.sin(self._angle)
        sine: Floats = np.sin(high) * self._sin_declination + (np.cos(high) * self._cos_declination) * turn
        return sine


def elevation_deg(lon: float, lat: float, moment: datetime) -> float:
    """Return the height of the sun's middle in degrees, without refraction; below zero it has set."""
    sine = SunPath([moment]).sine_of_elevation(np.array([lon]), np.array([lat]))
    return float(np.degrees(np.arcsin(sine[0, 0])))


def _sun_of(days: Floats) -> tuple[Floats, Floats]:
    """Return declination and right ascension in radians for days since J2000.

    The low-precision formulae of the Astronomical Almanac as Michalsky (Solar Energy 40, 1988) gives them: within
    0.01° from 1950 to 2050 (r).
    """
    mean_longitude = np.radians((280.460 + 0.9856474 * days) % 360)
    anomaly = np.radians((357.528 + 0.9856003 * days) % 360)
    longitude = mean_longitude + np.radians(1.915 * np.sin(anomaly) + 0.020 * np.sin(2 * anomaly))
    tilt = np.radians(23.439 - 0.0000004 * days)
    declination: Floats = np.arcsin(np.sin(tilt) * np.sin(longitude))
    right_ascension: Floats = np.arctan2(np.cos(tilt) * np.sin(longitude), np.cos(longitude))
    return declination, right_ascension
