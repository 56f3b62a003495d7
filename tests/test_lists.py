"""Every list in pages: following the cursor visits each row once, in one order, and then ends."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session
from starlette.testclient import TestClient as Client

from drone_service.booking.models import JobMove
from drone_service.booking.rules import Event, State
from drone_service.fieldwork.models import ProductUse, Work
from tests.billing.rows import make_cost, make_invoice
from tests.people import People
from tests.scheduling.rows import DAY, at, make_farm, other_aircraft

PRICE = {"service": "sow", "unit": "ha", "amount_vnd": 400_000}
PRODUCT = {"group": "herbicide", "formulation": "SC", "unit": "mL"}
DOSES = {"dose_per_ha": 500, "dose_min_per_ha": 400, "dose_max_per_ha": 600}


def fill(owner: Client, session: Session, people: People, now: datetime) -> None:
    for farmer in (people.farmer, people.neighbour):
        make_invoice(session, people, now, farmer=farmer)
        make_cost(session, people, now)
    farm = make_farm(session, people)
    other_aircraft(session, people.cooperative.id)
    for _ in range(3):
        farm.job()
    for number, name in enumerate(["Beta", "Alpha", "Gamma"]):
        added = owner.post("/api/v1/products", json={**PRODUCT, **DOSES, "name": name, "phi_days": 7})
        assert added.status_code == 201, added.text
        assert owner.post("/api/v1/prices", json={**PRICE, "valid_from": f"2026-0{number + 3}-01"}).status_code == 201


def follow(owner: Client, path: str, limit: int, items: str = "items") -> list[str]:
    """Return the rows of a list as text, a page of `limit` after the other."""
    rows: list[str] = []
    after = ""
    for _ in range(100):
        page = owner.get(f"/api/v1/{path}?limit={limit}{after}").json()
        rows += [str(item) for item in page[items]]
        if page["next"] is None:
            return rows
        after = f"&after={page['next']}"
    raise AssertionError("the list has no end")


@pytest.mark.parametrize(
    "path", ["jobs", "invoices", "costs", "ledger", "debts", "people", "prices", "products", "aircraft"]
)
def test_the_cursor_goes_through_the_whole_list(
    client: Callable[..., Client], people: People, session: Session, now: datetime, path: str
) -> None:
    owner = client(people.owner)
    fill(owner, session, people, now)
    whole = follow(owner, path, 200)
    assert len(whole) >= 2
    assert len(set(whole)) == len(whole)
    assert follow(owner, path, 1) == whole


@pytest.mark.parametrize("path", ["costs", "ledger", "debts", "people", "prices", "products", "aircraft"])
def test_after_a_row_that_is_not_there_comes_nothing_or_what_is_older(
    client: Callable[..., Client], people: People, session: Session, now: datetime, path: str
) -> None:
    owner = client(people.owner)
    fill(owner, session, people, now)
    strange = "00000000-0000-7000-8000-000000000000"
    assert owner.get(f"/api/v1/{path}?after={strange}").json()["items"] == []


def test_what_is_written_down_late_stands_where_its_day_is(client: Callable[..., Client], people: People) -> None:
    owner = client(people.owner)
    for day in ("2026-03-05", "2026-03-09", "2026-03-01"):
        cost = {"kind": "fuel", "amount_vnd": 10_000, "method": "cash", "spent_on": day}
        assert owner.post("/api/v1/costs", json=cost).status_code == 201
    for path, day in (("costs", "spent_on"), ("ledger", "on_day")):
        shown = [row[day] for row in owner.get(f"/api/v1/{path}").json()["items"]]
        assert shown == ["2026-03-09", "2026-03-05", "2026-03-01"], path


def test_the_waiting_jobs_of_a_day_come_in_pages(
    client: Callable[..., Client], people: People, session: Session
) -> None:
    farm = make_farm(session, people)
    hurry = [farm.job(allowed_until=DAY + timedelta(days=days)).number for days in (2, 0, 2, 1)]
    owner = client(people.owner)
    whole = owner.get(f"/api/v1/days/{DAY}").json()
    assert [job["job_number"] for job in whole["waiting"]] == [hurry[1], hurry[3], hurry[0], hurry[2]]
    assert whole["next"] is None
    assert follow(owner, f"days/{DAY}", 1, "waiting") == [str(job) for job in whole["waiting"]]


def test_the_moves_of_one_request_keep_their_order_in_the_history(
    client: Callable[..., Client], people: People, session: Session
) -> None:
    job = make_farm(session, people).job()
    events = [Event.FINISH, Event.INVOICE] * 20
    for event in events:
        session.add(
            JobMove(
                cooperative_id=job.cooperative_id, job_id=job.id, actor_id=people.operator.id, event=event,
                to_state=job.state, at=at(7),
            )
        )  # fmt: skip
    session.flush()
    owner = client(people.owner)
    moves = owner.get(f"/api/v1/jobs/{job.id}/history?limit=200").json()["items"]
    assert [move["event"] for move in moves] == [event.value for event in events]
    assert follow(owner, f"jobs/{job.id}/history", 7) == [str(move) for move in moves]


def test_the_spray_log_comes_in_pages_and_its_harvest_counts_all_of_it(
    client: Callable[..., Client], people: People, session: Session
) -> None:
    """The oldest of three works waits 40 days, the others 14: 11/03 + 40 = 20/04, though page one does not show it."""
    farm = make_farm(session, people)
    for days, phi_days in ((0, 40), (1, 14), (2, 14)):
        work = Work(
            cooperative_id=people.cooperative.id, job_id=farm.job(state=State.DONE).id, field_id=farm.field.id,
            pilot_id=people.operator.id, aircraft_id=farm.aircraft.id, started_at=at(7, 0, DAY + timedelta(days=days)),
            ended_at=at(8, 0, DAY + timedelta(days=days)), area_done_m2=10_000.0, service=farm.job().service,
        )  # fmt: skip
        session.add(work)
        session.flush()
        session.add(
            ProductUse(
                cooperative_id=work.cooperative_id, work_id=work.id, product_id=farm.product.id, name="Thử nghiệm",
                amount=450.0, unit="mL", dose_per_ha=450.0, phi_days=phi_days,
            )
        )  # fmt: skip
    session.flush()
    owner = client(people.owner)
    path = f"fields/{farm.field.id}/spray-log"
    newest = owner.get(f"/api/v1/{path}?limit=1").json()
    assert newest["earliest_harvest_on"] == "2026-04-20"
    whole = follow(owner, path, 200, "entries")
    assert len(whole) == 3
    assert follow(owner, path, 1, "entries") == whole
    assert owner.get(f"/api/v1/{path}.csv").text.count("\n") == 4
