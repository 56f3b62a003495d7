"""The wind of the hour, as the planner needs it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from drone_service.engine.coverage.aircraft import AircraftSpec
from drone_service.engine.errors import EngineError

CALM_M_S = 0.8
"""Below this the air is calm: drift has no direction (k)."""


class WindTooStrong(EngineError):
    code = "wind_too_strong"


@dataclass(frozen=True)
class Wind:
    """Where the wind comes from, in degrees clockwise from north, and its speed."""

    from_deg: float
    speed_m_s: float

    @property
    def upwind(self) -> tuple[float, float]:
        """Return the direction it comes from as x and y of length 1."""
        heading = math.radians(self.from_deg)
        return math.sin(heading), math.cos(heading)


def ensure_wind(wind: Wind | None, spec: AircraftSpec) -> None:
    """Refuse a wind in which the aircraft does not fly. Raises WindTooStrong."""
    if wind is not None and wind.speed_m_s > spec.max_wind_m_s:
        raise WindTooStrong(
            f"wind {wind.speed_m_s:g} m/s is above the {spec.max_wind_m_s:g} m/s of the {spec.name}",
            wind_m_s=wind.speed_m_s,
            high_m_s=spec.max_wind_m_s,
        )
