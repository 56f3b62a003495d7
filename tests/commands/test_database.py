"""`migrate`, `backup`, `restore`, `doctor` and `person add`, as a person runs them, on both databases."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner, Result

from drone_service.cli import app
from drone_service.kit.db import Database
from drone_service.kit.settings import get_settings
from drone_service.migrations import run as migrations
from tests.conftest import Databases
from tests.people import make_cooperative
from tests.postgres import programs

Run = Callable[..., Result]


@pytest.fixture
def empty(databases: Databases, backend: str, tmp_path: Path) -> Iterator[Database]:
    """A database without a table."""
    url = f"sqlite:///{tmp_path / 'empty.sqlite'}" if backend == "sqlite" else databases.cluster.create("empty")
    database = Database(url)
    yield database
    database.engine.dispose()


@pytest.fixture
def run(empty: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Run]:
    """Run a command on the empty database."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DRONE_DATABASE_URL", empty.url.render_as_string(hide_password=False))
    monkeypatch.setenv("PATH", str(programs()), prepend=":")
    get_settings.cache_clear()
    yield lambda *words, **options: CliRunner().invoke(app, list(words), **options)
    get_settings.cache_clear()


@pytest.fixture
def filled(run: Run, empty: Database, now) -> Database:
    """The same database, migrated and with one cooperative."""
    assert run("migrate").exit_code == 0
    with empty.transaction() as session:
        make_cooperative(session, "Before", "before", now)
    return empty


def names(database: Database) -> list[str]:
    with database.transaction(write=False) as session:
        return list(session.execute(sa.text("SELECT name FROM cooperatives ORDER BY name")).scalars())


def test_migrate_brings_the_tables(run: Run, empty: Database) -> None:
    assert migrations.revision_of(empty) == ""
    first, second = run("migrate"), run("migrate")
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert first.stdout == ""
    assert "empty -> " in first.stderr
    assert migrations.is_current(empty)


def test_a_copy_brings_back_what_was_lost(run: Run, filled: Database, tmp_path: Path, now) -> None:
    file = tmp_path / "copy"
    first = run("backup", str(file))
    assert first.exit_code == 0, first.output
    with filled.transaction() as session:
        make_cooperative(session, "After", "after", now)
    assert names(filled) == ["After", "Before"]
    done = run("restore", str(file), "--replace")
    assert done.exit_code == 0, done.output
    assert names(filled) == ["Before"]
    assert list(tmp_path.glob("*.part")) == []


@pytest.mark.usefixtures("filled")
def test_restore_does_not_replace_unasked(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "copy"
    run("backup", str(file))
    done = run("restore", str(file))
    assert done.exit_code == 1
    assert "--replace" in done.stderr


@pytest.mark.parametrize("content", [b"", b"not a database", b"SQLite format 3\0" + b"\0" * 200])
def test_restore_refuses_what_is_no_copy(run: Run, filled: Database, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "wrong"
    file.write_bytes(content)
    assert run("restore", str(file), "--replace").exit_code == 2
    assert run("restore", str(tmp_path / "missing"), "--replace").exit_code == 2
    assert names(filled) == ["Before"]


def test_there_is_no_copy_of_nothing(run: Run, tmp_path: Path) -> None:
    assert run("backup", str(tmp_path / "copy")).exit_code == 1
    assert not (tmp_path / "copy").exists()


def test_doctor_sees_missing_tables(run: Run) -> None:
    assert run("doctor", "--database").exit_code == 1
    run("migrate")
    done = run("doctor", "--database")
    assert done.exit_code == 0, done.output
    assert "tables" in done.stdout


@pytest.mark.usefixtures("filled")
def test_a_person_is_added_once(run: Run) -> None:
    words = ("person", "add", "--name", "First owner", "--phone", "0912345678", "--role", "owner")
    assert run(*words).exit_code == 0
    assert run(*words).exit_code == 1
    assert run(*words[:5], "12", "--role", "owner").exit_code == 2


def test_a_live_file_is_copied_whole(run: Run, backend: str, filled: Database, tmp_path: Path, now) -> None:
    if backend != "sqlite":
        pytest.skip("a file only SQLite has")
    with filled.transaction() as session:
        make_cooperative(session, "Uncommitted", "uncommitted", now)
        session.flush()
        assert run("backup", str(tmp_path / "copy")).exit_code == 0
    with closing(sqlite3.connect(tmp_path / "copy")) as copy:
        assert copy.execute("SELECT name FROM cooperatives").fetchall() == [("Before",)]
