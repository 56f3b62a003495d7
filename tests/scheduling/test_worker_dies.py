"""A worker that is killed in the middle of a search is replaced: the search goes on and ends once, with a plan.

Real processes, begun as a host begins them: on PostgreSQL `drone-service worker`, on SQLite `drone-service serve`,
which runs the tasks itself.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa

from drone_service.kit import tasks
from drone_service.kit.clock import local_day, utc_now
from drone_service.kit.db import Database, enter_tenant
from drone_service.scheduling import runs
from drone_service.scheduling.models import PlanRun
from drone_service.scheduling.proposal import RunState
from drone_service.scheduling.schemas import PlanRunIn
from tests.people import make_people
from tests.scheduling.rows import make_farm

JOBS = 12
SEARCH_S = 8
WAIT_S = 180  # machines are shared; a process that never comes up is the fault that this would hide for so long


@contextmanager
def worker(database: Database, folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Run what a host runs, in a process of its own; it is ended, if it lives, at the end of the block."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DRONE_")}
    environment |= {
        "DRONE_DATABASE_URL": database.url.render_as_string(hide_password=False),
        "DRONE_WORKER_NAME": "worker-of-the-test",
        "DRONE_TASK_POLLING_S": "0.1",
    }
    command = ["serve", "--port", "0"] if database.is_sqlite else ["worker"]
    with (folder / "worker.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "drone_service", *command], cwd=folder, env=environment, stdout=log, stderr=log
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(60)


def begin(database: Database) -> tuple[UUID, UUID]:
    """Store a cooperative with jobs for tomorrow and ask for a plan; return its and the run's id."""
    now = utc_now()
    tomorrow = local_day(now) + timedelta(days=1)
    with database.transaction() as session:
        people = make_people(session, now)
        enter_tenant(session, people.cooperative.id)
        farm = make_farm(session, people)
        for _ in range(JOBS):
            farm.job(allowed_from=tomorrow, allowed_until=tomorrow)
        data = PlanRunIn(days=[tomorrow], seconds=SEARCH_S)
        run = runs.ask(session, actor=people.operator.actor, data=data, now=now)
        return people.cooperative.id, run.id


class Watched:
    """The row of a search, read again and again."""

    def __init__(self, database: Database, cooperative_id: UUID, run_id: UUID) -> None:
        self.database, self.key = database, (cooperative_id, run_id)

    def row(self) -> PlanRun:
        with self.database.transaction(write=False) as session:
            enter_tenant(session, self.key[0])
            found = session.get(PlanRun, self.key)
            assert found is not None
            session.expunge(found)
            return found

    def wait(self, is_it: Callable[[PlanRun], bool], process: "subprocess.Popen[bytes]", log: Path) -> PlanRun:
        until = time.monotonic() + WAIT_S
        while not is_it(row := self.row()):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < until, (row, log.read_text())
            time.sleep(0.1)
        return row


def workflows(database: Database) -> list[str]:
    """Return how each task that was enqueued ended; the search is the only one that the test enqueues."""
    table = "workflow_status" if database.is_sqlite else "dbos.workflow_status"
    statement = sa.text(f"SELECT status FROM {table} WHERE name = :name")  # noqa: S608  a name of our own
    with database.transaction(write=False) as session:
        return list(session.execute(statement, {"name": tasks.WORKFLOW}).scalars())


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="nothing kills like this here")
def test_a_killed_worker_is_replaced_and_the_search_ends_once(fresh_database: Database, tmp_path: Path) -> None:
    watched, log = Watched(fresh_database, *begin(fresh_database)), tmp_path / "worker.log"
    with worker(fresh_database, tmp_path) as first:
        watched.wait(lambda row: row.best is not None and row.progress > 0, first, log)
        first.kill()
        first.wait(60)
    left = watched.row()
    # The control: it was killed in the middle, and nobody but the next worker ends it.
    assert (left.state, left.attempts, left.finished_at) == (RunState.RUNNING, 1, None)
    assert 0 < left.progress < 1
    with worker(fresh_database, tmp_path) as second:
        ended = watched.wait(lambda row: row.state not in (RunState.WAITING, RunState.RUNNING), second, log)
        until = time.monotonic() + WAIT_S
        while workflows(fresh_database) != ["SUCCESS"] and time.monotonic() < until:
            time.sleep(0.1)
    assert (ended.state, ended.attempts, ended.active_key, ended.progress) == (RunState.READY, 2, None, 1.0)
    assert ended.best is not None
    assert len(ended.best.visits) == JOBS
    assert workflows(fresh_database) == ["SUCCESS"]
    # A third worker finds nothing to do: the row stays as the second one left it.
    with worker(fresh_database, tmp_path) as third:
        time.sleep(3)
        assert third.poll() is None
    assert watched.row().version == ended.version
