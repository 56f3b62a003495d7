"""Waiting jobs flown as one: proposed, stored with each owner's part, taken apart when a job changes."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from math import ceil
from typing import Any
from uuid import UUID

import pytest
from lxml import html
from sqlmodel import Session

from drone_service.billing.models import Price
from drone_service.booking.models import Job
from drone_service.booking.rules import State
from drone_service.booking.service import invoice
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


def test_the_jobs_of_a_block_share_its_time_in_steps_of_the_schedule(
    client: Clients, people: People, farm: Farm, fields: list[Field], session: Session
) -> None:
    owner = client(people.owner)
    jobs = [book(owner, farm, field) for field in fields]
    ids = [UUID(job["id"]) for job in jobs]
    block = owner.post("/api/v1/blocks", json={"job_ids": [job["id"] for job in jobs]}).json()
    rows = [session.get_one(Job, (people.owner.actor.cooperative_id, job_id)) for job_id in ids]
    whole_s = block["plan"]["estimate"]["total_s_p50"]
    # Rounded up once, and not for each of the jobs.
    assert sum(row.service_s for row in rows) == 300 * ceil(whole_s / 300)
    assert all(row.service_s % 300 == 0 < row.service_s for row in rows)
    assert {(row.lon, row.lat) for row in rows} == {tuple(block["plan"]["estimate"]["refill"])}
    assert owner.delete(f"/api/v1/blocks/{block['id']}").status_code == 204
    session.expire_all()
    rows = [session.get_one(Job, (people.owner.actor.cooperative_id, job_id)) for job_id in ids]
    assert [row.service_s for row in rows] == [round(row.quote.service_s) for row in rows]
    assert len({(row.lon, row.lat) for row in rows}) == 2


def test_a_block_needs_a_half_day_that_all_have_agreed(
    client: Clients, people: People, farm: Farm, fields: list[Field]
) -> None:
    owner = client(people.owner)
    ids = [book(owner, farm, field, half_days=[half])["id"] for field, half in zip(fields, ("am", "pm"), strict=True)]
    assert owner.get("/api/v1/block-proposals").json() == []
    assert owner.post("/api/v1/blocks", json={"job_ids": ids}).status_code == 409


def test_a_visit_that_was_placed_for_a_block_is_marked_when_the_block_comes_apart(
    client: Clients, people: People, farm: Farm, session: Session, now: datetime
) -> None:
    """These two fields are short of five minutes together, and above alone."""
    owner = client(people.owner)
    jobs = [
        book(owner, farm, make_field(session, person, now, east_m=east_m, side_m=80.0))
        for person, east_m in ((people.farmer, 0.0), (people.neighbour, 80.0))
    ]
    block = owner.post("/api/v1/blocks", json={"job_ids": [job["id"] for job in jobs]}).json()
    assert all(member["share"]["seconds"] < 300 < member["share"]["alone_s"] for member in block["members"])
    for job in jobs:
        owner.post(f"/api/v1/jobs/{job['id']}/confirm")
    visit = f"/api/v1/jobs/{jobs[0]['id']}/visit"
    assert owner.put(visit, json={"starts_at": "2026-03-12T00:00:00Z"}).status_code == 200
    assert "short" not in owner.get(visit).json()["warnings"]
    assert owner.delete(f"/api/v1/blocks/{block['id']}").status_code == 204
    assert "short" in owner.get(visit).json()["warnings"]


def test_what_is_shared_comes_off_the_bill(
    client: Clients, people: People, farm: Farm, fields: list[Field], session: Session, now: datetime
) -> None:
    owner = client(people.owner)
    jobs = [book(owner, farm, field) for field in fields]
    block = owner.post("/api/v1/blocks", json={"job_ids": [job["id"] for job in jobs], "shared_percent": 50}).json()
    shares = [member["share"] for member in block["members"]]
    assert all(share["shared_vnd"] > 0 for share in shares)
    for job in jobs:
        owner.post(f"/api/v1/jobs/{job['id']}/confirm")
        row = session.get_one(Job, (people.owner.actor.cooperative_id, UUID(job["id"])))
        row.state = State.DONE
    session.flush()
    actor = people.owner.actor
    whole = invoice(session, actor=actor, job_id=UUID(jobs[0]["id"]), area_m2=jobs[0]["area_m2"], now=now)
    half = invoice(session, actor=actor, job_id=UUID(jobs[1]["id"]), area_m2=jobs[1]["area_m2"] / 2, now=now)
    assert whole.total_vnd == jobs[0]["price_vnd"] - shares[0]["shared_vnd"]
    assert whole.lines[-1].amount_vnd == -shares[0]["shared_vnd"]
    assert half.lines[-1].amount_vnd == pytest.approx(-shares[1]["shared_vnd"] / 2, abs=1)
    assert half.total_vnd == sum(line.amount_vnd for line in half.lines)


def test_the_saving_is_a_part_of_what_the_jobs_were_quoted(
    client: Clients, people: People, farm: Farm, fields: list[Field], session: Session
) -> None:
    """The quoted price stays, so a price that was doubled since must not double what comes off the bills."""
    owner = client(people.owner)
    jobs = [book(owner, farm, field) for field in fields]
    doubled = Price(
        cooperative_id=people.cooperative.id, service=farm.price.service, unit=farm.price.unit,
        amount_vnd=2 * farm.price.amount_vnd, valid_from=date(2026, 3, 1),
    )  # fmt: skip
    session.add(doubled)
    session.flush()
    plan = owner.post("/api/v1/blocks", json={"job_ids": [job["id"] for job in jobs]}).json()["plan"]
    assert [share["price_vnd"] for share in plan["members"]] == [job["price_vnd"] for job in jobs]
    quoted_vnd = sum(job["price_vnd"] for job in jobs)
    assert plan["price_vnd"] == quoted_vnd
    assert plan["shared_vnd"] == pytest.approx(quoted_vnd * plan["saving_share"] / 2, abs=1)


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


def minutes_of(page: str) -> list[str]:
    """Return the minutes of the block and of each owner, as its page prints them."""
    tree = html.fromstring(page)
    whole = tree.xpath("//dl[@class='figures']/div[dt='Minutes']/dd/text()")[0]
    return [whole, *(cell.text_content() for cell in tree.xpath("(//table)[1]/tbody/tr/td[4]"))]


def test_the_pages(client: Clients, people: People, farm: Farm, fields: list[Field]) -> None:
    owner = client(people.owner)
    jobs = [book(owner, farm, field) for field in fields]
    assert "Ruộng 0 + Ruộng 100" in owner.get("/blocks").text
    sent = owner.post("/blocks", data={"jobs": " ".join(job["id"] for job in jobs), "shared_percent": "50"})
    assert sent.status_code == 303
    page = owner.get(sent.headers["location"], headers={"cookie": "lang=en"}).text
    assert "data-flight=" in page
    assert "flight-plan/export?format=geojson" in page
    files = f"/api/v1{sent.headers['location']}/flight-plan/export"
    assert all(owner.get(f"{files}?format={one}&flight=1").is_success for one in ("geojson", "kml", "svg", "qgc"))
    assert f'href="{sent.headers["location"]}"' in owner.get(f"/jobs/{jobs[0]['id']}").text
    assert f'href="{sent.headers["location"]}"' in owner.get(f"/work/{jobs[0]['id']}").text
    assert f'href="{sent.headers["location"]}"' in owner.get(f"/jobs/{jobs[0]['id']}/mix").text
    assert farm.product.name in page
    minutes = [Decimal(cell) for cell in minutes_of(page)]
    assert sum(minutes[1:]) == minutes[0]
    assert all(f"/jobs/{job['id']}" in page for job in jobs)
    refused = owner.post("/blocks", data={"jobs": " ".join(job["id"] for job in jobs), "shared_percent": "150"})
    assert refused.status_code == 422
    assert client(people.farmer).get("/blocks").status_code == 403
    assert owner.post(f"{sent.headers['location']}/dissolve").status_code == 303
