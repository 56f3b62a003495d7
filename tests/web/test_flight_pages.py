"""The planned flight on the pages: what the quote, the field and the job sheet show and offer without a script."""

import json
import re
from collections.abc import Callable
from datetime import datetime
from html import unescape
from typing import Any

import pytest
import shapely
from lxml import html
from sqlmodel import Session

from drone_service.access.rules import Actor
from drone_service.booking import flight as flights
from drone_service.engine.geometry.area import area_m2
from drone_service.farms.models import Field
from drone_service.planning import queries
from drone_service.planning.rules import NoLineFits
from tests.booking.test_jobs import wanted
from tests.conftest import Client
from tests.farms.factories import make_zone
from tests.people import People
from tests.scheduling.rows import Farm, make_farm

Clients = Callable[..., Client]


@pytest.fixture
def farm(session: Session, people: People) -> Farm:
    return make_farm(session, people)


def tree(client: Client, path: str, language: str = "en") -> Any:
    answer = client.get(path, headers={"cookie": f"lang={language}"})
    assert answer.status_code == 200, answer.text
    assert "style=" not in answer.text
    return html.fromstring(answer.text)


def plan_of(page: Any) -> dict[str, Any]:
    (element,) = page.xpath("//*[@data-flight]")
    found: dict[str, Any] = json.loads(element.get("data-flight"))
    return found


def links(page: Any) -> list[str]:
    return [str(link) for link in page.xpath("//*[@data-flight]//a/@href")]


def test_the_job_sheet_flies_and_hands_out_files(client: Clients, people: People, farm: Farm) -> None:
    job = farm.job()
    operator = client(people.operator)
    page = tree(operator, f"/work/{job.id}")
    plan = plan_of(page)
    assert len(page.xpath("//*[@data-flight]//tbody/tr")) == len(plan["flights"]) == job.quote.loads
    assert page.xpath("//*[@data-flight]//*[local-name()='svg']//*[local-name()='path']")
    files = links(page)
    assert {re.search(r"format=(\w+)", one)[1] for one in files} == {  # type: ignore[index]
        "boundary", "kml", "isoxml", "geojson", "svg", "qgc", "ardupilot",
    }  # fmt: skip
    assert {operator.get(one).status_code for one in files} == {200}


def test_the_table_of_flights_says_of_a_load_what_the_mix_sheet_says(
    client: Clients, people: People, farm: Farm, session: Session
) -> None:
    """At 23.9 L/ha the last of seven loads is 33.676 L; so that all add up, 33.6 are filled in."""
    outline = shapely.box(105.72, 9.43, 105.7229, 9.4329)
    farm.field.outline, farm.field.area_m2 = outline, area_m2(outline)
    session.flush()
    job = client(people.farmer).post("/api/v1/jobs", json=wanted(farm, rate_per_ha=23.9)).json()
    loads = job["quote"]["mix"]["loads"]
    rows = tree(client(people.operator), f"/work/{job['id']}").xpath("//*[@data-flight]//tbody/tr")
    assert [[cell.text_content() for cell in row.xpath("td")[1:3]] for row in rows] == [
        [f"{load['quantity']:.1f} L", f"{load['area_m2']:,.0f} m²"] for load in loads
    ]
    assert sum(load["area_m2"] for load in loads) == pytest.approx(job["area_m2"])


def test_the_farmer_sees_the_flight_before_booking(client: Clients, people: People, farm: Farm) -> None:
    query = f"field={farm.field.id}&service=spray&rate=20&when=3&half=am&product={farm.product.id}"
    page = tree(client(people.farmer), f"/book/quote?{query}")
    assert page.xpath("//details//*[@data-flight]")
    # As many digits as on the bill: two of them times the price are not the amount beside them.
    (line,) = (term.text_content() for term in page.xpath("//dl[contains(@class, 'amounts')]/dt[not(@class)]"))
    assert re.fullmatch(r"1\.0000 ha × 180,000\s₫", line)
    assert links(page) == []
    assert plan_of(page)["flights"][0]["phase"][0] == "fill"


def test_a_field_shows_its_usual_flight_and_then_its_stored_plan(client: Clients, people: People, farm: Farm) -> None:
    farmer, path = client(people.farmer), f"/fields/{farm.field.id}"
    usual = tree(farmer, path)
    assert links(usual) == []
    assert "At 20 L/ha" in usual.text_content()
    farmer.post("/api/v1/estimates", json={"field_id": str(farm.field.id), "rate_per_ha": 60})
    stored = tree(farmer, path)
    assert "At 60 L/ha" in stored.text_content()
    assert len(plan_of(stored)["flights"]) > len(plan_of(usual)["flights"])
    assert {farmer.get(one).status_code for one in links(stored)} == {200}


def test_a_field_that_cannot_be_flown_is_shown_without_a_flight(
    client: Clients, people: People, farm: Farm, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise NoLineFits

    job = farm.job()
    monkeypatch.setattr(flights.planning_service, "plan_field", refuse)
    for who, path in ((people.farmer, f"/fields/{farm.field.id}"), (people.operator, f"/work/{job.id}")):
        page = tree(client(who), path)
        assert page.xpath("//*[@data-map]")
        assert not page.xpath("//*[@data-flight]")


@pytest.mark.parametrize("language", ["vi", "km", "en"])
def test_the_flight_speaks_every_language(client: Clients, people: People, farm: Farm, language: str) -> None:
    page = tree(client(people.farmer), f"/fields/{farm.field.id}", language)
    words = json.loads(unescape(page.xpath("//*[@data-flight]/@data-phases")[0]))
    assert set(words) == {"setup", "fill", "out", "spray", "turn", "back"}
    assert (words["turn"] == "Turning") is (language == "en")


def test_an_outline_that_changed_hides_the_old_plan(
    client: Clients, people: People, farm: Farm, session: Session
) -> None:
    client(people.farmer).post("/api/v1/estimates", json={"field_id": str(farm.field.id), "rate_per_ha": 20})
    actor: Actor = people.farmer.actor
    assert queries.find_flown(session, actor, farm.field.id) is not None
    field = session.get(Field, (farm.field.cooperative_id, farm.field.id))
    assert field is not None
    field.outline = field.outline.buffer(-1e-4)
    session.flush()
    assert queries.find_flown(session, actor, farm.field.id) is None


def test_a_field_with_zones_shows_its_stored_plan_until_a_zone_comes(
    client: Clients, people: People, farm: Farm, session: Session, now: datetime
) -> None:
    actor: Actor = people.farmer.actor
    make_zone(session, people.farmer, farm.field, now, at=(50, 0))
    client(people.farmer).post("/api/v1/estimates", json={"field_id": str(farm.field.id), "rate_per_ha": 20})
    found = queries.find_flown(session, actor, farm.field.id)
    assert found is not None
    assert found[1].lost_m2 > 0
    make_zone(session, people.farmer, farm.field, now, at=(20, 0))
    assert queries.find_flown(session, actor, farm.field.id) is None
