"""The visit of a job that was cancelled is dead: it holds no time and no day, and nothing is told or undone by it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlmodel import Session, col, select

from drone_service.booking.models import Job
from drone_service.kit.clock import local_day
from drone_service.notify.models import Message
from drone_service.notify.rules import MessageKind
from drone_service.scheduling.models import Slot
from tests.people import People
from tests.scheduling.rows import DAY, Farm, at
from tests.scheduling.test_moves import look, move, moved
from tests.scheduling.test_place import put, slots

Client = Callable[..., Any]
NEXT_DAY = DAY + timedelta(days=1)


def cancel(client: Any, job: Job) -> None:
    assert client.post(f"/api/v1/jobs/{job.id}/cancel", json={"reason": "rain"}).status_code == 200


def come_back(client: Any, job: Job) -> None:
    """Cancel a job that has a place, take the cancellation back and confirm it again."""
    cancel(client, job)
    for step in ("reinstate", "confirm"):
        assert client.post(f"/api/v1/jobs/{job.id}/{step}", json={}).status_code == 200


def kinds(session: Session, people: People) -> list[MessageKind]:
    statement = select(Message.kind).where(col(Message.cooperative_id) == people.cooperative.id)
    return list(session.exec(statement).all())


def undo(client: Any, change: Any) -> Any:
    return client.post(f"/api/v1/schedule-changes/{change['change_id']}/undo")


def test_a_job_that_comes_back_is_new_to_the_schedule(
    client: Client, farm: Farm, people: People, session: Session
) -> None:
    job, operator = farm.job(allowed_until=NEXT_DAY), client(as_=people.operator)
    put(operator, job, at(7))
    come_back(operator, job)
    planned = operator.post(f"/api/v1/days/{NEXT_DAY}/plan", json={}).json()
    assert (planned["placed"], planned["moved"]) == (1, 0)
    # Told as a first time, and not as a new one with an apology.
    assert kinds(session, people).count(MessageKind.JOB_SCHEDULED) == 2
    assert MessageKind.JOB_MOVED not in kinds(session, people)
    assert undo(operator, planned).status_code == 201
    assert operator.get(f"/api/v1/jobs/{job.id}").json()["state"] == "confirmed"
    assert slots(session) == []


def test_the_old_place_of_a_job_that_comes_back_holds_no_day(
    client: Client, farm: Farm, people: People, session: Session
) -> None:
    """The day on which it was is locked, as every published day; the job goes elsewhere all the same."""
    operator = client(as_=people.operator)
    first, second = farm.job(allowed_until=NEXT_DAY), farm.job(allowed_until=NEXT_DAY)
    for one, hour in ((first, 7), (second, 8)):
        put(operator, one, at(hour))
        come_back(operator, one)
    assert operator.put(f"/api/v1/days/{DAY}/lock").status_code == 200
    assert operator.delete(f"/api/v1/jobs/{first.id}/visit").status_code == 404
    assert put(operator, first, at(7, day=NEXT_DAY)).status_code == 200
    assert move(operator, second, look(operator, second, farm, day=str(NEXT_DAY)).json()).status_code == 201
    statement = select(Slot.slot_at).where(col(Slot.cooperative_id) == people.cooperative.id)
    assert {local_day(slot_at) for slot_at in session.exec(statement).all()} == {NEXT_DAY}


def test_the_time_of_a_cancelled_job_is_free(client: Client, farm: Farm, people: People) -> None:
    """It is offered, and what was moved away from it may go back to it."""
    first, second, operator = farm.job(), farm.job(), client(as_=people.operator)
    put(operator, first, at(7))
    away = moved(operator, first, farm, half="pm")
    put(operator, second, at(7))
    cancel(operator, second)
    free = operator.get("/api/v1/slots", params={"day": str(DAY)}).json()[0]
    assert (free["starts_at"], free["ends_at"]) == ("2026-03-10T22:00:00Z", "2026-03-11T03:00:00Z")
    assert undo(operator, away).status_code == 201


def test_a_change_whose_job_was_cancelled_since_is_not_undone(client: Client, farm: Farm, people: People) -> None:
    """It stands where the change put it no more, though its dead visit does."""
    job, operator = farm.job(), client(as_=people.operator)
    put(operator, job, at(7))
    away = moved(operator, job, farm, half="pm")
    come_back(operator, job)
    answer = undo(operator, away)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/scheduling.cannot_undo")
    assert operator.get(f"/api/v1/jobs/{job.id}").json()["state"] == "confirmed"
