"""The two matrices read straight from the text of a problem: a list of 25 million numbers would take a gigabyte.

Only plain numbers and null are read here, to the very same values as Python's own reader; a text with anything else in
a matrix is left to that reader, which finds the words for what is wrong.
"""

from __future__ import annotations

import json
import mmap
from typing import Any

import numpy as np

from drone_service.engine.compiled import compiled_entry, compiled_lean
from drone_service.engine.schedule.problem import Matrix

KEYS = (b'"travel_s"', b'"travel_km"')
LARGE_BYTES = 200_000
"""Below this Python's reader is done before the compiled one is loaded."""
LARGEST_EXACT = 1 << 53
MOST_DECIMALS = 22
TENS = 10.0 ** np.arange(MOST_DECIMALS + 1)
"""Whole numbers to 2^53 and powers of ten to 10^22 are exact, so their quotient is rounded once (Clinger 1990; r)."""
Text = bytes | mmap.mmap


@compiled_entry
def _spans(data, found):  # type: ignore[no-untyped-def]
    """Write begin and end of each key and value of the outermost object; return their number, or -1 if they are many.

    A row of `found` is begin and end of the key with its quotes, begin and end of the value.
    """
    depth, count, at, size = 0, 0, 0, len(data)
    key_begin, key_end, value_begin = -1, -1, -1
    while at < size:
        byte = data[at]
        if byte == 34:  # a quotation mark: over the string
            begin = at
            at += 1
            while at < size and data[at] != 34:
                at += 2 if data[at] == 92 else 1
            if depth == 1 and value_begin < 0:
                key_begin, key_end = begin, at + 1
        elif byte in (123, 91):  # { [
            depth += 1
        elif byte in (125, 93, 44) and depth == 1:  # } ] ,
            if value_begin >= 0:
                if count == len(found):
                    return -1
                found[count, 0], found[count, 1], found[count, 2], found[count, 3] = key_begin, key_end, value_begin, at
                count += 1
            value_begin = -1
            if byte != 44:
                depth -= 1
        elif byte in (125, 93):
            depth -= 1
        elif byte == 58 and depth == 1 and value_begin < 0:  # :
            value_begin = at + 1
        at += 1
    return count


@compiled_entry
def _read(data, begin, end, tens, matrix):  # type: ignore[no-untyped-def]
    """Read rows of plain numbers and nulls into the matrix; False for any other text or another shape."""
    rows, columns = matrix.shape
    row, column, depth, at = 0, 0, 0, begin
    expects_value = True
    while at < end:
        byte = data[at]
        if byte in (32, 9, 10, 13):
            at += 1
            continue
        if byte == 91:  # [
            depth += 1
            if depth > 2 or not expects_value or (depth == 2 and (row >= rows or column != 0)):
                return False
            at += 1
        elif byte == 93:  # ]
            depth -= 1
            if depth < 0 or expects_value or (depth == 1 and column != columns):
                return False
            if depth == 1:
                row, column = row + 1, 0
            at += 1
        elif byte == 44:  # ,
            if expects_value or depth == 0:
                return False
            expects_value = True
            at += 1
            continue
        else:
            if depth != 2 or not expects_value or column >= columns:
                return False
            value, at = _number(data, at, end, tens)
            if value < 0.0:
                return False
            matrix[row, column] = value
            column += 1
        expects_value = byte == 91
    return depth == 0 and row == rows


@compiled_lean
def _number(data, at, end, tens):  # type: ignore[no-untyped-def]
    """Return a plain number, infinity for null, or -1, and where it ends."""
    if data[at] == 110:
        is_null = at + 4 <= end and data[at + 1] == 117 and data[at + 2] == 108 and data[at + 3] == 108
        return (np.inf if is_null else -1.0), at + 4
    whole, digits, decimals, begin = 0, 0, -1, at
    while at < end:
        byte = data[at]
        if 48 <= byte <= 57:
            whole = whole * 10 + (byte - 48)
            digits += 1
            if decimals >= 0:
                decimals += 1
        elif byte == 46 and decimals < 0 and digits > 0:
            decimals = 0
        else:
            break
        if digits > 17:
            return -1.0, at
        at += 1
    # No number, a leading zero, a point without a digit, or more digits than are exact: Python's reader decides.
    leads = data[begin] == 48 and digits - max(decimals, 0) > 1
    more = at < end and data[at] not in (32, 9, 10, 13, 44, 93)
    if digits == 0 or decimals == 0 or leads or more or whole >= LARGEST_EXACT:
        return -1.0, at
    return whole / tens[max(decimals, 0)], at


def read_problem_text(text: Text) -> Any:
    """Decode a problem; large matrices come back as arrays, everything else as `json` gives it. Raises ValueError."""
    if len(text) < LARGE_BYTES:
        return json.loads(text[:])
    data = np.frombuffer(text, dtype=np.uint8)
    found = np.zeros((64, 4), dtype=np.int64)
    count = _spans(data, found)
    spans = [span for span in found[: max(count, 0)].tolist() if text[span[0] : span[1]] in KEYS]
    _forget(text)
    rest, at = [], 0
    for span in spans:
        rest += [text[at : span[2]], b"null"]
        at = span[3]
    document = json.loads(b"".join([*rest, text[at:]]))
    size = document.get("locations") if isinstance(document, dict) else None
    for key_begin, key_end, begin, end in spans:
        matrix = _matrix(data, begin, end, size)
        document[json.loads(text[key_begin:key_end])] = json.loads(text[begin:end]) if matrix is None else matrix
        _forget(text)
    return document


def _matrix(data: Any, begin: int, end: int, size: object) -> Matrix | None:
    # A number takes two bytes at least: a size that the text cannot hold is not made room for.
    if not isinstance(size, int) or isinstance(size, bool) or not 0 < size * size * 2 <= end - begin:
        return None
    matrix = np.zeros((size, size))
    return matrix if _read(data, begin, end, TENS, matrix) else None


def _forget(text: Text) -> None:
    """Give the pages of a mapped file back: they are read, and the matrices need the room."""
    if isinstance(text, mmap.mmap):
        text.madvise(mmap.MADV_DONTNEED)
