"""Times and distances between places when no road router answers: great circle times a road factor, at a speed.

The factor 1.4 and 25 km/h are common knowledge of the Delta (k) and only defaults: a cooperative sets its own.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from drone_service.engine.schedule.problem import Matrix, NegativeTime, ScheduleInvalid

Places = Sequence[tuple[float, float]]
Line = NDArray[np.float64]

ROAD_FACTOR = 1.4
SPEED_KM_H = 25.0
EARTH_RADIUS_KM = 6371.0088  # mean radius R1 of the GRS80 ellipsoid (IUGG), k
MAX_PLACES = 5_100  # five thousand jobs and their bases: two matrices of 200 MB each


def great_circle_km(places: Places, others: Places | None = None) -> Matrix:
    """Return great-circle distances in km from (lon, lat) places in degrees, a row each, to others or each other."""
    lon, lat = _radians(places)
    to_lon, to_lat = (lon, lat) if others is None else _radians(others)
    # Haversine: the cosine formula loses all digits for the 100 m between two neighbouring fields.
    half = (
        np.sin((lat[:, None] - to_lat[None, :]) / 2) ** 2
        + np.cos(lat[:, None]) * np.cos(to_lat[None, :]) * np.sin((lon[:, None] - to_lon[None, :]) / 2) ** 2
    )
    km: Matrix = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.minimum(half, 1.0)))
    return km


def _radians(places: Places) -> tuple[Line, Line]:
    if len(places) > MAX_PLACES:
        raise ScheduleInvalid(f"{len(places)} places are more than {MAX_PLACES}")
    degrees = np.asarray(places, dtype=np.float64).reshape(-1, 2)
    if not np.isfinite(degrees).all() or (np.abs(degrees) > (180.0, 90.0)).any():
        raise ScheduleInvalid("a place is not a longitude and latitude in degrees")
    return np.radians(degrees[:, 0]), np.radians(degrees[:, 1])


def travel_matrices(
    places: Places, *, factor: float = ROAD_FACTOR, speed_km_h: float = SPEED_KM_H
) -> tuple[Matrix, Matrix]:
    """Return (seconds, kilometres) between every two (lon, lat) places.

    Raises NegativeTime if the factor or the speed is not above zero.
    """
    if not (factor > 0 and speed_km_h > 0):
        raise NegativeTime("road factor and speed must be above zero", what="travel")
    km = great_circle_km(places) * factor
    return km / speed_km_h * 3600.0, km
