"""What a name may hold."""

import pytest
from pydantic import TypeAdapter, ValidationError

from drone_service.kit.text import Line, Note

LINE, NOTE = TypeAdapter(Line), TypeAdapter(Note)


def test_what_turns_the_line_it_stands_in_is_left_out() -> None:
    assert LINE.validate_python("ruộng \u202eabc\u2066") == "ruộng abc"


@pytest.mark.parametrize("text", ["حقل", "ruộng 🌾", "ស្រែ\u200bមាត់", "👨\u200d🌾"])
def test_every_script_and_what_joins_its_letters_stays(text: str) -> None:
    assert LINE.validate_python(text) == text


@pytest.mark.parametrize("text", ["a\0b", "a\ud800b", "a\x1bb"])
def test_what_no_database_holds_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        NOTE.validate_python(text)


def test_a_line_is_one_line_and_a_note_several() -> None:
    with pytest.raises(ValidationError):
        LINE.validate_python("a\nb")
    assert NOTE.validate_python("a\nb") == "a\nb"
