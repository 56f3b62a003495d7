"""Reads about people, sessions and cooperatives."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from drone_service.access.models import Cooperative, LoginSession, Person, PersonRole
from drone_service.access.rules import Actor, NoCooperative, PersonNotFound, Role, ensure_role
from drone_service.access.schemas import PersonOut
from drone_service.kit.db import small_letters
from drone_service.kit.paging import MAX_LIMIT, follows, split_page


def get_cooperative(session: Session, cooperative_id: UUID) -> Cooperative:
    """Return a cooperative. Raises NoCooperative."""
    cooperative = session.get(Cooperative, cooperative_id)
    if cooperative is None:
        raise NoCooperative
    return cooperative


def get_host_cooperative(session: Session) -> Cooperative:
    """Return the cooperative that the public pages speak for: the first one. Raises NoCooperative."""
    cooperative = session.exec(select(Cooperative).order_by(col(Cooperative.created_at)).limit(1)).first()
    if cooperative is None:
        raise NoCooperative
    return cooperative


def get_person(session: Session, cooperative_id: UUID, person_id: UUID) -> Person:
    """Return a person of the cooperative. Raises PersonNotFound."""
    person = session.get(Person, (cooperative_id, person_id))
    if person is None:
        raise PersonNotFound
    return person


def get_visible_person(session: Session, actor: Actor, person_id: UUID) -> Person:
    """Return a person the actor may see: themselves, or anybody for those who book for others."""
    if person_id != actor.person_id and not actor.may_book_for_others:
        raise PersonNotFound
    return get_person(session, actor.cooperative_id, person_id)


def find_person_by_phone(session: Session, phone_e164: str) -> Person | None:
    """Find who signs in with a number, in whichever cooperative: the one read across tenants."""
    return session.exec(select(Person).where(col(Person.phone_e164) == phone_e164)).first()


def roles_of(session: Session, cooperative_id: UUID, person_id: UUID) -> frozenset[Role]:
    """Return the roles of one person."""
    statement = select(PersonRole).where(
        col(PersonRole.cooperative_id) == cooperative_id, col(PersonRole.person_id) == person_id
    )
    return frozenset(row.role for row in session.exec(statement).all())


# The two statements of every request that is signed in: built once, and read as plain columns.
_LIVE_SESSION = sa.select(col(LoginSession.id), col(LoginSession.cooperative_id), col(LoginSession.person_id)).where(
    col(LoginSession.token_hash) == sa.bindparam("token_hash"),
    col(LoginSession.revoked_at).is_(None),
    col(LoginSession.expires_at) > sa.bindparam("now", type_=LoginSession.__table__.c.expires_at.type),  # type: ignore[attr-defined]
)
_CALLER = (
    sa.select(col(Person.name), col(Person.active), col(PersonRole.role))
    .outerjoin(
        PersonRole,
        (col(PersonRole.cooperative_id) == col(Person.cooperative_id)) & (col(PersonRole.person_id) == col(Person.id)),
    )
    .where(col(Person.cooperative_id) == sa.bindparam("cooperative_id"), col(Person.id) == sa.bindparam("person_id"))
)


@dataclass(frozen=True)
class LiveSession:
    """A session that is neither revoked nor over, and whose it is."""

    id: UUID
    cooperative_id: UUID
    person_id: UUID


def find_live_session(session: Session, token_hash: str, now: datetime) -> LiveSession | None:
    """Find a session that is neither revoked nor over."""
    row = session.execute(_LIVE_SESSION, {"token_hash": token_hash, "now": now}).first()
    return LiveSession(*row) if row is not None else None


def find_caller(session: Session, login: LiveSession, language: str) -> Actor | None:
    """Find the person behind a session as who is asking; None where the account is closed."""
    wanted = {"cooperative_id": login.cooperative_id, "person_id": login.person_id}
    rows = session.execute(_CALLER, wanted).all()
    if not rows or not rows[0].active:
        return None
    return Actor(
        person_id=login.person_id,
        cooperative_id=login.cooperative_id,
        roles=frozenset(row.role for row in rows if row.role is not None),
        session_id=login.id,
        language=language,
        name=rows[0].name,
    )


def list_sessions(session: Session, actor: Actor, now: datetime) -> Sequence[LoginSession]:
    """List the actor's own live sessions, newest first and two hundred at most."""
    statement = (
        select(LoginSession)
        .where(
            col(LoginSession.cooperative_id) == actor.cooperative_id,
            col(LoginSession.person_id) == actor.person_id,
            col(LoginSession.revoked_at).is_(None),
            col(LoginSession.expires_at) > now,
        )
        .order_by(col(LoginSession.created_at).desc())
        .limit(MAX_LIMIT)
    )
    return session.exec(statement).all()


def list_people(
    session: Session,
    actor: Actor,
    *,
    role: Role | None = None,
    search: str = "",
    limit: int = 200,
    after: UUID | None = None,
) -> tuple[list[PersonOut], UUID | None]:
    """List people by name for those who book for others, and the id to go on after. Raises RoleNeeded."""
    ensure_role(actor, Role.AGENT, Role.OPERATOR, Role.OWNER)
    statement = select(Person).where(col(Person.cooperative_id) == actor.cooperative_id)
    if role is not None:
        has_role = sa.exists().where(
            col(PersonRole.cooperative_id) == col(Person.cooperative_id),
            col(PersonRole.person_id) == col(Person.id),
            col(PersonRole.role) == role,
        )
        statement = statement.where(has_role)
    if search:
        digits = "".join(character for character in search if character.isdigit()).removeprefix("0")
        matches = small_letters(col(Person.name)).contains(search.lower(), autoescape=True)
        statement = statement.where(sa.or_(matches, col(Person.phone_e164).contains(digits)) if digits else matches)
    if after is not None:
        row = sa.select(Person).where(col(Person.cooperative_id) == actor.cooperative_id, col(Person.id) == after)
        statement = statement.where(follows(row, col(Person.name), col(Person.id)))
    rows = session.exec(statement.order_by(col(Person.name), col(Person.id)).limit(limit + 1)).all()
    people, last = split_page(rows, limit)
    roles = _roles_by_person(session, actor.cooperative_id, [person.id for person in people])
    return [person_out(person, roles.get(person.id, frozenset())) for person in people], last.id if last else None


def list_operators(session: Session, cooperative_id: UUID) -> Sequence[Person]:
    """List the operators whose account is open, by name."""
    statement = (
        select(Person)
        .join(
            PersonRole,
            (col(PersonRole.cooperative_id) == col(Person.cooperative_id))
            & (col(PersonRole.person_id) == col(Person.id)),
        )
        .where(
            col(Person.cooperative_id) == cooperative_id,
            col(PersonRole.role) == Role.OPERATOR,
            col(Person.active).is_(True),
        )
    )
    return session.exec(statement.order_by(col(Person.name), col(Person.id))).all()


def names_of(session: Session, cooperative_id: UUID, person_ids: set[UUID]) -> dict[UUID, Person]:
    """Return the people with the given ids, for lists that show names; one alone may have been read already."""
    if len(person_ids) == 1:
        person = session.get(Person, (cooperative_id, *person_ids))
        return {person.id: person} if person is not None else {}
    statement = select(Person).where(col(Person.cooperative_id) == cooperative_id, col(Person.id).in_(person_ids))
    return {person.id: person for person in session.exec(statement).all()}


def person_out(person: Person, roles: frozenset[Role]) -> PersonOut:
    """Return what the doors show of a person."""
    return PersonOut(
        id=person.id,
        name=person.name,
        phone=person.phone_e164,
        language=person.language,
        place=person.place,
        roles=sorted(roles),
        active=person.active,
        services=person.services,
        licence=person.licence,
        licence_until=person.licence_until,
    )


def _roles_by_person(session: Session, cooperative_id: UUID, person_ids: Sequence[UUID]) -> dict[UUID, frozenset[Role]]:
    statement = select(PersonRole).where(
        col(PersonRole.cooperative_id) == cooperative_id, col(PersonRole.person_id).in_(person_ids)
    )
    found: dict[UUID, set[Role]] = {}
    for row in session.exec(statement).all():
        found.setdefault(row.person_id, set()).add(row.role)
    return {person_id: frozenset(roles) for person_id, roles in found.items()}


def lock_cooperative(session: Session, cooperative_id: UUID) -> None:
    """Lock the row of a cooperative until the end of the transaction."""
    session.execute(sa.select(col(Cooperative.id)).where(col(Cooperative.id) == cooperative_id).with_for_update())
