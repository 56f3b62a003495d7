"""Visits and their five-minute rows as they are written, and what it takes to get from one visit to the next.

Everything here runs under the lock of the days it touches; the services decide, this writes.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import numpy as np
import sqlalchemy as sa
from sqlmodel import Session, col

from drone_service.access import queries as access_queries
from drone_service.access.models import Cooperative
from drone_service.booking.models import Job
from drone_service.engine.schedule.problem import Matrix
from drone_service.engine.schedule.travel import travel_matrices
from drone_service.kit import db
from drone_service.kit.clock import local_day
from drone_service.kit.i18n import format_time
from drone_service.scheduling import queries
from drone_service.scheduling.day_problem import PlannedVisit
from drone_service.scheduling.models import Slot, Visit
from drone_service.scheduling.roads import NoRoads, Place, RoadTable
from drone_service.scheduling.rules import Period, SlotTaken, slots_of
from drone_service.scheduling.schemas import TravelSource


def take_slots(
    session: Session,
    cooperative_id: UUID,
    planned: Sequence[PlannedVisit],
    known: Mapping[UUID, Visit],
    pinned: Collection[UUID],
) -> dict[UUID, Visit]:
    """Write visits and their five-minute rows by job; `known` are those that there are. Raises SlotTaken."""
    # All old rows go first: two visits may exchange their times.
    delete_slots(session, [known[one.job_id] for one in planned if one.job_id in known])
    if not planned:
        return {}
    _refuse_taken(session, cooperative_id, planned)
    made: dict[UUID, Visit] = {}
    for one in planned:
        starts_at, ends_at = one.period.starts_at, one.period.ends_at
        visit = known.get(one.job_id) or Visit(
            cooperative_id=cooperative_id,
            job_id=one.job_id,
            aircraft_id=one.aircraft_id,
            day=local_day(starts_at),
            starts_at=starts_at,
            ends_at=ends_at,
        )
        visit.aircraft_id, visit.day = one.aircraft_id, local_day(starts_at)
        visit.starts_at, visit.ends_at, visit.pinned = starts_at, ends_at, one.job_id in pinned
        made[one.job_id] = visit
    session.add_all(made.values())
    # Who gets here without the days held is stopped by the keys.
    taken = _taken(planned[0].period)
    db.flush_or_raise(session, {"uq_visits_job": taken})
    session.add_all(row for visit in made.values() for row in slot_rows(visit))
    db.flush_or_raise(session, {"pk_slots": taken})
    return made


def _refuse_taken(session: Session, cooperative_id: UUID, planned: Sequence[PlannedVisit]) -> None:
    """Refuse the first visit that has no room, by name. Raises SlotTaken."""
    span = Period(min(one.period.starts_at for one in planned), max(one.period.ends_at for one in planned))
    taken = queries.taken_slots(session, cooperative_id, {one.aircraft_id for one in planned}, span)
    for one in planned:
        own = {(one.aircraft_id, slot_at) for slot_at in slots_of(one.period)}
        if own & taken:
            raise _taken(one.period)
        taken |= own


def _taken(period: Period) -> SlotTaken:
    return SlotTaken(**{"from": format_time(period.starts_at), "until": format_time(period.ends_at)})


def slot_rows(visit: Visit) -> list[Slot]:
    """Return the five-minute rows that guard a visit."""
    return [
        Slot(cooperative_id=visit.cooperative_id, aircraft_id=visit.aircraft_id, slot_at=slot_at, visit_id=visit.id)
        for slot_at in slots_of(Period(visit.starts_at, visit.ends_at))
    ]


def delete_slots(session: Session, visits: Sequence[Visit]) -> None:
    if not visits:
        return
    session.exec(
        sa.delete(Slot).where(
            col(Slot.cooperative_id) == visits[0].cooperative_id,
            col(Slot.visit_id).in_([visit.id for visit in visits]),
        )
    )


def delete_visits(session: Session, visits: Sequence[Visit]) -> None:
    delete_slots(session, visits)
    for visit in visits:
        session.delete(visit)
    session.flush()


def release_dead(session: Session, cooperative_id: UUID, days: Iterable[date], job_ids: Collection[UUID] = ()) -> None:
    """Free the time of jobs that were cancelled after they had been placed, and of some jobs on whatever day.

    Booking stands below the schedule and can only ask for it; a change of the day or of the job does not wait for that.
    """
    delete_visits(session, queries.list_dead_visits(session, cooperative_id, days, job_ids))


@dataclass(frozen=True)
class Travel:
    """Matrices over the base and a list of jobs, kept by job so that they outlive a second reading."""

    seconds: Matrix
    km: Matrix
    index: dict[UUID, int]
    source: TravelSource


def _places(cooperative: Cooperative, jobs: Sequence[Job]) -> list[Place]:
    return [(cooperative.base_lon, cooperative.base_lat), *((job.lon, job.lat) for job in jobs)]


def travel(cooperative: Cooperative, roads: RoadTable | Travel, jobs: Sequence[Job]) -> Travel:
    """Return driving times from the router, or from the great circle when there is none or it does not answer.

    So does each way to which the router knows no road: a field behind a ferry or a track that nobody has mapped is
    visited all the same. With a table that was read before nothing is asked: it is taken if it has all the jobs, else
    the great circle.
    """
    if isinstance(roads, Travel):
        if all(job.id in roads.index for job in jobs):
            return roads
        roads = NoRoads()
    places = _places(cooperative, jobs)
    index = {job.id: number for number, job in enumerate(jobs, start=1)}
    answer = roads.between(places)
    seconds, km = travel_matrices(places, factor=cooperative.travel_factor, speed_km_h=cooperative.travel_km_h)
    if answer is None:
        return Travel(seconds, km, index, TravelSource.GREAT_CIRCLE)
    roads_s, roads_km = answer
    has_road = np.isfinite(roads_s)
    return Travel(np.where(has_road, roads_s, seconds), np.where(has_road, roads_km, km), index, TravelSource.ROADS)


def ways(
    session: Session, cooperative_id: UUID, days: Iterable[date], roads: RoadTable, job_ids: Collection[UUID] = ()
) -> Travel:
    """Return the ways between the visits of some days and to some jobs: asked before anything is held.

    The router is another machine and may take its whole deadline.
    """
    rows = queries.list_visits(session, cooperative_id, days, quotes=False)
    known = {job.id: job for _, job in rows}
    known |= {job.id: job for job in queries.list_jobs(session, cooperative_id, set(job_ids) - known.keys())}
    return travel(access_queries.get_cooperative(session, cooperative_id), roads, list(known.values()))


def retell(session: Session, cooperative_id: UUID, days: Iterable[date], table: Travel | None = None) -> None:
    """Write on every visit of the days what it takes to get there from the one before, or from the base."""
    rows = queries.list_visits(session, cooperative_id, days)
    cooperative = access_queries.get_cooperative(session, cooperative_id)
    table = travel(cooperative, table or NoRoads(), [job for _, job in rows])
    key, place, group = None, 0, None
    for visit, job in rows:
        if (visit.day, visit.aircraft_id) != key:
            key, place, group = (visit.day, visit.aircraft_id), 0, None
        here = table.index[job.id]
        visit.travel_s = round(float(table.seconds[place, here]))
        visit.travel_km = round(float(table.km[place, here]), 3)
        visit.wash_s = cooperative.wash_out_min * 60 if group not in (None, job.wash_group) else 0
        place, group = here, job.wash_group
    session.flush()
