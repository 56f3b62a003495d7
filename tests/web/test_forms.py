"""Numbers as people type them, where forms may lead, and who may send them."""

import re
from collections.abc import Callable
from html import unescape
from typing import Annotated, Any, Literal
from urllib.parse import quote

import pytest
from pydantic import BaseModel, Field
from starlette.datastructures import Headers

from drone_service.kit.text import Line
from drone_service.web.forms import bind, parse_number
from drone_service.web.login import safe_path
from drone_service.web.security import is_cross_site
from tests.conftest import Client
from tests.people import People


@pytest.mark.parametrize(
    ("typed", "whole", "read"),
    [
        ("12,5", False, "12.5"),
        ("12.5", False, "12.5"),
        ("1.234,5", False, "1234.5"),
        ("1,234.5", False, "1234.5"),
        ("1.296", False, "1.296"),
        ("1.234.567", False, "1234567"),
        ("180.000", True, "180000"),
        ("180,000 ₫", True, "180000"),
        ("1.234.567", True, "1234567"),
        ("12,5", True, "12.5"),
        ("twelve", True, "twelve"),
        ("១២,៥", False, "12.5"),
        ("១៨០.០០០ ₫", True, "180000"),
    ],
)
def test_both_decimal_signs_are_understood(typed: str, whole: bool, read: str) -> None:
    assert parse_number(typed, whole=whole) == read


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("", "This is needed."),
        ("  ", "This is needed."),
        ("ab", "This is too short."),
        ("abcdefgh", "This is too long."),
    ],
)
def test_a_text_is_told_of_as_a_text_and_not_as_a_list(typed: str, told: str) -> None:
    class Named(BaseModel):
        name: Annotated[Line, Field(min_length=3, max_length=6)]

    assert bind(Named, {"name": typed}, language="en").error("name") == told


@pytest.mark.parametrize("path", ["//evil.example", "https://evil.example", "/\\evil.example", "/a\nb", ""])
def test_next_never_leads_elsewhere(path: str) -> None:
    assert safe_path(path) == ""


def test_next_leads_on_inside() -> None:
    assert safe_path("/book/work?field=1") == "/book/work?field=1"


@pytest.mark.parametrize(
    ("headers", "refused"),
    [
        ({"sec-fetch-site": "cross-site"}, True),
        ({"sec-fetch-site": "same-site"}, True),
        ({"sec-fetch-site": "same-origin"}, False),
        ({"sec-fetch-site": "none"}, False),
        ({"origin": "https://evil.example", "host": "our.example"}, True),
        ({"origin": "https://our.example", "host": "our.example"}, False),
        ({"host": "our.example"}, False),
    ],
)
def test_other_sites_cannot_make_a_browser_send(headers: dict[str, str], refused: bool) -> None:
    assert is_cross_site("POST", Headers(headers)) is refused
    assert not is_cross_site("GET", Headers(headers))


def test_who_signs_in_on_the_way_keeps_their_answers(client: Callable[..., Client], people: People) -> None:
    asked = "/book/days?field=1&service=spray"
    sent = client().get(asked).headers["location"]
    assert sent == f"/login?next={quote(asked)}"
    code = client().post(sent, data={"phone": people.farmer.person.phone_e164}).headers["location"]
    assert code == f"/login/code?next={quote(asked)}"
    assert client().post("/book?field=1").headers["location"] == "/login?next=/"


def test_a_form_sent_after_the_sign_in_ended_is_kept_to_be_sent_again(
    client: Callable[..., Client], people: People
) -> None:
    typed = {"kind": "fuel", "amount_vnd": "120.000", "spent_on": "2026-03-10", "method": "cash", "note": '12 L "A95"'}
    late = client().post("/costs?from_day=2026-03-01", data=typed)
    assert late.status_code == 401
    assert 'action="/costs?from_day=2026-03-01"' in late.text
    kept = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', late.text.split("<main")[1]))
    assert {name: unescape(value) for name, value in kept.items()} == typed
    assert client(people.operator).post("/costs", data=typed).status_code == 303


class Sizes(BaseModel):
    size: Literal[1000, 1296]
    shape: dict[str, Any]


@pytest.mark.parametrize("typed", [{"size": "9" * 5_000}, {"size": "1296", "shape": "[" * 50_000}])
def test_what_nobody_types_is_refused_and_not_an_error_of_ours(typed: dict[str, str]) -> None:
    assert not bind(Sizes, typed, language="en").is_valid


def test_a_choice_of_numbers_is_read() -> None:
    assert bind(Sizes, {"size": "1296", "shape": "{}"}, language="en").value.size == 1296
