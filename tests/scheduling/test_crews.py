"""Who may do what: aircraft fit for a service, people who may do it, licences; and who is told a published day."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import Session, col, select

from drone_service.engine.operation import Service
from drone_service.notify.models import Message
from drone_service.notify.rules import MessageKind
from drone_service.scheduling.crews import Crew, Crews, Flyer, name_of
from drone_service.scheduling.rules import Unfit
from tests.conftest import NOW
from tests.people import People, make_person
from tests.scheduling.rows import DAY, Farm, at, other_aircraft
from tests.scheduling.test_offers import ask as offers
from tests.scheduling.test_runs import ask, get_run, work
from tests.scheduling.test_together import block, plan

__all__ = ["block", "work"]  # fixtures of theirs

Client = Callable[..., Any]
EVERYTHING = frozenset(Service)
ONE, TWO = UUID(int=1), UUID(int=2)
FREE = Flyer(EVERYTHING, None)


def crew(aircraft_id: UUID = ONE, **changes: Any) -> Crew:
    parts: dict[str, Any] = {"services": EVERYTHING, "needs_licence": False, "flyers": (FREE,)}
    return Crew(aircraft_id, **(parts | changes))


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (crew(), None),
        (crew(flyers=()), None),
        (crew(services=frozenset({Service.SOW})), Unfit.AIRCRAFT),
        (crew(flyers=(Flyer(frozenset({Service.SOW}), None),)), Unfit.SKILL),
        (crew(needs_licence=True), Unfit.LICENCE),
        (crew(needs_licence=True, flyers=()), Unfit.LICENCE),
        (crew(needs_licence=True, flyers=(FREE, Flyer(EVERYTHING, DAY))), None),
        (crew(needs_licence=True, flyers=(Flyer(EVERYTHING, DAY - timedelta(days=1)),)), Unfit.LICENCE),
        # Whoever holds the licence must be the one who may do the work.
        (crew(needs_licence=True, flyers=(FREE, Flyer(frozenset({Service.SOW}), DAY))), Unfit.LICENCE),
    ],
)
def test_what_keeps_a_crew_from_spraying(one: Crew, expected: Unfit | None) -> None:
    assert one.unfit(Service.SPRAY, DAY) is expected


def test_a_licence_that_ends_between_two_days_allows_the_first() -> None:
    crews = Crews({ONE: crew(needs_licence=True, flyers=(Flyer(EVERYTHING, DAY),)), TWO: crew(TWO)})
    after = DAY + timedelta(days=1)
    assert crews.allowed(Service.SPRAY, [DAY]) is None
    assert crews.allowed(Service.SPRAY, [DAY, after]) == {name_of(ONE, DAY), name_of(TWO, DAY), name_of(TWO, after)}
    assert crews.why_nobody(Service.SPRAY, [DAY, after]) is None


def test_the_reason_is_what_is_nearest_to_being_right() -> None:
    crews = Crews({ONE: crew(services=frozenset({Service.SOW})), TWO: crew(TWO, needs_licence=True)})
    assert crews.why_nobody(Service.SPRAY, [DAY]) is Unfit.LICENCE
    assert Crews({}).why_nobody(Service.SPRAY, [DAY]) is None


def patch(client: Any, path: str, **changes: Any) -> Any:
    return client.patch(f"/api/v1{path}", json=changes, headers={"If-Match": "*"})


def test_a_plan_gives_the_job_to_the_aircraft_that_is_fit(
    client: Client, farm: Farm, people: People, session: Session, work: Callable[[str], None]
) -> None:
    """The first aircraft only sows, so both jobs go to the second; without that the first would be taken."""
    other = other_aircraft(session, people.cooperative.id)
    jobs, owner = [farm.job(), farm.job()], client(as_=people.owner)
    assert patch(owner, f"/aircraft/{farm.aircraft.id}", services=["sow"]).json()["services"] == ["sow"]
    asked = ask(owner)
    work(asked["run_id"])
    assert [one["aircraft_after"] for one in get_run(owner, asked)["moved"]] == [str(other.id)] * len(jobs)


def test_no_licence_is_said_and_a_new_one_helps(
    client: Client, farm: Farm, people: People, work: Callable[[str], None]
) -> None:
    job, owner = farm.job(), client(as_=people.owner)
    assert patch(owner, f"/aircraft/{farm.aircraft.id}", needs_licence=True).status_code == 200
    operator = f"/people/{people.operator.id}"
    assert patch(owner, operator, licence="UAS-77", licence_until=str(DAY - timedelta(days=1))).status_code == 200
    asked = ask(owner)
    work(asked["run_id"])
    left = get_run(owner, asked)["left_out"]
    assert [(one["job_number"], one["reason_code"], one["change_code"]) for one in left] == [
        (job.number, "no_licence", "no_licence")
    ]
    assert left[0]["reason"] == "Không tổ bay nào có giấy phép còn hạn lúc đó."
    assert owner.post(f"/api/v1/plan-runs/{asked['run_id']}/discard").status_code == 200
    assert patch(owner, operator, licence_until=str(DAY)).json()["licence_until"] == str(DAY)
    asked = ask(owner)
    work(asked["run_id"])
    assert (len(get_run(owner, asked)["moved"]), get_run(owner, asked)["left_out"]) == (1, [])


def test_a_visit_moves_away_from_a_crew_that_may_no_longer_do_it(
    client: Client, farm: Farm, people: People, session: Session, work: Callable[[str], None]
) -> None:
    other = other_aircraft(session, people.cooperative.id)
    job, owner = farm.job(), client(as_=people.owner)
    body = {"starts_at": at(7).isoformat(), "pinned": False, "aircraft_id": str(farm.aircraft.id)}
    assert owner.put(f"/api/v1/jobs/{job.id}/visit", json=body).status_code == 200
    patch(owner, f"/aircraft/{farm.aircraft.id}", services=["sow"])
    asked = ask(owner)
    work(asked["run_id"])
    moved = get_run(owner, asked)["moved"]
    assert [(one["aircraft_after"], one["why_code"]) for one in moved] == [(str(other.id), "unfit")]


def test_every_job_of_a_block_that_moves_has_the_reason_of_the_whole(
    client: Client, farm: Farm, people: People, session: Session, block: list[UUID], work: Callable[[str], None]
) -> None:
    """Planned on the first aircraft, which then only sows; only the first job of the block is known to the search."""
    other, owner = other_aircraft(session, people.cooperative.id), client(as_=people.owner)
    patch(owner, f"/aircraft/{other.id}", services=["sow"])
    plan(owner)
    patch(owner, f"/aircraft/{other.id}", services=["spray"])
    asked = ask(owner)
    work(asked["run_id"])
    assert get_run(owner, asked)["moved"] == []  # the control: nothing moves without a reason
    owner.post(f"/api/v1/plan-runs/{asked['run_id']}/discard")
    patch(owner, f"/aircraft/{farm.aircraft.id}", services=["sow"])
    asked = ask(owner)
    work(asked["run_id"])
    moved = get_run(owner, asked)["moved"]
    assert {UUID(one["job_id"]) for one in moved} == set(block)
    assert {(one["aircraft_after"], one["why_code"]) for one in moved} == {(str(other.id), "unfit")}


def test_the_board_says_so_and_lets_a_person_decide(client: Client, farm: Farm, people: People) -> None:
    job, owner = farm.job(), client(as_=people.owner)
    where = {"aircraft_id": str(farm.aircraft.id), "day": str(DAY), "half": "am"}
    shown = owner.get(f"/api/v1/jobs/{job.id}/moves", params=where).json()
    assert "unfit" not in [one["code"] for one in shown["breaks"]]
    patch(owner, f"/people/{people.operator.id}", services=["sow"])
    shown = owner.get(f"/api/v1/jobs/{job.id}/moves", params=where).json()
    assert ([one["code"] for one in shown["breaks"]], shown["is_possible"]) == (["unfit"], True)


def test_without_a_wish_the_aircraft_that_may_do_it_is_taken(
    client: Client, farm: Farm, people: People, session: Session
) -> None:
    other, owner = other_aircraft(session, people.cooperative.id), client(as_=people.owner)
    path = f"/api/v1/jobs/{farm.job().id}/visit"
    taken = owner.put(path, json={"starts_at": at(6).isoformat()}).json()["aircraft_id"]
    assert taken == str(farm.aircraft.id)  # the control: the first by name
    patch(owner, f"/aircraft/{farm.aircraft.id}", services=["sow"])
    assert owner.put(path, json={"starts_at": at(7).isoformat()}).json()["aircraft_id"] == str(other.id)
    # Where none may do it a person still has the last word.
    patch(owner, f"/aircraft/{other.id}", services=["sow"])
    assert owner.put(path, json={"starts_at": at(8).isoformat()}).json()["aircraft_id"] == str(farm.aircraft.id)


def test_an_aircraft_whose_crew_has_left_is_every_operators(
    client: Client, farm: Farm, people: People, session: Session
) -> None:
    """It would be fit for everything, because nobody is left whose skills could be asked, and nobody would be told."""
    owner = client(as_=people.owner)
    gone = make_person(session, people.cooperative, "0912000104", NOW, *people.operator.actor.roles)
    patch(owner, f"/aircraft/{farm.aircraft.id}", crew=[str(gone.id)])
    patch(owner, f"/people/{people.operator.id}", services=["sow"])
    assert Crews.read(session, people.cooperative.id).by_aircraft[farm.aircraft.id].unfit(Service.SPRAY, DAY) is None
    patch(owner, f"/people/{gone.id}", active=False)
    left = Crews.read(session, people.cooperative.id).by_aircraft[farm.aircraft.id]
    assert left.unfit(Service.SPRAY, DAY) is Unfit.SKILL
    assert owner.get(f"/api/v1/aircraft/{farm.aircraft.id}").json()["crew"] == []


def test_what_a_person_may_do_is_the_owners_to_say(client: Client, people: People) -> None:
    operator = client(as_=people.operator)
    for change in ({"services": ["sow"]}, {"licence": "X"}, {"licence_until": None}):
        assert patch(operator, f"/people/{people.operator.id}", **change).status_code == 403
    owner = client(as_=people.owner)
    path = f"/people/{people.operator.id}"
    assert patch(owner, path, licence_until="2027-01-31", services=["spray", "sow"]).json()["services"] == [
        "sow",
        "spray",
    ]
    assert patch(owner, path, licence_until=None).json()["licence_until"] is None


def test_a_crew_is_made_of_those_who_fly(client: Client, farm: Farm, people: People) -> None:
    operator, path = client(as_=people.operator), f"/aircraft/{farm.aircraft.id}"
    seen = operator.get(f"/api/v1{path}")
    made = patch(operator, path, crew=[str(people.operator.id)])
    assert made.json()["crew"] == [str(people.operator.id)]
    # It is part of what an edit saw.
    late = operator.patch(f"/api/v1{path}", json={"name": "x"}, headers={"If-Match": seen.headers["ETag"]})
    assert late.status_code == 412
    refused = patch(operator, path, crew=[str(people.farmer.id)])
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/fleet.not_of_the_crew")
    assert patch(operator, path, crew=[str(people.outsider.id)]).status_code == 404
    assert operator.get("/api/v1/aircraft").json()["items"][0]["crew"] == [str(people.operator.id)]
    assert patch(operator, path, crew=[]).json()["crew"] == []


def day_messages(session: Session, people: People) -> dict[str, str]:
    """Return what each phone was told of a published day."""
    statement = select(Message).where(
        col(Message.cooperative_id) == people.cooperative.id, col(Message.kind) == MessageKind.DAY_PUBLISHED
    )
    return {one.phone_e164: one.params["jobs"] for one in session.exec(statement).all()}


def test_a_published_day_is_told_to_the_crew_that_works_it(
    client: Client, farm: Farm, people: People, session: Session
) -> None:
    """Two jobs on the first aircraft, one on the second, none on the third, whose crew sleeps."""
    second = other_aircraft(session, people.cooperative.id)
    pilots = [
        make_person(session, people.cooperative, f"091200010{n}", NOW, *people.operator.actor.roles) for n in "123"
    ]
    owner = client(as_=people.owner)
    for aircraft, pilot in ((farm.aircraft, pilots[0]), (second, pilots[1])):
        assert patch(owner, f"/aircraft/{aircraft.id}", crew=[str(pilot.id)]).status_code == 200
    for hour, aircraft in ((6, farm.aircraft), (7, farm.aircraft), (8, second)):
        body = {"starts_at": at(hour).isoformat(), "aircraft_id": str(aircraft.id)}
        assert owner.put(f"/api/v1/jobs/{farm.job().id}/visit", json=body).status_code == 200
    assert owner.post(f"/api/v1/days/{DAY}/publish").json()["crew_told"] == 2
    first, other, idle = (one.person.phone_e164 for one in pilots)
    assert day_messages(session, people) == {first: "2", other: "1"}
    assert idle not in day_messages(session, people)


def test_where_nobody_is_named_every_operator_is_told(
    client: Client, farm: Farm, people: People, session: Session
) -> None:
    make_person(session, people.cooperative, "0912000102", NOW, *people.operator.actor.roles)
    owner = client(as_=people.owner)
    body = {"starts_at": at(6).isoformat(), "aircraft_id": str(farm.aircraft.id)}
    owner.put(f"/api/v1/jobs/{farm.job().id}/visit", json=body)
    assert owner.post(f"/api/v1/days/{DAY}/publish").json()["crew_told"] == 2


def test_offers_leave_out_the_days_after_the_licence(client: Client, farm: Farm, people: People) -> None:
    owner = client(as_=people.owner)
    patch(owner, f"/people/{people.operator.id}", licence_until=str(DAY))
    free = {one["day"] for one in offers(owner, farm).json()}
    assert free > {str(DAY)}  # the control: other days are free as well
    patch(owner, f"/aircraft/{farm.aircraft.id}", needs_licence=True)
    assert {one["day"] for one in offers(owner, farm).json()} == {str(DAY)}
