"""Fields of several owners estimated as one flight: every column adds up, and only those who see all fields may ask."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from sqlmodel import Session

from drone_service.billing.models import Price
from drone_service.billing.rules import PriceUnit
from drone_service.engine.operation import Service
from drone_service.farms.models import Field
from drone_service.planning.blocks import shared_saving_vnd
from tests.conftest import Client
from tests.farms.factories import make_field
from tests.people import People, Who

Clients = Callable[..., Client]


def field_at(session: Session, owner: Who, now: datetime, east_m: float) -> Field:
    return make_field(session, owner, now, east_m=east_m, name=f"Ruộng {east_m:g}")


@pytest.fixture
def fields(session: Session, people: People, now: datetime) -> list[Field]:
    """A hectare of the farmer, one of the neighbour beside it, and another of the neighbour behind a canal of 6 m."""
    owners = ((people.farmer, 0.0), (people.neighbour, 100.0), (people.neighbour, 206.0))
    return [field_at(session, owner, now, east_m) for owner, east_m in owners]


@pytest.fixture
def price(session: Session, people: People) -> None:
    session.add(
        Price(
            cooperative_id=people.cooperative.id, service=Service.SPRAY, unit=PriceUnit.HECTARE, amount_vnd=180_000,
            valid_from=date(2026, 1, 1),
        )
    )  # fmt: skip
    session.flush()


def ask(client: Clients, who: Who | None, fields: list[Field], **changes: Any) -> Any:
    body = {"field_ids": [str(field.id) for field in fields], "rate_per_ha": 20, **changes}
    return client(who).post("/api/v1/block-estimates", json=body)


@pytest.mark.usefixtures("price")
def test_every_column_adds_up(client: Clients, people: People, fields: list[Field]) -> None:
    products = [{"name": "Blast", "dose_per_ha": 450, "unit": "mL"}, {"name": "Weed", "dose_per_ha": 0.3, "unit": "kg"}]
    answer = ask(client, people.operator, fields, products=products, shared_percent=50)
    assert answer.status_code == 200
    told = answer.json()
    members, estimate = told["members"], told["estimate"]
    assert [member["field_name"] for member in members] == ["Ruộng 0", "Ruộng 100", "Ruộng 206"]
    assert round(sum(member["quantity"] for member in members), 1) == estimate["quantity"]
    assert round(sum(member["seconds"] for member in members), 2) == round(told["total_s"], 2)
    assert sum(member["area_m2"] for member in members) == pytest.approx(estimate["area_m2"])
    assert sum(member["price_share"] for member in members) == pytest.approx(1)
    assert sum(member["price_vnd"] for member in members) == told["price_vnd"]
    assert sum(member["shared_vnd"] for member in members) == told["shared_vnd"]
    for index, total in enumerate(estimate["totals"]):
        assert round(sum(member["products"][index]["amount"] for member in members), 3) == total["amount"]
    for number, load in enumerate(estimate["loads"]):
        assert round(sum(member["by_load"][number] for member in members), 3) == load["quantity"]
    # A hectare of 10,000 m² or so costs 180,000 ₫, whoever flies with it.
    assert [member["price_vnd"] for member in members] == [pytest.approx(180_000, rel=0.01)] * 3


@pytest.mark.usefixtures("price")
def test_the_saving_is_told_and_shared(client: Clients, people: People, fields: list[Field]) -> None:
    told = ask(client, people.operator, fields, shared_percent=100).json()
    bodies = [{"field_id": str(field.id), "rate_per_ha": 20} for field in fields]
    alone = [client(people.operator).post("/api/v1/estimates", json=body) for body in bodies]
    alone_s = sum(answer.json()["estimate"]["total_s"] for answer in alone)
    assert told["alone_s"] == pytest.approx(alone_s)
    assert told["saving_s"] == pytest.approx(alone_s - told["total_s"])
    assert told["pays"] is True
    assert told["shared_vnd"] == pytest.approx(told["price_vnd"] * told["saving_share"], abs=1)
    assert ask(client, people.operator, fields).json()["shared_vnd"] == 0


def test_the_value_of_a_saving_by_hand() -> None:
    # 540,000 ₫ and a fifth of the time saved are 108,000 ₫; half of it is given back. Nothing where it does not pay.
    assert shared_saving_vnd(540_000, 0.2, 50) == 54_000
    assert shared_saving_vnd(100, 0.333, 50) == 17
    assert shared_saving_vnd(540_000, -0.1, 50) == 0
    assert shared_saving_vnd(540_000, None, 50) == 0


def test_without_a_price_the_flight_is_told_all_the_same(client: Clients, people: People, fields: list[Field]) -> None:
    told = ask(client, people.operator, fields, shared_percent=50).json()
    assert (told["price_vnd"], told["shared_vnd"], told["members"][0]["price_vnd"]) == (None, 0, None)


def test_only_those_who_see_every_field_may_ask(client: Clients, people: People, fields: list[Field]) -> None:
    own = fields[1:]
    for who, asked, status in (
        (people.neighbour, own, 200),
        (people.neighbour, fields, 404),
        (people.farmer, own, 404),
        (people.agent, fields, 200),
        (people.outsider, fields, 404),
        (None, fields, 401),
    ):
        assert ask(client, who, asked).status_code == status


@pytest.mark.parametrize(
    ("places", "changes", "status", "code"),
    [
        ((0, 1, 2), {"max_gap_m": 5}, 422, "planning.fields_apart"),
        ((0, 2), {}, 422, "planning.fields_apart"),
        ((0, 0), {}, 422, "planning.field_covered"),
        ((0,), {}, 422, "invalid"),
        ((0, 1), {"max_gap_m": 51}, 422, "invalid"),
        ((0, 1), {"shared_percent": 101}, 422, "invalid"),
        ((0, 1), {"rate_per_ha": 900}, 422, "planning.rate"),
        ((0, 1), {"products": [{"dose_per_ha": 30, "unit": "L"}]}, 422, "planning.mix"),
    ],
)
def test_what_is_no_block_is_refused(
    client: Clients,
    people: People,
    fields: list[Field],
    places: tuple[int, ...],
    changes: dict[str, object],
    status: int,
    code: str,
) -> None:
    answer = ask(client, people.operator, [fields[place] for place in places], **changes)
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{code}")
    assert "%(" not in answer.json()["detail"]
