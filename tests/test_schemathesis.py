"""The whole API against its own description: generated requests, one by one and in chains, to a real server."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from drone_service.access.deps import SignInLimit
from tests.conftest import NOW, LiveServer
from tests.people import People, make_people
from tests.scheduling.rows import make_farm

ROOT = Path(__file__).parents[1]
EXAMPLES = 5
PHASES = {"examples", "coverage", "fuzzing", "stateful"}
# Signing out would end the session of the run itself.
SIGN_OUT = "DELETE /api/v1/sessions/{session_id}"


class NoLimit(SignInLimit):
    """Signing in is tried more often than anybody may; the limit has tests of its own."""

    def ensure(self, phone_e164: str, address: str) -> None:
        """Let everybody through."""


def run(url: str, folder: Path, *options: str) -> dict[str, Any]:
    """Run every phase and every check over the API, as the configuration in the project's folder says."""
    report = folder / "report.json"
    command = [
        *(str(Path(sys.executable).with_name("schemathesis")), "--no-color", "run", f"{url}/openapi.json", *options),
        *("--max-examples", str(EXAMPLES), "--seed", "1", "--no-shrink", "--continue-on-failure"),
        *("--checks", "all", "--report", "json", "--report-json-path", str(report), "--generation-database", "none"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(report.read_text())
    return found


@pytest.fixture
def people(live_server: LiveServer) -> People:
    """People and one of everything in the database of the server."""
    live_server.app.state.sign_in_limit = NoLimit()
    with live_server.database.open_session(write=True) as session:
        people = make_people(session, NOW)
        farm = make_farm(session, people)
        for _ in range(3):
            farm.job()
        session.commit()
    return people


@pytest.mark.timeout(900)
@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_every_answer_is_what_the_description_says(live_server: LiveServer, people: People, tmp_path: Path) -> None:
    token = f"Authorization: Bearer {people.owner.token}"
    report = run(live_server.url, tmp_path, "--header", token, "--exclude-name", SIGN_OUT)
    operations = sum(len(methods) for methods in live_server.app.openapi()["paths"].values())
    assert report["operations"]["tested"] == operations - 1
    ran = {name for name, phase in report["phases"].items() if phase["status"] == "success"}
    assert ran >= PHASES - {"examples"}, report["phases"]


@pytest.mark.timeout(900)
@pytest.mark.usefixtures("people")
@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_visitor_gets_the_answers_of_the_description(live_server: LiveServer, tmp_path: Path) -> None:
    report = run(live_server.url, tmp_path, "--phases", "coverage")
    assert report["operations"]["tested"] == report["operations"]["total"]
