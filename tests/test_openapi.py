"""The description of the API is true where a generator does not look, and JSON is taken at its word."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI

from drone_service.billing.schemas import CostIn
from drone_service.web import forms
from tests.conftest import Client
from tests.people import People

COST: dict[str, Any] = {"kind": "fuel", "amount_vnd": 7, "spent_on": "2026-03-09"}


def described(app: FastAPI, path: str, method: str) -> dict[str, Any]:
    found: dict[str, Any] = app.openapi()["paths"][f"/api/v1{path}"][method]
    return found


@pytest.mark.parametrize(("amount", "status"), [(7, 201), (7.0, 201), (7.5, 422), (True, 422), ("7", 422)])
def test_only_a_number_is_a_number(client: Callable[..., Client], people: People, amount: object, status: int) -> None:
    answer = client(people.owner).post("/api/v1/costs", json={**COST, "amount_vnd": amount})
    assert answer.status_code == status
    if status == 422:
        assert answer.json()["errors"][0]["pointer"] == "/body/amount_vnd"


@pytest.mark.parametrize("moment", [0, "0", True, "tomorrow"])
def test_a_moment_is_written_out(client: Callable[..., Client], people: People, moment: object) -> None:
    job = "00000000-0000-7000-8000-000000000000"
    answer = client(people.operator).put(f"/api/v1/jobs/{job}/visit", json={"starts_at": moment})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/body/starts_at")


def test_what_is_typed_into_a_form_is_still_text() -> None:
    bound = forms.bind(CostIn, {**COST, "amount_vnd": "50.000"}, language="vi")
    assert bound.value.amount_vnd == 50_000


def test_a_change_says_which_version_it_changes(client: Callable[..., Client], people: People) -> None:
    owner, body = client(people.owner), {"wash_out_min": 20}
    asked = [owner.patch("/api/v1/cooperative", json=body, headers=h) for h in ({}, {"if-match": "7"})]
    assert [answer.status_code for answer in asked] == [428, 422]
    parameters = described(owner.app, "/cooperative", "patch")["parameters"]  # type: ignore[arg-type]
    version = next(one for one in parameters if one["name"] == "if-match")
    assert version["required"] is True


def test_a_sign_in_is_no_session(client: Callable[..., Client], people: People) -> None:
    answer = client(people.owner).delete("/api/v1/sessions/by-code")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


def test_a_key_belongs_to_one_request(client: Callable[..., Client], people: People) -> None:
    owner, key = client(people.owner), {"idempotency-key": "k"}
    answers = [owner.post("/api/v1/costs", json={**COST, "amount_vnd": n}, headers=key) for n in (1, 2)]
    assert [answer.status_code for answer in answers] == [201, 409]


@pytest.mark.parametrize("part", ["name", "place"])
def test_lines_are_described_as_lines(client: Callable[..., Client], part: str) -> None:
    schema = client().get("/openapi.json").json()["components"]["schemas"]["PersonIn"]["properties"][part]
    assert schema["pattern"]


NOTHING = "00000000-0000-7000-8000-000000000000"
SHOWN = {
    "/sessions/by-password", "/sign-in-codes", "/people", "/prices", "/costs", "/products", "/aircraft", "/fields",
    "/fields/{field_id}/zones", "/quotes", "/jobs", "/estimates", "/invoices/{invoice_id}/payments",
}  # fmt: skip
"""What a first session asks for."""


def test_examples_are_accepted_as_they_stand(client: Callable[..., Client], people: People) -> None:
    """All that may be wrong with one is an id, or the day and the people of the demonstration, which are not here."""
    owner = client(people.owner)
    document = owner.get("/openapi.json").json()
    tried = {}
    for path in SHOWN:
        body = document["paths"][f"/api/v1{path}"]["post"]["requestBody"]["content"]["application/json"]["schema"]
        (shown,) = document["components"]["schemas"][body["$ref"].rpartition("/")[2]]["examples"]
        address = path.format(field_id=NOTHING, invoice_id=NOTHING)
        tried[path] = owner.post(f"/api/v1{address}", json=shown).status_code
    with_ids = {path for path in SHOWN if "{" in path} | {"/quotes", "/jobs", "/estimates"}
    assert {path: tried[path] for path in with_ids} == dict.fromkeys(with_ids, 404)
    assert tried["/sessions/by-password"] in {201, 401}
    made = SHOWN - with_ids - {"/sessions/by-password"}
    assert {path: tried[path] for path in made} == dict.fromkeys(made, 201) | {"/sign-in-codes": 202}
