"""The way out: every call to another service has a total deadline and a size limit.

httpx's own timeout is per read, so a server that drips a byte a second never ends; and an answer may be
compressed a thousand times. Both are stopped here.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

MAX_ANSWER_BYTES = 1_000_000


class CallFailed(Exception):
    """The other service was slow, too large, unreachable or answered with an error."""


@dataclass(frozen=True)
class Answer:
    """A whole answer that came within the limits."""

    status: int
    body: bytes

    def json(self) -> Any:
        """Parse the body. Raises CallFailed."""
        try:
            return httpx.Response(self.status, content=self.body).json()
        except ValueError as error:
            raise CallFailed("the answer is not JSON") from error


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
) -> Answer:
    """Make one call within a total deadline in seconds. Raises CallFailed; an error status is a failure."""
    ends_at = time.monotonic() + deadline_s
    body = bytearray()
    try:
        with client.stream(method, url, params=params, json=json, headers=headers, timeout=deadline_s) as response:
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > max_bytes:
                    raise CallFailed("the answer is too large")
                if time.monotonic() > ends_at:
                    raise CallFailed("the answer took too long")
            if response.is_error:
                raise CallFailed(f"the answer has status {response.status_code}")
            return Answer(response.status_code, bytes(body))
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise CallFailed(type(error).__name__) from error
