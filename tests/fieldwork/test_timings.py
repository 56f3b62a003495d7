"""Finished jobs teach how long the next ones take: from the field to the quote, and who may read it."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlmodel import Session, col, select

from drone_service.booking.models import Job
from drone_service.fieldwork.models import Work
from drone_service.fieldwork.rules import LoadFigures, actual_seconds, air_minutes, teaches, totals
from drone_service.planning.models import JobTiming
from drone_service.planning.queries import taught
from drone_service.planning.schemas import ActualSeconds, PhaseSeconds
from drone_service.planning.service import record_timings
from drone_service.planning.timing import Timing
from tests.booking.test_jobs import wanted
from tests.conftest import Client
from tests.people import People
from tests.scheduling.rows import Farm, at

Clients = Callable[..., Client]
PLAN = PhaseSeconds(
    setup_s=80, climb_s=16, transit_s=40, spray_s=400, turns_s=44, refill_s=140, swap_s=60, landing_s=24, pack_up_s=40
)
"""844 s, of them 524 in the air."""


def flown(
    session: Session, client: Client, farm: Farm, on_site_min: float, loads: Sequence[Any] = (), **finish: Any
) -> Job:
    """Take a job of the plan above from its place to its end, so many minutes after its start."""
    job = farm.job(quote=farm.quote().model_copy(update={"phases": PLAN}))
    hour = 6 + job.number
    client.put(f"/api/v1/jobs/{job.id}/visit", json={"starts_at": at(hour).isoformat()})
    client.post(f"/api/v1/jobs/{job.id}/start", json={})
    for load in loads:
        assert client.post(f"/api/v1/jobs/{job.id}/loads", json=load).status_code < 300
    work = session.exec(
        select(Work).where(col(Work.cooperative_id) == job.cooperative_id, col(Work.job_id) == job.id)
    ).one()
    work.started_at -= timedelta(minutes=on_site_min)
    session.flush()
    assert client.post(f"/api/v1/jobs/{job.id}/finish", json=finish).status_code == 200
    return job


def test_a_finished_job_teaches_the_next_quote(client: Clients, people: People, farm: Farm, session: Session) -> None:
    operator = client(people.operator)
    before = operator.post("/api/v1/quotes", json=wanted(farm)).json()["quote"]
    # 20 minutes where 844 s were planned; 10 of them in the air, where 524 s were.
    job = flown(session, operator, farm, 20, minutes=10, setup_min=3)
    timing = session.exec(select(JobTiming).where(col(JobTiming.cooperative_id) == people.cooperative.id)).one()
    assert (timing.job_id, timing.pilot_id) == (job.id, people.operator.id)
    assert timing.actual == ActualSeconds(total=1_200, air=600, ground=600, setup=180)
    # Nothing was known before it: the range is that of the plan.
    assert timing.told.p50_s == pytest.approx(844)
    told = client(people.owner).get(f"/api/v1/aircraft/{farm.aircraft.id}/timings").json()
    # total: (1200 ÷ 844 + 5) ÷ 6 = 1.07030; air: (600 ÷ 524 + 5 × 1.07030) ÷ 6 = 1.08276
    assert (told["jobs"], told["factors"]["total"]["jobs"]) == (1, 1)
    assert told["factors"]["total"]["value"] == pytest.approx(1.07030, abs=1e-4)
    assert told["factors"]["air"]["value"] == pytest.approx(1.08276, abs=1e-4)
    # |844 − 1200| ÷ 1200, and 1,200 lies above the 90th percentile of 1,082.6.
    assert told["past_error"] == {"jobs": 1, "median_error": pytest.approx(0.29667, abs=1e-4), "inside": 0.0}
    assert [crew["pilot_id"] for crew in told["crews"]] == [str(people.operator.id)]
    after = operator.post("/api/v1/quotes", json=wanted(farm)).json()["quote"]
    assert after["learned_from_jobs"] == 1
    assert after["phases"] == before["phases"]
    assert after["service_s"] > before["service_s"]


def test_what_does_not_teach(client: Clients, people: People, farm: Farm, session: Session) -> None:
    operator = client(people.operator)
    flown(session, operator, farm, 20, stop_reason="rain", area_done_m2=9_900)
    flown(session, operator, farm, 20, area_done_m2=9_400)
    job = farm.job()
    assert job.quote.phases is None
    assert taught(session, people.cooperative.id, farm.aircraft.id).lessons.jobs == 0
    # Eight hours on a job of a quarter of one: somebody forgot the button.
    flown(session, operator, farm, 480)
    told = operator.get(f"/api/v1/aircraft/{farm.aircraft.id}/timings").json()
    assert (told["jobs"], told["left_out"], told["past_error"]) == (0, 1, None)


def test_ranges_are_judged_by_what_was_known_before(people: People, farm: Farm, session: Session) -> None:
    timings = [
        Timing(farm.job().id, people.operator.id, at(6, minute), PLAN, ActualSeconds(total=1_000, air=600, ground=400))
        for minute in range(30)
    ]
    for part in (timings[:10], timings[10:]):
        record_timings(
            session, cooperative_id=people.cooperative.id, aircraft_id=farm.aircraft.id, timings=part, now=at(12)
        )
    rows = session.exec(
        select(JobTiming)
        .where(col(JobTiming.cooperative_id) == people.cooperative.id)
        .order_by(col(JobTiming.finished_at))
    ).all()
    told = [row.told.p50_s for row in rows]
    assert told[0] == pytest.approx(844)
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1_000, rel=0.01)
    known = taught(session, people.cooperative.id, farm.aircraft.id).lessons
    assert known.past_error is not None
    # Half of the errors are smaller than that of the sixteenth job, and none is that of the jobs now known.
    assert 0.0005 < known.past_error.median_error < 0.05
    assert known.past_error.jobs == 30


@pytest.mark.parametrize(
    ("who", "status"), [("owner", 200), ("operator", 200), ("agent", 403), ("farmer", 403), ("outsider", 404)]
)
def test_who_reads_the_lessons(client: Clients, people: People, farm: Farm, who: str, status: int) -> None:
    reader = client(getattr(people, who))
    assert reader.get(f"/api/v1/aircraft/{farm.aircraft.id}/timings").status_code == status
    if status == 200:
        assert reader.get(f"/api/v1/aircraft/{uuid4()}/timings").status_code == 404


@pytest.mark.parametrize("language", ["vi", "km", "en"])
def test_the_page_of_the_aircraft_says_it_in_words(
    client: Clients, people: People, farm: Farm, session: Session, language: str
) -> None:
    headers = {"cookie": f"lang={language}"}
    owner = client(people.owner)
    assert "%(" not in owner.get("/aircraft", headers=headers).text
    flown(session, client(people.operator), farm, 20, minutes=10)
    text = owner.get("/aircraft", headers=headers).text
    assert ("1.08" if language == "en" else "1,08") in text
    assert "%(" not in text


def test_more_minutes_in_the_air_than_on_the_clock_are_not_believed() -> None:
    assert actual_seconds(at(6), at(6, 20), 10, {"setup": 3, "fill": None}) == {
        "total": 1_200, "air": 600, "ground": 600, "setup": 180,
    }  # fmt: skip
    assert actual_seconds(at(6), at(6, 20), 20, {}) == {"total": 1_200}
    assert actual_seconds(at(6), at(6, 20), None, {}) == {"total": 1_200}


@pytest.mark.parametrize(
    ("loads", "known"),
    [
        ([(5_000, 4), (5_000, 5)], 9),
        ([(5_000, 4), (5_000, 0)], None),
        # The second load was forgotten, and the whole area typed at the end.
        ([(5_000, 4)], None),
        ([(4_800, 4), (4_700, 5)], 9),
        ([], None),
    ],
)
def test_the_minutes_of_some_loads_are_not_those_of_the_job(
    loads: list[tuple[float, float]], known: float | None
) -> None:
    recorded = totals(LoadFigures(area_m2, 20, minutes) for area_m2, minutes in loads)
    assert air_minutes(None, recorded, 10_000) == known
    assert air_minutes(8, recorded, 10_000) == 8


def test_a_job_with_a_load_that_was_not_timed_teaches_nothing_of_the_air(
    client: Clients, people: People, farm: Farm, session: Session
) -> None:
    operator = client(people.operator)
    loads = [{"load_id": str(uuid4()), "area_m2": 5_000, "quantity": 10, "minutes": minutes} for minutes in (4, 0)]
    flown(session, operator, farm, 20, loads)
    timing = session.exec(select(JobTiming).where(col(JobTiming.cooperative_id) == people.cooperative.id)).one()
    assert timing.actual == ActualSeconds(total=1_200)


def test_only_whole_jobs_teach() -> None:
    assert teaches(9_500, 10_000, stopped=False)
    assert not teaches(9_499, 10_000, stopped=False)
    assert not teaches(10_000, 10_000, stopped=True)
