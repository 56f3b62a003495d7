"""Slots, the warnings of a placed visit, and the sentences for jobs that a plan leaves out. Plain values in and out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from math import ceil
from typing import ClassVar

from drone_service.access.rules import WorkWindow
from drone_service.kit.clock import local_moment
from drone_service.kit.errors import Conflict, Invalid, NotFound
from drone_service.kit.i18n import N_

SLOT = timedelta(minutes=5)
MAX_PLAN_DAYS = 7
MAX_VISIT = timedelta(hours=12)


class SlotTaken(Conflict):
    code = "scheduling.slot_taken"
    title: ClassVar[str] = N_("The aircraft is taken at this time")
    detail: ClassVar[str] = N_("Another job is on this aircraft between %(from)s and %(until)s. Choose another time.")


class DayBusy(Conflict):
    code = "scheduling.day_busy"
    title: ClassVar[str] = N_("Somebody is changing this day")
    detail: ClassVar[str] = N_("Somebody else is changing the schedule of this day. Try again in a moment.")


class VisitNotFound(NotFound):
    code = "scheduling.visit_not_found"


class CalendarNotFound(NotFound):
    code = "scheduling.calendar_not_found"


class TimeInPast(Invalid):
    code = "scheduling.time_in_past"
    title: ClassVar[str] = N_("This time has gone")
    detail: ClassVar[str] = N_("Choose a time from now on.")


class VisitTooLong(Invalid):
    code = "scheduling.visit_too_long"
    title: ClassVar[str] = N_("Too long for one day")
    detail: ClassVar[str] = N_("The work takes longer than a crew can work in one day. Divide the job.")


class AlreadyBegun(Conflict):
    code = "scheduling.already_begun"
    title: ClassVar[str] = N_("The work has begun")
    detail: ClassVar[str] = N_("A job that has begun keeps its place in the schedule.")


class NoAircraft(Conflict):
    code = "scheduling.no_aircraft"
    title: ClassVar[str] = N_("No aircraft in service")
    detail: ClassVar[str] = N_("Put an aircraft in service before planning.")


class TooManyDays(Invalid):
    code = "scheduling.too_many_days"
    title: ClassVar[str] = N_("Too many days")
    detail: ClassVar[str] = N_("Plan at most %(max_days)s days at once, from today on.")


class DayLocked(Conflict):
    code = "scheduling.day_locked"
    title: ClassVar[str] = N_("This day is locked")
    detail: ClassVar[str] = N_("Unlock the day on the board before anything is moved on it.")


class BoardChanged(Conflict):
    code = "scheduling.board_changed"
    title: ClassVar[str] = N_("The schedule has changed")
    detail: ClassVar[str] = N_("Somebody changed these half-days while you looked at them. Look at the change again.")


class NoRoom(Conflict):
    code = "scheduling.no_room"
    title: ClassVar[str] = N_("There is no room")
    detail: ClassVar[str] = N_("The time is taken by a visit that stays, or it has gone. Choose another half-day.")


class NothingToPublish(Conflict):
    code = "scheduling.nothing_to_publish"
    title: ClassVar[str] = N_("Nothing to publish")
    detail: ClassVar[str] = N_("No job is placed on this day. Place or plan jobs first.")


class ChangeNotFound(NotFound):
    code = "scheduling.change_not_found"


class CannotUndo(Conflict):
    code = "scheduling.cannot_undo"
    title: ClassVar[str] = N_("This cannot be undone any more")
    detail: ClassVar[str] = N_(
        "The visits of this change were changed again, their work has begun, or their aircraft is out of service."
    )


class RunNotFound(NotFound):
    code = "scheduling.run_not_found"


class RunNotReady(Conflict):
    code = "scheduling.run_not_ready"
    title: ClassVar[str] = N_("There is nothing to accept")
    detail: ClassVar[str] = N_("The search is still on, or its plan was accepted or discarded.")


class PlanOutdated(Conflict):
    code = "scheduling.plan_outdated"
    title: ClassVar[str] = N_("The plan is out of date")
    detail: ClassVar[str] = N_("The schedule was changed after the search began. Start a new search.")


class GatheringOutdated(Conflict):
    code = "scheduling.gathering_outdated"
    title: ClassVar[str] = N_("This group is out of date")
    detail: ClassVar[str] = N_(
        "One of its jobs was placed, changed or cancelled meanwhile, or the half-day was. Nothing was placed. "
        "Look at the groups again."
    )


class TurnIncomplete(Invalid):
    code = "scheduling.turn_incomplete"
    title: ClassVar[str] = N_("Something is missing")
    detail: ClassVar[str] = N_("Say which job or aircraft it is about, and how many minutes or from when until when.")


class VisitWarning(StrEnum):
    """What a crew should know about a placed visit; none of them stops a human decision."""

    OUTSIDE_PROMISED_DAYS = "outside_promised_days"
    OUTSIDE_WORK_HOURS = "outside_work_hours"
    TIGHT = "tight"
    SHORT = "short"


WARNING_TEXTS = {
    VisitWarning.OUTSIDE_PROMISED_DAYS: N_("Not on the days agreed with the farmer"),
    VisitWarning.OUTSIDE_WORK_HOURS: N_("Outside the working hours"),
    VisitWarning.TIGHT: N_("Too little time to get there from the job before"),
    VisitWarning.SHORT: N_("Shorter than the work: it is no longer flown as one with its neighbours"),
}


class WhyMoved(StrEnum):
    """Why a visit moves or loses its place when days are planned again."""

    ABSENT = "absent"
    SHIFT_GONE = "shift_gone"
    LATE = "late"
    WEATHER = "weather"
    UNFIT = "unfit"
    TOGETHER = "together"
    NO_TIME = "no_time"
    BETTER = "better"


WHY_MOVED_TEXTS = {
    WhyMoved.ABSENT: N_("The farmer is not there then."),
    WhyMoved.SHIFT_GONE: N_("Its aircraft and crew do not work then."),
    WhyMoved.LATE: N_("The crew is not free by then: the work before takes longer."),
    WhyMoved.WEATHER: N_("The weather stops the work at the old time."),
    WhyMoved.UNFIT: N_("Its aircraft and crew may not do this work then."),
    WhyMoved.TOGETHER: N_("It is flown as one with its neighbours, one after the other."),
    WhyMoved.NO_TIME: N_("It does not fit there any more beside the other jobs."),
    WhyMoved.BETTER: N_("It would still fit there, but the plan as a whole is better this way."),
}
_SORRY = N_("We are sorry for the change.")
_FARMER_TEXTS = {
    WhyMoved.SHIFT_GONE: N_("The aircraft cannot come at the old time."),
    WhyMoved.LATE: N_("The work before yours takes longer."),
    WhyMoved.WEATHER: N_("The weather is too bad at the old time."),
}


class Unfit(StrEnum):
    """What keeps an aircraft and its crew from a job, from the farthest from being right to the nearest."""

    AIRCRAFT = "no_aircraft_for_it"
    SKILL = "no_operator_for_it"
    LICENCE = "no_licence"


REASONS = {
    Unfit.AIRCRAFT: N_("No aircraft in service is fit for this work."),
    Unfit.SKILL: N_("Nobody of the crews may do this work."),
    Unfit.LICENCE: N_("No crew has a licence that is valid then."),
    "no_crew": N_("No crew is free to do it."),
    "too_long": N_("It takes longer than a whole shift, with the way there and back."),
    "no_load": N_("It takes more than any of its crews carries."),
    "no_window": N_("The agreed half-days leave no time for it on these days."),
    "no_value": N_("The way there costs more than the job brings."),
    "no_time": N_("The shifts on its agreed half-days are full."),
    "weather": N_("The forecast stops the work in the hours agreed with the farmer."),
}
CHANGES = {
    Unfit.AIRCRAFT: N_("Say on the page of the aircraft which of them can do it."),
    Unfit.SKILL: N_("Say on the page of a person that they may do it."),
    Unfit.LICENCE: N_("Enter a licence with its last day on the page of a person."),
    "extend_shift": N_("Work %(minutes)s minutes longer on %(shift)s."),
    "open_window": N_("Ask the farmer for %(shift)s."),
    "exchange": N_("Give it the place of job %(job)s."),
    "raise_capacity": N_("Carry %(amount)s more of %(thing)s."),
    "raise_value": N_("Do it together with other jobs nearby."),
    "allow_crew": N_("Put another crew on it."),
    "add_shift": N_("Add a shift."),
    "no_road": N_("Find a way to the field."),
    "divide": N_("Divide the job."),
    "none": N_("No single change makes room for it. Look at other days."),
}


def farmer_text(why: WhyMoved | None) -> str:
    """Return what a farmer is told about why a visit moves: reasons that are ours alone are an apology."""
    return _FARMER_TEXTS.get(why, _SORRY) if why is not None else _SORRY


@dataclass(frozen=True)
class Period:
    """A half-open period of aware moments."""

    starts_at: datetime
    ends_at: datetime

    def overlaps(self, other: "Period") -> bool:
        """Tell whether both share a moment."""
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at

    def holds(self, other: "Period") -> bool:
        """Tell whether the other lies wholly inside."""
        return self.starts_at <= other.starts_at and other.ends_at <= self.ends_at


@dataclass(frozen=True)
class Gap:
    """What lies between a visit and the one before it: driving and washing, against the time there is."""

    travel_s: int
    wash_s: int
    available_s: float | None


def to_slot(moment: datetime) -> datetime:
    """Return the nearest multiple of five minutes; the exact middle goes to the later one."""
    floor = moment - timedelta(minutes=moment.minute % 5, seconds=moment.second, microseconds=moment.microsecond)
    return floor + SLOT if moment - floor >= SLOT / 2 else floor


def slot_after(moment: datetime) -> datetime:
    """Return the first multiple of five minutes that is not before the moment."""
    floor = moment - timedelta(minutes=moment.minute % 5, seconds=moment.second, microseconds=moment.microsecond)
    return floor if floor == moment else floor + SLOT


def visit_period(starts_at: datetime, service_s: float) -> Period:
    """Return the slots a visit takes: from the nearest slot, rounded up to whole slots. Raises VisitTooLong."""
    length = max(ceil(service_s / SLOT.total_seconds()), 1) * SLOT
    if length > MAX_VISIT:
        raise VisitTooLong
    begin = to_slot(starts_at)
    return Period(begin, begin + length)


def slots_of(period: Period) -> list[datetime]:
    """Return the beginnings of the five-minute slots of a period on slot borders."""
    return [period.starts_at + number * SLOT for number in range((period.ends_at - period.starts_at) // SLOT)]


def work_periods(day: date, windows: Sequence[WorkWindow], not_before: datetime | None = None) -> list[Period]:
    """Return what is left of the work windows of a local day from a moment on, on slot borders, none over another."""
    periods: list[Period] = []
    for window in sorted(windows, key=lambda w: w.starts):
        begin = slot_after(max(local_moment(day, window.starts), not_before or local_moment(day, window.starts)))
        end = local_moment(day, window.ends)
        end -= timedelta(minutes=end.minute % 5, seconds=end.second, microseconds=end.microsecond)
        if periods and begin < periods[-1].ends_at:
            # Windows that overlap are one: nobody works twice at a time.
            last = periods.pop()
            begin, end = last.starts_at, max(end, last.ends_at)
        if begin < end:
            periods.append(Period(begin, end))
    return periods


def free_periods(work: Iterable[Period], taken: Iterable[datetime], length: timedelta) -> list[Period]:
    """Return the stretches of the work periods without a taken slot that hold at least `length`."""
    busy = set(taken)
    found: list[Period] = []
    for period in work:
        begin: datetime | None = None
        for slot_at in [*slots_of(period), period.ends_at]:
            is_free = slot_at < period.ends_at and slot_at not in busy
            if is_free and begin is None:
                begin = slot_at
            elif not is_free and begin is not None:
                if slot_at - begin >= length:
                    found.append(Period(begin, slot_at))
                begin = None
    return found


def is_tight(gap: Gap) -> bool:
    """Tell whether the crew cannot be there in time after the visit before."""
    return gap.available_s is not None and gap.travel_s + gap.wash_s > gap.available_s
