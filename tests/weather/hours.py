"""Weather for tests: hours in which nothing stands against the work, and forecasts made of them."""

from datetime import UTC, datetime
from typing import Any

import numpy as np

from drone_service.weather.forecast import HourSeries
from drone_service.weather.rules import Weather

FIRST = datetime(2026, 3, 11, 2, tzinfo=UTC)
"""Nine o'clock in the Delta: the sun is high."""
GOOD = {"temperature_c": 27.0, "humidity_pct": 65.0, "wind_m_s": 2.0, "gust_m_s": 3.0, "rain_mm": 0.0}


def weather(hours: int = 8, places: int = 1, *, first_hour: datetime = FIRST, **changes: Any) -> Weather:
    """Return good hours; a change is one value for all of them or a list, one for each."""
    values = GOOD | {"rain_chance_pct": 0.0} | changes
    return Weather(
        first_hour,
        **{name: np.broadcast_to(np.array(one, np.float64), (places, hours)).copy() for name, one in values.items()},
    )


def series(hours: int = 24, **changes: Any) -> HourSeries:
    """Return the same as a provider's hours."""
    values = GOOD | {"rain_chance_pct": 0.0, "wind_from_deg": 90.0} | changes
    return HourSeries(**{name: one if isinstance(one, list) else [one] * hours for name, one in values.items()})
