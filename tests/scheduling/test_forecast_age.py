"""Where weather goes into a plan its age is told: in offers, the comparison, on the board and the farmer's job."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlmodel import Session

from drone_service.weather.forecast import Provider, cell_of
from drone_service.weather.models import Forecast
from tests.conftest import NOW
from tests.people import People
from tests.scheduling.rows import DAY, Farm, at
from tests.scheduling.test_offers import ask as ask_offers
from tests.scheduling.test_turning_forecast import forecast
from tests.weather.hours import series

Client = Callable[..., Any]
FAR = (105.95, 9.6)
ENGLISH = {"cookie": "lang=en"}


def test_the_oldest_forecast_behind_a_plan_is_named(
    client: Client, farm: Farm, people: People, session: Session
) -> None:
    """The field that booking asks for has a fresh forecast; a job far off has an old one, and the board says so."""
    farm.job(lon=FAR[0], lat=FAR[1])
    forecast(session, people, rain_from=at(23), rain_hours=1, fetched_at=NOW - timedelta(minutes=7))
    x, y = cell_of(*FAR)
    old = NOW - timedelta(hours=3)
    session.add(
        Forecast(
            cooperative_id=people.cooperative.id, cell_x=x, cell_y=y, provider=Provider.MET_NORWAY, fetched_at=old,
            checked_at=old, expires_at=NOW, starts_at=at(0), hours=series(24),
        )
    )  # fmt: skip
    operator = client(as_=people.operator)
    assert ask_offers(operator, farm).json()[0]["forecast"]["age_minutes"] == 7
    run = operator.post("/api/v1/plan-runs", json={"days": [str(DAY)], "seconds": 1}).json()
    assert run["forecast"]["age_minutes"] == 180
    for path in ("/board", f"/board/runs/{run['run_id']}"):
        assert "3 hours old" in operator.get(path, headers=ENGLISH).text, path


def test_without_a_forecast_that_is_said(client: Client, farm: Farm, people: People) -> None:
    operator = client(as_=people.operator)
    assert {one["forecast"] for one in ask_offers(operator, farm).json()} == {None}
    assert "There is no forecast: every hour counts as free to work." in operator.get("/board", headers=ENGLISH).text


def test_the_farmer_sees_the_range_and_the_weather(
    client: Client, farm: Farm, people: People, session: Session
) -> None:
    job = farm.job()
    forecast(session, people, rain_from=at(23), rain_hours=1, fetched_at=NOW - timedelta(hours=2))
    farmer = client(as_=people.farmer)
    assert "We come on" not in farmer.get(f"/jobs/{job.id}", headers=ENGLISH).text
    body = {"starts_at": at(8).isoformat(), "pinned": True}
    assert client(as_=people.operator).put(f"/api/v1/jobs/{job.id}/visit", json=body).status_code == 200
    shown = farmer.get(f"/jobs/{job.id}", headers=ENGLISH).text
    told = farmer.get(f"/api/v1/jobs/{job.id}/arrival").json()
    assert "between 07:30 and 08:30" in shown
    assert told["arrives_from"] < at(8).isoformat() < told["arrives_until"]
    assert "2 hours old" in shown
    assert "weather-hours" in shown
