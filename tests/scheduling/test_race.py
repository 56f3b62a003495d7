"""Many requests at once for the same times: one winner each, nobody gets a server error. And what the guard is worth.

Raw sockets are opened first and written all at once, because a client library as the load generator is slow enough to
hide the race.
"""

import json
import selectors
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from sqlmodel import Session, col, select

from drone_service.access.rules import Actor
from drone_service.booking.models import Job
from drone_service.booking.rules import State
from drone_service.kit.clock import moment_of_request
from drone_service.kit.db import Database
from drone_service.scheduling import moves, writing
from drone_service.scheduling.models import Slot, Visit
from drone_service.scheduling.queries import find_visit
from drone_service.scheduling.roads import NoRoads
from drone_service.scheduling.rules import BoardChanged
from drone_service.scheduling.schemas import VisitIn
from drone_service.scheduling.service import place
from tests.conftest import NOW, LiveServer
from tests.people import make_people
from tests.scheduling.rows import DAY, at, make_farm

TIMES = 40
AT_ONCE = 50
SPACING = timedelta(minutes=25)
SERVICE_S = 900


@dataclass(frozen=True)
class Contest:
    """Jobs of a cooperative that all want the same few times."""

    cooperative_id: UUID
    requests: list[bytes]


def contest(database: Database, times: int, at_once: int) -> Contest:
    """Store the jobs and write a request for each; every second one begins five minutes later and overlaps as well."""
    with database.transaction() as session:
        people = make_people(session, NOW)
        farm = make_farm(session, people)
        requests = []
        for number in range(times * at_once):
            job = farm.job(service_s=SERVICE_S)
            start = at(5) + SPACING * (number % times) + timedelta(minutes=5) * (number // times % 2)
            requests.append(put_visit(job.id, start, people.operator.token))
        return Contest(people.cooperative.id, requests)


def put_visit(job_id: UUID, starts_at: datetime, token: str) -> bytes:
    body = json.dumps({"starts_at": starts_at.isoformat()}).encode()
    head = (
        f"PUT /api/v1/jobs/{job_id}/visit HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body


def send_at_once(url: str, requests: Sequence[bytes]) -> list[int]:
    """Open a socket for each request, then write them all, then read the statuses."""
    host, port = urlsplit(url).hostname, urlsplit(url).port
    sockets = [socket.create_connection((host, port), timeout=120) for _ in requests]
    try:
        for opened, request in zip(sockets, requests, strict=True):
            opened.sendall(request)
        return list(_statuses(sockets))
    finally:
        for opened in sockets:
            opened.close()


def _statuses(sockets: Sequence[socket.socket]) -> Iterator[int]:
    with selectors.DefaultSelector() as selector:
        for opened in sockets:
            opened.setblocking(False)
            selector.register(opened, selectors.EVENT_READ, bytearray())
        while selector.get_map():
            ready = selector.select(timeout=120)
            assert ready, "the server stopped answering"
            for key, _ in ready:
                received = key.fileobj.recv(65536)  # type: ignore[union-attr]  # only sockets are registered
                key.data.extend(received)
                if not received:
                    selector.unregister(key.fileobj)
                    yield int(key.data.split(b" ", 2)[1])


def visits_of(database: Database, cooperative_id: UUID) -> list[Visit]:
    with database.transaction(write=False) as session:
        statement = select(Visit).where(col(Visit.cooperative_id) == cooperative_id)
        return list(session.exec(statement.order_by(col(Visit.starts_at))).all())


def double_booked(visits: Sequence[Visit]) -> int:
    return sum(
        first.aircraft_id == second.aircraft_id
        and first.starts_at < second.ends_at
        and second.starts_at < first.ends_at
        for first, second in combinations(visits, 2)
    )


@pytest.mark.timeout(900)
def test_one_winner_for_each_time(live_server: LiveServer) -> None:
    live_server.app.dependency_overrides[moment_of_request] = lambda: NOW
    game = contest(live_server.database, TIMES, AT_ONCE)
    statuses = Counter(send_at_once(live_server.url, game.requests))
    assert statuses == {200: TIMES, 409: TIMES * (AT_ONCE - 1)}
    visits = visits_of(live_server.database, game.cooperative_id)
    assert len(visits) == TIMES
    assert double_booked(visits) == 0
    with live_server.database.transaction(write=False) as session:
        slots = session.exec(select(Slot.slot_at).where(col(Slot.cooperative_id) == game.cooperative_id)).all()
        states = session.exec(select(Job.state).where(col(Job.cooperative_id) == game.cooperative_id)).all()
    assert len(slots) == TIMES * SERVICE_S // 300
    assert Counter(states) == {State.SCHEDULED: TIMES, State.CONFIRMED: TIMES * (AT_ONCE - 1)}


def test_without_the_guard_the_race_is_lost(live_server: LiveServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: with no five-minute rows written, the same requests book the aircraft many times over."""
    monkeypatch.setattr(writing, "slot_rows", lambda _visit: [])
    live_server.app.dependency_overrides[moment_of_request] = lambda: NOW
    game = contest(live_server.database, 5, 10)
    statuses = Counter(send_at_once(live_server.url, game.requests))
    assert statuses[200] > 5
    assert double_booked(visits_of(live_server.database, game.cooperative_id)) > 0


def pin(session: Session, actor: Actor, job_id: UUID) -> None:
    moves.pin(session, actor=actor, job_id=job_id, pinned=True, now=NOW)


def put_later(session: Session, actor: Actor, job_id: UUID) -> None:
    place(session, actor=actor, job_id=job_id, data=VisitIn(starts_at=at(16)), roads=NoRoads(), now=NOW)


@pytest.mark.parametrize("other", [pin, put_later])
def test_a_visit_that_was_moved_meanwhile_is_left_alone(
    fresh_database: Database, other: Callable[[Session, Actor, UUID], None]
) -> None:
    """Who holds a visit waits for the day; what they read before they waited may be another day by then."""
    with fresh_database.transaction() as session:
        people = make_people(session, NOW)
        farm = make_farm(session, people)
        job, actor = farm.job(allowed_until=DAY + timedelta(days=1)), people.operator.actor
        place(session, actor=actor, job_id=job.id, data=VisitIn(starts_at=at(6)), roads=NoRoads(), now=NOW)
    elsewhere = at(6, day=DAY + timedelta(days=1))

    def act() -> None:
        with fresh_database.transaction() as session:
            other(session, actor, job.id)

    with ThreadPoolExecutor(1) as waiting:
        with fresh_database.transaction() as session:
            place(session, actor=actor, job_id=job.id, data=VisitIn(starts_at=elsewhere), roads=NoRoads(), now=NOW)
            acted = waiting.submit(act)
            time.sleep(0.5)  # long enough to read the visit and to wait for its day
        refusal = acted.exception()
    with fresh_database.transaction(write=False) as session:
        visit = find_visit(session, people.cooperative.id, job.id)
    assert visit
    # SQLite has one writer, so the other reads only what is there by then.
    assert isinstance(refusal, BoardChanged) or (refusal is None and fresh_database.is_sqlite)
    assert visit.starts_at == (at(16) if refusal is None and other is put_later else elsewhere)
