"""Filling places belong to a field: set, moved, taken away, and every flight from then on is filled there."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlmodel import Session

from drone_service.farms.models import Field
from tests.booking.test_jobs import wanted
from tests.conftest import Client
from tests.farms.factories import make_field, place
from tests.people import People
from tests.scheduling.rows import make_farm

Clients = Callable[..., Client]


@pytest.fixture
def field(session: Session, people: People, now: datetime) -> Field:
    return make_field(session, people.farmer, now)


def put(client: Client, field: Field, refills: Any, version: int = 1) -> Any:
    return client.patch(f"/api/v1/fields/{field.id}", json={"refills": refills}, headers={"if-match": f'"{version}"'})


def near(one: list[float], other: list[float]) -> bool:
    return all(abs(a - b) < 1e-7 for a, b in zip(one, other, strict=True))


def test_an_estimate_is_filled_where_the_field_says(client: Clients, people: People, field: Field) -> None:
    farmer, places = client(people.farmer), [list(place(0, 0)), list(place(60, -20))]
    body = {"field_id": str(field.id), "rate_per_ha": 60}
    proposed = farmer.post("/api/v1/estimates", json=body).json()["estimate"]["refill"]
    assert not any(near(proposed, one) for one in places)
    # A place that is named twice is one place.
    changed = put(farmer, field, [places[0], places[1], places[0]])
    assert (changed.status_code, changed.json()["refills"]) == (200, places)
    plan = farmer.post("/api/v1/estimates", json=body).json()["estimate"]
    used = [sortie["path"][0][:2] for sortie in plan["sorties"]]
    assert used
    assert all(any(near(start, one) for one in places) for start in used)
    elsewhere = farmer.post("/api/v1/estimates", json={**body, "refills": [list(place(-30, 10))]}).json()["estimate"]
    assert near(elsewhere["refill"], list(place(-30, 10)))
    taken_away = put(farmer, field, [], version=changed.json()["version"])
    assert taken_away.json()["refills"] == []
    assert farmer.post("/api/v1/estimates", json=body).json()["estimate"]["refill"] == proposed


def test_a_job_is_filled_there_too(client: Clients, people: People, session: Session) -> None:
    farm = make_farm(session, people)
    bank = [105.7205, 9.4299]
    farmer = client(people.farmer)
    assert put(farmer, farm.field, [bank]).status_code == 200
    job = farmer.post("/api/v1/jobs", json=wanted(farm)).json()
    plan = farmer.get(f"/api/v1/flight-plans/{job['flight_plan_id']}").json()["estimate"]
    assert near(plan["refill"], bank)


@pytest.mark.parametrize(
    ("refills", "code"),
    [
        ([list(place(0, 5_000))], "farms.refill_too_far"),
        ([[200, 9]], "problems/invalid"),
        ([list(place(0, number)) for number in range(7)], "problems/invalid"),
        ("nowhere", "problems/invalid"),
    ],
)
def test_places_that_make_no_sense(client: Clients, people: People, field: Field, refills: Any, code: str) -> None:
    answer = put(client(people.farmer), field, refills)
    assert answer.status_code == 422
    assert code in answer.json()["type"]


def test_one_place_and_several_contradict(client: Clients, people: People, field: Field) -> None:
    here = list(place(0, 0))
    body = {"field_id": str(field.id), "rate_per_ha": 20, "refill": here, "refills": [here]}
    assert client(people.farmer).post("/api/v1/estimates", json=body).status_code == 422


def test_the_page_keeps_them(client: Clients, people: People, field: Field, session: Session) -> None:
    farmer, address = client(people.farmer), f"/fields/{field.id}/refills"
    lon, lat = place(10, -5)
    assert farmer.get(address).status_code == 200
    # Two numbers a line, latitude first as phone maps write them, for those without a map.
    sent = farmer.post(address, data={"refills": f"{lat:.6f}, {lon:.6f}", "version": "1"})
    assert sent.status_code == 303
    session.refresh(field)
    assert near(list(field.refills[0]), [round(lon, 6), round(lat, 6)])
    assert "MultiPoint" in farmer.get(address).text
    wrong = farmer.post(address, data={"refills": "over there", "version": str(field.version)})
    assert wrong.status_code == 422
    assert "over there" in wrong.text
    for who, status in ((people.neighbour, 404), (people.outsider, 404)):
        assert client(who).post(address, data={"refills": "", "version": "1"}).status_code == status
