"""Requests a second of a booking and of the day list, beside a bare FastAPI route with the same SQL: ./dev bench http

The statements of one request are recorded from the service and replayed by the bare route on a driver's own connection,
with new keys for each request; it validates nothing, knows nobody and builds no answer. Both run as one process under
uvicorn with the same kind of thread pool; the client is one process with eight connections kept open. Background tasks
are switched off on both sides. Each field is quoted once before, as people do, so that bookings find a flight planned.
A ratio of 0.5 says that everything besides the SQL doubles the time.
"""

import argparse
import asyncio
import json
import os
import pickle
import re
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import sqlalchemy as sa
import uvicorn
from fastapi import FastAPI
from sqlalchemy import event
from starlette.testclient import TestClient

from drone_service import demo
from drone_service.kit.clock import local_day, utc_now
from drone_service.kit.db import Database
from drone_service.kit.settings import Settings
from drone_service.main import create_app
from drone_service.migrations import run as migrations
from drone_service.web.demonstration import DEMO_LOGINS
from tests.postgres import running_cluster

CONNECTIONS = 8
ROUNDS = 3
SECONDS = 4.0
KEY = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}")
DAYS_AHEAD = 55


@dataclass
class Recording:
    """The statements of a request, and which of their keys and numbers are new in each request."""

    statements: list[tuple[str, Any]] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    numbers: set[int] = field(default_factory=set)
    """Whole numbers that went up by one from a request to the next: the number of the job."""

    def fresh(self, turn: int) -> Iterator[tuple[str, Any]]:
        """Yield the statements with new keys and numbers."""
        changed = {key: uuid4().hex for key in self.keys}
        for statement, parameters in self.statements:
            yield statement, self._renew(parameters, changed, turn)

    def _renew(self, value: Any, changed: dict[str, str], turn: int) -> Any:
        if isinstance(value, dict):
            return {name: self._renew(part, changed, turn) for name, part in value.items()}
        if isinstance(value, list | tuple):
            return tuple(self._renew(part, changed, turn) for part in value)
        if isinstance(value, UUID):
            return UUID(changed.get(value.hex, value.hex))
        if isinstance(value, str):
            return KEY.sub(lambda found: _like(found[0], changed.get(found[0].replace("-", ""))), value)
        if type(value) is int and value in self.numbers:
            return value + turn
        return value


def _like(old: str, new: str | None) -> str:
    if new is None:
        return old
    return str(UUID(new)) if "-" in old else new


# The bare side.


def bare(recordings: dict[str, Recording], url: str) -> FastAPI:
    """Return an application whose routes run recorded statements and nothing else."""
    app = FastAPI(openapi_url=None)
    local, lock, turns = threading.local(), threading.Lock(), count(1)
    is_sqlite = url.startswith("sqlite")

    def connection() -> Any:
        if not hasattr(local, "connection"):
            if is_sqlite:
                local.connection = sqlite3.connect(
                    sa.make_url(url).database or "", isolation_level=None, check_same_thread=False, timeout=30
                )
                for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
                    local.connection.execute(f"PRAGMA {pragma}")
            else:
                local.connection = psycopg.connect(url.replace("+psycopg", ""))
        return local.connection

    def replay(recording: Recording, begin: str) -> int:
        opened, rows = connection(), 0
        cursor = opened.cursor()
        if is_sqlite:
            cursor.execute(begin)
        for statement, parameters in recording.fresh(next(turns)):
            cursor.execute(statement, parameters)
            if cursor.description:
                rows += len(cursor.fetchall())
        opened.commit()
        return rows

    @app.get("/day")
    def day() -> dict[str, int]:
        return {"rows": replay(recordings["day list"], "BEGIN")}

    @app.post("/booking", status_code=201)
    def booking() -> dict[str, int]:
        if not is_sqlite:
            return {"rows": replay(recordings["booking"], "")}
        with lock:
            return {"rows": replay(recordings["booking"], "BEGIN IMMEDIATE")}

    return app


# The recording.


def record(app: FastAPI, database: Database, send: Any) -> list[tuple[str, Any]]:
    """Return the statements that one request sends."""
    statements: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        if not statement.startswith(("BEGIN", "SAVEPOINT", "RELEASE")):
            statements.extend((statement, part) for part in (parameters if many else [parameters]))

    event.listen(database.engine, "before_cursor_execute", note)
    answer = send(TestClient(app))
    assert answer.is_success, answer.text
    event.remove(database.engine, "before_cursor_execute", note)
    return statements


def keys_of(statements: list[tuple[str, Any]]) -> set[str]:
    added = (repr(parameters) for statement, parameters in statements if statement.startswith("INSERT"))
    return {key.replace("-", "") for parameters in added for key in KEY.findall(parameters)}


def numbers_of(statements: list[tuple[str, Any]]) -> set[int]:
    values = [p.values() if isinstance(p, dict) else p for _, p in statements]
    return {value for part in values for value in part if type(value) is int}


@dataclass(frozen=True)
class Bookings:
    """Bodies of bookings that do not stand in one another's way: each field on each day once."""

    fields: list[str]
    first: date

    def body(self, turn: int) -> bytes:
        day = self.first + timedelta(days=turn // len(self.fields) % DAYS_AHEAD)
        wanted = {"field_id": self.fields[turn % len(self.fields)], "allowed_from": f"{day}", "allowed_until": f"{day}"}
        return json.dumps(wanted).encode()


# The client: raw requests over connections that stay open.


async def load(port: int, requests: Iterator[bytes], seconds: float) -> tuple[float, list[float], dict[int, int]]:
    """Return requests a second, the milliseconds of each, and how many had which status."""
    took_ms: list[float] = []
    statuses: dict[int, int] = {}
    end = time.perf_counter() + seconds

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while time.perf_counter() < end:
            start = time.perf_counter()
            writer.write(next(requests))
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
            await reader.readexactly(int(length[1]) if length else 0)
            took_ms.append((time.perf_counter() - start) * 1000)
            status = int(head.split(b" ", 2)[1])
            statuses[status] = statuses.get(status, 0) + 1
        writer.close()

    begin = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(CONNECTIONS)))
    return len(took_ms) / (time.perf_counter() - begin), took_ms, statuses


def request(method: str, path: str, token: str = "", body: bytes = b"") -> bytes:
    head = [f"{method} {path} HTTP/1.1", "host: 127.0.0.1", f"content-length: {len(body)}"]
    if token:
        head += [f"authorization: Bearer {token}", "content-type: application/json"]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


@contextmanager
def process(*arguments: str, env: dict[str, str]) -> Iterator[int]:
    """Run a server of its own; yields the port it listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen([*arguments, str(port)], env={**os.environ, **env}, stdout=subprocess.DEVNULL)
    try:
        for _ in range(300):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield port
    finally:
        server.terminate()
        server.wait(20)


@contextmanager
def databases(folder: Path, backend: str) -> Iterator[tuple[str, str]]:
    """Yield the addresses of two databases with the same demonstration: the service's and the bare one's."""
    urls = [f"sqlite:///{folder / name}.sqlite" for name in ("service", "bare")]
    with ExitStack() as stack:
        if backend == "postgresql":
            cluster = stack.enter_context(running_cluster())
            urls = [cluster.create("service"), ""]
        database = Database(urls[0])
        migrations.upgrade(database)
        demo.load_if_empty(database, now=utc_now())
        if backend == "sqlite":
            with sqlite3.connect(folder / "service.sqlite") as connection:
                connection.execute("VACUUM INTO ?", (str(folder / "bare.sqlite"),))
            connection.close()
        database.engine.dispose()
        if backend == "postgresql":
            urls[1] = cluster.create("bare", like="service")
        yield urls[0], urls[1]


def measure(backend: str, seconds: float) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)
        ours, theirs = stack.enter_context(databases(folder, backend))
        settings = Settings(_env_file=None, data_dir=folder, database_url=ours, worker_embedded=False)
        database = Database(ours)
        app = create_app(settings, database)
        owner = DEMO_LOGINS[2]
        client = TestClient(app)
        session = client.post("/api/v1/sessions/by-password", json={"phone": owner.phone, "password": owner.password})
        headers = {"authorization": f"Bearer {session.json()['token']}", "content-type": "application/json"}
        fields = [item["id"] for item in client.get("/api/v1/fields?limit=100", headers=headers).json()["items"]]
        today = local_day(utc_now())
        bookings = Bookings(fields, today + timedelta(days=3))
        day = f"/api/v1/days/{today + timedelta(days=1)}"
        # The same field on two days: whatever differs between the two requests is new in every request.
        bodies = [bookings.body(turn) for turn in (0, len(fields))]
        booked = [
            record(app, database, lambda c, body=body: c.post("/api/v1/jobs", content=body, headers=headers))
            for body in bodies
        ]
        turns = (turn for turn in count(1) if turn != len(fields))
        listed = record(app, database, lambda c: c.get(day, headers=headers))
        grown = {number for number in numbers_of(booked[1]) if number - 1 in numbers_of(booked[0]) and number > 50}
        recordings = {
            "booking": Recording(booked[0], keys_of(booked[0]) - keys_of(booked[1])),
            "day list": Recording(listed),
        }
        recordings["booking"].numbers = {number - 1 for number in grown}
        database.engine.dispose()
        saved = folder / "recordings.pickle"
        saved.write_bytes(pickle.dumps(recordings))
        env = {"DRONE_DATABASE_URL": ours, "DRONE_WORKER_EMBEDDED": "false", "DRONE_LOG_LEVEL": "WARNING"}
        serve = str(Path(sys.executable).with_name("drone-service"))
        service = stack.enter_context(process(serve, "serve", "--port", env=env))
        plain = stack.enter_context(
            process(sys.executable, "-m", "benchmarks.http", "--bare", str(saved), theirs, env={})
        )
        token = session.json()["token"]
        quoted_ms = first_quotes(
            service, token, [bookings.body(turn) for turn in range(2 * len(fields), 3 * len(fields))]
        )
        requests = {
            "booking": (
                (request("POST", "/api/v1/jobs", token, bookings.body(turn)) for turn in turns),
                (request("POST", "/booking") for _ in count()),
            ),
            "day list": (
                (request("GET", day, token) for _ in count()),
                (request("GET", "/day") for _ in count()),
            ),
        }
        found: dict[str, Any] = {"first quotes": {"p50_ms": statistics.median(quoted_ms), "number": len(quoted_ms)}}
        for what, (to_service, to_bare) in requests.items():
            runs: dict[str, list[tuple[float, list[float], dict[int, int]]]] = {"service": [], "bare": []}
            for _ in range(ROUNDS):
                runs["service"].append(asyncio.run(load(service, to_service, seconds)))
                runs["bare"].append(asyncio.run(load(plain, to_bare, seconds)))
            found[what] = {side: _summary(rounds) for side, rounds in runs.items()}
            found[what]["ratio"] = found[what]["service"]["per_s"] / found[what]["bare"]["per_s"]
            found[what]["statements"] = len(recordings[what].statements)
        return found


def first_quotes(port: int, token: str, bodies: list[bytes]) -> list[float]:
    """Ask for a quote of each field, one after the other, as people do before they book; return the milliseconds."""
    took_ms = []
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    for body in bodies:
        start = time.perf_counter()
        connection.request("POST", "/api/v1/quotes", body, headers)
        answer = connection.getresponse()
        assert answer.status == 200, answer.read()
        answer.read()
        took_ms.append((time.perf_counter() - start) * 1000)
    connection.close()
    return took_ms


def _summary(rounds: list[tuple[float, list[float], dict[int, int]]]) -> dict[str, Any]:
    took_ms = sorted(ms for _, all_ms, _ in rounds for ms in all_ms)
    statuses: dict[int, int] = {}
    for _, _, seen in rounds:
        for status, times in seen.items():
            statuses[status] = statuses.get(status, 0) + times
    return {
        "per_s": statistics.median(per_s for per_s, _, _ in rounds),
        "p50_ms": took_ms[len(took_ms) // 2],
        "p99_ms": took_ms[int(len(took_ms) * 0.99)],
        "statuses": statuses,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--bare", nargs=3, metavar=("RECORDINGS", "URL", "PORT"), help=argparse.SUPPRESS)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="seconds of each of three rounds")
    parser.add_argument("--backend", choices=["sqlite", "postgresql"], action="append")
    chosen = parser.parse_args()
    if chosen.bare:
        saved, url, port = chosen.bare
        sys.modules["__main__"].Recording = Recording  # type: ignore[attr-defined]
        recordings = pickle.loads(Path(saved).read_bytes())  # noqa: S301 made by the process that started this one
        uvicorn.run(bare(recordings, url), port=int(port), log_level="warning")
        return
    for backend in chosen.backend or ["sqlite", "postgresql"]:
        measured = measure(backend, chosen.seconds)
        quotes = measured.pop("first quotes")
        print(
            f"{backend}, quote of a field not planned before: p50 {quotes['p50_ms']:.0f} ms, {quotes['number']} fields"
        )
        for what, row in measured.items():
            sides = ", ".join(
                f"{side} {row[side]['per_s']:.0f}/s (p50 {row[side]['p50_ms']:.1f} ms, p99 {row[side]['p99_ms']:.0f})"
                for side in ("service", "bare")
            )
            print(f"{backend}, {what}, {row['statements']} statements: ratio {row['ratio']:.2f}; {sides}")
            print(f"  answers: {row['service']['statuses']} and {row['bare']['statuses']}", flush=True)


if __name__ == "__main__":
    main()
