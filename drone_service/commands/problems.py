"""`drone-service problems`: every refusal of the service as a table, which is docs/problems.md."""

import inspect
import re
from collections.abc import Iterator

import typer

import drone_service.main  # noqa: F401 (every error class exists once the whole program is imported)
from drone_service.kit.errors import DomainError, errors_by_code

HEADING = """# Problems

What the service answers when it refuses, as `application/problem+json` (RFC 9457) under `/api/v1` and as a page
elsewhere. The `type` of a problem is `/problems/` and its code, an address that opens and explains it. Codes are
stable; titles and details come in the language of the reader and stand here in English. A name in `%( )s` is a
parameter: it is also a member of the problem, beside the standard ones. What is wrong with single parts of the input
stands in `errors`, one JSON pointer and one sentence each.

This file is written by `drone-service problems` and compared with it by a test; `./dev fmt` brings it up to date.

| code | status | title | detail | when |
|---|---|---|---|---|"""


def problems() -> None:
    """Print every problem that the service can answer with, as a Markdown table."""
    typer.echo("\n".join(table()))


def table() -> Iterator[str]:
    """Return the lines of docs/problems.md, one problem each, sorted by code."""
    yield HEADING
    for error in errors_by_code().values():
        cells = (f"`{error.code}`", str(error.status), error.title, error.detail.replace("%%", "%"), _when(error))
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _when(error: type[DomainError]) -> str:
    """Return the docstring of the class itself as one line, else its name, which says what happened."""
    own = error.__dict__.get("__doc__") or re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", error.__name__).capitalize()
    return " ".join(inspect.cleandoc(own).split())
