"""Moving a job on the board: what it costs is said before, done as it was said, and can be taken back."""

from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, select

from drone_service.access.rules import WorkWindow
from drone_service.booking.models import Job
from drone_service.booking.rules import HalfDay, State
from drone_service.notify.models import Message
from drone_service.notify.rules import MessageKind
from drone_service.scheduling import queries
from drone_service.scheduling.models import Slot, Visit
from tests.people import People
from tests.scheduling.rows import DAY, Farm, at, other_aircraft

Client = Callable[..., Any]


def look(client: Any, job: Job, farm: Farm, **place: Any) -> Any:
    wanted = {"aircraft_id": str(farm.aircraft.id), "day": str(DAY), "half": "am"} | place
    return client.get(f"/api/v1/jobs/{job.id}/moves", params=wanted)


def move(client: Any, job: Job, shown: Any, **changes: Any) -> Any:
    body = {name: shown[name] for name in ("aircraft_id", "day", "half", "position", "seen")} | changes
    return client.post(f"/api/v1/jobs/{job.id}/moves", json=body)


def moved(client: Any, job: Job, farm: Farm, **place: Any) -> Any:
    answer = move(client, job, look(client, job, farm, **place).json())
    assert answer.status_code == 201, answer.text
    return answer.json()


def starts(session: Session, job: Job) -> str | None:
    visit = queries.find_visit(session, job.cooperative_id, job.id)
    return visit.starts_at.isoformat() if visit else None


def told(session: Session, job: Job) -> list[MessageKind]:
    statement = select(Message).where(col(Message.cooperative_id) == job.cooperative_id)
    return [message.kind for message in session.exec(statement).all()]


def test_a_move_is_shown_and_then_done(client: Client, farm: Farm, people: People, session: Session) -> None:
    job, operator = farm.job(), client(as_=people.operator)
    shown = look(operator, job, farm).json()
    assert shown["is_possible"]
    assert shown["breaks"] == []
    assert shown["km"] > 0
    assert starts(session, job) is None
    made = move(operator, job, shown)
    assert made.status_code == 201
    assert starts(session, job) == shown["starts_at"].replace("Z", "+00:00")
    assert told(session, job) == []  # nothing is promised before the day is published


def test_what_gives_way_is_said(client: Client, farm: Farm, people: People, session: Session) -> None:
    """The second job comes before the first, which is pushed back; its own place is known before."""
    first, second, operator = farm.job(), farm.job(), client(as_=people.operator)
    moved(operator, first, farm)
    was = starts(session, first)
    shown = look(operator, second, farm, position=0).json()
    assert [row["job_number"] for row in shown["shifted"]] == [first.number]
    assert move(operator, second, shown).status_code == 201
    assert starts(session, second) == was
    assert str(starts(session, first)) > str(was)


def test_a_pinned_visit_is_never_pushed(client: Client, farm: Farm, people: People) -> None:
    """The pinned one begins with the first minute of the morning, so nothing fits before it."""
    pinned, other, operator = farm.job(), farm.job(), client(as_=people.operator)
    operator.put(f"/api/v1/jobs/{pinned.id}/visit", json={"starts_at": at(5, 5).isoformat()})
    shown = look(operator, other, farm, position=0).json()
    assert not shown["is_possible"]
    assert "no_room" in {row["code"] for row in shown["breaks"]}
    assert move(operator, other, shown).status_code == 409
    after = look(operator, other, farm).json()
    assert (after["position"], after["is_possible"]) == (1, True)


def test_what_breaks_is_named(client: Client, farm: Farm, people: People) -> None:
    next_day = DAY + timedelta(days=1)
    job, operator = farm.job(half_days=[HalfDay.AFTERNOON]), client(as_=people.operator)
    codes = [row["code"] for row in look(operator, job, farm).json()["breaks"]]
    assert codes == ["outside_half_day"]
    later = look(operator, job, farm, day=str(next_day), half="pm").json()
    assert [row["code"] for row in later["breaks"]] == ["outside_days"]
    long = farm.job(service_s=6 * 3600)
    assert "outside_work_hours" in {row["code"] for row in look(operator, long, farm).json()["breaks"]}


def test_washing_is_part_of_the_cost(client: Client, farm: Farm, people: People) -> None:
    first, other, same = farm.job(), farm.job(wash_group="fungicide"), farm.job()
    operator = client(as_=people.operator)
    moved(operator, first, farm)
    assert look(operator, other, farm, position=1).json()["wash_min"] == 20
    assert look(operator, same, farm, position=1).json()["wash_min"] == 0


def test_a_day_that_changed_is_looked_at_again(client: Client, farm: Farm, people: People, session: Session) -> None:
    first, second, operator = farm.job(), farm.job(), client(as_=people.operator)
    shown = look(operator, first, farm).json()
    moved(operator, second, farm)
    answer = move(operator, first, shown)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/scheduling.board_changed")
    assert starts(session, first) is None


def test_a_move_is_taken_back_whole(client: Client, farm: Farm, people: People, session: Session) -> None:
    first, second, operator = farm.job(), farm.job(), client(as_=people.operator)
    moved(operator, first, farm)
    was = starts(session, first)
    made = moved(operator, second, farm, position=0)
    assert made["visits"] == 2
    undo = f"/api/v1/schedule-changes/{made['change_id']}/undo"
    assert operator.post(undo).status_code == 201
    assert (starts(session, first), starts(session, second)) == (was, None)
    assert session.get(Job, (second.cooperative_id, second.id)).state is State.CONFIRMED  # type: ignore[union-attr]
    assert operator.post(undo).status_code == 409


def test_what_was_changed_since_is_not_thrown_away(client: Client, farm: Farm, people: People) -> None:
    job, operator = farm.job(), client(as_=people.operator)
    made = moved(operator, job, farm)
    moved(operator, job, farm, half="pm")
    answer = operator.post(f"/api/v1/schedule-changes/{made['change_id']}/undo")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/scheduling.cannot_undo")


def test_nothing_goes_back_to_an_aircraft_that_flies_no_more(
    client: Client, farm: Farm, people: People, session: Session
) -> None:
    other = other_aircraft(session, people.cooperative.id)
    job, operator = farm.job(), client(as_=people.operator)
    moved(operator, job, farm)
    away = moved(operator, job, farm, aircraft_id=str(other.id))
    farm.aircraft.active = False
    answer = operator.post(f"/api/v1/schedule-changes/{away['change_id']}/undo")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/scheduling.cannot_undo")
    farm.aircraft.active = True
    assert operator.post(f"/api/v1/schedule-changes/{away['change_id']}/undo").status_code == 201


def test_moving_between_aircraft_leaves_no_slot_behind(
    client: Client, farm: Farm, people: People, session: Session
) -> None:
    other = other_aircraft(session, people.cooperative.id)
    job, operator = farm.job(), client(as_=people.operator)
    moved(operator, job, farm)
    moved(operator, job, farm, aircraft_id=str(other.id), half="pm")
    statement = select(Slot.aircraft_id).where(col(Slot.cooperative_id) == job.cooperative_id)
    slots = session.exec(statement).all()
    assert (len(slots), set(slots)) == (6, {other.id})


def test_a_locked_day_keeps_still(client: Client, farm: Farm, people: People) -> None:
    job, operator = farm.job(), client(as_=people.operator)
    shown = look(operator, job, farm).json()
    assert operator.put(f"/api/v1/days/{DAY}/lock").json()["is_locked"] is True
    body = {"starts_at": at(7).isoformat()}
    refused = [
        move(operator, job, shown),
        operator.put(f"/api/v1/jobs/{job.id}/visit", json=body),
        operator.post(f"/api/v1/days/{DAY}/plan"),
    ]
    assert {answer.json()["type"] for answer in refused} == {"/problems/scheduling.day_locked"}
    assert operator.delete(f"/api/v1/days/{DAY}/lock").json()["is_locked"] is False
    assert move(operator, job, shown).status_code == 201


def test_publishing_tells_everybody_once(client: Client, farm: Farm, people: People, session: Session) -> None:
    job, operator = farm.job(), client(as_=people.operator)
    assert operator.post(f"/api/v1/days/{DAY}/publish").json()["type"] == "/problems/scheduling.nothing_to_publish"
    moved(operator, job, farm)
    done = operator.post(f"/api/v1/days/{DAY}/publish").json()
    assert (done["farmers_told"], done["is_locked"]) == (1, True)
    assert done["crew_told"] >= 1
    again = operator.post(f"/api/v1/days/{DAY}/publish").json()
    assert (again["farmers_told"], again["crew_told"]) == (0, 0)
    kinds = told(session, job)
    assert kinds.count(MessageKind.JOB_SCHEDULED) == 1
    assert kinds.count(MessageKind.DAY_PUBLISHED) == done["crew_told"]
    visit = queries.find_visit(session, job.cooperative_id, job.id)
    assert visit
    assert visit.told_from
    assert visit.told_from <= visit.starts_at <= visit.told_until  # type: ignore[operator]


def test_a_promise_that_is_not_kept_is_told(client: Client, farm: Farm, people: People, session: Session) -> None:
    """Within what was told nobody is called again; in another half-day the farmer hears of it at once."""
    job, operator = farm.job(), client(as_=people.operator)
    moved(operator, job, farm)
    operator.post(f"/api/v1/days/{DAY}/publish")
    operator.delete(f"/api/v1/days/{DAY}/lock")
    shown = look(operator, job, farm, half="pm").json()
    assert "told_time" in {row["code"] for row in shown["breaks"]}
    assert move(operator, job, shown).status_code == 201
    assert told(session, job).count(MessageKind.JOB_MOVED) == 1


def test_the_farmer_sees_when_the_crew_comes(client: Client, farm: Farm, people: People) -> None:
    jobs, operator = [farm.job() for _ in range(4)], client(as_=people.operator)
    for position, job in enumerate(jobs):
        moved(operator, job, farm, position=position)
    farmer = client(as_=people.farmer)
    ranges = [farmer.get(f"/api/v1/jobs/{job.id}/arrival").json() for job in jobs]
    assert all(one["arrives_from"] < one["arrives_until"] for one in ranges)
    assert client(as_=people.neighbour).get(f"/api/v1/jobs/{jobs[0].id}/arrival").status_code == 404


@pytest.mark.usefixtures("farm")
def test_dead_visits_do_not_stand_in_the_way(client: Client, farm: Farm, people: People, session: Session) -> None:
    gone, job, operator = farm.job(), farm.job(), client(as_=people.operator)
    operator.put(f"/api/v1/jobs/{gone.id}/visit", json={"starts_at": at(5, 5).isoformat()})
    operator.post(f"/api/v1/jobs/{gone.id}/cancel", json={"reason": "mưa"})
    moved(operator, job, farm)
    assert session.exec(select(Visit.job_id).where(col(Visit.cooperative_id) == job.cooperative_id)).all() == [job.id]


def test_the_afternoon_of_one_long_working_day_ends_with_it(
    client: Client, farm: Farm, people: People, session: Session
) -> None:
    """Nobody who works from six to six begins again at noon and goes on until midnight."""
    people.cooperative.work_windows = [WorkWindow(starts=time(6), ends=time(18))]
    session.flush()
    operator = client(as_=people.operator)
    fits = look(operator, farm.job(service_s=5 * 3600), farm, half="pm").json()
    assert (fits["starts_at"], fits["breaks"]) == ("2026-03-11T05:05:00Z", [])
    runs_over = look(operator, farm.job(service_s=8 * 3600), farm, half="pm").json()
    assert [one["code"] for one in runs_over["breaks"]] == ["outside_work_hours"]
    whole = look(operator, farm.job(service_s=8 * 3600), farm).json()
    assert whole["breaks"] == []
