"""Text that people type: no control characters, and nothing a database cannot hold."""

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from drone_service.kit.i18n import N_

_TURNS = dict.fromkeys(map(ord, "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"))
"""Signs that turn the direction of writing: pasted into a name they would turn the line it stands in."""

_KHMER_DIGITS = str.maketrans("០១២៣៤៥៦៧៨៩", "0123456789")


def _clean(text: str) -> str:
    # NUL and lone surrogates pass JSON and fail in the database; other control characters have no place in a name.
    if any(unicodedata.category(character) in {"Cc", "Cs"} and character not in "\n\t" for character in text):
        raise ValueError(N_("This holds characters that cannot be stored."))
    return unicodedata.normalize("NFC", text.translate(_TURNS))


def _one_line(text: str) -> str:
    if "\n" in text or "\t" in text:
        raise ValueError(N_("Type this on one line."))
    return text


# For the description of the API only, which has no words for the categories of characters.
LINE_PATTERN = r"^[^\x00-\x1F\x7F-\x9F]*$"
NOTE_PATTERN = r"^[^\x00-\x08\x0B-\x1F\x7F-\x9F]*$"

Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=200),
    AfterValidator(_clean),
    AfterValidator(_one_line),
    Field(json_schema_extra={"pattern": LINE_PATTERN}),
]
"""One line of text, at most 200 characters."""

Note = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=2_000),
    AfterValidator(_clean),
    Field(json_schema_extra={"pattern": NOTE_PATTERN}),
]
"""A note of several lines, at most 2,000 characters."""


def latin_digits(text: str) -> str:
    """Return a text with the digits of a Khmer keyboard as 0 to 9: whoever types them has typed a number."""
    return text.translate(_KHMER_DIGITS)
