"""What an hour of weather means for the work on a field: good, caution or stop, and which rules say so.

Pure, on whole arrays: one row for each place, one column for each hour. What is missing in a forecast makes an hour
unknown; it never counts as good. Nothing here stops an hour because Delta T is low: at dawn it always is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from enum import IntEnum, IntFlag
from itertools import pairwise
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from drone_service.kit.clock import LOCAL_TZ
from drone_service.kit.errors import Invalid
from drone_service.kit.i18n import N_
from drone_service.weather.limits import DEFAULTS, Limits
from drone_service.weather.sun import SUNRISE_DEG, SunPath

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
HOUR = timedelta(hours=1)
FIRST_YEAR, LAST_YEAR = 1950, 2200


class DayOutOfReach(Invalid):
    code = "weather.day_out_of_reach"
    title: ClassVar[str] = N_("Nobody forecasts this day")
    detail: ClassVar[str] = N_("Ask for days from the year %(first)s to %(last)s.")


def ensure_reach(day: date) -> None:
    """Refuse days so far off that moments of them cannot be reckoned with. Raises DayOutOfReach."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise DayOutOfReach(first=FIRST_YEAR, last=LAST_YEAR)


class Level(IntEnum):
    """What an hour is worth for the work. Unknown is no promise in either direction."""

    UNKNOWN = 0
    GOOD = 1
    CAUTION = 2
    STOP = 3


LEVEL_NAMES = {
    Level.UNKNOWN: N_("No forecast"),
    Level.GOOD: N_("Good"),
    Level.CAUTION: N_("Caution"),
    Level.STOP: N_("Stop"),
}


class Reason(IntFlag):
    """A rule that fired in an hour; several may."""

    WIND_STRONG = 1
    WIND_TOO_STRONG = 2
    MACHINE_WIND = 4
    GUSTS = 8
    CALM = 16
    DELTA_T_LOW = 32
    DELTA_T_HIGH = 64
    DELTA_T_TOO_HIGH = 128
    WARM = 256
    TOO_HOT = 512
    MACHINE_TEMPERATURE = 1024
    RAIN = 2048
    RAIN_SOON = 4096
    RAIN_LIKELY = 8192
    INVERSION = 16384
    FLOWERING = 32768
    GUSTS_ESTIMATED = 65536
    NO_FORECAST = 131072
    RAIN_UNKNOWN = 262144


REASON_TEXTS = {
    Reason.WIND_STRONG: N_("strong wind"),
    Reason.WIND_TOO_STRONG: N_("too much wind"),
    Reason.MACHINE_WIND: N_("more wind than the aircraft may fly in"),
    Reason.GUSTS: N_("gusts too strong"),
    Reason.CALM: N_("too calm: fine drops hang in the air"),
    Reason.DELTA_T_LOW: N_("very moist air: drops dry slowly and drift far"),
    Reason.DELTA_T_HIGH: N_("dry air: drops dry fast"),
    Reason.DELTA_T_TOO_HIGH: N_("air too dry: drops dry before they land"),
    Reason.WARM: N_("hot"),
    Reason.TOO_HOT: N_("too hot"),
    Reason.MACHINE_TEMPERATURE: N_("outside the temperatures of the aircraft"),
    Reason.RAIN: N_("rain"),
    Reason.RAIN_SOON: N_("rain soon after: it washes the product off"),
    Reason.RAIN_LIKELY: N_("rain is likely"),
    Reason.INVERSION: N_("low sun: the air may lie in layers and carry drops far"),
    Reason.FLOWERING: N_("the rice is flowering"),
    Reason.GUSTS_ESTIMATED: N_("gusts estimated from the wind: this forecast has none"),
    Reason.NO_FORECAST: N_("no forecast for this hour"),
    Reason.RAIN_UNKNOWN: N_("the forecast ends before the product is safe from rain"),
}
STOPS = (
    Reason.WIND_TOO_STRONG
    | Reason.MACHINE_WIND
    | Reason.GUSTS
    | Reason.DELTA_T_TOO_HIGH
    | Reason.TOO_HOT
    | Reason.MACHINE_TEMPERATURE
    | Reason.RAIN
    | Reason.RAIN_SOON
    | Reason.FLOWERING
)
UNKNOWNS = Reason.NO_FORECAST | Reason.RAIN_UNKNOWN
CAUTIONS = (
    Reason.WIND_STRONG
    | Reason.CALM
    | Reason.DELTA_T_LOW
    | Reason.DELTA_T_HIGH
    | Reason.WARM
    | Reason.RAIN_LIKELY
    | Reason.INVERSION
)
NOTES = Reason.GUSTS_ESTIMATED
"""What is worth saying about an hour and makes nothing of it."""


@dataclass(frozen=True)
class Place:
    """A field as the rules see it: degrees, its limits, and what is done there. `harvest_on` tells when it flowers."""

    lon: float
    lat: float
    limits: Limits = DEFAULTS
    sprays: bool = True
    """False for granules and seed: drops, drift and washing off do not matter to them."""
    harvest_on: date | None = None


@dataclass(frozen=True)
class Weather:
    """Hourly weather: a row for each place, a column for each hour from `first_hour` on; NaN where it is not known.

    Temperature, humidity and wind are those at the beginning of the hour, gust and rain those within it; wind and gust
    are as forecast for 10 m above ground.
    """

    first_hour: datetime
    temperature_c: Floats
    humidity_pct: Floats
    wind_m_s: Floats
    gust_m_s: Floats
    rain_mm: Floats
    rain_chance_pct: Floats


@dataclass(frozen=True)
class Stretch:
    """Hours in a row of one level, half-open."""

    starts_at: datetime
    ends_at: datetime
    level: Level


@dataclass(frozen=True)
class Verdicts:
    """The level and the reasons (bits of `Reason`) of each place (rows) and hour (columns) from `first_hour` on."""

    first_hour: datetime
    level: NDArray[np.uint8]
    reasons: NDArray[np.uint32]

    @property
    def hours(self) -> int:
        return int(self.level.shape[1])

    def stretches(self, place: int) -> list[Stretch]:
        """Return the hours of one place, joined where the level stays the same."""
        row = self.level[place]
        if not len(row):
            return []
        borders = [0, *(np.flatnonzero(np.diff(row)) + 1).tolist(), len(row)]
        return [
            Stretch(self.first_hour + begin * HOUR, self.first_hour + end * HOUR, Level(int(row[begin])))
            for begin, end in pairwise(borders)
        ]


def delta_t_c(temperature_c: Floats, humidity_pct: Floats) -> Floats:
    """Return Delta T, the temperature less that of the wet bulb, in °C, never below zero.

    Wet bulb by Stull (J. Appl. Meteorol. Climatol. 50, 2011), good from 5 % to 99 % of humidity and −20 to 50 °C;
    20 °C and 50 % give 13.70 °C (r). Outside those the humidity is taken as 5 % or 99 %.
    """
    humid = np.clip(humidity_pct, 5.0, 99.0)
    root = np.sqrt(humid)
    wet = (
        temperature_c * np.arctan(0.151977 * np.sqrt(humid + 8.313659))
        + np.arctan(temperature_c + humid)
        - np.arctan(humid - 1.676331)
        + 0.00391838 * (humid * root) * np.arctan(0.023101 * humid)
        - 4.686035
    )
    drier: Floats = np.maximum(temperature_c - wet, 0.0)
    return drier


def reasons_of(bits: int) -> list[Reason]:
    """Return the single rules in a set of bits, what stops first."""
    return sorted((one for one in Reason if bits & one), key=lambda one: (not one & STOPS, not one & UNKNOWNS, one))


def level_of(bits: int) -> Level:
    """Return the level that a set of reasons makes."""
    if bits & STOPS:
        return Level.STOP
    if bits & UNKNOWNS:
        return Level.UNKNOWN
    return Level.CAUTION if bits & CAUTIONS else Level.GOOD


def judge(weather: Weather, places: Sequence[Place], hours: int) -> Verdicts:
    """Return what the first `hours` of the weather mean at each place.

    The weather may go on after them: later hours tell whether the product is safe from rain. Where it ends too early,
    the hour is unknown.
    """
    asked = _Asked(weather, places, hours)
    reasons = np.zeros((len(places), hours), dtype=np.uint32)
    for reason, fired in asked.fired():
        reasons |= np.multiply(fired, np.uint32(reason), dtype=np.uint32)
    level = np.full(reasons.shape, Level.GOOD, dtype=np.uint8)
    for bits, one in ((CAUTIONS, Level.CAUTION), (UNKNOWNS, Level.UNKNOWN), (STOPS, Level.STOP)):
        level[(reasons & np.uint32(bits)) != 0] = one
    return Verdicts(weather.first_hour, level, reasons)


class _Asked:
    """One question to the rules: the arrays cut to the hours, the limits as columns."""

    def __init__(self, weather: Weather, places: Sequence[Place], hours: int) -> None:
        self.weather, self.places, self.hours = weather, places, hours
        self.limits = {
            field.name: np.array([getattr(place.limits, field.name) for place in places])[:, None]
            for field in fields(Limits)
        }
        self.sprays = np.array([place.sprays for place in places], dtype=np.bool_)[:, None]

    def _cut(self, values: Floats) -> Floats:
        return values[:, : self.hours]

    def fired(self) -> Iterator[tuple[Reason, Bools]]:
        """Yield each rule with the places and hours in which it fires. A comparison with NaN never does."""
        limit, sprays = self.limits, self.sprays
        wind = self._cut(self.weather.wind_m_s) * limit["wind_factor"]
        gust = self._cut(self.weather.gust_m_s) * limit["wind_factor"]
        has_none = np.isnan(gust)
        gust = np.where(has_none, wind * limit["gust_factor"], gust)
        warmth = self._cut(self.weather.temperature_c)
        moisture = self._cut(self.weather.humidity_pct)
        drier = delta_t_c(warmth, moisture)
        yield Reason.WIND_STRONG, wind > limit["wind_caution_m_s"]
        yield Reason.WIND_TOO_STRONG, wind > limit["wind_stop_m_s"]
        yield Reason.MACHINE_WIND, wind >= limit["machine_wind_m_s"]
        yield Reason.GUSTS, gust > limit["gust_stop_m_s"]
        yield Reason.CALM, sprays & (wind < limit["calm_m_s"])
        yield Reason.DELTA_T_LOW, sprays & (drier < limit["delta_t_low_c"])
        yield Reason.DELTA_T_HIGH, sprays & (drier > limit["delta_t_high_c"])
        yield Reason.DELTA_T_TOO_HIGH, sprays & (drier > limit["delta_t_stop_c"])
        yield Reason.WARM, sprays & (warmth > limit["warm_c"])
        yield Reason.TOO_HOT, sprays & (warmth > limit["hot_c"])
        yield Reason.MACHINE_TEMPERATURE, (warmth < limit["machine_cold_c"]) | (warmth > limit["machine_hot_c"])
        yield Reason.GUSTS_ESTIMATED, has_none & ~np.isnan(gust)
        yield Reason.INVERSION, sprays & self._low_sun()
        yield Reason.FLOWERING, self._flowering()
        yield from self._rain()
        missing = np.isnan(wind) | np.isnan(warmth) | np.isnan(self._cut(self.weather.rain_mm))
        yield Reason.NO_FORECAST, missing | (sprays & np.isnan(moisture))

    def _rain(self) -> Iterator[tuple[Reason, Bools]]:
        rains = self.weather.rain_mm >= self.limits["rain_mm"]
        yield Reason.RAIN, rains[:, : self.hours]
        chance = self._cut(self.weather.rain_chance_pct)
        yield Reason.RAIN_LIKELY, chance >= self.limits["rain_chance_pct"]
        missing = np.isnan(self.weather.rain_mm)
        free_h = np.ceil(self.limits["rain_free_h"][:, 0] * self.sprays[:, 0]).astype(np.int64)
        yield Reason.RAIN_SOON, self._in_next(rains, free_h, beyond=False)
        yield Reason.RAIN_UNKNOWN, self._in_next(missing, free_h, beyond=True)

    def _in_next(self, marks: Bools, free_h: NDArray[np.int64], *, beyond: bool) -> Bools:
        """Tell for each hour whether one of the next `free_h` hours is marked; after the last hour all are `beyond`."""
        known = marks.shape[1]
        counts = np.zeros((len(marks), known + 1), dtype=np.int32)
        np.cumsum(marks, axis=1, out=counts[:, 1:])
        found = np.zeros((len(marks), self.hours), dtype=np.bool_)
        first = np.arange(1, self.hours + 1)
        for length in np.unique(free_h):
            rows = free_h == length
            last = np.minimum(first + length, known)
            found[rows] = counts[rows][:, last] > counts[rows][:, np.minimum(first, known)]
            if beyond and length:
                found[rows] |= first + length > known
        return found

    def _low_sun(self) -> Bools:
        """Tell where the sun is down, or rose or sets within the hours of an inversion; any part of the hour counts."""
        path = SunPath([self.weather.first_hour + number * HOUR for number in range(self.hours)])
        lon, lat = (np.array([getattr(place, name) for place in self.places]) for name in ("lon", "lat"))
        horizon = np.sin(np.radians(SUNRISE_DEG))
        risen_h = -self.limits["inversion_after_sunrise_h"][:, 0]
        sets_h = 1 + self.limits["inversion_before_sunset_h"][:, 0]
        low: Bools = np.zeros((len(lon), self.hours), dtype=np.bool_)
        for shift_h in (risen_h, np.zeros_like(sets_h), sets_h):
            low |= path.sine_of_elevation(lon, lat, shift_h) < horizon
        return low

    def _flowering(self) -> Bools:
        """Tell where rice flowers, counted back from the harvest, in the hours in which it must not be flown over."""
        harvests = np.array([place.harvest_on.toordinal() if place.harvest_on else 0 for place in self.places])
        if not harvests.any():
            return np.zeros((len(harvests), self.hours), dtype=np.bool_)
        begin = self.weather.first_hour.astimezone(LOCAL_TZ)
        since_midnight = np.arange(self.hours) + begin.hour
        left = harvests[:, None] - (begin.toordinal() + since_midnight // 24)
        hour = since_midnight % 24
        limit = self.limits
        of_day = (hour + 1 > limit["flowering_from_h"]) & (hour < limit["flowering_until_h"])
        of_season = (left <= limit["flowering_first_d"]) & (left >= limit["flowering_last_d"])
        fired: Bools = (harvests > 0)[:, None] & of_day & of_season
        return fired
