"""How commands end and speak: messages to standard error, and three exit codes."""

from typing import NoReturn

import typer

FAILURE = 1
WRONG_INPUT = 2


def tell(text: str) -> None:
    """Say something to the person; standard output stays free for data."""
    typer.echo(text, err=True)


def fail(text: str, code: int = FAILURE) -> NoReturn:
    """Say what is wrong and end."""
    tell(f"drone-service: {text}")
    raise typer.Exit(code)
