"""The way out: every call to another service has a total deadline, a size limit and a memory of failures.

httpx's own timeout is per read, so a server that drips a byte a second never ends, and looking up a name has none at
all; and an answer may be compressed a thousand times. Each exchange therefore runs in a thread of its own that is left
behind, its connection cut, when the time is up; and answers are unpacked here, never beyond the limit.
"""

import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import httpx

MAX_ANSWER_BYTES = 1_000_000
SAFE = frozenset({"GET", "HEAD"})
WORTH_ANOTHER_TRY = frozenset({502, 503, 504})
FIRST_WAIT_S = 0.1
NOT_MODIFIED = 304
_GZIP = 16 + zlib.MAX_WBITS


class CallFailed(Exception):
    """The other service was slow, too large, unreachable or answered with an error."""

    def __init__(self, message: str, *, status: int | None = None, may_retry: bool = False) -> None:
        super().__init__(message)
        self.status = status
        self.may_retry = may_retry

    @property
    def blames_service(self) -> bool:
        """True where asking again soon would not help: anything but a refusal of this one request."""
        return self.status is None or self.status < 400 or self.status >= 500 or self.status in {403, 408, 429}


@dataclass(frozen=True)
class Answer:
    """A whole answer that came within the limits. The names of headers are in lower case."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def json(self) -> Any:
        """Parse the body. Raises CallFailed."""
        try:
            return httpx.Response(self.status, content=self.body).json()
        except (ValueError, RecursionError) as error:  # brackets without end are no JSON that anybody can read
            raise CallFailed("the answer is not JSON") from error


class Breaker:
    """Remembers that a service fails, so that it is left alone for a while instead of being waited for each time.

    After `failures` in a row nothing is asked for `rest_s` seconds; then one call is let through, and its outcome
    decides.
    """

    def __init__(
        self, *, failures: int = 3, rest_s: float = 120.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._allowed, self._rest_s, self._clock = failures, rest_s, clock
        self._lock = threading.Lock()
        self._failed = 0
        self._closed_until = 0.0

    def admit(self) -> None:
        """Let a call through or refuse it. Raises CallFailed."""
        with self._lock:
            if self._failed < self._allowed:
                return
            if self._clock() < self._closed_until:
                raise CallFailed("the service failed several times and is left alone for a while")
            # The others wait for what becomes of this one.
            self._closed_until = self._clock() + self._rest_s

    def note(self, *, failed: bool) -> None:
        """Remember how a call went."""
        with self._lock:
            self._failed = self._failed + 1 if failed else 0
            if self._failed >= self._allowed:
                self._closed_until = self._clock() + self._rest_s


@dataclass(frozen=True)
class _Request:
    client: httpx.Client
    method: str
    url: str
    params: Mapping[str, str] | None
    json: Any
    headers: Mapping[str, str]
    max_bytes: int


def call(
    client: httpx.Client,
    method: str,
    url: str,
    *,
    deadline_s: float,
    params: Mapping[str, str] | None = None,
    json: Any = None,
    headers: Mapping[str, str] | None = None,
    max_bytes: int = MAX_ANSWER_BYTES,
    attempts: int = 1,
    breaker: Breaker | None = None,
) -> Answer:
    """Make one call within a total deadline in seconds, all attempts together. Raises CallFailed.

    An error status is a failure and so is being sent elsewhere, 304 is not. Only GET and HEAD are tried again, where
    the service was not reached or says that it is busy.
    """
    if breaker is not None:
        breaker.admit()
    ends_at = time.monotonic() + deadline_s
    request = _Request(client, method, url, params, json, headers or {}, max_bytes)
    try:
        answer = _tried(request, ends_at, attempts if method.upper() in SAFE else 1)
    except CallFailed as failure:
        if breaker is not None:
            breaker.note(failed=failure.blames_service)
        raise
    if breaker is not None:
        breaker.note(failed=False)
    return answer


def _tried(request: _Request, ends_at: float, attempts: int) -> Answer:
    for number in range(1, attempts):
        try:
            return _attempt(request, ends_at)
        except CallFailed as failure:
            wait_s = FIRST_WAIT_S * 2 ** (number - 1)
            if not failure.may_retry or time.monotonic() + wait_s >= ends_at:
                raise
            time.sleep(wait_s)
    return _attempt(request, ends_at)


class _Wire:
    """The connection of one exchange, so that it can be cut from outside."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stream: Any = None
        self._is_cut = False

    def note(self, event: str, details: Mapping[str, Any]) -> None:
        """Take the connection when it is made: httpx's `trace` extension calls this at every step."""
        if event in {"connection.connect_tcp.complete", "connection.start_tls.complete"}:
            with self._lock:
                self._stream = details["return_value"]
            if self._is_cut:
                self.cut()

    def cut(self) -> None:
        """End the connection; whoever reads from it gets an error at once."""
        with self._lock:
            self._is_cut = True
            found = self._stream.get_extra_info("socket") if self._stream is not None else None
        if found is not None:
            try:
                found.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # it has ended by itself


def _attempt(request: _Request, ends_at: float) -> Answer:
    wire = _Wire()
    # One thread for each exchange and none shared: those left behind must never keep another from its turn.
    runner = ThreadPoolExecutor(1, thread_name_prefix="call")
    try:
        exchange = runner.submit(_exchange, request, wire, ends_at)
        return exchange.result(timeout=max(ends_at - time.monotonic(), 0.0))
    except TimeoutError as late:
        raise CallFailed("the answer took too long") from late
    finally:
        wire.cut()
        runner.shutdown(wait=False)


def _exchange(request: _Request, wire: _Wire, ends_at: float) -> Answer:
    # A connection of its own for each call: only then is it known which one to cut.
    headers = {"Accept-Encoding": "gzip", "Connection": "close", **request.headers}
    left_s = max(ends_at - time.monotonic(), 0.001)
    try:
        with request.client.stream(
            request.method,
            request.url,
            params=request.params,
            json=request.json,
            headers=headers,
            timeout=left_s,
            extensions={"trace": wire.note},
        ) as response:
            body = _body(response, request.max_bytes, ends_at)
            status = response.status_code
            if response.is_error or (response.is_redirect and status != NOT_MODIFIED):
                raise CallFailed(
                    f"the answer has status {status}", status=status, may_retry=status in WORTH_ANOTHER_TRY
                )
            kept = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status_code, body, MappingProxyType(kept))
    except httpx.InvalidURL as error:
        raise CallFailed(type(error).__name__) from error
    except httpx.HTTPError as error:
        raise CallFailed(type(error).__name__, may_retry=isinstance(error, httpx.TransportError)) from error


def _body(response: httpx.Response, max_bytes: int, ends_at: float) -> bytes:
    body = bytearray()
    for chunk in _unpacked(response, max_bytes):
        body += chunk
        if len(body) > max_bytes:
            raise CallFailed("the answer is too large")
        if time.monotonic() > ends_at:
            raise CallFailed("the answer took too long")
    return bytes(body)


def _unpacked(response: httpx.Response, max_bytes: int) -> Iterator[bytes]:
    """Yield the body in pieces of at most one byte more than the limit, however much is packed into a few bytes."""
    packing = response.headers.get("Content-Encoding", "identity").strip().lower()
    if response.is_stream_consumed:  # a transport that hands over whole answers, as those of tests do
        yield response.content
    elif packing in {"", "identity"}:
        yield from response.iter_raw()
    elif packing in {"gzip", "x-gzip"}:
        unpacker = zlib.decompressobj(_GZIP)
        try:
            for chunk in response.iter_raw():
                yield unpacker.decompress(chunk, max_bytes + 1)
        except zlib.error as error:
            raise CallFailed("the answer cannot be unpacked") from error
        if not unpacker.eof:
            raise CallFailed("the answer is cut off or too large")
    else:
        raise CallFailed("the answer is packed in a way that was not asked for")
