"""Logs: structured, with a request id, and without phone numbers."""

import json
import logging
from collections.abc import Callable, Iterator

import pytest
import structlog

from drone_service.kit.logs import MASK, configure_logging, mask_phones
from drone_service.kit.settings import LogFormat


@pytest.mark.parametrize(
    "text",
    [
        "0912345678",
        "+84912345678",
        "84912345678",
        "+84 912 345 678",
        "0912.345.678",
        "0912-345-678",
        "(0912) 345 678"[1:],
        "call 0912345678!",
        "02923 821 234",
        "phone=+84912345678,next",
    ],
)
def test_a_number_is_masked(text: str) -> None:
    masked = mask_phones(text)
    assert MASK in masked
    assert not any(character.isdigit() for character in masked)


@pytest.mark.parametrize(
    "text",
    [
        "01912345-6789-7012-8345-678901234567",
        "2026-03-10T01:30:00.123456Z",
        "480000000 VND",
        "105.7212345, 9.4312345",
        "0.0912345678",
        "9c60e47d7d48489880bcb45ccf6e41a5",
        "job 12345678",
    ],
)
def test_what_is_no_number_stays(text: str) -> None:
    assert mask_phones(text) == text


@pytest.fixture
def output(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[[], str]]:
    """What went to standard error; logging is put back afterwards."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield lambda: capsys.readouterr().err
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.mark.parametrize("form", list(LogFormat))
def test_no_way_into_the_log_shows_a_number(output: Callable[[], str], form: LogFormat) -> None:
    configure_logging(form, "INFO")
    log = structlog.get_logger("test")
    number = "+84912345678"
    log.info(f"event {number}", plain=number, nested={"phones": [number]}, key={number: 1}, thing=Thing(number))
    logging.getLogger("other").warning("to %s", number)
    try:
        raise ValueError(number)
    except ValueError:
        log.exception("failed")
        logging.getLogger("other").exception("failed too")
    written = output()
    assert "912345678" not in written
    assert written.count(MASK) >= 7


def test_without_the_mask_the_number_would_show(output: Callable[[], str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drone_service.kit.logs.mask_phones", str)
    configure_logging(LogFormat.JSON, "INFO")
    structlog.get_logger("test").info("event", plain="+84912345678")
    assert "912345678" in output()


def test_json_lines_carry_what_is_bound(output: Callable[[], str]) -> None:
    configure_logging(LogFormat.JSON, "INFO")
    with structlog.contextvars.bound_contextvars(request_id="abc"):
        structlog.get_logger("test").info("hello", count=3)
    line = json.loads(output())
    assert (line["event"], line["request_id"], line["count"], line["level"]) == ("hello", "abc", 3, "info")


class Thing:
    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text
