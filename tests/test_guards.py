"""What the database forbids, shown by trying it, on both engines and after a round of migrations."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, ProgrammingError
from sqlmodel import Session

from drone_service.access.rules import Role
from drone_service.kit.db import Database, enter_tenant
from drone_service.migrations import guards
from drone_service.migrations import run as migrations
from drone_service.notify.models import Message
from drone_service.notify.rules import MessageKind
from tests.conftest import NOW
from tests.people import make_cooperative, make_person

PLAIN_ROLE = "drone_test_plain"


def make_two_tenants(database: Database) -> tuple[UUID, UUID]:
    with database.transaction() as session:
        here, there = (make_cooperative(session, name, name, NOW) for name in ("here", "there"))
        for cooperative in (here, there):
            session.add(
                Message(
                    cooperative_id=cooperative.id,
                    phone_e164="+84912000001",
                    kind=MessageKind.JOB_DONE,
                    language="vi",
                    text=cooperative.name,
                    params={},
                )
            )
        return here.id, there.id


@contextmanager
def plain_user(database: Database) -> Iterator[Session]:
    """A session of a database user without special rights: superusers pass every wall."""
    with database.transaction() as session:
        session.execute(sa.text(f"DROP ROLE IF EXISTS {PLAIN_ROLE}"))
        session.execute(sa.text(f"CREATE ROLE {PLAIN_ROLE}"))
        session.execute(sa.text(f"GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA public TO {PLAIN_ROLE}"))
        session.execute(sa.text(f"GRANT {PLAIN_ROLE} TO CURRENT_USER"))
        session.execute(sa.text(f"SET LOCAL ROLE {PLAIN_ROLE}"))
        yield session
        session.rollback()


def texts_seen(session: Session) -> list[str]:
    statement = sa.text("SELECT text FROM messages ORDER BY text").execution_options(across_tenants=True)
    return list(session.execute(statement).scalars())


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_one_tenant_never_sees_another(fresh_database: Database) -> None:
    here, _ = make_two_tenants(fresh_database)
    with plain_user(fresh_database) as session:
        assert texts_seen(session) == []
        enter_tenant(session, here)
        assert texts_seen(session) == ["here"]


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_without_the_wall_it_would(fresh_database: Database) -> None:
    make_two_tenants(fresh_database)
    with fresh_database.transaction() as session:
        session.execute(sa.text("ALTER TABLE messages DISABLE ROW LEVEL SECURITY"))
    with plain_user(fresh_database) as session:
        assert texts_seen(session) == ["here", "there"]


@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_a_row_cannot_be_written_into_another_tenant(fresh_database: Database) -> None:
    here, there = make_two_tenants(fresh_database)
    with plain_user(fresh_database) as session:
        enter_tenant(session, here)
        session.add(
            Message(
                cooperative_id=there,
                phone_e164="+84912000001",
                kind=MessageKind.JOB_DONE,
                language="vi",
                text="x",
                params={},
            )
        )
        with pytest.raises(ProgrammingError, match="row-level security"):
            session.flush()


def test_every_tenant_table_is_walled_or_named() -> None:
    assert "messages" in guards.walled_tables()
    assert not guards.CROSS_TENANT & set(guards.walled_tables())


def test_a_key_cannot_point_into_another_tenant(fresh_database: Database) -> None:
    with fresh_database.transaction() as session:
        here, there = (make_cooperative(session, name, name, NOW) for name in ("here", "there"))
        stranger = make_person(session, there, "0912000001", NOW, Role.FARMER)
        here_id, stranger_id = here.id, stranger.id
    statement = sa.text("INSERT INTO person_roles (cooperative_id, person_id, role) VALUES (:here, :person, 'farmer')")
    bound = statement.bindparams(
        sa.bindparam("here", here_id, sa.Uuid()), sa.bindparam("person", stranger_id, sa.Uuid())
    )
    with pytest.raises(IntegrityError), fresh_database.transaction() as session:
        session.execute(bound)


def test_guards_survive_down_and_up(fresh_database: Database) -> None:
    migrations.downgrade(fresh_database, "base")
    migrations.upgrade(fresh_database)
    test_a_key_cannot_point_into_another_tenant(fresh_database)
