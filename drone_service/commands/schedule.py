"""`drone-service schedule`: a problem in, a plan out, both as JSON."""

import json
import mmap
import time
from pathlib import Path
from typing import Annotated

import typer

from drone_service.commands.terminal import FAILURE, WRONG_INPUT, tell, told
from drone_service.engine.errors import EngineError
from drone_service.engine.schedule.check import check
from drone_service.engine.schedule.document import parse_plan, parse_problem, plan_document
from drone_service.engine.schedule.matrices import read_problem_text
from drone_service.engine.schedule.solve import solve
from drone_service.engine.schedule.stop import MaxIterations, MaxSeconds, Stop


def schedule(
    problem: Annotated[Path, typer.Argument(help="The problem as JSON; - reads standard input.", metavar="PROBLEM")],
    seconds: Annotated[float, typer.Option(min=0, help="Time to search, in seconds.")] = 5.0,
    seed: Annotated[int, typer.Option(help="Seed of the search.")] = 0,
    start: Annotated[Path | None, typer.Option(help="A plan to begin from, as JSON.")] = None,
    iterations: Annotated[
        int | None, typer.Option(min=0, help="Rounds to search instead of a time: the same plan on every machine.")
    ] = None,
) -> None:
    """Plan jobs into shifts and print the plan, with the reason for every job left out."""
    reading = problem
    try:
        wanted = parse_problem(_read_problem(problem))
        if start is None:
            begin = None
        else:
            reading = start
            begin = parse_plan(json.loads(start.read_bytes()))
    except (EngineError, OSError, ValueError, RecursionError) as error:
        raise _refused(reading, error) from error
    budget: Stop = MaxSeconds(seconds, time.monotonic) if iterations is None else MaxIterations(iterations)
    try:
        plan = solve(wanted, budget, seed, begin)
    except EngineError as error:  # pins that need more than the crew carries are seen when they are put in
        raise _refused(problem, error) from error
    faults = check(wanted, plan)
    if faults:
        typer.echo("\n".join(fault.message for fault in faults), err=True)
        raise typer.Exit(FAILURE)
    typer.echo(json.dumps(plan_document(plan), ensure_ascii=False))


def _refused(path: Path, error: Exception) -> typer.Exit:
    tell(f"{path}: {told(error)}")
    return typer.Exit(WRONG_INPUT)


def _read_problem(path: Path) -> object:
    if str(path) == "-":
        return read_problem_text(typer.get_binary_stream("stdin").read())
    with path.open("rb") as file:
        if not path.stat().st_size:
            return read_problem_text(b"")
        return read_problem_text(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
