"""The board without a script: take a job into the hand, see what it costs, confirm, take it back."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import Session

from drone_service.booking.models import Job
from drone_service.booking.rules import State
from drone_service.kit.db import Database
from drone_service.kit.tasks import TaskRun
from drone_service.scheduling import queries
from drone_service.scheduling.tasks import optimise
from tests.conftest import NOW, Client
from tests.people import People
from tests.scheduling.rows import DAY, Farm, make_farm, other_aircraft

HERE = {"sec-fetch-site": "same-origin", "origin": "http://testserver"}
ENGLISH = {"cookie": "lang=en"}


@pytest.fixture
def farm(session: Session, people: People) -> Farm:
    return make_farm(session, people)


def send(client: Client, path: str, **form: Any) -> Any:
    return client.post(path, data=form, headers=HERE | ENGLISH)


def state_of(session: Session, job: Job) -> State:
    found = session.get(Job, (job.cooperative_id, job.id))
    assert found is not None
    return found.state


def fields_of(text: str, action: str) -> dict[str, str]:
    """Return the hidden fields of the form that is sent to an address."""
    form = re.search(rf'<form method="post" action="{action}".*?</form>', text, re.DOTALL)
    assert form, action
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form[0]))


def put(client: Client, farm: Farm, job: Job, half: str = "am") -> Any:
    """Follow the links of the board to the confirmation and confirm."""
    shown = client.get(f"/board/moves/{job.id}?aircraft_id={farm.aircraft.id}&day={DAY}&half={half}", headers=ENGLISH)
    assert shown.status_code == 200
    return send(client, f"/board/moves/{job.id}", **fields_of(shown.text, f"/board/moves/{job.id}"))


@pytest.mark.usefixtures("farm")
def test_who_may_open_the_board(client: Callable[..., Client], people: People) -> None:
    everybody = (people.farmer, people.agent, people.operator, people.owner)
    assert [client(who).get("/board").status_code for who in everybody] == [403, 403, 200, 200]
    assert client(people.visitor).get("/board").headers["location"].startswith("/login")


@pytest.mark.parametrize("language", ["vi", "km", "en"])
def test_the_board_opens_in_every_language(
    client: Callable[..., Client], people: People, farm: Farm, language: str, session: Session
) -> None:
    other_aircraft(session, people.cooperative.id)
    placed, waiting, operator = farm.job(), farm.job(), client(people.operator)
    put(operator, farm, placed)
    for job in ("", f"?job={placed.id}", f"?job={waiting.id}"):
        answer = operator.get(f"/board{job}", headers={"cookie": f"lang={language}"})
        assert answer.status_code == 200
        assert "style=" not in answer.text


def test_from_the_side_to_a_half_day_and_back(
    client: Callable[..., Client], people: People, farm: Farm, session: Session
) -> None:
    job, operator = farm.job(), client(people.operator)
    board = operator.get(f"/board?job={job.id}", headers=ENGLISH).text
    address = re.search(rf'href="(/board/moves/{job.id}[^"]+{DAY}[^"]+)"', board)
    assert address
    shown = operator.get(address[1].replace("&amp;", "&"), headers=ENGLISH)
    assert "Nothing: every agreed day and told time is kept" in shown.text
    assert state_of(session, job) is State.CONFIRMED
    done = send(operator, f"/board/moves/{job.id}", **fields_of(shown.text, f"/board/moves/{job.id}"))
    assert done.status_code == 303
    assert state_of(session, job) is State.SCHEDULED
    after = operator.get(done.headers["location"]).text
    undo = re.search(r'action="(/board/changes/[^"]+)"', after)
    assert undo
    assert send(operator, undo[1]).status_code == 303
    assert state_of(session, job) is State.CONFIRMED
    assert send(operator, undo[1]).status_code == 409


def test_the_order_is_chosen(client: Callable[..., Client], people: People, farm: Farm) -> None:
    first, second, operator = farm.job(), farm.job(), client(people.operator)
    put(operator, farm, first)
    path = f"/board/moves/{second.id}?aircraft_id={farm.aircraft.id}&day={DAY}&half=am&position=0"
    shown = operator.get(path, headers=ENGLISH).text
    assert f"before #{first.number}" in shown
    assert "Other jobs that move" in shown


def test_pin_take_off_lock_and_publish(
    client: Callable[..., Client], people: People, farm: Farm, session: Session
) -> None:
    job, operator = farm.job(), client(people.operator)
    put(operator, farm, job)
    assert send(operator, f"/board/jobs/{job.id}/pin", pinned="true").status_code == 303
    assert queries.find_visit(session, job.cooperative_id, job.id).pinned  # type: ignore[union-attr]
    assert send(operator, f"/board/jobs/{job.id}/pin").status_code == 303
    assert not queries.find_visit(session, job.cooperative_id, job.id).pinned  # type: ignore[union-attr]
    assert send(operator, f"/board/days/{DAY}/publish").status_code == 303
    assert queries.find_visit(session, job.cooperative_id, job.id).told_from  # type: ignore[union-attr]
    refused = send(operator, f"/board/jobs/{job.id}/take-off")
    assert refused.status_code == 409
    assert "This day is locked" in refused.text
    assert send(operator, f"/board/days/{DAY}/lock").status_code == 303
    assert send(operator, f"/board/jobs/{job.id}/take-off").status_code == 303
    assert state_of(session, job) is State.CONFIRMED


def test_a_change_in_between_is_shown(client: Callable[..., Client], people: People, farm: Farm) -> None:
    first, second, operator = farm.job(), farm.job(), client(people.operator)
    path = f"/board/moves/{first.id}?aircraft_id={farm.aircraft.id}&day={DAY}&half=am"
    form = fields_of(operator.get(path, headers=ENGLISH).text, f"/board/moves/{first.id}")
    put(operator, farm, second)
    answer = send(operator, f"/board/moves/{first.id}", **form)
    assert answer.status_code == 409
    assert "The schedule has changed" in answer.text
    fresh = fields_of(answer.text, f"/board/moves/{first.id}")
    assert send(operator, f"/board/moves/{first.id}", **fresh).status_code == 303


def test_why_a_promise_moves_is_read_beside_it_before_and_after_it_is_accepted(
    client: Callable[..., Client], people: People, farm: Farm, session: Session, database: Database
) -> None:
    """The aircraft is down, so its job waits."""
    job, owner = farm.job(), client(people.owner)
    put(owner, farm, job)
    asked = owner.post(
        f"/api/v1/days/{DAY}/turns", json={"kind": "aircraft_down", "aircraft_id": str(farm.aircraft.id)}
    )
    run_id = asked.json()["run_id"]
    session.commit()
    optimise(TaskRun(database, "test", lambda: NOW), cooperative_id=job.cooperative_id, run_id=UUID(run_id))
    shown = owner.get(f"/board/runs/{run_id}", headers=ENGLISH).text
    assert "Its aircraft and crew do not work then." in shown
    assert send(owner, f"/board/runs/{run_id}/accept").status_code == 303
    after = owner.get(f"/board/runs/{run_id}", headers=ENGLISH).text
    assert "What changed (1)" in after
    assert "Its aircraft and crew do not work then." in after
    assert "the schedule as it stands is as good" not in after


@pytest.mark.parametrize("day", ["0001-01-01", "2200-12-31", "9999-12-31"])
def test_odd_days_of_the_forms_are_said(client: Callable[..., Client], people: People, farm: Farm, day: str) -> None:
    """A week from the last day of all is none that can be reckoned with."""
    operator = client(as_=people.operator)
    search = {"first": day, "days": "7", "seconds": "1"}
    assert operator.post("/board/runs", data=search).status_code in (303, 422)
    rain = {"day": day, "kind": "rain", "starts": "05:00", "ends": "06:00"}
    assert operator.post("/board/turns", data=rain).status_code in (303, 422)
    assert farm.aircraft.active


def test_a_plan_that_changed_nothing_is_taken_back_all_the_same(
    client: Callable[..., Client], people: People, farm: Farm
) -> None:
    operator = client(as_=people.operator)
    change = operator.post(f"/api/v1/days/{DAY}/plan", json={}).json()["change_id"]
    assert operator.post(f"/board/changes/{change}/undo").status_code == 303
    assert farm.aircraft.active


def test_a_job_that_fits_into_no_day_leaves_the_board_and_says_why(
    client: Callable[..., Client], people: People, farm: Farm
) -> None:
    job, operator = farm.job(service_s=13 * 3600), client(people.operator)
    taken, put_down = f"/board?first={DAY}&job={job.id}", f"/board/moves/{job.id}?day={DAY}&half=am"
    for path, heading in ((taken, "Board"), (f"{put_down}&aircraft_id={farm.aircraft.id}", "This was")):
        shown = operator.get(path, headers=ENGLISH)
        assert shown.status_code == 422
        assert re.search(rf"<h1>{heading}", shown.text)
        assert "Too long for one day" in shown.text
