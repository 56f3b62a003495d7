"""Vietnamese mobile numbers, stored as E.164."""

import re
from typing import Annotated, ClassVar

import phonenumbers
from pydantic import AfterValidator, Field

from drone_service.kit.errors import Invalid
from drone_service.kit.i18n import N_
from drone_service.kit.text import latin_digits

# The prefixes in use by Vietnamese mobile networks since the 2018 renumbering (p).
_MOBILE = re.compile(r"^(?:0|\+?84)(3[2-9]|5[2689]|7[06-9]|8[1-9]|9[0-9])[0-9]{7}$")
_PUNCTUATION = re.compile(r"[\s.\-()]+")


class PhoneInvalid(Invalid):
    code = "phone.invalid"
    title: ClassVar[str] = N_("Not a Vietnamese mobile number")
    detail: ClassVar[str] = N_("Type a mobile number with 10 digits that begins with 0, such as 0912 345 678.")


def normalise_phone(text: str) -> str:
    """Return a mobile number as E.164 (`+84912345678`). Raises PhoneInvalid."""
    compact = _PUNCTUATION.sub("", latin_digits(text))
    if not compact.isascii() or not _MOBILE.match(compact):
        raise PhoneInvalid
    number = phonenumbers.parse(compact if compact.startswith(("0", "+")) else f"+{compact}", "VN")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def show_phone(e164: str) -> str:
    """Return a stored number the way people read it aloud (`0912 345 678`)."""
    national = "0" + e164.removeprefix("+84")
    return f"{national[:4]} {national[4:7]} {national[7:]}"


def _validated(text: str) -> str:
    try:
        return normalise_phone(text)
    except PhoneInvalid as error:
        raise ValueError(PhoneInvalid.detail) from error


Phone = Annotated[
    str,
    AfterValidator(_validated),
    Field(
        json_schema_extra={"pattern": _MOBILE.pattern, "examples": ["0912345678"]},
        description="A Vietnamese mobile number. Spaces, dots, hyphens and brackets may stand in it.",
    ),
]
"""A schema field that takes a number as typed and holds E.164."""
