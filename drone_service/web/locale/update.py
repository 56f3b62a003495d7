"""Bring the three catalogues up to date with the texts of the program: `./dev translations`.

New texts come in empty (in English as they are), texts that are gone go out, and nothing is guessed. Sorted and
without dates or line numbers, so that a difference in version control is a difference in the texts.
"""

import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

LOCALE = Path(__file__).parent
ROOT = LOCALE.parents[2]
PACKAGE = "drone_service"
NOT_OURS = frozenset({"client", "static", "locale"})
LANGUAGES = ("vi", "km", "en")
KEYWORDS: dict[str, tuple[int, ...] | None] = {"N_": None, "_": None, "gettext": None, "ngettext": (1, 2)}
Identity = str | tuple[str, ...]


def texts() -> set[Identity]:
    """Return every marked text of the program; one with a plural is a pair."""
    mappings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["babel"]["mappings"]
    found = extract_from_dir(
        ROOT,
        method_map=[(mapping["pattern"], mapping["method"]) for mapping in mappings],
        options_map={mapping["pattern"]: mapping for mapping in mappings},
        keywords=KEYWORDS,
        directory_filter=_is_ours,
    )
    return {message for _, _, message, _, _ in found if message}


def _is_ours(directory: Any) -> bool:
    path = Path(str(directory)).relative_to(ROOT)
    return not path.parts or (path.parts[0] == PACKAGE and not NOT_OURS & set(path.parts))


def update(language: str) -> int:
    """Rewrite one catalogue and return how many of its texts still wait for a translation."""
    file = LOCALE / language / "messages.po"
    before = {message.id: message.string for message in _read(file, language) if not message.fuzzy}
    after = Catalog(locale=language, fuzzy=False)
    for identity in sorted(texts(), key=str):
        after.add(identity, identity if language == "en" else before.get(identity, ""))
    file.parent.mkdir(exist_ok=True)
    with file.open("wb") as opened:
        write_po(opened, after, width=120, omit_header=True, no_location=True)
    return sum(1 for message in _messages(after) if not _is_done(message))


def _read(file: Path, language: str) -> Iterator[Message]:
    if not file.is_file():
        return iter(())
    with file.open("rb") as opened:
        return _messages(read_po(opened, locale=language))


def _messages(catalogue: Catalog) -> Iterator[Message]:
    return (message for message in catalogue if message.id)


def _is_done(message: Message) -> bool:
    return all(message.string) if isinstance(message.string, tuple) else bool(message.string)


def main() -> None:
    """Update all three and say what is missing."""
    for language in LANGUAGES:
        sys.stderr.write(f"{language}: {update(language)} texts to translate\n")


if __name__ == "__main__":
    main()
