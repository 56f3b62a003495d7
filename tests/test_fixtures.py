"""The fixtures themselves: what the other tests lean on."""

from datetime import UTC, datetime

import httpx2
import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from drone_service.access.models import Cooperative, Person
from drone_service.kit.db import Database
from tests.people import People
from tests.tenancy import TenantMissing, check_statement


def test_each_test_finds_an_empty_database(database: Database, session: Session) -> None:
    assert database.engine.dialect.name in {"sqlite", "postgresql"}
    assert session.exec(select(Cooperative)).all() == []
    session.add(Cooperative(**_cooperative()))
    session.commit()


def test_a_commit_of_another_test_is_gone(session: Session) -> None:
    assert session.exec(select(Cooperative)).all() == []
    session.add(Cooperative(**_cooperative()))
    session.commit()


def test_a_client_signs_in(client, people: People) -> None:
    answer = client(as_=people.owner).get("/api/v1/me")
    assert answer.status_code == 200
    assert answer.json()["id"] == str(people.owner.id)


def test_a_visitor_does_not(client, people: People) -> None:
    assert client(as_=people.visitor).get("/api/v1/me").status_code == 401


def test_a_real_server_answers(live_server) -> None:
    assert httpx2.get(live_server.url + "/api/v1/me").status_code == 401


def test_a_read_without_the_tenant_fails(session: Session) -> None:
    with pytest.raises(TenantMissing):
        session.exec(select(Person)).all()


def test_a_read_that_says_so_may_cross_tenants(session: Session) -> None:
    assert session.execute(sa.select(Person), execution_options={"across_tenants": True}).all() == []


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT people.cooperative_id, people.id FROM people WHERE people.id = ?",
        "SELECT people.cooperative_id FROM people",
        "UPDATE people SET cooperative_id=? WHERE people.id = ?",
        "DELETE FROM people WHERE people.id = ?",
    ],
)
def test_the_hook_sees_a_missing_tenant(statement: str) -> None:
    with pytest.raises(TenantMissing):
        check_statement(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT people.id FROM people WHERE people.cooperative_id = ? AND people.id = ?",
        "SELECT login_sessions.id FROM login_sessions WHERE login_sessions.token_hash = ?",
        "INSERT INTO people (cooperative_id, id) VALUES (?, ?)",
        "SELECT 1",
        "SELECT name FROM sqlite_master",
    ],
)
def test_the_hook_lets_the_rest_pass(statement: str) -> None:
    check_statement(statement)


def _cooperative() -> dict[str, object]:
    return {
        "created_at": datetime(2026, 1, 1, tzinfo=UTC),
        "name": "n",
        "short_name": "s",
        "phone_e164": "+84912345678",
        "centre_lon": 105.0,
        "centre_lat": 9.0,
        "base_lon": 105.0,
        "base_lat": 9.0,
        "work_windows": [],
    }
