"""A forecast that turns: the plan keeps out of hours that stop, and planning again loses less than leaving it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import Session

from drone_service.booking.rules import HalfDay
from drone_service.kit.db import Database
from drone_service.kit.tasks import TaskRun
from drone_service.scheduling import tasks
from drone_service.weather.forecast import Provider, cell_of
from drone_service.weather.models import Forecast
from tests.conftest import NOW
from tests.people import People
from tests.scheduling.rows import DAY, Farm, at
from tests.weather.hours import series

Client = Callable[..., Any]
HOURS = 48


def forecast(session: Session, people: People, *, rain_from: datetime, rain_hours: int, fetched_at: datetime) -> None:
    """Store a forecast for everywhere round the base: good, but for some hours of rain."""
    starts_at = at(0)
    first = int((rain_from - starts_at) / timedelta(hours=1))
    rain = [3.0 if first <= hour < first + rain_hours else 0.0 for hour in range(HOURS)]
    x, y = cell_of(105.72, 9.43)
    for cell in ((x, y), (x + 1, y), (x, y + 1), (x - 1, y)):
        session.add(
            Forecast(
                cooperative_id=people.cooperative.id, cell_x=cell[0], cell_y=cell[1], provider=Provider.OPEN_METEO,
                fetched_at=fetched_at, checked_at=fetched_at, expires_at=fetched_at + timedelta(days=3),
                starts_at=starts_at, hours=series(HOURS, rain_mm=rain),
            )
        )  # fmt: skip
    session.flush()


def test_planning_again_loses_less_than_leaving_it(
    client: Client, farm: Farm, people: People, session: Session, database: Database
) -> None:
    """Planned for a dry morning; then rain is forecast for it and the afternoon stays dry."""
    for _ in range(3):
        farm.job()
    operator = client(as_=people.operator)
    forecast(session, people, rain_from=at(23), rain_hours=1, fetched_at=NOW - timedelta(hours=2))
    assert operator.post(f"/api/v1/days/{DAY}/plan").json()["placed"] == 3
    forecast(session, people, rain_from=at(4), rain_hours=8, fetched_at=NOW - timedelta(minutes=5))
    asked = operator.post("/api/v1/plan-runs", json={"days": [str(DAY)], "seconds": 1}).json()
    session.commit()
    run = TaskRun(database, "test", lambda: NOW)
    tasks.optimise(run, cooperative_id=people.cooperative.id, run_id=UUID(asked["run_id"]))
    session.expire_all()
    shown = operator.get(f"/api/v1/plan-runs/{asked['run_id']}").json()
    assert shown["after"]["value_vnd"] > shown["before"]["value_vnd"]
    assert all(one["starts_after"] is None or one["starts_after"] >= at(12).isoformat() for one in shown["moved"])


@pytest.mark.parametrize(("hours", "code", "words"), [(8, "open_window", "15:00–18:00"), (16, "none", "")])
def test_what_rain_leaves_out_is_said_with_a_dry_half_day(
    client: Client, farm: Farm, people: People, session: Session, hours: int, code: str, words: str
) -> None:
    """Agreed for a morning of rain: another half-day of that weather would not help."""
    job, operator = farm.job(half_days=[HalfDay.MORNING]), client(as_=people.operator)
    forecast(session, people, rain_from=at(4), rain_hours=hours, fetched_at=NOW - timedelta(minutes=5))
    (left,) = operator.post(f"/api/v1/days/{DAY}/plan").json()["left_out"]
    assert (left["job_id"], left["reason_code"], left["change_code"]) == (str(job.id), "weather", code)
    assert words in left["change"]


def test_bad_hours_are_said_before_a_move(client: Client, farm: Farm, people: People, session: Session) -> None:
    job, operator = farm.job(), client(as_=people.operator)
    place = {"aircraft_id": str(farm.aircraft.id), "day": str(DAY), "half": "am"}
    assert operator.get(f"/api/v1/jobs/{job.id}/moves", params=place).json()["breaks"] == []
    forecast(session, people, rain_from=at(4), rain_hours=8, fetched_at=NOW - timedelta(minutes=5))
    shown = operator.get(f"/api/v1/jobs/{job.id}/moves", params=place).json()
    assert "bad_weather" in {one["code"] for one in shown["breaks"]}
    assert shown["is_possible"]  # a person may still want it
