"""Matrices read from the text: the same values as Python's reader, or that reader itself."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drone_service.engine.schedule import matrices
from drone_service.engine.schedule.matrices import read_problem_text

LEGS = st.one_of(
    st.none(), st.integers(0, 2**60), st.floats(0, 1e17, allow_nan=False), st.decimals(0, 10**6, places=3).map(float)
)


@pytest.fixture(autouse=True)
def everything_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matrices, "LARGE_BYTES", 0)


def same(document: dict[str, Any], text: str) -> bool:
    """Compare with Python's reader; say whether the compiled one took the first matrix."""
    found = read_problem_text(text.encode())
    taken = isinstance(found["travel_s"], np.ndarray)
    for key, value in document.items():
        if key.startswith("travel") and isinstance(found[key], np.ndarray):
            assert found[key].tolist() == [[np.inf if leg is None else leg for leg in row] for row in value]
        else:
            assert found[key] == value
    return taken


@given(
    rows=st.integers(1, 5).flatmap(lambda n: st.lists(st.lists(LEGS, min_size=n, max_size=n), min_size=n, max_size=n))
)
def test_every_number_is_the_one_of_pythons_reader(rows: list[list[float | None]]) -> None:
    document = {"note": 'a "travel_s": [[9]] in \\ words', "locations": len(rows), "travel_s": rows, "travel_km": rows}
    for indent in (None, 1):
        same(document, json.dumps(document, indent=indent))


def test_plain_numbers_are_taken() -> None:
    document = {"locations": 2, "jobs": [{"travel_s": 1}], "travel_s": [[0, 600.25], [None, 0.0]], "travel_km": [[0]]}
    assert same(document, json.dumps(document))


@pytest.mark.parametrize(
    "matrix",
    ["[[0,-1],[1,0]]", "[[0,1e3],[1,0]]", "[[0,true],[1,0]]", "[[0,1],[1]]", "[[0,1]]", "[[[0],1],[1,0]]",
     "[[0,1],[1,0],[]]", '[[0,"1"],[1,0]]', "[0,1]", "7", "[[0,1],1,0]"],
)  # fmt: skip
def test_anything_else_is_left_to_pythons_reader(matrix: str) -> None:
    text = f'{{"locations": 2, "travel_s": {matrix}}}'
    assert read_problem_text(text.encode()) == json.loads(text)


@pytest.mark.parametrize(
    "text",
    ["", "{", "nonsense", '{"travel_s": [[0,]], "locations": 1}', '{"travel_s": [[01]], "locations": 1}',
     '{"travel_s": [[1.]], "locations": 1}', '{"travel_s": [[0] "locations": 1}', '{"a": "',
     '{"travel_s": [[nul0]], "locations": 1}'],
)  # fmt: skip
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_problem_text(text.encode())


def test_a_size_that_the_text_cannot_hold_takes_no_memory() -> None:
    text = '{"locations": 1000000000, "travel_s": [[0]]}'
    assert read_problem_text(text.encode())["travel_s"] == [[0]]
