"""Open-Meteo's forecast: its address, its parameters, its units, and its answer as ours.

`GET /v1/forecast` as its documentation describes it. Temperature, humidity and wind belong to the moment; rain, its
chance and the gust to the hour *before* the moment, so they are moved to the hour in which they fall.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Annotated, ClassVar

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from drone_service.kit.http import Breaker, call
from drone_service.weather.forecast import Cell, Fetched, ForecastRefused, HourSeries, Provider, centre_of, ensure_near

DAYS = 9
"""A week and the hours after it in which a product must stay dry."""
GOOD_FOR = timedelta(hours=1)
ATTEMPTS = 2
# Our name, theirs, the unit that must come back, and whether the value is that of the hour before.
_SERIES = (
    ("temperature_c", "temperature_2m", "°C", False),
    ("humidity_pct", "relative_humidity_2m", "%", False),
    ("wind_m_s", "wind_speed_10m", "m/s", False),
    ("wind_from_deg", "wind_direction_10m", "°", False),
    ("gust_m_s", "wind_gusts_10m", "m/s", True),
    ("rain_mm", "precipitation", "mm", True),
    ("rain_chance_pct", "precipitation_probability", "%", True),
)


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore")
    latitude: float
    longitude: float
    hourly_units: dict[str, str]
    hourly: dict[str, list[Annotated[float, Field(allow_inf_nan=False)] | None]]


@dataclass(frozen=True)
class OpenMeteo:
    """The service at an address; the key is for those who pay for it."""

    provider: ClassVar[Provider] = Provider.OPEN_METEO
    client: httpx.Client
    url: str
    key: str
    deadline_s: float
    breaker: Breaker

    def fetch(self, cell: Cell, *, now: datetime, last_modified: str = "") -> Fetched:
        """Ask for the hours of a cell. Raises CallFailed, ForecastRefused. It does not know `last_modified`."""
        del last_modified
        lon, lat = centre_of(cell)
        params = {
            "latitude": f"{lat:.2f}",
            "longitude": f"{lon:.2f}",
            "hourly": ",".join(theirs for _, theirs, _, _ in _SERIES),
            "temperature_unit": "celsius",
            "wind_speed_unit": "ms",
            "precipitation_unit": "mm",
            "timeformat": "unixtime",
            "timezone": "GMT",
            "forecast_days": str(DAYS),
        }
        answer = call(
            self.client,
            "GET",
            f"{self.url.rstrip('/')}/v1/forecast",
            params=params | ({"apikey": self.key} if self.key else {}),
            deadline_s=self.deadline_s,
            attempts=ATTEMPTS,
            breaker=self.breaker,
        )
        starts_at, hours = read(answer.json(), lon, lat)
        return Fetched(self.provider, starts_at, hours, expires_at=now + GOOD_FOR)


def read(document: object, lon: float, lat: float) -> tuple[datetime, HourSeries]:
    """Return the first hour and the hours of an answer about a place. Raises ForecastRefused."""
    try:
        answer = _Answer.model_validate(document)
    except ValidationError as error:
        raise ForecastRefused("the answer has another form") from error
    ensure_near((lon, lat), (answer.longitude, answer.latitude))
    for _, theirs, unit, _ in (("", "time", "unixtime", False), *_SERIES):
        if answer.hourly_units.get(theirs) != unit:
            raise ForecastRefused(f"{theirs} comes in {answer.hourly_units.get(theirs)!r}, not in {unit!r}")
    times = answer.hourly.get("time", [])
    if not times or any(time is None for time in times):
        raise ForecastRefused("the answer has no times")
    moments = [int(time) for time in times if time is not None]
    if moments[0] % 3_600 or any(later - earlier != 3_600 for earlier, later in pairwise(moments)):
        raise ForecastRefused("the hours of the answer are not in a row")
    found = {
        ours: _moved(answer.hourly.get(theirs, []), len(times), hour_before=hour_before)
        for ours, theirs, _, hour_before in _SERIES
    }
    try:
        return datetime.fromtimestamp(moments[0], UTC), HourSeries.model_validate(found)
    except (ValidationError, OverflowError, OSError, ValueError) as error:
        raise ForecastRefused("the numbers of the answer cannot be right") from error


def _moved(values: list[float | None], count: int, *, hour_before: bool) -> list[float | None]:
    if len(values) != count:
        raise ForecastRefused("the lists of the answer have different lengths")
    return [*values[1:], None] if hour_before else values
