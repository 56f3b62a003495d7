"""The road router: a good answer, and every bad one counts as none."""

import json
from collections.abc import Callable

import httpx
import numpy as np
import pytest

from drone_service.scheduling.roads import MAX_KNOWN, NoRoads, OsrmRoads

PLACES = [(105.7, 9.4), (105.8, 9.5)]
GOOD = {"code": "Ok", "durations": [[0, 600.5], [None, 0]], "distances": [[0, 5000], [None, 0]]}


def roads(handler: Callable[[httpx.Request], httpx.Response]) -> OsrmRoads:
    return OsrmRoads(httpx.Client(transport=httpx.MockTransport(handler)), "http://osrm.test/", 3.0)


def test_seconds_and_kilometres_come_back_and_null_is_no_road() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(200, json=GOOD)

    found = roads(answer).between(PLACES)
    assert found is not None
    assert found[0].tolist() == [[0, 600.5], [np.inf, 0]]
    assert found[1].tolist() == [[0, 5.0], [np.inf, 0]]
    assert asked == [
        "http://osrm.test/table/v1/driving/105.700000,9.400000;105.800000,9.500000?annotations=duration%2Cdistance"
    ]


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(500),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json={"code": "NoTable"}),
        httpx.Response(200, json=GOOD | {"code": "TooBig"}),
        httpx.Response(200, json=GOOD | {"durations": [[0]]}),
        httpx.Response(200, json=GOOD | {"durations": [[0, -5], [5, 0]]}),
        httpx.Response(200, text=json.dumps(GOOD).replace("600.5", "NaN")),
        httpx.Response(200, content=b" " * 1_100_000),
    ],
)
def test_any_other_answer_counts_as_none(answer: httpx.Response) -> None:
    assert roads(lambda _: answer).between(PLACES) is None


def test_a_router_that_is_down_counts_as_none() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    assert roads(refuse).between(PLACES) is None


def test_the_same_places_are_asked_for_once() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(200, json=GOOD)

    router = roads(answer)
    assert router.between(PLACES) is router.between(PLACES)
    assert len(asked) == 1
    for number in range(MAX_KNOWN):
        router.between([PLACES[0], (105.0 + number / 100, 9.0)])
    router.between(PLACES)
    assert len(asked) == MAX_KNOWN + 2


def test_a_router_that_fails_is_left_alone_for_a_while() -> None:
    asked: list[str] = []

    def fail(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(503)

    router = roads(fail)
    assert [router.between(PLACES) for _ in range(9)] == [None] * 9
    assert len(asked) == 3


def test_more_places_than_a_table_holds_are_not_asked_for() -> None:
    assert roads(lambda _: httpx.Response(200, json=GOOD)).between(PLACES * 51) is None
    assert NoRoads().between(PLACES) is None
