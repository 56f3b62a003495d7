"""The return through the API and as a spreadsheet."""

from collections.abc import Callable
from datetime import datetime
from io import BytesIO

import openpyxl
import pytest
from sqlmodel import Session

from drone_service.kit.spreadsheet import safe_text
from tests.billing.rows import make_cost, make_invoice
from tests.conftest import Client
from tests.people import People


def test_owners_only(client: Callable[..., Client], people: People) -> None:
    for path in ("return", "return.xlsx"):
        answers = [
            client(who).get(f"/api/v1/{path}").status_code
            for who in (people.farmer, people.agent, people.operator, people.owner, people.visitor)
        ]
        assert answers == [403, 403, 403, 200, 401]


def test_the_books_by_hand(client: Callable[..., Client], people: People, session: Session, now: datetime) -> None:
    make_invoice(session, people, now)
    make_cost(session, people, now)
    owner = client(people.owner)
    answer = owner.get("/api/v1/return").json()
    month = answer["months"][0]
    figures = ("name", "revenue_vnd", "costs_vnd", "profit_vnd", "received_vnd", "area_m2")
    assert [month[name] for name in figures] == ["2026-03", 180_000, 50_000, 130_000, 0, 10_000.0]
    standing = answer["payback"]
    assert (standing["back_vnd"], standing["owed_vnd"], standing["margin_vnd_per_ha"]) == (-50_000, 180_000, 130_000)
    # 480,000,000 + 50,000 to come back, of which 180,000 are owed: 479,870,000 / 130,000 a hectare.
    assert standing["hectares_needed"] == pytest.approx(3_691.31, abs=0.01)
    assert [season["name"] for season in answer["seasons"]] == ["summer_autumn-2026"]


def test_another_month_is_tried_and_nothing_stored(
    client: Callable[..., Client], people: People, session: Session, now: datetime
) -> None:
    make_invoice(session, people, now)
    make_cost(session, people, now)
    owner = client(people.owner)
    before = owner.get("/api/v1/return").json()
    month = {"hectares_per_month": 100, "price_vnd_per_ha": 200_000, "costs_vnd_per_ha": 50_000}
    tried = owner.get("/api/v1/return/what-if", params=month).json()
    # 479,870,000 to be earned (above) at 15,000,000 a month: 31.99 months x 30.4375 = 973.7, so 974 days.
    assert (tried["monthly_profit_vnd"], tried["expected_on"]) == (15_000_000, "2028-11-08")
    assert owner.get("/api/v1/return").json() == before
    assert client(people.operator).get("/api/v1/return/what-if", params=month).status_code == 403
    assert owner.get("/api/v1/return/what-if", params=month | {"hectares_per_month": "nan"}).status_code == 422


def test_every_figure_leads_to_its_entries(
    client: Callable[..., Client], people: People, session: Session, now: datetime
) -> None:
    make_invoice(session, people, now)
    make_cost(session, people, now)
    owner = client(people.owner)
    month = owner.get("/api/v1/return").json()["months"][0]
    for figure, link in (
        ("revenue_vnd", "revenue_entries"),
        ("costs_vnd", "costs_entries"),
        ("received_vnd", "received_entries"),
    ):
        entries = owner.get(month[link]).json()["items"]
        assert sum(entry["amount_vnd"] for entry in entries) == month[figure]
    assert sum(row["area_m2"] for row in owner.get(month["invoices"]).json()["items"]) == month["area_m2"]


def test_the_outsider_sees_another_cooperative(
    client: Callable[..., Client], people: People, session: Session, now: datetime
) -> None:
    make_invoice(session, people, now)
    assert client(people.outsider).get("/api/v1/return").json()["months"] == []


def test_the_spreadsheet_holds_numbers_and_no_formulas(
    client: Callable[..., Client], people: People, session: Session, now: datetime
) -> None:
    make_invoice(session, people, now)
    people.cooperative.name = '=HYPERLINK("http://x")'
    session.flush()
    answer = client(people.owner).get("/api/v1/return.xlsx")
    book = openpyxl.load_workbook(BytesIO(answer.content))
    months, _, standing = book.worksheets
    assert [cell.value for cell in months[2]] == ["2026-03", 1, 180_000, 0, 180_000, 0]
    assert standing["A1"].value == '\'=HYPERLINK("http://x")'
    assert all(cell.data_type != "f" for sheet in book for row in sheet for cell in row)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx"])
def test_what_looks_like_a_formula_is_quoted(text: str) -> None:
    assert safe_text(text) == "'" + text
    assert safe_text("x" + text) == "x" + text
