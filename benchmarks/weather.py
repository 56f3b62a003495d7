"""How fast the hours of a week are judged: `./dev bench weather`.

The arrays against a plain loop over the same hours with the same rules, in one run: the ratio is what counts. The loop
also checks the arrays, hour by hour.
"""

import argparse
import json
import math
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from time import perf_counter
from typing import Any

import numpy as np

from drone_service.kit.clock import LOCAL_TZ
from drone_service.weather.limits import Limits
from drone_service.weather.rules import HOUR, Place, Reason, Weather, judge
from drone_service.weather.sun import elevation_deg

FIRST = datetime(2026, 3, 9, 17, tzinfo=UTC)
AFTER = 4


def make(fields: int, hours: int, seed: int) -> tuple[Weather, list[Place]]:
    """Make a week of made-up weather, 1 % of it missing, and fields with four kinds of limits."""
    rng = np.random.default_rng(seed)

    def series(low: float, high: float) -> Any:
        values = rng.uniform(low, high, (fields, hours + AFTER))
        return np.where(rng.random(values.shape) < 0.01, np.nan, values)

    rain = np.where(rng.random((fields, hours + AFTER)) < 0.05, 1.0, 0.0)
    weather = Weather(FIRST, series(22, 36), series(45, 100), series(0, 6), series(0, 9), rain, series(0, 70))
    kinds = [Limits(rain_free_h=float(number + 1)) for number in range(AFTER)]
    places = [
        Place(
            105.5 + number % 40 * 0.01,
            9.3 + number // 40 * 0.01,
            kinds[number % AFTER],
            number % 7 != 0,
            date(2026, 4, 10) + timedelta(days=number % 20),
        )
        for number in range(fields)
    ]
    return weather, places


def loop(weather: Weather, places: list[Place], hours: int) -> list[list[int]]:
    """Judge hour after hour in plain Python."""
    return [[_bits(weather, place, row, hour) for hour in range(hours)] for row, place in enumerate(places)]


def _bits(weather: Weather, place: Place, row: int, hour: int) -> int:
    limits, begin = place.limits, weather.first_hour + hour * HOUR
    wind = float(weather.wind_m_s[row, hour]) * limits.wind_factor
    gust = float(weather.gust_m_s[row, hour]) * limits.wind_factor
    has_none = math.isnan(gust)
    gust = wind * limits.gust_factor if has_none else gust
    warmth, moisture = float(weather.temperature_c[row, hour]), float(weather.humidity_pct[row, hour])
    drier = _delta_t(warmth, moisture)
    rain = weather.rain_mm[row]
    free = math.ceil(limits.rain_free_h) if place.sprays else 0
    low_sun = any(
        elevation_deg(place.lon, place.lat, begin + timedelta(hours=shift)) < -0.833
        for shift in (-limits.inversion_after_sunrise_h, 0, 1 + limits.inversion_before_sunset_h)
    )
    fired = {
        Reason.WIND_STRONG: wind > limits.wind_caution_m_s,
        Reason.WIND_TOO_STRONG: wind > limits.wind_stop_m_s,
        Reason.MACHINE_WIND: wind >= limits.machine_wind_m_s,
        Reason.GUSTS: gust > limits.gust_stop_m_s,
        Reason.CALM: place.sprays and wind < limits.calm_m_s,
        Reason.DELTA_T_LOW: place.sprays and drier < limits.delta_t_low_c,
        Reason.DELTA_T_HIGH: place.sprays and drier > limits.delta_t_high_c,
        Reason.DELTA_T_TOO_HIGH: place.sprays and drier > limits.delta_t_stop_c,
        Reason.WARM: place.sprays and warmth > limits.warm_c,
        Reason.TOO_HOT: place.sprays and warmth > limits.hot_c,
        Reason.MACHINE_TEMPERATURE: warmth < limits.machine_cold_c or warmth > limits.machine_hot_c,
        Reason.GUSTS_ESTIMATED: has_none and not math.isnan(gust),
        Reason.INVERSION: place.sprays and low_sun,
        Reason.FLOWERING: _flowers(place, begin),
        Reason.RAIN: rain[hour] >= limits.rain_mm,
        Reason.RAIN_LIKELY: weather.rain_chance_pct[row, hour] >= limits.rain_chance_pct,
        Reason.RAIN_SOON: any(rain[hour + 1 : hour + 1 + free] >= limits.rain_mm),
        Reason.RAIN_UNKNOWN: hour + 1 + free > len(rain) or any(np.isnan(rain[hour + 1 : hour + 1 + free])),
        Reason.NO_FORECAST: any(map(math.isnan, (wind, warmth, rain[hour]))) or (place.sprays and math.isnan(moisture)),
    }
    return sum(int(reason) for reason, so in fired.items() if so)


def _delta_t(warmth: float, moisture: float) -> float:
    if math.isnan(warmth) or math.isnan(moisture):
        return math.nan
    humid = min(max(moisture, 5.0), 99.0)
    wet = warmth * math.atan(0.151977 * math.sqrt(humid + 8.313659)) + math.atan(warmth + humid)
    wet += -math.atan(humid - 1.676331) + 0.00391838 * humid**1.5 * math.atan(0.023101 * humid) - 4.686035
    return max(warmth - wet, 0.0)


def _flowers(place: Place, begin: datetime) -> bool:
    if place.harvest_on is None:
        return False
    local, limits = begin.astimezone(LOCAL_TZ), place.limits
    left = (place.harvest_on - local.date()).days
    in_season = limits.flowering_last_d <= left <= limits.flowering_first_d
    return in_season and local.hour + 1 > limits.flowering_from_h and local.hour < limits.flowering_until_h


def best_of(times: int, work: Callable[[], object]) -> float:
    """Return the shortest of several runs, in seconds."""
    found = []
    for _ in range(times):
        begin = perf_counter()
        work()
        found.append(perf_counter() - begin)
    return min(found)


def main() -> int:
    """Judge, compare, print one JSON object."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--fields", type=int, default=1_000)
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument("--loop-fields", type=int, default=50, help="fields that the plain loop judges")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    hours = options.days * 24
    weather, places = make(options.fields, hours, options.seed)
    arrays_s = best_of(5, lambda: judge(weather, places, hours))
    some = places[: options.loop_fields]
    begin = perf_counter()
    looped = loop(weather, some, hours)
    loop_s = (perf_counter() - begin) * options.fields / len(some)
    same = int((judge(weather, places, hours).reasons[: len(some)] == np.array(looped, dtype=np.uint32)).sum())
    figures = {
        "fields": options.fields,
        "hours": hours,
        "arrays_ms": round(arrays_s * 1_000, 1),
        "loop_ms": round(loop_s * 1_000),
        "loop_over_arrays": round(loop_s / arrays_s),
        "hours_compared": len(some) * hours,
        "hours_equal": same,
    }
    print(json.dumps(figures))
    return 0 if same >= 0.999 * len(some) * hours else 1


if __name__ == "__main__":
    sys.exit(main())
