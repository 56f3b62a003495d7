"""What docs/promises.md promises, and whether the tests behind it pass: ./dev prove [pytest's arguments]."""

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

DOCUMENT = Path(__file__).parents[1] / "docs" / "promises.md"
_PROMISE = re.compile(r"^- \*\*(?P<text>[^*]+)\*\*\n(?P<tests>(?:  `[^`\n]+`\n?)+)", re.MULTILINE)
_TEST = re.compile("`([^`]+)`")


@dataclass(frozen=True)
class Promise:
    """A sentence, and the tests (or files of tests) that stand for it."""

    text: str
    tests: tuple[str, ...]


def read(text: str) -> list[Promise]:
    """Return the promises of the document."""
    return [
        Promise(found["text"].replace("\n", " "), tuple(_TEST.findall(found["tests"])))
        for found in _PROMISE.finditer(text)
    ]


def stands_for(test: str, nodeid: str) -> bool:
    """Tell whether a test that ran is the one named: a function with any parameters, or anything in a file."""
    return nodeid == test or nodeid.startswith((f"{test}[", f"{test}::"))


class Verdicts:
    """Collects how each test ended and prints, at the end of a run, which promises are kept."""

    def __init__(self, promises: list[Promise]) -> None:
        self.promises = promises
        self.passed: set[str] = set()
        self.failed: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note one phase of one test."""
        if report.failed:
            self.failed.add(report.nodeid)
        elif report.passed and report.when == "call":
            self.passed.add(report.nodeid)

    def is_kept(self, promise: Promise) -> bool:
        """Tell whether every test of a promise ran and none of them failed."""
        return all(
            any(stands_for(test, ran) for ran in self.passed) and not any(stands_for(test, ran) for ran in self.failed)
            for test in promise.tests
        )

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Print a line for each promise."""
        terminalreporter.section("promises")
        for promise in self.promises:
            terminalreporter.write_line(f"{'kept  ' if self.is_kept(promise) else 'BROKEN'} {promise.text}")
        broken = sum(not self.is_kept(promise) for promise in self.promises)
        terminalreporter.write_line(f"{len(self.promises) - broken} of {len(self.promises)} promises are kept")


def main(arguments: list[str]) -> int:
    """Run the tests of all promises; returns 1 where one is not kept."""
    promises = read(DOCUMENT.read_text())
    verdicts = Verdicts(promises)
    tests = dict.fromkeys(test for promise in promises for test in promise.tests)
    ended = pytest.main(["-q", *arguments, *tests], plugins=[verdicts])
    return int(ended != 0 or not all(verdicts.is_kept(promise) for promise in promises))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
