"""What the documents name exists: modules, functions, files."""

import importlib
import re
from pathlib import Path

import pytest

import drone_service.main  # noqa: F401 (every error class exists once the whole program is imported)
from drone_service.kit.errors import errors_by_code

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "drone_service"
DOCUMENTS = sorted(
    path for path in [*ROOT.joinpath("docs").rglob("*.md"), ROOT / "README.md"] if path.name != "problems.md"
)
RECORDS = [path for path in DOCUMENTS if path.parent.name == "decisions"]
PACKAGES = {path.name for path in PACKAGE.iterdir() if path.joinpath("__init__.py").is_file()}
QUOTED = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)")
NAME = re.compile(r"(?:drone_service\.)?([a-z0-9_]+(?:\.[A-Za-z0-9_]+)+)")
FILE = re.compile(r"(?!/)[\w./-]+\.(?:py|ts|html|md|yml|lock|po|json|toml)")
NOT_MODULES = {"booking.title", "products.0.dose_per_ha"} | set(errors_by_code())


def named_things(text: str) -> set[str]:
    """Return the dotted names of a document that begin with one of our packages; error codes are none."""
    found = {match.group(1) for quoted in QUOTED.findall(text) if (match := NAME.fullmatch(quoted))}
    return {name for name in found - NOT_MODULES if name.split(".")[0] in PACKAGES and not FILE.fullmatch(name)}


def exists(name: str) -> bool:
    """Tell whether a dotted name is a module, or something in one."""
    parts = name.split(".")
    for count in range(len(parts), 0, -1):
        if PACKAGE.joinpath(*parts[:count]).is_dir() or PACKAGE.joinpath(*parts[:count]).with_suffix(".py").is_file():
            thing: object = importlib.import_module(".".join(["drone_service", *parts[:count]]))
            for part in parts[count:]:
                if not hasattr(thing, part):
                    return False
                thing = getattr(thing, part)
            return True
    return False


def file_exists(name: str, document: Path) -> bool:
    """Tell whether a path is in the project, as seen from the root, the package, the pages or the document."""
    return any((folder / name).exists() for folder in (ROOT, PACKAGE, PACKAGE / "web", document.parent))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_names_of_the_code_exist(document: Path) -> None:
    assert [name for name in sorted(named_things(document.read_text())) if not exists(name)] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_files_exist(document: Path) -> None:
    text = document.read_text()
    files = {quoted for quoted in QUOTED.findall(text) if FILE.fullmatch(quoted) and "/" in quoted}
    links = set(LINK.findall(text))
    assert [name for name in sorted(files | links) if not file_exists(name, document)] == []


@pytest.mark.parametrize("document", RECORDS, ids=lambda path: path.name)
def test_records_have_their_four_parts(document: Path) -> None:
    heads = re.findall(r"^## (.*)$", document.read_text(), re.MULTILINE)
    assert heads == ["Context", "Decision", "Consequences", "Alternatives"]


def test_numbers_of_records_are_taken_once() -> None:
    numbers = [path.name[:4] for path in RECORDS]
    assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]


def test_a_name_that_is_gone_is_found() -> None:
    assert named_things("see `booking.service.move` and `booking/rules.py`") == {"booking.service.move"}
    assert exists("booking.service.move")
    assert not exists("booking.service.move_on")
    assert not exists("booking.nowhere")
