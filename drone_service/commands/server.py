"""`drone-service serve` and `drone-service worker`."""

import gc
import signal
import socket
import sqlite3
import threading
from typing import Annotated

import typer
import uvicorn

from drone_service import demo as demonstration
from drone_service.commands.terminal import fail, tell
from drone_service.kit import tasks
from drone_service.kit.clock import utc_now
from drone_service.kit.db import Database
from drone_service.kit.logs import configure_logging
from drone_service.kit.settings import Settings, get_settings
from drone_service.main import create_app
from drone_service.migrations import run as migrations

# Older ones can corrupt a WAL file when two connections write and checkpoint at the same moment (m).
SAFE_SQLITE = (3, 51, 3)
SHUTDOWN_S = 10


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")] = 8000,
    demo: Annotated[bool, typer.Option("--demo", help="Load the demonstration into an empty database.")] = False,
) -> None:
    """Serve the pages and the API."""
    settings = get_settings()
    configure_logging(settings.log_format, settings.log_level)
    listener = listen_on(host, port)
    database = open_database(settings)
    show_log_ins = demo or settings.demo
    if show_log_ins:
        demonstration.load_if_empty(database, now=utc_now(), say=tell)
    app = create_app(settings.model_copy(update={"demo": show_log_ins}), database)
    config = uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=SHUTDOWN_S)
    _announce(listener, show_log_ins=show_log_ins)
    # What was loaded stays until the end. Without this, every few requests one waits 0.3 s while all of it is searched
    # for what nobody uses any more.
    gc.collect()
    gc.freeze()
    uvicorn.Server(config).run(sockets=[listener])


def worker() -> None:
    """Run background tasks in a process of their own, for a service on PostgreSQL."""
    settings = get_settings()
    configure_logging(settings.log_format, settings.log_level)
    if settings.resolved_database_url.startswith("sqlite"):
        fail("on SQLite the tasks run inside `serve`: one process owns the file")
    database = open_database(settings)
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    tasks.start_worker(
        database, concurrency=settings.task_concurrency, polling_s=settings.task_polling_s, name=settings.worker_name
    )
    tell(f"worker {settings.worker_name} runs {', '.join(tasks.task_names())}")
    stop.wait()
    tasks.stop_worker()


def open_database(settings: Settings) -> Database:
    """Open the database: an embedded one is migrated here, a shared one must have been migrated before."""
    database = Database(settings.resolved_database_url)
    if database.is_sqlite:
        if sqlite3.sqlite_version_info < SAFE_SQLITE:
            tell(f"SQLite {sqlite3.sqlite_version} is older than 3.51.3, which mended a rare loss of data; see hosting")
        migrations.upgrade(database)
    elif not migrations.is_current(database):
        fail("the database is not up to date; run: drone-service migrate")
    return database


def listen_on(host: str, port: int) -> socket.socket:
    """Return a listening socket; a port in use ends the command with a sentence."""
    # Bound before anything else is done, so that a port in use is said at once and in plain words.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named, because asyncio sends small answers at once only on sockets that say they are TCP; else
    # the end of an answer waits 40 ms for the acknowledgement of its head.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        fail(f"cannot listen on {host}:{port}: {error.strerror}; choose another with --port")
    return listener


def _announce(listener: socket.socket, *, show_log_ins: bool) -> None:
    host, port = listener.getsockname()[:2]
    tell(f"\n  drone_service is at http://{host}:{port}\n")
    if show_log_ins:
        for log_in in demonstration.LOG_INS:
            tell(f"  {log_in.role.value:10}{log_in.phone}   {log_in.password}")
        tell("\n  Stop with Ctrl-C.\n")
