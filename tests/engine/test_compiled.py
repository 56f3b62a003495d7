"""Compiled functions: what each is compiled for, and who calls it."""

import ast
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

import drone_service

PACKAGE = Path(drone_service.__file__).parent
ENGINE = PACKAGE / "engine"
KINDS = {"compiled", "compiled_entry", "compiled_lean", "compiled_apart", "compiled_step", "compiled_within"}
INNER = KINDS - {"compiled", "compiled_entry"}


def functions_of(tree: ast.Module, kinds: set[str]) -> list[ast.FunctionDef]:
    """Return the functions of a module that are compiled in one of these ways."""
    return [
        node
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
        and any(isinstance(mark, ast.Name) and mark.id in kinds for mark in node.decorator_list)
    ]


def module_of(file: Path) -> str:
    return ".".join(file.relative_to(PACKAGE.parent).with_suffix("").parts)


def inner_functions() -> set[str]:
    """Return the full names of the functions that only compiled code may call."""
    return {
        f"{module_of(file)}.{function.name}"
        for file in ENGINE.rglob("*.py")
        for function in functions_of(ast.parse(file.read_text(encoding="utf-8")), INNER)
    }


def called_by_python(text: str, module: str, inner: set[str]) -> Iterator[str]:
    """Yield the inner functions that a module names outside its compiled functions and its imports."""
    tree = ast.parse(text)
    known = {node.name: f"{module}.{node.name}" for node in functions_of(tree, INNER)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            known |= {name.asname or name.name: f"{node.module}.{name.name}" for name in node.names}
    compiled = functions_of(tree, KINDS)
    for node in (node for part in tree.body if part not in compiled for node in ast.walk(part)):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and known.get(node.id) in inner:
            yield known[node.id]
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield from {f"{known.get(node.value.id)}.{node.attr}"} & inner


def compiled_for(folder: Path) -> Counter[str]:
    """Return for how many kinds of arguments numba keeps each function: module.function-line.python.number.nbc."""
    return Counter(file.name.rsplit(".", 2)[0] for file in folder.rglob("*.nbc"))


def test_every_function_of_the_engine_is_compiled_for_one_kind_of_arguments() -> None:
    """The set-up has compiled them all, and what the tests before this one asked for is counted too."""
    kept = compiled_for(ENGINE)
    assert len(kept) > len(inner_functions()) / 2, "the set-up compiles the engine beside its source"
    assert {name: count for name, count in kept.items() if count > 1} == {}


def test_only_compiled_functions_call_the_inner_ones() -> None:
    inner = inner_functions()
    files = [*PACKAGE.rglob("*.py"), *PACKAGE.parent.joinpath("tests").rglob("*.py")]
    wrong = {
        file.name: found
        for file in files
        if (found := set(called_by_python(file.read_text(encoding="utf-8"), module_of(file), inner)))
    }
    assert wrong == {}


@pytest.mark.parametrize(
    ("code", "is_python"),
    [
        ("def f():\n    leg_s(1.0, 2.0, 3.0)", True),
        ("x = leg_s(1.0, 2.0, 3.0)", True),
        ("map(leg_s, [1.0])", True),
        ("@compiled_entry\ndef f():\n    leg_s(1.0, 2.0, 3.0)", False),
    ],
)
def test_a_call_from_python_is_found(code: str, is_python: bool) -> None:
    text = f"from drone_service.engine.coverage.sight import leg_s\n{code}\n"
    found = {"drone_service.engine.coverage.sight.leg_s"} if is_python else set()
    assert set(called_by_python(text, "module", inner_functions())) == found


def test_a_number_in_the_call_is_counted_as_a_kind_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: numba compiles the callee again for a number that stands in the call."""
    source = tmp_path / "kinds.py"
    source.write_text(
        "import numpy as np\nfrom drone_service.engine.compiled import compiled_entry, compiled_lean\n"
        "@compiled_lean\ndef inner(a):\n    return a + 1\n"
        "@compiled_entry\ndef once(a):\n    return inner(a) + inner(np.int64(3))\n"
        "@compiled_entry\ndef twice(a):\n    return inner(a) + inner(3)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    kinds = import_module("kinds")
    kinds.once(np.int64(1))
    assert set(compiled_for(tmp_path).values()) == {1}
    kinds.twice(np.int64(1))
    assert max(compiled_for(tmp_path).values()) == 2
