"""Background work that survives a crash, kept in the application's own database by DBOS.

A task is enqueued inside the caller's transaction: rolled back with it, run once it is committed. Handlers get ids
and must be safe to run again, because a process that dies in the middle of one leaves it to be run by the next.
"""

import json
import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa
import structlog
from dbos import DBOS, DBOSClient, DBOSConfig
from pydantic import validate_call
from pydantic_core import to_json
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from drone_service.kit.clock import utc_now
from drone_service.kit.db import Database
from drone_service.kit.errors import DomainError, Unavailable
from drone_service.kit.settings import get_settings

APPLICATION = "drone_service"
# One name for every release: work that an older process left behind is finished by the newer one.
APPLICATION_VERSION = "1"
QUEUE = "tasks"
WORKFLOW = "drone_service.task"
CLOCKWORK = "drone_service.clockwork"
ATTEMPTS = 6
FIRST_WAIT_S = 2.0
DRAIN_S = 10
ENDED = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]
FORGOTTEN_AT_ONCE = 500  # each lot is a short transaction of the queue's own

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class TaskRun:
    """What a handler gets first: its database and the clock. Each transaction it opens is short, and it holds
    none while it talks to the outside."""

    database: Database
    task_id: str
    clock: Callable[[], datetime] = utc_now

    @contextmanager
    def transaction(self, *, write: bool = True) -> Iterator[Session]:
        """Run one transaction: committed at the end, rolled back by any error."""
        with self.database.transaction(write=write) as session:
            yield session


Handler = Callable[..., None]
_handlers: dict[str, Handler] = {}
_clockwork: dict[str, str] = {}


def task(name: str, *, cron: str = "") -> Callable[[Handler], Handler]:
    """Register a handler `(run: TaskRun, *, ids...)` under a name that is stored and must never change.

    With `cron` it also runs by the clock (five fields, UTC), without arguments and once for all workers together.
    """

    def register(handler: Handler) -> Handler:
        if name in _handlers:
            raise ValueError(f"two tasks are called {name}")
        if cron:
            _clockwork[name] = cron
        _handlers[name] = validate_call(config={"arbitrary_types_allowed": True})(handler)
        return handler

    return register


def task_names() -> list[str]:
    """Return the names of every registered task."""
    return sorted(_handlers)


def enqueue(session: Session, name: str, **arguments: object) -> str:
    """Put a task into the caller's transaction and return its id. Arguments are JSON: ids, numbers, short texts."""
    if name not in _handlers:
        raise LookupError(f"no task is called {name}; is its module imported by drone_service.tables?")
    client = _client(session.get_bind().dialect.name)
    payload = to_json(arguments).decode()
    options: Any = {"workflow_name": WORKFLOW, "queue_name": QUEUE, "application_name": APPLICATION}
    return client.enqueue_in_transaction(session, options, name, payload).get_workflow_id()


@cache
def _client(dialect: str) -> DBOSClient:
    # The client only builds the row; the caller's own connection writes it, so this engine never connects.
    engine = sa.create_engine("sqlite://" if dialect == "sqlite" else "postgresql+psycopg://")
    return DBOSClient(system_database_engine=engine, application_name=APPLICATION, lazy=True)


def _worth_another_try(error: BaseException) -> bool:
    return isinstance(error, Unavailable | OperationalError)


@DBOS.step(
    name="handle",
    retries_allowed=True,
    max_attempts=ATTEMPTS,
    interval_seconds=FIRST_WAIT_S,
    should_retry=_worth_another_try,
)
def _handle(name: str, payload: str) -> None:
    task_id = str(DBOS.workflow_id)
    with structlog.contextvars.bound_contextvars(task=name, task_id=task_id):
        try:
            _handlers[name](TaskRun(database=_worker.database, task_id=task_id), **json.loads(payload))
        except Unavailable:
            raise
        except DomainError as refusal:
            # The world moved on since the task was enqueued (a job was cancelled): nothing is left to do.
            log.warning("task.refused", code=refusal.code)
        else:
            log.info("task.done")


@DBOS.workflow(name=WORKFLOW)
def _run(name: str, payload: str) -> None:
    _handle(name, payload)


@DBOS.workflow(name=CLOCKWORK)
def _run_by_the_clock(_due_at: datetime, name: Any) -> None:
    _handle(str(name), "{}")


@task("kit.forget_finished", cron="17 19 * * *")  # in the Delta it is 02:17, and nobody waits for anything
def forget_finished(run: TaskRun) -> None:
    """Take work that has ended out of the queue's tables once it is older than the host keeps it."""
    forgotten = forget_ended(run.clock() - timedelta(days=get_settings().task_keep_days))
    log.info("tasks.forgotten", count=forgotten)


def forget_ended(before: datetime) -> int:
    """Delete what ended before a moment and return how many that were. What waits or runs stays, however old.

    A worker must run in this process, and no event loop in this thread.
    """
    count = 0
    while True:
        ended = DBOS.list_workflows(
            status=ENDED,
            completed_before=before.isoformat(),
            limit=FORGOTTEN_AT_ONCE,
            load_input=False,
            load_output=False,
        )
        if not ended:
            return count
        DBOS.delete_workflows([one.workflow_id for one in ended])
        count += len(ended)


def migrate(database: Database) -> None:
    """Create or update the tables of the queue, in the same database."""
    _quiet_logger()
    DBOS.migrate(database.url.render_as_string(hide_password=False))


class _Worker:
    """The one worker that a process may run."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.running: Database | None = None
        self.engine: sa.Engine | None = None

    @property
    def database(self) -> Database:
        if self.running is None:
            raise RuntimeError("no worker runs in this process")
        return self.running


_worker = _Worker()


def start_worker(database: Database, *, concurrency: int, polling_s: float, name: str = "worker-1") -> None:
    """Begin to run tasks in threads of this process, and pick up what a dead worker of the same name left.

    Two live workers must not share a name: each would run again what the other is busy with.
    """
    with _worker.lock:
        if _worker.running is not None:
            raise RuntimeError("a worker runs in this process already")
        _quiet_logger()
        _worker.running, _worker.engine = database, _queue_engine(database)
        config: DBOSConfig = {
            "name": APPLICATION,
            "application_version": APPLICATION_VERSION,
            "executor_id": name,
            "system_database_engine": _worker.engine,
            "run_migrations": False,
            "max_executor_threads": concurrency + 4,  # the queue and the listener need threads of their own
            "notification_listener_polling_interval_sec": polling_s,
            "log_level": "WARNING",
        }
        try:
            # In a thread of its own, because DBOS refuses to start beside an event loop that runs in this one.
            with ThreadPoolExecutor(1) as starter:
                starter.submit(_launch, config, concurrency, polling_s).result()
        except BaseException:
            _worker.running = None
            raise


def _launch(config: DBOSConfig, concurrency: int, polling_s: float) -> None:
    DBOS(config=config)
    DBOS.launch()
    # The drain is concurrency ÷ polling interval, so both are set.
    DBOS.register_queue(
        QUEUE, worker_concurrency=concurrency, polling_interval_sec=polling_s, on_conflict="always_update"
    )
    DBOS.apply_schedules(
        [
            {"schedule_name": name, "workflow_fn": _run_by_the_clock, "schedule": cron, "context": name}
            for name, cron in sorted(_clockwork.items())
        ]
    )


def stop_worker() -> None:
    """Let running tasks finish, then stop. Does nothing where no worker runs."""
    with _worker.lock:
        if _worker.running is None:
            return
        DBOS.destroy(workflow_completion_timeout_sec=DRAIN_S)
        if _worker.engine is not None:
            _worker.engine.dispose()
        _worker.running = _worker.engine = None


def _queue_engine(database: Database) -> sa.Engine:
    """Open the queue's own connections: it manages its transactions itself, which our `begin` hook would forbid."""
    if not database.is_sqlite:
        return sa.create_engine(database.engine.url, pool_size=5, max_overflow=5, pool_pre_ping=True)
    engine = sa.create_engine(database.url, connect_args={"timeout": 30, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, _record: object) -> None:
        connection.isolation_level = "IMMEDIATE"
        # No checkpoints from here: SQLite before 3.51.3 can lose data when two connections write and checkpoint at
        # the same moment. The application's own commits do it, one at a time under the write lock.
        for pragma in ("synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000", "wal_autocheckpoint=0"):
            connection.execute(f"PRAGMA {pragma}")

    return engine


def _quiet_logger() -> None:
    # DBOS adds a handler of its own, with its own format, to a logger that has none.
    logger = logging.getLogger("dbos")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    logger.setLevel(logging.WARNING)
