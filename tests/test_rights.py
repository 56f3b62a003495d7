"""Role × route × ownership: every operation of the API, asked by everybody who must not have it.

A route that is not in the table fails, so nobody can add one without saying whom it is for.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from fastapi import FastAPI
from sqlmodel import Session

from drone_service.fleet.models import Aircraft
from tests.farms.factories import make_zone
from tests.people import People
from tests.scheduling.rows import Farm, make_farm

UNKNOWN = ("invoice_id", "cost_id", "payment_id", "flight_plan_id", "block_id", "link_id", "change_id", "run_id")
RAIN = {"kind": "rain", "starts_at": "2026-03-11T00:00:00Z", "ends_at": "2026-03-11T05:00:00Z"}
PLACE = {"aircraft_id": str(uuid4()), "day": "2026-03-11", "half": "am"}
QUERIES: dict[str, dict[str, Any]] = {
    "GET /api/v1/jobs/{job_id}/moves": PLACE,
    "GET /api/v1/return/what-if": {"hectares_per_month": 100, "price_vnd_per_ha": 180_000, "costs_vnd_per_ha": 1},
}
METHODS = ("get", "post", "put", "patch", "delete")
API = "/api/v1"

PUBLIC = """
POST /sessions/by-code
POST /sessions/by-password
POST /sign-in-codes
GET /aircraft-models
"""
# What the cooperative knows and every member may see, and lists that hold only what one may see.
MEMBERS = """
GET /sessions
DELETE /sessions/{session_id}
GET /me
GET /cooperative
GET /prices
GET /invoices
GET /jobs
GET /fields
POST /fields
POST /field-imports
GET /aircraft
GET /aircraft/{aircraft_id}
GET /products
GET /products/{product_id}
GET /slots
GET /zones
"""
# What belongs to one farmer: not another farmer's to see, but for those who book for others.
OWN = """
GET /people/{person_id}
POST /quotes
POST /slot-offers
POST /jobs
GET /jobs/{job_id}
PUT /jobs/{job_id}
GET /jobs/{job_id}/history
POST /jobs/{job_id}/cancel
POST /jobs/{job_id}/reinstate
GET /jobs/{job_id}/flight-plan/export
GET /jobs/{job_id}/visit
GET /jobs/{job_id}/weather
GET /fields/{field_id}/weather
GET /jobs/{job_id}/arrival
GET /fields/{field_id}/outline.geojson
GET /fields/{field_id}/outline.kml
GET /fields/{field_id}
PATCH /fields/{field_id}
DELETE /fields/{field_id}
POST /fields/{field_id}/restore
GET /fields/{field_id}/zones
POST /fields/{field_id}/zones
GET /zones/{zone_id}
PATCH /zones/{zone_id}
DELETE /zones/{zone_id}
POST /zones/{zone_id}/restore
GET /fields/{field_id}/spray-log
GET /fields/{field_id}/spray-log.csv
GET /invoices/{invoice_id}
GET /invoices/{invoice_id}/qr.svg
POST /estimates
POST /block-estimates
GET /flight-plans/{flight_plan_id}
GET /flight-plans/{flight_plan_id}/export
"""
BOOKERS = """
GET /people
POST /people
"""
STAFF = """
GET /products/{product_id}/weather-limits
GET /weather-limits
GET /weather-score
POST /weather-refresh
GET /aircraft/{aircraft_id}/timings
GET /debts
GET /costs
POST /costs
POST /costs/{cost_id}/reverse
GET /ledger
GET /balances
POST /invoices/{invoice_id}/payments
POST /payments/{payment_id}/reverse
POST /jobs/{job_id}/confirm
POST /jobs/{job_id}/refuse
GET /jobs/{job_id}/sheet
GET /jobs/{job_id}/work
POST /jobs/{job_id}/start
POST /jobs/{job_id}/loads
POST /jobs/{job_id}/finish
PUT /jobs/{job_id}/visit
DELETE /jobs/{job_id}/visit
PATCH /aircraft/{aircraft_id}
POST /products
PUT /products/{product_id}
DELETE /products/{product_id}
POST /products/{product_id}/restore
GET /days/{day}
POST /days/{day}/plan
PUT /days/{day}/lock
DELETE /days/{day}/lock
POST /days/{day}/publish
POST /days/{day}/turns
GET /jobs/{job_id}/moves
GET /gatherings
POST /gatherings
POST /jobs/{job_id}/moves
POST /schedule-changes/{change_id}/undo
POST /plan-runs
GET /plan-runs/{run_id}
POST /plan-runs/{run_id}/stop
POST /plan-runs/{run_id}/accept
POST /plan-runs/{run_id}/discard
GET /calendar-links
GET /block-proposals
GET /blocks
POST /blocks
GET /blocks/{block_id}
GET /blocks/{block_id}/flight-plan/export
DELETE /blocks/{block_id}
POST /calendar-links
DELETE /calendar-links/{link_id}
"""
OWNERS = """
PUT /products/{product_id}/weather-limits
PUT /weather-limits
PATCH /people/{person_id}
PATCH /cooperative
POST /prices
POST /aircraft
GET /return
GET /return/what-if
GET /return.xlsx
"""
# Read with a secret in the address instead of a session.
BY_SECRET = {"GET /calendar/{secret}.ics", "GET /calendar/{secret}.json"}


def named(table: str) -> set[str]:
    return {line.replace(" ", f" {API}", 1) for line in table.split("\n") if line}


GROUPS = [named(table) for table in (PUBLIC, MEMBERS, OWN, BOOKERS, STAFF, OWNERS)]
REFUSED_TO = {
    "neighbour": named(OWN) | named(BOOKERS) | named(STAFF) | named(OWNERS),
    "agent": named(STAFF) | named(OWNERS),
    "operator": named(OWNERS),
}


def operations(app: FastAPI) -> set[str]:
    paths = app.openapi()["paths"]
    return {f"{method.upper()} {path}" for path in paths for method in METHODS if method in paths[path]}


@pytest.fixture
def farm(session: Session, people: People) -> Farm:
    """What the tests ask about; the other cooperative has an aircraft too, so that only the tenant stands between."""
    farm = make_farm(session, people)
    model = farm.aircraft.model_dump(exclude={"id", "cooperative_id", "created_at", "version"})
    session.add(Aircraft(cooperative_id=people.elsewhere.id, **model))
    session.flush()
    return farm


@pytest.fixture
def ask(
    client: Callable[..., Any], session: Session, people: People, farm: Farm, now: datetime
) -> Callable[[str, str], int]:
    """Ask for an operation about what belongs to the farmer or the cooperative of the tests."""
    job = farm.job()
    known = {
        "person_id": people.farmer.id,
        "session_id": people.farmer.actor.session_id,
        "field_id": farm.field.id,
        "job_id": job.id,
        "aircraft_id": farm.aircraft.id,
        "product_id": farm.product.id,
        "day": "2026-03-11",
        "zone_id": make_zone(session, people.farmer, farm.field, now).id,
    }
    unknown = {name: uuid4() for name in UNKNOWN}

    def send(operation: str, who: str) -> int:
        method, path = operation.split(" ", 1)
        body = body_of(operation.replace(API, ""), str(farm.field.id))
        address = path.format_map(known | unknown) + ("?format=kml" if path.endswith("/export") else "")
        if operation in QUERIES:
            address += "?" + urlencode(QUERIES[operation])
        answer = client(as_=getattr(people, who)).request(method, address, json=body, headers={"if-match": '"1"'})
        return int(answer.status_code)

    return send


def body_of(operation: str, field_id: str) -> dict[str, Any] | None:
    """Return a body that passes validation, so that the answer is about rights and nothing else."""
    job = {"field_id": field_id, "allowed_from": "2026-03-11", "allowed_until": "2026-03-12"}
    product = {"name": "New", "group": "herbicide", "formulation": "EC", "unit": "L"}
    product |= {"dose_min_per_ha": 1, "dose_per_ha": 1, "dose_max_per_ha": 1}
    bodies: dict[str, dict[str, Any]] = {
        "POST /people": {"name": "New", "phone": "0912000099"},
        "PATCH /people/{person_id}": {"place": "there"},
        "PATCH /cooperative": {"address": "there"},
        "POST /prices": {"service": "spray", "unit": "ha", "amount_vnd": 1000, "valid_from": "2026-01-01"},
        "POST /costs": {"kind": "fuel", "amount_vnd": 1000, "spent_on": "2026-01-01"},
        "POST /quotes": job,
        "POST /slot-offers": job,
        "POST /jobs": job,
        "PUT /jobs/{job_id}": job,
        "POST /jobs/{job_id}/refuse": {"reason": "rain"},
        "POST /jobs/{job_id}/cancel": {"reason": "rain"},
        "POST /jobs/{job_id}/start": {},
        "POST /jobs/{job_id}/loads": {"load_id": str(uuid4()), "area_m2": 10, "quantity": 1},
        "POST /jobs/{job_id}/finish": {},
        "POST /jobs/{job_id}/moves": PLACE | {"seen": "x"},
        "POST /gatherings": PLACE | {"seen": "x", "job_ids": [str(uuid4()), str(uuid4())]},
        "POST /plan-runs": {"days": ["2026-03-11"]},
        "POST /days/{day}/turns": RAIN,
        "PUT /jobs/{job_id}/visit": {"starts_at": "2026-03-11T00:00:00Z"},
        "PATCH /fields/{field_id}": {"name": "other"},
        "POST /fields/{field_id}/zones": {"kind": "pole", "geometry": {"type": "Point", "coordinates": [105.72, 9.43]}},
        "PATCH /zones/{zone_id}": {"note": "old"},
        "POST /blocks": {"job_ids": [str(uuid4()), str(uuid4())]},
        "POST /estimates": {"field_id": field_id, "rate_per_ha": 20},
        "POST /block-estimates": {"field_ids": [field_id, field_id], "rate_per_ha": 20},
        "POST /invoices/{invoice_id}/payments": {"amount_vnd": 1, "method": "cash", "paid_on": "2026-03-10"},
        "PATCH /aircraft/{aircraft_id}": {"name": "other"},
        "POST /aircraft": {"model": "dji-agras-t40", "name": "Two"},
        "POST /products": product,
        "PUT /products/{product_id}": product,
        "POST /calendar-links": {},
        "PUT /weather-limits": {},
        "PUT /products/{product_id}/weather-limits": {},
    }
    return bodies.get(operation)


def test_every_operation_is_in_the_table_once(app: FastAPI) -> None:
    assert sum(len(group) for group in GROUPS) == len(set().union(*GROUPS))
    assert operations(app) == set().union(*GROUPS) | BY_SECRET


def test_a_visitor_gets_only_what_is_public(ask: Callable[[str, str], int], app: FastAPI) -> None:
    closed = operations(app) - named(PUBLIC) - BY_SECRET
    assert {operation: status for operation in sorted(closed) if (status := ask(operation, "visitor")) != 401} == {}


@pytest.mark.parametrize("who", sorted(REFUSED_TO))
def test_nobody_gets_what_is_for_others(ask: Callable[[str, str], int], who: str) -> None:
    answers = {operation: ask(operation, who) for operation in sorted(REFUSED_TO[who])}
    assert {operation: status for operation, status in answers.items() if status not in {403, 404}} == {}


def test_an_outsider_finds_nothing_of_another_cooperative(ask: Callable[[str, str], int], app: FastAPI) -> None:
    """The outsider owns another cooperative, so no role stands in the way: only the tenant does."""
    about = {operation for operation in operations(app) - BY_SECRET if "_id}" in operation}
    about |= {
        f"POST {API}/quotes",
        f"POST {API}/slot-offers",
        f"POST {API}/jobs",
        f"POST {API}/estimates",
        f"POST {API}/block-estimates",
    }
    assert {operation: status for operation in sorted(about) if (status := ask(operation, "outsider")) != 404} == {}


def test_the_same_requests_by_the_owner_are_not_refused(ask: Callable[[str, str], int]) -> None:
    """The negative control: it is who asks, not what is asked, that the tests above see refused."""
    asked = sorted(operation for operation in named(OWN) | named(OWNERS) if operation.startswith("GET"))
    known = [operation for operation in asked if "invoice" not in operation and "plan" not in operation]
    placed = ("/visit", "/arrival")
    answers = {operation: ask(operation, "owner") for operation in known if not operation.endswith(placed)}
    assert set(answers.values()) == {200}
