"""Identifiers made by the caller, before anything is stored."""

import os
import threading
import time
from uuid import UUID

_MILLISECOND_NS = 1_000_000
_STEP_NS = 245
"""A little more than the 4,096th part of a millisecond, which is as fine as an id tells the time."""
_lock = threading.Lock()
_last_ns = 0


def uuid7() -> UUID:
    """Make a UUID version 7 (RFC 9562, method 3): Unix milliseconds, 12 bits of the millisecond's parts, random bits.

    Ids made later in one process sort later, even within a millisecond: the two moves of one request keep their
    order, and B-tree inserts stay at the right-hand edge.
    """
    milliseconds, rest_ns = divmod(_next_ns(), _MILLISECOND_NS)
    value = (milliseconds & (1 << 48) - 1) << 80
    value |= 0x7 << 76 | rest_ns * 4096 // _MILLISECOND_NS << 64
    value |= 0b10 << 62 | int.from_bytes(os.urandom(8), "big") >> 2
    return UUID(int=value)


def _next_ns() -> int:
    global _last_ns  # noqa: PLW0603 (the one state of the process that ids need)
    with _lock:
        _last_ns = max(time.time_ns(), _last_ns + _STEP_NS)
        return _last_ns
