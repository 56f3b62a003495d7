"""Both providers against a server on this machine: what is asked, what comes back, and everything that can be wrong."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from drone_service.kit.http import Breaker, CallFailed
from drone_service.weather.forecast import (
    Fetched,
    ForecastRefused,
    ForecastSource,
    ForecastUnchanged,
    Provider,
    centre_of,
)
from drone_service.weather.providers.example import HOURS, Example
from drone_service.weather.providers.met_norway import MetNorway
from drone_service.weather.providers.open_meteo import OpenMeteo
from tests.kit.test_http import TROUBLE, reply, server
from tests.weather.answers import CELL, START, met_norway, open_meteo

NOW = START + timedelta(hours=1)
HOUR = timedelta(hours=1)
Handler = Callable[[httpx.Request], httpx.Response]


def open_meteo_at(url: str, client: httpx.Client, deadline_s: float = 3.0) -> OpenMeteo:
    return OpenMeteo(client, url, "", deadline_s, Breaker())


def met_norway_at(url: str, client: httpx.Client, deadline_s: float = 3.0) -> MetNorway:
    return MetNorway(client, url, "example.org", deadline_s, Breaker())


def answering(handler: Handler) -> httpx.Client:
    return httpx.Client(transport=httpx.MockTransport(handler))


def from_open_meteo(document: object) -> Fetched:
    client = answering(lambda _: httpx.Response(200, text=json.dumps(document)))
    return open_meteo_at("http://x", client).fetch(CELL, now=NOW)


def from_met_norway(document: object, **headers: str) -> Fetched:
    client = answering(lambda _: httpx.Response(200, text=json.dumps(document), headers=headers))
    return met_norway_at("http://x", client).fetch(CELL, now=NOW)


def test_open_meteo_is_asked_for_metres_a_second_at_the_middle_of_the_cell() -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json=open_meteo())

    found = open_meteo_at("http://x/", answering(answer)).fetch(CELL, now=NOW)
    params = asked[0].url.params
    assert (params["longitude"], params["latitude"]) == ("105.75", "9.45")
    assert (params["wind_speed_unit"], params["timeformat"]) == ("ms", "unixtime")
    assert "apikey" not in params
    assert (found.starts_at, found.hours.count, found.expires_at) == (START, 48, NOW + HOUR)
    assert (found.hours.wind_m_s[0], found.hours.gust_m_s[0]) == (2.11, 4.3)


def test_the_rain_of_the_hour_before_goes_to_its_own_hour() -> None:
    """Open-Meteo's value at 03:00 is the rain from 02:00 to 03:00."""
    rain = [0.0, 0.0, 0.0, 1.5, *[0.0] * 44]
    found = from_open_meteo(open_meteo(hourly={"precipitation": rain})).hours
    assert found.rain_mm[:4] == [0.0, 0.0, 1.5, 0.0]
    assert found.rain_mm[-1] is None
    assert found.temperature_c[:2] == [26.0, 26.2]


@pytest.mark.parametrize(
    "document",
    [
        open_meteo(units={"wind_speed_10m": "km/h"}),
        open_meteo(units={"temperature_2m": "°F"}),
        open_meteo(units={"time": "iso8601"}),
        open_meteo(hourly={"wind_speed_10m": [2.0] * 47}),
        open_meteo(hourly={"wind_speed_10m": [200.0] * 48}),
        open_meteo(hourly={"relative_humidity_2m": [101] * 48}),
        open_meteo(hourly={"temperature_2m": ["warm"] * 48}),
        open_meteo(hourly={"time": [1_773_100_800 + 7_200 * hour for hour in range(48)]}),
        open_meteo(hourly={"time": [None] * 48}),
        open_meteo(hourly={"time": []}),
        open_meteo(latitude=52.5),
        open_meteo(longitude=106.9),
        open_meteo(latitude=float("nan")),
        open_meteo(longitude=float("inf")),
        {"error": True, "reason": "Out of range"},
        [],
        "",
    ],
)
def test_an_answer_of_open_meteo_that_is_not_right_is_refused(document: object) -> None:
    with pytest.raises(ForecastRefused):
        from_open_meteo(document)


def test_nothing_is_made_of_a_gap() -> None:
    found = from_open_meteo(open_meteo(hourly={"wind_speed_10m": [None, *[2.0] * 47]})).hours
    assert found.wind_m_s[:2] == [None, 2.0]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e400"])
def test_a_number_that_is_none_is_refused(number: str) -> None:
    text = json.dumps(open_meteo()).replace("2.11", number, 1)
    client = answering(lambda _: httpx.Response(200, text=text))
    with pytest.raises(ForecastRefused):
        open_meteo_at("http://x", client).fetch(CELL, now=NOW)


def test_met_norway_is_told_who_asks_and_asked_again_as_it_wants() -> None:
    asked: list[httpx.Request] = []
    said = {"Last-Modified": "Tue, 10 Mar 2026 00:10:00 GMT", "Expires": "Tue, 10 Mar 2026 01:40:11 GMT"}

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        known = request.headers.get("if-modified-since") == said["Last-Modified"]
        return httpx.Response(304, headers=said) if known else httpx.Response(200, json=met_norway(), headers=said)

    source = met_norway_at("http://x", answering(answer))
    found = source.fetch(CELL, now=NOW)
    assert "example.org" in asked[0].headers["user-agent"]
    assert (asked[0].url.params["lon"], asked[0].url.params["lat"]) == ("105.75", "9.45")
    assert (found.last_modified, found.expires_at) == (said["Last-Modified"], NOW + timedelta(minutes=40, seconds=11))
    with pytest.raises(ForecastUnchanged) as unchanged:
        source.fetch(CELL, now=NOW, last_modified=found.last_modified)
    assert unchanged.value.expires_at == found.expires_at


@pytest.mark.parametrize("expires", ["", "soon", "Tue, 10 Mar 2020 01:40:11 GMT", "Tue, 10 Mar 2099 01:40:11 GMT"])
def test_an_odd_expiry_is_an_hour(expires: str) -> None:
    assert from_met_norway(met_norway(), Expires=expires).expires_at == NOW + HOUR


def test_six_hours_of_met_norway_become_hours() -> None:
    """Moments are interpolated; the rain of six hours may fall in any of them; gusts are not known in the Delta."""
    hours = from_met_norway(met_norway(hours=6, long_steps=2)).hours
    assert hours.count == 6 + 6 + 1
    assert hours.temperature_c == [26.0 + hour for hour in range(13)]
    assert hours.rain_mm == [0.0] * 6 + [3.0] * 7
    assert hours.gust_m_s == [None] * 13


@pytest.mark.parametrize(
    "document",
    [
        met_norway(units={"wind_speed": "knots"}),
        met_norway(units={"wind_speed": None}),
        met_norway(units={"wind_speed_of_gust": "knots"}),
        met_norway() | {"geometry": {"type": "Point", "coordinates": [10.75, 59.91, 2]}},
        met_norway() | {"geometry": {"type": "Point", "coordinates": [9.45, 105.75, 2]}},
        met_norway() | {"geometry": {"type": "Point", "coordinates": [float("nan"), 9.45]}},
        met_norway() | {"geometry": {"type": "Point", "coordinates": []}},
        {name: part for name, part in met_norway().items() if name != "geometry"},
        met_norway(timeseries=[]),
        met_norway(timeseries=list(reversed(met_norway()["properties"]["timeseries"]))),
        met_norway(timeseries=[{"time": "2026-03-10T00:30:00Z", "data": {"instant": {"details": {}}}}]),
        met_norway(timeseries=[{"time": "2026-03-10T00:00:00", "data": {"instant": {"details": {}}}}]),
        {"type": "Feature"},
        [],
    ],
)
def test_an_answer_of_met_norway_that_is_not_right_is_refused(document: Any) -> None:
    with pytest.raises(ForecastRefused):
        from_met_norway(document)


@pytest.mark.parametrize("make", [open_meteo_at, met_norway_at])
@pytest.mark.parametrize("trouble", sorted(TROUBLE))
def test_a_server_in_trouble_is_a_failed_call(make: Callable[..., ForecastSource], trouble: str) -> None:
    with server(TROUBLE[trouble]) as url, httpx.Client() as client, pytest.raises(CallFailed):
        make(url, client, 0.3).fetch(CELL, now=NOW)


def test_a_real_answer_over_a_real_wire() -> None:
    body = json.dumps(open_meteo()).encode()
    with server(lambda wire: wire.sendall(reply(body))) as url, httpx.Client() as client:
        assert open_meteo_at(url, client).fetch(CELL, now=NOW).hours.count == 48


def test_the_example_is_the_same_for_everybody_and_says_what_it_is() -> None:
    found = Example().fetch(CELL, now=NOW)
    assert found == Example().fetch(CELL, now=NOW)
    assert found.provider is Provider.EXAMPLE
    assert found.hours.count == HOURS
    assert found.starts_at <= NOW
    assert 0 < sum(rain > 0 for rain in found.hours.rain_mm if rain is not None) < HOURS / 4


def test_the_middle_of_the_cell() -> None:
    assert centre_of(CELL) == (105.75, 9.45)


def test_what_nobody_asked_about_is_not_unchanged() -> None:
    """Without a forecast of theirs there is nothing that could still hold."""
    client = answering(lambda _: httpx.Response(304))
    with pytest.raises(ForecastRefused):
        met_norway_at("http://x", client).fetch(CELL, now=NOW)
