"""Learning from finished jobs how long an aircraft and its crews really take. Plain values in and out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from drone_service.engine.coverage.phases import Phases
from drone_service.engine.coverage.time_range import (
    Factor,
    Lessons,
    Observation,
    TimeRange,
    learn,
    past_error,
    time_range,
)
from drone_service.planning.schemas import (
    ActualSeconds,
    CrewLessons,
    FactorOut,
    LessonsOut,
    PastErrorOut,
    PhaseSeconds,
    RangeSeconds,
)

REMEMBERED_JOBS = 100
"""Older jobs are forgotten: crews change and batteries age (k)."""


@dataclass(frozen=True)
class Timing:
    """A finished job as the learning sees it; `told` are the ranges that were made before it was done."""

    job_id: UUID
    pilot_id: UUID
    finished_at: datetime
    planned: PhaseSeconds
    actual: ActualSeconds
    told: RangeSeconds | None = None
    told_crew: RangeSeconds | None = None

    @property
    def observation(self) -> Observation:
        """Return what the engine learns from."""
        measured = {name: seconds for name, seconds in self.actual.model_dump().items() if seconds is not None}
        return Observation(Phases(**self.planned.model_dump()), measured)


@dataclass(frozen=True)
class Taught:
    """What is known of an aircraft after some jobs."""

    lessons: LessonsOut
    crews: list[CrewLessons]
    left_out: int

    def told(self, planned: PhaseSeconds, pilot_id: UUID | None = None) -> RangeSeconds:
        """Return the range for a plan: of a crew that has flown, else of the aircraft."""
        crew = next((one for one in self.crews if one.pilot_id == pilot_id), None)
        found = time_range(Phases(**planned.model_dump()), lessons_of(crew or self.lessons))
        return RangeSeconds.model_validate(found)


NOTHING = Taught(LessonsOut(jobs=0, factors={}, spread=(1.0, 1.0, 1.0)), [], 0)


def lessons_of(shown: LessonsOut) -> Lessons:
    """Return stored lessons as the engine takes them."""
    return Lessons({name: Factor(one.value, one.jobs) for name, one in shown.factors.items()}, shown.spread, shown.jobs)


def teach(timings: Sequence[Timing]) -> Taught:
    """Learn from the last jobs of an aircraft, oldest first, for the aircraft and for each crew that flew it."""
    recent = timings[-REMEMBERED_JOBS:]
    seen = [one.observation for one in recent]
    whole = learn(seen)
    crews = []
    for pilot_id in dict.fromkeys(one.pilot_id for one in recent):
        own = [(one, saw) for one, saw in zip(recent, seen, strict=True) if one.pilot_id == pilot_id]
        learned = learn([saw for _, saw in own], whole)
        error = _error([(one.told_crew, saw) for one, saw in own])
        crews.append(CrewLessons(pilot_id=pilot_id, past_error=error, **_shown(learned)))
    error = _error([(one.told, saw) for one, saw in zip(recent, seen, strict=True)])
    left_out = sum(not saw.is_plausible for saw in seen)
    return Taught(LessonsOut(past_error=error, **_shown(whole)), crews, left_out)


def _shown(lessons: Lessons) -> dict[str, Any]:
    factors = {name: FactorOut.model_validate(one) for name, one in lessons.factors.items()}
    return {"jobs": lessons.jobs, "factors": factors, "spread": lessons.spread}


def _error(told: Sequence[tuple[RangeSeconds | None, Observation]]) -> PastErrorOut | None:
    judged = [
        (TimeRange(one.p10_s, one.p50_s, one.p90_s), saw.actual_s["total"])
        for one, saw in told
        if one is not None and saw.is_plausible
    ]
    found = past_error(judged)
    return PastErrorOut.model_validate(found) if found else None
