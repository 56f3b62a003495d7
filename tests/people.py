"""The six people of the tests: who may, who may not, and who must not even know."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from drone_service.access import tokens
from drone_service.access.models import Cooperative, LoginSession, Person, PersonRole
from drone_service.access.rules import Actor, Role, WorkWindow
from drone_service.kit.ids import uuid7

PASSWORD = "a long enough password"
_WINDOWS = [
    WorkWindow.model_validate({"starts": "05:00", "ends": "10:00"}),
    WorkWindow.model_validate({"starts": "15:00", "ends": "18:00"}),
]


@dataclass(frozen=True)
class Who:
    """A person with their actor and a token that the API takes."""

    person: Person
    actor: Actor
    token: str

    @property
    def id(self) -> UUID:
        return self.person.id


@dataclass(frozen=True)
class People:
    """Everybody. The outsider owns another cooperative, and the visitor has not signed in."""

    cooperative: Cooperative
    elsewhere: Cooperative
    farmer: Who
    neighbour: Who
    agent: Who
    operator: Who
    owner: Who
    outsider: Who
    visitor: None = None


def make_people(session: Session, now: datetime) -> People:
    """Store two cooperatives and their people."""
    cooperative = make_cooperative(session, "Hợp tác xã thử nghiệm", "thu", now)
    elsewhere = make_cooperative(session, "Another cooperative", "other", now)
    return People(
        cooperative=cooperative,
        elsewhere=elsewhere,
        farmer=make_person(session, cooperative, "0912000001", now, Role.FARMER),
        neighbour=make_person(session, cooperative, "0912000002", now, Role.FARMER),
        agent=make_person(session, cooperative, "0912000003", now, Role.AGENT),
        operator=make_person(session, cooperative, "0912000004", now, Role.OPERATOR),
        owner=make_person(session, cooperative, "0912000005", now, Role.OWNER),
        outsider=make_person(session, elsewhere, "0912000006", now, Role.OWNER),
    )


def make_cooperative(session: Session, name: str, short_name: str, now: datetime) -> Cooperative:
    cooperative = Cooperative(
        created_at=now,
        name=name,
        short_name=short_name,
        phone_e164="+84912000000",
        centre_lon=105.72,
        centre_lat=9.43,
        base_lon=105.72,
        base_lat=9.43,
        work_windows=_WINDOWS,
    )
    session.add(cooperative)
    session.flush()
    return cooperative


def make_person(session: Session, cooperative: Cooperative, phone: str, now: datetime, *roles: Role) -> Who:
    person = Person(
        id=uuid7(),
        cooperative_id=cooperative.id,
        name=f"Person {phone[-1]}",
        phone_e164="+84" + phone[1:],
        created_at=now,
    )
    session.add(person)
    session.flush()
    token = tokens.new_token()
    login = LoginSession(
        cooperative_id=cooperative.id,
        person_id=person.id,
        token_hash=tokens.hash_token(token),
        created_at=now,
        expires_at=now + timedelta(days=3650),
    )
    session.add(login)
    for role in roles:
        session.add(PersonRole(cooperative_id=cooperative.id, person_id=person.id, role=role))
    session.flush()
    actor = Actor(
        person_id=person.id,
        cooperative_id=cooperative.id,
        roles=frozenset(roles),
        session_id=login.id,
        language=person.language,
        name=person.name,
    )
    return Who(person, actor, token)
