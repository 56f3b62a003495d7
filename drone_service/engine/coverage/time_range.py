"""The range around a planned time, and what finished jobs teach about it.

Plain medians and quantiles of actual ÷ planned, drawn towards the plan while there are few jobs. Nothing here follows a
job while it is done: what is learned holds for the next one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from drone_service.engine.coverage.phases import Phases

PHASES_OF = {
    "setup": ("setup_s",),
    "fill": ("refill_s", "swap_s"),
    "pack_up": ("pack_up_s",),
    "air": ("climb_s", "transit_s", "spray_s", "turns_s", "landing_s"),
    "ground": ("setup_s", "refill_s", "swap_s", "pack_up_s"),
    "total": (),
}
"""What is measured, and the phases in it. Crews write down minutes in the air and see begin and end on the clock; the
minutes of a single phase on the ground are optional."""
PARENT = {"air": "total", "ground": "total", "setup": "ground", "fill": "ground", "pack_up": "ground"}
LEAVES = ("air", "setup", "fill", "pack_up")
LOW = {"air": 0.95, "setup": 0.75, "fill": 0.75, "pack_up": 0.75}
HIGH = {"air": 1.15, "setup": 1.5, "fill": 1.5, "pack_up": 1.5}
"""Flights keep to the plan but for gusts, birds and slow turns (k). A fast rig fills and swaps in just over 1 min where
the plan says 2 (p); a blocked nozzle takes many (k)."""
FAITH_JOBS = 5
"""So many jobs weigh as much as the plan (k): with five jobs the factor lies half-way."""
IMPLAUSIBLE = 4.0
"""A job that took more than four times the plan, or less than a quarter, is a button pressed late (k)."""


@dataclass(frozen=True)
class Observation:
    """A finished job: what was planned for it, and the seconds that were measured, by the names of PHASES_OF."""

    planned: Phases
    actual_s: Mapping[str, float]

    @property
    def is_plausible(self) -> bool:
        """Tell whether the job's clock can be believed."""
        planned_s = self.planned.total_s
        return planned_s / IMPLAUSIBLE <= self.actual_s.get("total", 0.0) <= planned_s * IMPLAUSIBLE


@dataclass(frozen=True)
class Factor:
    """Actual ÷ planned, and the number of jobs it was measured on."""

    value: float = 1.0
    jobs: int = 0


@dataclass(frozen=True)
class Lessons:
    """What finished jobs teach: a factor for each part, and how the whole scatters round the factors."""

    factors: Mapping[str, Factor] = field(default_factory=dict)
    spread: tuple[float, float, float] = (1.0, 1.0, 1.0)
    """10th, 50th and 90th percentile of actual ÷ expected over the jobs."""
    jobs: int = 0

    def factor(self, name: str) -> float:
        """Return the factor of a part; one that was never measured follows what it is a part of."""
        found = self.factors.get(name)
        if found is not None:
            return found.value
        return self.factor(PARENT[name]) if name in PARENT else 1.0


@dataclass(frozen=True)
class TimeRange:
    """10th, 50th and 90th percentile of the seconds on site."""

    p10_s: float
    p50_s: float
    p90_s: float


@dataclass(frozen=True)
class PastError:
    """How good earlier ranges were, each made before its job was done."""

    jobs: int
    median_error: float
    """Median of |p50 − actual| ÷ actual."""
    inside: float
    """Share of the jobs that took between p10 and p90; eight in ten is what a range promises."""


def planned_s(phases: Phases, name: str) -> float:
    """Return the planned seconds of a part of the job."""
    if name == "total":
        return phases.total_s
    return float(sum(getattr(phases, phase) for phase in PHASES_OF[name]))


def learn(observations: Sequence[Observation], prior: Lessons | None = None) -> Lessons:
    """Learn from finished jobs; implausible ones are passed over.

    Each factor is (jobs × median of actual ÷ planned + FAITH_JOBS × what is believed without it) ÷ (jobs +
    FAITH_JOBS). Believed without it is the prior's factor (a crew leans on its aircraft), else the factor of the
    larger part it belongs to, else 1.
    """
    believed = [one for one in observations if one.is_plausible]
    factors: dict[str, Factor] = {}
    for name in ("total", "air", "ground", "setup", "fill", "pack_up"):
        ratios = [
            one.actual_s[name] / planned_s(one.planned, name)
            for one in believed
            if one.actual_s.get(name, 0.0) > 0 and planned_s(one.planned, name) > 0
        ]
        if ratios:
            without = (prior or Lessons(factors)).factor(name)
            factors[name] = Factor(_drawn(median(ratios), without, len(ratios)), len(ratios))
    held = dict(prior.factors) if prior else {}
    lessons = Lessons({**held, **factors}, jobs=len(believed))
    scatter = sorted(one.actual_s["total"] / expected_s(one.planned, lessons) for one in believed)
    spread = (quantile(scatter, 0.1), quantile(scatter, 0.5), quantile(scatter, 0.9)) if scatter else (1.0, 1.0, 1.0)
    return Lessons(lessons.factors, spread, len(believed))


def expected_s(phases: Phases, lessons: Lessons) -> float:
    """Return the planned seconds, each part times its factor."""
    return sum(planned_s(phases, name) * lessons.factor(name) for name in LEAVES)


def time_range(phases: Phases, lessons: Lessons | None = None) -> TimeRange:
    """Return the percentiles of the seconds on site.

    Without jobs they follow from LOW and HIGH; with them the scatter of the jobs takes over by the same weight as the
    factors.
    """
    lessons = lessons or Lessons()
    middle_s = expected_s(phases, lessons)
    low_s = sum(planned_s(phases, name) * lessons.factor(name) * LOW[name] for name in LEAVES)
    high_s = sum(planned_s(phases, name) * lessons.factor(name) * HIGH[name] for name in LEAVES)
    low, mid, high = (middle_s * share for share in lessons.spread)
    return TimeRange(
        p10_s=_drawn(low, low_s, lessons.jobs),
        p50_s=_drawn(mid, middle_s, lessons.jobs),
        p90_s=_drawn(high, high_s, lessons.jobs),
    )


def past_error(told: Sequence[tuple[TimeRange, float]]) -> PastError | None:
    """Judge ranges by the seconds that the jobs then took; None without any."""
    if not told:
        return None
    errors = [abs(one.p50_s - actual_s) / actual_s for one, actual_s in told]
    inside = sum(one.p10_s <= actual_s <= one.p90_s for one, actual_s in told)
    return PastError(len(told), median(errors), inside / len(told))


def quantile(ordered: Sequence[float], share: float) -> float:
    """Return the quantile of sorted values, linear between neighbours."""
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def _drawn(measured: float, without: float, jobs: int) -> float:
    return (jobs * measured + FAITH_JOBS * without) / (jobs + FAITH_JOBS)
