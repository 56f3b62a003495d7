"""Forecasts and rules against crews: what counts as evidence for each rule, and what counts for nothing."""

from dataclasses import replace
from typing import Any

import pytest

from drone_service.weather.forecast import Provider
from drone_service.weather.limits import DEFAULTS
from drone_service.weather.rules import NOTES, REASON_TEXTS, UNKNOWNS, Reason
from drone_service.weather.scoring import WIND_AT_2_M, Outcome, RuleScore, Site, SiteForecast, score
from tests.conftest import NOW


def forecast(reasons: int = 0, **values: Any) -> SiteForecast:
    said = {"temperature_c": 28.0, "humidity_pct": 70.0, "wind_m_s": 2.0, "gust_m_s": 3.0, "rain_mm": 0.0}
    return SiteForecast(provider=Provider.OPEN_METEO, fetched_at=NOW, level=1, reasons=reasons, **said | values)


WORKED = Site(Outcome.WORKED, None, None, None, DEFAULTS, forecast())


def rule(reason: Reason, *sites: Site) -> tuple[int, int, int, int]:
    found: RuleScore = next(one for one in score(sites).rules if one.reason is reason)
    return found.hits, found.false_alarms, found.misses, found.silent


@pytest.mark.parametrize(
    ("outcome", "fired", "expected"),
    [
        (Outcome.RAIN, True, (1, 0, 0, 0)),
        (Outcome.WORKED, True, (0, 1, 0, 0)),
        (Outcome.RAIN, False, (0, 0, 1, 0)),
        (Outcome.WORKED, False, (0, 0, 0, 1)),
        (Outcome.WIND, True, (0, 1, 0, 0)),
        (Outcome.OTHER, True, (0, 0, 0, 0)),
        (Outcome.OPEN, True, (0, 0, 0, 0)),
    ],
)
def test_rain_is_held_against_whether_rain_stopped_them(
    outcome: Outcome, fired: bool, expected: tuple[int, ...]
) -> None:
    said = forecast(Reason.RAIN if fired else 0)
    assert rule(Reason.RAIN, replace(WORKED, outcome=outcome, forecast=said)) == expected


def test_wind_is_measured_at_2_m_and_the_limit_is_for_10_m() -> None:
    """3.4 m/s at 2 m are 4.55 m/s at 10 m: above the limit of 4.4."""
    said = forecast(Reason.WIND_TOO_STRONG)
    assert rule(Reason.WIND_TOO_STRONG, replace(WORKED, wind_m_s=3.4, forecast=said)) == (1, 0, 0, 0)
    assert rule(Reason.WIND_TOO_STRONG, replace(WORKED, wind_m_s=3.2, forecast=said)) == (0, 1, 0, 0)
    # Nobody measured and nobody stopped: nothing is known.
    assert rule(Reason.WIND_TOO_STRONG, replace(WORKED, forecast=said)) == (0, 0, 0, 0)


def test_dry_and_hot_air_need_to_be_measured() -> None:
    dry = replace(WORKED, temperature_c=34.0, humidity_pct=40.0)
    assert rule(Reason.DELTA_T_TOO_HIGH, dry) == (0, 0, 1, 0)
    assert rule(Reason.DELTA_T_LOW, dry) == (0, 0, 0, 1)
    assert rule(Reason.WARM, dry) == (0, 0, 1, 0)
    assert rule(Reason.DELTA_T_HIGH, replace(dry, humidity_pct=None)) == (0, 0, 0, 0)


def test_calm_air_is_measured() -> None:
    calm = replace(WORKED, wind_m_s=0.5, forecast=forecast(Reason.CALM))
    assert rule(Reason.CALM, calm, replace(calm, wind_m_s=1.5)) == (1, 1, 0, 0)


def test_the_error_has_a_size_and_a_sign() -> None:
    sites = [
        replace(WORKED, wind_m_s=1.0, forecast=forecast(wind_m_s=2.0)),
        replace(WORKED, wind_m_s=2.0, forecast=forecast(wind_m_s=2.0)),
        replace(WORKED, wind_m_s=3.0, forecast=None),
    ]
    found = score(sites)
    wind = next(one for one in found.errors if one.unit == "m/s")
    gaps = [2 * WIND_AT_2_M - 1, 2 * WIND_AT_2_M - 2]
    assert found.jobs == wind.jobs == 2
    assert wind.bias == pytest.approx(sum(gaps) / 2)
    assert wind.size == pytest.approx(sum(map(abs, gaps)) / 2)


def test_a_rule_that_never_fired_has_shown_nothing() -> None:
    """It was silent on every job, rightly or not: that is no score of the rule."""
    quiet = replace(WORKED, outcome=Outcome.RAIN)
    rules = {one.reason: one for one in score([WORKED, quiet]).rules}
    assert (rules[Reason.RAIN].fired, rules[Reason.RAIN].misses, rules[Reason.RAIN].right) == (0, 1, None)
    fired = replace(WORKED, forecast=forecast(Reason.RAIN))
    rules = {one.reason: one for one in score([WORKED, quiet, fired]).rules}
    assert (rules[Reason.RAIN].fired, rules[Reason.RAIN].right) == (1, pytest.approx(1 / 3))


def test_every_rule_of_an_hour_is_held_against_something() -> None:
    scored = {one.reason for one in score([]).rules}
    assert scored == {one for one in Reason if not one & (UNKNOWNS | NOTES)}


def test_the_temperatures_of_the_aircraft_are_measured() -> None:
    hot = replace(WORKED, temperature_c=46.0, forecast=forecast(Reason.MACHINE_TEMPERATURE))
    assert rule(Reason.MACHINE_TEMPERATURE, hot, replace(hot, temperature_c=44.0)) == (1, 1, 0, 0)


def test_without_jobs_nothing_is_claimed() -> None:
    found = score([])
    assert (found.jobs, found.errors) == (0, [])
    assert {one.jobs for one in found.rules} == {0}
    assert {one.right for one in found.rules} == {None}
    assert {one.reason for one in found.rules} <= set(REASON_TEXTS)
