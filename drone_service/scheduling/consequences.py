"""What the doors say of a half-day that is timed anew: whom it moves, what breaks, how its visits are to stand."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from drone_service.kit.i18n import translate
from drone_service.scheduling.proposal import VisitState
from drone_service.scheduling.schemas import BreakOut, ShiftedOut
from drone_service.scheduling.sequence import BREAK_TEXTS, Break, HalfDayPlan, Timed
from drone_service.scheduling.sky import is_stopped
from drone_service.scheduling.windows import Sky

Skies = Mapping[UUID, Sequence[Sky]]


def shifted_of(half: HalfDayPlan, timed: Timed, numbers: Mapping[UUID, int]) -> list[ShiftedOut]:
    """Return the jobs that had a time and get another one."""
    return [
        ShiftedOut(
            job_id=stop.job_id,
            job_number=numbers[stop.job_id],
            starts_before=stop.period.starts_at,
            starts_after=timed.periods[stop.job_id].starts_at,
        )
        for stop in half.stops
        if stop.period is not None and timed.periods[stop.job_id] != stop.period
    ]


def breaks_of(timed: Timed, before: Timed, numbers: Mapping[UUID, int], sky: Skies, language: str) -> list[BreakOut]:
    """Return what a change breaks; what was broken already is not its doing."""
    return [
        break_out(job_id, one, numbers, language)
        for job_id, found in timed.breaks.items()
        for one in sorted(_new(timed, before, job_id, found, sky), key=list(Break).index)
    ]


def break_out(job_id: UUID, one: Break, numbers: Mapping[UUID, int], language: str) -> BreakOut:
    """Return one thing that breaks in words."""
    return BreakOut(job_id=job_id, job_number=numbers[job_id], code=one, text=translate(BREAK_TEXTS[one], language))


def _new(timed: Timed, before: Timed, job_id: UUID, found: frozenset[Break], sky: Skies) -> set[Break]:
    new = set(found - before.breaks.get(job_id, frozenset()))
    if timed.periods[job_id] != before.periods.get(job_id) and is_stopped(sky.get(job_id, ()), timed.periods[job_id]):
        new.add(Break.BAD_WEATHER)
    return new


def states_of(half: HalfDayPlan, timed: Timed, aircraft_id: UUID, pins: Mapping[UUID, bool]) -> list[VisitState]:
    """Return how the visits are to stand whose time is another than it was."""
    return [
        VisitState(
            job_id=job_id,
            aircraft_id=aircraft_id,
            starts_at=period.starts_at,
            ends_at=period.ends_at,
            pinned=pins[job_id],
        )
        for stop in half.stops
        if stop.period != timed.periods[stop.job_id]
        for job_id, period in stop.visits(timed.periods[stop.job_id]).items()
    ]
