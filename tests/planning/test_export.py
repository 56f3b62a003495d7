"""Plans as files over HTTP: the same for a stored plan and for the flight of a job, and for their people only."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import unquote
from uuid import UUID

import pytest
from lxml import etree
from shapely.geometry import shape
from sqlmodel import Session

from drone_service.engine.coverage.formats.writers import WRITERS, ExportFormat
from drone_service.farms.models import Field
from drone_service.planning.exporting import export
from drone_service.planning.flying import flown_field
from drone_service.planning.models import FlightPlan
from tests.conftest import Client
from tests.engine.coverage.formats.fields import flown
from tests.farms.factories import make_field
from tests.people import People

Clients = Callable[..., Client]


@pytest.fixture
def field(session: Session, people: People, now: datetime) -> Field:
    return make_field(session, people.farmer, now)


@pytest.fixture
def address(client: Clients, people: People, field: Field) -> str:
    body = {"field_id": str(field.id), "rate_per_ha": 60}
    made: str = client(people.farmer).post("/api/v1/estimates", json=body).headers["location"]
    return made


@pytest.mark.parametrize("output", list(ExportFormat))
def test_every_format_is_a_download_of_its_kind(
    client: Clients, people: People, field: Field, address: str, output: ExportFormat
) -> None:
    answer = client(people.farmer).get(f"{address}/export?format={output.value}")
    assert answer.status_code == 200
    assert answer.headers["content-type"].split(";")[0] == WRITERS[output].media_type
    name = unquote(answer.headers["content-disposition"].split("filename*=UTF-8''")[1])
    assert name == f"{field.name}{WRITERS[output].suffix}"
    assert len(answer.content) > 100


def test_the_name_of_a_file_is_one_that_disks_and_proxies_take() -> None:
    block = replace(flown(), label=" + ".join(["Ruộng tập đoàn 7"] * 30))
    answer = export(block, ExportFormat.GEOJSON, 1)
    name = unquote(answer.headers["content-disposition"].split("filename*=UTF-8''")[1])
    assert len(name.encode()) <= 255
    assert name.startswith("Ruộng tập đoàn 7 + Ruộng")
    assert name.endswith("-1.geojson")


def test_the_file_shows_the_stored_plan(client: Clients, people: People, address: str) -> None:
    plan = client(people.farmer).get(address).json()["estimate"]
    features = client(people.farmer).get(f"{address}/export?format=geojson").json()["features"]
    assert shape(features[0]["geometry"]).equals(shape(plan["outline"]))
    assert {one["properties"].get("sortie") for one in features} - {None} == set(range(1, len(plan["sorties"]) + 1))


def test_a_plan_stored_without_its_outline_is_drawn_over_the_field(
    client: Clients, people: People, session: Session, field: Field
) -> None:

    body = {"field_id": str(field.id), "rate_per_ha": 20}
    made = client(people.farmer).post("/api/v1/estimates", json=body).json()
    plan = session.get(FlightPlan, (people.cooperative.id, UUID(made["id"])))
    assert plan is not None
    old = plan.estimate.model_copy(update={"outline": None})
    assert flown_field(old, field.outline, "x").shape.equals(field.outline)


def test_one_flight_of_several(client: Clients, people: People, address: str) -> None:
    plan = client(people.farmer).get(address).json()["estimate"]
    count = len(plan["sorties"])
    assert count >= 2
    rows = client(people.farmer).get(f"{address}/export?format=ardupilot&flight={count}").text.splitlines()
    assert [row.split("\t")[3] for row in rows[1:]].count("22") == 1
    missing = client(people.farmer).get(f"{address}/export?format=ardupilot&flight={count + 1}")
    assert (missing.status_code, missing.json()["type"]) == (404, "/problems/planning.no_such_flight")
    assert str(count) in missing.json()["detail"]


@pytest.mark.parametrize("query", ["", "?format=dwg", "?format=kml&flight=0", "?format=kml&flight=x"])
def test_a_wrong_wish_is_refused(client: Clients, people: People, address: str, query: str) -> None:
    assert client(people.farmer).get(f"{address}/export{query}").status_code == 422


def test_only_those_who_see_the_plan_get_the_file(client: Clients, people: People, address: str) -> None:
    wanted = f"{address}/export?format=kml"
    assert client(people.operator).get(wanted).status_code == 200
    assert client().get(wanted).status_code == 401
    for who in (people.neighbour, people.outsider):
        assert client(who).get(wanted).status_code == 404


def test_the_outline_alone_as_kml(client: Clients, people: People, field: Field) -> None:
    wanted = f"/api/v1/fields/{field.id}/outline.kml"
    answer = client(people.farmer).get(wanted)
    assert answer.headers["content-type"] == "application/vnd.google-earth.kml+xml"
    root: Any = etree.fromstring(answer.content)
    assert [mark.findtext("{*}name") for mark in root.iter("{*}Placemark")] == [field.name]
    assert len(root.findall(".//{*}Polygon")) == 1
    assert client(people.neighbour).get(wanted).status_code == 404
