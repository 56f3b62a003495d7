"""The hours of places from the forecasts at hand, and what a cooperative changes about its limits.

Nothing here asks a provider: forecasts come in by the background task. Without any, every hour is unknown and that is
what is said; nobody is kept from working.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil, isnan
from uuid import UUID

from sqlmodel import Session

from drone_service.kit import tasks
from drone_service.weather import queries
from drone_service.weather.forecast import Cell, Known, Provider, cell_of, laid_out, whole_hour
from drone_service.weather.rules import HOUR, Floats, Level, Place, Verdicts, Weather, delta_t_c, judge, reasons_of
from drone_service.weather.schemas import ForecastHour, ForecastOut, ForecastSourceOut

REFRESH = "weather.refresh"
"""The task that fetches forecasts."""


@dataclass(frozen=True)
class Source:
    """Where the hours of a place come from and how old they are."""

    provider: Provider
    fetched_at: datetime
    checked_at: datetime

    @property
    def is_example(self) -> bool:
        """True for the made-up forecast of the demonstration."""
        return self.provider is Provider.EXAMPLE

    def age(self, now: datetime) -> timedelta:
        """Return how long ago the provider last said this."""
        return now - self.checked_at


@dataclass(frozen=True)
class Hours:
    """The hours of places (rows): the verdicts, the weather behind them, and each row's source, if any."""

    verdicts: Verdicts
    weather: Weather
    wind_from_deg: Floats
    sources: tuple[Source | None, ...]

    @property
    def is_known(self) -> bool:
        """True where at least one place has a forecast."""
        return any(source is not None for source in self.sources)


def hours_for(
    session: Session,
    *,
    cooperative_id: UUID,
    places: Sequence[Place],
    starts_at: datetime,
    ends_at: datetime,
    known_at: datetime | None = None,
) -> Hours:
    """Return what each hour of a period means at each place, from the newest forecast of its cell.

    Hours are whole: the first is the one in which the period begins, the last the one in which it ends. `known_at`
    answers as one would have answered then. A place without a forecast, and an hour beyond it, is unknown. One query,
    whatever the number of places.
    """
    first_hour = whole_hour(starts_at)
    hours = max(ceil((ends_at - first_hour) / HOUR), 0)
    after = ceil(max((place.limits.rain_free_h for place in places), default=0.0))
    wanted = [cell_of(place.lon, place.lat) for place in places]
    cells = {cell: row for row, cell in enumerate(sorted(set(wanted)))}
    found = queries.newest_forecasts(session, cooperative_id, cells.keys(), known_at=known_at)
    series = laid_out([found.get(cell) for cell in cells], first_hour, hours + after)
    rows = [cells[cell] for cell in wanted]
    wind_from_deg = series.pop("wind_from_deg")[rows]
    weather = Weather(first_hour, **{name: values[rows] for name, values in series.items()})
    return Hours(
        verdicts=judge(weather, places, hours),
        weather=weather,
        wind_from_deg=wind_from_deg,
        sources=tuple(_source(found.get(cell)) for cell in wanted),
    )


def forecast_out(hours: Hours, place: int, now: datetime) -> ForecastOut:
    """Return what the doors show of the hours of one place (a row)."""
    source, weather, verdicts = hours.sources[place], hours.weather, hours.verdicts
    drier = delta_t_c(weather.temperature_c[place], weather.humidity_pct[place])
    return ForecastOut(
        source=source_out(source, now),
        hours=[
            ForecastHour(
                starts_at=verdicts.first_hour + number * HOUR,
                level=Level(int(verdicts.level[place, number])).name.lower(),
                reasons=[(one.name or "").lower() for one in reasons_of(int(verdicts.reasons[place, number]))],
                delta_t_c=_known(drier[number], 1),
                wind_from_deg=_known(hours.wind_from_deg[place, number]),
                **{name: _known(getattr(weather, name)[place, number]) for name in _SHOWN},
            )
            for number in range(verdicts.hours)
        ],
    )


def oldest_source(
    session: Session, *, cooperative_id: UUID, places: Sequence[tuple[float, float]], now: datetime
) -> ForecastSourceOut | None:
    """Return the oldest of the forecasts at hand for (lon, lat) places, or None where no place has one."""
    found = queries.newest_forecasts(session, cooperative_id, cells_of(places))
    sources = [Source(known.provider, known.fetched_at, known.checked_at) for known in found.values()]
    oldest = min(sources, key=lambda one: one.checked_at, default=None)
    return source_out(oldest, now)


def source_out(source: Source | None, now: datetime) -> ForecastSourceOut | None:
    """Return where a forecast comes from and how old it is, as the doors show it."""
    if source is None:
        return None
    return ForecastSourceOut(
        provider=source.provider,
        is_example=source.is_example,
        checked_at=source.checked_at,
        age_minutes=max(int(source.age(now).total_seconds() // 60), 0),
    )


_SHOWN = ("temperature_c", "humidity_pct", "wind_m_s", "gust_m_s", "rain_mm", "rain_chance_pct")


def _known(value: float, decimals: int = 2) -> float | None:
    return None if isnan(value) else round(float(value), decimals)


def cells_of(places: Iterable[tuple[float, float]]) -> list[Cell]:
    """Return the cells of (lon, lat) places, each once."""
    return sorted({cell_of(lon, lat) for lon, lat in places})


def ask_refresh(session: Session, *, cooperative_id: UUID, places: Sequence[tuple[float, float]]) -> int:
    """Have the forecasts of (lon, lat) places fetched in the background, where they are due; return how many cells."""
    cells = cells_of(places)
    if cells:
        tasks.enqueue(session, REFRESH, cooperative_id=cooperative_id, cells=cells)
    return len(cells)


def _source(known: Known | None) -> Source | None:
    return None if known is None else Source(known.provider, known.fetched_at, known.checked_at)
