"""A block on the schedule is one piece: whatever plans or moves one of its jobs does so with all of them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count, pairwise
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import Session

from drone_service.booking.rules import HalfDay
from drone_service.kit.ids import uuid7
from drone_service.scheduling import queries
from drone_service.scheduling.day_problem import length_of
from drone_service.scheduling.models import Visit
from drone_service.scheduling.rules import Period
from drone_service.scheduling.together import Together, as_one, gathered, spread
from drone_service.scheduling.windows import JobToPlan
from tests.farms.factories import make_field
from tests.people import People
from tests.scheduling.rows import DAY, Farm, at, other_aircraft

Client = Callable[..., Any]


@pytest.fixture
def block(client: Client, farm: Farm, people: People, session: Session, now: datetime) -> list[UUID]:
    """Three confirmed jobs on adjoining fields, flown as one."""
    farm.numbers = count(100)
    owner = client(as_=people.owner)
    ids = []
    for number, person in enumerate((people.farmer, people.neighbour, people.farmer)):
        field = make_field(session, person, now, east_m=100.0 * number, name=f"Ruộng {number}")
        body = {
            "field_id": str(field.id), "products": [{"product_id": str(farm.product.id)}],
            "allowed_from": str(DAY), "allowed_until": str(DAY),
        }  # fmt: skip
        ids.append(UUID(owner.post("/api/v1/jobs", json=body).json()["id"]))
    answer = owner.post("/api/v1/blocks", json={"job_ids": [str(one) for one in ids]})
    assert answer.status_code == 201, answer.text
    for one in ids:
        assert owner.post(f"/api/v1/jobs/{one}/confirm").status_code == 200
    return ids


def visits_of(session: Session, people: People, ids: list[UUID]) -> list[Visit]:
    session.expire_all()
    found = [queries.find_visit(session, people.cooperative.id, one) for one in ids]
    return [visit for visit in found if visit is not None]


def ensure_one_piece(session: Session, people: People, ids: list[UUID]) -> tuple[datetime, datetime]:
    """See that the visits follow one another on one aircraft; return when the piece begins and ends."""
    visits = sorted(visits_of(session, people, ids), key=lambda visit: visit.starts_at)
    assert len(visits) == len(ids)
    assert len({visit.aircraft_id for visit in visits}) == 1
    assert all(one.ends_at == after.starts_at for one, after in pairwise(visits))
    return visits[0].starts_at, visits[-1].ends_at


def plan(client: Any) -> Any:
    answer = client.post(f"/api/v1/days/{DAY}/plan", json={})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_optimiser_sets_a_block_as_one_piece_for_the_time_of_the_block(
    client: Client, farm: Farm, people: People, session: Session, block: list[UUID]
) -> None:
    other_aircraft(session, people.cooperative.id)
    for number in range(8):
        # Others stand all round it and on the second aircraft: apart, its jobs would fill gaps.
        farm.job(service_s=1200 + 300 * number)
    owner = client(as_=people.owner)
    told = plan(owner)
    assert told["left_out"] == []
    begin, end = ensure_one_piece(session, people, block)
    whole_s = owner.get(f"/api/v1/blocks/{block_id(owner)}").json()["plan"]["estimate"]["total_s_p50"]
    assert 0 <= (end - begin).total_seconds() - whole_s < 300
    again = plan(owner)
    assert (again["placed"], again["moved"], again["dropped"]) == (0, 0, 0)


def block_id(client: Any) -> str:
    return str(client.get("/api/v1/blocks").json()[0]["id"])


def test_without_the_block_its_jobs_are_set_apart(
    client: Client, people: People, session: Session, block: list[UUID]
) -> None:
    # The control: the same jobs without their block, on a day that is too full for all of them in one place.
    owner = client(as_=people.owner)
    owner.delete(f"/api/v1/blocks/{block_id(owner)}")
    plan(owner)
    visits = sorted(visits_of(session, people, block), key=lambda visit: visit.starts_at)
    assert any(one.ends_at != after.starts_at for one, after in pairwise(visits))


def test_a_block_that_fits_nowhere_as_a_whole_is_left_out_as_a_whole(
    client: Client, farm: Farm, people: People, session: Session, block: list[UUID]
) -> None:
    # Pinned work leaves gaps that hold one of its jobs each.
    owner = client(as_=people.owner)
    for hour in range(24):
        for minute in (0, 20, 40):
            job = farm.job(service_s=15 * 60)
            owner.put(f"/api/v1/jobs/{job.id}/visit", json={"starts_at": at(hour, minute).isoformat()})
    assert {UUID(one["job_id"]) for one in plan(owner)["left_out"]} == set(block)
    assert visits_of(session, people, block) == []


@pytest.mark.usefixtures("farm")
def test_a_job_that_waits_for_its_block_is_not_planned(
    client: Client, people: People, session: Session, now: datetime
) -> None:
    owner = client(as_=people.owner)
    ids = []
    for number in range(2):
        field = make_field(session, people.farmer, now, east_m=100.0 * number, name=f"Ruộng {number}")
        body = {"field_id": str(field.id), "allowed_from": str(DAY), "allowed_until": str(DAY)}
        ids.append(owner.post("/api/v1/jobs", json=body).json()["id"])
    assert owner.post("/api/v1/blocks", json={"job_ids": ids}).status_code == 201
    owner.post(f"/api/v1/jobs/{ids[0]}/confirm")
    assert plan(owner)["placed"] == 0
    owner.post(f"/api/v1/jobs/{ids[1]}/confirm")
    assert plan(owner)["placed"] == 2


def test_a_block_is_placed_pinned_and_taken_off_as_a_whole(
    client: Client, people: People, session: Session, block: list[UUID]
) -> None:
    owner = client(as_=people.owner)
    path = f"/api/v1/jobs/{block[1]}/visit"
    assert owner.put(path, json={"starts_at": at(8).isoformat()}).status_code == 200
    assert ensure_one_piece(session, people, block)[0] == at(8)
    # Five minutes later: its visits take each other's times.
    assert owner.put(path, json={"starts_at": at(8, 5).isoformat()}).status_code == 200
    assert ensure_one_piece(session, people, block)[0] == at(8, 5)
    assert all(visit.pinned for visit in visits_of(session, people, block))
    assert owner.delete(path).status_code == 204
    assert visits_of(session, people, block) == []


def test_a_block_is_placed_whole_or_not_at_all(
    client: Client, farm: Farm, people: People, session: Session, block: list[UUID]
) -> None:
    owner, other = client(as_=people.owner), farm.job()
    owner.put(f"/api/v1/jobs/{other.id}/visit", json={"starts_at": at(8, 10).isoformat()})
    # The first of its visits would have room.
    answer = owner.put(f"/api/v1/jobs/{block[0]}/visit", json={"starts_at": at(8).isoformat()})
    assert answer.status_code == 409
    session.rollback()
    assert visits_of(session, people, block) == []


def test_a_block_is_moved_on_the_board_as_a_whole(
    client: Client, farm: Farm, people: People, session: Session, block: list[UUID]
) -> None:
    owner, second = client(as_=people.owner), other_aircraft(session, people.cooperative.id)
    single = farm.job()
    plan(owner)
    begin, end = ensure_one_piece(session, people, block)
    wanted = {"aircraft_id": str(second.id), "day": str(DAY), "half": "pm"}
    shown = owner.get(f"/api/v1/jobs/{block[2]}/moves", params=wanted).json()
    assert (shown["job_id"], shown["is_possible"]) == (str(block[2]), True)
    assert datetime.fromisoformat(shown["ends_at"]) - datetime.fromisoformat(shown["starts_at"]) == end - begin
    body = {name: shown[name] for name in ("aircraft_id", "day", "half", "position", "seen")}
    answer = owner.post(f"/api/v1/jobs/{block[2]}/moves", json=body)
    assert answer.status_code == 201, answer.text
    assert ensure_one_piece(session, people, block)[0] == datetime.fromisoformat(shown["starts_at"])
    assert visits_of(session, people, block)[0].aircraft_id == second.id
    assert owner.post(f"/api/v1/schedule-changes/{answer.json()['change_id']}/undo").status_code == 201
    assert ensure_one_piece(session, people, block) == (begin, end)
    shown = owner.get(f"/api/v1/jobs/{block[2]}/moves", params=wanted).json()
    body = {name: shown[name] for name in ("aircraft_id", "day", "half", "position", "seen")}
    assert owner.post(f"/api/v1/jobs/{block[2]}/moves", json=body | {"pinned": False}).status_code == 201
    # A job that is put before it pushes the whole of it; where it stands in the half-day it counts as one.
    look = owner.get(f"/api/v1/jobs/{single.id}/moves", params=wanted | {"position": 0}).json()
    assert look["positions"] == 2
    body = {name: look[name] for name in ("aircraft_id", "day", "half", "position", "seen")}
    assert owner.post(f"/api/v1/jobs/{single.id}/moves", json=body | {"pinned": False}).status_code == 201
    ensure_one_piece(session, people, block)


def test_a_day_planned_anew_leaves_a_pinned_block_alone(
    client: Client, farm: Farm, people: People, session: Session, block: list[UUID]
) -> None:
    owner = client(as_=people.owner)
    owner.put(f"/api/v1/jobs/{block[0]}/visit", json={"starts_at": at(9).isoformat()})
    visits_of(session, people, block)[1].pinned = False
    session.flush()
    farm.job()
    plan(owner)
    assert ensure_one_piece(session, people, block)[0] == at(9)


def job(**changes: Any) -> JobToPlan:
    parts: dict[str, Any] = {
        "id": uuid7(), "place": (105.7, 9.4), "service_s": 700.0, "group": "herbicide", "price_vnd": 100,
        "first_day": DAY, "last_day": DAY + timedelta(days=2), "half_days": frozenset(HalfDay),
    }  # fmt: skip
    return JobToPlan(**(parts | changes))


def test_a_piece_may_be_done_when_all_of_it_may() -> None:
    one, other = job(), job(first_day=DAY + timedelta(days=1), half_days=frozenset({HalfDay.MORNING}), urgency=3.0)
    lengths = [(each.id, length_of(each)) for each in (one, other)]
    whole = as_one([one, other], lengths)
    assert (whole.id, whole.service_s, whole.price_vnd, whole.urgency) == (one.id, 1800.0, 200, 3.0)
    assert (whole.first_day, whole.half_days) == (DAY + timedelta(days=1), {HalfDay.MORNING})
    assert as_one([one], ()) == one


def test_what_is_spread_is_gathered_again() -> None:
    lengths = [(uuid7(), timedelta(minutes=minutes)) for minutes in (10, 5, 15)]
    visits = spread(lengths, at(8))
    assert gathered(list(visits.values())) == Period(at(8), at(8, 30))
    assert gathered([Period(at(8), at(8, 10)), Period(at(8, 15), at(8, 20))]) is None


def test_pieces_stand_where_the_first_of_their_jobs_does() -> None:
    one, two, three = (uuid7() for _ in range(3))
    together = Together({one: (one, three), three: (one, three)})
    assert together.among([two, three, one]) == [(two,), (one, three)]
    assert together.among([three, two]) == [(three,), (two,)]
    assert together.party(two) == (two,)
