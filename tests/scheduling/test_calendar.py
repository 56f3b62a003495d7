"""Calendar links: a secret opens the schedule as iCalendar and JSON, and nothing else does."""

from collections.abc import Callable
from typing import Any

import icalendar
import pytest

from tests.people import People
from tests.scheduling.rows import Farm, at

Client = Callable[..., Any]


@pytest.fixture
def link(client: Client, farm: Farm, people: People) -> Any:
    operator, job = client(as_=people.operator), farm.job()
    operator.put(f"/api/v1/jobs/{job.id}/visit", json={"starts_at": at(6).isoformat()})
    answer = operator.post("/api/v1/calendar-links", json={"label": "my phone"})
    assert answer.status_code == 201
    return answer.json()


def test_the_calendar_holds_the_visit(client: Client, link: Any) -> None:
    answer = client().get(link["ics_path"])
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/calendar")
    events = list(icalendar.Calendar.from_ical(answer.content).walk("VEVENT"))
    assert [(event.decoded("dtstart"), event.decoded("dtend")) for event in events] == [(at(6), at(6, 30))]
    body = client().get(link["json_path"]).json()
    assert body["events"][0]["job_number"] == 1
    assert "0912" not in answer.text + str(body)


def test_a_wrong_secret_opens_nothing(client: Client, link: Any, people: People) -> None:
    path = link["json_path"]
    other = path.replace(people.cooperative.id.hex, people.elsewhere.id.hex)
    for wrong in (path[:-6] + "x.json", other, "/calendar/" + "z" * 60 + ".json"):
        assert client().get(wrong).status_code == 404


def test_a_revoked_link_opens_nothing(client: Client, link: Any, people: People) -> None:
    operator = client(as_=people.operator)
    assert operator.get("/api/v1/calendar-links").json()[0]["label"] == "my phone"
    assert operator.delete(f"/api/v1/calendar-links/{link['link_id']}").status_code == 204
    assert client().get(link["ics_path"]).status_code == 404
    assert operator.delete(f"/api/v1/calendar-links/{link['link_id']}").status_code == 404
    assert operator.get("/api/v1/calendar-links").json() == []


def test_who_may_make_a_link(client: Client, people: People) -> None:
    assert client(as_=people.farmer).post("/api/v1/calendar-links", json={}).status_code == 403
    assert client().post("/api/v1/calendar-links", json={}).status_code == 401
