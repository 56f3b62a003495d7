"""The two roles of a host's PostgreSQL: the owner migrates, the service works behind a wall that it cannot move."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import ProgrammingError
from starlette.testclient import TestClient
from typer.testing import CliRunner

from drone_service.cli import app
from drone_service.kit.db import Database
from drone_service.kit.settings import Settings, get_settings
from drone_service.main import create_app
from drone_service.migrations import run as migrations
from tests.conftest import NOW
from tests.farms.factories import make_field
from tests.people import People, make_people
from tests.postgres import running_cluster

SCRIPT = Path(migrations.__file__).with_name("create_role.sh")


@dataclass(frozen=True)
class Host:
    """A database as the compose file makes it, and people of two cooperatives in it."""

    service: Database
    people: People


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with running_cluster(with_role=False) as cluster:
        path = os.pathsep.join([str(cluster.bin), os.environ.get("PATH", "")])
        env = {"PATH": path, "PGHOST": str(cluster.folder), "POSTGRES_PASSWORD": "placeholder"}
        subprocess.run(["sh", str(SCRIPT)], env=env, check=True, capture_output=True)  # noqa: S607
        owner, service = (Database(cluster.url("drone", user)) for user in ("drone_owner", "drone"))
        migrations.upgrade(owner)
        with owner.transaction() as session:
            people = make_people(session, NOW)
            make_field(session, people.farmer, NOW)
        yield Host(service, people)
        owner.engine.dispose()
        service.engine.dispose()


@pytest.fixture
def api(host: Host, settings: Settings) -> TestClient:
    return TestClient(create_app(settings, host.service))


def signed_in(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def test_the_service_works_as_a_role_that_owns_nothing(host: Host, api: TestClient) -> None:
    assert api.get("/readyz").status_code == 200
    people = host.people
    mine = api.get("/api/v1/fields", headers=signed_in(people.farmer.token)).json()["items"]
    assert len(mine) == 1
    asked = {"field_id": mine[0]["id"], "rate_per_ha": 20}
    answer = api.post("/api/v1/estimates", json=asked, headers=signed_in(people.farmer.token))
    assert answer.status_code == 201, answer.text
    assert api.get("/api/v1/fields", headers=signed_in(people.outsider.token)).json()["items"] == []


def test_people_are_added_on_the_command_line_as_that_role(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRONE_DATABASE_URL", host.service.url.render_as_string())
    asked = ["person", "add", "--name", "Người mới", "--phone", "0912000099", "--role", "operator"]
    get_settings.cache_clear()
    done = CliRunner().invoke(app, asked)
    get_settings.cache_clear()
    assert done.exit_code == 0, done.output


def test_without_a_tenant_the_service_sees_no_row(host: Host) -> None:
    with host.service.engine.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM fields")).scalar_one() == 0


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE fields DISABLE ROW LEVEL SECURITY",
        "DROP POLICY tenant ON fields",
        "DROP TRIGGER forbid_update_transfers ON transfers",
        "TRUNCATE transfers",
        "CREATE TABLE fields_of_others AS SELECT * FROM fields",
    ],
)
def test_the_service_cannot_move_the_wall(host: Host, statement: str) -> None:
    with (
        host.service.engine.connect() as connection,
        pytest.raises(ProgrammingError, match=r"must be owner|permission"),
    ):
        connection.execute(sa.text(statement))
