"""The weather of works: what crews found is kept beside what was forecast for those hours, and both are compared."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, time, timedelta
from uuid import UUID

import numpy as np
from sqlmodel import Session, col, select

from drone_service.access.rules import Actor, ensure_staff
from drone_service.kit.clock import local_day, local_moment
from drone_service.weather.forecast import Provider, whole_hour
from drone_service.weather.limits import DEFAULTS
from drone_service.weather.models import SiteWeather
from drone_service.weather.rules import HOUR, Floats, Level, Place, level_of
from drone_service.weather.schemas import ErrorOut, RuleScoreOut, ScoreOut, ScoresOut
from drone_service.weather.scoring import Outcome, Score, Site, SiteForecast, score
from drone_service.weather.service import hours_for

EVENING = time(18)
"""When the next day is planned, as owners say they do (p)."""
LOOKS_BACK = timedelta(days=365)
MOST_WORKS = 5_000
MEASURED = ("wind_m_s", "temperature_c", "humidity_pct")


def keep_site(
    session: Session,
    *,
    cooperative_id: UUID,
    work_id: UUID,
    place: Place,
    started_at: datetime,
    ended_at: datetime | None,
    measured: Mapping[str, float | None],
    outcome: Outcome,
) -> SiteWeather:
    """Keep the weather of a work, at its start and again at its end, beside the forecasts that were known before it.

    `measured` may hold wind_m_s, temperature_c and humidity_pct. Without a forecast the measured values are kept alone.
    """
    statement = select(SiteWeather).where(
        col(SiteWeather.cooperative_id) == cooperative_id, col(SiteWeather.work_id) == work_id
    )
    site = session.exec(statement).first() or SiteWeather(
        cooperative_id=cooperative_id,
        work_id=work_id,
        lon=place.lon,
        lat=place.lat,
        sprays=place.sprays,
        started_at=started_at,
        outcome=outcome,
        limits=asdict(place.limits),
    )
    site.ended_at, site.outcome = ended_at, outcome
    for name in MEASURED:
        setattr(site, name, measured.get(name))
    until = max(ended_at or started_at, started_at + timedelta(minutes=1))
    evening = local_moment(local_day(started_at) - timedelta(days=1), EVENING)
    site.held = _forecast(session, cooperative_id, place, started_at, until, known_at=started_at)
    site.planned = _forecast(session, cooperative_id, place, started_at, until, known_at=evening)
    session.add(site)
    session.flush()
    return site


def find_site(session: Session, actor: Actor, work_id: UUID) -> SiteWeather | None:
    """Find what was kept about the weather of a work, for those who run the cooperative. Raises RoleNeeded."""
    ensure_staff(actor)
    statement = select(SiteWeather).where(
        col(SiteWeather.cooperative_id) == actor.cooperative_id, col(SiteWeather.work_id) == work_id
    )
    return session.exec(statement).first()


def get_scores(session: Session, *, actor: Actor, now: datetime) -> ScoresOut:
    """Return how the forecasts and the rules did over the last year, for those who run the cooperative."""
    ensure_staff(actor)
    since = now - LOOKS_BACK
    statement = select(SiteWeather).where(
        col(SiteWeather.cooperative_id) == actor.cooperative_id, col(SiteWeather.started_at) >= since
    )
    rows = session.exec(statement.order_by(col(SiteWeather.started_at).desc()).limit(MOST_WORKS)).all()
    return ScoresOut(
        first_day=local_day(since).isoformat(),
        works=len(rows),
        is_example=any(one.provider is Provider.EXAMPLE for row in rows for one in (row.held, row.planned) if one),
        held=_score_out(score([_site(row, row.held) for row in rows])),
        planned=_score_out(score([_site(row, row.planned) for row in rows])),
    )


def _site(row: SiteWeather, forecast: SiteForecast | None) -> Site:
    return Site(
        outcome=row.outcome,
        wind_m_s=row.wind_m_s,
        temperature_c=row.temperature_c,
        humidity_pct=row.humidity_pct,
        limits=DEFAULTS.changed(row.limits),
        forecast=forecast,
    )


def _score_out(found: Score) -> ScoreOut:
    return ScoreOut(
        jobs=found.jobs,
        errors=[ErrorOut(**asdict(one)) for one in found.errors],
        rules=[
            RuleScoreOut(
                reason=(one.reason.name or "").lower(),
                evidence=one.evidence,
                jobs=one.jobs,
                hits=one.hits,
                false_alarms=one.false_alarms,
                misses=one.misses,
                silent=one.silent,
                fired=one.fired,
                right=one.right,
            )
            for one in found.rules
        ],
    )


def _forecast(
    session: Session, cooperative_id: UUID, place: Place, begin: datetime, end: datetime, *, known_at: datetime
) -> SiteForecast | None:
    hours = hours_for(
        session, cooperative_id=cooperative_id, places=[place], starts_at=begin, ends_at=end, known_at=known_at
    )
    source = hours.sources[0]
    bits = int(np.bitwise_or.reduce(hours.verdicts.reasons[0]))
    if source is None or source.is_example or level_of(bits) is Level.UNKNOWN:
        return None  # nothing was forecast, or only made up: nothing to hold against the crew
    count = max(-((whole_hour(begin) - end) // HOUR), 1)
    rain = hours.weather.rain_mm[0, :count]
    return SiteForecast(
        provider=source.provider,
        fetched_at=source.fetched_at,
        temperature_c=_first(hours.weather.temperature_c),
        humidity_pct=_first(hours.weather.humidity_pct),
        wind_m_s=_first(hours.weather.wind_m_s),
        gust_m_s=_first(hours.weather.gust_m_s),
        rain_mm=None if np.isnan(rain).any() else float(rain.max()),
        level=int(level_of(bits)),
        reasons=bits,
    )


def _first(values: Floats) -> float | None:
    found = float(values[0, 0])
    return None if np.isnan(found) else found
