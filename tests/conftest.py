"""What every test may ask for: a migrated database on both engines, people, a client, a real server, a browser."""

import os
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import sqlalchemy as sa
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, sync_playwright
from sqlmodel import Session
from starlette.testclient import TestClient

from drone_service.kit.clock import moment_of_request
from drone_service.kit.db import Database
from drone_service.kit.settings import Settings
from drone_service.main import create_app
from drone_service.migrations import run as migrations
from tests import tenancy
from tests.people import People, Who, make_people
from tests.postgres import Cluster, running_cluster

# `--hypothesis-profile nightly` for the long run. No deadline: these machines are shared.
hypothesis.settings.register_profile("everyday", max_examples=60, deadline=None, derandomize=True)
hypothesis.settings.register_profile("nightly", max_examples=3_000, deadline=None)
hypothesis.settings.load_profile("everyday")

STOP_SECONDS = 10
BACKENDS = ("sqlite", "postgresql")
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Tuesday, 08:30 in the Delta: inside a work window, and in the middle of the winter-spring crop.
NOW = datetime(2026, 3, 10, 1, 30, tzinfo=UTC)


class Databases:
    """Migrated once per engine and process; every test gets a copy or a transaction of it."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        self.stack = stack
        self.shared: dict[str, Database] = {}
        self.copies = 0
        self._cluster: Cluster | None = None

    @property
    def cluster(self) -> Cluster:
        if self._cluster is None:
            self._cluster = self.stack.enter_context(running_cluster())
        return self._cluster

    def template(self, backend: str) -> Database:
        """Return the migrated database that is never committed to."""
        if backend not in self.shared:
            name = "template"
            url = f"sqlite:///{self.folder / name}.sqlite" if backend == "sqlite" else self.cluster.create(name)
            database = Database(url)
            migrations.upgrade(database)
            # PostgreSQL copies only a database that nobody is connected to, and SQLite's file has to be whole.
            database.engine.dispose()
            shared = self.copy(backend)
            self.shared[backend] = shared
            self.stack.callback(shared.engine.dispose)
        return self.shared[backend]

    def copy(self, backend: str) -> Database:
        """Make a fresh migrated database that a test may commit to."""
        self.copies += 1
        name = f"copy_{self.copies}"
        if backend == "sqlite":
            target = self.folder / f"{name}.sqlite"
            shutil.copy(self.folder / "template.sqlite", target)
            database = Database(f"sqlite:///{target}")
        else:
            database = Database(self.cluster.create(name, like="template"))
        tenancy.watch(database.engine)
        return database


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    with ExitStack() as stack:
        yield Databases(tmp_path_factory.mktemp("databases"), stack)


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    """Both engines, one after the other."""
    return str(request.param)


@pytest.fixture
def fresh_database(databases: Databases, backend: str) -> Iterator[Database]:
    """A migrated database of the test's own, for what really commits: threads, servers, workers."""
    databases.template(backend)
    database = databases.copy(backend)
    yield database
    database.engine.dispose()


class OneTransaction(Database):
    """A database whose every session is a savepoint of one transaction, which the test rolls back."""

    def __init__(self, whole: Database, connection: sa.Connection) -> None:
        self.url, self.engine, self.is_sqlite = whole.url, whole.engine, whole.is_sqlite
        self.write_lock, self._one_waiter = whole.write_lock, whole._one_waiter
        self._in_transaction = whole._in_transaction
        self.connection = connection

    def open_session(self, *, write: bool) -> Session:
        del write
        return Session(self.connection, expire_on_commit=False, join_transaction_mode="create_savepoint")


@pytest.fixture
def database(databases: Databases, backend: str) -> Iterator[Database]:
    """A migrated database in which nothing stays: commits are real to the code and undone after the test."""
    whole = databases.template(backend)
    with whole.engine.connect() as connection:
        outer = connection.begin()
        yield OneTransaction(whole, connection)
        outer.rollback()


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A session of the test's own in the same transaction as the requests it makes."""
    with database.open_session(write=True) as opened:
        yield opened


@pytest.fixture
def now() -> datetime:
    """The moment at which the test takes place."""
    return NOW


@pytest.fixture
def people(session: Session, now: datetime) -> People:
    return make_people(session, now)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings that read nothing from the machine."""
    return Settings(_env_file=None, data_dir=tmp_path, worker_embedded=False)


@pytest.fixture
def app(database: Database, settings: Settings, now: datetime) -> FastAPI:
    """The whole application on the test's database and clock."""
    built = create_app(settings, database)
    built.dependency_overrides[moment_of_request] = lambda: now
    return built


class Client(TestClient):
    """A client that shares the test's transaction: what the test added is visible to the request and back."""

    def __init__(self, app: FastAPI, session: Session, who: Who | None) -> None:
        headers = {"authorization": f"Bearer {who.token}"} if who else {}
        super().__init__(app, base_url="http://testserver", headers=headers, follow_redirects=False)
        self.session = session

    def request(self, *arguments: Any, **options: Any) -> Any:
        self.session.commit()
        try:
            return super().request(*arguments, **options)
        finally:
            self.session.expire_all()


@pytest.fixture
def client(app: FastAPI, session: Session) -> Callable[..., Client]:
    """Make a client: `client()` is a visitor, `client(as_=people.farmer)` has signed in."""

    def make(as_: Who | None = None) -> Client:
        return Client(app, session, as_)

    return make


@dataclass(frozen=True)
class LiveServer:
    """A real server on this machine."""

    url: str
    app: FastAPI
    database: Database


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """Serve an application on a free port of the loopback for as long as the block lasts; yields its address."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        # A browser keeps its connections, and a test that fails may leave a request: neither is waited for without end.
        config = uvicorn.Config(
            app, log_config=None, access_log=False, lifespan="on", timeout_graceful_shutdown=STOP_SECONDS
        )
        server = uvicorn.Server(config)
        started = threading.Event()
        startup = server.startup

        async def announce(*arguments: Any, **options: Any) -> None:
            await startup(*arguments, **options)
            started.set()

        server.startup = announce  # type: ignore[method-assign]
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        assert started.wait(30), "the server did not start"
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = True
            thread.join(2 * STOP_SECONDS)


@pytest.fixture
def live_server(fresh_database: Database, settings: Settings) -> Iterator[LiveServer]:
    """The whole application behind a real server, on a database of its own, once per engine."""
    app = create_app(settings, fresh_database)
    with serving(app) as url:
        yield LiveServer(url, app, fresh_database)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a real Chromium. In CI its absence is a failure, elsewhere a skip that says so."""
    candidates = [os.environ.get("DRONE_TEST_CHROMIUM"), *(shutil.which(name) for name in CHROMIUM_NAMES)]
    path = next((found for found in candidates if found), None)
    if path is None:
        message = "no Chromium on this machine; ./dev test says how to get one"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(message)
    return str(path)


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """A real, headless Chromium."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield opened
        opened.close()
