"""A scheduling problem as frozen values: jobs with windows, shifts of crews, travel between places, wash-out times.

Seconds count from any zero and distances are kilometres; `Problem` refuses whatever could never be planned, with the
reason, so that the search may trust its input.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from math import inf, isfinite
from types import MappingProxyType
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from drone_service.engine.errors import EngineError

Matrix = NDArray[np.float64]
NO_WASH: Mapping[str, Mapping[str, float]] = MappingProxyType({})
NOTHING: Mapping[str, float] = MappingProxyType({})


class ScheduleInvalid(EngineError):
    """The problem cannot be read: a wrong type, a missing key, a number that is no number."""

    code: ClassVar[str] = "schedule.invalid"


class DuplicateId(EngineError):
    """Two jobs or two shifts carry the same id."""

    code: ClassVar[str] = "schedule.duplicate_id"


class UnknownLocation(EngineError):
    """A job or shift points at a location that the matrices do not have."""

    code: ClassVar[str] = "schedule.unknown_location"


class NegativeTime(EngineError):
    """A duration, distance, value or period is negative."""

    code: ClassVar[str] = "schedule.negative"


class ShiftsOverlap(EngineError):
    """One crew has two shifts at the same time."""

    code: ClassVar[str] = "schedule.shifts_overlap"


class ImpossiblePin(EngineError):
    """A pinned job cannot be done where and when it is pinned, or a break cannot be kept."""

    code: ClassVar[str] = "schedule.impossible_pin"


@dataclass(frozen=True, slots=True)
class Window:
    """A period in which a job may be done; `gain` scales the value of the job done in it."""

    start_s: float
    end_s: float
    gain: float = 1.0


@dataclass(frozen=True, slots=True)
class Pin:
    """The shift and the exact start that a job keeps."""

    shift: str
    start_s: float


@dataclass(frozen=True, slots=True)
class Promise:
    """What a farmer was told: the shift and the start."""

    shift: str
    start_s: float


@dataclass(frozen=True, slots=True)
class Break:
    """A rest of `duration_s` within [start_s, end_s], taken where the crew is: no work, no driving, no washing."""

    start_s: float
    end_s: float
    duration_s: float


@dataclass(frozen=True, slots=True)
class Reload:
    """Where a crew takes on everything it carries, and how long that takes."""

    location: int
    duration_s: float


@dataclass(frozen=True, slots=True)
class Job:
    """One visit to plan. `crews` is None when every crew may do it.

    `uses` is what the work takes of what the crew carries: litres of a product, batteries, fuel, by name.
    """

    id: str
    location: int
    service_s: float
    value: float
    windows: tuple[Window, ...]
    group: str | None = None
    pinned: Pin | None = None
    crews: frozenset[str] | None = None
    uses: Mapping[str, float] = field(default_factory=lambda: NOTHING)
    promised: Promise | None = None

    def may_be_done_by(self, crew: str) -> bool:
        """Tell whether the crew is allowed to do this job."""
        return self.crews is None or crew in self.crews


@dataclass(frozen=True, slots=True)
class Shift:
    """A period of one crew, from one place and back to another; the drives there and back lie inside it.

    `start_group` is the product in the tank at the begin. `capacity` names what the crew can carry; it begins full, and
    `reload` is where it can fill up again. What is not named does not bind. Breaks hold only if the crew works at all.
    """

    id: str
    crew: str
    start_s: float
    end_s: float
    start_location: int
    end_location: int
    start_group: str | None = None
    breaks: tuple[Break, ...] = ()
    capacity: Mapping[str, float] = field(default_factory=lambda: NOTHING)
    reload: Reload | None = None


@dataclass(frozen=True)
class Problem:
    """Everything the search needs. Raises an `EngineError` that names the part that is impossible.

    A promise is kept when the job is done in its shift and starts within `move_slack_s` of the time told (None: any
    time in the shift). Each promise that is not kept, left out or moved, costs `move_cost` of the job's value. A
    promise may name a shift that is gone.
    """

    travel_s: Matrix
    travel_km: Matrix
    shifts: tuple[Shift, ...]
    jobs: tuple[Job, ...]
    km_cost: float = 0.0
    wash_s: Mapping[str, Mapping[str, float]] = field(default_factory=lambda: NO_WASH)
    move_cost: float = 0.0
    move_slack_s: float | None = None

    def __post_init__(self) -> None:
        _check_matrices(self)
        _check_wash(self.wash_s)
        _refuse_negative("move_cost", self.move_cost)
        if self.move_slack_s is not None:
            _refuse_negative("move_slack_s", self.move_slack_s)
        _check_unique("shift", (shift.id for shift in self.shifts))
        _check_unique("job", (job.id for job in self.jobs))
        for shift in self.shifts:
            _check_shift(self, shift)
        _check_crews(self.shifts)
        for job in self.jobs:
            _check_job(self, job)
        _check_pins(self)

    @cached_property
    def shift_index(self) -> dict[str, int]:
        """Position of each shift by its id."""
        return {shift.id: position for position, shift in enumerate(self.shifts)}

    @cached_property
    def job_index(self) -> dict[str, int]:
        """Position of each job by its id."""
        return {job.id: position for position, job in enumerate(self.jobs)}

    @property
    def locations(self) -> int:
        """Number of places."""
        return int(self.travel_s.shape[0])

    def wash_between_s(self, before: str | None, after: str | None) -> float:
        """Seconds of washing between two product groups; none within a group or where no time is given."""
        if before is None or after is None or before == after:
            return 0.0
        row = self.wash_s.get(before)
        return 0.0 if row is None else row.get(after, 0.0)

    def gain_at(self, job: Job, start_s: float) -> float | None:
        """Return the best gain of the windows that hold the whole service, or None if no window does."""
        gains = [
            window.gain
            for window in job.windows
            if window.start_s <= start_s and start_s + job.service_s <= window.end_s
        ]
        return max(gains, default=None)


def _refuse_negative(what: str, value: float) -> None:
    if value < 0:
        raise NegativeTime(f"{what} is negative: {value:g}", what=what, value=value)
    if not isfinite(value):
        raise ScheduleInvalid(f"{what} is not a finite number", what=what)


def _refuse_endless(what: str, start_s: float, end_s: float) -> None:
    if not (isfinite(start_s) and isfinite(end_s)):
        raise ScheduleInvalid(f"{what} has a time that is not a finite number", what=what)
    if end_s < start_s:
        raise NegativeTime(f"{what} ends before it starts: {start_s:g} to {end_s:g}", what=what, value=end_s - start_s)


def _check_matrices(problem: Problem) -> None:
    size = problem.travel_s.shape[0]
    for name, matrix in (("travel_s", problem.travel_s), ("travel_km", problem.travel_km)):
        if matrix.ndim != 2 or matrix.shape != (size, size):
            raise ScheduleInvalid(f"{name} must have {size} rows of {size} numbers", what=name)
        # Infinity means "no road between the two": kept, and never driven. NaN means nothing.
        if np.isnan(matrix).any():
            raise ScheduleInvalid(f"{name} has an entry that is not a number", what=name)
        if (matrix < 0).any():
            row, column = np.argwhere(matrix < 0)[0]
            raise NegativeTime(f"{name}[{row}][{column}] is negative: {matrix[row, column]:g}", what=name)
    if (np.isinf(problem.travel_s) != np.isinf(problem.travel_km)).any():
        raise ScheduleInvalid("travel_s and travel_km disagree about where there is no road", what="travel_km")
    _refuse_negative("km_cost", problem.km_cost)


def _check_wash(wash_s: Mapping[str, Mapping[str, float]]) -> None:
    for before, row in wash_s.items():
        for after, seconds in row.items():
            _refuse_negative(f"wash_s from {before!r} to {after!r}", seconds)
            if before == after and seconds:
                raise ScheduleInvalid(f"wash_s from {before!r} to itself: washing is between groups", what="wash_s")


def _check_unique(kind: str, ids: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in ids:
        if name in seen:
            raise DuplicateId(f"two {kind}s have the id {name!r}", kind=kind, id=name)
        seen.add(name)


def _check_location(problem: Problem, what: str, location: int) -> None:
    if not 0 <= location < problem.locations:
        raise UnknownLocation(
            f"{what} is at location {location}, but there are {problem.locations}", what=what, location=location
        )


def _check_shift(problem: Problem, shift: Shift) -> None:
    _refuse_endless(f"shift {shift.id!r}", shift.start_s, shift.end_s)
    _check_location(problem, f"the start of shift {shift.id!r}", shift.start_location)
    _check_location(problem, f"the end of shift {shift.id!r}", shift.end_location)
    for name, amount in shift.capacity.items():
        _refuse_negative(f"capacity of {name!r} in shift {shift.id!r}", amount)
    if shift.reload is not None:
        _check_location(problem, f"the reload of shift {shift.id!r}", shift.reload.location)
        _refuse_negative(f"duration_s of the reload of shift {shift.id!r}", shift.reload.duration_s)
    for rest in shift.breaks:
        what = f"a break of shift {shift.id!r}"
        _refuse_endless(what, rest.start_s, rest.end_s)
        _refuse_negative(f"duration_s of {what}", rest.duration_s)
        if rest.start_s < shift.start_s or rest.end_s > shift.end_s or rest.end_s - rest.start_s < rest.duration_s:
            raise ScheduleInvalid(f"{what} does not lie inside it or is longer than its own time", what=what)


def _check_crews(shifts: Iterable[Shift]) -> None:
    """Refuse two shifts of one crew that share time; an empty shift takes no time and is let be."""
    by_crew: dict[str, list[Shift]] = {}
    for shift in shifts:
        if shift.end_s > shift.start_s:
            by_crew.setdefault(shift.crew, []).append(shift)
    for crew, own in by_crew.items():
        for first, second in pairwise(sorted(own, key=lambda shift: shift.start_s)):
            if second.start_s < first.end_s:
                raise ShiftsOverlap(
                    f"shifts {first.id!r} and {second.id!r} of crew {crew!r} overlap",
                    crew=crew, first=first.id, second=second.id,
                )  # fmt: skip


def _check_job(problem: Problem, job: Job) -> None:
    _check_location(problem, f"job {job.id!r}", job.location)
    _refuse_negative(f"service_s of job {job.id!r}", job.service_s)
    _refuse_negative(f"value of job {job.id!r}", job.value)
    for window in job.windows:
        _refuse_endless(f"a window of job {job.id!r}", window.start_s, window.end_s)
        _refuse_negative(f"gain of a window of job {job.id!r}", window.gain)
    for name, amount in job.uses.items():
        _refuse_negative(f"use of {name!r} by job {job.id!r}", amount)
    if job.promised is not None and not isfinite(job.promised.start_s):
        raise ScheduleInvalid(f"the promised start of job {job.id!r} is not a finite number", what="promised")


def _check_pin(problem: Problem, job: Job, pin: Pin) -> None:
    def impossible(reason: str) -> ImpossiblePin:
        return ImpossiblePin(f"job {job.id!r} is pinned to {pin.shift!r} at {pin.start_s:g} s: {reason}", job=job.id)

    if pin.shift not in problem.shift_index:
        raise impossible("there is no such shift")
    if not isfinite(pin.start_s):
        raise impossible("the start is not a finite number")
    shift = problem.shifts[problem.shift_index[pin.shift]]
    if not job.may_be_done_by(shift.crew):
        raise impossible(f"crew {shift.crew!r} may not do it")
    if pin.start_s < shift.start_s or pin.start_s + job.service_s > shift.end_s:
        raise impossible(f"the work would not lie inside the shift ({shift.start_s:g} to {shift.end_s:g} s)")
    if problem.gain_at(job, pin.start_s) is None:
        raise impossible("none of its windows holds the work")


def _check_pins(problem: Problem) -> None:
    by_shift: dict[str, list[Job]] = {}
    for job in problem.jobs:
        if job.pinned is not None:
            _check_pin(problem, job, job.pinned)
            by_shift.setdefault(job.pinned.shift, []).append(job)
    for shift in problem.shifts:
        if shift.breaks or shift.id in by_shift:
            fixed_order(problem, shift, by_shift.get(shift.id, ()))


def fixed_order(problem: Problem, shift: Shift, pinned: Iterable[Job]) -> list[Job | Break]:
    """Return the pinned jobs and the breaks of a shift in an order that the crew can keep.

    Raises ImpossiblePin where it cannot reach them one after the other, washing between them, and be back in time.
    """
    jobs = sorted(pinned, key=lambda job: (_start_s(job), job.service_s))
    breaks = sorted(shift.breaks, key=lambda rest: (rest.end_s - rest.duration_s, rest.start_s))
    # The soonest the crew is free after so many pins and breaks: where it is then depends on the pins alone.
    free: dict[tuple[int, int], float] = {(0, 0): shift.start_s}
    came: dict[tuple[int, int], tuple[int, int]] = {}
    for done in range(len(jobs) + 1):
        for rested in range(len(breaks) + 1):
            now = free.get((done, rested))
            if now is None:
                continue
            for step, then in (((done + 1, rested), _after_pin(problem, shift, jobs, done, now)),
                               ((done, rested + 1), _after_break(breaks, rested, now))):  # fmt: skip
                if then is not None and then < free.get(step, inf):
                    free[step], came[step] = then, (done, rested)
    at = (len(jobs), len(breaks))
    if at not in free:
        raise _out_of_reach(problem, shift, jobs, free)
    home_s = float(problem.travel_s[jobs[-1].location, shift.end_location]) if jobs else 0.0
    if free[at] + home_s > shift.end_s:
        what = f"job {jobs[-1].id!r} is pinned to {shift.id!r} but" if jobs else f"with the breaks of {shift.id!r}"
        raise ImpossiblePin(f"{what} the crew would be back only after its end", job=jobs[-1].id if jobs else "")
    order: list[Job | Break] = []
    while at != (0, 0):
        before = came[at]
        order.append(jobs[before[0]] if at[0] > before[0] else breaks[before[1]])
        at = before
    return order[::-1]


def _start_s(job: Job) -> float:
    return job.pinned.start_s if job.pinned is not None else inf


def _reached_s(problem: Problem, shift: Shift, jobs: Sequence[Job], number: int, now: float) -> float:
    place, group = shift.start_location, shift.start_group
    if number:
        place, group = jobs[number - 1].location, jobs[number - 1].group
    job = jobs[number]
    return now + problem.wash_between_s(group, job.group) + float(problem.travel_s[place, job.location])


def _after_pin(problem: Problem, shift: Shift, jobs: Sequence[Job], number: int, now: float) -> float | None:
    if number == len(jobs) or _reached_s(problem, shift, jobs, number, now) > _start_s(jobs[number]):
        return None
    return _start_s(jobs[number]) + jobs[number].service_s


def _after_break(breaks: Sequence[Break], number: int, now: float) -> float | None:
    if number == len(breaks) or now > breaks[number].end_s - breaks[number].duration_s:
        return None
    return max(now, breaks[number].start_s) + breaks[number].duration_s


def _out_of_reach(
    problem: Problem, shift: Shift, jobs: Sequence[Job], free: Mapping[tuple[int, int], float]
) -> ImpossiblePin:
    done, rested = max(free)
    if done == len(jobs):
        return ImpossiblePin(f"shift {shift.id!r} has no time for its break {rested + 1}", job="")
    job = jobs[done]
    reached = _reached_s(problem, shift, jobs, done, free[done, rested])
    reason = "there is no road to it" if reached == inf else f"cannot be reached before {reached:g} s"
    if reached <= _start_s(job):
        reason = "a break could not be kept"
    return ImpossiblePin(f"job {job.id!r} is pinned to {shift.id!r} at {_start_s(job):g} s but {reason}", job=job.id)
