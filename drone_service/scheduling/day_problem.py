"""From jobs and aircraft to the engine's problem, and from its plan back to visits. Plain values in and out.

Every time in the problem is a multiple of five minutes (services, drives and washing are rounded up), so the starts
that the search finds are slots as they are.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from math import ceil
from uuid import UUID

import numpy as np

from drone_service.booking.models import Job as BookedJob
from drone_service.engine.errors import EngineError
from drone_service.engine.schedule.plan import Plan, Route, Stop
from drone_service.engine.schedule.problem import Job, Matrix, Pin, Problem, Shift, Window
from drone_service.kit.clock import local_day
from drone_service.scheduling.crews import name_of
from drone_service.scheduling.rules import SLOT, Period
from drone_service.scheduling.together import Length, gathered, spread
from drone_service.scheduling.windows import JobToPlan, Sky, windows_of

SLOT_S = SLOT.total_seconds()
KM_COST = 3.0  # thousand đồng a kilometre of the crew's vehicle (k)
PROMISED_FACTOR = 3.0  # a job that was on the schedule is not dropped for a somewhat dearer one
LAST_DAY_FACTOR = 1.5  # nor is one that cannot be done later


def plain_job(
    job: BookedJob,
    *,
    promised: bool = False,
    told: Period | None = None,
    keeps_told: bool = False,
    sky: tuple[Sky, ...] = (),
    crews: frozenset[str] | None = None,
) -> JobToPlan:
    """Return a booked job as the plan sees it."""
    return JobToPlan(
        id=job.id,
        place=(job.lon, job.lat),
        service_s=float(job.service_s),
        group=job.wash_group,
        price_vnd=job.price_vnd,
        first_day=job.allowed_from,
        last_day=job.allowed_until,
        half_days=frozenset(job.half_days),
        promised=promised,
        told=told,
        keeps_told=keeps_told,
        sky=sky,
        crews=crews,
    )


@dataclass(frozen=True)
class FixedVisit:
    """A visit that stays where it is: pinned by a person, begun or done."""

    job: JobToPlan
    aircraft_id: UUID
    period: Period


@dataclass(frozen=True)
class AircraftShift:
    """One work period of one aircraft and its crew."""

    aircraft_id: UUID
    period: Period


@dataclass(frozen=True)
class PlannedVisit:
    """A job of the plan with its aircraft and time."""

    job_id: UUID
    aircraft_id: UUID
    period: Period


@dataclass(frozen=True)
class DayProblem:
    """The engine's problem with the names that lead back from it."""

    problem: Problem
    zero: datetime
    shifts: Mapping[str, AircraftShift]
    fixed_ids: frozenset[str] = field(default_factory=frozenset)
    pieces: Mapping[UUID, tuple[Length, ...]] = field(default_factory=dict)
    """The visits behind a job of the problem that stands for several, by that job."""

    def movable(self, job: JobToPlan, days: Sequence[date], place: int) -> Job:
        """Return one more job for the problem, at a place of it, to be done on some of the days."""
        windows = windows_of(job, days, self.zero, 0.0)
        value = max(job.price_vnd / 1000, 1.0)
        return Job(str(job.id), place, _slots_s(job.service_s), value, windows, job.group, crews=job.crews)

    def has_hours(self, job: JobToPlan, days: Sequence[date]) -> bool:
        """Tell whether a job could lie inside a shift at one of its times, whatever else is done there."""
        length = _slots_s(job.service_s)
        return any(
            min(window.end_s, shift.end_s) - max(window.start_s, shift.start_s) >= length
            for window in windows_of(job, days, self.zero, 0.0)
            for shift in self.problem.shifts
        )

    def ends_whole(self, shift: str) -> bool:
        """Tell whether a shift ends with the working time: one that was divided may end where a visit stays."""
        end_s = self.problem.shifts[self.problem.shift_index[shift]].end_s
        return self.zero + timedelta(seconds=end_s) == self.shifts[shift].period.ends_at

    @property
    def periods(self) -> dict[str, Period]:
        """The working time behind the name of each shift."""
        return {name: shift.period for name, shift in self.shifts.items()}

    def plan_of(self, visits: Iterable[PlannedVisit]) -> Plan:
        """Return visits as a plan of the problem; what lies in no shift is left out. Its score is not worked out."""
        stops: dict[str, list[Stop]] = {shift.id: [] for shift in self.problem.shifts}
        own: dict[UUID, list[Shift]] = {}
        for shift in self.problem.shifts:
            own.setdefault(self.shifts[shift.id].aircraft_id, []).append(shift)
        for visit in self._gathered(visits):
            begin, end = ((m - self.zero).total_seconds() for m in (visit.period.starts_at, visit.period.ends_at))
            at = [shift.id for shift in own.get(visit.aircraft_id, ()) if shift.start_s <= begin < shift.end_s]
            if at and str(visit.job_id) in self.problem.job_index:
                stops[at[0]].append(Stop(str(visit.job_id), begin, begin, end))
        routes = (Route(shift, tuple(sorted(found, key=lambda stop: stop.start_s))) for shift, found in stops.items())
        return Plan(0.0, tuple(routes), ())

    def _gathered(self, visits: Iterable[PlannedVisit]) -> list[PlannedVisit]:
        """Put one visit in the place of those of a piece; a piece that came apart has none."""
        left = {visit.job_id: visit for visit in visits}
        for lead, lengths in self.pieces.items():
            own = [visit for job_id, _ in lengths if (visit := left.pop(job_id, None)) is not None]
            period = gathered([visit.period for visit in own]) if len(own) == len(lengths) else None
            if period is not None and len({visit.aircraft_id for visit in own}) == 1:
                left[lead] = PlannedVisit(lead, own[0].aircraft_id, period)
        return list(left.values())

    def visits(self, plan: Plan) -> list[PlannedVisit]:
        """Return the visits of a plan that were not fixed before."""
        return [
            PlannedVisit(job_id, self.shifts[route.shift].aircraft_id, period)
            for route in plan.routes
            for stop in route.stops
            if stop.job not in self.fixed_ids
            for job_id, period in self._visits_of(stop)
        ]

    def _visits_of(self, stop: Stop) -> Iterable[tuple[UUID, Period]]:
        begin, end = (self.zero + timedelta(seconds=seconds) for seconds in (stop.start_s, stop.end_s))
        lengths = self.pieces.get(UUID(stop.job))
        return spread(lengths, begin).items() if lengths else [(UUID(stop.job), Period(begin, end))]


def length_of(job: JobToPlan) -> timedelta:
    """Return how long the visit of a job is, in whole slots."""
    return timedelta(seconds=_slots_s(job.service_s))


def build(
    *,
    zero: datetime,
    days: Sequence[date],
    shifts: Sequence[AircraftShift],
    jobs: Sequence[JobToPlan],
    fixed: Sequence[FixedVisit],
    travel_s: Matrix,
    travel_km: Matrix,
    wash_s: float,
    moved_price: float = 0.0,
) -> DayProblem:
    """Build the problem. The matrices are over the base, then `jobs`, then the jobs of `fixed`, in order.
    `moved_price` is the share of its value that a job loses at another time than its farmer was told.

    A fixed visit becomes a pin where one crew can keep all pins of the shift; otherwise (a person placed visits too
    close together, or outside the working hours) the shift is divided round them.
    """
    rounded_s = up_to_slots(travel_s)
    groups = {job.group for job in jobs} | {visit.job.group for visit in fixed}
    wash = {a: {b: _slots_s(wash_s) for b in groups if a != b} for a in groups}
    made = _Maker(zero, days, rounded_s, travel_km, wash, moved_price)
    for number, shift in enumerate(shifts):
        own = [
            (len(jobs) + 1 + position, visit)
            for position, visit in enumerate(fixed)
            if visit.aircraft_id == shift.aircraft_id and visit.period.overlaps(shift.period)
        ]
        made.add_shift(f"s{number}", shift, sorted(own, key=lambda pair: pair[1].period.starts_at))
    for number, job in enumerate(jobs):
        made.jobs.append(made.movable(job, number + 1))
    problem = Problem(rounded_s, travel_km, tuple(made.shifts), tuple(made.jobs), KM_COST, wash)
    return DayProblem(problem, zero, made.named, frozenset(made.fixed_ids))


class _Maker:
    """Collects the parts of the problem while the shifts are gone through."""

    def __init__(
        self,
        zero: datetime,
        days: Sequence[date],
        travel_s: Matrix,
        travel_km: Matrix,
        wash: Mapping[str, Mapping[str, float]],
        moved_price: float,
    ) -> None:
        self.moved_price = moved_price
        self.zero, self.days = zero, sorted(days)
        self.travel_s, self.travel_km, self.wash = travel_s, travel_km, wash
        self.shifts: list[Shift] = []
        self.jobs: list[Job] = []
        self.named: dict[str, AircraftShift] = {}
        self.fixed_ids: set[str] = set()

    def seconds(self, moment: datetime) -> float:
        return (moment - self.zero).total_seconds()

    def add_shift(self, name: str, shift: AircraftShift, own: Sequence[tuple[int, FixedVisit]]) -> None:
        whole = self._shift(name, shift, shift.period, 0, 0)
        pins = [self._pinned(visit, place, name) for place, visit in own]
        if not pins or self._keeps(whole, pins):
            self._take(whole, shift)
            self.jobs.extend(pins)
            self.fixed_ids.update(pin.id for pin in pins)
            return
        begin, place = shift.period.starts_at, 0
        for number, (next_place, visit) in enumerate(own):
            self._take_part(f"{name}-{number}", shift, Period(begin, visit.period.starts_at), place, next_place)
            # The search does not see the product in the tank at the seam, so the washing is always kept free.
            begin, place = max(begin, visit.period.ends_at + self._seam()), next_place
        self._take_part(f"{name}-{len(own)}", shift, Period(begin, shift.period.ends_at), place, 0)

    def _seam(self) -> timedelta:
        return timedelta(seconds=max((s for row in self.wash.values() for s in row.values()), default=0.0))

    def _take_part(self, name: str, shift: AircraftShift, period: Period, start: int, end: int) -> None:
        last = period.ends_at - (self._seam() if end else timedelta())
        if period.starts_at < last:
            self._take(self._shift(name, shift, Period(period.starts_at, last), start, end), shift)

    def _take(self, made: Shift, shift: AircraftShift) -> None:
        self.shifts.append(made)
        self.named[made.id] = shift

    def _shift(self, name: str, shift: AircraftShift, period: Period, start: int, end: int) -> Shift:
        return Shift(
            name,
            name_of(shift.aircraft_id, local_day(period.starts_at)),
            self.seconds(period.starts_at),
            self.seconds(period.ends_at),
            start,
            end,
        )

    def _pinned(self, visit: FixedVisit, place: int, shift: str) -> Job:
        begin, end = self.seconds(visit.period.starts_at), self.seconds(visit.period.ends_at)
        return Job(
            str(visit.job.id), place, end - begin, 0.0, (Window(begin, end),), visit.job.group, Pin(shift, begin)
        )

    def _keeps(self, shift: Shift, pins: Sequence[Job]) -> bool:
        try:
            Problem(self.travel_s, self.travel_km, (shift,), tuple(pins), KM_COST, self.wash)
        except EngineError:
            return False
        return True

    def movable(self, job: JobToPlan, place: int) -> Job:
        value = max(job.price_vnd / 1000, 1.0) * job.urgency
        if job.promised:
            value *= PROMISED_FACTOR
        if job.last_day <= self.days[-1]:
            value *= LAST_DAY_FACTOR
        windows = windows_of(job, self.days, self.zero, self.moved_price)
        return Job(str(job.id), place, _slots_s(job.service_s), value, windows, job.group, crews=job.crews)


def _slots_s(seconds: float) -> float:
    return ceil(seconds / SLOT_S) * SLOT_S


def up_to_slots(travel_s: Matrix) -> Matrix:
    """Return driving times rounded up to whole slots."""
    # A minute between neighbours still takes packing up, so nothing above zero is rounded to zero.
    slots: Matrix = np.ceil(np.round(travel_s, 3) / SLOT_S) * SLOT_S
    return slots
