"""A forecast as it is kept: one grid cell, one provider, the hours in a row. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from math import floor
from typing import Annotated, ClassVar, Protocol, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from drone_service.kit.i18n import N_
from drone_service.weather.rules import HOUR, Floats

CELL_DEG = 0.1
"""The side of a cell, about 11 km: as fine as the models that cover the Delta (ICON 0.125°, GFS 0.11°, IFS 9 km)."""
MAX_HOURS = 16 * 24
NEAR_DEG = 1.0
"""How far from the place that was asked about the grid point of an answer may lie: global models have 0.5° and less."""
SOON_H = 24

Cell = tuple[int, int]


class Provider(StrEnum):
    """Who made a forecast. The example is made up and is shown as such."""

    OPEN_METEO = "open_meteo"
    MET_NORWAY = "met_norway"
    EXAMPLE = "example"


PROVIDER_NAMES = {
    Provider.OPEN_METEO: N_("Open-Meteo"),
    Provider.MET_NORWAY: N_("MET Norway"),
    Provider.EXAMPLE: N_("made-up example, not a real forecast"),
}


def cell_of(lon: float, lat: float) -> Cell:
    """Return the cell in which a place lies, counted east and north from 0°."""
    return floor(lon / CELL_DEG), floor(lat / CELL_DEG)


def centre_of(cell: Cell) -> tuple[float, float]:
    """Return longitude and latitude of the middle of a cell, with the two decimals that providers want at most."""
    return round((cell[0] + 0.5) * CELL_DEG, 2), round((cell[1] + 0.5) * CELL_DEG, 2)


def whole_hour(moment: datetime) -> datetime:
    """Return the beginning of the hour in which a moment lies."""
    return moment.replace(minute=0, second=0, microsecond=0)


_Longest = Field(max_length=MAX_HOURS)
Celsius = Annotated[list[Annotated[float, Field(ge=-60, le=60, allow_inf_nan=False)] | None], _Longest]
Percent = Annotated[list[Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)] | None], _Longest]
Speed = Annotated[list[Annotated[float, Field(ge=0, le=130, allow_inf_nan=False)] | None], _Longest]
Degrees = Annotated[list[Annotated[float, Field(ge=0, le=360, allow_inf_nan=False)] | None], _Longest]
Millimetres = Annotated[list[Annotated[float, Field(ge=0, le=500, allow_inf_nan=False)] | None], _Longest]


class HourSeries(BaseModel):
    """The hours of a forecast as parallel lists; None where the provider says nothing.

    Temperature, humidity and wind at the beginning of each hour; gust, rain and its chance within the hour. The bounds
    are those of the Earth: what lies outside is a wrong unit or a broken answer.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    temperature_c: Celsius
    humidity_pct: Percent
    wind_m_s: Speed
    gust_m_s: Speed
    wind_from_deg: Degrees
    rain_mm: Millimetres
    rain_chance_pct: Percent

    @model_validator(mode="after")
    def _parallel(self) -> Self:
        if len({len(getattr(self, name)) for name in SERIES}) != 1:
            raise ValueError("the lists of a forecast have different lengths")
        return self

    @property
    def count(self) -> int:
        return len(self.wind_m_s)


SERIES = tuple(HourSeries.model_fields)


@dataclass(frozen=True)
class Fetched:
    """An answer of a provider for a cell."""

    provider: Provider
    starts_at: datetime
    hours: HourSeries
    expires_at: datetime
    last_modified: str = ""


class ForecastRefused(Exception):
    """An answer that came in time and cannot be believed: another unit, gaps, numbers that are not of this Earth."""


def ensure_near(asked: tuple[float, float], told: tuple[float, float]) -> None:
    """Refuse an answer about another (lon, lat) place than was asked about. Raises ForecastRefused."""
    # Asked this way round, because no distance to NaN is near.
    if not all(abs(one - other) <= NEAR_DEG for one, other in zip(asked, told, strict=True)):
        raise ForecastRefused("the answer is about another place")


def ensure_says(answer: Fetched, now: datetime) -> None:
    """Refuse an answer without wind, temperature and rain for any hour of the next day. Raises ForecastRefused.

    Kept, it would be the newest forecast and hide one that knows these hours.
    """
    begin = max((whole_hour(now) - answer.starts_at) // HOUR, 0)
    end = (whole_hour(now) - answer.starts_at) // HOUR + SOON_H
    told = (answer.hours.wind_m_s, answer.hours.temperature_c, answer.hours.rain_mm)
    if not any(None not in hour for hour in zip(*(values[begin : max(end, 0)] for values in told), strict=True)):
        raise ForecastRefused("the answer says nothing about the coming day")


class ForecastUnchanged(Exception):
    """The provider says that what was fetched before still holds."""

    def __init__(self, expires_at: datetime) -> None:
        super().__init__()
        self.expires_at = expires_at


class ForecastSource(Protocol):
    """A provider that can be asked."""

    provider: ClassVar[Provider]

    def fetch(self, cell: Cell, *, now: datetime, last_modified: str = "") -> Fetched:
        """Ask for the hours of a cell. Raises CallFailed, ForecastRefused, ForecastUnchanged.

        `last_modified` is what this provider said at the last time.
        """
        ...


@dataclass(frozen=True)
class Known:
    """A forecast with when its numbers came in and when the provider last said that they still hold."""

    provider: Provider
    starts_at: datetime
    hours: HourSeries
    fetched_at: datetime
    checked_at: datetime


def laid_out(forecasts: Sequence[Known | None], first_hour: datetime, hours: int) -> dict[str, Floats]:
    """Return each series as an array of cells (rows) by hours (columns) from `first_hour` on, NaN where not known."""
    found = {name: np.full((len(forecasts), hours), np.nan) for name in SERIES}
    for row, known in enumerate(forecasts):
        if known is None:
            continue
        skipped = (first_hour - known.starts_at) // HOUR
        begin, end = max(-skipped, 0), min(hours, known.hours.count - skipped)
        if begin >= end:
            continue
        for name, values in found.items():
            values[row, begin:end] = np.array(getattr(known.hours, name)[begin + skipped : end + skipped], np.float64)
    return found
