"""HTML forms bound to the schemas of the API: the value, or what was typed with a message per field."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import UnionType
from typing import Annotated, Any, Generic, Literal, TypeVar, Union, get_args, get_origin

from fastapi import Depends, Request
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from sqlmodel import Session
from starlette.datastructures import FormData

from drone_service.kit.errors import DomainError, Invalid, NotAllowed, NotFound, PreconditionFailed
from drone_service.kit.i18n import translate
from drone_service.kit.problems import field_text
from drone_service.kit.text import latin_digits

SchemaT = TypeVar("SchemaT", bound=BaseModel)
_MANY = {list, set, frozenset, tuple}
LONGEST_CHOICE = 10
"""A text of more digits is no choice of numbers, and thousands of them are none that Python reads."""
_GROUPED = re.compile(r"^[+-]?\d{1,3}([.,])\d{3}(?:\1\d{3})*$")


async def read_form(request: Request) -> FormData:
    """Read the form of a request; a file arrives as an UploadFile."""
    return await request.form()


FormDep = Annotated[FormData, Depends(read_form)]


NO_VERSION = -1
"""What a form without its version changes: nothing, because no row ever had it."""


def version_of(form: FormData) -> int:
    """Return the version that a form was filled in for: what `If-Match` is to the API."""
    text = str(form.get("version", ""))
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 10 and int(text) else NO_VERSION


class Bound(Generic[SchemaT]):
    """A form on its way through a handler. Templates read `text`, `error` and `refusal`; handlers read `value`."""

    def __init__(self, schema: type[SchemaT], typed: Mapping[str, Any], language: str) -> None:
        self.schema = schema
        self.typed = dict(typed)
        self.language = language
        self.many: dict[str, list[Any]] = {}
        self.errors: dict[str, str] = {}
        self.refusal: DomainError | None = None
        self._value: SchemaT | None = None

    @property
    def value(self) -> SchemaT:
        """The validated value. Raises Invalid when there is none, which `catching` turns into the page."""
        if self._value is None:
            raise Invalid
        return self._value

    @property
    def is_valid(self) -> bool:
        return self._value is not None and self.refusal is None

    @property
    def status(self) -> int:
        """The status to render the form again with."""
        return self.refusal.status if self.refusal else 422

    @property
    def is_stale(self) -> bool:
        """Tell whether somebody else saved in between, so that the page offers to look or to save in its place."""
        return isinstance(self.refusal, PreconditionFailed)

    @property
    def title(self) -> str:
        """The heading of what went wrong, or nothing."""
        return translate(self.refusal.title, self.language) if self.refusal else ""

    @property
    def detail(self) -> str:
        """The sentence of what went wrong and what to do."""
        return translate(self.refusal.detail, self.language, self.refusal.params) if self.refusal else ""

    def text(self, name: str) -> Any:
        """Return what was typed into a field, else its initial value, else nothing."""
        value = self.typed.get(name, "")
        return "" if value is None else value

    def texts(self, name: str) -> list[str]:
        """Return all that was chosen of a field that takes several, else its initial values."""
        value = self.many.get(name, self.typed.get(name))
        return [str(one) for one in value] if isinstance(value, list | tuple | set | frozenset) else []

    def error(self, name: str) -> str:
        """Return the message of a field, also of what lies inside it."""
        inside = next((text for key, text in self.errors.items() if key.startswith(f"{name}.")), "")
        return self.errors.get(name, inside)

    @contextmanager
    def catching(self, session: Session) -> Iterator[None]:
        """Run a use case in a savepoint; its refusal becomes a message on the form and leaves no trace.

        Swallowing the error without the savepoint would commit whatever the use case changed before it
        refused. What may not be seen or done at all is not a matter of this form and goes on to its own page.
        """
        savepoint = session.begin_nested()
        try:
            yield
        except DomainError as refusal:
            if refusal.keeps_changes:
                savepoint.commit()
            else:
                savepoint.rollback()
            if isinstance(refusal, NotFound | NotAllowed):
                raise
            self.refusal = refusal
        except BaseException:
            savepoint.rollback()
            raise
        else:
            savepoint.commit()


def bind(schema: type[SchemaT], form: FormData | Mapping[str, Any], *, language: str) -> Bound[SchemaT]:
    """Validate a form against a schema. Names with dots are nested: `products.0.dose_per_ha`."""
    typed = {name: _all_values(form, name) for name in form}
    bound = Bound(schema, {name: values[-1] for name, values in typed.items() if values}, language)
    bound.many = typed
    try:
        bound._value = schema.model_validate(_input_of(schema, typed), strict=False)
    except ValidationError as invalid:
        for problem in invalid.errors():
            name = ".".join(str(part) for part in problem["loc"]) or "form"
            bound.errors.setdefault(name, field_text(problem, language))
    return bound


def blank(schema: type[SchemaT], initial: Mapping[str, object], *, language: str) -> Bound[SchemaT]:
    """Return a form nobody has typed into yet."""
    return Bound(schema, initial, language)


def parse_number(text: str, *, whole: bool) -> str:
    """Read a number typed with `.` or `,` and return it in Python's spelling; other text comes back as it is.

    With both signs the last one is the decimal sign. In a whole number groups of three are thousands:
    `180.000` is 180000 there, while in a measure `1,296` stays 1.296.
    """
    plain = latin_digits(text).replace(" ", "").replace("\u00a0", "").replace("\u202f", "").removesuffix("₫")
    if whole and _GROUPED.match(plain):
        return plain.replace(".", "").replace(",", "")
    if "." in plain and "," in plain:
        decimal = max(".", ",", key=plain.rfind)
        return plain.replace("," if decimal == "." else ".", "").replace(",", ".")
    if plain.count(",") > 1 or plain.count(".") > 1:
        return plain.replace(",", "").replace(".", "") if _GROUPED.match(plain) else plain
    return plain.replace(",", ".")


def _all_values(form: FormData | Mapping[str, Any], name: str) -> list[Any]:
    if isinstance(form, FormData):
        return form.getlist(name)
    value: Any = form[name]
    return value if isinstance(value, list) else [value]


def _input_of(schema: type[BaseModel], typed: Mapping[str, list[Any]]) -> dict[str, Any]:
    """Return what pydantic gets: only names the schema knows, empty places left out, numbers in Python's spelling."""
    found: dict[str, Any] = {}
    for name, info in schema.model_fields.items():
        kinds = _kinds(info)
        values = typed.get(name)
        if not values:
            inside = _nested(name, typed)
            if inside is not None:
                found[name] = inside
            elif values is not None and kinds & _MANY:
                found[name] = []
        elif kinds & _MANY:
            found[name] = [value for value in values if value != ""]
        elif values[-1] != "" or str in kinds:
            found[name] = _converted(values[-1], kinds)
    return found


def _nested(name: str, typed: Mapping[str, list[Any]]) -> Any:
    parts = {key.removeprefix(f"{name}."): values for key, values in typed.items() if key.startswith(f"{name}.")}
    if not parts:
        return None
    heads = list(dict.fromkeys(key.split(".")[0] for key in parts))
    members = {head: _member(head, parts) for head in heads}
    members = {head: member for head, member in members.items() if member not in ("", None, {})}
    return list(members.values()) if all(head.isdigit() for head in heads) else members


def _member(head: str, parts: Mapping[str, list[Any]]) -> Any:
    if head not in parts:
        return _nested(head, parts)
    value = parts[head][-1]
    return parse_number(value, whole=False) if isinstance(value, str) and _looks_numeric(value) else value


def _looks_numeric(text: str) -> bool:
    return re.fullmatch(r"\d+,\d+", text.strip()) is not None


def _converted(value: Any, kinds: set[Any]) -> Any:
    if not isinstance(value, str):
        return value
    if (
        value.isdecimal() and len(value) < LONGEST_CHOICE and int(value) in kinds
    ):  # a choice of numbers, such as the two sizes of a công
        return int(value)
    if kinds & {int, float} and str not in kinds:
        return parse_number(value, whole=float not in kinds)
    if str not in kinds and value.lstrip().startswith(("{", "[")):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


def _kinds(info: FieldInfo) -> set[Any]:
    return set(_plain_types(info.annotation))


def _plain_types(annotation: Any) -> Iterator[Any]:
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _plain_types(get_args(annotation)[0])
    elif origin in (Union, UnionType):
        for option in get_args(annotation):
            yield from _plain_types(option)
    elif origin is Literal:
        yield from get_args(annotation)
    else:
        yield origin or annotation
