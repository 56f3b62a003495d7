"""Answers of the providers as their documentation describes them, of a length of our choice.

Made by hand from the documented formats, because no machine of ours reaches the services; the odd ones are made from
these by one change each.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

START = datetime(2026, 3, 10, 0, tzinfo=UTC)
CELL = (1057, 94)
"""The cell of the tests' base; its middle is 105.75° E, 9.45° N."""


def open_meteo(hours: int = 48, **changes: Any) -> dict[str, Any]:
    """Return an answer of `GET /v1/forecast` with `timeformat=unixtime` and `wind_speed_unit=ms`."""
    begin = int(START.timestamp())
    hourly: dict[str, Any] = {
        "time": [begin + 3_600 * hour for hour in range(hours)],
        "temperature_2m": [round(26 + hour % 24 * 0.2, 1) for hour in range(hours)],
        "relative_humidity_2m": [80] * hours,
        "precipitation": [0.0] * hours,
        "precipitation_probability": [10] * hours,
        "wind_speed_10m": [2.11] * hours,
        "wind_gusts_10m": [4.3] * hours,
        "wind_direction_10m": [118] * hours,
    }
    units = {
        "time": "unixtime",
        "temperature_2m": "°C",
        "relative_humidity_2m": "%",
        "precipitation": "mm",
        "precipitation_probability": "%",
        "wind_speed_10m": "m/s",
        "wind_gusts_10m": "m/s",
        "wind_direction_10m": "°",
    }
    answer = {
        "latitude": 9.5,
        "longitude": 105.75,
        "generationtime_ms": 0.09,
        "utc_offset_seconds": 0,
        "timezone": "GMT",
        "timezone_abbreviation": "GMT",
        "elevation": 2.0,
        "hourly_units": units | changes.pop("units", {}),
        "hourly": hourly | changes.pop("hourly", {}),
    }
    return answer | changes


def met_norway(hours: int = 6, long_steps: int = 2, **changes: Any) -> dict[str, Any]:
    """Return an answer of `GET /weatherapi/locationforecast/2.0/complete` outside the Nordic countries."""
    moments = [START + timedelta(hours=hour) for hour in range(hours)]
    moments += [START + timedelta(hours=hours + 6 * step) for step in range(long_steps)]
    steps = [_step(moment, 1 if number < hours else 6) for number, moment in enumerate(moments)]
    units = {
        "air_pressure_at_sea_level": "hPa",
        "air_temperature": "celsius",
        "cloud_area_fraction": "%",
        "precipitation_amount": "mm",
        "relative_humidity": "%",
        "wind_from_direction": "degrees",
        "wind_speed": "m/s",
    }
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [105.75, 9.45, 2]},
        "properties": {
            "meta": {"updated_at": "2026-03-09T23:36:20Z", "units": units | changes.pop("units", {})},
            "timeseries": steps,
        }
        | changes,
    }


def _step(moment: datetime, length: int) -> dict[str, Any]:
    details = {
        "air_pressure_at_sea_level": 1011.2,
        "air_temperature": 26.0 + (moment - START) / timedelta(hours=1),
        "cloud_area_fraction": 40.0,
        "relative_humidity": 80.0,
        "wind_from_direction": 118.0,
        "wind_speed": 2.1,
    }
    period = {"summary": {"symbol_code": "cloudy"}, "details": {"precipitation_amount": 0.0 if length == 1 else 3.0}}
    return {
        "time": moment.isoformat().replace("+00:00", "Z"),
        "data": {"instant": {"details": details}, f"next_{length}_hours": period},
    }
