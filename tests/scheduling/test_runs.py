"""Searching a plan in the background: joined, watched, stopped, compared, accepted whole, never done twice."""

from collections.abc import Callable
from datetime import time, timedelta
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlmodel import Session, col, select

from drone_service.access import queries as access_queries
from drone_service.access.rules import WorkWindow
from drone_service.booking.models import Job
from drone_service.booking.rules import HalfDay, State
from drone_service.engine.schedule import check as engine_check
from drone_service.kit.db import Database
from drone_service.kit.tasks import TaskRun
from drone_service.notify.models import Message
from drone_service.notify.rules import MessageKind
from drone_service.scheduling import queries, runs, tasks
from drone_service.scheduling.deps import roads_of
from drone_service.scheduling.models import PlanRun
from drone_service.scheduling.proposal import RunState
from tests.conftest import NOW
from tests.people import People
from tests.scheduling.rows import DAY, Farm, at, other_aircraft
from tests.scheduling.test_moves import told
from tests.scheduling.test_plan import Winding

Client = Callable[..., Any]
TODAY = DAY - timedelta(days=1)


@pytest.fixture
def work(database: Database, session: Session, people: People) -> Callable[[str], None]:
    """Do what the worker does with a search, without a queue."""

    def run(run_id: str) -> None:
        session.commit()
        cooperative_id = people.cooperative.id
        tasks.optimise(TaskRun(database, "test", lambda: NOW), cooperative_id=cooperative_id, run_id=UUID(run_id))
        session.expire_all()

    return run


def ask(client: Any, **body: Any) -> Any:
    answer = client.post("/api/v1/plan-runs", json={"days": [str(DAY)], "seconds": 1} | body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def state_of(session: Session, job: Job) -> State:
    found = session.get(Job, (job.cooperative_id, job.id))
    assert found
    return found.state


def row(session: Session, people: People, run: Any) -> PlanRun:
    found = session.get(PlanRun, (people.cooperative.id, UUID(run["run_id"])))
    assert found
    return found


def test_from_asking_to_accepting(
    client: Client, farm: Farm, people: People, session: Session, work: Callable[[str], None]
) -> None:
    jobs, operator = [farm.job() for _ in range(4)], client(as_=people.operator)
    asked = ask(operator)
    assert (asked["state"], asked["moved"]) == ("waiting", [])
    work(asked["run_id"])
    shown = operator.get(f"/api/v1/plan-runs/{asked['run_id']}").json()
    assert (shown["state"], shown["progress"], len(shown["moved"])) == ("ready", 1.0, 4)
    assert (shown["before"]["jobs"], shown["after"]["jobs"]) == (0, 4)
    assert shown["after"]["value_vnd"] == 4 * 180_000
    assert state_of(session, jobs[0]) is State.CONFIRMED  # nothing changes before somebody accepts
    made = operator.post(f"/api/v1/plan-runs/{asked['run_id']}/accept")
    assert (made.status_code, made.json()["visits"]) == (201, 4)
    assert {state_of(session, job) for job in jobs} == {State.SCHEDULED}
    assert operator.post(f"/api/v1/plan-runs/{asked['run_id']}/accept").status_code == 409
    assert operator.post(f"/api/v1/schedule-changes/{made.json()['change_id']}/undo").status_code == 201
    assert {state_of(session, job) for job in jobs} == {State.CONFIRMED}


def test_an_accepted_plan_has_the_ways_of_the_router(
    client: Client, farm: Farm, people: People, work: Callable[[str], None], app: FastAPI
) -> None:
    app.dependency_overrides[roads_of] = Winding
    for _ in range(3):
        farm.job()
    operator = client(as_=people.operator)
    asked = ask(operator)
    work(asked["run_id"])
    assert operator.post(f"/api/v1/plan-runs/{asked['run_id']}/accept").status_code == 201
    visits = operator.get(f"/api/v1/days/{DAY}").json()["visits"]
    assert [visit["travel_s"] for visit in visits] == [3600] * 3


def test_two_requests_for_the_same_days_join(client: Client, farm: Farm, people: People) -> None:
    farm.job()
    first = ask(client(as_=people.operator))
    assert ask(client(as_=people.owner))["run_id"] == first["run_id"]
    assert ask(client(as_=people.owner), days=[str(DAY + timedelta(days=1))])["run_id"] != first["run_id"]


def test_a_search_that_was_begun_by_a_dead_worker_goes_on_once(
    client: Client, farm: Farm, people: People, session: Session, work: Callable[[str], None]
) -> None:
    farm.job()
    asked = ask(client(as_=people.operator))
    begun = row(session, people, asked)
    begun.state, begun.attempts, begun.progress = RunState.RUNNING, 1, 0.5
    work(asked["run_id"])
    ended = row(session, people, asked)
    assert (ended.state, ended.attempts, ended.active_key) == (RunState.READY, 2, None)
    version = ended.version
    work(asked["run_id"])  # delivered once more: nothing happens
    assert row(session, people, asked).version == version


def test_a_worker_that_dies_again_and_again_is_not_replaced_for_ever(
    client: Client, farm: Farm, people: People, session: Session, work: Callable[[str], None]
) -> None:
    farm.job()
    asked = ask(client(as_=people.operator))
    row(session, people, asked).attempts = tasks.MAX_ATTEMPTS
    work(asked["run_id"])
    assert (row(session, people, asked).state, row(session, people, asked).failure) == (RunState.FAILED, "attempts")
    assert ask(client(as_=people.operator))["run_id"] != asked["run_id"]


def test_stop_keeps_the_best(
    client: Client, farm: Farm, people: People, work: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would search for two minutes; somebody asked to stop before the first look."""
    farm.job()
    monkeypatch.setattr(tasks, "LOOK_EVERY_S", 0.0)
    operator = client(as_=people.operator)
    asked = ask(operator, seconds=120)
    operator.post(f"/api/v1/plan-runs/{asked['run_id']}/stop")
    work(asked["run_id"])
    shown = operator.get(f"/api/v1/plan-runs/{asked['run_id']}").json()
    assert (shown["state"], shown["after"]["jobs"]) == ("ready", 1)


def test_a_plan_for_another_schedule_is_refused(
    client: Client, farm: Farm, people: People, session: Session, work: Callable[[str], None]
) -> None:
    first, second, operator = farm.job(), farm.job(), client(as_=people.operator)
    asked = ask(operator)
    work(asked["run_id"])
    operator.put(f"/api/v1/jobs/{first.id}/visit", json={"starts_at": at(7).isoformat()})
    answer = operator.post(f"/api/v1/plan-runs/{asked['run_id']}/accept")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/scheduling.plan_outdated")
    assert state_of(session, second) is State.CONFIRMED


def test_discarded_is_discarded(client: Client, farm: Farm, people: People, work: Callable[[str], None]) -> None:
    farm.job()
    operator = client(as_=people.operator)
    asked = ask(operator)
    assert operator.post(f"/api/v1/plan-runs/{asked['run_id']}/discard").json()["state"] == "discarded"
    work(asked["run_id"])
    assert operator.post(f"/api/v1/plan-runs/{asked['run_id']}/accept").status_code == 409


def test_an_unsound_plan_is_never_kept(
    client: Client, farm: Farm, people: People, session: Session, work: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    farm.job()
    fault = engine_check.Fault("travel", "x", "made up")
    monkeypatch.setattr(tasks, "check", lambda _problem, _plan: [fault])
    asked = ask(client(as_=people.operator))
    with pytest.raises(RuntimeError, match="made up"):
        work(asked["run_id"])
    assert (row(session, people, asked).state, row(session, people, asked).best) == (RunState.FAILED, None)


def turn(client: Any, work: Callable[[str], None], day: Any = TODAY, **body: Any) -> Any:
    answer = client.post(f"/api/v1/days/{day}/turns", json=body)
    assert answer.status_code == 201, answer.text
    work(answer.json()["run_id"])
    return client.get(f"/api/v1/plan-runs/{answer.json()['run_id']}").json()


def get_run(client: Any, run: Any) -> Any:
    return client.get(f"/api/v1/plan-runs/{run['run_id']}").json()


def said(session: Session, job: Job, kind: MessageKind) -> str:
    """Return the newest message of a kind to the farmer of a job."""
    farmer = access_queries.get_person(session, job.cooperative_id, job.farmer_id)
    statement = select(Message).where(
        col(Message.cooperative_id) == job.cooperative_id,
        col(Message.phone_e164) == farmer.phone_e164,
        col(Message.kind) == kind,
    )
    return session.exec(statement.order_by(col(Message.created_at).desc(), col(Message.id).desc())).all()[0].text


def place(client: Any, job: Job, hour: int, *, day: Any = TODAY, pinned: bool = False, **more: Any) -> None:
    body = {"starts_at": at(hour, day=day).isoformat(), "pinned": pinned} | more
    assert client.put(f"/api/v1/jobs/{job.id}/visit", json=body).status_code == 200


def today(farm: Farm, **changes: Any) -> Job:
    return farm.job(**({"allowed_from": TODAY, "allowed_until": TODAY} | changes))


def test_rain_moves_what_it_reaches_and_tells(
    client: Client, farm: Farm, people: People, session: Session, work: Callable[[str], None]
) -> None:
    """It is 08:30; rain from 15:00 to 17:00 reaches the job at 16:00, not the one at 09:00."""
    early, late, operator = today(farm), today(farm), client(as_=people.operator)
    place(operator, early, 9)
    place(operator, late, 16)
    shown = turn(
        operator, work, kind="rain", starts_at=at(15, day=TODAY).isoformat(), ends_at=at(17, day=TODAY).isoformat()
    )
    assert [one["job_number"] for one in shown["moved"] if one["breaks_told_time"]] == [late.number]
    assert {one["job_number"]: one["why_code"] for one in shown["moved"]}[late.number] == "weather"
    assert operator.post(f"/api/v1/plan-runs/{shown['run_id']}/accept").status_code == 201
    # Accepted, it still says what moved from where, and why.
    kept = [(one["job_number"], one["starts_before"], one["why_code"]) for one in get_run(operator, shown)["moved"]]
    assert kept == [(one["job_number"], one["starts_before"], one["why_code"]) for one in shown["moved"]]
    visit = queries.find_visit(session, late.cooperative_id, late.id)
    assert visit
    assert not at(14, 30, TODAY) < visit.starts_at < at(17, day=TODAY)
    assert told(session, late).count(MessageKind.JOB_MOVED) == 1
    assert "Vào giờ cũ thời tiết quá xấu." in said(session, late, MessageKind.JOB_MOVED)


def test_what_has_begun_stays(client: Client, farm: Farm, people: People, work: Callable[[str], None]) -> None:
    """The job that began at 09:00 takes two hours longer, so the one at 10:00 gives way."""
    begun, following, operator = today(farm), today(farm), client(as_=people.operator)
    place(operator, begun, 9)
    place(operator, following, 10)
    assert operator.post(f"/api/v1/jobs/{begun.id}/start", json={}).status_code in (200, 201)
    shown = turn(operator, work, kind="late", job_id=str(begun.id), minutes=120)
    assert [one["job_number"] for one in shown["moved"]] == [following.number]
    assert (shown["moved"][0]["why_code"], shown["moved"][0]["why"]) == (
        "late",
        "Lúc đó tổ bay chưa xong: việc trước kéo dài hơn.",
    )
    moved_to = shown["moved"][0]["starts_after"]
    assert moved_to is None or moved_to >= at(11, 30, TODAY).isoformat()


def test_an_aircraft_that_is_down_gives_its_jobs_to_the_other(
    client: Client, farm: Farm, people: People, session: Session, work: Callable[[str], None]
) -> None:
    other = other_aircraft(session, people.cooperative.id)
    job, operator = today(farm), client(as_=people.operator)
    place(operator, job, 15, pinned=True, aircraft_id=str(farm.aircraft.id))
    shown = turn(operator, work, kind="aircraft_down", aircraft_id=str(farm.aircraft.id))
    assert [(one["aircraft_after"], one["why_code"]) for one in shown["moved"]] == [(str(other.id), "shift_gone")]


def test_an_absent_farmer_waits_and_is_told(
    client: Client, farm: Farm, people: People, session: Session, work: Callable[[str], None]
) -> None:
    job, operator = today(farm), client(as_=people.operator)
    place(operator, job, 15)
    shown = turn(operator, work, kind="absent", job_id=str(job.id))
    assert [(one["starts_after"], one["why_code"]) for one in shown["moved"]] == [(None, "absent")]
    assert operator.post(f"/api/v1/plan-runs/{shown['run_id']}/accept").status_code == 201
    assert state_of(session, job) is State.CONFIRMED
    assert told(session, job).count(MessageKind.JOB_POSTPONED) == 1
    assert "Xin lỗi vì đã đổi giờ." in said(session, job, MessageKind.JOB_POSTPONED)


def test_a_job_that_moves_for_the_good_of_the_plan_says_so_and_a_new_one_needs_no_reason(
    client: Client, farm: Farm, people: People, work: Callable[[str], None]
) -> None:
    """Two of one product with one of another between them cost two washings; the plan puts the pair together."""
    first, between, last = farm.job(), farm.job(wash_group="fungicide"), farm.job()
    new, operator = farm.job(), client(as_=people.operator)
    for job, hour in ((first, 6), (between, 7), (last, 8)):
        place(operator, job, hour, day=DAY)
    asked = ask(operator)
    work(asked["run_id"])
    why = {one["job_number"]: one["why_code"] for one in get_run(operator, asked)["moved"]}
    assert why.pop(new.number) is None
    assert set(why.values()) <= {"better", "no_time"}
    assert "better" in why.values()


def test_an_urgent_job_comes_in(client: Client, farm: Farm, people: People, work: Callable[[str], None]) -> None:
    """The afternoon has room for one job of two hours: the urgent one takes the place of one that was promised."""
    long = {"service_s": 2 * 3600 - 1200, "half_days": [HalfDay.AFTERNOON]}
    promised, urgent, operator = today(farm, **long), today(farm, **long), client(as_=people.operator)
    place(operator, promised, 15)
    shown = turn(operator, work, kind="urgent", job_id=str(urgent.id))
    after = {one["job_number"]: one["starts_after"] for one in shown["moved"]}
    assert after[urgent.number] is not None


def test_a_report_that_is_corrected_is_searched_for_anew(client: Client, farm: Farm, people: People) -> None:
    """The same again joins the search that is on; more minutes are something else."""
    operator, job = client(as_=people.operator), today(farm)
    body = {"kind": "late", "aircraft_id": str(farm.aircraft.id), "minutes": 10}
    first, again, more = (
        operator.post(f"/api/v1/days/{TODAY}/turns", json=one).json()["run_id"]
        for one in (body, body, body | {"minutes": 40})
    )
    assert first == again != more
    assert job.id


def test_an_incomplete_report_says_so(client: Client, farm: Farm, people: People) -> None:
    operator = client(as_=people.operator)
    for body in ({"kind": "rain"}, {"kind": "late"}, {"kind": "urgent"}, {"kind": "aircraft_down"}):
        answer = operator.post(f"/api/v1/days/{TODAY}/turns", json=body)
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/scheduling.turn_incomplete")
    assert farm.aircraft.active
    assert runs.OPTIMISE == "scheduling.optimise"  # the name is stored in queues and never changes


def test_an_absent_farmer_is_not_held_by_a_pin(
    client: Client, farm: Farm, people: People, session: Session, work: Callable[[str], None]
) -> None:
    """A time given by hand is agreed with the farmer, and the farmer is not there."""
    job, operator = today(farm), client(as_=people.operator)
    place(operator, job, 15, pinned=True)
    shown = turn(operator, work, kind="absent", job_id=str(job.id))
    assert [(one["starts_after"], one["why_code"]) for one in shown["moved"]] == [(None, "absent")]
    assert operator.post(f"/api/v1/plan-runs/{shown['run_id']}/accept").status_code == 201
    assert state_of(session, job) is State.CONFIRMED


@pytest.mark.parametrize("state", [State.REQUESTED, State.IN_PROGRESS, State.CANCELLED, State.PAID])
@pytest.mark.parametrize("kind", ["urgent", "absent"])
def test_a_job_that_cannot_get_or_lose_a_place_is_not_reported(
    client: Client, farm: Farm, people: People, kind: str, state: State
) -> None:
    """The search would change nothing, and the owner would think that it had."""
    job, operator = today(farm, state=state), client(as_=people.operator)
    answer = operator.post(f"/api/v1/days/{TODAY}/turns", json={"kind": kind, "job_id": str(job.id)})
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/booking.move_not_allowed")


@pytest.mark.parametrize("kind", ["late", "early"])
def test_a_job_without_a_place_is_neither_late_nor_early(client: Client, farm: Farm, people: People, kind: str) -> None:
    job, operator = today(farm), client(as_=people.operator)
    answer = operator.post(f"/api/v1/days/{TODAY}/turns", json={"kind": kind, "job_id": str(job.id), "minutes": 10})
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/scheduling.turn_incomplete")


def test_a_plan_for_an_aircraft_that_went_out_of_service_is_refused(
    client: Client, farm: Farm, people: People, session: Session, work: Callable[[str], None]
) -> None:
    job, operator = farm.job(), client(as_=people.operator)
    asked = ask(operator)
    work(asked["run_id"])
    other_aircraft(session, people.cooperative.id)
    farm.aircraft.active = False
    answer = operator.post(f"/api/v1/plan-runs/{asked['run_id']}/accept")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/scheduling.plan_outdated")
    assert state_of(session, job) is State.CONFIRMED


def test_a_plan_for_other_working_hours_is_refused(
    client: Client, farm: Farm, people: People, session: Session, work: Callable[[str], None]
) -> None:
    job, operator = farm.job(), client(as_=people.operator)
    asked = ask(operator)
    work(asked["run_id"])
    people.cooperative.work_windows = [WorkWindow(starts=time(15), ends=time(18))]
    answer = operator.post(f"/api/v1/plan-runs/{asked['run_id']}/accept")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/scheduling.plan_outdated")
    assert state_of(session, job) is State.CONFIRMED


def test_what_a_turn_did_is_taken_back_on_a_locked_day_too(
    client: Client, farm: Farm, people: People, session: Session, work: Callable[[str], None]
) -> None:
    """A published day is locked, and planned all the same when something happens on it."""
    job, operator = today(farm), client(as_=people.operator)
    place(operator, job, 15)
    assert operator.post(f"/api/v1/days/{TODAY}/publish").status_code == 200
    shown = turn(operator, work, kind="absent", job_id=str(job.id))
    made = operator.post(f"/api/v1/plan-runs/{shown['run_id']}/accept")
    assert operator.post(f"/api/v1/schedule-changes/{made.json()['change_id']}/undo").status_code == 201
    assert state_of(session, job) is State.SCHEDULED


def test_an_aircraft_that_is_down_until_the_end_of_time_is_down(
    client: Client, farm: Farm, people: People, work: Callable[[str], None]
) -> None:
    job, operator = today(farm), client(as_=people.operator)
    place(operator, job, 15)
    end = "9999-12-31T23:59:59Z"
    shown = turn(operator, work, kind="aircraft_down", aircraft_id=str(farm.aircraft.id), ends_at=end)
    assert [(one["starts_after"], one["why_code"]) for one in shown["moved"]] == [(None, "shift_gone")]


def test_a_time_held_by_hand_gives_way_only_where_it_cannot_be_kept(
    client: Client, farm: Farm, people: People, session: Session, work: Callable[[str], None]
) -> None:
    """The crew is free at 09:30 only: the visit at 09:00 goes to another time and its farmer hears of it."""
    soon, later, operator = today(farm), today(farm), client(as_=people.operator)
    place(operator, soon, 9, pinned=True)
    place(operator, later, 16, pinned=True)
    shown = turn(operator, work, kind="late", aircraft_id=str(farm.aircraft.id), minutes=60)
    assert [(one["job_number"], one["why_code"]) for one in shown["moved"]] == [(soon.number, "late")]
    assert operator.post(f"/api/v1/plan-runs/{shown['run_id']}/accept").status_code == 201
    assert told(session, soon).count(MessageKind.JOB_MOVED) == 1
    assert "việc trước" in said(session, soon, MessageKind.JOB_MOVED).lower()


def test_a_job_that_takes_longer_is_waited_for_by_what_was_held_behind_it(
    client: Client, farm: Farm, people: People, work: Callable[[str], None]
) -> None:
    begun, behind, operator = today(farm), today(farm), client(as_=people.operator)
    place(operator, begun, 9)
    place(operator, behind, 15, pinned=True)
    assert operator.post(f"/api/v1/jobs/{begun.id}/start", json={}).status_code in (200, 201)
    shown = turn(operator, work, kind="late", job_id=str(begun.id), minutes=6 * 60)  # until 15:30
    (moved,) = shown["moved"]
    assert (moved["job_number"], moved["why_code"]) == (behind.number, "late")
    assert moved["starts_after"] is None or moved["starts_after"] >= at(15, 30, TODAY).isoformat()


def test_rain_moves_also_what_was_held_by_hand(
    client: Client, farm: Farm, people: People, work: Callable[[str], None]
) -> None:
    wet, dry, operator = today(farm), today(farm), client(as_=people.operator)
    place(operator, dry, 9, pinned=True)
    place(operator, wet, 15, pinned=True)
    shown = turn(
        operator, work, kind="rain", starts_at=at(15, day=TODAY).isoformat(), ends_at=at(17, day=TODAY).isoformat()
    )
    assert [(one["job_number"], one["why_code"]) for one in shown["moved"]] == [(wet.number, "weather")]


def test_a_plan_that_nobody_answered_is_forgotten_with_its_days(
    client: Client, farm: Farm, people: People, session: Session, work: Callable[[str], None]
) -> None:
    """The board of every later day would say that it is ready to be looked at."""
    farm.job()
    asked = ask(client(as_=people.operator))
    work(asked["run_id"])
    actor = people.operator.actor
    found = runs.find_open(session, actor, at(23, day=DAY))
    assert found
    assert str(found.id) == asked["run_id"]
    assert runs.find_open(session, actor, at(1, day=DAY + timedelta(days=1))) is None
