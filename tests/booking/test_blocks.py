"""Waiting jobs flown as one: proposed, stored with each owner's part, taken apart when a job changes."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlmodel import Session

from drone_service.farms.models import Field
from tests.conftest import Client
from tests.farms.factories import make_field
from tests.people import People
from tests.scheduling.rows import Farm

Clients = Callable[..., Client]


@pytest.fixture
def fields(session: Session, people: People, now: datetime) -> list[Field]:
    owners = ((people.farmer, 0.0), (people.neighbour, 100.0))
    return [make_field(session, owner, now, east_m=east_m, name=f"Ruộng {east_m:g}") for owner, east_m in owners]


def book(client: Client, farm: Farm, field: Field, **changes: Any) -> Any:
    body = {
        "field_id": str(field.id), "products": [{"product_id": str(farm.product.id)}],
        "allowed_from": "2026-03-12", "allowed_until": "2026-03-13", **changes,
    }  # fmt: skip
    answer = client.post("/api/v1/jobs", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_two_owners_are_proposed_and_flown_as_one(
    client: Clients, people: People, farm: Farm, fields: list[Field]
) -> None:
    owner = client(people.owner)
    jobs = [book(owner, farm, field) for field in fields]
    (proposal,) = owner.get("/api/v1/block-proposals").json()
    assert proposal["job_ids"] == [job["id"] for job in jobs]
    answer = owner.post("/api/v1/blocks", json={"job_ids": proposal["job_ids"], "shared_percent": 40})
    assert answer.status_code == 201, answer.text
    block = answer.json()
    plan, members = block["plan"], [member["share"] for member in block["members"]]
    assert [member["job_id"] for member in block["members"]] == proposal["job_ids"]
    assert [member["price_vnd"] for member in block["members"]] == [job["price_vnd"] for job in jobs]
    assert sum(round(one["quantity"] * 1000) for one in members) == round(plan["estimate"]["quantity"] * 1000)
    assert sum(round(one["seconds"] * 100) for one in members) == round(plan["total_s"] * 100)
    assert sum(one["shared_vnd"] for one in members) == plan["shared_vnd"]
    assert sum(round(one["products"][0]["amount"]) for one in members) == round(plan["estimate"]["totals"][0]["amount"])
    assert sum(one["area_m2"] for one in members) == pytest.approx(plan["estimate"]["area_m2"])
    assert owner.get("/api/v1/block-proposals").json() == []
    assert [one["id"] for one in owner.get("/api/v1/blocks").json()] == [block["id"]]
    assert owner.post("/api/v1/blocks", json={"job_ids": proposal["job_ids"]}).status_code == 409


@pytest.mark.parametrize(
    "changes",
    [
        {"rate_per_ha": 30},
        {"products": []},
        {"allowed_from": "2026-03-20", "allowed_until": "2026-03-21"},
    ],
)
def test_different_work_is_neither_proposed_nor_taken(
    client: Clients, people: People, farm: Farm, fields: list[Field], changes: dict[str, Any]
) -> None:
    owner = client(people.owner)
    ids = [book(owner, farm, fields[0])["id"], book(owner, farm, fields[1], **changes)["id"]]
    assert owner.get("/api/v1/block-proposals").json() == []
    answer = owner.post("/api/v1/blocks", json={"job_ids": ids})
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/booking.not_one_work")


@pytest.mark.parametrize("how", ["cancel", "dissolve"])
def test_a_block_comes_apart(client: Clients, people: People, farm: Farm, fields: list[Field], how: str) -> None:
    owner = client(people.owner)
    ids = [book(owner, farm, field)["id"] for field in fields]
    block = owner.post("/api/v1/blocks", json={"job_ids": ids}).json()["id"]
    if how == "cancel":
        assert owner.post(f"/api/v1/jobs/{ids[0]}/cancel", json={"reason": "rain"}).status_code == 200
    else:
        assert owner.delete(f"/api/v1/blocks/{block}").status_code == 204
    assert owner.get(f"/api/v1/blocks/{block}").status_code == 404


def test_the_pages(client: Clients, people: People, farm: Farm, fields: list[Field]) -> None:
    owner = client(people.owner)
    jobs = [book(owner, farm, field) for field in fields]
    assert "Ruộng 0 + Ruộng 100" in owner.get("/blocks").text
    sent = owner.post("/blocks", data={"jobs": " ".join(job["id"] for job in jobs), "shared_percent": "50"})
    assert sent.status_code == 303
    page = owner.get(sent.headers["location"]).text
    assert "data-flight=" in page
    assert farm.product.name in page
    assert all(f"/jobs/{job['id']}" in page for job in jobs)
    refused = owner.post("/blocks", data={"jobs": " ".join(job["id"] for job in jobs), "shared_percent": "150"})
    assert refused.status_code == 422
    assert client(people.farmer).get("/blocks").status_code == 403
    assert owner.post(f"{sent.headers['location']}/dissolve").status_code == 303
