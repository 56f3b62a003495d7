"""From start to bill on the field, with every command sent twice."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from sqlmodel import Session, col, select

from drone_service.billing.models import Invoice
from drone_service.booking.models import Job
from drone_service.booking.rules import State
from drone_service.notify.models import Message
from drone_service.notify.rules import MessageKind
from drone_service.scheduling.models import Slot
from tests.people import People
from tests.scheduling.rows import Farm, at

Client = Callable[..., Any]


@pytest.fixture
def job(client: Client, farm: Farm, people: People) -> Job:
    """A job that is on the schedule."""
    stored = farm.job()
    path = f"/api/v1/jobs/{stored.id}/visit"
    assert client(as_=people.operator).put(path, json={"starts_at": at(6).isoformat()}).status_code == 200
    return stored


def act(client: Any, job: Job, command: str, **body: Any) -> Any:
    return client.post(f"/api/v1/jobs/{job.id}/{command}", json=body)


def invoices(session: Session, people: People) -> list[Invoice]:
    return list(session.exec(select(Invoice).where(col(Invoice.cooperative_id) == people.cooperative.id)).all())


def told_done(session: Session, people: People) -> list[str]:
    """Return the texts that told the farmer that the work is done."""
    mine = select(Message).where(col(Message.cooperative_id) == people.cooperative.id)
    written = session.exec(mine.where(col(Message.kind) == MessageKind.JOB_DONE)).all()
    assert {message.phone_e164 for message in written} <= {people.farmer.person.phone_e164}
    return [message.text for message in written]


def test_a_job_from_start_to_bill(client: Client, job: Job, people: People, session: Session, farm: Farm) -> None:
    """1 ha at 180,000 ₫/ha; the spray log's harvest is 14 days of the label after the local day of the work."""
    operator = client(as_=people.operator)
    assert act(operator, job, "start", wind_m_s=1.2, pilot_licence="GP-1").json()["state"] == "in_progress"
    load = {"load_id": str(uuid4()), "area_m2": 10_000, "quantity": 20, "minutes": 9}
    act(operator, job, "loads", **load)
    again = act(operator, job, "loads", **load).json()
    assert (len(again["loads"]), again["area_done_m2"], again["quantity"]) == (1, 10_000, 20)
    done = act(operator, job, "finish", temperature_c=26.5, humidity_pct=90).json()
    assert (done["state"], done["area_done_m2"], done["minutes"]) == ("invoiced", 10_000, 9)
    assert (done["wind_m_s"], done["temperature_c"]) == (1.2, 26.5)
    assert [(use["amount"], use["unit"]) for use in done["products"]] == [(450, "mL")]
    assert [bill.total_vnd for bill in invoices(session, people)] == [180_000]
    log = client(as_=people.farmer).get(f"/api/v1/fields/{farm.field.id}/spray-log").json()
    assert log["earliest_harvest_on"] == "2026-03-24"
    entry = log["entries"][0]
    assert entry["re_entry_at"] == "2026-03-11T01:30:00Z"
    assert (entry["plot_code"], entry["aircraft_serial"], entry["pilot_licence"]) == (
        "VN-ST-0001", "T40-TEST-1", "GP-1"
    )  # fmt: skip
    assert entry["products"][0]["label_dose"] == "400–500 mL/ha"


def test_every_command_may_come_twice(client: Client, job: Job, people: People, session: Session) -> None:
    operator = client(as_=people.operator)
    first = act(operator, job, "start").json()
    assert act(operator, job, "start").json() == first
    used = [{"product_id": str(job.quote.products[0].product_id), "amount": 450.1234}]
    said = {"pest": "rầy nâu", "wind_m_s": 1.2, "products": used}
    done = act(operator, job, "finish", **said).json()
    assert act(operator, job, "finish").json() == act(operator, job, "finish", **said).json() == done
    less = [{**used[0], "amount": 400}]
    others: list[dict[str, Any]] = [{"area_done_m2": 9_000}, {"products": less}, {"pest": "none"}, {"wind_m_s": 3.0}]
    for other in others:
        answer = act(operator, job, "finish", **other)
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/fieldwork.not_open"), other
    assert len(invoices(session, people)) == 1
    assert len(told_done(session, people)) == 1


def test_half_a_field_is_billed_as_half(client: Client, job: Job, people: People, session: Session) -> None:
    operator = client(as_=people.operator)
    act(operator, job, "start")
    done = act(operator, job, "finish", stop_reason="rain", area_done_m2=5_000).json()
    assert (done["stop_reason"], done["quantity"]) == ("rain", 10)
    assert [use["amount"] for use in done["products"]] == [225]
    assert [bill.area_m2 for bill in invoices(session, people)] == [5_000]
    # Half of 1 ha at 180,000 ₫: the farmer reads what was done, not what was agreed.
    (text,) = told_done(session, people)
    assert "0,50 ha" in text
    assert "90.000" in text


def test_a_job_that_could_not_begin_waits_again(client: Client, job: Job, people: People, session: Session) -> None:
    operator = client(as_=people.operator)
    act(operator, job, "start")
    answer = act(operator, job, "finish", stop_reason="farmer_absent", area_done_m2=0)
    assert answer.json()["state"] == "confirmed"
    assert act(operator, job, "finish", stop_reason="farmer_absent", area_done_m2=0).json() == answer.json()
    assert (invoices(session, people), told_done(session, people)) == ([], [])
    assert session.exec(select(Slot).where(col(Slot.cooperative_id) == people.cooperative.id)).all() == []


def test_more_flown_than_agreed_is_not_billed(client: Client, job: Job, people: People, session: Session) -> None:
    operator = client(as_=people.operator)
    act(operator, job, "start")
    assert act(operator, job, "finish", area_done_m2=10_501).status_code == 422
    assert act(operator, job, "finish", area_done_m2=10_400).json()["area_done_m2"] == 10_400
    assert [bill.area_m2 for bill in invoices(session, people)] == [10_000]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"stop_reason": "rain"}, "fieldwork.nothing_done"),
        ({"area_done_m2": 0}, "fieldwork.nothing_done"),
        ({"area_done_m2": 8_999}, "fieldwork.stop_reason_needed"),
        ({"stop_reason": "other", "area_done_m2": 100}, "fieldwork.note_needed"),
        ({"products": [{"product_id": str(uuid4()), "amount": 1}]}, "fieldwork.unknown_product"),
    ],
)
def test_what_is_refused_leaves_the_job_open(
    client: Client, job: Job, people: People, session: Session, body: dict[str, Any], code: str
) -> None:
    operator = client(as_=people.operator)
    act(operator, job, "start")
    answer = act(operator, job, "finish", **body)
    assert (answer.status_code, answer.json()["type"].rsplit("/")[-1]) == (422, code)
    assert session.get(Job, (job.cooperative_id, job.id)).state is State.IN_PROGRESS  # type: ignore[union-attr]
    assert told_done(session, people) == []


def test_work_needs_a_start_and_ends_once(client: Client, job: Job, people: People) -> None:
    operator = client(as_=people.operator)
    load = {"load_id": str(uuid4()), "area_m2": 100, "quantity": 1}
    assert act(operator, job, "loads", **load).status_code == 409
    assert act(operator, job, "finish").status_code == 409
    act(operator, job, "start")
    act(operator, job, "finish")
    assert act(operator, job, "loads", **load).status_code == 409


def test_who_may_work_and_who_may_read(client: Client, job: Job, people: People, farm: Farm) -> None:
    for nobody, status in ((people.farmer, 403), (people.agent, 403), (people.outsider, 404), (None, 401)):
        assert act(client(as_=nobody), job, "start").status_code == status
    path = f"/api/v1/fields/{farm.field.id}/spray-log"
    assert client(as_=people.neighbour).get(path).status_code == 404
    assert client(as_=people.outsider).get(path).status_code == 404
    assert client().get(path).status_code == 401


def test_the_csv_holds_a_row_for_each_product_and_no_formula(
    client: Client, job: Job, people: People, farm: Farm
) -> None:
    operator = client(as_=people.operator)
    act(operator, job, "start")
    act(operator, job, "finish", pest="=1+1")
    text = client(as_=people.farmer).get(f"/api/v1/fields/{farm.field.id}/spray-log.csv").content.decode("utf-8-sig")
    rows = text.splitlines()
    assert len(rows) == 2
    assert rows[0].startswith("started_at,ended_at,job_number")
    assert ",'=1+1," in rows[1]
    assert "azoxystrobin" in rows[1]


@pytest.mark.parametrize(("reason", "why"), [("rain", "thời tiết"), ("breakdown", "Máy bay"), ("other", "Xin lỗi")])
def test_a_farmer_who_was_told_a_time_hears_that_the_job_was_given_back(
    client: Client, job: Job, people: People, session: Session, reason: str, why: str
) -> None:
    operator = client(as_=people.operator)
    act(operator, job, "start")
    for _ in range(2):  # sent again it is not told again
        act(operator, job, "finish", stop_reason=reason, area_done_m2=0, note="x")
    statement = select(Message.text).where(
        col(Message.cooperative_id) == people.cooperative.id, col(Message.kind) == MessageKind.JOB_POSTPONED
    )
    (text,) = session.exec(statement).all()
    assert why in text
