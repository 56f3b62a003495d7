"""What may be recorded of the work on a field, and the dates that follow from it. Plain values in and out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from drone_service.kit.clock import local_day
from drone_service.kit.errors import Conflict, Invalid, NotFound
from drone_service.kit.i18n import N_
from drone_service.weather.scoring import Outcome

MIN_AREA_M2 = 1.0  # less is nothing: there would be no bill to write
AREA_TOLERANCE = 1.05  # what the aircraft reports may be so much above the outline (k)
WHOLE_SHARE = 0.95  # a job is whole though a corner was left out (k)
FINISHED_SHARE = 0.9  # less than this is no corner that was left out: it asks for the reason (c)
DEFAULT_RE_ENTRY_H = 24  # when the label is silent (k)


class StopReason(StrEnum):
    """Why a job was stopped half-way, as the buttons on the operator's page say it."""

    RAIN = "rain"
    WIND = "wind"
    BATTERY = "battery"
    FARMER_ABSENT = "farmer_absent"
    BREAKDOWN = "breakdown"
    OTHER = "other"


STOP_REASON_NAMES = {
    StopReason.RAIN: N_("Rain"),
    StopReason.WIND: N_("Wind"),
    StopReason.BATTERY: N_("Out of batteries"),
    StopReason.FARMER_ABSENT: N_("Farmer not there"),
    StopReason.BREAKDOWN: N_("Breakdown"),
    StopReason.OTHER: N_("Something else"),
}


_STOPPED_BY_WEATHER = {StopReason.RAIN: Outcome.RAIN, StopReason.WIND: Outcome.WIND}


def weather_outcome(reason: StopReason | None, *, ended: bool) -> Outcome:
    """Return what became of a work as far as the weather is concerned."""
    if reason is not None:
        return _STOPPED_BY_WEATHER.get(reason, Outcome.OTHER)
    return Outcome.WORKED if ended else Outcome.OPEN


class WorkNotFound(NotFound):
    code = "fieldwork.not_found"


class WorkNotOpen(Conflict):
    code = "fieldwork.not_open"
    title: ClassVar[str] = N_("This work is not open")
    detail: ClassVar[str] = N_("Start the job before recording loads; after it is finished nothing can be added.")


class AreaTooLarge(Invalid):
    code = "fieldwork.area_too_large"
    title: ClassVar[str] = N_("More than is to be sprayed")
    detail: ClassVar[str] = N_(
        "%(area_m2)s m² were recorded, but only %(field_m2)s m² of the field were to be treated. Check the number."
    )


class NothingDone(Invalid):
    code = "fieldwork.nothing_done"
    title: ClassVar[str] = N_("How much was done?")
    detail: ClassVar[str] = N_("Type the area that was done, or choose a reason if the work could not begin.")


class StopReasonNeeded(Invalid):
    code = "fieldwork.stop_reason_needed"
    title: ClassVar[str] = N_("Was it stopped half-way?")
    detail: ClassVar[str] = N_(
        "%(done_m2)s m² of %(field_m2)s m² are done. Choose why it was stopped, or correct the area if all of it is "
        "done."
    )


class OtherReasonNeedsNote(Invalid):
    code = "fieldwork.note_needed"
    title: ClassVar[str] = N_("Say why")
    detail: ClassVar[str] = N_("Write in the note what stopped the work.")


class UnknownProduct(Invalid):
    code = "fieldwork.unknown_product"
    title: ClassVar[str] = N_("Not a product of this job")
    detail: ClassVar[str] = N_("Only products that were agreed for the job can be recorded as used.")


@dataclass(frozen=True)
class LoadFigures:
    """What one tank load did; times in minutes, quantity in litres or kilograms."""

    area_m2: float
    quantity: float
    minutes: float


@dataclass(frozen=True)
class Totals:
    """The sum of the loads of a job."""

    loads: int
    area_m2: float
    quantity: float
    minutes: float
    timed_m2: float
    """The area of those loads whose minutes were noted."""


def totals(loads: Iterable[LoadFigures]) -> Totals:
    """Add up the loads."""
    found = list(loads)
    return Totals(
        len(found),
        sum(load.area_m2 for load in found),
        sum(load.quantity for load in found),
        sum(load.minutes for load in found),
        sum(load.area_m2 for load in found if load.minutes > 0),
    )


def ensure_area(area_m2: float, field_m2: float) -> None:
    """Refuse more area than the field has, with a margin for what the aircraft measures. Raises AreaTooLarge."""
    if area_m2 > field_m2 * AREA_TOLERANCE:
        raise AreaTooLarge(area_m2=round(area_m2), field_m2=round(field_m2))


def billed_area_m2(area_done_m2: float, job_area_m2: float) -> float:
    """Return the area to bill: what was done, never more than what was agreed."""
    return min(area_done_m2, job_area_m2)


def area_done_m2(typed_m2: float | None, recorded: Totals, job_area_m2: float, *, stopped: bool) -> float:
    """Return the area that was done: as typed, else as the loads say, else the whole field for a finished job.

    Raises NothingDone for a stopped job of which nothing is known and for a finished one of no area, StopReasonNeeded
    for a finished one of which a good part is missing, AreaTooLarge.
    """
    if typed_m2 is not None:
        done = typed_m2
    elif recorded.area_m2 > 0:
        done = recorded.area_m2
    elif stopped:
        raise NothingDone
    else:
        done = job_area_m2
    if done < MIN_AREA_M2 and not stopped:
        raise NothingDone
    if done < FINISHED_SHARE * job_area_m2 and not stopped:
        raise StopReasonNeeded(done_m2=round(done), field_m2=round(job_area_m2))
    ensure_area(done, job_area_m2)
    return done if done >= MIN_AREA_M2 else 0.0


def air_minutes(typed_min: float | None, recorded: Totals, done_m2: float) -> float | None:
    """Return the minutes in the air: as typed, else of the loads where those that were timed did the whole area.

    The minutes of one load of three say nothing of the job.
    """
    if typed_min is not None:
        return typed_min
    return recorded.minutes if recorded.timed_m2 > 0 and recorded.timed_m2 >= WHOLE_SHARE * done_m2 else None


def ensure_note(reason: StopReason | None, note: str) -> None:
    """Refuse "something else" without words. Raises OtherReasonNeedsNote."""
    if reason is StopReason.OTHER and not note.strip():
        raise OtherReasonNeedsNote


def product_amount(dose_per_ha: float, area_m2: float) -> float:
    """Return the amount of a product for an area, in the unit of the dose: dose × hectares."""
    return dose_per_ha * area_m2 / 10_000


def earliest_harvest(last_spray_at: datetime, phi_days: Iterable[int]) -> date | None:
    """Return the first day on which the crop may be cut: last spray date + the longest pre-harvest interval."""
    longest = max(phi_days, default=None)
    return None if longest is None else local_day(last_spray_at) + timedelta(days=longest)


def re_entry_at(ended_at: datetime, hours: Iterable[float | None]) -> datetime:
    """Return when people may enter the field again: the longest interval of the labels, 24 h where one is silent."""
    longest = max((DEFAULT_RE_ENTRY_H if known is None else known for known in hours), default=0)
    return ended_at + timedelta(hours=longest)


def actual_seconds(
    started_at: datetime,
    ended_at: datetime,
    air_min: float | None,
    noted_min: Mapping[str, float | None],
) -> dict[str, float]:
    """Return the seconds that were measured on a job: begin to end, in the air, on the ground, single phases.

    What is not known is left out; more minutes in the air than on the clock are not believed.
    """
    found = {"total": (ended_at - started_at).total_seconds()}
    if air_min and air_min * 60 < found["total"]:
        found |= {"air": air_min * 60, "ground": found["total"] - air_min * 60}
    return found | {name: minutes * 60 for name, minutes in noted_min.items() if minutes}


def teaches(done_m2: float, job_m2: float, *, stopped: bool) -> bool:
    """Tell whether the times of a work can be held against the plan: all of it was flown and nothing stopped it."""
    return not stopped and done_m2 >= WHOLE_SHARE * job_m2
