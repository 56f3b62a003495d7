"""The day on the home screen of a phone."""

import struct
from collections.abc import Callable

import pytest
from sqlmodel import Session

from tests.conftest import Client
from tests.people import People
from tests.scheduling.rows import make_farm

LINK = 'rel="manifest" href="/manifest.webmanifest"'


def test_the_crew_can_put_its_day_on_the_home_screen(
    client: Callable[..., Client], people: People, session: Session
) -> None:
    make_farm(session, people)
    operator = client(people.operator)
    assert LINK in operator.get("/tomorrow").text
    answer = operator.get("/manifest.webmanifest", headers={"cookie": "lang=km"})
    assert answer.headers["content-type"] == "application/manifest+json"
    manifest = answer.json()
    assert (manifest["display"], manifest["lang"], manifest["name"]) == ("standalone", "km", people.cooperative.name)
    assert manifest["short_name"] not in ("", "Today")
    assert operator.get(manifest["start_url"]).status_code == 200
    assert {icon["sizes"] for icon in manifest["icons"]} >= {"192x192", "512x512"}
    for icon in manifest["icons"]:
        picture = operator.get(icon["src"])
        assert picture.headers["content-type"] == icon["type"]
        width, height = struct.unpack(">II", picture.content[16:24])
        assert icon["sizes"] == f"{width}x{height}"


@pytest.mark.parametrize("who", ["farmer", "agent"])
def test_nobody_else_is_offered_the_day(client: Callable[..., Client], people: People, who: str) -> None:
    assert LINK not in client(getattr(people, who)).get("/").text
