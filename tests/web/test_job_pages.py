"""The page of a job: what is typed there is not lost."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import Session

from drone_service.booking.models import Job
from drone_service.booking.rules import State
from tests.conftest import Client
from tests.people import People
from tests.scheduling.rows import Farm, make_farm

HEADERS = {"sec-fetch-site": "same-origin", "cookie": "lang=en"}
REASON = "Somebody else has done it"
CHECKED = re.compile(r'value="([^"]*)" checked')


@pytest.fixture
def job(session: Session, people: People) -> Job:
    farm: Farm = make_farm(session, people)
    return farm.job()


def send(client: Client, job: Job, event: str, **form: Any) -> Any:
    return client.post(f"/jobs/{job.id}/{event}", data=form, headers=HEADERS)


def test_a_reason_that_is_refused_comes_back(client: Callable[..., Client], people: People, job: Job) -> None:
    answer = send(client(people.farmer), job, "cancel", reason=REASON, more="a\x01b")
    assert answer.status_code == 422
    assert CHECKED.findall(answer.text) == [REASON]
    assert 'class="error"' in answer.text
    form = re.search(r'<details class="last" open>.*?</details>', answer.text, re.DOTALL)
    assert form
    assert f"/jobs/{job.id}/cancel" in form[0]
    assert ">a" in form[0]


def test_words_for_what_can_no_longer_be_done_are_shown(
    client: Callable[..., Client], people: People, job: Job, session: Session
) -> None:
    job.state = State.IN_PROGRESS
    session.add(job)
    answer = send(client(people.farmer), job, "cancel", reason=REASON, more="My <b>brother</b> did")
    assert answer.status_code == 409
    assert f"{REASON}. My &lt;b&gt;brother&lt;/b&gt; did" in answer.text


def test_a_page_that_was_only_opened_shows_no_words(client: Callable[..., Client], people: People, job: Job) -> None:
    shown = client(people.farmer).get(f"/jobs/{job.id}", headers=HEADERS).text
    assert not CHECKED.findall(shown)
    assert '<details class="last">' in shown
