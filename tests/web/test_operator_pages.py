"""The operator's journey through the pages, without a script."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col

from drone_service.booking.models import Job
from drone_service.booking.rules import State
from drone_service.fieldwork.models import Load, Work
from drone_service.kit.clock import local_day
from drone_service.web.operator import LONGEST_WAIT_S, PLACED_HERE
from tests.conftest import Client
from tests.people import People
from tests.scheduling.rows import DAY, Farm, make_farm, other_aircraft

HERE = {"sec-fetch-site": "same-origin", "origin": "http://testserver"}


@pytest.fixture
def farm(session: Session, people: People) -> Farm:
    return make_farm(session, people)


def send(client: Client, path: str, **form: Any) -> Any:
    return client.post(path, data=form, headers=HERE)


def state_of(session: Session, job: Job) -> State:
    found = session.get(Job, (job.cooperative_id, job.id))
    assert found is not None
    return found.state


PAGES = ("/today", "/tomorrow", "/week", f"/days/{DAY}", f"/days/{DAY}/print")


@pytest.mark.usefixtures("farm")
@pytest.mark.parametrize("path", PAGES)
def test_who_may_open_a_page(client: Callable[..., Client], people: People, path: str) -> None:
    everybody = (people.farmer, people.agent, people.operator, people.owner)
    assert [client(who).get(path).status_code for who in everybody] == [403, 403, 200, 200]
    assert client(people.visitor).get(path).headers["location"].startswith("/login")


@pytest.mark.parametrize("language", ["vi", "km", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_pages_with_jobs_open_in_every_language(
    client: Callable[..., Client], people: People, farm: Farm, path: str, language: str
) -> None:
    farm.job()
    placed, operator = farm.job(), client(people.operator)
    send(operator, f"/work/{placed.id}/place", day=str(DAY), at="06:00")
    answer = operator.get(path, headers={"cookie": f"lang={language}"})
    assert answer.status_code == 200
    assert "style=" not in answer.text


@pytest.mark.parametrize(
    "path", ["/days/0001-01-01", "/days/9999-12-31", "/week?first=9999-12-31", "/board?first=9999-12-31"]
)
def test_days_out_of_reach_are_refused(client: Callable[..., Client], people: People, path: str) -> None:
    assert client(people.operator).get(path).status_code in (404, 422)


def test_a_day_from_waiting_to_bill(
    client: Callable[..., Client], people: People, farm: Farm, session: Session
) -> None:
    job, operator = farm.job(), client(people.operator)
    assert "06:00" not in operator.get(f"/days/{DAY}").text
    assert send(operator, f"/days/{DAY}/plan").headers["location"] == f"/days/{DAY}"
    day = operator.get(f"/days/{DAY}", headers={"cookie": "lang=en"}).text
    assert f'href="/work/{job.id}"' in day
    assert 'href="geo:' in day
    assert 'href="tel:+84912000001"' in day
    assert send(operator, f"/work/{job.id}/start").status_code == 303
    sheet = operator.get(f"/work/{job.id}", headers={"cookie": "lang=en"}).text
    assert re.search(r"450\s*mL", sheet)
    load_id = re.search(r'name="load_id" value="([^"]+)"', sheet)
    assert load_id
    load = {"load_id": load_id[1], "area_m2": "5000", "quantity": "10,5", "minutes": "4"}
    assert send(operator, f"/work/{job.id}/loads", **load).status_code == 303
    assert send(operator, f"/work/{job.id}/finish", area_done_m2="10000", wind_m_s="1,5").status_code == 303
    assert state_of(session, job) is State.INVOICED
    assert operator.get(f"/work/{job.id}").status_code == 200
    log = client(people.farmer).get(f"/fields/{farm.field.id}/log", headers={"cookie": "lang=en"})
    assert log.status_code == 200
    assert "azoxystrobin" in log.text


def test_an_area_typed_as_the_page_writes_it_is_not_a_thousandth_of_it(
    client: Callable[..., Client], people: People, farm: Farm, session: Session
) -> None:
    job, operator = farm.job(), client(people.operator)
    send(operator, f"/work/{job.id}/place", day=str(DAY), at="06:00")
    send(operator, f"/work/{job.id}/start")
    send(operator, f"/work/{job.id}/loads", load_id=str(uuid4()), area_m2="4.000", quantity="8")
    assert send(operator, f"/work/{job.id}/finish", area_done_m2="9.500").status_code == 303
    work = session.execute(sa.select(Work).where(col(Work.cooperative_id) == job.cooperative_id)).scalar_one()
    load = session.execute(sa.select(Load).where(col(Load.cooperative_id) == job.cooperative_id)).scalar_one()
    assert (load.area_m2, work.area_done_m2) == (4_000, 9_500)


@pytest.mark.parametrize(("waited_s", "counted_s"), [("5400", 5_400), ("99999999999999999999", LONGEST_WAIT_S)])
def test_what_waited_for_a_signal_is_written_down_for_when_it_was_done(
    client: Callable[..., Client],
    people: People,
    farm: Farm,
    session: Session,
    now: datetime,
    waited_s: str,
    counted_s: int,
) -> None:
    job, operator = farm.job(), client(people.operator)
    send(operator, f"/work/{job.id}/place", day=str(DAY), at="06:00")
    waited = {**HERE, "waited-s": waited_s}
    assert operator.post(f"/work/{job.id}/start", data={}, headers=waited).status_code == 303
    work = session.execute(sa.select(Work).where(col(Work.cooperative_id) == job.cooperative_id)).scalar_one()
    assert work.started_at == now - timedelta(seconds=counted_s)
    # Longer ago than the start: a phone that was set right in between.
    later = {**HERE, "waited-s": str(counted_s + 60)}
    assert operator.post(f"/work/{job.id}/finish", data={}, headers=later).status_code == 303
    assert work.ended_at == work.started_at


def test_no_two_fields_of_work_under_way_have_one_id(client: Callable[..., Client], people: People, farm: Farm) -> None:
    job, operator = farm.job(), client(people.operator)
    send(operator, f"/work/{job.id}/place", day=str(DAY), at="06:00")
    send(operator, f"/work/{job.id}/start")
    ids = re.findall(r' id="([^"]+)"', operator.get(f"/work/{job.id}").text)
    assert sorted(set(ids)) == sorted(ids)


def test_a_stop_reason_is_one_button(
    client: Callable[..., Client], people: People, farm: Farm, session: Session
) -> None:
    job, operator = farm.job(), client(people.operator)
    send(operator, f"/work/{job.id}/place", day=str(DAY), at="06:00")
    send(operator, f"/work/{job.id}/start")
    assert send(operator, f"/work/{job.id}/finish", stop_reason="wind", area_done_m2="4000").status_code == 303
    assert state_of(session, job) is State.INVOICED


def test_the_history_of_a_job_says_in_words_why_it_was_stopped(
    client: Callable[..., Client], people: People, farm: Farm
) -> None:
    job, operator = farm.job(), client(people.operator)
    send(operator, f"/work/{job.id}/place", day=str(DAY), at="06:00")
    send(operator, f"/work/{job.id}/start")
    send(operator, f"/work/{job.id}/finish", stop_reason="farmer_absent", area_done_m2="4000", note="gate shut")
    history = operator.get(f"/jobs/{job.id}", headers={"cookie": "lang=en"}).text
    assert "farmer_absent" not in history
    assert "Farmer not there gate shut" in history


def test_a_job_of_another_day_is_not_started_by_a_tap_on_its_card(
    client: Callable[..., Client], people: People, farm: Farm, now: datetime
) -> None:
    job, operator = farm.job(), client(people.operator)
    send(operator, f"/work/{job.id}/place", day=str(DAY), at="06:00")
    assert local_day(now) != DAY
    assert f'action="/work/{job.id}/start"' not in operator.get(f"/days/{DAY}").text
    assert f'action="/work/{job.id}/start"' in operator.get(f"/work/{job.id}").text


def test_a_taken_time_is_said_on_the_page_and_changes_nothing(
    client: Callable[..., Client], people: People, farm: Farm, session: Session
) -> None:
    first, second, operator = farm.job(), farm.job(), client(people.operator)
    send(operator, f"/work/{first.id}/place", day=str(DAY), at="06:00")
    answer = send(operator, f"/work/{second.id}/place", day=str(DAY), at="06:10")
    assert answer.status_code == 409
    assert 'role="alert"' in answer.text
    assert 'value="06:10' in answer.text
    assert state_of(session, second) is State.CONFIRMED


def test_the_language_of_a_refused_form_is_changed_on_the_page_that_holds_it(
    client: Callable[..., Client], people: People, farm: Farm
) -> None:
    job, operator = farm.job(), client(people.operator)
    refused = send(operator, f"/work/{job.id}/place?day={DAY}", day="", at="")
    assert refused.status_code == 422
    assert f'name="next" value="/work/{job.id}?day={DAY}"' in refused.text


def test_placing_can_be_undone(client: Callable[..., Client], people: People, farm: Farm, session: Session) -> None:
    job, operator = farm.job(), client(people.operator)
    placed = send(operator, f"/work/{job.id}/place", day=str(DAY), at="06:00")
    shown = operator.get(placed.headers["location"])
    assert f'action="/work/{job.id}/remove"' in shown.text
    assert send(operator, f"/work/{job.id}/remove").status_code == 303
    assert state_of(session, job) is State.CONFIRMED


def test_a_form_that_is_not_right_comes_back_with_what_was_typed(
    client: Callable[..., Client], people: People, farm: Farm
) -> None:
    job, operator = farm.job(), client(people.operator)
    answer = send(operator, f"/work/{job.id}/place", day=str(DAY), at="25:00")
    assert answer.status_code == 422
    assert 'value="25:00"' in answer.text


def test_a_day_on_which_many_wait_is_no_heavy_page(
    client: Callable[..., Client], people: People, farm: Farm, session: Session
) -> None:
    """A form for each of 150 jobs made 205 kB with two aircraft; those below have theirs on their own page."""
    other_aircraft(session, people.cooperative.id)
    jobs = [farm.job() for _ in range(150)]
    operator = client(people.operator)
    page = operator.get(f"/days/{DAY}")
    assert len(page.content) < 120_000
    assert page.text.count('/place"') == PLACED_HERE
    assert all(f"/work/{job.id}" in page.text for job in jobs)
    below = jobs[-1].id
    assert f'href="/work/{below}?day={DAY}#place"' in page.text
    sheet = operator.get(f"/work/{below}?day={DAY}").text
    assert 'id="place"' in sheet
    assert re.search(rf'name="day"[^>]*value="{DAY}"', sheet)
