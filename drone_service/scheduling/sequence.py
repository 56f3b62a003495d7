"""What a change of a half-day's order does: new times, kilometres, and what breaks. Plain values in and out."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from math import ceil
from uuid import UUID

from drone_service.engine.schedule.problem import Matrix
from drone_service.kit.clock import local_day
from drone_service.kit.i18n import N_
from drone_service.scheduling.arrivals import is_kept
from drone_service.scheduling.rules import SLOT, Period, slot_after
from drone_service.scheduling.together import Length, spread

BASE = 0
"""The place of the base in every matrix of this module."""


class Break(StrEnum):
    """What a change breaks. A person may still want it, except where two visits would share time."""

    NO_ROOM = "no_room"
    OUTSIDE_DAYS = "outside_days"
    OUTSIDE_HALF_DAY = "outside_half_day"
    OUTSIDE_WORK_HOURS = "outside_work_hours"
    TOLD_TIME = "told_time"
    TIGHT = "tight"
    BAD_WEATHER = "bad_weather"
    UNFIT = "unfit"


BREAK_TEXTS = {
    Break.NO_ROOM: N_("There is no room: the time is taken by a visit that stays, or it has gone."),
    Break.OUTSIDE_DAYS: N_("Not on the days agreed with the farmer"),
    Break.OUTSIDE_HALF_DAY: N_("Not the time of day agreed with the farmer"),
    Break.OUTSIDE_WORK_HOURS: N_("Outside the working hours"),
    Break.TOLD_TIME: N_("The farmer was told another time"),
    Break.TIGHT: N_("Too little time to get there from the job before"),
    Break.BAD_WEATHER: N_("The forecast says not to spray then"),
    Break.UNFIT: N_("This aircraft and its crew may not do this work, or no licence is valid then"),
}


@dataclass(frozen=True)
class Stop:
    """A job in a half-day of one aircraft. `period` is its time, None for one that is to be put in."""

    job_id: UUID
    place: int
    group: str
    length: timedelta
    period: Period | None = None
    stays: bool = False
    """Pinned, begun or done: it keeps its time whatever happens round it."""
    allowed: tuple[Period, ...] = ()
    """The half-days agreed with the farmer."""
    told: Period | None = None
    lengths: tuple[Length, ...] = ()
    """The visits of a block, which stand here as one stop by the name of its first job."""

    @property
    def job_ids(self) -> tuple[UUID, ...]:
        """The jobs of the stop."""
        return tuple(job_id for job_id, _ in self.lengths) or (self.job_id,)

    def visits(self, period: Period) -> dict[UUID, Period]:
        """Return the visits of the stop where it has a time."""
        return spread(self.lengths, period.starts_at) if self.lengths else {self.job_id: period}


@dataclass(frozen=True)
class Ground:
    """Ways between places (matrices in seconds and km, the base first, none endless) and what washing costs."""

    travel_s: Matrix
    travel_km: Matrix
    wash_s: float

    def gap(self, before: Stop | None, after: Stop) -> timedelta:
        """Return the time from the end of one stop to the start of the next, in whole slots."""
        here = BASE if before is None else before.place
        seconds = float(self.travel_s[here, after.place]) + self.wash_between_s(before, after)
        return ceil(round(seconds, 3) / SLOT.total_seconds()) * SLOT

    def wash_between_s(self, before: Stop | None, after: Stop) -> float:
        return self.wash_s if before is not None and before.group != after.group else 0.0

    def km(self, stops: Sequence[Stop]) -> float:
        """Return the way from the base over the stops and back."""
        places = [BASE, *(stop.place for stop in stops), BASE] if stops else []
        return sum(float(self.travel_km[a, b]) for a, b in pairwise(places))

    def drive_s(self, stops: Sequence[Stop]) -> float:
        places = [BASE, *(stop.place for stop in stops), BASE] if stops else []
        return sum(float(self.travel_s[a, b]) for a, b in pairwise(places))

    def washes_s(self, stops: Sequence[Stop]) -> float:
        return sum(self.wash_between_s(a, b) for a, b in pairwise(stops))


@dataclass(frozen=True)
class HalfDayPlan:
    """A half-day of an aircraft: when the crew leaves the base and is to be back, and its stops in order."""

    work: Period
    stops: tuple[Stop, ...]

    def without(self, job_ids: Iterable[UUID]) -> "HalfDayPlan":
        gone = set(job_ids)
        return replace(self, stops=tuple(stop for stop in self.stops if gone.isdisjoint(stop.job_ids)))

    def with_at(self, stop: Stop, position: int) -> "HalfDayPlan":
        return replace(self, stops=(*self.stops[:position], stop, *self.stops[position:]))


@dataclass(frozen=True)
class Timed:
    """The stops of a half-day with their times, and which of them are hurt in which way."""

    periods: dict[UUID, Period]
    breaks: dict[UUID, frozenset[Break]]

    @property
    def is_possible(self) -> bool:
        return not any(Break.NO_ROOM in found for found in self.breaks.values())


def retime(half: HalfDayPlan, ground: Ground, not_before: datetime, taken: Sequence[Period] = ()) -> Timed:
    """Give every stop its time: who has one keeps it while the crew can be there, later ones are pushed back.

    A stop that stays is never pushed; a stop before it that does not fit any more has no room. `taken` are the periods
    of the aircraft's other half-day.
    """
    periods: dict[UUID, Period] = {}
    breaks: dict[UUID, frozenset[Break]] = {}
    before, free_at = None, half.work.starts_at
    for stop in half.stops:
        found: set[Break] = set()
        reached = free_at + ground.gap(before, stop)
        if stop.stays and stop.period is not None:
            begin = stop.period.starts_at
            if before is not None and begin < free_at:
                found.add(Break.NO_ROOM)
            elif before is not None and begin < reached:
                found.add(Break.TIGHT)
        else:
            begin = max(reached, slot_after(not_before))
            if stop.period is not None and stop.period.starts_at >= reached:
                begin = stop.period.starts_at
        period = Period(begin, begin + stop.length)
        periods[stop.job_id] = period
        breaks[stop.job_id] = frozenset(found | _breaks(stop, period, half.work, taken))
        free_at, before = max(free_at, period.ends_at), stop
    return Timed(periods, breaks)


def _breaks(stop: Stop, period: Period, work: Period, taken: Sequence[Period]) -> set[Break]:
    found: set[Break] = set()
    if any(period.overlaps(other) for other in taken):
        found.add(Break.NO_ROOM)
    if not work.holds(period):
        found.add(Break.OUTSIDE_WORK_HOURS)
    if stop.told is not None and not is_kept(stop.told, period.starts_at):
        found.add(Break.TOLD_TIME)
    if not any(one.holds(period) for one in stop.allowed):
        is_on_day = any(local_day(one.starts_at) == local_day(period.starts_at) for one in stop.allowed)
        found.add(Break.OUTSIDE_HALF_DAY if is_on_day else Break.OUTSIDE_DAYS)
    return found


@dataclass(frozen=True)
class Cost:
    """What a change costs: kilometres, minutes of driving and of washing more (less, where negative)."""

    km: float
    drive_min: int
    wash_min: int


def cost_of(before: Sequence[HalfDayPlan], after: Sequence[HalfDayPlan], ground: Ground) -> Cost:
    """Return the difference between the half-days as they are and as they would be."""

    def more(measure: Callable[[Sequence[Stop]], float]) -> float:
        return sum(measure(half.stops) for half in after) - sum(measure(half.stops) for half in before)

    return Cost(round(more(ground.km), 2), round(more(ground.drive_s) / 60), round(more(ground.washes_s) / 60))


def best_position(half: HalfDayPlan, stop: Stop, ground: Ground, not_before: datetime, taken: Sequence[Period]) -> int:
    """Return where in the order a stop hurts least: first what breaks, then kilometres, then washing."""

    def weight(position: int) -> tuple[int, float, float]:
        tried = half.with_at(stop, position)
        timed = retime(tried, ground, not_before, taken)
        broken = sum(100 if Break.NO_ROOM in found else len(found) for found in timed.breaks.values())
        return broken, ground.km(tried.stops), ground.washes_s(tried.stops)

    return min(range(len(half.stops) + 1), key=weight)
