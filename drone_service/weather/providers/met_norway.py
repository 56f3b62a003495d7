"""MET Norway's Locationforecast 2.0: its terms, its address, its units, and its answer as ours.

Its terms ask for a User-Agent with a way to reach whoever asks, for no request before `Expires`, for
`If-Modified-Since` with their own `Last-Modified`, and for coordinates of at most four decimals. For the first two or
three days it gives hours, later six hours at a time: between those, what belongs to a moment is interpolated, and
the rain of six hours is taken for each of them, because it may fall in any. It gives no gusts outside the Nordic
countries.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import ClassVar

import httpx
import structlog
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from drone_service.kit.http import NOT_MODIFIED, Answer, Breaker, call
from drone_service.weather.forecast import (
    MAX_HOURS,
    Cell,
    Fetched,
    ForecastRefused,
    ForecastUnchanged,
    HourSeries,
    Provider,
    centre_of,
    ensure_near,
)
from drone_service.weather.rules import HOUR

GOOD_FOR = timedelta(hours=1)
LONGEST_STEP_H = 12
ATTEMPTS = 2
DEPRECATED = 203
_INSTANT = {
    "temperature_c": "air_temperature",
    "humidity_pct": "relative_humidity",
    "wind_m_s": "wind_speed",
    "gust_m_s": "wind_speed_of_gust",
}
_PERIOD = {"rain_mm": "precipitation_amount", "rain_chance_pct": "probability_of_precipitation"}
_DIRECTION = "wind_from_direction"
_THEIRS = _INSTANT | _PERIOD | {"wind_from_deg": _DIRECTION}
_UNITS = {
    "air_temperature": "celsius",
    "relative_humidity": "%",
    "wind_speed": "m/s",
    "wind_speed_of_gust": "m/s",
    "wind_from_direction": "degrees",
    "precipitation_amount": "mm",
    "probability_of_precipitation": "%",
}

_MAY_BE_ABSENT = frozenset({"wind_speed_of_gust", "probability_of_precipitation"})
"""Given for some parts of the world only. Without a unit they are not read."""

log = structlog.get_logger(__name__)
Details = Mapping[str, float | None]


class _Loose(BaseModel):
    model_config = ConfigDict(extra="ignore")


class _Part(_Loose):
    details: dict[str, float | None] = Field(default_factory=dict)


class _Data(_Loose):
    instant: _Part
    next_1_hours: _Part | None = None
    next_6_hours: _Part | None = None
    next_12_hours: _Part | None = None


class _Step(_Loose):
    time: AwareDatetime
    data: _Data


class _Meta(_Loose):
    units: dict[str, str]


class _Properties(_Loose):
    meta: _Meta
    timeseries: list[_Step] = Field(min_length=1, max_length=MAX_HOURS)


class _Geometry(_Loose):
    coordinates: list[float] = Field(min_length=2, max_length=3)


class _Document(_Loose):
    geometry: _Geometry
    properties: _Properties


@dataclass(frozen=True)
class MetNorway:
    """The service at an address; `contact` is a site or an e-mail address at which the host can be reached."""

    provider: ClassVar[Provider] = Provider.MET_NORWAY
    client: httpx.Client
    url: str
    contact: str
    deadline_s: float
    breaker: Breaker

    def fetch(self, cell: Cell, *, now: datetime, last_modified: str = "") -> Fetched:
        """Ask for the hours of a cell. Raises CallFailed, ForecastRefused, ForecastUnchanged."""
        lon, lat = centre_of(cell)
        headers = {"User-Agent": f"drone-service/0.1 {self.contact}"}
        answer = call(
            self.client,
            "GET",
            f"{self.url.rstrip('/')}/weatherapi/locationforecast/2.0/complete",
            params={"lat": f"{lat:.2f}", "lon": f"{lon:.2f}"},
            headers=headers | ({"If-Modified-Since": last_modified} if last_modified else {}),
            deadline_s=self.deadline_s,
            attempts=ATTEMPTS,
            breaker=self.breaker,
        )
        expires_at = _expires_at(answer, now)
        if answer.status == NOT_MODIFIED:
            if not last_modified:
                raise ForecastRefused("nothing was asked about that could be unchanged")
            raise ForecastUnchanged(expires_at)
        if answer.status == DEPRECATED:
            log.warning("weather.deprecated", provider=self.provider.value)
        starts_at, hours = read(answer.json(), lon, lat)
        return Fetched(self.provider, starts_at, hours, expires_at, answer.headers.get("last-modified", "")[:64])


def _expires_at(answer: Answer, now: datetime) -> datetime:
    """Return until when not to ask again; a header that is missing, odd or in the past counts as an hour from now."""
    try:
        said = parsedate_to_datetime(answer.headers.get("expires", ""))
        return said if now < said < now + timedelta(days=1) else now + GOOD_FOR
    except (ValueError, TypeError):
        return now + GOOD_FOR


def read(document: object, lon: float, lat: float) -> tuple[datetime, HourSeries]:
    """Return the first hour and the hours of an answer about a place. Raises ForecastRefused."""
    try:
        answer = _Document.model_validate(document)
    except ValidationError as error:
        raise ForecastRefused("the answer has another form") from error
    ensure_near((lon, lat), (answer.geometry.coordinates[0], answer.geometry.coordinates[1]))
    found = answer.properties
    told = found.meta.units
    for name, unit in _UNITS.items():
        if told.get(name) != unit and (name in told or name not in _MAY_BE_ABSENT):
            raise ForecastRefused(f"{name} comes in {told.get(name)!r}, not in {unit!r}")
    steps = found.timeseries
    if steps[0].time.timestamp() % 3_600:
        raise ForecastRefused("the hours of the answer do not begin on the hour")
    columns: dict[str, list[float | None]] = {name: [] for name in HourSeries.model_fields}
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        for row in _hours_of(step, following):
            for name, values in columns.items():
                values.append(row.get(name) if _THEIRS[name] in told else None)
    try:
        return steps[0].time, HourSeries.model_validate(columns)
    except ValidationError as error:
        raise ForecastRefused("the numbers of the answer cannot be right") from error


def _hours_of(step: _Step, following: _Step | None) -> Sequence[Mapping[str, float | None]]:
    """Return the hours from a step to the one after it; the last step has one hour."""
    length, rest = divmod(following.time - step.time, HOUR) if following else (1, timedelta())
    if rest or not 1 <= length <= LONGEST_STEP_H:
        raise ForecastRefused("the steps of the answer are not in a row")
    now, later = step.data.instant.details, following.data.instant.details if following else {}
    period = _period(step.data, length)
    return [
        {ours: _between(now.get(theirs), later.get(theirs), hour / length) for ours, theirs in _INSTANT.items()}
        | {ours: period.get(theirs) for ours, theirs in _PERIOD.items()}
        | {"wind_from_deg": now.get(_DIRECTION)}
        for hour in range(length)
    ]


def _period(data: _Data, length: int) -> Details:
    """Return what falls in the shortest period that holds the whole step; nothing is known where there is none."""
    for hours, part in ((1, data.next_1_hours), (6, data.next_6_hours), (12, data.next_12_hours)):
        if part is not None and length <= hours and "precipitation_amount" in part.details:
            return part.details
    return {}


def _between(first: float | None, last: float | None, share: float) -> float | None:
    if first is None or share == 0:
        return first
    return None if last is None else first + (last - first) * share
