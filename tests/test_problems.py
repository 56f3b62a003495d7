"""docs/problems.md holds every refusal that the program can answer with, as it is now."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from drone_service.cli import app
from drone_service.commands.problems import table
from drone_service.kit.errors import all_errors, errors_by_code
from tests.conftest import Client
from tests.people import People

FILE = Path(__file__).parents[1] / "docs" / "problems.md"


def test_the_file_is_up_to_date() -> None:
    assert FILE.read_text(encoding="utf-8").splitlines() == "\n".join(table()).splitlines(), "run ./dev fmt"


def test_the_command_prints_the_file() -> None:
    printed = CliRunner().invoke(app, ["problems"])
    assert printed.exit_code == 0
    assert "| `not_signed_in` | 401 | Please sign in |" in printed.stdout


def test_a_code_has_one_status() -> None:
    statuses = {(error.code, error.status) for error in all_errors()}
    assert len(statuses) == len({code for code, _ in statuses})


def test_a_code_belongs_to_one_text() -> None:
    texts = {(error.code, error.title, error.detail) for error in all_errors()}
    assert len(texts) == len({code for code, _, _ in texts})


def test_every_error_of_a_domain_says_its_own_code() -> None:
    inherited = [error.__qualname__ for error in all_errors() if "code" not in error.__dict__]
    assert inherited == []


def test_every_code_has_a_row() -> None:
    rows = [line.split("`")[1] for line in table() if line.startswith("| `")]
    assert rows == sorted({error.code for error in all_errors()})
    assert rows == list(errors_by_code())


@pytest.mark.usefixtures("people")
def test_the_type_of_a_problem_opens(client: Callable[..., Client]) -> None:
    refused = client().get("/api/v1/jobs/none-of-this")
    shown = client().get(refused.json()["type"], headers={"accept-language": "en"})
    assert shown.status_code == 200
    assert refused.json()["type"].removeprefix("/problems/") in shown.text


@pytest.mark.usefixtures("people")
def test_every_problem_has_a_page_without_open_places(client: Callable[..., Client]) -> None:
    visitor = client()
    for code, error in errors_by_code().items():
        shown = visitor.get(f"/problems/{code}", headers={"accept-language": "en"})
        assert shown.status_code == 200, code
        assert error.title.split("%")[0].split("'")[0] in shown.text
        assert "%(" not in shown.text


@pytest.mark.usefixtures("people")
def test_an_unknown_code_is_not_found(client: Callable[..., Client]) -> None:
    assert client().get("/problems/no.such_code").status_code == 404


@pytest.mark.parametrize("told", [True, False])
def test_a_body_that_is_too_large_is_not_read(client: Callable[..., Any], people: People, told: bool) -> None:
    """Whether it says how large it is or comes in pieces without end."""
    body: Any = b" " * 10_485_761
    sent = {"content": body if told else (body[:1_000_000] for _ in range(11))}
    answer = client(as_=people.owner).post("/api/v1/jobs", headers={"content-type": "application/json"}, **sent)
    assert (answer.status_code, answer.json()["type"]) == (413, "/problems/too_large")
    page = client(as_=people.owner).post("/fields/import", content=b"farmer_id=" + body)
    assert page.status_code == 413
