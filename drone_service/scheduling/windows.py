"""When a job may be done in a plan, and what it is worth then: agreed half-days, weather, what was told. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from math import ceil
from uuid import UUID

from drone_service.booking.rules import HalfDay
from drone_service.engine.schedule.problem import Window
from drone_service.kit.clock import LOCAL_TZ, end_of_day, local_moment
from drone_service.scheduling.rules import SLOT, Period

NOON = time(12)
LATER_DAY_LOSS = 0.02  # doing it a day sooner is worth so much of it, all else equal
CAUTION_GAIN = 0.95  # an hour of caution is taken where nothing better is free (k)


@dataclass(frozen=True)
class Sky:
    """A stretch of weather at a job: 0 stops the work, less than 1 is caution. What is not covered is unknown, 1."""

    period: Period
    gain: float
    level: int = 0
    """How it is called on a page: a level of the weather's rules."""


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
    told: Period | None = None
    """Between what times the farmer was told that the crew comes."""
    keeps_told: bool = False
    """True where nobody asks whether that could be another time."""
    sky: tuple[Sky, ...] = ()
    urgency: float = 1.0
    crews: frozenset[str] | None = None
    """Which crews may do it, as `crews.name_of` calls them; None where all may."""


def half_at(moment: datetime) -> HalfDay:
    """Return the half of the local day in which a moment lies."""
    return HalfDay.MORNING if moment.astimezone(LOCAL_TZ).time() < NOON else HalfDay.AFTERNOON


def half_day_periods(job: JobToPlan, day: date) -> list[Period]:
    """Return the parts of a local day that were agreed with the farmer; both halves together are one whole day."""
    return list(_halves(day, job.half_days)) if job.first_day <= day <= job.last_day else []


@lru_cache(maxsize=256)
def _halves(day: date, half_days: frozenset[HalfDay]) -> tuple[Period, ...]:
    """Return the parts of a day. Kept, because the jobs of a week ask for the same few of them again and again."""
    midnight, noon, next_midnight = local_moment(day, time.min), local_moment(day, NOON), end_of_day(day)
    if half_days >= {HalfDay.MORNING, HalfDay.AFTERNOON}:
        return (Period(midnight, next_midnight),)
    return tuple(
        Period(midnight, noon) if half is HalfDay.MORNING else Period(noon, next_midnight) for half in half_days
    )


def windows_of(job: JobToPlan, days: Sequence[date], zero: datetime, moved_price: float) -> tuple[Window, ...]:
    """Return the windows of a job: hours that stop are in none, caution and another time than told are worth less.

    Windows overlap on purpose: a job that lies wholly in good hours is worth all, one that runs into caution less.
    """
    found: list[Window] = []
    for number, day in enumerate(sorted(days)):
        if job.told is not None and job.keeps_told:
            break
        gain = 1.0 - LATER_DAY_LOSS * number
        for half in half_day_periods(job, day):
            found += _under_sky(job, half, gain * (1.0 - moved_price if job.told else 1.0), zero)
    if job.told is not None:
        # A visit takes whole slots, and may begin at the last moment that was told but not after it.
        end = job.told.ends_at + max(ceil(job.service_s / SLOT.total_seconds()), 1) * SLOT
        found += _under_sky(job, Period(job.told.starts_at, end), 1.0, zero)
    return tuple(found)


def _under_sky(job: JobToPlan, period: Period, gain: float, zero: datetime) -> Iterable[Window]:
    stops = [one.period for one in job.sky if one.gain <= 0]
    cautions = [one.period for one in job.sky if 0 < one.gain < 1]
    for dry in _less(period, stops):
        parts = list(_less(dry, cautions))
        for part in parts:
            yield _window(part, gain, zero)
        if parts != [dry]:
            yield _window(dry, gain * CAUTION_GAIN, zero)


def _less(period: Period, holes: Iterable[Period]) -> Iterable[Period]:
    """Yield what is left of a period without some others."""
    begin = period.starts_at
    for hole in sorted(holes, key=lambda one: one.starts_at):
        if hole.starts_at >= period.ends_at:
            break
        if hole.starts_at > begin:
            yield Period(begin, hole.starts_at)
        begin = max(begin, hole.ends_at)
    if begin < period.ends_at:
        yield Period(begin, period.ends_at)


def _window(period: Period, gain: float, zero: datetime) -> Window:
    return Window((period.starts_at - zero).total_seconds(), (period.ends_at - zero).total_seconds(), gain)


def worth(job: JobToPlan, period: Period) -> float:
    """Return what a visit then brings under the forecast, in đồng: nothing in hours that stop, less in caution."""
    gains = [one.gain for one in job.sky if one.period.overlaps(period)]
    least = min(gains, default=1.0)
    return job.price_vnd * (0.0 if least <= 0 else CAUTION_GAIN if least < 1 else 1.0)
