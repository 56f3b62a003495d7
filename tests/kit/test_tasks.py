"""Background tasks: kept or forgotten with the caller's transaction, run once, tried again when it helps."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from dbos import DBOS

from drone_service.kit import tasks
from drone_service.kit.clock import utc_now
from drone_service.kit.db import Database
from drone_service.kit.errors import Conflict, Unavailable

WAIT_S = 30


class Diary:
    """What the handlers of these tests were asked, in order."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.entries: list[UUID] = []
        self.failures_left: dict[UUID, Exception] = {}

    def write(self, note_id: UUID) -> None:
        with self.changed:
            self.entries.append(note_id)
            self.changed.notify_all()
        if error := self.failures_left.pop(note_id, None):
            raise error

    def wait_for(self, note_id: UUID, times: int = 1) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: self.entries.count(note_id) >= times, WAIT_S)


diary = Diary()


@tasks.task("tests.write")
def write(_run: tasks.TaskRun, *, note_id: UUID) -> None:
    diary.write(note_id)


@tasks.task("tests.count")
def count(run: tasks.TaskRun, *, note_id: UUID) -> None:
    with run.transaction() as session:
        session.execute(sa.text("UPDATE task_notes SET seen = seen + 1"))
    diary.write(note_id)


holding: dict[UUID, threading.Event] = {}


@tasks.task("tests.hold")
def hold(_run: tasks.TaskRun, *, note_id: UUID) -> None:
    """Stay busy until the test lets go."""
    diary.write(note_id)
    assert holding[note_id].wait(WAIT_S)


@pytest.fixture
def worker(fresh_database: Database) -> Iterator[Database]:
    tasks.start_worker(fresh_database, concurrency=4, polling_s=0.05)
    yield fresh_database
    tasks.stop_worker()


def test_committed_runs_once_and_rolled_back_never(worker: Database) -> None:
    kept, lost, last = uuid4(), uuid4(), uuid4()
    with worker.transaction() as session:
        tasks.enqueue(session, "tests.write", note_id=kept)
    with pytest.raises(LookupError):
        _enqueue_and_fail(worker, lost)
    with worker.transaction() as session:
        tasks.enqueue(session, "tests.write", note_id=last)
    # Four run at once, so the last may overtake the first.
    diary.wait_for(last)
    diary.wait_for(kept)
    assert diary.entries.count(kept) == 1
    assert lost not in diary.entries
    assert _stored(worker) == 2


def test_without_the_rollback_the_second_would_have_run(worker: Database) -> None:
    """The negative control of the test above: the same two, both committed."""
    first, second = uuid4(), uuid4()
    for note_id in (first, second):
        with worker.transaction() as session:
            tasks.enqueue(session, "tests.write", note_id=note_id)
    diary.wait_for(first)
    diary.wait_for(second)
    assert _stored(worker) == 2


def test_a_handler_has_a_transaction_of_its_own(worker: Database) -> None:
    with worker.transaction() as session:
        session.execute(sa.text("CREATE TABLE task_notes (seen INTEGER NOT NULL)"))
        session.execute(sa.text("INSERT INTO task_notes VALUES (0)"))
    note_ids = [uuid4() for _ in range(20)]
    for note_id in note_ids:
        with worker.transaction() as session:
            tasks.enqueue(session, "tests.count", note_id=note_id)
    for note_id in note_ids:
        diary.wait_for(note_id)
    with worker.transaction(write=False) as session:
        assert session.execute(sa.text("SELECT seen FROM task_notes")).scalar_one() == 20


def test_waiting_work_is_done_by_the_next_worker(fresh_database: Database) -> None:
    note_id = uuid4()
    with fresh_database.transaction() as session:
        tasks.enqueue(session, "tests.write", note_id=note_id)
    assert note_id not in diary.entries
    tasks.start_worker(fresh_database, concurrency=2, polling_s=0.05)
    try:
        diary.wait_for(note_id)
    finally:
        tasks.stop_worker()


def test_unavailable_is_tried_again(worker: Database) -> None:
    note_id = uuid4()
    diary.failures_left[note_id] = Unavailable()
    with worker.transaction() as session:
        tasks.enqueue(session, "tests.write", note_id=note_id)
    diary.wait_for(note_id, times=2)


def test_a_refusal_is_not_tried_again(worker: Database) -> None:
    refused = uuid4()
    diary.failures_left[refused] = Conflict()
    with worker.transaction() as session:
        task_id = tasks.enqueue(session, "tests.write", note_id=refused)
    result_of(task_id)
    assert diary.entries.count(refused) == 1


def test_what_has_ended_is_forgotten_when_it_is_old_and_what_waits_or_runs_is_not(worker: Database) -> None:
    done, refused, held = uuid4(), uuid4(), uuid4()
    diary.failures_left[refused] = Conflict()
    release = holding[held] = threading.Event()
    ids = {}
    for note_id, name in ((done, "tests.write"), (refused, "tests.write"), (held, "tests.hold")):
        with worker.transaction() as session:
            ids[note_id] = tasks.enqueue(session, name, note_id=note_id)
    try:
        diary.wait_for(held)
        for note_id in (done, refused):
            result_of(ids[note_id])
        now = utc_now()
        # The control: younger than what is kept, everything stays.
        assert in_a_thread(lambda: tasks.forget_ended(now - timedelta(days=1))) == 0
        assert _stored(worker) == 3
        assert in_a_thread(lambda: tasks.forget_ended(now + timedelta(minutes=1))) == 2
        assert _stored(worker) == 1
    finally:
        release.set()
    result_of(ids[held])


def test_more_than_one_lot_is_forgotten(worker: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "FORGOTTEN_AT_ONCE", 2)
    note_ids = [uuid4() for _ in range(5)]
    for note_id in note_ids:
        with worker.transaction() as session:
            task_id = tasks.enqueue(session, "tests.write", note_id=note_id)
        result_of(task_id)
    assert in_a_thread(lambda: tasks.forget_ended(utc_now() + timedelta(minutes=1))) == 5
    assert _stored(worker) == 0


def test_it_is_done_by_the_clock_once_a_day(worker: Database) -> None:
    assert worker
    schedules = {one["schedule_name"]: one["schedule"] for one in in_a_thread(DBOS.list_schedules)}
    assert schedules["kit.forget_finished"] == "17 19 * * *"


def test_an_unknown_task_is_refused_at_once(fresh_database: Database) -> None:
    with pytest.raises(LookupError), fresh_database.transaction() as session:
        tasks.enqueue(session, "tests.unknown")


def test_a_name_is_taken_once() -> None:
    with pytest.raises(ValueError, match=r"tests\.write"):
        tasks.task("tests.write")(write)


def test_a_process_runs_one_worker(worker: Database) -> None:
    with pytest.raises(RuntimeError):
        tasks.start_worker(worker, concurrency=1, polling_s=1)


def _enqueue_and_fail(database: Database, note_id: UUID) -> None:
    with database.transaction() as session:
        tasks.enqueue(session, "tests.write", note_id=note_id)
        raise LookupError


def _stored(database: Database) -> int:
    table = "workflow_status" if database.is_sqlite else "dbos.workflow_status"
    with database.transaction(write=False) as session:
        return int(session.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar_one())  # noqa: S608


def in_a_thread(call: Callable[[], Any]) -> Any:
    # A browser test before this one may have left its event loop running in the main thread.
    with ThreadPoolExecutor(1) as asker:
        return asker.submit(call).result()


def result_of(task_id: str) -> None:
    in_a_thread(lambda: DBOS.retrieve_workflow(task_id).get_result())
