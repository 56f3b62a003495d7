"""A published day that changes: the crews whose day it is hear of it, as the farmers do; nobody else does."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import Session, col, select

from drone_service.access.rules import Role
from drone_service.booking.models import Job
from drone_service.booking.service import LEAVE_PLACE
from drone_service.engine.operation import Service
from drone_service.fleet.models import Aircraft, CrewMember
from drone_service.kit import tasks as kit_tasks
from drone_service.kit.db import Database
from drone_service.kit.tasks import TaskRun
from drone_service.notify.models import Message
from drone_service.notify.rules import MessageKind
from drone_service.scheduling import queries, tasks
from tests.conftest import NOW
from tests.people import People, make_person
from tests.scheduling.rows import DAY, Farm, at, other_aircraft
from tests.scheduling.test_runs import TODAY, place, today, turn, work

__all__ = ["work"]
Client = Callable[..., Any]


def pilot(session: Session, people: People, aircraft: Aircraft, number: str, language: str) -> str:
    """Give an aircraft a crew of one and return their phone number."""
    person = make_person(session, people.cooperative, number, NOW, Role.OPERATOR).person
    person.language = language
    session.add(CrewMember(cooperative_id=aircraft.cooperative_id, aircraft_id=aircraft.id, person_id=person.id))
    session.flush()
    return person.phone_e164


def news(session: Session, people: People) -> dict[str, str]:
    """Return what each phone was told of days that changed."""
    statement = select(Message).where(
        col(Message.cooperative_id) == people.cooperative.id, col(Message.kind) == MessageKind.DAY_CHANGED
    )
    return {one.phone_e164: one.text for one in session.exec(statement.order_by(col(Message.id))).all()}


def test_who_loses_a_job_and_who_gets_it_hear_of_it(
    client: Client, farm: Farm, people: People, session: Session, work: Callable[[str], None]
) -> None:
    """Each in their own language; a crew whose day stays as it is sleeps on."""
    second = other_aircraft(session, people.cooperative.id)
    second.serial = "T40-TEST-B"
    third = other_aircraft(session, people.cooperative.id)
    third.services = [Service.SOW]  # a person put a job there all the same; no plan does
    loses = pilot(session, people, farm.aircraft, "0912000101", "km")
    gets = pilot(session, people, second, "0912000102", "en")
    pilot(session, people, third, "0912000103", "vi")
    job, kept, operator = today(farm), today(farm), client(as_=people.operator)
    place(operator, job, 9, pinned=True, aircraft_id=str(farm.aircraft.id))
    place(operator, kept, 15, pinned=True, aircraft_id=str(third.id))
    assert operator.post(f"/api/v1/days/{TODAY}/publish").json()["crew_told"] == 2
    shown = turn(operator, work, kind="aircraft_down", aircraft_id=str(farm.aircraft.id))
    assert news(session, people) == {}  # nothing has changed before it is accepted
    assert operator.post(f"/api/v1/plan-runs/{shown['run_id']}/accept").status_code == 201
    told = news(session, people)
    assert set(told) == {loses, gets}
    assert told[gets] == "The plan of Tue 10/03/2026 has changed. Jobs still to do: 1. Look at it again."
    assert "៖ 0។" in told[loses]


def test_before_a_day_is_published_nobody_hears_of_it(
    client: Client, farm: Farm, people: People, session: Session
) -> None:
    job, owner = farm.job(), client(as_=people.owner)
    place(owner, job, 7, day=DAY)
    place(owner, job, 8, day=DAY)
    assert news(session, people) == {}


def test_whoever_changes_the_day_knows_it(client: Client, farm: Farm, people: People, session: Session) -> None:
    job, operator = farm.job(), client(as_=people.operator)
    place(operator, job, 7, day=DAY)
    operator.post(f"/api/v1/days/{DAY}/publish")
    operator.delete(f"/api/v1/days/{DAY}/lock")
    place(operator, job, 8, day=DAY)
    assert news(session, people) == {}
    place(client(as_=people.owner), job, 9, day=DAY)
    assert set(news(session, people)) == {people.operator.person.phone_e164}


def test_what_moves_nothing_is_no_news(client: Client, farm: Farm, people: People, session: Session) -> None:
    job, owner = farm.job(), client(as_=people.owner)
    place(owner, job, 7, day=DAY)
    owner.post(f"/api/v1/days/{DAY}/publish")
    owner.delete(f"/api/v1/days/{DAY}/lock")
    assert owner.post(f"/board/jobs/{job.id}/pin", data={"pinned": ""}).status_code == 303
    place(owner, job, 7, day=DAY)
    assert news(session, people) == {}
    assert owner.delete(f"/api/v1/jobs/{job.id}/visit").status_code == 204
    assert len(news(session, people)) == 1


@pytest.fixture
def leave(database: Database, session: Session) -> Callable[[Job], None]:
    """Do what the worker does once a job that has a place was cancelled."""

    def run(job: Job) -> None:
        session.commit()
        tasks.leave_place(
            TaskRun(database, "test", lambda: NOW), cooperative_id=job.cooperative_id, job_id=job.id, actor_id=None
        )
        session.expire_all()

    return run


def test_a_job_that_is_cancelled_leaves_the_day_and_its_crew_hears_of_it(
    client: Client, farm: Farm, people: People, session: Session, leave: Callable[[Job], None]
) -> None:
    """The crew would drive there; the job after it is reached from another place now."""
    first, second, owner = today(farm, lat=9.50), today(farm), client(as_=people.owner)
    place(owner, first, 9)
    place(owner, second, 15)
    owner.post(f"/api/v1/days/{TODAY}/publish")
    way = queries.find_visit(session, second.cooperative_id, second.id)
    assert way
    was_km = way.travel_km
    assert client(as_=people.farmer).post(f"/api/v1/jobs/{first.id}/cancel", json={"reason": "x"}).status_code == 200
    leave(first)
    assert set(news(session, people)) == {people.operator.person.phone_e164}
    assert queries.find_visit(session, first.cooperative_id, first.id) is None
    way = queries.find_visit(session, second.cooperative_id, second.id)
    assert way
    assert way.travel_km < was_km
    leave(first)  # delivered once more: nothing happens
    assert len(session.exec(select(Message.id).where(*of_kind(people))).all()) == 1


def of_kind(people: People) -> tuple[Any, Any]:
    return col(Message.cooperative_id) == people.cooperative.id, col(Message.kind) == MessageKind.DAY_CHANGED


def test_a_job_that_came_back_meanwhile_keeps_its_new_place(
    client: Client, farm: Farm, people: People, session: Session, leave: Callable[[Job], None]
) -> None:
    job, owner = farm.job(), client(as_=people.owner)
    place(owner, job, 7, day=DAY)
    for step, body in (("cancel", {"reason": "x"}), ("reinstate", {}), ("confirm", {})):
        assert owner.post(f"/api/v1/jobs/{job.id}/{step}", json=body).status_code == 200
    place(owner, job, 8, day=DAY)
    leave(job)
    visit = queries.find_visit(session, job.cooperative_id, job.id)
    assert visit
    assert visit.starts_at == at(8)


def test_the_cancellation_is_a_task_of_the_same_transaction(
    client: Client, farm: Farm, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[UUID] = []
    real = kit_tasks.enqueue

    def enqueue(session: Session, name: str, **arguments: Any) -> str:
        if name == LEAVE_PLACE:
            asked.append(arguments["job_id"])
        return real(session, name, **arguments)

    monkeypatch.setattr(kit_tasks, "enqueue", enqueue)
    placed, waits, owner = farm.job(), farm.job(), client(as_=people.owner)
    place(owner, placed, 7, day=DAY)
    for job in (placed, waits):
        owner.post(f"/api/v1/jobs/{job.id}/cancel", json={"reason": "x"})
    assert [str(one) for one in asked] == [str(placed.id)]
