"""Money through the API: who sees what, and what is refused."""

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlmodel import Session

from drone_service.billing.paying import qr_text_of_invoice
from drone_service.billing.vietqr import parse
from tests.billing.rows import make_cost, make_invoice
from tests.conftest import Client
from tests.people import People

PRICE = {"service": "spray", "unit": "cong", "cong_m2": 1296, "amount_vnd": 18_000, "valid_from": "2026-03-01"}
COST = {"kind": "fuel", "amount_vnd": 71_000, "spent_on": "2026-03-10"}


@pytest.mark.parametrize(
    ("who", "status"), [("farmer", 403), ("agent", 403), ("operator", 403), ("owner", 201), ("visitor", 401)]
)
def test_only_the_owner_sets_prices(client: Callable[..., Client], people: People, who: str, status: int) -> None:
    assert client(getattr(people, who)).post("/api/v1/prices", json=PRICE).status_code == status


@pytest.mark.parametrize(
    "change",
    [{"cong_m2": None}, {"cong_m2": 1200}, {"unit": "ha"}, {"amount_vnd": 0}, {"amount_vnd": 10**16}, {"x": 1}],
)
def test_odd_prices_are_refused(client: Callable[..., Client], people: People, change: dict[str, object]) -> None:
    assert client(people.owner).post("/api/v1/prices", json={**PRICE, **change}).status_code == 422


def test_a_farmer_sees_own_invoices_only(
    client: Callable[..., Client], people: People, session: Session, now: datetime
) -> None:
    invoice = make_invoice(session, people, now)
    path = f"/api/v1/invoices/{invoice.id}"
    answers = {
        who: client(getattr(people, who)).get(path).status_code
        for who in ("farmer", "neighbour", "operator", "owner", "outsider", "visitor")
    }
    assert answers == {"farmer": 200, "neighbour": 404, "operator": 200, "owner": 200, "outsider": 404, "visitor": 401}
    lists = [len(client(who).get("/api/v1/invoices").json()["items"]) for who in (people.farmer, people.neighbour)]
    assert lists == [1, 0]
    shown = client(people.farmer).get(path).json()
    assert (shown["bill_number"], shown["total_vnd"], shown["balance_vnd"], shown["status"]) == (
        "DS000001",
        180_000,
        180_000,
        "open",
    )


@pytest.mark.parametrize("path", ["debts", "costs", "ledger", "balances"])
def test_the_books_are_for_those_who_run_it(client: Callable[..., Client], people: People, path: str) -> None:
    answers = [client(who).get(f"/api/v1/{path}").status_code for who in (people.farmer, people.agent, people.owner)]
    assert answers == [403, 403, 200]


def test_debts_by_farmer(client: Callable[..., Client], people: People, session: Session, now: datetime) -> None:
    make_invoice(session, people, now)
    make_invoice(session, people, now, farmer=people.neighbour, area_m2=20_000.0)
    debts = client(people.owner).get("/api/v1/debts").json()
    assert debts["total_vnd"] == 540_000
    assert [(debt["balance_vnd"], debt["oldest_on"]) for debt in debts["items"]] == [
        (360_000, "2026-03-10"),
        (180_000, "2026-03-10"),
    ]
    assert client(people.outsider).get("/api/v1/debts").json() == {"items": [], "total_vnd": 0, "next": None}


def test_costs_are_taken_back_by_reversal(client: Callable[..., Client], people: People) -> None:
    owner = client(people.owner)
    cost = owner.post("/api/v1/costs", json=COST).json()
    assert owner.post(f"/api/v1/costs/{cost['id']}/reverse").json()["reversed"]
    assert owner.post(f"/api/v1/costs/{cost['id']}/reverse").status_code == 409
    kinds = [entry["kind"] for entry in owner.get("/api/v1/ledger").json()["items"]]
    assert sorted(kinds) == ["cost", "reversal"]


def test_a_cost_is_entered_once_and_not_ahead(client: Callable[..., Client], people: People) -> None:
    owner = client(people.owner)
    for _ in range(2):
        answer = owner.post("/api/v1/costs", json=COST, headers={"idempotency-key": "again"})
        assert answer.status_code == 201
    assert len(owner.get("/api/v1/costs").json()["items"]) == 1
    assert owner.post("/api/v1/costs", json={**COST, "spent_on": "2026-03-11"}).status_code == 422


def test_an_outsider_cannot_take_a_cost_back(
    client: Callable[..., Client], people: People, session: Session, now: datetime
) -> None:
    cost = make_cost(session, people, now)
    assert client(people.outsider).post(f"/api/v1/costs/{cost.id}/reverse").status_code == 404


def test_the_code_pays_what_is_open(
    client: Callable[..., Client], people: People, session: Session, now: datetime
) -> None:
    invoice = make_invoice(session, people, now)
    path = f"/api/v1/invoices/{invoice.id}/qr.svg"
    assert client(people.farmer).get(path).json()["type"].endswith("billing.bank_not_set")
    people.cooperative.bank_bin, people.cooperative.bank_account = "970403", "0011012345678"
    session.flush()
    answer = client(people.farmer).get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")
    asked = parse(qr_text_of_invoice(session, people.farmer.actor, invoice.id))
    assert (asked.bank_bin, asked.account, asked.amount_vnd, asked.bill_number) == (
        "970403",
        "0011012345678",
        180_000,
        "DS000001",
    )
    assert client(people.neighbour).get(path).status_code == 404
