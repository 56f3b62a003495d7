"""A local tangent plane: metres around one point of the ellipsoid, exact enough for a field.

The map is affine (a scale on each axis), so straight edges stay straight and what lies inside stays inside.
A 2 ha field keeps its area to 2.8 ppm; UTM is 0.07 to 0.47 % off in Vietnam. Not meant for the last degree
before a pole.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeVar, cast

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from drone_service.engine.errors import EngineError
from drone_service.engine.geometry.antimeridian import unwrap

SEMI_MAJOR_M = 6_378_137.0
"""Equatorial radius of WGS84 (k)."""
ECCENTRICITY_2 = 6.694379990141317e-3
"""First eccentricity of WGS84, squared (k)."""
MAX_PLANE_LAT = 89.0

Geometry = TypeVar("Geometry", bound=BaseGeometry)


class TooCloseToPole(EngineError):
    code = "too_close_to_pole"


@dataclass(frozen=True)
class LocalPlane:
    """A plane that touches the ellipsoid at an origin; x grows to the east, y to the north, in metres."""

    lon: float
    lat: float
    m_per_lon: float
    m_per_lat: float

    @classmethod
    def at(cls, lon: float, lat: float) -> LocalPlane:
        """Lay the plane at a point in degrees. Raises TooCloseToPole beyond 89°."""
        if not abs(lat) <= MAX_PLANE_LAT:
            raise TooCloseToPole(f"{lat:.4f}° is too close to a pole: nothing is flown beyond 89°", lat=lat)
        phi = math.radians(lat)
        narrowing = 1 - ECCENTRICITY_2 * math.sin(phi) ** 2
        across_m = SEMI_MAJOR_M / math.sqrt(narrowing)
        along_m = SEMI_MAJOR_M * (1 - ECCENTRICITY_2) / narrowing**1.5
        return cls(lon, lat, math.radians(across_m * math.cos(phi)), math.radians(along_m))

    @classmethod
    def around(cls, shape: BaseGeometry) -> LocalPlane:
        """Lay the plane in the middle of a geometry's box, across the antimeridian if need be."""
        west, south, east, north = unwrap(shape).bounds
        return cls.at(wrap_lon((west + east) / 2), (south + north) / 2)

    def to_m(self, shape: Geometry) -> Geometry:
        """Bring a geometry from degrees to metres; heights are dropped."""
        return cast(Geometry, shapely.transform(shape, self.points_to_m))

    def to_lonlat(self, shape: Geometry) -> Geometry:
        """Bring a geometry from metres to degrees, longitudes within ±180."""
        return cast(Geometry, shapely.transform(shape, self.points_to_lonlat))

    def points_to_m(self, lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
        """Bring positions of shape (n, 2) from degrees to metres."""
        away = np.asarray(lonlat, dtype=np.float64) - (self.lon, self.lat)
        # The shorter way round, without touching differences that are already short: the remainder of a
        # floating-point division would cost the last digits of every field for the sake of very few.
        east = np.where(np.abs(away[:, 0]) > 180, (away[:, 0] + 180) % 360 - 180, away[:, 0])
        return np.column_stack((east * self.m_per_lon, away[:, 1] * self.m_per_lat))

    def points_to_lonlat(self, metres: NDArray[np.float64]) -> NDArray[np.float64]:
        """Bring positions of shape (n, 2) from metres to degrees."""
        metres = np.asarray(metres, dtype=np.float64)
        lon = self.lon + metres[:, 0] / self.m_per_lon
        lon = np.where(np.abs(lon) > 180, (lon + 180) % 360 - 180, lon)
        return np.column_stack((lon, self.lat + metres[:, 1] / self.m_per_lat))


def wrap_lon(lon: float) -> float:
    """Return a longitude within ±180; one that is already there stays as it is."""
    return lon if -180 <= lon <= 180 else (lon + 180) % 360 - 180
