"""The promises of the documents are read whole, and a promise without a test that passed is a broken one."""

import re
from types import SimpleNamespace
from typing import cast

import pytest

from tests.promises import DOCUMENT, Promise, Verdicts, read

TEXT = DOCUMENT.read_text()
ONE = Promise("It holds.", ("tests/a.py::test_one", "tests/b.py"))


def ended(nodeid: str, outcome: str, when: str = "call") -> pytest.TestReport:
    report = SimpleNamespace(nodeid=nodeid, when=when, failed=outcome == "failed", passed=outcome == "passed")
    return cast(pytest.TestReport, report)


def test_no_line_of_the_document_is_passed_over() -> None:
    promises = read(TEXT)
    assert len(promises) == TEXT.count("\n- ") > 20
    assert sum(len(promise.tests) for promise in promises) == len(re.findall("`tests/[^`]+`", TEXT))


@pytest.mark.parametrize("test", sorted({test for promise in read(TEXT) for test in promise.tests}))
def test_each_test_is_there(test: str) -> None:
    path, _, name = test.partition("::")
    source = (DOCUMENT.parents[1] / path).read_text()
    assert not name or f"def {name}(" in source


@pytest.mark.parametrize(
    ("reports", "kept"),
    [
        ([ended("tests/a.py::test_one[x]", "passed"), ended("tests/b.py::test_two", "passed")], True),
        ([ended("tests/a.py::test_one[x]", "passed")], False),
        ([ended("tests/a.py::test_one_more", "passed"), ended("tests/b.py::test_two", "passed")], False),
        ([ended("tests/a.py::test_one", "skipped"), ended("tests/b.py::test_two", "passed")], False),
        (
            [
                ended("tests/a.py::test_one[x]", "passed"),
                ended("tests/a.py::test_one[y]", "failed", "setup"),
                ended("tests/b.py::test_two", "passed"),
            ],
            False,
        ),
    ],
)
def test_a_promise_is_kept_when_all_its_tests_ran_and_passed(reports: list[pytest.TestReport], kept: bool) -> None:
    verdicts = Verdicts([ONE])
    for report in reports:
        verdicts.pytest_runtest_logreport(report)
    assert verdicts.is_kept(ONE) is kept
