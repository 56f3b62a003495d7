"""The lines of docs/api.md do what the document says, against the demonstration on a real server."""

import re
from pathlib import Path

import httpx
import pytest

from drone_service.demo import load_if_empty
from drone_service.kit.clock import utc_now
from tests.conftest import LiveServer

GUIDE = Path(__file__).parents[1] / "docs" / "api.md"


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_the_first_session_works_as_written(live_server: LiveServer, capsys: pytest.CaptureFixture[str]) -> None:
    load_if_empty(live_server.database, now=utc_now())
    parts = re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    assert len(parts) == 2
    program = "\n".join(parts).replace("http://127.0.0.1:8000", live_server.url)
    assert httpx.get(f"{live_server.url}/openapi.json", timeout=60).status_code == 200  # needs no sign-in
    found: dict[str, object] = {}
    exec(compile(program, str(GUIDE), "exec"), found)  # noqa: S102 our own document
    found["api"].close()  # type: ignore[attr-defined]
    assert len(found["fields"]) == 97  # type: ignore[arg-type]
    assert found["change"]  # a job was moved and put back
    printed = capsys.readouterr().out
    assert "/problems/invalid" in printed
    assert len(re.findall(r"^\d{4}-\d\d-\d\d (?:am|pm) ", printed, re.MULTILINE)) == 3  # what was offered
