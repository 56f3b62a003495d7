"""Identifiers made by the caller, before anything is stored."""

import os
import time
from uuid import UUID


def uuid7() -> UUID:
    """Make a UUID version 7 (RFC 9562): 48 bits of Unix milliseconds, then random bits.

    Ids made later sort later, which keeps B-tree inserts at the right-hand edge.
    """
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    value = (milliseconds & (1 << 48) - 1) << 80
    value |= 0x7 << 76 | (random >> 68 & 0xFFF) << 64
    value |= 0b10 << 62 | random & (1 << 62) - 1
    return UUID(int=value)
