"""Planning a day: what waits is placed, what is agreed stays, nothing overlaps, all or nothing."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from fastapi import FastAPI
from sqlalchemy import event
from sqlmodel import Session, col, select

from drone_service.booking.models import Job
from drone_service.booking.rules import HalfDay, State
from drone_service.engine.schedule import check as engine_check
from drone_service.engine.schedule.problem import Matrix
from drone_service.kit.db import Database
from drone_service.notify.models import Message
from drone_service.notify.rules import MessageKind
from drone_service.scheduling import arrange, moves
from drone_service.scheduling.changing import change
from drone_service.scheduling.deps import roads_of
from drone_service.scheduling.proposal import ChangeKind, VisitState
from drone_service.scheduling.roads import NoRoads, Place
from drone_service.scheduling.rules import SlotTaken
from tests.conftest import NOW
from tests.people import People
from tests.scheduling.rows import DAY, Farm, at

Client = Callable[..., Any]


def plan(client: Any, **body: Any) -> Any:
    return client.post(f"/api/v1/days/{DAY}/plan", json=body)


def test_waiting_jobs_are_placed_without_overlap(client: Client, farm: Farm, people: People) -> None:
    jobs = [farm.job() for _ in range(6)]
    answer = plan(client(as_=people.operator))
    assert answer.status_code == 200
    body = answer.json()
    assert (body["placed"], body["moved"], body["dropped"], body["left_out"]) == (6, 0, 0, [])
    assert body["travel"] == "great_circle"
    visits = body["days"][0]["visits"]
    assert {visit["job_id"] for visit in visits} == {str(job.id) for job in jobs}
    for before, after in pairwise(visits):
        assert before["ends_at"] <= after["starts_at"]
    assert all(visit["warnings"] == [] for visit in visits)
    assert body["days"][0]["waiting"] == []


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_the_first_and_the_last_day_of_all_are_empty(client: Client, people: People, day: str) -> None:
    answer = client(as_=people.operator).get(f"/api/v1/days/{day}")
    assert (answer.status_code, answer.json()["visits"]) == (200, [])


def test_a_pinned_visit_stays_and_the_rest_is_planned_round_it(client: Client, farm: Farm, people: People) -> None:
    operator, pinned = client(as_=people.operator), farm.job()
    operator.put(f"/api/v1/jobs/{pinned.id}/visit", json={"starts_at": at(7).isoformat()})
    for _ in range(5):
        farm.job()
    visits = {visit["job_id"]: visit for visit in plan(operator).json()["days"][0]["visits"]}
    assert len(visits) == 6
    assert visits[str(pinned.id)]["starts_at"] == at(7).isoformat().replace("+00:00", "Z")


def test_farmers_are_told_of_the_whole_day(client: Client, farm: Farm, people: People) -> None:
    """The crew may be late from the jobs before: those were not placed yet when each farmer was told on the way."""
    jobs = [farm.job() for _ in range(6)]
    operator = client(as_=people.operator)
    plan(operator)
    arrivals = [operator.get(f"/api/v1/jobs/{job.id}/arrival").json() for job in jobs]
    assert [one["told_from"] for one in arrivals] == [one["arrives_from"] for one in arrivals]
    assert [one["told_until"] for one in arrivals] == [one["arrives_until"] for one in arrivals]


@pytest.mark.parametrize("path", ["/api/v1/days/{day}/plan", "/days/{day}/plan"])
def test_nobody_waits_at_the_lock_for_a_search(
    client: Client, farm: Farm, people: People, database: Database, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    writing, seen = [0], []
    opened, solve = database.open_session, arrange.solve

    def open_session(*, write: bool) -> Any:
        writing[0] += write
        return opened(write=write)

    def solved(*arguments: Any, **options: Any) -> Any:
        seen.append(writing[0] > 0)
        return solve(*arguments, **options)

    monkeypatch.setattr(database, "open_session", open_session)
    monkeypatch.setattr(arrange, "solve", solved)
    job, operator = farm.job(), client(as_=people.operator)
    assert operator.post(path.format(day=DAY)).status_code in (200, 303)
    assert seen == [False]
    assert operator.get(f"/api/v1/jobs/{job.id}/visit").status_code == 200


def test_what_was_searched_for_another_schedule_is_searched_again(session: Session, farm: Farm, people: People) -> None:
    now, actor, roads = at(8, 30, DAY - timedelta(days=1)), people.operator.actor, NoRoads()
    searched = arrange.search(session, actor=actor, days=[DAY], roads=roads, now=now)
    farm.job()
    done = arrange.plan_days(session, actor=actor, days=[DAY], roads=roads, now=now, searched=searched)
    assert done.placed == 1


def test_a_farmer_whose_job_the_plan_drops_hears_of_it(
    client: Client, farm: Farm, people: People, session: Session
) -> None:
    job, operator = farm.job(), client(as_=people.operator)
    plan(operator)
    stored = session.get(Job, (job.cooperative_id, job.id))
    assert stored
    stored.service_s = 6 * 3600  # longer than either shift
    assert plan(operator).json()["dropped"] == 1
    kinds = session.exec(select(Message.kind).where(col(Message.cooperative_id) == people.cooperative.id)).all()
    assert list(kinds) == [MessageKind.JOB_SCHEDULED, MessageKind.JOB_POSTPONED]


def test_a_planned_day_is_taken_back_as_one_change(client: Client, farm: Farm, people: People) -> None:
    jobs, operator = [farm.job(), farm.job()], client(as_=people.operator)
    done = plan(operator).json()
    assert operator.post(f"/api/v1/schedule-changes/{done['change_id']}/undo").status_code == 201
    assert [operator.get(f"/api/v1/jobs/{job.id}/visit").status_code for job in jobs] == [404, 404]


def test_planning_again_moves_nothing(client: Client, farm: Farm, people: People) -> None:
    for _ in range(4):
        farm.job()
    operator = client(as_=people.operator)
    first = plan(operator).json()
    again = plan(operator).json()
    assert (again["placed"], again["dropped"]) == (0, 0)
    assert len(again["days"][0]["visits"]) == len(first["days"][0]["visits"])


def test_a_job_that_does_not_fit_says_why(client: Client, farm: Farm, people: People) -> None:
    """The morning has five hours: of two jobs of three hours one waits, and the afternoon is proposed."""
    for _ in range(2):
        farm.job(service_s=3 * 3600 - 1800, half_days=[HalfDay.MORNING])
    left = plan(client(as_=people.operator)).json()["left_out"]
    assert [(row["reason_code"], row["change_code"]) for row in left] == [("no_time", "extend_shift")]
    assert left[0]["reason"]
    assert "11/03/2026" in left[0]["change"]


def test_several_days_are_planned_together(client: Client, farm: Farm, people: People) -> None:
    next_day = DAY + timedelta(days=1)
    farm.job()
    farm.job(allowed_from=next_day, allowed_until=next_day)
    body = plan(client(as_=people.operator), also=[str(next_day)]).json()
    assert [len(day["visits"]) for day in body["days"]] == [1, 1]


def test_hours_that_have_gone_are_not_planned(client: Client, farm: Farm, people: People) -> None:
    """It is 08:30 on the 10th; with 15 minutes of nothing but the rest of the morning, the visit is after that."""
    today = DAY - timedelta(days=1)
    farm.job(allowed_from=today, allowed_until=today)
    body = client(as_=people.operator).post(f"/api/v1/days/{today}/plan").json()
    assert body["days"][0]["visits"][0]["starts_at"] >= at(8, 30, today).isoformat()


@pytest.mark.usefixtures("farm")
def test_the_past_and_too_many_days_are_refused(client: Client, people: People) -> None:
    operator = client(as_=people.operator)
    assert operator.post(f"/api/v1/days/{DAY - timedelta(days=2)}/plan").status_code == 422
    many = [str(DAY + timedelta(days=number)) for number in range(1, 8)]
    assert plan(operator, also=many).status_code == 422


@pytest.mark.usefixtures("farm")
def test_who_may_plan(client: Client, people: People) -> None:
    assert plan(client(as_=people.farmer)).status_code == 403
    assert plan(client()).status_code == 401
    assert plan(client(as_=people.owner)).status_code == 200


def test_another_cooperative_plans_only_its_own(client: Client, farm: Farm, people: People, session: Session) -> None:
    job = farm.job()
    assert plan(client(as_=people.outsider)).status_code == 409  # it has no aircraft
    assert session.get(Job, (job.cooperative_id, job.id)).state is State.CONFIRMED  # type: ignore[union-attr]


def test_a_plan_that_is_not_sound_is_never_stored(
    client: Client, farm: Farm, people: People, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = farm.job()
    fault = engine_check.Fault("travel", "x", "made up")
    monkeypatch.setattr(arrange, "check", lambda _problem, _plan: [fault])
    operator = client(as_=people.operator)
    with pytest.raises(RuntimeError, match="made up"):
        plan(operator)
    assert session.get(Job, (job.cooperative_id, job.id)).state is State.CONFIRMED  # type: ignore[union-attr]


def test_jobs_of_a_day_without_aircraft(client: Client, farm: Farm, people: People, session: Session) -> None:
    farm.aircraft.active = False
    session.add(farm.aircraft)
    assert plan(client(as_=people.operator)).status_code == 409


def statements_of(session: Session, act: Callable[[], Any]) -> list[str]:
    engine, seen = session.get_bind(), list[str]()

    def note(*parts: Any) -> None:
        seen.append(parts[2])

    event.listen(engine, "before_cursor_execute", note)
    try:
        act()
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return seen


def test_jobs_are_read_and_written_together(client: Client, farm: Farm, people: People, session: Session) -> None:
    """Only the task that delivers each message is written by itself, by the queue, in two statements."""
    operator, counts = client(as_=people.operator), list[tuple[int, int]]()
    for more in (3, 6):
        for _ in range(more):
            farm.job(service_s=300)
        seen = statements_of(session, lambda: plan(operator))
        counts.append((len(seen), sum("workflow_" in text for text in seen)))
    (few, few_tasks), (many, many_tasks) = counts
    assert many_tasks - few_tasks >= 6
    assert (many - many_tasks) - (few - few_tasks) <= 4


def test_a_refusal_names_the_visit_that_has_no_room(
    client: Client, farm: Farm, people: People, session: Session
) -> None:
    """Of all that are written together, and not the first of them."""
    operator = client(as_=people.operator)
    stands, free, late = farm.job(), farm.job(), farm.job()
    operator.put(f"/api/v1/jobs/{stands.id}/visit", json={"starts_at": at(8).isoformat()})
    wanted = [
        VisitState(job_id=job.id, aircraft_id=farm.aircraft.id, starts_at=at(hour), ends_at=at(hour, 30))
        for job, hour in ((free, 6), (late, 8))
    ]
    with pytest.raises(SlotTaken) as refused:
        change(session, actor=people.operator.actor, kind=ChangeKind.PLAN, wanted=wanted, now=NOW)
    assert refused.value.params == {"from": "08:00", "until": "08:30"}


class Winding:
    """A router on whose roads every way takes an hour."""

    def between(self, places: Sequence[Place]) -> tuple[Matrix, Matrix]:
        away = 1.0 - np.eye(len(places))
        return 3_600.0 * away, 1.0 * away


def test_a_move_leaves_the_ways_of_the_router(
    client: Client, farm: Farm, people: People, session: Session, app: FastAPI
) -> None:
    """They were written anew by the great circle with every change by hand."""
    app.dependency_overrides[roads_of] = Winding
    operator, jobs = client(as_=people.operator), [farm.job() for _ in range(2)]
    assert {visit["travel_s"] for visit in plan(operator).json()["days"][0]["visits"]} == {3600}
    place = {"aircraft_id": str(farm.aircraft.id), "day": str(DAY), "half": "pm"}
    shown = operator.get(f"/api/v1/jobs/{jobs[0].id}/moves", params=place).json()
    moved = operator.post(f"/api/v1/jobs/{jobs[0].id}/moves", json={**place, "seen": shown["seen"]})
    assert moved.is_success, moved.text
    moves.pin(session, actor=people.operator.actor, job_id=jobs[1].id, pinned=True, now=NOW)

    def ways() -> set[int]:
        return {visit["travel_s"] for visit in operator.get(f"/api/v1/days/{DAY}").json()["visits"]}

    assert ways() == {3600}
    undone = operator.post(f"/api/v1/schedule-changes/{moved.json()['change_id']}/undo")
    assert undone.is_success, undone.text
    assert ways() == {3600}
    placed = operator.put(f"/api/v1/jobs/{farm.job().id}/visit", json={"starts_at": at(16).isoformat()})
    assert placed.is_success, placed.text
    assert ways() == {3600}
    assert operator.delete(f"/api/v1/jobs/{jobs[0].id}/visit").status_code == 204
    assert ways() == {3600}


class Island:
    """A router that knows no road to the second place it is asked for."""

    def between(self, places: Sequence[Place]) -> tuple[Matrix, Matrix]:
        away = 1.0 - np.eye(len(places))
        away[1, :] = away[:, 1] = np.inf
        away[1, 1] = 0.0
        return 600.0 * away, 3.0 * away


def test_a_field_to_which_the_router_knows_no_road_is_planned_by_the_great_circle(
    client: Client, farm: Farm, people: People, app: FastAPI
) -> None:
    app.dependency_overrides[roads_of] = Island
    operator = client(as_=people.operator)
    jobs = [farm.job() for _ in range(3)]
    planned = plan(operator).json()
    assert (planned["placed"], planned["travel"]) == (3, "roads")
    visits = planned["days"][0]["visits"]
    assert {visit["travel_s"] == 600 for visit in visits} == {True, False}
    assert all(visit["travel_km"] < 4 for visit in visits)
    place = {"aircraft_id": str(farm.aircraft.id), "day": str(DAY), "half": "pm"}
    for job in jobs:
        shown = operator.get(f"/api/v1/jobs/{job.id}/moves", params=place)
        assert shown.status_code == 200, shown.text
        assert abs(shown.json()["km"]) < 20
        assert operator.get(f"/board?first={DAY}&job={job.id}").status_code == 200
        put = operator.put(f"/api/v1/jobs/{job.id}/visit", json={"starts_at": at(16).isoformat()})
        assert put.status_code == 200, put.text
        assert operator.delete(f"/api/v1/jobs/{job.id}/visit").status_code == 204
    assert operator.get("/api/v1/gatherings", params={"first_day": str(DAY)}).status_code == 200
