"""Signing in by code and by password, listing and revoking sessions."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlmodel import Session, col, select

from drone_service.access import service, tokens
from drone_service.access.models import Person, SignInCode
from drone_service.access.rules import CODE_ATTEMPTS
from drone_service.kit.db import Database
from drone_service.kit.phone import normalise_phone
from drone_service.notify.models import Message
from tests.conftest import NOW, Client
from tests.people import PASSWORD, People

PHONE = "0912 000 001"


@pytest.fixture
def visitor(client: Callable[..., Client], people: People) -> Client:
    del people
    return client()


def ask_for_code(visitor: Client, session: Session, phone: str = PHONE) -> str:
    assert visitor.post("/api/v1/sign-in-codes", json={"phone": phone}).status_code == 202
    return sent_code_of(session)


def sent_code_of(session: Session) -> str:
    with_code = session.exec(select(Message).where(col(Message.cooperative_id).is_not(None))).all()
    return max(with_code, key=lambda message: message.id).params["code"]


def test_a_farmer_signs_in_with_the_code(visitor: Client, session: Session, people: People) -> None:
    code = ask_for_code(visitor, session)
    answer = visitor.post("/api/v1/sessions/by-code", json={"phone": PHONE, "code": code})
    assert answer.status_code == 201
    me = visitor.get("/api/v1/me", headers={"authorization": f"Bearer {answer.json()['token']}"})
    assert me.json()["id"] == str(people.farmer.id)
    assert me.json()["roles"] == ["farmer"]


def test_a_code_works_once(visitor: Client, session: Session) -> None:
    code = ask_for_code(visitor, session)
    body = {"phone": PHONE, "code": code}
    assert visitor.post("/api/v1/sessions/by-code", json=body).status_code == 201
    assert visitor.post("/api/v1/sessions/by-code", json=body).json()["type"] == "/problems/access.wrong_code"


def test_five_wrong_guesses_use_the_code_up(visitor: Client, session: Session) -> None:
    code = ask_for_code(visitor, session)
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    for _ in range(CODE_ATTEMPTS):
        assert visitor.post("/api/v1/sessions/by-code", json={"phone": PHONE, "code": wrong}).status_code == 401
    assert visitor.post("/api/v1/sessions/by-code", json={"phone": PHONE, "code": code}).status_code == 401
    row = session.get(SignInCode, "+84912000001")
    assert row is not None
    assert row.attempts_left == 0


def test_an_old_code_is_refused(fresh_database: Database) -> None:
    with fresh_database.transaction() as session:
        code = service.new_sign_in_code(session, phone_e164="+84912000001", valid=timedelta(minutes=10), now=NOW)
    late = NOW + timedelta(minutes=10)
    with pytest.raises(service.WrongCode), fresh_database.transaction() as session:
        service.sign_in_with_code(
            session, phone_e164="+84912000001", code=code, label="", valid=timedelta(days=1), now=late
        )


def test_an_unknown_number_becomes_a_farmer_of_the_host(visitor: Client, session: Session, people: People) -> None:
    code = ask_for_code(visitor, session, "0987654321")
    answer = visitor.post("/api/v1/sessions/by-code", json={"phone": "0987654321", "code": code})
    assert answer.status_code == 201
    person = session.exec(select(Person).where(col(Person.phone_e164) == "+84987654321")).one()
    assert person.cooperative_id == people.cooperative.id


@pytest.mark.parametrize("phone", ["", "123", "0123456789", "+1 202 555 0100", "０９１２０００００１", "09120000011"])
def test_what_is_no_mobile_number_is_refused(visitor: Client, phone: str) -> None:
    answer = visitor.post("/api/v1/sign-in-codes", json={"phone": phone})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/body/phone"


def test_a_number_from_a_khmer_keyboard_is_read() -> None:
    assert normalise_phone("០៩១២ ០០០ ០០១") == "+84912000001"


def test_staff_sign_in_with_a_password(visitor: Client, session: Session, people: People) -> None:
    people.owner.person.password_hash = tokens.hash_password(PASSWORD)
    session.add(people.owner.person)
    body = {"phone": "0912000005", "password": PASSWORD}
    assert visitor.post("/api/v1/sessions/by-password", json=body).status_code == 201
    body["password"] = PASSWORD + "!"
    assert visitor.post("/api/v1/sessions/by-password", json=body).json()["type"] == "/problems/access.wrong_password"


def test_no_password_means_no_sign_in_with_one(visitor: Client) -> None:
    body = {"phone": PHONE, "password": "nobody has this password"}
    assert visitor.post("/api/v1/sessions/by-password", json=body).status_code == 401


def test_sessions_are_listed_and_revoked(client: Callable[..., Client], people: People) -> None:
    farmer = client(people.farmer)
    sessions = farmer.get("/api/v1/sessions").json()
    assert [session["current"] for session in sessions] == [True]
    address = f"/api/v1/sessions/{sessions[0]['id']}"
    assert client(people.neighbour).delete(address).status_code == 404
    assert client(people.outsider).delete(address).status_code == 404
    assert farmer.delete(address).status_code == 204
    assert farmer.get("/api/v1/sessions").status_code == 401


def test_too_many_tries_are_held_back(visitor: Client) -> None:
    answers = [
        visitor.post("/api/v1/sessions/by-password", json={"phone": PHONE, "password": "x"}).status_code
        for _ in range(31)
    ]
    assert answers == [401] * 30 + [429]
