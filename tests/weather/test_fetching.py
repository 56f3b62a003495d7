"""The cache: what is due is fetched, the second provider helps out, and old forecasts go."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

import pytest
from dbos import DBOS
from sqlmodel import Session, select

from drone_service.kit import tasks
from drone_service.kit.db import Database
from drone_service.kit.http import CallFailed
from drone_service.kit.settings import Settings, WeatherSource
from drone_service.scheduling import forecasting
from drone_service.weather import fetching, queries
from drone_service.weather import tasks as weather_tasks
from drone_service.weather.fetching import KEPT
from drone_service.weather.forecast import Cell, Fetched, ForecastUnchanged, HourSeries, Provider, cell_of, whole_hour
from drone_service.weather.models import Forecast
from drone_service.weather.providers.example import Example
from tests.conftest import NOW
from tests.farms.factories import make_field
from tests.people import People, make_cooperative
from tests.weather.hours import series

HERE, THERE = (1057, 94), (1058, 94)
HOUR = timedelta(hours=1)


class Fake:
    """A provider that answers as told and remembers what it was asked."""

    provider: ClassVar[Provider] = Provider.OPEN_METEO

    def __init__(self, trouble: Exception | None = None, *, hours: HourSeries | None = None, late_h: int = 0) -> None:
        self.trouble = trouble
        self.hours, self.late = hours or series(), timedelta(hours=late_h)
        self.asked: list[tuple[Cell, str]] = []

    def fetch(self, cell: Cell, *, now: datetime, last_modified: str = "") -> Fetched:
        self.asked.append((cell, last_modified))
        if self.trouble:
            raise self.trouble
        return Fetched(self.provider, whole_hour(now) + self.late, self.hours, now + HOUR, "then")


class Second(Fake):
    provider: ClassVar[Provider] = Provider.MET_NORWAY


@pytest.fixture
def cooperative_id(session: Session, people: People) -> UUID:
    session.commit()
    return people.cooperative.id


def refresh(
    database: Database,
    cooperative_id: UUID,
    sources: Sequence[Fake],
    now: datetime = NOW,
    cells: Sequence[Cell] = (HERE,),
) -> int:
    run = tasks.TaskRun(database, "test")
    return fetching.refresh(run, cooperative_id=cooperative_id, cells=cells, sources=sources, now=now)


def kept(session: Session, cooperative_id: UUID) -> Sequence[Forecast]:
    session.expire_all()
    return session.exec(select(Forecast).where(Forecast.cooperative_id == cooperative_id)).all()


def test_only_what_is_due_is_fetched(database: Database, session: Session, cooperative_id: UUID) -> None:
    source = Fake()
    assert refresh(database, cooperative_id, [source], cells=[HERE, THERE, HERE]) == 2
    assert refresh(database, cooperative_id, [source], NOW + HOUR / 2, cells=[HERE, THERE]) == 0
    assert refresh(database, cooperative_id, [source], NOW + HOUR) == 1
    assert source.asked == [(HERE, ""), (THERE, ""), (HERE, "then")]
    newest = queries.newest_forecasts(session, cooperative_id, [HERE, THERE])
    assert newest[HERE].fetched_at == NOW + HOUR
    assert newest[THERE].fetched_at == NOW


def test_cells_beyond_the_most_are_fetched_the_next_time(
    database: Database, cooperative_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "MAX_CELLS", 2)
    source, cells = Fake(), [(1057 + number, 94) for number in range(3)]
    assert [refresh(database, cooperative_id, [source], cells=cells) for _ in range(3)] == [2, 1, 0]
    assert [cell for cell, _ in source.asked] == cells


def test_the_second_provider_helps_out(database: Database, session: Session, cooperative_id: UUID) -> None:
    first, second = Fake(CallFailed("down")), Second()
    assert refresh(database, cooperative_id, [first, second]) == 1
    assert [row.provider for row in kept(session, cooperative_id)] == [Provider.MET_NORWAY]
    first.trouble = None
    refresh(database, cooperative_id, [first, second], NOW + HOUR)
    assert first.asked[-1] == (HERE, "")  # what the second said about its answer is nothing to the first


@pytest.mark.parametrize(
    "odd",
    [
        {"hours": series(wind_m_s=[None] * 24)},
        {"hours": series(temperature_c=[None] * 24)},
        {"hours": series(rain_mm=[None] * 24)},
        {"late_h": -24},
        {"late_h": -365 * 24},
        {"late_h": 25},
        {"late_h": 1_000 * 365 * 24},
    ],
)
def test_an_answer_that_says_nothing_of_the_coming_hours_is_none(
    database: Database, session: Session, cooperative_id: UUID, odd: dict[str, Any]
) -> None:
    """It would be the newest, and hide one that knows them."""
    refresh(database, cooperative_id, [Fake()])
    first, second = Fake(**odd), Second()
    assert refresh(database, cooperative_id, [first], NOW + HOUR) == 0
    assert [row.fetched_at for row in kept(session, cooperative_id)] == [NOW]
    assert refresh(database, cooperative_id, [first, second], NOW + HOUR) == 1
    newest = queries.newest_forecasts(session, cooperative_id, [HERE])
    assert newest[HERE].provider is Provider.MET_NORWAY


def test_with_both_down_the_old_forecast_stays(database: Database, session: Session, cooperative_id: UUID) -> None:
    refresh(database, cooperative_id, [Fake()])
    assert refresh(database, cooperative_id, [Fake(CallFailed("down")), Second(CallFailed("down"))], NOW + HOUR) == 0
    assert [row.fetched_at for row in kept(session, cooperative_id)] == [NOW]


def test_unchanged_means_as_good_as_new(database: Database, session: Session, cooperative_id: UUID) -> None:
    refresh(database, cooperative_id, [Second()])
    later = NOW + HOUR
    assert refresh(database, cooperative_id, [Second(ForecastUnchanged(later + HOUR))], later) == 1
    row = kept(session, cooperative_id)[0]
    assert (row.fetched_at, row.checked_at, row.expires_at) == (NOW, later, later + HOUR)


def test_old_forecasts_go_and_the_newest_stays(database: Database, session: Session, cooperative_id: UUID) -> None:
    refresh(database, cooperative_id, [Fake()], cells=[HERE, THERE])
    refresh(database, cooperative_id, [Fake()], NOW + KEPT + HOUR)
    assert sorted((row.cell_x, row.fetched_at) for row in kept(session, cooperative_id)) == [
        (HERE[0], NOW + KEPT + HOUR),
        (THERE[0], NOW),
    ]


def test_the_host_chooses_the_providers() -> None:
    def chosen(**values: object) -> list[Provider]:
        with weather_tasks.sources_of(Settings(_env_file=None, **values)) as sources:  # type: ignore[arg-type]
            return [source.provider for source in sources]

    assert chosen() == []
    both = {"weather_first": WeatherSource.OPEN_METEO, "weather_second": WeatherSource.MET_NORWAY}
    # Without somebody to reach, MET Norway's terms forbid to ask.
    assert chosen(**both) == [Provider.OPEN_METEO]
    assert chosen(**both, met_norway_contact="example.org") == [Provider.OPEN_METEO, Provider.MET_NORWAY]
    assert chosen(weather_first=WeatherSource.EXAMPLE) == [Provider.EXAMPLE]


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_an_example_is_renewed_and_nobody_else_gets_one(
    database: Database, session: Session, cooperative_id: UUID
) -> None:
    run = tasks.TaskRun(database, "test", clock=lambda: NOW + timedelta(days=9))
    weather_tasks.refresh(run, cooperative_id=cooperative_id, cells=[HERE])
    assert kept(session, cooperative_id) == []
    fetching.keep_example(session, cooperative_id, [HERE], Example(), NOW)
    session.commit()
    weather_tasks.refresh(run, cooperative_id=cooperative_id, cells=[HERE])
    assert [row.fetched_at for row in kept(session, cooperative_id)] == [NOW + timedelta(days=9)]


def test_fields_and_base_are_looked_at(session: Session, people: People, now: datetime) -> None:
    make_field(session, people.farmer, now, east_m=20_000)
    places = forecasting.places_of(session, people.cooperative.id)
    assert {cell_of(*place) for place in places} == {(1057, 94), (1059, 94)}


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_the_clock_looks_and_only_who_is_due_gets_a_task(fresh_database: Database) -> None:
    with fresh_database.transaction() as session:
        stale, _nobody_asked, fresh = (make_cooperative(session, name, name, NOW).id for name in ("a", "b", "c"))
        fetching.keep_example(session, stale, [HERE], Example(), NOW)
        fetching.keep_example(session, fresh, [HERE], Example(), datetime.now(UTC))
    tasks.start_worker(fresh_database, concurrency=2, polling_s=0.05)
    try:
        by_name = {schedule["schedule_name"]: schedule for schedule in DBOS.list_schedules()}
        assert by_name[forecasting.LOOK]["schedule"] == forecasting.EVERY_TEN_MINUTES
        DBOS.trigger_schedule(forecasting.LOOK).get_result()
        # In a thread of its own: the browser of another test may keep a loop running in this one.
        with ThreadPoolExecutor(1) as elsewhere:
            sent = elsewhere.submit(lambda: DBOS.list_workflows(name=tasks.WORKFLOW, load_input=True)).result()
        assert [str(stale) in str(one.input) for one in sent] == [True]
    finally:
        tasks.stop_worker()
