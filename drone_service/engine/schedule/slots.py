"""The half-days that suit one new job best beside a present plan: what booking offers while the customer waits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf

import numpy as np

from drone_service.engine.schedule import changes, ruin
from drone_service.engine.schedule.ground import Floats, lay_out
from drone_service.engine.schedule.plan import Plan
from drone_service.engine.schedule.problem import Job, Problem, Shift
from drone_service.engine.schedule.solve import dense_first, follow, pinned_tours

COLUMNS = 8


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for a job in a shift. Seconds are the problem's.

    The crew can begin at `start_s` as the plan stands, and at the latest at `latest_start_s` without making anybody
    late. `extra_s` (driving and washing) and `extra_km` are what the tour grows by beside the work itself. `gain` is
    the share of the job's value that counts then, `score_change` what the plan gains in all. `displaces` is the planned
    job that has to give way; the rest is then said of the tour without it.
    """

    shift: str
    start_s: float
    end_s: float
    latest_start_s: float
    after_job: str | None
    before_job: str | None
    extra_s: float
    extra_km: float
    gain: float
    score_change: float
    displaces: str | None = None


def rank_slots(problem: Problem, plan: Plan, job: Job, best: int = 3, *, after_waiting: bool = False) -> list[Slot]:
    """Return up to `best` half-days for a job that is not in the problem yet, the one that adds most first.

    Of several crews in the same hours only the best is named. Places that are free come before those where a planned
    job would have to give way, and the latter only if they add to the score. With `after_waiting` the jobs of the
    problem that the plan leaves out take their places first. A shift of which a stop of the plan cannot be kept is left
    out: nobody knows what is free there. `job.location` must be a place of the problem. Raises what `Problem` raises
    where the job is impossible, and nothing where no half-day fits: the list is empty then.
    """
    wider = replace(problem, jobs=(*problem.jobs, job))
    ground = lay_out(wider)
    tours = pinned_tours(wider, ground)
    follow(wider, ground, tours, plan)
    asked = len(wider.jobs) - 1
    if after_waiting:
        waiting = dense_first(ground, tours)
        ruin.begin(ground, tours, waiting[waiting != asked], 0.0)
    free, taken = np.zeros((len(wider.shifts), COLUMNS)), np.zeros((len(wider.shifts), COLUMNS))
    changes.slots(ground, tours, asked, free, taken)
    for route in plan.routes:
        shift = wider.shift_index.get(route.shift)
        known = [wider.job_index[stop.job] for stop in route.stops if stop.job in wider.job_index]
        if shift is not None and any(tours.shift_of[one] != shift for one in known):
            free[shift, 0] = taken[shift, 0] = -inf
    found = [_slot(wider, int(number), free) for number in np.flatnonzero(free[:, 0] > -inf)]
    found = _one_a_period(wider, found)
    if len(found) < best:
        full = [_slot(wider, int(number), taken) for number in np.flatnonzero(taken[:, 0] > 0)]
        found = _one_a_period(wider, found, full)
    return found[:best]


def _slot(problem: Problem, number: int, table: Floats) -> Slot:
    job, row = problem.jobs[-1], table[number].tolist()
    before, after, displaced = (None if row[at] < 0 else problem.jobs[int(row[at])].id for at in (1, 6, 7))
    start_s = row[2]
    return Slot(
        shift=problem.shifts[number].id,
        start_s=start_s,
        end_s=start_s + job.service_s,
        latest_start_s=row[3],
        after_job=before,
        before_job=after,
        extra_s=row[4],
        extra_km=row[5],
        gain=problem.gain_at(job, start_s) or 0.0,
        score_change=row[0],
        displaces=displaced,
    )


def _one_a_period(problem: Problem, *groups: list[Slot]) -> list[Slot]:
    """Return the best slot of each half-day, group after group, each in the order of what it adds."""
    found: dict[tuple[float, float], Slot] = {}
    for group in groups:
        for slot in sorted(group, key=lambda one: (-one.score_change, one.start_s, one.shift)):
            shift: Shift = problem.shifts[problem.shift_index[slot.shift]]
            found.setdefault((shift.start_s, shift.end_s), slot)
    return list(found.values())
