"""Visits and their five-minute rows as they are written, and what it takes to get from one visit to the next.

Everything here runs under the lock of the days it touches; the services decide, this writes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

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


def take_slots(session: Session, cooperative_id: UUID, planned: PlannedVisit, *, pinned: bool) -> Visit:
    """Write the visit and its five-minute rows. Raises SlotTaken."""
    visit = queries.find_visit(session, cooperative_id, planned.job_id)
    if visit is None:
        visit = Visit(cooperative_id=cooperative_id, job_id=planned.job_id, aircraft_id=planned.aircraft_id,
                      day=local_day(planned.period.starts_at), starts_at=planned.period.starts_at,
                      ends_at=planned.period.ends_at)  # fmt: skip
        session.add(visit)
    else:
        delete_slots(session, [visit])
    visit.aircraft_id, visit.day = planned.aircraft_id, local_day(planned.period.starts_at)
    visit.starts_at, visit.ends_at = planned.period.starts_at, planned.period.ends_at
    visit.pinned = pinned
    taken = SlotTaken(**{"from": format_time(visit.starts_at), "until": format_time(visit.ends_at)})
    db.flush_or_raise(session, {"uq_visits_job": taken})
    session.add_all(slot_rows(visit))
    db.flush_or_raise(session, {"pk_slots": taken})
    return visit


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


def release_dead(session: Session, cooperative_id: UUID, days: Iterable[date]) -> None:
    """Free the time of jobs that were cancelled after they had been placed.

    Booking stands below the schedule and cannot do it; the first change of the day does.
    """
    delete_visits(session, queries.list_dead_visits(session, cooperative_id, days))


@dataclass(frozen=True)
class Travel:
    """Matrices over the base and a list of jobs, kept by job so that they outlive a second reading."""

    seconds: Matrix
    km: Matrix
    index: dict[UUID, int]
    source: TravelSource


def _places(cooperative: Cooperative, jobs: Sequence[Job]) -> list[Place]:
    return [(cooperative.base_lon, cooperative.base_lat), *((job.lon, job.lat) for job in jobs)]


def travel(cooperative: Cooperative, roads: RoadTable, jobs: Sequence[Job]) -> Travel:
    """Return driving times from the router, or from the great circle when there is none or it does not answer."""
    places = _places(cooperative, jobs)
    index = {job.id: number for number, job in enumerate(jobs, start=1)}
    answer = roads.between(places)
    if answer is not None:
        return Travel(*answer, index, TravelSource.ROADS)
    seconds, km = travel_matrices(places, factor=cooperative.travel_factor, speed_km_h=cooperative.travel_km_h)
    return Travel(seconds, km, index, TravelSource.GREAT_CIRCLE)


def retell(session: Session, cooperative_id: UUID, days: Iterable[date], table: Travel | None = None) -> None:
    """Write on every visit of the days what it takes to get there from the one before, or from the base."""
    rows = queries.list_visits(session, cooperative_id, days)
    cooperative = access_queries.get_cooperative(session, cooperative_id)
    if table is None or any(job.id not in table.index for _, job in rows):
        table = travel(cooperative, NoRoads(), [job for _, job in rows])
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
