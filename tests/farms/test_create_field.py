"""POST /api/v1/fields: who may register which land."""

import json
import threading
from collections.abc import Callable
from datetime import datetime
from math import nan
from typing import Any

import pytest
from sqlmodel import Session, col, func, select

from drone_service.farms import queries, service
from drone_service.farms.models import Field
from drone_service.farms.rules import Registered
from drone_service.kit.db import Database
from drone_service.kit.errors import DomainError
from tests.conftest import NOW, Client
from tests.farms.factories import make_field, place, square, square_ring
from tests.people import People, make_people

Clients = Callable[..., Client]


def body(**changes: object) -> dict[str, object]:
    return {"name": "Ruộng sau nhà", "crop": "OM 5451", "geometry": square(), **changes}


def test_a_farmer_registers_a_field(client: Clients, people: People) -> None:
    made = client(people.farmer).post("/api/v1/fields", json=body(harvest_on="2026-04-20"))
    assert made.status_code == 201
    field = made.json()
    assert field["farmer_id"] == str(people.farmer.id)
    assert field["area_m2"] == pytest.approx(10_000, rel=2e-3)
    assert field["area_ha"] == field["area_m2"] / 10_000
    assert field["geometry"] == square()
    assert (field["crop"], field["harvest_on"], field["archived"]) == ("OM 5451", "2026-04-20", False)
    assert made.headers["etag"] == '"1"'
    read = client(people.farmer).get(made.headers["location"])
    assert read.json() == field


@pytest.mark.parametrize("who", ["agent", "operator", "owner"])
def test_those_who_book_for_others_register_for_a_farmer(client: Clients, people: People, who: str) -> None:
    made = client(getattr(people, who)).post("/api/v1/fields", json=body(farmer_id=str(people.farmer.id)))
    assert made.status_code == 201
    assert made.json()["farmer_id"] == str(people.farmer.id)


def test_a_farmer_does_not_register_for_another(client: Clients, people: People) -> None:
    refused = client(people.farmer).post("/api/v1/fields", json=body(farmer_id=str(people.neighbour.id)))
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/access.role_needed")


def test_nobody_registers_for_another_cooperative(client: Clients, people: People) -> None:
    refused = client(people.operator).post("/api/v1/fields", json=body(farmer_id=str(people.outsider.id)))
    assert (refused.status_code, refused.json()["type"]) == (404, "/problems/access.person_not_found")


def test_a_visitor_has_to_sign_in(client: Clients) -> None:
    assert client().post("/api/v1/fields", json=body()).status_code == 401


def polygon(*rings: list[list[float]]) -> dict[str, object]:
    return {"type": "Polygon", "coordinates": list(rings)}


RING = square_ring()
OUTLINES = {
    "self_crossing": polygon([RING[0], RING[2], RING[1], RING[3], RING[0]]),
    "open_ring": polygon(RING[:-1]),
    "too_small": square(side_m=5),
    "too_large": square(side_m=3_200),
    "swapped_lon_lat": polygon([position[::-1] for position in RING]),
    "out_of_range": polygon([[lon + 100, lat] for lon, lat in RING]),
    "outside_service_area": polygon(square_ring(lat=21.0)),
    "not_an_area": polygon([RING[0], RING[1], RING[0]]),
    "too_many_vertices": polygon([*(RING[0] for _ in range(5_000)), *RING]),
}


@pytest.mark.parametrize("code", OUTLINES)
def test_each_fault_of_an_outline_has_its_own_answer(client: Clients, people: People, code: str) -> None:
    refused = client(people.farmer).post("/api/v1/fields", json=body(geometry=OUTLINES[code]))
    assert (refused.status_code, refused.json()["type"]) == (422, f"/problems/farms.{code}")


@pytest.mark.parametrize("number", [nan, float("inf"), 1e300, "x", None, True])
def test_odd_numbers_are_refused(client: Clients, people: People, number: object) -> None:
    geometry = polygon([[number, 9.43], *RING[1:-1], [number, 9.43]])
    content = json.dumps(body(geometry=geometry))
    refused = client(people.farmer).post(
        "/api/v1/fields", content=content, headers={"content-type": "application/json"}
    )
    assert refused.status_code == 422


@pytest.mark.parametrize("changes", [{"name": ""}, {"name": "a\x00b"}, {"name": "x" * 121}, {"typo": 1}])
def test_odd_text_is_refused(client: Clients, people: People, changes: dict[str, object]) -> None:
    assert client(people.farmer).post("/api/v1/fields", json=body(**changes)).status_code == 422


def test_the_same_land_twice(client: Clients, people: People, session: Session, now: datetime) -> None:
    field = make_field(session, people.farmer, now)
    again = client(people.farmer).post("/api/v1/fields", json=body(geometry=square(east_m=5)))
    assert (again.status_code, again.json()["type"]) == (409, "/problems/farms.duplicate")
    assert again.json()["field_id"] == str(field.id)
    assert again.json()["percent"] == 95
    beside = client(people.farmer).post("/api/v1/fields", json=body(geometry=square(east_m=15)))
    assert beside.status_code == 201


def test_the_land_of_a_neighbour(client: Clients, people: People, session: Session, now: datetime) -> None:
    make_field(session, people.neighbour, now)
    refused = client(people.farmer).post("/api/v1/fields", json=body())
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/farms.land_taken")
    assert "name" not in refused.json()
    staff = client(people.operator).post("/api/v1/fields", json=body(farmer_id=str(people.farmer.id)))
    assert staff.json()["type"] == "/problems/farms.duplicate"


def test_other_cooperatives_have_their_own_land(
    client: Clients, people: People, session: Session, now: datetime
) -> None:
    make_field(session, people.outsider, now)
    assert client(people.farmer).post("/api/v1/fields", json=body()).status_code == 201


def test_a_repeated_key_makes_one_field(client: Clients, people: People) -> None:
    headers = {"idempotency-key": "one"}
    first = client(people.farmer).post("/api/v1/fields", json=body(), headers=headers)
    second = client(people.farmer).post("/api/v1/fields", json=body(), headers=headers)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] == second.json()["id"]


def register_at_once(database: Database, people: People, times: int) -> list[str]:
    barrier, outcomes = threading.Barrier(times), []

    def register() -> None:
        barrier.wait()
        try:
            with database.transaction() as session:
                make_field(session, people.farmer, NOW)
            outcomes.append("made")
        except DomainError as refusal:
            outcomes.append(refusal.code)

    threads = [threading.Thread(target=register) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)


def test_four_at_once_make_one_field(fresh_database: Database) -> None:
    """All look for the same land before any has stored it; the lock makes the later ones see the first."""
    with fresh_database.transaction() as session:
        people = make_people(session, NOW)
    assert register_at_once(fresh_database, people, 4) == ["farms.duplicate"] * 3 + ["made"]
    with fresh_database.transaction(write=False) as session:
        own = col(Field.cooperative_id) == people.cooperative.id
        assert session.exec(select(func.count()).select_from(Field).where(own)).one() == 1


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_without_the_lock_two_at_once_make_two(fresh_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of the test above: SQLite needs none, its writers wait for each other anyway."""
    look, both_looked = queries.list_registered, threading.Barrier(2)

    def look_together(*arguments: Any, **options: Any) -> list[Registered]:
        found = look(*arguments, **options)
        both_looked.wait(30)
        return found

    monkeypatch.setattr(queries, "list_registered", look_together)
    monkeypatch.setattr(service, "lock_land", lambda *_: None)
    with fresh_database.transaction() as session:
        people = make_people(session, NOW)
    assert register_at_once(fresh_database, people, 2) == ["made", "made"]


def walked_square(*detour: list[float]) -> dict[str, object]:
    """Return a square of 100 m with a point every two metres, and what happened on the way along its first side."""
    side = [place(2.0 * step, 0) for step in range(51)]
    rest = [place(100, 2.0 * step) for step in range(1, 51)] + [place(100 - 2.0 * step, 100) for step in range(1, 51)]
    ring = [*side[:20], *detour, *side[20:], *rest, side[0]]
    return {"type": "Polygon", "coordinates": [ring]}


SMALL_LOOP = ([41.0, 1.0], [42.0, 2.0], [40.0, 2.0], [41.5, -1.0])


def test_a_walk_is_cleaned_only_where_that_is_asked_for(client: Clients, people: People) -> None:
    api = client(people.farmer)
    sent = {"name": "Ruộng đi bộ", "geometry": walked_square(*(place(*corner) for corner in SMALL_LOOP))}
    assert api.post("/api/v1/fields", json=sent).json()["type"] == "/problems/farms.self_crossing"
    answer = api.post("/api/v1/fields", json=sent | {"walked_accuracy_m": 4.0})
    field = answer.json()
    assert answer.status_code == 201
    cleaned = field["cleaned"]
    assert (cleaned["points_before"], cleaned["loops_removed"]) == (155, 2)
    assert cleaned["points_after"] == len(field["geometry"]["coordinates"][0]) - 1 < 10
    assert field["area_m2"] == pytest.approx(cleaned["area_after_m2"]) == pytest.approx(10_000, rel=1e-3)
    assert cleaned["moved_m"] <= 4.0
    assert api.get(f"/api/v1/fields/{field['id']}").json()["cleaned"] is None


def test_a_stored_outline_is_cleaned_later(client: Clients, people: People) -> None:
    api = client(people.farmer)
    field = api.post("/api/v1/fields", json={"name": "Ruộng", "geometry": walked_square()}).json()
    assert len(field["geometry"]["coordinates"][0]) == 152
    path, version = f"/api/v1/fields/{field['id']}", {"If-Match": f'"{field["version"]}"'}
    changed = api.patch(path, json={"walked_accuracy_m": 3.0}, headers=version).json()
    assert (changed["cleaned"]["points_before"], changed["cleaned"]["points_after"]) == (151, 4)
    assert changed["area_m2"] == pytest.approx(field["area_m2"], rel=1e-6)


@pytest.mark.parametrize(("accuracy_m", "code"), [(0, "invalid"), (16, "invalid"), (4.0, "farms.self_crossing")])
def test_what_cleaning_refuses(client: Clients, people: People, accuracy_m: float, code: str) -> None:
    bow_tie = {"type": "Polygon", "coordinates": [[place(*at) for at in ((0, 0), (99, 99), (99, 0), (0, 99), (0, 0))]]}
    sent = {"name": "Ruộng", "geometry": bow_tie, "walked_accuracy_m": accuracy_m}
    answer = client(people.farmer).post("/api/v1/fields", json=sent)
    assert (answer.status_code, answer.json()["type"].rsplit("/", 1)[-1]) == (422, code)


def test_more_noise_than_field(client: Clients, people: People) -> None:
    spikes = (
        (0, 0),
        (10, 0),
        (13, -70),
        (11, 0),
        (20, 0),
        (21, -60),
        (22, -60),
        (24, 0),
        (40, 0),
        (40, 30),
        (0, 30),
        (0, 0),
    )
    outline = {"type": "Polygon", "coordinates": [[place(*at) for at in spikes]]}
    sent = {"name": "Ruộng", "geometry": outline, "walked_accuracy_m": 15}
    answer = client(people.farmer).post("/api/v1/fields", json=sent)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/farms.walk_too_noisy")
