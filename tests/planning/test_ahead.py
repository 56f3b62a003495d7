"""The flight is planned before the write transaction: nobody waits at the lock for a planner."""

from collections.abc import Callable
from typing import Any

import pytest

from drone_service.engine.coverage import on_map
from drone_service.kit.db import Database
from drone_service.planning import making
from tests.conftest import Client
from tests.farms.factories import make_field
from tests.people import People
from tests.scheduling.rows import DAY, make_farm


def wanted(field_id: Any) -> dict[str, Any]:
    return {"field_id": str(field_id), "allowed_from": f"{DAY}", "allowed_until": f"{DAY}"}


@pytest.fixture
def planned_in(monkeypatch: pytest.MonkeyPatch, database: Database) -> list[bool]:
    """Whether a session for writing was open, for each flight that was really planned."""
    writing, seen = [0], []
    opened, plan = database.open_session, on_map.plan_from

    def open_session(*, write: bool) -> Any:
        writing[0] += write
        return opened(write=write)

    def plan_from(task: Any, places: Any) -> Any:
        seen.append(writing[0] > 0)
        return plan(task, places)

    monkeypatch.setattr(database, "open_session", open_session)
    monkeypatch.setattr(on_map, "plan_from", plan_from)
    making.checked_plan.cache_clear()
    return seen


@pytest.mark.parametrize("path", ["quotes", "jobs", "estimates"])
def test_no_flight_is_planned_in_a_write_transaction(
    client: Callable[..., Client], people: People, session: Any, planned_in: list[bool], path: str
) -> None:
    farm = make_farm(session, people)
    body = wanted(farm.field.id) if path != "estimates" else {"field_id": str(farm.field.id), "rate_per_ha": 20}
    answer = client(people.farmer).post(f"/api/v1/{path}", json=body)
    assert answer.is_success, answer.text
    assert planned_in == [False]


def test_the_page_plans_before_it_books(
    client: Callable[..., Client], people: People, session: Any, planned_in: list[bool]
) -> None:
    asked = f"field={make_farm(session, people).field.id}&service=spray&when=3&half=am&half=pm"
    assert client(people.farmer).post(f"/book?{asked}").headers["location"].startswith("/jobs/")
    assert planned_in == [False]


@pytest.fixture
def waiting(client: Callable[..., Client], people: People, session: Any, now: Any) -> list[str]:
    """Two jobs on adjoining fields of two owners."""
    make_farm(session, people)
    owners = ((people.farmer, 500.0), (people.neighbour, 600.0))
    fields = [make_field(session, owner, now, east_m=east_m) for owner, east_m in owners]
    return [client(people.owner).post("/api/v1/jobs", json=wanted(field.id)).json()["id"] for field in fields]


@pytest.mark.parametrize("door", ["page", "api"])
def test_no_block_is_planned_in_a_write_transaction(
    client: Callable[..., Client], people: People, waiting: list[str], planned_in: list[bool], door: str
) -> None:
    owner = client(people.owner)
    if door == "page":
        answer = owner.post("/blocks", data={"jobs": " ".join(waiting), "shared_percent": "50"})
    else:
        answer = owner.post("/api/v1/blocks", json={"job_ids": waiting})
    assert answer.status_code in (201, 303), answer.text
    assert planned_in == [False, False, False]


def test_a_stranger_makes_nobody_plan(
    client: Callable[..., Client], people: People, session: Any, planned_in: list[bool]
) -> None:
    farm = make_farm(session, people)
    answers = [client(who).post("/api/v1/quotes", json=wanted(farm.field.id)) for who in (None, people.outsider)]
    assert [answer.status_code for answer in answers] == [401, 404]
    assert planned_in == []


def test_a_repeated_request_is_answered_as_before_whatever_has_happened_since(
    client: Callable[..., Client], people: People, session: Any
) -> None:
    farm, key = make_farm(session, people), {"idempotency-key": "again"}
    farmer, owner = client(people.farmer), client(people.owner)
    first = farmer.post("/api/v1/jobs", json=wanted(farm.field.id), headers=key)
    assert first.status_code == 201, first.text
    assert owner.patch(f"/api/v1/aircraft/{farm.aircraft.id}", json={"active": False}, headers={"if-match": "*"})
    again = farmer.post("/api/v1/jobs", json=wanted(farm.field.id), headers=key)
    assert (again.status_code, again.json()) == (201, first.json())
