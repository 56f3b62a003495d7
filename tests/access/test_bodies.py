"""Bodies that are slow or never come whole: they hold nobody up, and nobody is told of them as of a failure."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from structlog.testing import capture_logs

from tests.conftest import NOW, LiveServer
from tests.people import make_cooperative

FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def host(live_server: LiveServer) -> LiveServer:
    """A server with somebody to speak for."""
    with live_server.database.transaction() as session:
        make_cooperative(session, "Thử", "t", NOW)
    return live_server


@contextmanager
def half_sent(server: LiveServer, path: str, content_type: str = FORM) -> Iterator[None]:
    """Send the head and the beginning of a request, and nothing more for as long as the block lasts."""
    port = httpx.URL(server.url).port
    assert port is not None
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {content_type}\r\nContent-Length: 900\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port)) as opened:
        opened.sendall(head.encode() + (b"--x\r\n" if "boundary" in content_type else b"phone="))
        yield


def sign_in(server: LiveServer) -> httpx.Response:
    return httpx.post(f"{server.url}/login/password", data={"phone": "0912000001", "password": "wrong"}, timeout=10)


@pytest.mark.parametrize("path", ["/login/password", "/login", "/language"])
def test_a_form_that_stops_half_way_keeps_nobody_waiting(host: LiveServer, path: str) -> None:
    """One phone with one bar of signal must not hold the lock for writing while its form is on the way."""
    with half_sent(host, path):
        for _ in range(3):
            assert sign_in(host).status_code == 401


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("/login/password", FORM),
        ("/login/password", "multipart/form-data; boundary=x"),
        ("/api/v1/sessions/by-password", "application/json"),
    ],
)
def test_who_hangs_up_while_sending_is_no_failure(host: LiveServer, path: str, content_type: str) -> None:
    with capture_logs() as lines:
        with half_sent(host, path, content_type):
            pass
        ends_s = time.monotonic() + 30
        while not lines and time.monotonic() < ends_s:
            time.sleep(0.05)
    assert [(line["event"], line["status"]) for line in lines] == [("request", 499)]
