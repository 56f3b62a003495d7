"""Every list in pages: following the cursor visits each row once, in one order, and then ends."""

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlmodel import Session
from starlette.testclient import TestClient as Client

from tests.billing.rows import make_cost, make_invoice
from tests.people import People
from tests.scheduling.rows import make_farm

PRICE = {"service": "sow", "unit": "ha", "amount_vnd": 400_000}
PRODUCT = {"group": "herbicide", "formulation": "SC", "unit": "mL"}
DOSES = {"dose_per_ha": 500, "dose_min_per_ha": 400, "dose_max_per_ha": 600}


def fill(owner: Client, session: Session, people: People, now: datetime) -> None:
    for farmer in (people.farmer, people.neighbour):
        make_invoice(session, people, now, farmer=farmer)
        make_cost(session, people, now)
    farm = make_farm(session, people)
    for _ in range(3):
        farm.job()
    for number, name in enumerate(["Beta", "Alpha", "Gamma"]):
        added = owner.post("/api/v1/products", json={**PRODUCT, **DOSES, "name": name, "phi_days": 7})
        assert added.status_code == 201, added.text
        assert owner.post("/api/v1/prices", json={**PRICE, "valid_from": f"2026-0{number + 3}-01"}).status_code == 201


def follow(owner: Client, path: str, limit: int) -> list[str]:
    """Return the rows of a list as text, a page of `limit` after the other."""
    rows: list[str] = []
    after = ""
    for _ in range(100):
        page = owner.get(f"/api/v1/{path}?limit={limit}{after}").json()
        rows += [str(item) for item in page["items"]]
        if page["next"] is None:
            return rows
        after = f"&after={page['next']}"
    raise AssertionError("the list has no end")


@pytest.mark.parametrize("path", ["jobs", "invoices", "costs", "ledger", "debts", "people", "prices", "products"])
def test_the_cursor_goes_through_the_whole_list(
    client: Callable[..., Client], people: People, session: Session, now: datetime, path: str
) -> None:
    owner = client(people.owner)
    fill(owner, session, people, now)
    whole = follow(owner, path, 200)
    assert len(whole) >= 2
    assert len(set(whole)) == len(whole)
    assert follow(owner, path, 1) == whole


@pytest.mark.parametrize("path", ["ledger", "debts", "people", "prices", "products"])
def test_after_a_row_that_is_not_there_comes_nothing_or_what_is_older(
    client: Callable[..., Client], people: People, session: Session, now: datetime, path: str
) -> None:
    owner = client(people.owner)
    fill(owner, session, people, now)
    strange = "00000000-0000-7000-8000-000000000000"
    assert owner.get(f"/api/v1/{path}?after={strange}").json()["items"] == []
