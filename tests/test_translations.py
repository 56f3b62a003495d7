"""Every text that people see is in all three catalogues, finished, with the same named places."""

import re
import tomllib
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from drone_service.kit.i18n import LANGUAGES

ROOT = Path(__file__).parents[1]
PLACES = re.compile(r"%\((\w+)\)[sd]")
KEYWORDS = {"N_": None, "_": None, "gettext": None, "ngettext": (1, 2)}


@cache
def texts_in_program() -> frozenset[str]:
    mappings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["babel"]["mappings"]
    methods = [(mapping["pattern"], mapping["method"]) for mapping in mappings]
    options = {
        mapping["pattern"]: {k: v for k, v in mapping.items() if k not in {"pattern", "method"}} for mapping in mappings
    }
    found = extract_from_dir(
        ROOT, method_map=methods, options_map=options, keywords=KEYWORDS, directory_filter=_is_ours
    )
    messages = (message if isinstance(message, tuple) else (message,) for _, _, message, _, _ in found)
    return frozenset(text for message in messages for text in message)


def _is_ours(directory: str | bytes) -> bool:
    path = Path(str(directory)).relative_to(ROOT)
    return not path.parts or (path.parts[0] == "drone_service" and not {"client", "static", "locale"} & set(path.parts))


def catalogue(language: str) -> Catalog:
    with (ROOT / "drone_service/web/locale" / language / "messages.po").open("rb") as file:
        return read_po(file, locale=language)


def finished(language: str) -> dict[str, str]:
    def pair(message: object) -> tuple[str, str]:
        identity, text = message.id, message.string  # type: ignore[attr-defined]
        if isinstance(identity, tuple):
            return identity[0], text[0] if all(text) else ""
        return identity, text

    return dict(pair(message) for message in catalogue(language) if message.id and not message.fuzzy)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated(language: str) -> None:
    done = finished(language)
    missing = {text for text in texts_in_program() if not done.get(text, "").strip()}
    plurals = {m.id[1] for m in catalogue(language) if isinstance(m.id, tuple)}
    assert sorted(missing - plurals) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_named_places_are_the_same(language: str) -> None:
    different = [i for i, text in finished(language).items() if set(PLACES.findall(i)) != set(PLACES.findall(text))]
    assert different == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_fuzzy_and_no_leftover_entries(language: str) -> None:
    po = catalogue(language)
    assert [message.id for message in po if message.fuzzy and message.id] == []
    assert sorted(set(finished(language)) - texts_in_program()) == []
    assert not po.obsolete


def test_extraction_sees_templates_and_code() -> None:
    assert "Please sign in" in texts_in_program()
