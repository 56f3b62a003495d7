"""Fetching forecasts in the background, from the providers that the host has set."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from uuid import UUID

import httpx
from sqlmodel import Session

from drone_service.kit.db import enter_tenant
from drone_service.kit.http import Breaker
from drone_service.kit.settings import Settings, WeatherSource, get_settings
from drone_service.kit.tasks import TaskRun, task
from drone_service.weather import fetching, queries
from drone_service.weather.forecast import Cell, ForecastSource
from drone_service.weather.providers.example import Example
from drone_service.weather.providers.met_norway import MetNorway
from drone_service.weather.providers.open_meteo import OpenMeteo
from drone_service.weather.service import REFRESH


@task(REFRESH)
def refresh(run: TaskRun, *, cooperative_id: UUID, cells: list[tuple[int, int]]) -> None:
    """Fetch what is due of the cells. A provider that fails is asked again at the next round, not before."""
    with sources_of(get_settings()) as chosen:
        sources = chosen or _examples(run, cooperative_id)
        fetching.refresh(run, cooperative_id=cooperative_id, cells=cells, sources=sources, now=run.clock())


def is_due(session: Session, cooperative_id: UUID, cells: Collection[Cell], now: datetime) -> bool:
    """Tell whether a refresh would ask anybody anything: each run of a task leaves rows behind."""
    with sources_of(get_settings()) as sources:
        asked = {source.provider for source in sources}
    if not asked and queries.has_example(session, cooperative_id):
        asked = {Example.provider}
    return bool(asked and fetching.due(session, cooperative_id, cells, asked, now))


@contextmanager
def sources_of(settings: Settings) -> Iterator[list[ForecastSource]]:
    """Yield the providers of the host, the first first; none where it has set none."""
    with httpx.Client() as client:
        wanted = dict.fromkeys((settings.weather_first, settings.weather_second))
        yield [source for one in wanted if (source := _source(one, settings, client)) is not None]


def _source(which: WeatherSource, settings: Settings, client: httpx.Client) -> ForecastSource | None:
    deadline_s = settings.http_timeout_s
    if which is WeatherSource.OPEN_METEO:
        key = settings.open_meteo_key.get_secret_value()
        return OpenMeteo(client, settings.open_meteo_url, key, deadline_s, _breaker(which))
    if which is WeatherSource.MET_NORWAY and settings.met_norway_contact:
        return MetNorway(client, settings.met_norway_url, settings.met_norway_contact, deadline_s, _breaker(which))
    return Example() if which is WeatherSource.EXAMPLE else None


@cache
def _breaker(which: WeatherSource) -> Breaker:
    """Return what this process remembers of a provider's failures."""
    del which
    return Breaker()


def _examples(run: TaskRun, cooperative_id: UUID) -> list[ForecastSource]:
    """Renew the example of a demonstration: who has one goes on having one until the host sets a provider."""
    with run.transaction(write=False) as session:
        enter_tenant(session, cooperative_id)
        return [Example()] if queries.has_example(session, cooperative_id) else []
