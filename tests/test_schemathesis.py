"""The whole API against its own description: generated requests, one by one and in chains, to a real server."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import NOW, LiveServer
from tests.people import People, make_people
from tests.scheduling.rows import make_farm

EXAMPLES = 10
# Signing out would end the session of the run itself.
SIGN_OUT = "DELETE /api/v1/sessions/{session_id}"
# Each of these counts tries per address and answers 429 to everything after some of them; they have tests of their own.
LIMITED = ("POST /api/v1/sessions/by-code", "POST /api/v1/sessions/by-password", "POST /api/v1/sign-in-codes")
LEFT_OUT = (SIGN_OUT, *LIMITED)
# The rules of the domain refuse data of a valid shape: an outline that crosses itself, an aircraft that is not ours.
EXCLUDED_CHECKS = ("positive_data_acceptance",)
# A version that is no longer current and a state that does not allow it are looked at before the body.
CONFIGURATION = """
[checks]
negative_data_rejection.expected-statuses = [
  "400", "401", "403", "404", "409", "412", "413", "422", "428", "429"
]
"""


def run(url: str, token: str, folder: Path) -> str:
    """Run every check over the API and return the report, which says that nothing was found."""
    configuration = folder / "schemathesis.toml"
    configuration.write_text(CONFIGURATION)
    command = [
        str(Path(sys.executable).with_name("schemathesis")),
        *("--config-file", str(configuration), "--no-color"),
        *("run", f"{url}/openapi.json", "--header", f"Authorization: Bearer {token}"),
        *("--phases", "examples,fuzzing,stateful", "--max-examples", str(EXAMPLES), "--seed", "1", "--no-shrink"),
        *("--checks", "all", "--exclude-checks", ",".join(EXCLUDED_CHECKS), "--warnings", "off"),
        *(part for name in LEFT_OUT for part in ("--exclude-name", name)),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def people(live_server: LiveServer) -> People:
    """People and one of everything in the database of the server."""
    with live_server.database.open_session(write=True) as session:
        people = make_people(session, NOW)
        farm = make_farm(session, people)
        for _ in range(3):
            farm.job()
        session.commit()
    return people


@pytest.mark.timeout(600)
@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_every_answer_is_what_the_description_says(live_server: LiveServer, people: People, tmp_path: Path) -> None:
    report = run(live_server.url, people.owner.token, tmp_path)
    operations = sum(len(methods) for methods in live_server.app.openapi()["paths"].values())
    assert f"Tested: {operations - len(LEFT_OUT)}\n" in report
    assert re.search(r"✅ Stateful$", report, re.MULTILINE), report
    assert re.search(r"Scenarios: +[1-9]", report), report
