"""`drone-service doctor`: is everything here that the service needs?"""

import shutil
import sqlite3
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated

import numpy as np
import shapely
import typer
from sqlalchemy.exc import SQLAlchemyError

import drone_service
from drone_service.commands.database import opened
from drone_service.commands.server import SAFE_SQLITE
from drone_service.commands.terminal import FAILURE
from drone_service.engine.coverage.airspace import Airspace
from drone_service.engine.coverage.planner import plan_field
from drone_service.engine.coverage.settings import FlightSettings, settle
from drone_service.engine.coverage.sorties import Route, fly
from drone_service.engine.coverage.task import Task
from drone_service.engine.operation import Service
from drone_service.engine.schedule.matrices import read_problem_text
from drone_service.engine.schedule.problem import Job, Problem, Shift, Window
from drone_service.engine.schedule.slots import rank_slots
from drone_service.engine.schedule.solve import solve
from drone_service.engine.schedule.stop import MaxIterations
from drone_service.fleet.catalogue import DEFAULT_MODEL, load_catalogue
from drone_service.kit.db import Database
from drone_service.kit.i18n import LANGUAGES
from drone_service.kit.settings import get_settings
from drone_service.migrations import run as migrations

PACKAGE = Path(drone_service.__file__).parent
LOW_DISK_MB = 500
Finding = tuple[str, str, str]


def doctor(
    warm_up: Annotated[bool, typer.Option("--warm-up", help="Only compile the engine, so that no one waits.")] = False,
    database: Annotated[bool, typer.Option("--database", help="Look at the database only.")] = False,
) -> None:
    """Check the machine, the installation and the database; one line each, exit 1 if something is wrong."""
    if warm_up:
        _compile_engine()
        return
    worst = 0
    for verdict, subject, text in _findings(database_only=database):
        typer.echo(f"{verdict:5}{subject:14}{text}")
        worst = max(worst, FAILURE if verdict == "bad" else 0)
    raise typer.Exit(worst)


def _compile_engine() -> None:
    """Pass through every compiled function, three parts side by side that compile next to nothing twice."""
    parts = (_plan_a_day, _share_out_loads, _plan_a_flight)
    with ProcessPoolExecutor(len(parts), mp_context=get_context("spawn")) as pool:
        for done in [pool.submit(part) for part in parts]:
            done.result()


def _plan_a_flight() -> None:
    """Plan a field of one load."""
    field = shapely.box(0, 0, 120, 60)
    plan_field(Task(field, field.area, _spraying()))


def _share_out_loads() -> None:
    """Share six lines out over two loads."""
    settings, field = _spraying(), shapely.box(0, 0, 300, 66)
    air = Airspace(field, settings.speed_m_s, settings.acceleration_m_s2)
    lines = np.array([[(0.0, y), (300.0, y)] for y in np.arange(5.5, 66, 11)])
    fly(Route(lines, 1.5 * settings.load_limit, air, air, ((0.0, 0.0),), settings), 1)


def _spraying() -> FlightSettings:
    return settle(load_catalogue()[DEFAULT_MODEL], Service.SPRAY, 20.0)


def _plan_a_day() -> None:
    """Plan two jobs of which one has room, and rank the places of a third."""
    road = np.array([[0.0, 600.0], [600.0, 0.0]])
    jobs = tuple(Job(name, 1, 1800.0, 100.0, (Window(0, 3600),)) for name in ("first", "left out"))
    problem = Problem(road, road / 60, (Shift("am", "crew", 0, 3600, 0, 0),), jobs, 1.0)
    read_problem_text(_problem_text())
    rank_slots(problem, solve(problem, MaxIterations(1)), replace(jobs[0], id="new"))


def _problem_text() -> bytes:
    """Return a problem large enough for the compiled reader."""
    size = 400
    row = "[" + ",".join(["0.5"] * size) + "]"
    matrix = "[" + ",".join([row] * size) + "]"
    return f'{{"locations": {size}, "travel_s": {matrix}, "travel_km": {matrix}}}'.encode()


def _findings(*, database_only: bool) -> Iterator[Finding]:
    settings = get_settings()
    if not database_only:
        yield "ok", "python", sys.version.split()[0]
        yield from _disk(settings.data_dir)
        yield _front_end()
        yield _catalogues()
    with opened() as database:
        yield from _database(database)


def _disk(folder: Path) -> Iterator[Finding]:
    existing = next(parent for parent in [folder.resolve(), *folder.resolve().parents] if parent.exists())
    free_mb = shutil.disk_usage(existing).free // 1_000_000
    yield "ok" if free_mb >= LOW_DISK_MB else "bad", "disk", f"{free_mb} MB free at {existing}"


def _front_end() -> Finding:
    built = PACKAGE / "web" / "static" / "dist"
    return ("ok", "front end", "built") if built.is_dir() else ("bad", "front end", "not built; run ./dev setup")


def _catalogues() -> Finding:
    files = [PACKAGE / "web" / "locale" / language / "messages.po" for language in LANGUAGES]
    missing = [file.parent.name for file in files if not file.is_file()]
    return (
        ("bad", "languages", f"missing: {', '.join(missing)}") if missing else ("ok", "languages", ", ".join(LANGUAGES))
    )


def _database(database: Database) -> Iterator[Finding]:
    where = database.url.render_as_string(hide_password=True)
    try:
        revision = migrations.revision_of(database)
    except (SQLAlchemyError, OSError) as error:
        yield "bad", "database", f"{where}: {str(error).splitlines()[0]}"
        return
    yield "ok", "database", where
    known = migrations.head()
    yield "ok" if revision == known else "bad", "tables", f"{revision or 'none'}, the program knows {known}"
    if database.is_sqlite:
        safe = sqlite3.sqlite_version_info >= SAFE_SQLITE
        yield "ok" if safe else "warn", "sqlite", sqlite3.sqlite_version + ("" if safe else "; 3.51.3 is safer")
