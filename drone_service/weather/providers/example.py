"""A made-up forecast for the demonstration, where no provider is set: it is shown as an example everywhere.

A common week of the rainy season's end, not a forecast of anything: still moist dawns, wind that rises with the sun,
a shower on some afternoons. The same for the same place and hour, so that everybody sees the same.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import cos, pi, sin
from typing import ClassVar

from drone_service.kit.clock import LOCAL_TZ
from drone_service.weather.forecast import Cell, Fetched, HourSeries, Provider, whole_hour
from drone_service.weather.rules import HOUR

HOURS = 9 * 24
GOOD_FOR = timedelta(hours=6)
SHOWER_DAYS = frozenset({2, 5})
"""Days of seven on which it rains in the afternoon."""
WINDY_DAYS = frozenset({3})


@dataclass(frozen=True)
class Example:
    """Makes up the hours of a cell."""

    provider: ClassVar[Provider] = Provider.EXAMPLE

    def fetch(self, cell: Cell, *, now: datetime, last_modified: str = "") -> Fetched:
        """Return made-up hours from the beginning of the local day on. Never fails."""
        del last_modified
        starts_at = whole_hour(now) - now.astimezone(LOCAL_TZ).hour * HOUR
        rows = [_hour(cell, starts_at + number * HOUR) for number in range(HOURS)]
        names = HourSeries.model_fields
        hours = HourSeries.model_validate({name: [row[name] for row in rows] for name in names})
        return Fetched(self.provider, starts_at, hours, expires_at=now + GOOD_FOR)


def _hour(cell: Cell, moment: datetime) -> dict[str, float]:
    local = moment.astimezone(LOCAL_TZ)
    day, hour = local.toordinal(), local.hour
    own = sin(1.7 * day + 0.9 * cell[0] + 0.5 * cell[1])  # each day and place a little different
    sun = max(0.0, sin(pi * (hour - 6) / 12)) if 6 <= hour <= 18 else 0.0
    warmth = 28.0 + 0.8 * own + 4.2 * cos(2 * pi * (hour - 14) / 24)
    wind = 1.1 + 0.3 * own + 2.0 * sun * (2.0 if day % 7 in WINDY_DAYS else 1.0)
    rains = day % 7 in SHOWER_DAYS and 15 <= hour < 17
    return {
        "temperature_c": round(warmth - (3.0 if rains else 0.0), 1),
        "humidity_pct": round(min(97.0, 80.0 - 4.2 * (warmth - 28.0) + (12.0 if rains else 0.0)), 0),
        "wind_m_s": round(wind, 1),
        "gust_m_s": round(wind * 1.6, 1),
        "wind_from_deg": round((150 + 40 * own) % 360, 0),
        "rain_mm": 3.2 if rains else 0.0,
        "rain_chance_pct": 80.0 if rains else round(15 + 10 * own + 20 * sun * (day % 7 in SHOWER_DAYS), 0),
    }
