"""RFC 9457 problem details: what every refusal looks like on the way out, the same for API and pages."""

from collections.abc import Sequence
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException

from drone_service.kit.errors import (
    BadRequest,
    DomainError,
    Invalid,
    MethodNotAllowed,
    NotAllowed,
    NotFound,
    NotSignedIn,
    TooLarge,
)
from drone_service.kit.i18n import N_, translate

MEDIA_TYPE = "application/problem+json"


class FieldProblem(BaseModel):
    """What is wrong with one part of the input; `pointer` is a JSON pointer into it."""

    pointer: str
    detail: str


class Problem(BaseModel):
    """An RFC 9457 problem. Parameters of the error stand beside the standard members."""

    model_config = ConfigDict(extra="allow")
    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: list[FieldProblem] | None = None


_IN_WORDS = {
    400: "The request cannot be read.",
    401: "Nobody is signed in.",
    403: "The caller may not do this.",
    404: "There is no such thing, or not for the caller.",
    409: "The state of things does not allow this.",
    412: "It was changed since it was read.",
    413: "The body is too large.",
    422: "The input is not right.",
    428: "If-Match is needed.",
    429: "Too many requests.",
    503: "A service that this needs does not answer.",
}
REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"description": text, "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    for status, text in _IN_WORDS.items()
}
"""What any operation may answer instead, for the description of the API."""


def problem_schemas() -> dict[str, Any]:
    """Return the JSON schemas that `REFUSALS` points to, by their name among the components of OpenAPI."""
    schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    return {**schema.pop("$defs"), Problem.__name__: schema}


_BY_STATUS: dict[int, type[DomainError]] = {
    400: BadRequest,
    401: NotSignedIn,
    403: NotAllowed,
    404: NotFound,
    405: MethodNotAllowed,
    413: TooLarge,
    422: Invalid,
}

# What people can make of pydantic's error types; anything else says that the value is not right.
_FIELD_TEXTS = {
    "missing": N_("This is needed."),
    "string_too_short": N_("This is too short."),
    "string_too_long": N_("This is too long."),
    "too_short": N_("Too few entries."),
    "too_long": N_("Too many entries."),
    "greater_than": N_("This must be more than %(gt)s."),
    "greater_than_equal": N_("This must be at least %(ge)s."),
    "less_than": N_("This must be less than %(lt)s."),
    "less_than_equal": N_("This must be at most %(le)s."),
    "int_type": N_("Type a whole number."),
    "int_parsing": N_("Type a whole number."),
    "int_from_float": N_("Type a whole number."),
    "float_type": N_("Type a number."),
    "float_parsing": N_("Type a number."),
    "finite_number": N_("Type a number."),
    "date_parsing": N_("Type a date."),
    "date_from_datetime_parsing": N_("Type a date."),
    "uuid_parsing": N_("This is not an id we made."),
    "enum": N_("Choose one of: %(expected)s."),
    "literal_error": N_("Choose one of: %(expected)s."),
    "json_invalid": N_("This is not valid JSON."),
    "extra_forbidden": N_("This is not known here."),
}
_OTHER_TEXT = N_("This value is not right.")


def domain_error_of(error: Exception) -> DomainError:
    """Return the domain error that stands for any exception; an unexpected one becomes the plain 500."""
    if isinstance(error, DomainError):
        return error
    if isinstance(error, RequestValidationError):
        return Invalid()
    if isinstance(error, HTTPException):
        return _BY_STATUS.get(error.status_code, BadRequest if error.status_code < 500 else DomainError)()
    return DomainError()


def problem_of(error: Exception, *, language: str, instance: str) -> Problem:
    """Write any exception as a problem in a language."""
    refusal = domain_error_of(error)
    members = {name: _plain(value) for name, value in refusal.params.items()}
    if type(refusal) in _BY_STATUS.values() and not isinstance(error, DomainError):
        members = {}
    problem = Problem(
        type=f"/problems/{refusal.code}",
        title=translate(refusal.title, language),
        status=refusal.status,
        detail=translate(refusal.detail, language, refusal.params),
        instance=instance,
        **{name: value for name, value in members.items() if name not in Problem.model_fields},
    )
    if isinstance(error, RequestValidationError):
        problem.errors = field_problems(error.errors(), language)
    return problem


def field_problems(errors: Sequence[Any], language: str) -> list[FieldProblem]:
    """Write pydantic's errors as pointers and sentences; what was typed is never echoed."""
    # FastAPI reports what is wrong with a body once for each dependency that reads it.
    found = {
        ("/" + "/".join(str(part) for part in error["loc"]), field_text(error, language)): None for error in errors
    }
    return [FieldProblem(pointer=pointer, detail=detail) for pointer, detail in found]


def field_text(error: Any, language: str) -> str:
    """Return the sentence for one of pydantic's errors."""
    if error["type"] == "value_error":
        return translate(str(error["ctx"]["error"]), language) if "ctx" in error else translate(_OTHER_TEXT, language)
    text = _FIELD_TEXTS.get(_kind_of(error), _OTHER_TEXT)
    return translate(text, language, error.get("ctx") or {})


def _kind_of(error: Any) -> str:
    """Return pydantic's type of an error; behind a validator of ours it speaks of a text as of a list."""
    kind, given = str(error["type"]), error.get("input")
    if kind not in ("too_short", "too_long", "string_too_short") or not isinstance(given, str):
        return kind
    if kind != "too_long" and not given.strip():
        return "missing"
    return f"string_{kind.removeprefix('string_')}"


def _plain(value: object) -> object:
    if isinstance(value, str | int | float | bool | type(None)):
        return value
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return str(value)
