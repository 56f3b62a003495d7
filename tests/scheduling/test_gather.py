"""Waiting jobs gathered along a canal: proposed with their figures, placed whole or not at all, taken back."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from drone_service.booking.models import BlockJob, Job
from drone_service.booking.rules import HalfDay, State
from drone_service.engine.operation import Service
from drone_service.kit.ids import uuid7
from drone_service.scheduling import queries
from drone_service.scheduling.corridor import Axis, corridor_of
from drone_service.scheduling.models import ScheduleChange, Slot, Visit
from drone_service.scheduling.proposal import ChangeKind
from tests.people import People
from tests.scheduling.rows import DAY, Farm, at, other_aircraft

Client = Callable[..., Any]
CANAL = (105.80, 9.43)
"""Nine kilometres east of the base."""


def along(farm: Farm, count: int = 4, **changes: Any) -> list[Job]:
    """Store jobs some 300 m from each other along a canal that runs from north to south."""
    return [farm.job(**({"lon": CANAL[0], "lat": CANAL[1] + 0.002 * number} | changes)) for number in range(count)]


def look(client: Any, **params: Any) -> Any:
    answer = client.get("/api/v1/gatherings", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def body_of(group: Any, option: int = 0, **changes: Any) -> dict[str, Any]:
    chosen = group["options"][option]
    ids = [job["job_id"] for job in group["jobs"]]
    return {"job_ids": ids, **{name: chosen[name] for name in ("aircraft_id", "day", "half", "seen")}} | changes


def put(client: Any, group: Any, option: int = 0, **changes: Any) -> Any:
    return client.post("/api/v1/gatherings", json=body_of(group, option, **changes))


def visits_of(session: Session, jobs: list[Job]) -> list[Visit]:
    found = [queries.find_visit(session, job.cooperative_id, job.id) for job in jobs]
    return [visit for visit in found if visit is not None]


def test_the_figures_of_a_group_are_those_of_its_jobs(client: Client, farm: Farm, people: People) -> None:
    jobs = along(farm)
    farm.job(lon=105.72, lat=9.60)  # nobody is near this one
    shown = look(client(as_=people.owner))
    assert (shown["waiting"], shown["alone"], len(shown["gatherings"])) == (5, 1, 1)
    (group,) = shown["gatherings"]
    numbers = [job["job_number"] for job in group["jobs"]]
    assert numbers in ([job.number for job in jobs], [job.number for job in reversed(jobs)])
    assert (group["area_m2"], group["quantity"], group["rate_unit"], group["price_vnd"]) == (40_000, 80, "L", 720_000)
    assert (group["work_min"], group["wash_min"]) == (120, 0)
    assert group["total_min"] == group["work_min"] + group["drive_min"]
    assert group["ha_per_hour"] == pytest.approx(4 / (group["total_min"] / 60), abs=0.01)
    assert group["ha_per_hour"] > group["ha_per_hour_alone"]
    assert group["saved_km"] > 3 * 2 * 8
    assert (group["axis"], group["width_m"]) == ("ns", 0)
    assert group["length_m"] == pytest.approx(667, abs=5)
    assert [job["km_from_before"] is None for job in group["jobs"]] == [True, False, False, False]


def test_a_group_is_placed_whole_and_taken_back(client: Client, farm: Farm, people: People, session: Session) -> None:
    jobs, owner = along(farm), client(as_=people.owner)
    (group,) = look(owner)["gatherings"]
    assert group["options"][0]["breaks"] == []
    made = put(owner, group)
    assert made.status_code == 201, made.text
    assert (made.json()["kind"], made.json()["visits"]) == ("gather", 4)
    visits = sorted(visits_of(session, jobs), key=lambda visit: visit.starts_at)
    assert [str(visit.job_id) for visit in visits] in (
        [job["job_id"] for job in group["jobs"]], [job["job_id"] for job in group["jobs"][::-1]]
    )  # fmt: skip
    assert visits[0].starts_at.isoformat() == group["options"][0]["starts_at"].replace("Z", "+00:00")
    assert visits[-1].ends_at.isoformat() == group["options"][0]["ends_at"].replace("Z", "+00:00")
    assert not any(visit.pinned for visit in visits)
    assert {job.state for job in jobs} == {State.SCHEDULED}
    (kept,) = session.exec(select(ScheduleChange).where(col(ScheduleChange.cooperative_id) == people.cooperative.id))
    assert (kept.kind, kept.made_by_id) == (ChangeKind.GATHER, people.owner.id)
    assert look(owner)["gatherings"] == []
    assert owner.post(f"/api/v1/schedule-changes/{made.json()['change_id']}/undo").status_code == 201
    assert visits_of(session, jobs) == []
    assert {job.state for job in jobs} == {State.CONFIRMED}
    assert session.exec(select(Slot).where(col(Slot.cooperative_id) == people.cooperative.id)).all() == []


def test_a_job_that_was_placed_meanwhile_makes_it_a_conflict_and_nothing_is_placed(
    client: Client, farm: Farm, people: People, session: Session
) -> None:
    jobs, owner = along(farm), client(as_=people.owner)
    (group,) = look(owner)["gatherings"]
    elsewhere = {"starts_at": at(16, 0).isoformat()}  # on the other half of the day
    assert owner.put(f"/api/v1/jobs/{jobs[2].id}/visit", json=elsewhere).status_code == 200
    answer = put(owner, group)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/scheduling.gathering_outdated")
    assert [visit.job_id for visit in visits_of(session, jobs)] == [jobs[2].id]


def test_a_changed_job_or_half_day_makes_it_a_conflict(
    client: Client, farm: Farm, people: People, session: Session
) -> None:
    jobs, owner = along(farm), client(as_=people.owner)
    (group,) = look(owner)["gatherings"]
    jobs[1].service_s = 3600
    session.flush()
    assert put(owner, group).json()["type"] == "/problems/scheduling.gathering_outdated"
    (group,) = look(owner)["gatherings"]
    other = farm.job(lon=105.72, lat=9.50)
    place = {"starts_at": at(9, 0).isoformat()}
    assert owner.put(f"/api/v1/jobs/{other.id}/visit", json=place).status_code == 200
    assert put(owner, group).json()["type"] == "/problems/scheduling.gathering_outdated"
    assert visits_of(session, jobs) == []


def test_who_has_a_place_keeps_it(client: Client, farm: Farm, people: People, session: Session) -> None:
    """A visit in the middle of the morning leaves room before and after it, and the group takes one of them."""
    stands, owner = farm.job(), client(as_=people.owner)
    owner.put(f"/api/v1/jobs/{stands.id}/visit", json={"starts_at": at(7, 0).isoformat(), "pinned": False})
    jobs = along(farm, 3, service_s=900)
    (group,) = look(owner)["gatherings"]
    for option in group["options"]:
        if not option["breaks"]:
            assert option["shifted"] == []
    assert put(owner, group).status_code == 201
    kept = queries.find_visit(session, stands.cooperative_id, stands.id)
    assert kept
    assert kept.starts_at == at(7, 0)
    assert len(visits_of(session, jobs)) == 3


def test_what_has_to_give_way_is_said(client: Client, farm: Farm, people: People) -> None:
    """The morning is nearly full: the afternoon is proposed, and the morning names what it would break."""
    owner = client(as_=people.owner)
    full = farm.job(service_s=4 * 3600)
    owner.put(f"/api/v1/jobs/{full.id}/visit", json={"starts_at": at(5, 30).isoformat(), "pinned": False})
    along(farm)
    (group,) = look(owner)["gatherings"]
    first, second = group["options"]
    assert (first["half"], first["breaks"]) == ("pm", [])
    assert second["half"] == "am"
    assert {row["code"] for row in second["breaks"]} == {"outside_work_hours", "told_time"}
    assert [row["job_number"] for row in second["shifted"]] == [full.number]
    assert put(owner, group, option=1).status_code == 201


def test_half_days_the_farmers_agreed_to_are_the_only_ones(client: Client, farm: Farm, people: People) -> None:
    owner = client(as_=people.owner)
    along(farm, 2, half_days=[HalfDay.AFTERNOON])
    (group,) = look(owner)["gatherings"]
    assert {option["half"] for option in group["options"]} == {"pm"}
    forced = put(owner, group, half="am")
    assert (forced.status_code, forced.json()["type"]) == (409, "/problems/scheduling.no_room")


def test_two_groups_are_proposed_for_two_half_days(client: Client, farm: Farm, people: People) -> None:
    along(farm)
    along(farm, lon=105.60)
    first, second = look(client(as_=people.owner))["gatherings"]
    assert {first["options"][0]["half"], second["options"][0]["half"]} == {"am", "pm"}


def test_every_aircraft_is_offered(client: Client, farm: Farm, people: People, session: Session) -> None:
    other = other_aircraft(session, people.cooperative.id)
    along(farm)
    (group,) = look(client(as_=people.owner))["gatherings"]
    assert {option["aircraft_id"] for option in group["options"]} == {str(farm.aircraft.id), str(other.id)}


def test_a_crew_that_may_not_do_the_work_is_not_offered(
    client: Client, farm: Farm, people: People, session: Session
) -> None:
    other = other_aircraft(session, people.cooperative.id)
    along(farm)
    other.services = [Service.SPREAD]
    session.flush()
    owner = client(as_=people.owner)
    (group,) = look(owner)["gatherings"]
    assert {option["aircraft_id"] for option in group["options"]} == {str(farm.aircraft.id)}
    farm.aircraft.services = [Service.SPREAD]
    session.flush()
    assert look(owner)["gatherings"] == []
    assert put(owner, group).json()["type"] == "/problems/scheduling.no_room"


def test_the_distance_between_neighbours_is_chosen(client: Client, farm: Farm, people: People) -> None:
    along(farm, 2)
    farm.job(lon=CANAL[0] + 0.02, lat=CANAL[1])  # three kilometres by road
    owner = client(as_=people.owner)
    assert [len(one["jobs"]) for one in look(owner)["gatherings"]] == [2]
    assert [len(one["jobs"]) for one in look(owner, max_gap_km=5)["gatherings"]] == [3]


def test_spraying_and_spreading_are_not_put_together(client: Client, farm: Farm, people: People) -> None:
    along(farm, 2)
    along(farm, 2, service=Service.SPREAD)
    found = look(client(as_=people.owner))["gatherings"]
    assert sorted((one["service"], len(one["jobs"])) for one in found) == [("spray", 2), ("spread", 2)]


def test_the_jobs_of_a_block_are_one_piece(client: Client, farm: Farm, people: People, session: Session) -> None:
    """The block's jobs stand together in the order, and one allowed only in the afternoon takes the other with it."""
    alone = along(farm, 2, service_s=900)
    flown = [farm.job(lon=CANAL[0], lat=CANAL[1] + 0.001, half_days=halves, service_s=900)
             for halves in ([HalfDay.MORNING, HalfDay.AFTERNOON], [HalfDay.AFTERNOON])]  # fmt: skip
    make_block(session, people, flown)
    owner = client(as_=people.owner)
    (group,) = look(owner)["gatherings"]
    numbers = [job["job_number"] for job in group["jobs"]]
    assert numbers == [alone[0].number, *(job.number for job in flown), alone[1].number] or numbers == [
        alone[1].number, *(job.number for job in flown), alone[0].number
    ]  # fmt: skip
    assert [job["in_block"] for job in group["jobs"]] == [False, True, True, False]
    assert {option["half"] for option in group["options"] if not option["breaks"]} == {"pm"}
    assert put(owner, group).status_code == 201
    first, second = visits_of(session, flown)
    assert first.ends_at == second.starts_at


def make_block(session: Session, people: People, jobs: list[Job]) -> None:
    """Store which jobs a block holds; its plan is not read here."""
    block_id, moment = uuid7(), sa.DateTime(timezone=True)
    keys = [sa.column(name, sa.Uuid()) for name in ("cooperative_id", "id", "made_by_id")]
    others = [sa.column("shared_percent"), sa.column("version"), sa.column("created_at", moment), sa.column("plan")]
    table = sa.table("blocks", *keys, *others)
    session.execute(
        sa.insert(table).values(
            cooperative_id=people.cooperative.id, id=block_id, made_by_id=people.owner.id, shared_percent=50, version=1,
            created_at=at(8), plan=sa.literal_column("'{}'"),
        )
    )  # fmt: skip
    session.add_all([BlockJob(cooperative_id=job.cooperative_id, job_id=job.id, block_id=block_id) for job in jobs])
    session.flush()


def test_a_locked_day_is_neither_proposed_nor_changed(client: Client, farm: Farm, people: People) -> None:
    along(farm)
    owner = client(as_=people.owner)
    (group,) = look(owner)["gatherings"]
    owner.put(f"/api/v1/days/{DAY}/lock")
    assert put(owner, group).json()["type"] == "/problems/scheduling.day_locked"
    assert look(owner)["gatherings"] == []


def test_the_same_key_places_once(client: Client, farm: Farm, people: People, session: Session) -> None:
    jobs, owner = along(farm), client(as_=people.owner)
    (group,) = look(owner)["gatherings"]
    sent = [
        owner.post("/api/v1/gatherings", json=body_of(group), headers={"Idempotency-Key": "once"}) for _ in range(2)
    ]
    assert [answer.status_code for answer in sent] == [201, 201]
    assert sent[0].json() == sent[1].json()
    assert len(visits_of(session, jobs)) == 4


def test_who_may_see_and_accept(client: Client, farm: Farm, people: People) -> None:
    along(farm)
    (group,) = look(client(as_=people.operator))["gatherings"]
    for who in (people.farmer, people.agent):
        assert client(as_=who).get("/api/v1/gatherings").status_code == 403
        assert put(client(as_=who), group).status_code == 403
    assert put(client(as_=people.operator), group).status_code == 201


def test_a_job_of_nobody_here_is_not_found(client: Client, farm: Farm, people: People) -> None:
    along(farm)
    owner = client(as_=people.owner)
    (group,) = look(owner)["gatherings"]
    assert put(owner, group, job_ids=[str(uuid7()), str(uuid7())]).status_code == 404


@pytest.mark.parametrize("first", ["0001-01-01", "2026-03-01"])
def test_days_that_have_gone_are_not_asked_for(client: Client, farm: Farm, people: People, first: str) -> None:
    along(farm)
    assert look(client(as_=people.owner), first=first)["first"] == str(DAY - timedelta(days=1))


def test_a_day_out_of_reach_is_refused(client: Client, people: People) -> None:
    answer = client(as_=people.owner).get("/api/v1/gatherings", params={"first": "9999-12-31"})
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/weather.day_out_of_reach")


@pytest.mark.parametrize(
    ("step", "axis"),
    [
        ((0.0, 0.01), Axis.NORTH_SOUTH),
        ((0.01, 0.01), Axis.NORTHEAST_SOUTHWEST),
        ((0.01, 0.0), Axis.EAST_WEST),
        ((0.01, -0.01), Axis.NORTHWEST_SOUTHEAST),
    ],
)
def test_the_direction_of_a_canal(step: tuple[float, float], axis: Axis) -> None:
    found = corridor_of([(105.7 + step[0] * n, 9.4 + step[1] * n) for n in range(4)])
    assert (found.axis, found.width_m) == (axis, 0)
