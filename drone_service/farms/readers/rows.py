"""What every reader returns: one row per feature of a file, good or bad, and why a whole file cannot be read."""

import json
import math
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from drone_service.engine.errors import EngineError
from drone_service.engine.geometry.outline import Outline, Shape
from drone_service.engine.geometry.validate import checked_shape
from drone_service.engine.geometry.walk import WalkReport, clean_outline

MAX_ROWS = 5_000
MAX_NAME_LENGTH = 200
MAX_PROPERTIES_LENGTH = 10_000
MAX_DEPTH = 20
NAME_KEYS = ("name", "ten", "tên", "title", "field_name", "ten_thua", "label", "ឈ្មោះ")

Properties = dict[str, object]


class FileProblem(EngineError):
    """Why nothing of a file can be used."""

    code = "file"


class UnknownFormat(FileProblem):
    code = "unknown_format"


class BrokenFile(FileProblem):
    code = "broken_file"


class FileTooLarge(FileProblem):
    code = "file_too_large"


class UnsafeFile(FileProblem):
    code = "unsafe_file"


class NoFields(FileProblem):
    code = "no_fields"


class UnknownProjection(FileProblem):
    code = "unknown_projection"


class PropertiesTooLarge(EngineError):
    code = "properties_too_large"


@dataclass(frozen=True, eq=False)
class ReadRow:
    """One feature of a file. `number` counts from 1; either `shape` is there or `problem` says why not."""

    number: int
    source_id: str | None
    name: str | None
    properties: Properties
    shape: Shape | None
    problem: EngineError | None
    cleaned: WalkReport | None = None
    """What was done to a walked outline, where it was asked for."""


def read_row(
    number: int,
    *,
    read_outline: Callable[[], Outline],
    source_id: object = None,
    name: object = None,
    properties: Mapping[str, object] | None = None,
    walked_accuracy_m: float | None = None,
) -> ReadRow:
    """Make a row of one feature; any fault of its outline or its properties stays in the row.

    With an accuracy the outline was walked, and the noise of the GPS is taken out of it.
    """
    kept: Properties = {}
    shape, problem, cleaned = None, None, None
    try:
        kept = clean_properties(properties or {})
        outline = read_outline()
        if walked_accuracy_m is not None:
            outline, cleaned = clean_outline(outline, walked_accuracy_m)
        shape = checked_shape(outline)
    except FileProblem:
        raise
    except EngineError as fault:
        problem = fault
    return ReadRow(number, clean_name(source_id), clean_name(name) or name_in(kept), kept, shape, problem, cleaned)


def clean_properties(properties: Mapping[str, object]) -> Properties:
    """Return properties that any database and any JSON parser can hold. Raises PropertiesTooLarge."""
    cleaned = {clean_text(str(key)): _clean_value(value, MAX_DEPTH) for key, value in properties.items()}
    if len(json.dumps(cleaned, ensure_ascii=False)) > MAX_PROPERTIES_LENGTH:
        raise PropertiesTooLarge(limit=MAX_PROPERTIES_LENGTH)
    return cleaned


def clean_text(text: str) -> str:
    """Return text without control characters and lone surrogates, in composed form."""
    kept = "".join(character for character in text if unicodedata.category(character) not in {"Cc", "Cs"})
    return unicodedata.normalize("NFC", kept).strip()


def clean_name(value: object) -> str | None:
    """Return a short name, or None where there is none."""
    if value is None or isinstance(value, bool | list | dict):
        return None
    return clean_text(str(value))[:MAX_NAME_LENGTH].strip() or None


def name_in(properties: Mapping[str, object]) -> str | None:
    """Find the name of a field among its properties."""
    by_key = {key.lower(): value for key, value in reversed(list(properties.items()))}
    return next((name for key in NAME_KEYS if (name := clean_name(by_key.get(key)))), None)


def _clean_value(value: object, depth: int) -> object:
    if depth == 0:
        raise PropertiesTooLarge(limit=MAX_PROPERTIES_LENGTH)
    match value:
        case str():
            return clean_text(value)
        case bool() | None:
            return value
        case int():
            return value if abs(value) < 2**53 else str(value)[:MAX_NAME_LENGTH]
        case float():
            return value if math.isfinite(value) else None
        case list() | tuple():
            return [_clean_value(part, depth - 1) for part in value]
        case dict():
            return {clean_text(str(key)): _clean_value(part, depth - 1) for key, part in value.items()}
        case _:
            return clean_text(str(value))
