"""From jobs and aircraft to the engine's problem, and from its plan back to visits. Plain values in and out.

Every time in the problem is a multiple of five minutes (services, drives and washing are rounded up), so the starts
that the search finds are slots as they are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from math import ceil, inf
from uuid import UUID

import numpy as np

from drone_service.booking.rules import HalfDay
from drone_service.engine.errors import EngineError
from drone_service.engine.schedule.plan import Plan
from drone_service.engine.schedule.problem import Job, Matrix, Pin, Problem, Shift, Window
from drone_service.kit.clock import local_moment
from drone_service.scheduling.rules import SLOT, Period

SLOT_S = SLOT.total_seconds()
NOON = time(12)
KM_COST = 3.0  # thousand đồng a kilometre of the crew's vehicle (k)
PROMISED_FACTOR = 3.0  # a job that was on the schedule is not dropped for a somewhat dearer one
LAST_DAY_FACTOR = 1.5  # nor is one that cannot be done later
LATER_DAY_LOSS = 0.02  # doing it a day sooner is worth so much of it, all else equal


@dataclass(frozen=True)
class JobToPlan:
    """What the plan needs to know of a job."""

    id: UUID
    place: tuple[float, float]
    service_s: float
    group: str
    price_vnd: int
    first_day: date
    last_day: date
    half_days: frozenset[HalfDay]
    promised: bool = False


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

    def visits(self, plan: Plan) -> list[PlannedVisit]:
        """Return the visits of a plan that were not fixed before."""
        return [
            PlannedVisit(
                UUID(stop.job),
                self.shifts[route.shift].aircraft_id,
                Period(self.zero + timedelta(seconds=stop.start_s), self.zero + timedelta(seconds=stop.end_s)),
            )
            for route in plan.routes
            for stop in route.stops
            if stop.job not in self.fixed_ids
        ]


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
) -> DayProblem:
    """Build the problem. The matrices are over the base, then `jobs`, then the jobs of `fixed`, in order.

    A fixed visit becomes a pin where one crew can keep all pins of the shift; otherwise (a person placed visits too
    close together, or outside the working hours) the shift is divided round them.
    """
    rounded_s = _up_to_slots(travel_s)
    groups = {job.group for job in jobs} | {visit.job.group for visit in fixed}
    wash = {a: {b: _slots_s(wash_s) for b in groups if a != b} for a in groups}
    made = _Maker(zero, days, rounded_s, travel_km, wash)
    for number, shift in enumerate(shifts):
        own = [
            (len(jobs) + 1 + position, visit)
            for position, visit in enumerate(fixed)
            if visit.aircraft_id == shift.aircraft_id and _overlap(visit.period, shift.period)
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
    ) -> None:
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
        if self._keeps(whole, pins):
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
            name, str(shift.aircraft_id), self.seconds(period.starts_at), self.seconds(period.ends_at), start, end
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
        value = max(job.price_vnd / 1000, 1.0)
        if job.promised:
            value *= PROMISED_FACTOR
        if job.last_day <= self.days[-1]:
            value *= LAST_DAY_FACTOR
        windows = [
            Window(self.seconds(half.starts_at), self.seconds(half.ends_at), 1.0 - LATER_DAY_LOSS * number)
            for number, day in enumerate(self.days)
            for half in half_day_periods(job, day)
        ]
        return Job(str(job.id), place, _slots_s(job.service_s), value, tuple(windows), job.group)


def half_day_periods(job: JobToPlan, day: date) -> list[Period]:
    """Return the parts of a local day that were agreed with the farmer; both halves together are one whole day."""
    if not job.first_day <= day <= job.last_day:
        return []
    midnight, noon = local_moment(day, time.min), local_moment(day, NOON)
    next_midnight = local_moment(day + timedelta(days=1), time.min)
    if job.half_days >= {HalfDay.MORNING, HalfDay.AFTERNOON}:
        return [Period(midnight, next_midnight)]
    return [
        Period(midnight, noon) if half is HalfDay.MORNING else Period(noon, next_midnight) for half in job.half_days
    ]


def _overlap(first: Period, second: Period) -> bool:
    return first.starts_at < second.ends_at and second.starts_at < first.ends_at


def _slots_s(seconds: float) -> float:
    return seconds if seconds == inf else ceil(seconds / SLOT_S) * SLOT_S


def _up_to_slots(travel_s: Matrix) -> Matrix:
    # A minute between neighbours still takes packing up, so nothing above zero is rounded to zero.
    slots: Matrix = np.ceil(np.round(travel_s, 3) / SLOT_S) * SLOT_S
    return slots
