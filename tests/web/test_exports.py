"""Lists as spreadsheets: the whole list, numbers as numbers, and only what the reader may see."""

from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from sqlmodel import Session

from drone_service.kit import paging
from drone_service.kit.spreadsheet import Column, write_table
from drone_service.web import exports
from tests.billing.rows import make_cost, make_invoice
from tests.conftest import Client
from tests.people import People
from tests.scheduling.rows import make_farm

ENGLISH = {"cookie": "lang=en"}
HERE = {"sec-fetch-site": "same-origin"}


def rows_of(client: Client, path: str) -> list[list[Any]]:
    answer = client.get(path, headers=ENGLISH)
    assert answer.status_code == 200, answer.text
    sheet = openpyxl.load_workbook(BytesIO(answer.content)).worksheets[0]
    assert all(cell.data_type != "f" for row in sheet for cell in row)
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def test_the_invoices_payments_and_costs(
    client: Callable[..., Client], people: People, session: Session, now: datetime
) -> None:
    invoice = make_invoice(session, people, now)
    make_cost(session, people, now)
    owner = client(people.owner)
    paid = {"amount_vnd": "50.000", "paid_on": "2026-03-10", "method": "cash", "note": "=1+1"}
    assert owner.post(f"/invoices/{invoice.id}/payments", data=paid, headers=HERE).status_code == 303
    heads, bill = rows_of(owner, "/invoices.xlsx")
    shown = dict(zip(heads, bill, strict=True))
    assert (shown["Hectares"], shown["Amount"], shown["Paid"], shown["Open"]) == (1, 180_000, 50_000, 130_000)
    heads, payment = rows_of(owner, "/payments.xlsx")
    shown = dict(zip(heads, payment, strict=True))
    assert shown["Day"] == datetime(2026, 3, 10)  # noqa: DTZ001 (a spreadsheet knows no zones)
    assert (shown["Amount"], shown["Taken back"], shown["Note"]) == (50_000, "", "'=1+1")
    assert rows_of(owner, "/payments.xlsx?until_day=2026-03-09")[1:] == []
    assert rows_of(owner, "/costs.xlsx")[1][2] == 50_000


def test_a_list_longer_than_a_page_is_whole(
    client: Callable[..., Client], people: People, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "MAX_LIMIT", 2)
    farm = make_farm(session, people)
    for _ in range(5):
        farm.job()
    assert [row[0] for row in rows_of(client(people.owner), "/jobs.xlsx")[1:]] == [5, 4, 3, 2, 1]
    assert len(rows_of(client(people.farmer), "/jobs.xlsx")) == 6
    assert len(rows_of(client(people.neighbour), "/jobs.xlsx")) == 1
    assert paging.MAX_LIMIT == 200


@pytest.mark.parametrize("path", ["/payments.xlsx", "/costs.xlsx"])
def test_farmers_get_no_books(client: Callable[..., Client], people: People, path: str) -> None:
    assert client(people.farmer).get(path).status_code == 403
    assert client(people.visitor).get(path).headers["location"].startswith("/login")


def test_a_table_that_is_too_long_says_so() -> None:
    content = write_table("Rows", [Column("n")], ([number] for number in range(5)), cut="There is more.", max_rows=3)
    sheet = openpyxl.load_workbook(BytesIO(content)).active
    assert [row[0] for row in sheet.iter_rows(values_only=True)] == ["n", 0, 1, 2, "There is more."]
