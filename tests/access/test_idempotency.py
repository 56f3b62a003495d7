"""A repeated request acts once and gets the same answer."""

import threading
from collections.abc import Callable

import httpx
from sqlmodel import Session, col, select

from drone_service.access.models import Person
from drone_service.access.rules import Role
from tests.conftest import NOW, Client, LiveServer
from tests.people import People, make_cooperative, make_person

NEW = {"name": "Nông dân thử", "phone": "0987654321"}


def people_with_the_number(session: Session) -> int:
    return len(session.exec(select(Person).where(col(Person.phone_e164) == "+84987654321")).all())


def test_the_same_key_repeats_the_answer(client: Callable[..., Client], people: People, session: Session) -> None:
    agent = client(people.agent)
    first = agent.post("/api/v1/people", json=NEW, headers={"idempotency-key": "k1"})
    second = agent.post("/api/v1/people", json=NEW, headers={"idempotency-key": "k1"})
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert second.headers["location"] == first.headers["location"]
    assert second.headers["idempotency-replayed"] == "true"
    assert people_with_the_number(session) == 1


def test_without_the_key_it_acts_again(client: Callable[..., Client], people: People) -> None:
    agent = client(people.agent)
    assert agent.post("/api/v1/people", json=NEW).status_code == 201
    assert agent.post("/api/v1/people", json=NEW).status_code == 409


def test_a_key_is_for_one_request(client: Callable[..., Client], people: People) -> None:
    agent = client(people.agent)
    agent.post("/api/v1/people", json=NEW, headers={"idempotency-key": "k1"})
    other = agent.post("/api/v1/people", json={**NEW, "name": "Khác"}, headers={"idempotency-key": "k1"})
    assert other.json()["type"] == "/problems/idempotency.key_reused"


def test_a_key_belongs_to_its_person(client: Callable[..., Client], people: People) -> None:
    client(people.agent).post("/api/v1/people", json=NEW, headers={"idempotency-key": "k1"})
    other = client(people.operator).post("/api/v1/people", json=NEW, headers={"idempotency-key": "k1"})
    assert other.json()["type"] == "/problems/access.phone_taken"


def test_a_refused_request_leaves_its_key_free(client: Callable[..., Client], people: People) -> None:
    agent = client(people.agent)
    wrong = {**NEW, "phone": "0912000001"}
    assert agent.post("/api/v1/people", json=wrong, headers={"idempotency-key": "k1"}).status_code == 409
    assert agent.post("/api/v1/people", json=NEW, headers={"idempotency-key": "k1"}).status_code == 201


def test_simultaneous_repeats_act_once(live_server: LiveServer) -> None:
    with live_server.database.transaction() as session:
        cooperative = make_cooperative(session, "Thử", "t", NOW)
        token = make_person(session, cooperative, "0912000003", NOW, Role.AGENT).token
    answers: list[httpx.Response] = []
    together = threading.Barrier(8)

    def send() -> None:
        headers = {"authorization": f"Bearer {token}", "idempotency-key": "k1"}
        together.wait()
        answers.append(httpx.post(f"{live_server.url}/api/v1/people", json=NEW, headers=headers, timeout=30))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
