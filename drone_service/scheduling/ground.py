"""The half-days of some days read from the tables, as the plain values that changes are worked out on. Reads only."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from hashlib import sha256
from uuid import UUID

from sqlmodel import Session

from drone_service.access import queries as access_queries
from drone_service.access.models import Cooperative
from drone_service.booking.models import Job
from drone_service.booking.rules import HalfDay, State
from drone_service.fleet import queries as fleet_queries
from drone_service.fleet.models import Aircraft
from drone_service.kit.clock import end_of_day, local_moment
from drone_service.scheduling import queries, writing
from drone_service.scheduling.crews import Crews
from drone_service.scheduling.day_problem import plain_job
from drone_service.scheduling.models import Visit
from drone_service.scheduling.roads import RoadTable
from drone_service.scheduling.rules import Period, visit_period, work_periods
from drone_service.scheduling.sequence import Ground, HalfDayPlan, Stop
from drone_service.scheduling.telling import told_of
from drone_service.scheduling.together import Together, as_one, gathered
from drone_service.scheduling.windows import NOON, half_at, half_day_periods

Cell = tuple[UUID, date, HalfDay]


def half_bounds(day: date, half: HalfDay) -> Period:
    """Return the whole half of a local day, work or not."""
    noon = local_moment(day, NOON)
    if half is HalfDay.MORNING:
        return Period(local_moment(day, time.min), noon)
    return Period(noon, end_of_day(day))


def work_of(cooperative: Cooperative, day: date, half: HalfDay) -> Period:
    """Return from when to when people work in a half-day; the whole half where the cooperative has no hours in it.

    Hours that begin in the morning belong to it to their end. They are those of the afternoon too, from noon on, where
    no others begin in it.
    """
    whole = half_bounds(day, half)
    periods = [one for one in work_periods(day, cooperative.work_windows) if one.overlaps(whole)]
    found = [one for one in periods if whole.starts_at <= one.starts_at] or periods
    if not found:
        return whole
    return Period(max(found[0].starts_at, whole.starts_at), max(period.ends_at for period in found))


@dataclass(frozen=True)
class BoardGround:
    """Everything that a change of these days is worked out on."""

    cooperative: Cooperative
    aircraft: Sequence[Aircraft]
    days: Sequence[date]
    rows: Sequence[tuple[Visit, Job]]
    ground: Ground
    table: writing.Travel
    crews: Crews
    together: Together

    @classmethod
    def read(
        cls,
        session: Session,
        cooperative_id: UUID,
        days: Sequence[date],
        roads: RoadTable | writing.Travel,
        moving: Sequence[Job],
    ) -> "BoardGround":
        """Read the days; `moving` are the jobs that may be put on them. Of ways read before, no router is asked."""
        cooperative = access_queries.get_cooperative(session, cooperative_id)
        rows = queries.list_visits(session, cooperative_id, days)
        jobs = list({job.id: job for job in [*(job for _, job in rows), *moving]}.values())
        table = writing.travel(cooperative, roads, jobs)
        ground = Ground(table.seconds, table.km, cooperative.wash_out_min * 60.0)
        aircraft = fleet_queries.list_aircraft(session, cooperative_id, in_service_only=True)
        crews = Crews.read(session, cooperative_id)
        together = Together.read(session, cooperative_id, [job.id for job in jobs])
        return cls(cooperative, aircraft, days, rows, ground, table, crews, together)

    def half(self, cell: Cell) -> HalfDayPlan:
        """Return a half-day of an aircraft as it stands."""
        aircraft_id, day, half = cell
        own = [
            (visit, job)
            for visit, job in self.rows
            if visit.aircraft_id == aircraft_id and visit.day == day and half_at(visit.starts_at) is half
        ]
        return HalfDayPlan(work_of(self.cooperative, day, half), tuple(map(self.stop, self._pieces(own))))

    def _pieces(self, rows: Sequence[tuple[Visit, Job]]) -> list[list[tuple[Visit | None, Job]]]:
        """Put visits of a block that follow one another into one piece."""
        found: list[list[tuple[Visit | None, Job]]] = []
        for visit, job in rows:
            last, before = found[-1][-1] if found else (None, None)
            follows = last is not None and last.ends_at == visit.starts_at
            if follows and before is not None and job.id in self.together.party(before.id):
                found[-1].append((visit, job))
            else:
                found.append([(visit, job)])
        return found

    def taken(self, cell: Cell, besides: Collection[UUID]) -> list[Period]:
        """Return the periods of the aircraft's other half of the day."""
        aircraft_id, day, half = cell
        return [
            Period(visit.starts_at, visit.ends_at)
            for visit, job in self.rows
            if visit.aircraft_id == aircraft_id
            and visit.day == day
            and half_at(visit.starts_at) is not half
            and job.id not in besides
        ]

    def stop(self, rows: Sequence[tuple[Visit | None, Job]]) -> Stop:
        """Return a job, or those of a block, as a stop; at its time if all of it has one and it is in one piece."""
        periods = [Period(visit.starts_at, visit.ends_at) if visit else None for visit, _ in rows]
        lengths = tuple(
            (job.id, period.ends_at - period.starts_at if period else self.length(job))
            for period, (_, job) in zip(periods, rows, strict=True)
        )
        known = [period for period in periods if period is not None]
        job, plain = rows[0][1], as_one([plain_job(job) for _, job in rows], lengths)
        allowed = tuple(
            period
            for number in range((plain.last_day - plain.first_day).days + 1)
            for period in half_day_periods(plain, plain.first_day + timedelta(days=number))
        )
        return Stop(
            job_id=job.id,
            place=self.table.index[job.id],
            group=job.wash_group,
            length=sum((length for _, length in lengths), timedelta()),
            period=gathered(known) if len(known) == len(rows) else None,
            stays=any(visit and (visit.pinned or job.state is not State.SCHEDULED) for visit, job in rows),
            allowed=allowed,
            told=next((told_of(visit) for visit, _ in rows if visit), None),
            lengths=lengths if len(rows) > 1 else (),
        )

    @staticmethod
    def length(job: Job) -> timedelta:
        """Return how long a visit of the job is, in whole slots. Raises VisitTooLong."""
        period = visit_period(local_moment(job.allowed_from, time.min), job.service_s)
        return period.ends_at - period.starts_at

    def cell_of(self, visit: Visit) -> Cell:
        return visit.aircraft_id, visit.day, half_at(visit.starts_at)

    def seen(self, job_ids: Collection[UUID], aircraft_days: set[tuple[UUID, date]]) -> str:
        """Return a mark of how the days of the aircraft and the jobs stand; any change of them is another mark."""
        parts = [
            f"{visit.aircraft_id} {visit.day} {job.id} {visit.starts_at.isoformat()} {visit.pinned} {job.state}"
            for visit, job in self.rows
            if (visit.aircraft_id, visit.day) in aircraft_days or job.id in job_ids
        ]
        return sha256("\n".join(sorted(parts)).encode()).hexdigest()[:24]
