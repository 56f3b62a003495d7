"""GET /api/v1/fields: everybody sees their own part, page by page."""

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlmodel import Session

from drone_service.farms import queries
from tests.conftest import Client
from tests.farms.factories import make_field
from tests.people import People

Clients = Callable[..., Client]


@pytest.fixture
def fields(session: Session, people: People, now: datetime) -> list[str]:
    owners = [people.farmer, people.neighbour, people.farmer, people.outsider]
    return [
        str(make_field(session, owner, now, east_m=200 * index, name=f"Field {index}").id)
        for index, owner in enumerate(owners)
    ]


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("farmer", [2, 0]),
        ("neighbour", [1]),
        ("agent", [2, 1, 0]),
        ("operator", [2, 1, 0]),
        ("owner", [2, 1, 0]),
        ("outsider", [3]),
    ],
)
def test_who_sees_which(client: Clients, people: People, fields: list[str], who: str, expected: list[int]) -> None:
    found = client(getattr(people, who)).get("/api/v1/fields").json()
    assert [field["id"] for field in found["items"]] == [fields[index] for index in expected]
    assert found["next"] is None


def test_a_visitor_has_to_sign_in(client: Clients) -> None:
    assert client().get("/api/v1/fields").status_code == 401


def test_pages_follow_each_other(client: Clients, people: People, fields: list[str]) -> None:
    operator = client(people.operator)
    first = operator.get("/api/v1/fields?limit=2").json()
    second = operator.get(f"/api/v1/fields?limit=2&after={first['next']}").json()
    assert [field["id"] for field in [*first["items"], *second["items"]]] == [fields[2], fields[1], fields[0]]
    assert second["next"] is None


def test_search_and_farmer(client: Clients, people: People, fields: list[str]) -> None:
    operator = client(people.operator)
    assert [field["id"] for field in operator.get("/api/v1/fields?search=D%201").json()["items"]] == [fields[1]]
    assert operator.get("/api/v1/fields?search=%25").json()["items"] == []
    renamed = client(people.neighbour).patch(
        f"/api/v1/fields/{fields[1]}", json={"name": "ĐẤT Ông Tư"}, headers={"if-match": "*"}
    )
    assert renamed.status_code == 200
    for search in ("Đất", "đấT ô", "TƯ"):
        assert [one["id"] for one in operator.get(f"/api/v1/fields?search={search}").json()["items"]] == [fields[1]]
    own = operator.get(f"/api/v1/fields?farmer_id={people.neighbour.id}").json()["items"]
    assert [field["id"] for field in own] == [fields[1]]
    hidden = client(people.farmer).get(f"/api/v1/fields?farmer_id={people.neighbour.id}").json()["items"]
    assert hidden == []


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "after=x", "farmer_id=x", "archived=maybe"])
def test_odd_queries_are_refused(client: Clients, people: People, query: str) -> None:
    assert client(people.farmer).get(f"/api/v1/fields?{query}").status_code == 422


@pytest.mark.usefixtures("fields")
def test_names_for_lists(session: Session, people: People, now: datetime) -> None:
    own = make_field(session, people.farmer, now, east_m=3_000)
    found = queries.names_of(session, people.cooperative.id, {own.id})
    assert found == {own.id: own}
