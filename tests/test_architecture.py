"""The rules of the house that a linter does not know, each with a control that breaks it."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

from drone_service import tables

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "drone_service"
MAX_MODULE_LINES = 500
MAX_FUNCTION_LINES = 60
DOMAINS = {
    *("access", "notify", "farms", "products", "fleet", "weather", "billing"),
    *("planning", "booking", "scheduling", "fieldwork", "investment"),
}
NO_CLOCK = ("datetime.now", "datetime.today", "date.today", "time.time", "utc_now", "datetime.utcnow")
VAGUE_NAMES = {"utils", "helpers", "common", "base", "manager", "managers", "misc", "util", "helper"}
# Written in pieces, so that this file does not hold what it looks for.
FOREIGN = [
    "registry." + "npmjs.org",
    "files." + "pythonhosted.org",
    "pypi." + "org",
    "deb." + "debian.org",
    "archive." + "ubuntu.com",
    "/" + "work/main",
    "/" + "work/shared",
    "/" + "root/",
    "/" + "home/",
    "../" + "shared",
    "DESIGN" + ".md",
    "DOMAIN" + ".md",
    "farm" + "-bench",
    "farm" + "-studio",
]


def tracked_files() -> list[Path]:
    done = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if done.returncode:  # an archive without git: everything there is
        return [path for path in ROOT.rglob("*") if path.is_file() and ".venv" not in path.parts]
    return [path for name in done.stdout.decode().split("\0") if name and (path := ROOT / name).is_file()]


def modules(folder: Path = PACKAGE) -> list[Path]:
    return [path for path in sorted(folder.rglob("*.py")) if "node_modules" not in path.parts]


def domain_modules() -> list[Path]:
    return [path for path in modules() if path.relative_to(PACKAGE).parts[0] in DOMAINS]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), filename=str(path))


# Sizes


def long_modules(paths: list[Path]) -> list[str]:
    return [name_of(path) for path in paths if len(path.read_text().splitlines()) > MAX_MODULE_LINES]


def long_functions(source: str, where: str) -> list[str]:
    return [
        f"{where}:{node.lineno} {node.name} has {length} lines"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or 0) - node.lineno + 1) > MAX_FUNCTION_LINES
    ]


def test_modules_are_short() -> None:
    sources = [path for path in modules() if "versions" not in path.parts]
    assert long_modules([*sources, ROOT / "dev", *modules(ROOT / "tests")]) == []


def test_functions_are_short() -> None:
    sources = [path for path in [*modules(), ROOT / "dev", *modules(ROOT / "tests")] if "versions" not in path.parts]
    assert [fault for path in sources for fault in long_functions(path.read_text(), name_of(path))] == []


def test_a_long_function_is_seen() -> None:
    assert long_functions("def f():\n" + "    x = 1\n" * MAX_FUNCTION_LINES, "here")
    assert not long_functions("def f():\n" + "    x = 1\n" * (MAX_FUNCTION_LINES - 1), "here")


# Imports


def test_import_order(capsys: pytest.CaptureFixture[str]) -> None:
    status = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True)
    assert status == 0, capsys.readouterr().out


def test_packages_have_an_empty_init() -> None:
    assert [name_of(path) for path in modules() if path.name == "__init__.py" and path.read_text().strip()] == []


def test_every_folder_of_modules_is_a_package() -> None:
    folders = {path.parent for path in modules() if not {"versions", "client", "locale"} & set(path.parts)}
    assert [name_of(folder) for folder in folders if not (folder / "__init__.py").exists()] == []


def test_nothing_has_a_vague_name() -> None:
    assert [name_of(path) for path in modules() if {path.stem, *path.relative_to(PACKAGE).parts} & VAGUE_NAMES] == []


# Transactions


def commits(source: str) -> list[int]:
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "commit"
        and ast.unparse(node.func.value) != "savepoint"
    ]


def test_only_one_module_commits() -> None:
    assert [name_of(path) for path in modules() if commits(path.read_text())] == ["drone_service/kit/db.py"]


def test_a_commit_is_seen() -> None:
    assert commits("def f(session):\n    session.commit()") == [2]


def unscoped_sessions(source: str) -> list[int]:
    """Return the lines on which a session is asked for in a way that commits after the answer has left."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) == "Depends"
        and any(ast.unparse(argument).endswith("get_session") for argument in node.args)
        and not any(word.arg == "scope" and ast.unparse(word.value) == "'function'" for word in node.keywords)
    ]


def test_every_session_has_the_scope_of_the_function() -> None:
    assert [name_of(path) for path in modules() if unscoped_sessions(path.read_text())] == []


def test_a_session_without_the_scope_is_seen() -> None:
    assert unscoped_sessions("x = Depends(get_session)") == [1]
    assert unscoped_sessions("x = Depends(db.get_session, scope='request')") == [1]
    assert unscoped_sessions("x = Depends(get_session, scope='function')") == []


# Domains


def impure(source: str) -> list[str]:
    """Return what a domain reads by itself that should be handed to it: the clock, chance, settings."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(NO_CLOCK):
            found.append(f"line {node.lineno}: {ast.unparse(node.func)}")
        if isinstance(node, ast.Import) and any(alias.name.split(".")[0] == "random" for alias in node.names):
            found.append(f"line {node.lineno}: random")
    return found


def test_domains_are_handed_the_clock_and_chance() -> None:
    faults = [f"{name_of(path)} {fault}" for path in domain_modules() for fault in impure(path.read_text())]
    assert faults == []


@pytest.mark.parametrize("line", ["datetime.now(UTC)", "import random", "date.today()", "clock.utc_now()"])
def test_a_clock_or_chance_is_seen(line: str) -> None:
    assert impure(line)


def test_settings_are_read_at_the_doors() -> None:
    allowed = {"kit", "commands", "migrations", "main.py", "cli.py"}
    readers = [path for path in modules() if "get_settings" in path.read_text()]
    outside = [path for path in readers if path.relative_to(PACKAGE).parts[0] not in allowed and path.stem != "tasks"]
    assert [name_of(path) for path in outside] == []


def test_models_do_not_postpone_annotations() -> None:
    paths = [path for path in modules() if path.stem in {"models", "api"} or "web" in path.parts]
    assert [name_of(path) for path in paths if "from __future__ import annotations" in path.read_text()] == []


def broad_handlers(source: str) -> list[int]:
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) in {"Exception", "BaseException"})
        and not isinstance(node.body[-1], ast.Raise)
    ]


def test_bugs_are_not_swallowed() -> None:
    assert [name_of(path) for path in modules() if broad_handlers(path.read_text())] == []


def test_a_broad_handler_is_seen() -> None:
    assert broad_handlers("try:\n    f()\nexcept Exception:\n    pass") == [3]
    assert broad_handlers("try:\n    f()\nexcept Exception:\n    undo()\n    raise") == []


def test_every_module_of_tables_and_tasks_is_registered() -> None:
    registered = {module.__name__ for module in (*tables.MODULES, *tables.TASK_MODULES)}
    declared = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in domain_modules()
        if re.search(r"table=True|^@task\(", path.read_text(), re.MULTILINE)
    }
    assert declared <= registered


def test_the_tenant_leads_every_key() -> None:
    across = {"cooperatives", "sign_in_codes"}
    keys = {table.name: [column.name for column in table.primary_key] for table in tables.metadata.tables.values()}
    assert [name for name, key in keys.items() if name not in across and key[0] != "cooperative_id"] == []
    references = {
        (table.name, constraint.column_keys[0])
        for table in tables.metadata.tables.values()
        for constraint in table.foreign_key_constraints
    }
    assert [pair for pair in references if pair[1] != "cooperative_id"] == []


# Files


def foreign_words(text: str) -> list[str]:
    return [word for word in FOREIGN if word in text]


def readable(paths: list[Path]) -> Iterator[tuple[Path, str]]:
    for path in paths:
        data = path.read_bytes()
        if b"\0" not in data[:8000]:
            yield path, data.decode(errors="replace")


def test_no_file_names_a_registry_or_a_machine() -> None:
    found = {name_of(path): words for path, text in readable(tracked_files()) if (words := foreign_words(text))}
    assert found == {}


def test_a_registry_is_seen() -> None:
    assert foreign_words('"resolved": "https://registry.' + 'npmjs.org/x.tgz"')


def test_no_javascript_of_others_and_no_built_file_is_kept() -> None:
    names = [name_of(path) for path in tracked_files()]
    others = re.compile(r"node_modules|/static/dist/|\.min\.js$")
    assert [name for name in names if others.search(name)] == []


def test_the_lock_file_pins_by_hash() -> None:
    lines = ROOT.joinpath("requirements.lock").read_text().splitlines()
    packages = [line for line in lines if line and not line.startswith((" ", "#"))]
    assert len(packages) > 50
    assert [line for line in packages if "==" not in line] == []
    assert sum(line.startswith("    --hash=sha256:") for line in lines) >= len(packages)


def test_no_note_is_left_for_later() -> None:
    word = "TO" + "DO"
    paths = [path for path in tracked_files() if path.suffix in {".py", ".ts", ".css", ".html"}]
    assert [name_of(path) for path, text in readable(paths) if re.search(rf"\b{word}\b", text)] == []
