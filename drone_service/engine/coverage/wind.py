"""The wind of the hour, as the planner needs it."""

from __future__ import annotations

import math
from dataclasses import dataclass

CALM_M_S = 0.8
"""Below this the air is calm: drift has no direction (k)."""


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
