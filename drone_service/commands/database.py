"""`drone-service migrate`, `demo`, `backup` and `restore`."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated

import sqlalchemy as sa
import typer

from drone_service import demo as demonstration
from drone_service.commands.terminal import WRONG_INPUT, fail, tell
from drone_service.kit.clock import utc_now
from drone_service.kit.db import Database
from drone_service.kit.settings import get_settings
from drone_service.migrations import run as migrations

PART = ".part"


def migrate() -> None:
    """Bring the database up to date."""
    with opened() as database:
        before = migrations.revision_of(database)
        migrations.upgrade(database)
        tell(f"database: {before or 'empty'} -> {migrations.revision_of(database)}")


def demo() -> None:
    """Load the demonstration cooperative into an empty database."""
    with opened() as database:
        # A role that only reads and writes rows may load the demonstration once the owner has migrated.
        if not migrations.is_current(database):
            migrations.upgrade(database)
        loaded = demonstration.load_if_empty(database, now=utc_now())
    tell("the demonstration is loaded" if loaded else "the database is not empty; nothing was changed")


def backup(file: Annotated[Path, typer.Argument(help="Where to write the copy.", metavar="FILE")]) -> None:
    """Write a consistent copy of the database while the service runs."""
    with opened() as database:
        _write_copy(database, file)
    tell(f"copied to {file} ({file.stat().st_size} bytes)")


def _write_copy(database: Database, file: Path) -> None:
    if not migrations.revision_of(database):
        fail("there is no database yet")
    part = file.with_name(file.name + PART)
    try:
        if database.is_sqlite:
            _copy_sqlite(_file_of(database), part)
        else:
            _run_postgres(database, "pg_dump", "--format=custom", "--no-owner", f"--file={part}")
    except (OSError, sqlite3.Error) as error:
        part.unlink(missing_ok=True)
        fail(f"no copy was made: {error}")
    # Renamed only when whole: a file under the asked name is always a good copy.
    part.replace(file)


def restore(
    file: Annotated[Path, typer.Argument(help="A file that `backup` wrote.", metavar="FILE")],
    replace: Annotated[bool, typer.Option("--replace", help="Replace a database that is not empty.")] = False,
) -> None:
    """Put a copy back. Stop the service first."""
    if not file.is_file():
        fail(f"there is no file {file}", WRONG_INPUT)
    with opened() as database:
        _put_back(database, file, replace=replace)
        tell(f"restored from {file}; the database is at {migrations.revision_of(database)}")


def _put_back(database: Database, file: Path, *, replace: bool) -> None:
    if migrations.revision_of(database) and not replace:
        fail("the database is not empty; to replace it, stop the service and add --replace")
    if database.is_sqlite:
        _ensure_sound(file)
        database.engine.dispose()
        _copy_sqlite(file, _file_of(database))
    else:
        _ensure_dump(file)
        options = ("--clean", "--if-exists", "--no-owner", "--single-transaction", "--exit-on-error")
        database.engine.dispose()
        try:
            _run_postgres(database, "pg_restore", *options, str(file))
        except OSError as error:
            fail(f"{file} was not restored, nothing was changed: {error}", WRONG_INPUT)
    migrations.upgrade(database)


@contextmanager
def opened() -> Iterator[Database]:
    """Open the database of the settings for one command, whatever state it is in."""
    database = Database(get_settings().resolved_database_url)
    try:
        yield database
    finally:
        database.engine.dispose()


def _file_of(database: Database) -> Path:
    return Path(str(database.url.database))


def _copy_sqlite(source: Path, target: Path) -> None:
    # The backup API, never a copy of the file: that is wrong as soon as somebody writes.
    with (
        closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as reading,
        closing(sqlite3.connect(target)) as writing,
    ):
        reading.backup(writing)


def _ensure_sound(file: Path) -> None:
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
            verdict = connection.execute("PRAGMA integrity_check").fetchone()[0]
            connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error as error:
        fail(f"{file} is not a copy of this database: {error}", WRONG_INPUT)
    if verdict != "ok":
        fail(f"{file} is damaged: {verdict}", WRONG_INPUT)


def _ensure_dump(file: Path) -> None:
    with file.open("rb") as opened:
        if opened.read(5) != b"PGDMP":
            fail(f"{file} is not a copy of this database", WRONG_INPUT)


def _run_postgres(database: Database, program: str, *arguments: str) -> None:
    found = shutil.which(program)
    if found is None:
        fail(f"{program} is needed and was not found; install PostgreSQL's client programs")
    name = _libpq(database.url)["PGDATABASE"]
    command = [found, *arguments] if program == "pg_dump" else [found, f"--dbname={name}", *arguments]
    done = subprocess.run(  # noqa: S603  a fixed program with a file name of the person's own
        command, env={**os.environ, **_libpq(database.url)}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise OSError(done.stderr.strip())


def _libpq(url: sa.URL) -> dict[str, str]:
    """Return the address as libpq's variables: on a command line every user could read the password."""
    parts = {
        "PGHOST": url.query.get("host", url.host),
        "PGPORT": str(url.port or 5432),
        "PGUSER": url.username,
        "PGPASSWORD": url.password,
        "PGDATABASE": url.database,
    }
    return {name: str(value) for name, value in parts.items() if value}
