"""Signing in and out, and keeping the people and settings of a cooperative."""

from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col

from drone_service.access import queries, tokens
from drone_service.access.models import Cooperative, LoginSession, Person, PersonRole, SignInCode
from drone_service.access.rules import (
    CODE_ATTEMPTS,
    Actor,
    LastOwner,
    PhoneTaken,
    Role,
    SessionNotFound,
    WrongCode,
    WrongPassword,
    ensure_owner,
    ensure_role,
    role_needed,
)
from drone_service.access.schemas import CooperativePatch, PersonIn, PersonPatch
from drone_service.kit.db import enter_tenant, flush_or_raise
from drone_service.kit.etag import ensure_version

OWNERS_ONLY = frozenset({"roles", "active", "services", "licence", "licence_until"})
"""What only an owner changes of a person, also of themselves: who may do what."""


def new_sign_in_code(session: Session, *, phone_e164: str, valid: timedelta, now: datetime) -> str:
    """Make a one-time code for a number, in place of any open one, and return it for sending."""
    code = tokens.new_code()
    row = session.get(SignInCode, phone_e164) or SignInCode(
        phone_e164=phone_e164, code_hash="", expires_at=now, attempts_left=0, sent_at=now
    )
    row.code_hash = tokens.hash_code(phone_e164, code)
    row.expires_at, row.sent_at, row.attempts_left = now + valid, now, CODE_ATTEMPTS
    session.add(row)
    session.flush()
    return code


def sign_in_with_code(
    session: Session, *, phone_e164: str, code: str, label: str, valid: timedelta, now: datetime
) -> tuple[LoginSession, str]:
    """Sign in with a one-time code; an unknown number becomes a farmer of the host cooperative.

    Each try uses up one of five attempts in one atomic UPDATE: read, compare and then count would let
    simultaneous guesses past the limit. Raises WrongCode, whose attempt is stored.
    """
    tried = session.execute(
        sa.update(SignInCode)
        .where(
            col(SignInCode.phone_e164) == phone_e164,
            col(SignInCode.attempts_left) > 0,
            col(SignInCode.expires_at) > now,
        )
        .values(attempts_left=col(SignInCode.attempts_left) - 1)
        .returning(col(SignInCode.code_hash))
    ).scalar_one_or_none()
    if tried is None or not tokens.same(tried, tokens.hash_code(phone_e164, code)):
        raise WrongCode
    session.execute(sa.delete(SignInCode).where(col(SignInCode.phone_e164) == phone_e164))
    person = queries.find_person_by_phone(session, phone_e164) or _new_farmer(session, phone_e164)
    if not person.active:
        raise WrongCode
    return _open_session(session, person, label=label, valid=valid, now=now)


def sign_in_with_password(
    session: Session, *, phone_e164: str, password: str, label: str, valid: timedelta, now: datetime
) -> tuple[LoginSession, str]:
    """Sign in with a phone number and a password. Raises WrongPassword, the same for an unknown number."""
    person = queries.find_person_by_phone(session, phone_e164)
    matches = tokens.password_matches(password, person.password_hash if person else "")
    if person is None or not matches or not person.active:
        raise WrongPassword
    return _open_session(session, person, label=label, valid=valid, now=now)


def revoke_session(session: Session, *, actor: Actor, session_id: UUID, now: datetime) -> None:
    """Sign out one of the actor's own sessions. Raises SessionNotFound."""
    found = session.get(LoginSession, (actor.cooperative_id, session_id))
    if found is None or found.person_id != actor.person_id or found.revoked_at is not None:
        raise SessionNotFound
    found.revoked_at = now
    session.flush()


def add_person(session: Session, *, actor: Actor, data: PersonIn) -> Person:
    """Add a person. Those who book for others may add farmers; other roles and passwords are the owner's to give."""
    ensure_role(actor, Role.AGENT, Role.OPERATOR, Role.OWNER)
    if data.roles != {Role.FARMER} or data.password:
        ensure_owner(actor)
    return create_person(session, cooperative_id=actor.cooperative_id, data=data)


def create_person(session: Session, *, cooperative_id: UUID, data: PersonIn) -> Person:
    """Create a person without asking who does it: for the command line and the demonstration. Raises PhoneTaken."""
    person = Person(
        cooperative_id=cooperative_id,
        name=data.name,
        phone_e164=data.phone,
        language=data.language,
        place=data.place,
        password_hash=tokens.hash_password(data.password) if data.password else "",
    )
    session.add(person)
    flush_or_raise(session, {"uq_people_phone": PhoneTaken()})
    _set_roles(session, person, data.roles)
    return person


def update_person(
    session: Session, *, actor: Actor, person_id: UUID, data: PersonPatch, expected_version: int, now: datetime
) -> Person:
    """Change a person: anybody their own name, place and language; the owner the rest. Raises RoleNeeded, LastOwner."""
    person = queries.get_visible_person(session, actor, person_id)
    ensure_version(person, expected_version)
    reserved = bool(data.model_fields_set & OWNERS_ONLY)
    own = person_id == actor.person_id
    if (reserved or not own) and not actor.has(Role.OWNER):
        raise role_needed(Role.OWNER)
    changes = data.model_dump(exclude_unset=True, exclude={"roles", "password", "services"})
    for name, value in changes.items():
        if value is not None or name == "licence_until":
            setattr(person, name, value)
    if data.services is not None:
        person.services = sorted(data.services)
    if data.password is not None:
        person.password_hash = tokens.hash_password(data.password)
    if data.roles is not None:
        _set_roles(session, person, data.roles)
    if data.active is False or data.password is not None:
        _revoke_all(session, person, except_id=actor.session_id, now=now)
    session.flush()
    _ensure_an_owner(session, actor.cooperative_id)
    return person


def update_cooperative(session: Session, *, actor: Actor, data: CooperativePatch, expected_version: int) -> Cooperative:
    """Change the settings of the cooperative. Owners only."""
    ensure_owner(actor)
    cooperative = queries.get_cooperative(session, actor.cooperative_id)
    ensure_version(cooperative, expected_version)
    for name in data.model_fields_set:
        value = getattr(data, name)
        if value is not None:
            setattr(cooperative, name, value)
    cooperative.version += 1
    session.flush()
    return cooperative


def _open_session(
    session: Session, person: Person, *, label: str, valid: timedelta, now: datetime
) -> tuple[LoginSession, str]:
    enter_tenant(session, person.cooperative_id)
    token = tokens.new_token()
    opened = LoginSession(
        cooperative_id=person.cooperative_id,
        person_id=person.id,
        token_hash=tokens.hash_token(token),
        label=label,
        created_at=now,
        expires_at=now + valid,
    )
    session.add(opened)
    session.flush()
    return opened, token


def _new_farmer(session: Session, phone_e164: str) -> Person:
    cooperative = queries.get_host_cooperative(session)
    data = PersonIn(name=f"…{phone_e164[-3:]}", phone=phone_e164)
    return create_person(session, cooperative_id=cooperative.id, data=data)


def _set_roles(session: Session, person: Person, roles: set[Role]) -> None:
    session.execute(
        sa.delete(PersonRole).where(
            col(PersonRole.cooperative_id) == person.cooperative_id, col(PersonRole.person_id) == person.id
        )
    )
    for role in sorted(roles):
        session.add(PersonRole(cooperative_id=person.cooperative_id, person_id=person.id, role=role))
    session.flush()


def _revoke_all(session: Session, person: Person, *, except_id: UUID | None, now: datetime) -> None:
    statement = sa.update(LoginSession).where(
        col(LoginSession.cooperative_id) == person.cooperative_id,
        col(LoginSession.person_id) == person.id,
        col(LoginSession.revoked_at).is_(None),
        col(LoginSession.id) != except_id,
    )
    session.execute(statement.values(revoked_at=now))


def _ensure_an_owner(session: Session, cooperative_id: UUID) -> None:
    owners = (
        sa.select(sa.func.count())
        .select_from(PersonRole)
        .join(
            Person,
            sa.and_(
                col(Person.cooperative_id) == col(PersonRole.cooperative_id),
                col(Person.id) == col(PersonRole.person_id),
            ),
        )
        .where(
            col(PersonRole.cooperative_id) == cooperative_id,
            col(PersonRole.role) == Role.OWNER,
            col(Person.active).is_(True),
        )
    )
    if not session.execute(owners).scalar_one():
        raise LastOwner
