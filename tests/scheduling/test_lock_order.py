"""Two transactions that want the same rows: days first, then jobs in the order of their keys, so that nobody waits in a
circle; and nothing is written of a row that was read before it was held.

Old code of each case ended in "deadlock detected" on PostgreSQL, or lost what the other had written.
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from threading import Barrier, BrokenBarrierError
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from drone_service.access.rules import Actor
from drone_service.booking import blocking
from drone_service.booking import service as booking_service
from drone_service.booking.models import BlockJob, Job
from drone_service.booking.rules import Event, State
from drone_service.fieldwork import service as fieldwork_service
from drone_service.fieldwork.rules import StopReason
from drone_service.fieldwork.schemas import FinishIn, StartIn
from drone_service.kit.db import Database
from drone_service.kit.ids import uuid7
from drone_service.scheduling import locks
from drone_service.scheduling.roads import NoRoads
from drone_service.scheduling.schemas import VisitIn
from drone_service.scheduling.service import place
from tests.conftest import NOW
from tests.people import make_people
from tests.scheduling.rows import DAY, at, make_farm

WAIT_S = 0.5
SHARE_S = 900


@dataclass(frozen=True)
class Pair:
    """Two scheduled jobs that are flown as one, and somebody who runs the schedule."""

    actor: Actor
    aircraft_id: UUID
    first: UUID
    second: UUID


def pair(database: Database) -> Pair:
    with database.transaction() as session:
        people = make_people(session, NOW)
        farm, actor = make_farm(session, people), people.operator.actor
        jobs = [farm.job(service_s=SHARE_S) for _ in range(2)]
        key = {"cooperative_id": actor.cooperative_id, "id": uuid7()}
        columns = [sa.column(name, sa.Uuid()) for name in ("cooperative_id", "id", "made_by_id")]
        columns += [sa.column("created_at", sa.DateTime(timezone=True)), sa.column("plan", sa.JSON())]
        blocks = sa.table("blocks", *columns, sa.column("version"), sa.column("shared_percent"))
        rest = {"made_by_id": actor.person_id, "created_at": NOW, "plan": {}, "version": 1, "shared_percent": 50}
        session.execute(sa.insert(blocks).values(**key, **rest))
        for job in jobs:
            session.add(BlockJob(cooperative_id=actor.cooperative_id, job_id=job.id, block_id=key["id"]))
        session.flush()
        place(session, actor=actor, job_id=jobs[0].id, data=VisitIn(starts_at=at(6)), roads=NoRoads(), now=NOW)
        return Pair(actor, farm.aircraft.id, *(job.id for job in jobs))


def job_of(session: Session, of: Pair, job_id: UUID) -> Job:
    return session.get_one(Job, (of.actor.cooperative_id, job_id))


def test_both_farmers_of_a_block_cancel_at_the_same_moment(
    fresh_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    both, met, take_apart = pair(fresh_database), Barrier(2), blocking.dissolve_of

    def dissolve(session: Session, job: Job) -> None:
        with suppress(BrokenBarrierError):
            met.wait(1)  # each has its own job by now, if it got that far
        take_apart(session, job)

    monkeypatch.setattr(blocking, "dissolve_of", dissolve)

    def cancel(job_id: UUID) -> None:
        with fresh_database.transaction() as session:
            booking_service.move(session, actor=both.actor, job_id=job_id, event=Event.CANCEL, reason="x", now=NOW)

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(cancel, job_id) for job_id in (both.first, both.second)]:
            done.result()
    with fresh_database.transaction(write=False) as session:
        jobs = [job_of(session, both, job_id) for job_id in (both.first, both.second)]
        left = session.exec(select(BlockJob).where(col(BlockJob.cooperative_id) == both.actor.cooperative_id)).all()
    assert [job.state for job in jobs] == [State.CANCELLED, State.CANCELLED]
    assert left == []


def meanwhile(database: Database, held: Callable[[Session], None], other: Callable[[Session], None]) -> None:
    """Begin one transaction, let another one run into it, and end the first."""

    def act() -> None:
        with database.transaction() as session:
            other(session)

    with ThreadPoolExecutor(1) as waiting:
        with database.transaction() as session:
            held(session)
            acted = waiting.submit(act)
            time.sleep(WAIT_S)
        acted.result()


def test_a_job_whose_work_begins_while_its_block_comes_apart_keeps_its_share(fresh_database: Database) -> None:
    both = pair(fresh_database)

    def start(session: Session) -> None:
        fieldwork_service.start(session, actor=both.actor, job_id=both.second, data=StartIn(), now=NOW)

    def cancel(session: Session) -> None:
        booking_service.move(session, actor=both.actor, job_id=both.first, event=Event.CANCEL, reason="x", now=NOW)

    meanwhile(fresh_database, start, cancel)
    with fresh_database.transaction(write=False) as session:
        job = job_of(session, both, both.second)
        assert (job.state, job.service_s) == (State.IN_PROGRESS, SHARE_S)
        assert job_of(session, both, both.first).state is State.CANCELLED


def test_a_job_is_given_back_while_somebody_changes_its_day(fresh_database: Database) -> None:
    both = pair(fresh_database)
    with fresh_database.transaction() as session:
        fieldwork_service.start(session, actor=both.actor, job_id=both.second, data=StartIn(), now=NOW)

    def give_back(session: Session) -> None:
        data = FinishIn(stop_reason=StopReason.RAIN, area_done_m2=0)
        fieldwork_service.finish(session, actor=both.actor, job_id=both.second, data=data, now=NOW)

    def change_the_day(session: Session) -> None:
        cooperative_id = both.actor.cooperative_id
        locks.lock_days(session, cooperative_id, [(both.aircraft_id, DAY)])
        time.sleep(WAIT_S)
        locks.lock_jobs(session, cooperative_id, [both.first, both.second])

    with ThreadPoolExecutor(2) as pool:

        def act(what: Callable[[Session], None]) -> None:
            with fresh_database.transaction() as session:
                what(session)

        changing = pool.submit(act, change_the_day)
        time.sleep(WAIT_S / 2)
        pool.submit(act, give_back).result()
        changing.result()
    with fresh_database.transaction(write=False) as session:
        assert job_of(session, both, both.second).state is State.CONFIRMED
