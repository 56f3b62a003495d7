"""Placing a job at a time: the ladder of the use case."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import Session, col, select

from drone_service.booking.models import Job
from drone_service.booking.rules import State
from drone_service.notify.models import Message
from drone_service.notify.rules import MessageKind
from drone_service.scheduling.models import Slot, Visit
from tests.people import People
from tests.scheduling.rows import DAY, Farm, at, other_aircraft

Client = Callable[..., Any]


def put(client: Any, job: Job, starts_at: datetime, aircraft_id: UUID | None = None) -> Any:
    body = {"starts_at": starts_at.isoformat()}
    if aircraft_id is not None:
        body["aircraft_id"] = str(aircraft_id)
    return client.put(f"/api/v1/jobs/{job.id}/visit", json=body)


def slots(session: Session) -> list[datetime]:
    return sorted(session.exec(select(Slot.slot_at).where(col(Slot.cooperative_id).is_not(None))).all())


def test_a_job_gets_its_time_and_its_slots(client: Client, farm: Farm, people: People, session: Session) -> None:
    job = farm.job(service_s=1500)
    answer = put(client(as_=people.operator), job, at(6, 2))
    assert answer.status_code == 200
    visit = answer.json()
    assert visit["starts_at"] == at(6).isoformat().replace("+00:00", "Z")
    assert visit["ends_at"] == at(6, 25).isoformat().replace("+00:00", "Z")
    assert visit["pinned"] is True
    assert visit["warnings"] == []
    assert slots(session) == [at(6, minute) for minute in (0, 5, 10, 15, 20)]
    assert session.get(Job, (job.cooperative_id, job.id)).state is State.SCHEDULED  # type: ignore[union-attr]


@pytest.mark.parametrize("start", [at(5, 35), at(6), at(6, 25)])
def test_a_second_job_cannot_overlap(
    client: Client, farm: Farm, people: People, session: Session, start: datetime
) -> None:
    operator = client(as_=people.operator)
    put(operator, farm.job(), at(6))
    second = farm.job()
    answer = put(operator, second, start)
    assert answer.status_code == 409
    assert answer.json()["type"].endswith("scheduling.slot_taken")
    assert session.get(Job, (second.cooperative_id, second.id)).state is State.CONFIRMED  # type: ignore[union-attr]
    assert len(slots(session)) == 6


def test_back_to_back_and_on_another_aircraft_is_free(
    client: Client, farm: Farm, people: People, session: Session
) -> None:
    operator = client(as_=people.operator)
    second = other_aircraft(session, people.cooperative.id)
    put(operator, farm.job(), at(6))
    assert put(operator, farm.job(), at(6, 30)).status_code == 200
    assert put(operator, farm.job(), at(6), second.id).status_code == 200


def test_moving_a_job_frees_its_old_slots(client: Client, farm: Farm, people: People, session: Session) -> None:
    operator, job = client(as_=people.operator), farm.job()
    put(operator, job, at(6))
    assert put(operator, job, at(6, 15)).status_code == 200
    assert slots(session)[0] == at(6, 15)
    assert len(slots(session)) == 6
    assert len(session.exec(select(Visit).where(col(Visit.cooperative_id) == people.cooperative.id)).all()) == 1


def test_the_same_request_twice_changes_nothing(client: Client, farm: Farm, people: People, session: Session) -> None:
    operator, job = client(as_=people.operator), farm.job()
    first = put(operator, job, at(6)).json()
    assert put(operator, job, at(6)).json() == first
    assert len(slots(session)) == 6


def test_taking_a_job_off_frees_its_time(client: Client, farm: Farm, people: People, session: Session) -> None:
    operator, job = client(as_=people.operator), farm.job()
    put(operator, job, at(6))
    assert operator.delete(f"/api/v1/jobs/{job.id}/visit").status_code == 204
    assert slots(session) == []
    assert session.get(Job, (job.cooperative_id, job.id)).state is State.CONFIRMED  # type: ignore[union-attr]
    assert operator.delete(f"/api/v1/jobs/{job.id}/visit").status_code == 404
    kinds = session.exec(select(Message.kind).where(col(Message.cooperative_id) == people.cooperative.id)).all()
    assert list(kinds) == [MessageKind.JOB_SCHEDULED, MessageKind.JOB_POSTPONED]


def test_the_slots_of_a_cancelled_job_are_free_again(
    client: Client, farm: Farm, people: People, session: Session
) -> None:
    operator, cancelled = client(as_=people.operator), farm.job()
    put(operator, cancelled, at(6))
    cancelled = session.get(Job, (cancelled.cooperative_id, cancelled.id))  # type: ignore[assignment]
    cancelled.state = State.CANCELLED
    session.add(cancelled)
    assert put(operator, farm.job(), at(6, 10)).status_code == 200
    day = operator.get(f"/api/v1/days/{DAY}").json()
    assert [visit["starts_at"] for visit in day["visits"]] == [at(6, 10).isoformat().replace("+00:00", "Z")]


def test_a_human_decision_is_warned_about_and_not_stopped(client: Client, farm: Farm, people: People) -> None:
    operator = client(as_=people.operator)
    put(operator, farm.job(), at(6))
    far = farm.job(lon=105.80, wash_group="fungicide")
    assert put(operator, far, at(6, 30)).json()["warnings"] == ["tight"]
    late = farm.job(allowed_from=DAY.replace(day=20), allowed_until=DAY.replace(day=21))
    assert put(operator, late, at(12)).json()["warnings"] == ["outside_promised_days", "outside_work_hours"]


@pytest.mark.parametrize(
    ("state", "status"), [(State.REQUESTED, 409), (State.DONE, 409), (State.CANCELLED, 409), (State.IN_PROGRESS, 409)]
)
def test_only_confirmed_and_scheduled_jobs_are_placed(
    client: Client, farm: Farm, people: People, state: State, status: int
) -> None:
    assert put(client(as_=people.operator), farm.job(state=state), at(6)).status_code == status


def test_the_past_is_refused(client: Client, farm: Farm, people: People) -> None:
    """The tests take place on 10 March at 08:30."""
    answer = put(client(as_=people.operator), farm.job(), at(8, 25, DAY.replace(day=10)))
    assert (answer.status_code, answer.json()["type"].rsplit("/")[-1]) == (422, "scheduling.time_in_past")


def test_a_naive_time_is_refused(client: Client, farm: Farm, people: People) -> None:
    body = {"starts_at": "2026-03-11T06:00:00"}
    answer = client(as_=people.operator).put(f"/api/v1/jobs/{farm.job().id}/visit", json=body)
    assert answer.status_code == 422


def test_an_aircraft_out_of_service_is_refused(client: Client, farm: Farm, people: People, session: Session) -> None:
    farm.aircraft.active = False
    session.add(farm.aircraft)
    assert put(client(as_=people.operator), farm.job(), at(6)).status_code == 409


def test_who_may_place(client: Client, farm: Farm, people: People) -> None:
    job = farm.job()
    assert put(client(as_=people.farmer), job, at(6)).status_code == 403
    assert put(client(as_=people.agent), job, at(6)).status_code == 403
    assert put(client(as_=people.outsider), job, at(6)).status_code in (404, 409)
    assert put(client(), job, at(6)).status_code == 401
    assert put(client(as_=people.owner), job, at(6)).status_code == 200


def test_who_sees_a_visit(client: Client, farm: Farm, people: People) -> None:
    job = farm.job()
    put(client(as_=people.operator), job, at(6))
    path = f"/api/v1/jobs/{job.id}/visit"
    assert client(as_=people.farmer).get(path).json()["job_id"] == str(job.id)
    assert client(as_=people.agent).get(path).status_code == 200
    for nobody in (people.neighbour, people.outsider):
        assert client(as_=nobody).get(path).status_code == 404
    assert client().get(path).status_code == 401
    assert client(as_=people.farmer).get(f"/api/v1/days/{DAY}").status_code == 403


def test_free_periods_go_round_what_is_taken(client: Client, farm: Farm, people: People) -> None:
    operator = client(as_=people.operator)
    put(operator, farm.job(), at(6))
    found = operator.get(f"/api/v1/slots?day={DAY}&minutes=30").json()
    hours = [(row["starts_at"][11:16], row["ends_at"][11:16]) for row in found]
    # 05:00–06:00, 06:30–10:00 and 15:00–18:00 in local time, written in UTC
    assert hours == [("22:00", "23:00"), ("23:30", "03:00"), ("08:00", "11:00")]


def test_the_farmer_is_told_once(client: Client, farm: Farm, people: People, session: Session) -> None:
    operator, job = client(as_=people.operator), farm.job()
    put(operator, job, at(6))
    put(operator, job, at(6))
    kinds = session.exec(select(Message.kind).where(col(Message.cooperative_id) == people.cooperative.id)).all()
    assert list(kinds) == [MessageKind.JOB_SCHEDULED]
    put(operator, job, at(7))
    kinds = session.exec(select(Message.kind).where(col(Message.cooperative_id) == people.cooperative.id)).all()
    assert len(kinds) == 2


@pytest.mark.parametrize(
    "starts_at",
    ["0001-01-01T00:00:00+07:00", "1949-12-31T12:00:00Z", "2201-01-02T00:00:00Z", "9999-12-31T23:59:59-12:00"],
)
def test_a_time_out_of_reach_is_refused(client: Client, farm: Farm, people: People, starts_at: str) -> None:
    answer = client(as_=people.operator).put(f"/api/v1/jobs/{farm.job().id}/visit", json={"starts_at": starts_at})
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/weather.day_out_of_reach")
