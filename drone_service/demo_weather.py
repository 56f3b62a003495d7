"""Made-up weather of the demonstration: hours to come, and what crews found beside what was forecast.

What a demonstration measured is drawn with its season; here are the forecasts of those mornings, off by as much as
people find plausible (k), so that the page that scores them has figures. All of it is marked as an example.
"""

from dataclasses import asdict
from datetime import datetime, timedelta
from random import Random

import numpy as np
from sqlmodel import col, select

from drone_service.booking.models import Job
from drone_service.demo_season import Demonstration
from drone_service.fieldwork.models import Work
from drone_service.kit.clock import local_day, local_moment
from drone_service.scheduling.forecasting import places_of
from drone_service.weather.fetching import keep_example
from drone_service.weather.forecast import Provider, cell_of
from drone_service.weather.limits import DEFAULTS
from drone_service.weather.models import SiteWeather
from drone_service.weather.providers.example import Example
from drone_service.weather.rules import Place, Weather, judge, level_of
from drone_service.weather.scoring import WIND_AT_2_M, Outcome, SiteForecast
from drone_service.weather.sites import EVENING

SEED = 10
HOURS = 4
"""So many hours are judged for a job: its own, and those in which the product must not be washed off."""
HELD, PLANNED = 0.6, 1.1
"""How far the wind of a forecast is off, m/s at 10 m: on the morning itself, and on the evening before (k)."""
FALSE_RAIN = 0.06
"""How often rain is forecast that does not come (k)."""


def add_forecast(made: Demonstration) -> None:
    """Store made-up weather of the days to come: the demonstration needs no network."""
    cells = [cell_of(lon, lat) for lon, lat in places_of(made.session, made.cooperative.id)]
    keep_example(made.session, made.cooperative.id, cells, Example(), made.now)


def add_found_weather(made: Demonstration) -> None:
    """Store for every finished job what its crew measured beside two forecasts of that morning."""
    random = Random(SEED)  # noqa: S311  not a secret: the same weather every time
    statement = select(Work, Job).join(
        Job, (col(Job.cooperative_id) == col(Work.cooperative_id)) & (col(Job.id) == col(Work.job_id))
    )
    rows = made.session.exec(statement.where(col(Work.cooperative_id) == made.cooperative.id)).all()
    for work, job in sorted(rows, key=lambda row: row[1].number):
        evening = local_moment(local_day(work.started_at) - timedelta(days=1), EVENING)
        place = Place(job.lon, job.lat)
        made.session.add(
            SiteWeather(
                cooperative_id=work.cooperative_id,
                work_id=work.id,
                lon=job.lon,
                lat=job.lat,
                sprays=True,
                started_at=work.started_at,
                ended_at=work.ended_at,
                wind_m_s=work.wind_m_s,
                temperature_c=work.temperature_c,
                humidity_pct=work.humidity_pct,
                outcome=Outcome.WORKED,
                limits=asdict(DEFAULTS),
                held=_said(work, place, work.started_at - timedelta(hours=2), HELD, random),
                planned=_said(work, place, evening, PLANNED, random),
            )
        )
    made.session.flush()


def _said(work: Work, place: Place, at: datetime, off_m_s: float, random: Random) -> SiteForecast:
    """Return a forecast that is off by so much from what the crew measured."""
    wind = max((work.wind_m_s or 0.0) / WIND_AT_2_M + random.gauss(0.2, off_m_s), 0.2)
    values = {
        "temperature_c": (work.temperature_c or 0.0) + random.gauss(0.3, 2 * off_m_s),
        "humidity_pct": min(max((work.humidity_pct or 0.0) + random.gauss(-1.0, 8 * off_m_s), 30.0), 99.0),
        "wind_m_s": wind,
        "gust_m_s": wind * random.uniform(1.3, 1.8),
        "rain_mm": 1.5 if random.random() < FALSE_RAIN else 0.0,
        "rain_chance_pct": 20.0,
    }
    first_hour = work.started_at.replace(minute=0, second=0, microsecond=0)
    weather = Weather(first_hour, **{name: np.full((1, HOURS), value) for name, value in values.items()})
    bits = int(judge(weather, [place], 1).reasons[0, 0])
    return SiteForecast(
        provider=Provider.EXAMPLE,
        fetched_at=at,
        level=int(level_of(bits)),
        reasons=bits,
        **{name: round(value, 1) for name, value in values.items() if name in SiteForecast.model_fields},
    )
