"""The cooperative's own aircraft: who adds and changes them, and that nobody's change is lost."""

from collections.abc import Callable
from typing import Any

from tests.conftest import Client
from tests.people import People

NEW = {"model": "dji-agras-t40", "name": "T40 số 1", "serial": "SN-1", "battery_sets": 4}
Clients = Callable[..., Client]


def add(client: Clients, people: People, **changes: object) -> Any:
    return client(people.owner).post("/api/v1/aircraft", json={**NEW, **changes})


def test_the_owner_adds_and_everybody_of_the_cooperative_sees(client: Clients, people: People) -> None:
    answer = add(client, people)
    assert answer.status_code == 201
    assert answer.json() == {
        **NEW,
        "id": answer.json()["id"],
        "active": True,
        "services": ["spray", "spread", "sow"],
        "needs_licence": False,
        "crew": [],
    }
    for who in (people.farmer, people.operator):
        assert client(who).get("/api/v1/aircraft").json()["items"] == [answer.json()]
        assert client(who).get(answer.headers["location"]).json() == answer.json()


def test_who_may_not(client: Clients, people: People) -> None:
    address = add(client, people).headers["location"]
    patch = {"json": {"name": "Other"}, "headers": {"if-match": "*"}}
    assert client().get("/api/v1/aircraft").status_code == 401
    assert client(people.operator).post("/api/v1/aircraft", json=NEW).status_code == 403
    assert client(people.farmer).patch(address, **patch).status_code == 403
    assert client(people.outsider).get(address).status_code == 404
    assert client(people.outsider).patch(address, **patch).status_code == 404
    assert client(people.outsider).get("/api/v1/aircraft").json()["items"] == []


def test_an_unknown_model_is_refused(client: Clients, people: People) -> None:
    answer = add(client, people, model="paper-plane")
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/fleet.unknown_model")


def test_a_serial_number_is_there_once_and_an_empty_one_is_not_looked_at(client: Clients, people: People) -> None:
    assert add(client, people).status_code == 201
    answer = add(client, people, name="Twin")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/fleet.serial_taken")
    assert [add(client, people, serial="").status_code for _ in range(2)] == [201, 201]


def test_a_change_names_the_version(client: Clients, people: People) -> None:
    added = add(client, people)
    operator, address = client(people.operator), added.headers["location"]
    assert operator.patch(address, json={"active": False}).status_code == 428
    changed = operator.patch(address, json={"active": False}, headers={"if-match": added.headers["etag"]})
    assert (changed.status_code, changed.json()["active"]) == (200, False)
    late = operator.patch(address, json={"name": "Late"}, headers={"if-match": added.headers["etag"]})
    assert late.status_code == 412


def test_models_come_with_every_figure_and_its_origin(client: Clients) -> None:
    models = {model["slug"]: model for model in client().get("/api/v1/aircraft-models").json()}
    assert len(models) == 8
    assert models["dji-agras-t40"]["figures"]["tank_l"] == {"value": 40.0, "origin": "m"}
    assert models["dji-agras-t40"]["figures"]["hover_points_kg_min"]["value"][0] == [50.0, 18.0]
