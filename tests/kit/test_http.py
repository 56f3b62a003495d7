"""The way out, against a server on this machine that misbehaves in every way we know."""

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest

from drone_service.kit.http import Answer, Breaker, CallFailed, call

Talk = Callable[[socket.socket], None]
DEADLINE_S = 0.4


@contextmanager
def server(talk: Talk) -> Iterator[str]:
    """Serve every connection by `talk`; yields the address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    wire, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=handle, args=(wire,), daemon=True).start()

        def handle(wire: socket.socket) -> None:
            with wire:
                try:
                    wire.recv(65_536)
                    talk(wire)
                except OSError:
                    return

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def reply(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def ask(url: str, **options: object) -> Answer:
    with httpx.Client() as client:
        return call(client, "GET", url, deadline_s=DEADLINE_S, **options)  # type: ignore[arg-type]


def drip(head: bytes, rest: bytes) -> Talk:
    def talk(wire: socket.socket) -> None:
        wire.sendall(head)
        for letter in rest:
            time.sleep(0.05)
            wire.sendall(bytes([letter]))

    return talk


ENDLESS = b"x" * 2_000
TROUBLE: dict[str, Talk] = {
    "silent": lambda _: time.sleep(5),
    "drips its headers": drip(b"HTTP/1.1 200 OK\r\nX-Slow: ", ENDLESS),
    "drips its body": drip(b"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n", ENDLESS),
    "hangs up": lambda _: None,
    "is huge": lambda wire: wire.sendall(reply(b" " * 1_100_000)),
    "is a bomb": lambda wire: wire.sendall(reply(gzip.compress(b" " * 60_000_000), "Content-Encoding: gzip")),
    "is cut off": lambda wire: wire.sendall(reply(gzip.compress(b"[1]")[:-4], "Content-Encoding: gzip")),
    "is packed badly": lambda wire: wire.sendall(reply(b"[1]", "Content-Encoding: gzip")),
    "is packed otherwise": lambda wire: wire.sendall(reply(b"[1]", "Content-Encoding: br")),
    "sends elsewhere": lambda wire: wire.sendall(reply(b"{}", "Location: http://127.0.0.1:1/", status="302 Found")),
    "fails": lambda wire: wire.sendall(reply(b"no", status="500 Oops")),
    "is not HTTP": lambda wire: wire.sendall(b"SSH-2.0\r\n\r\n"),
}


@pytest.mark.parametrize("trouble", TROUBLE)
def test_every_trouble_ends_in_time(trouble: str) -> None:
    with server(TROUBLE[trouble]) as url:
        begin = time.monotonic()
        with pytest.raises(CallFailed):
            ask(url)
        # Twice the deadline, because the machine may be busy; without a deadline these take 5 to 100 s.
        assert time.monotonic() - begin < DEADLINE_S + 2


def test_a_connection_that_took_too_long_is_cut() -> None:
    ended = threading.Event()

    def talk(wire: socket.socket) -> None:
        wire.settimeout(5)
        wire.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        wire.recv(1)  # returns when the other side goes away
        ended.set()

    with server(talk) as url:
        with pytest.raises(CallFailed):
            ask(url)
        assert ended.wait(3)


def test_a_packed_answer_comes_back_whole_with_its_headers() -> None:
    text = b'{"a": 1}'
    with server(lambda wire: wire.sendall(reply(gzip.compress(text), "Content-Encoding: gzip", "ETag: x"))) as url:
        found = ask(url)
    assert (found.json(), found.headers["etag"]) == ({"a": 1}, "x")


def failing(times: int) -> tuple[Talk, list[int]]:
    asked: list[int] = []

    def talk(wire: socket.socket) -> None:
        asked.append(1)
        wire.sendall(reply(b"[]", status="503 Busy" if len(asked) <= times else "200 OK"))

    return talk, asked


def test_a_busy_service_is_asked_again_by_get_and_never_by_post() -> None:
    talk, asked = failing(1)
    with server(talk) as url:
        assert ask(url, attempts=2).json() == []
        assert len(asked) == 2
    talk, asked = failing(1)
    with server(talk) as url, httpx.Client() as client:
        with pytest.raises(CallFailed):
            call(client, "POST", url, json={}, deadline_s=DEADLINE_S, attempts=2)
        assert len(asked) == 1


def test_a_service_that_fails_is_left_alone_and_then_asked_once() -> None:
    clock = [0.0]
    breaker = Breaker(failures=2, rest_s=60, clock=lambda: clock[0])
    talk, asked = failing(2)
    with server(talk) as url:
        for _ in range(4):
            with pytest.raises(CallFailed):
                ask(url, breaker=breaker)
        assert len(asked) == 2
        clock[0] = 61
        assert ask(url, breaker=breaker).status == 200
        assert ask(url, breaker=breaker).status == 200


def test_after_its_rest_only_one_call_goes_first() -> None:
    clock = [0.0]
    breaker = Breaker(failures=1, rest_s=60, clock=lambda: clock[0])
    breaker.note(failed=True)
    clock[0] = 61
    breaker.admit()
    with pytest.raises(CallFailed):
        breaker.admit()


def test_a_refused_request_is_not_the_fault_of_the_service() -> None:
    breaker = Breaker(failures=1)
    with server(lambda wire: wire.sendall(reply(b"", status="404 Not Found"))) as url:
        for _ in range(2):
            with pytest.raises(CallFailed) as failure:
                ask(url, breaker=breaker)
            assert failure.value.status == 404


@pytest.mark.parametrize("body", [b"[" * 400_000, b'{"a":' * 150_000, b'{"a":' + b"9" * 900_000 + b"}", b"", b"<html>"])
def test_an_answer_that_cannot_be_read_is_a_failed_call(body: bytes) -> None:
    with pytest.raises(CallFailed):
        Answer(200, body).json()


def test_a_service_that_only_sends_elsewhere_is_left_alone() -> None:
    breaker = Breaker(failures=1)
    with server(TROUBLE["sends elsewhere"]) as url:
        for status in (302, None):
            with pytest.raises(CallFailed) as failure:
                ask(url, breaker=breaker)
            assert failure.value.status == status
