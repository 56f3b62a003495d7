"""Structured logs: JSON for machines, lines for people, a request id in each, and never a phone number."""

import logging
import re
import sys
from collections.abc import Mapping
from typing import Any

import structlog
from structlog.types import EventDict, Processor

from drone_service.kit.settings import LogFormat

MASK = "[phone]"
# An id is kept whole, though its digits may look like a number; a phone number is 0 or 84 and eight to ten digits more.
_SPELLINGS = re.compile(
    r"(?P<id>\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b)"
    r"|(?<![\w.])(?:\+\s?84|84|0(?!\.))(?:[ .\-()]{0,2}\d){8,10}(?![\w])",
    re.IGNORECASE,
)


def mask_phones(text: str) -> str:
    """Return a text in which nothing looks like a phone number any more."""
    return _SPELLINGS.sub(lambda found: found["id"] or MASK, text)


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return mask_phones(value)
    if isinstance(value, Mapping):
        return {_masked(key): _masked(part) for key, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked(part) for part in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return mask_phones(str(value))


def mask_event(_logger: Any, _method: str, line: EventDict) -> EventDict:
    """Mask every value of a log line; the last step before it is written, so that nothing gets past it."""
    return {key: _masked(value) for key, value in line.items() if key != "exc_info"}


def _steps() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.format_exc_info,
    ]


def configure_logging(form: LogFormat, level: str) -> None:
    """Send every log line of the process to standard error in one form. Standard output is for data."""
    renderer: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if form is LogFormat.JSON
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(),
            # The rich traceback prints every local variable: phone numbers, tokens, and 44 s for one page.
            exception_formatter=structlog.dev.plain_traceback,
        )
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *_steps()],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, mask_event, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # These say per request what our own line says better, and httpx writes addresses with their query.
    for noisy in ("uvicorn.access", "httpx", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_steps(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
