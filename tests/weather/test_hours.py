"""Hours from the forecasts at hand: the newest of the cell, the one known then, and none at all."""

from datetime import datetime, timedelta
from typing import Any

import numpy as np
from sqlmodel import Session

from drone_service.scheduling import weather as scheduling_weather
from drone_service.weather import service
from drone_service.weather.forecast import Provider, cell_of, centre_of
from drone_service.weather.limits import DEFAULTS
from drone_service.weather.models import Forecast, LimitSet
from drone_service.weather.rules import Level, Place
from tests.people import People
from tests.scheduling.rows import make_farm
from tests.weather.hours import FIRST, series

HERE = Place(105.72, 9.43)
HOUR = timedelta(hours=1)


def keep(
    session: Session, people: People, fetched_at: datetime, *, starts_at: datetime = FIRST, **changes: Any
) -> None:
    x, y = cell_of(HERE.lon, HERE.lat)
    session.add(
        Forecast(
            cooperative_id=people.cooperative.id,
            cell_x=x,
            cell_y=y,
            provider=Provider.OPEN_METEO,
            fetched_at=fetched_at,
            checked_at=fetched_at,
            expires_at=fetched_at + HOUR,
            starts_at=starts_at,
            hours=series(**changes),
        )
    )
    session.flush()


def ask(session: Session, people: People, hours: int = 3, **changes: Any) -> service.Hours:
    asked = {"places": [HERE], "starts_at": FIRST, "ends_at": FIRST + hours * HOUR} | changes
    return service.hours_for(session, cooperative_id=people.cooperative.id, **asked)


def test_without_any_forecast_every_hour_is_unknown(session: Session, people: People) -> None:
    found = ask(session, people)
    assert found.verdicts.level.tolist() == [[Level.UNKNOWN] * 3]
    assert found.sources == (None,)
    assert not found.is_known


def test_the_newest_forecast_counts_and_says_its_age(session: Session, people: People, now: datetime) -> None:
    keep(session, people, now - 5 * HOUR, wind_m_s=5.0)
    keep(session, people, now - HOUR, wind_m_s=2.0)
    found = ask(session, people)
    assert found.verdicts.level.tolist() == [[Level.GOOD] * 3]
    assert found.is_known
    assert found.sources[0] is not None
    assert found.sources[0].age(now) == HOUR
    before = ask(session, people, known_at=now - 2 * HOUR)
    assert before.verdicts.level.tolist() == [[Level.STOP] * 3]


def test_hours_are_whole_and_a_forecast_is_laid_at_its_own_hours(
    session: Session, people: People, now: datetime
) -> None:
    keep(session, people, now, starts_at=FIRST - 2 * HOUR, wind_m_s=[float(hour % 4) for hour in range(24)])
    found = ask(session, people, starts_at=FIRST + HOUR / 2, ends_at=FIRST + 2 * HOUR + HOUR / 2)
    assert found.weather.wind_m_s[0, :3].tolist() == [2.0, 3.0, 0.0]
    earlier = ask(session, people, starts_at=FIRST - 3 * HOUR, ends_at=FIRST - HOUR)
    assert np.isnan(earlier.weather.wind_m_s[0, 0])
    assert earlier.weather.wind_m_s[0, 1] == 0.0


def test_another_cooperative_has_its_own_forecasts(session: Session, people: People, now: datetime) -> None:
    keep(session, people, now)
    elsewhere = service.hours_for(
        session, cooperative_id=people.elsewhere.id, places=[HERE], starts_at=FIRST, ends_at=FIRST + HOUR
    )
    assert not elsewhere.is_known


def test_a_job_is_judged_by_its_products_and_its_harvest(session: Session, people: People, now: datetime) -> None:
    farm = make_farm(session, people)
    job = farm.job(planned_harvest_on=FIRST.date() + timedelta(days=30))
    farm.product.rain_free_h = 7.0
    session.add(
        LimitSet(cooperative_id=people.cooperative.id, product_id=farm.product.id, changes={"wind_stop_m_s": 3.5})
    )
    session.flush()
    place = scheduling_weather.places_of_jobs(session, people.cooperative.id, [job])[0]
    assert (place.limits.rain_free_h, place.limits.wind_stop_m_s) == (7.0, 3.5)
    assert place.limits.wind_caution_m_s == DEFAULTS.wind_caution_m_s
    assert place.harvest_on == job.planned_harvest_on
    keep(session, people, now)
    found = scheduling_weather.hours_of_jobs(
        session, people.cooperative.id, [job], starts_at=FIRST, ends_at=FIRST + 3 * HOUR
    )
    assert found.verdicts.level.tolist() == [[Level.STOP, Level.STOP, Level.GOOD]]  # flowering until 11 o'clock


def test_cells_hold_their_centre() -> None:
    for place in ((105.72, 9.43), (-0.01, -0.01), (179.99, 0.0)):
        assert cell_of(*centre_of(cell_of(*place))) == cell_of(*place)
