"""How commands end and speak: messages to standard error, and three exit codes."""

from typing import Annotated, NoReturn, TypeAlias

import typer

from drone_service.engine.errors import EngineError
from drone_service.engine.geometry.walk import MAX_ACCURACY_M, WalkReport
from drone_service.kit.i18n import translate

FAILURE = 1
WRONG_INPUT = 2
WalkedOption: TypeAlias = Annotated[
    float | None,
    typer.Option(
        min=0.1,
        max=MAX_ACCURACY_M,
        help="Take the noise of a GPS this sure of its fixes out of GPX tracks; the area stays.",
    ),
]


def tell(text: str) -> None:
    """Say something to the person; standard output stays free for data."""
    typer.echo(text, err=True)


def told(error: Exception) -> str:
    """Return what is wrong in words, for a file without its name and number of the system.

    What the engine knows by a code alone is told as pages tell it, code first.
    """
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    if not isinstance(error, EngineError) or str(error) != error.code:
        return str(error)
    # Only here: commands that have nothing to complain of start without the tables.
    from drone_service.farms.imports import refusal_of  # noqa: PLC0415

    answer = refusal_of(error)
    return f"{error.code}: {translate(answer.detail, 'en', answer.params)}"


def told_cleaning(report: WalkReport) -> str:
    """Return the line about a walk whose noise was taken out."""
    return (
        f"cleaned: {report.points_before} points -> {report.points_after}, area {report.area_before_m2:.1f} -> "
        f"{report.area_after_m2:.1f} m2, loops {report.loops_removed}, spikes {report.spikes_removed}, "
        f"moved by at most {report.moved_m:.1f} m"
    )


def fail(text: str, code: int = FAILURE) -> NoReturn:
    """Say what is wrong and end."""
    tell(f"drone-service: {text}")
    raise typer.Exit(code)
