"""Each rule at its border, what is missing, and that dawn is never stopped for moist air."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drone_service.weather.limits import DEFAULTS, Limits
from drone_service.weather.rules import (
    CAUTIONS,
    LEVEL_NAMES,
    NOTES,
    REASON_TEXTS,
    STOPS,
    UNKNOWNS,
    Level,
    Place,
    Reason,
    delta_t_c,
    judge,
    level_of,
    reasons_of,
)
from tests.weather.hours import FIRST, weather

HERE = Place(105.72, 9.43)
MISSING = float("nan")


def first(place: Place = HERE, **changes: Any) -> tuple[Level, Reason]:
    found = judge(weather(**changes), [place], 1)
    return Level(int(found.level[0, 0])), Reason(int(found.reasons[0, 0]))


def test_a_quiet_warm_dry_morning_is_good() -> None:
    assert first() == (Level.GOOD, Reason(0))


@pytest.mark.parametrize(
    ("changes", "level", "reason"),
    [
        ({"wind_m_s": 3.0}, Level.GOOD, Reason(0)),
        ({"wind_m_s": 3.1}, Level.CAUTION, Reason.WIND_STRONG),
        ({"wind_m_s": 4.4}, Level.CAUTION, Reason.WIND_STRONG),
        ({"wind_m_s": 4.5}, Level.STOP, Reason.WIND_STRONG | Reason.WIND_TOO_STRONG),
        ({"wind_m_s": 6.0}, Level.STOP, Reason.WIND_STRONG | Reason.WIND_TOO_STRONG | Reason.MACHINE_WIND),
        ({"gust_m_s": 6.1}, Level.GOOD, Reason(0)),
        ({"gust_m_s": 6.2}, Level.STOP, Reason.GUSTS),
        ({"wind_m_s": 0.7}, Level.CAUTION, Reason.CALM),
        ({"humidity_pct": 95.0}, Level.CAUTION, Reason.DELTA_T_LOW),
        # 31 °C at 50 %: 7.8 °C; at 47 %: 8.4 °C; at 37 %: 10.3 °C (Stull)
        ({"temperature_c": 31.0, "humidity_pct": 50.0}, Level.GOOD, Reason(0)),
        ({"temperature_c": 31.0, "humidity_pct": 47.0}, Level.CAUTION, Reason.DELTA_T_HIGH),
        (
            {"temperature_c": 31.0, "humidity_pct": 37.0},
            Level.STOP,
            Reason.DELTA_T_HIGH | Reason.DELTA_T_TOO_HIGH,
        ),
        ({"temperature_c": 33.0}, Level.CAUTION, Reason.WARM),
        ({"temperature_c": 36.0}, Level.STOP, Reason.WARM | Reason.TOO_HOT),
        ({"rain_chance_pct": 60.0}, Level.CAUTION, Reason.RAIN_LIKELY),
        # 2 m/s of wind are taken for gusts of 3.3; 3.67 would reach the 6.1 at which gusts stop.
        ({"gust_m_s": MISSING}, Level.GOOD, Reason.GUSTS_ESTIMATED),
        ({"gust_m_s": MISSING, "wind_m_s": 3.6}, Level.CAUTION, Reason.GUSTS_ESTIMATED | Reason.WIND_STRONG),
        (
            {"gust_m_s": MISSING, "wind_m_s": 3.7},
            Level.STOP,
            Reason.GUSTS_ESTIMATED | Reason.WIND_STRONG | Reason.GUSTS,
        ),
    ],
)
def test_each_rule_at_its_border(changes: dict[str, float], level: Level, reason: Reason) -> None:
    assert first(**changes) == (level, reason)


def test_delta_t_is_that_of_stull() -> None:
    """20 °C and 50 % give a wet bulb of 13.70 °C; the dawn of the Delta, 25 °C and 92 %, gives 1.03 °C."""
    found = delta_t_c(np.array([20.0, 25.0, 25.0]), np.array([50.0, 92.0, 100.0]))
    assert found[:2] == pytest.approx([6.30, 1.03], abs=0.005)
    assert 0 <= found[2] < 0.2


@given(humidity=st.floats(0, 100), warmth=st.floats(15, 30), wind=st.floats(0, 3))
def test_moist_air_never_stops_a_dawn(humidity: float, warmth: float, wind: float) -> None:
    drier = float(delta_t_c(np.array(warmth), np.array(humidity)))
    dawn = datetime(2026, 3, 10, 22, tzinfo=UTC)  # 05:00 local
    level, reasons = first(first_hour=dawn, humidity_pct=humidity, temperature_c=warmth, wind_m_s=wind, gust_m_s=wind)
    if drier < 2:
        assert level is Level.CAUTION
        assert reasons & Reason.DELTA_T_LOW


def test_rain_stops_its_hour_and_the_hours_before_that_it_would_wash_off() -> None:
    rain = [0.0, 0.0, 0.0, 0.0, 0.4, 0.0, 0.0, 0.0]
    found = judge(weather(8, rain_mm=rain), [HERE], 6)
    stopped = [Reason(int(bits)) for bits in found.reasons[0]]
    soon = Reason.RAIN_SOON
    assert stopped == [Reason(0), Reason(0), soon, soon, Reason.RAIN, Reason(0)]
    longer = judge(weather(8, rain_mm=rain), [replace(HERE, limits=Limits(rain_free_h=4))], 4)
    assert (longer.reasons[0] == soon).all()


def test_granules_care_about_wind_and_rain_only() -> None:
    dry = {"temperature_c": 34.0, "humidity_pct": 30.0, "wind_m_s": 0.2}
    place = replace(HERE, sprays=False)
    assert first(place, **dry) == (Level.GOOD, Reason(0))
    assert first(place, rain_mm=1.0)[0] is Level.STOP
    assert first(place, wind_m_s=5.0)[0] is Level.STOP
    assert first(place, humidity_pct=MISSING)[0] is Level.GOOD


@pytest.mark.parametrize("name", ["temperature_c", "humidity_pct", "wind_m_s", "rain_mm"])
def test_what_is_missing_is_unknown_and_not_good(name: str) -> None:
    assert first(**{name: MISSING})[0] is Level.UNKNOWN


def test_a_stop_is_a_stop_whatever_else_is_missing() -> None:
    level, reasons = first(wind_m_s=5.0, humidity_pct=MISSING)
    assert level is Level.STOP
    assert reasons & Reason.NO_FORECAST


def test_the_hours_before_the_forecast_ends_are_unknown() -> None:
    """Two hours without rain are asked for: the last two hours of the forecast cannot promise them."""
    found = judge(weather(6), [HERE], 6)
    assert found.level[0].tolist() == [1, 1, 1, 1, 0, 0]
    assert [Reason(int(bits)) for bits in found.reasons[0]][-2:] == [Reason.RAIN_UNKNOWN] * 2


def test_low_sun_is_a_caution_until_an_hour_after_sunrise_and_from_before_sunset() -> None:
    """10 March at Thạnh Trị: the sun rises at 06:07 and sets at 18:07 (astral 3.2)."""
    midnight = datetime(2026, 3, 9, 17, tzinfo=UTC)
    found = judge(weather(28, first_hour=midnight), [HERE], 24)
    low = [hour for hour in range(24) if found.reasons[0, hour] & Reason.INVERSION]
    # 16:37 is an hour and a half before sunset, so the hour from 16 on is in part an inversion's.
    assert low == [*range(8), *range(16, 24)]
    assert set(found.level[0, low].tolist()) == {Level.CAUTION}


def test_flowering_rice_is_not_flown_over_in_its_hours() -> None:
    seven = datetime(2026, 3, 11, 0, tzinfo=UTC)
    flowers = replace(HERE, harvest_on=date(2026, 3, 11) + timedelta(days=30))
    found = judge(weather(8, 2, first_hour=seven), [flowers, HERE], 6)
    assert [bool(bits & Reason.FLOWERING) for bits in found.reasons[0]] == [False, True, True, True, False, False]
    assert not (found.reasons[1] & Reason.FLOWERING).any()
    later = judge(weather(8, first_hour=seven), [replace(HERE, harvest_on=date(2026, 5, 11))], 6)
    assert not (later.reasons & Reason.FLOWERING).any()


def test_the_cold_stops_the_aircraft_and_not_the_spray() -> None:
    assert first(temperature_c=-1.0)[1] & STOPS == Reason.MACHINE_TEMPERATURE


def test_the_wind_over_the_crop_may_be_a_share_of_the_forecast() -> None:
    lower = replace(HERE, limits=Limits(wind_factor=0.75))
    assert first(wind_m_s=3.9)[0] is Level.CAUTION
    assert first(lower, wind_m_s=3.9)[0] is Level.GOOD


def test_gusts_without_a_wind_are_not_estimated() -> None:
    assert first(wind_m_s=MISSING, gust_m_s=MISSING) == (Level.UNKNOWN, Reason.NO_FORECAST)


def test_how_gusty_it_is_here_is_a_setting() -> None:
    gustier = replace(HERE, limits=Limits(gust_factor=2.5))
    assert first(gustier, wind_m_s=2.5, gust_m_s=MISSING)[0] is Level.STOP
    assert first(gustier, wind_m_s=2.5, gust_m_s=3.0)[0] is Level.GOOD  # what is forecast goes before an estimate


def test_every_reason_has_one_level_and_a_text() -> None:
    assert Reason(int(STOPS) | int(CAUTIONS) | int(UNKNOWNS) | int(NOTES)) == Reason(sum(Reason))
    assert not STOPS & CAUTIONS
    assert not NOTES & (STOPS | CAUTIONS | UNKNOWNS)
    assert not UNKNOWNS & (STOPS | CAUTIONS)
    assert set(REASON_TEXTS) == set(Reason)
    assert set(LEVEL_NAMES) == set(Level)
    assert {level_of(int(one)) for one in Reason} == {Level.STOP, Level.CAUTION, Level.UNKNOWN, Level.GOOD}
    assert level_of(int(NOTES)) is Level.GOOD
    assert reasons_of(int(Reason.WARM | Reason.RAIN)) == [Reason.RAIN, Reason.WARM]


def test_the_single_level_is_that_of_the_arrays() -> None:
    bits = np.arange(1 << 6) * 257  # sets from both ends of the list
    assert [level_of(int(one)) for one in bits[:3]] == [Level.GOOD, Level.CAUTION, level_of(514)]


def test_hours_of_one_level_are_joined() -> None:
    found = judge(weather(8, wind_m_s=[2, 2, 3.5, 5, 5, 2, 2, 2]), [HERE], 6)
    assert [(part.level, (part.starts_at - FIRST) // timedelta(hours=1)) for part in found.stretches(0)] == [
        (Level.GOOD, 0),
        (Level.CAUTION, 2),
        (Level.STOP, 3),
        (Level.GOOD, 5),
    ]
    assert found.stretches(0)[-1].ends_at == FIRST + timedelta(hours=6)
    assert judge(weather(2), [HERE], 0).stretches(0) == []


def test_many_fields_are_judged_each_by_its_own_limits() -> None:
    places = [replace(HERE, limits=replace(DEFAULTS, wind_stop_m_s=stop)) for stop in (4.4, 5.5)]
    found = judge(weather(4, 2, wind_m_s=5.0), places, 2)
    assert found.level.tolist() == [[Level.STOP] * 2, [Level.CAUTION] * 2]
