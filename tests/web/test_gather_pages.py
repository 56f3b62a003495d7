"""Gathering without a script: look at the groups, accept one for a half-day, take it back, see what went wrong."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import Session

from drone_service.booking.models import Job
from drone_service.booking.rules import State
from drone_service.scheduling import queries
from tests.conftest import Client
from tests.people import People
from tests.scheduling.rows import DAY, Farm, at, make_farm

HERE = {"sec-fetch-site": "same-origin", "origin": "http://testserver"}
ENGLISH = {"cookie": "lang=en"}


@pytest.fixture
def farm(session: Session, people: People) -> Farm:
    return make_farm(session, people)


def along(farm: Farm, count: int = 3, **changes: Any) -> list[Job]:
    return [farm.job(**({"lon": 105.80, "lat": 9.43 + 0.002 * number} | changes)) for number in range(count)]


def form_of(text: str, number: int = 1) -> dict[str, Any]:
    """Return what the form of a group sends, with the half-day that is proposed."""
    card = re.search(rf'<li class="card" id="group-{number}">.*?</form>', text, re.DOTALL)
    assert card
    fields: dict[str, Any] = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', card[0]))
    fields["job_ids"] = re.findall(r'name="job_ids" value="([^"]*)"', card[0])
    chosen = re.search(r'name="option" value="([^"]*)" checked', card[0])
    assert chosen
    return fields | {"option": chosen[1]}


def send(client: Client, path: str, form: dict[str, Any]) -> Any:
    return client.post(path, data=form, headers=HERE | ENGLISH)


def states(session: Session, jobs: list[Job]) -> set[State]:
    found = [session.get(Job, (job.cooperative_id, job.id)) for job in jobs]
    return {job.state for job in found if job}


@pytest.mark.parametrize("language", ["vi", "km", "en"])
def test_the_groups_are_shown_in_every_language(
    client: Callable[..., Client], people: People, farm: Farm, language: str
) -> None:
    along(farm)
    answer = client(people.owner).get("/gatherings", headers={"cookie": f"lang={language}"})
    assert answer.status_code == 200
    assert 'id="group-1"' in answer.text
    assert "style=" not in answer.text
    assert "data-map" in answer.text


def test_who_may_open_it(client: Callable[..., Client], people: People) -> None:
    everybody = (people.farmer, people.agent, people.operator, people.owner)
    assert [client(who).get("/gatherings").status_code for who in everybody] == [403, 403, 200, 200]


def test_a_group_is_accepted_and_taken_back(
    client: Callable[..., Client], people: People, farm: Farm, session: Session
) -> None:
    jobs, owner = along(farm), client(people.owner)
    shown = owner.get("/gatherings", headers=ENGLISH).text
    assert "Nobody has to give way" in shown
    done = send(owner, "/gatherings", form_of(shown))
    assert done.status_code == 303
    assert states(session, jobs) == {State.SCHEDULED}
    after = owner.get(done.headers["location"]).text  # its cookie holds the message
    assert "Không có đơn nào chờ xếp lịch" in after
    undo = re.search(r'action="(/board/changes/[^"]+)"', after)
    assert undo
    assert send(owner, undo[1], {}).status_code == 303
    assert states(session, jobs) == {State.CONFIRMED}


def test_a_group_that_is_out_of_date_is_shown_anew(
    client: Callable[..., Client], people: People, farm: Farm, session: Session
) -> None:
    jobs, owner = along(farm, 4), client(people.owner)
    form = form_of(owner.get("/gatherings", headers=ENGLISH).text)
    moved = {"starts_at": at(9, 0).isoformat()}
    assert owner.put(f"/api/v1/jobs/{jobs[0].id}/visit", json=moved).status_code == 200
    answer = send(owner, "/gatherings", form)
    assert answer.status_code == 409
    assert "This group is out of date" in answer.text
    assert queries.find_visit(session, jobs[1].cooperative_id, jobs[1].id) is None
    fresh = form_of(answer.text)
    assert str(jobs[0].id) not in fresh["job_ids"]
    assert send(owner, "/gatherings", fresh).status_code == 303


@pytest.mark.parametrize("option", ["", "nonsense", "a b c d"])
def test_a_choice_that_is_none_is_said(client: Callable[..., Client], people: People, farm: Farm, option: str) -> None:
    along(farm)
    owner = client(people.owner)
    form = form_of(owner.get("/gatherings", headers=ENGLISH).text)
    assert send(owner, "/gatherings", form | {"option": option}).status_code == 422


def test_jobs_far_from_one_another_are_a_hint_to_allow_more(
    client: Callable[..., Client], people: People, farm: Farm
) -> None:
    farm.job(lon=105.80, lat=9.43)
    farm.job(lon=105.80, lat=9.45)
    owner = client(people.owner)
    assert "Nothing to gather" in owner.get("/gatherings", headers=ENGLISH).text
    assert 'id="group-1"' in owner.get("/gatherings?max_gap_km=5", headers=ENGLISH).text


def test_the_board_and_the_day_lead_here(client: Callable[..., Client], people: People, farm: Farm) -> None:
    along(farm)
    owner = client(people.owner)
    for path in ("/board", f"/days/{DAY}", "/week", "/menu"):
        assert 'href="/gatherings' in owner.get(path).text, path
