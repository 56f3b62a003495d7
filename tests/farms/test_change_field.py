"""GET, PATCH, DELETE and restore of one field: who sees it, who changes it, and nobody's change is lost."""

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlmodel import Session

from tests.conftest import Client
from tests.farms.factories import make_field, square
from tests.people import People

Clients = Callable[..., Client]
ABSENT = "/api/v1/fields/0190a000-0000-7000-8000-000000000000"


@pytest.fixture
def path(session: Session, people: People, now: datetime) -> str:
    return f"/api/v1/fields/{make_field(session, people.farmer, now).id}"


@pytest.mark.parametrize("who", ["farmer", "agent", "operator", "owner"])
def test_who_sees_it(client: Clients, people: People, path: str, who: str) -> None:
    seen = client(getattr(people, who)).get(path)
    assert (seen.status_code, seen.headers["etag"]) == (200, '"1"')


@pytest.mark.parametrize("who", ["neighbour", "outsider"])
def test_who_does_not(client: Clients, people: People, path: str, who: str) -> None:
    other = client(getattr(people, who))
    assert other.get(path).status_code == 404
    assert other.get(f"{path}/outline.geojson").status_code == 404
    assert other.patch(path, json={"name": "Mine"}, headers={"if-match": "*"}).status_code == 404
    assert other.delete(path).status_code == 404
    assert other.post(f"{path}/restore").status_code == 404


def test_a_visitor_sees_nothing(client: Clients, path: str) -> None:
    visitor = client()
    assert [visitor.get(path).status_code, visitor.delete(path).status_code] == [401, 401]


def test_what_is_not_there(client: Clients, people: People) -> None:
    assert client(people.farmer).get(ABSENT).status_code == 404
    assert client(people.farmer).get("/api/v1/fields/nonsense").status_code == 422


def test_change_what_was_sent_and_nothing_else(client: Clients, people: People, path: str) -> None:
    farmer = client(people.farmer)
    before = farmer.get(path).json()
    first = farmer.patch(path, json={"crop": "ST25", "harvest_on": "2026-04-20"}, headers={"if-match": '"1"'})
    assert first.status_code == 200
    assert first.headers["etag"] == '"2"'
    assert first.json() == {**before, "crop": "ST25", "harvest_on": "2026-04-20", "version": 2}
    second = farmer.patch(path, json={"harvest_on": None}, headers={"if-match": first.headers["etag"]})
    assert (second.json()["harvest_on"], second.json()["crop"]) == (None, "ST25")


def test_a_new_outline_has_a_new_area(client: Clients, people: People, path: str) -> None:
    changed = client(people.farmer).patch(path, json={"geometry": square(side_m=200)}, headers={"if-match": '"1"'})
    assert changed.json()["area_m2"] == pytest.approx(40_000, rel=2e-3)
    moved = client(people.farmer).patch(path, json={"geometry": square(east_m=2)}, headers={"if-match": '"2"'})
    assert moved.status_code == 200, "a field is not a duplicate of itself"


def test_a_bad_outline_leaves_the_field_as_it_was(
    client: Clients, people: People, path: str, session: Session, now: datetime
) -> None:
    before = client(people.farmer).get(path).json()
    tiny = client(people.farmer).patch(
        path, json={"name": "New", "geometry": square(side_m=5)}, headers={"if-match": "*"}
    )
    assert tiny.status_code == 422
    make_field(session, people.farmer, now, east_m=500)
    taken = client(people.farmer).patch(path, json={"geometry": square(east_m=500)}, headers={"if-match": "*"})
    assert taken.status_code == 409
    assert client(people.farmer).get(path).json() == before


def test_an_old_version_is_refused(client: Clients, people: People, path: str) -> None:
    farmer = client(people.farmer)
    assert farmer.patch(path, json={"crop": "ST25"}).status_code == 428
    assert farmer.patch(path, json={"crop": "ST25"}, headers={"if-match": '"1"'}).status_code == 200
    assert farmer.patch(path, json={"crop": "OM 18"}, headers={"if-match": '"1"'}).status_code == 412
    assert farmer.get(path).json()["crop"] == "ST25"


def test_put_away_and_bring_back(client: Clients, people: People, path: str) -> None:
    farmer = client(people.farmer)
    assert farmer.delete(path).status_code == 204
    assert farmer.delete(path).status_code == 204
    assert farmer.get(path).json()["archived"] is True
    assert farmer.get("/api/v1/fields").json()["items"] == []
    assert len(farmer.get("/api/v1/fields?archived=true").json()["items"]) == 1
    changed = farmer.patch(path, json={"crop": "ST25"}, headers={"if-match": "*"})
    assert (changed.status_code, changed.json()["type"]) == (409, "/problems/farms.archived")
    assert farmer.post(f"{path}/restore").json()["archived"] is False
    again = farmer.post(f"{path}/restore")
    assert (again.status_code, again.json()["type"]) == (409, "/problems/farms.not_archived")


def test_land_that_was_put_away_is_free_and_cannot_come_back_twice(
    client: Clients, people: People, path: str, session: Session, now: datetime
) -> None:
    farmer = client(people.farmer)
    farmer.delete(path)
    make_field(session, people.farmer, now)
    back = farmer.post(f"{path}/restore")
    assert (back.status_code, back.json()["type"]) == (409, "/problems/farms.duplicate")


def test_the_feature(client: Clients, people: People, path: str) -> None:
    found = client(people.farmer).get(f"{path}/outline.geojson")
    assert found.headers["content-type"].startswith("application/geo+json")
    feature = found.json()
    assert feature["type"] == "Feature"
    assert feature["geometry"] == square()
    assert feature["properties"]["metrics:area"] == pytest.approx(10_000, rel=2e-3)
    assert feature["properties"]["name"] == "Ruộng sau nhà"
