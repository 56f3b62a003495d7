"""Every set of jobs that a crew can do in one part of a shift, with the best order of each: by enumeration, complete.

For small weeks whose windows cover a whole shift or nothing of it, so that no stop inside a part waits. Orders of one
set with the same last job are compared by kilometres and seconds; one that is worse in both is dropped, nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.schedule.cut import Cut
from drone_service.engine.schedule.check import SECONDS_SLACK
from drone_service.engine.schedule.problem import Problem

MOST_JOBS = 62
"""Jobs of a set are the bits of one number."""


class NotEnumerable(ValueError):
    """The problem has rules that an enumeration of sets of jobs does not know."""


class Columns(NamedTuple):
    """Sets of movable jobs as bits, what each adds to the score in its best order, and that order (then -1)."""

    jobs: NDArray[np.int64]
    worth: NDArray[np.float64]
    order: NDArray[np.int16]


class _Ways(NamedTuple):
    """Ways to do `jobs` that end at `last`: seconds until that work is done, kilometres until there, gains so far."""

    jobs: NDArray[np.int64]
    last: NDArray[np.int64]
    seconds: NDArray[np.float64]
    km: NDArray[np.float64]
    gains: NDArray[np.float64]
    order: NDArray[np.int16]


def best_by_table(columns: Sequence[Columns], jobs: int) -> float:
    """Return the most that disjoint sets, one for each part, add up to: by a table over all sets, for a dozen jobs."""
    best = np.full(1 << jobs, -np.inf)
    best[0] = 0.0
    every = np.arange(1 << jobs)
    for own in columns:
        more = np.full_like(best, -np.inf)
        for taken, worth in zip(own.jobs, own.worth, strict=True):
            free = every[every & taken == 0]
            more[free | taken] = np.maximum(more[free | taken], best[free] + worth)
        best = more
    return float(best.max())


def refuse_other_rules(problem: Problem) -> None:
    """Raise NotEnumerable for what sets of jobs cannot tell: breaks, loads, promises, crews, windows inside shifts."""
    if sum(job.pinned is None for job in problem.jobs) > MOST_JOBS:
        raise NotEnumerable(f"more than {MOST_JOBS} jobs that can be moved")
    if any(shift.breaks or shift.capacity or shift.start_group for shift in problem.shifts):
        raise NotEnumerable("breaks, loads and what is in the tank at the begin are not known here")
    for job in problem.jobs:
        if job.crews is not None or (job.promised is not None and problem.move_cost):
            raise NotEnumerable(f"job {job.id!r} has a promise or allowed crews")
        for shift in problem.shifts:
            for window in job.windows:
                apart = window.end_s <= shift.start_s or shift.end_s <= window.start_s
                if not apart and not (window.start_s <= shift.start_s and shift.end_s <= window.end_s):
                    raise NotEnumerable(f"a window of job {job.id!r} begins or ends inside shift {shift.id!r}")


def columns_of(cut: Cut, number: int) -> Columns:
    """Return what can be done in a part, the empty set first. `worth` is gains less the cost of all kilometres."""
    part = cut.parts[number]
    # A shift without any job does not drive; one that is cut at a pinned job does.
    bare = part.pinned_after is None and part.first >= len(cut.movable) + len(cut.pinned)
    way_km = 0.0 if bare else float(cut.km[part.first, part.last])
    ways = _Ways(np.zeros(1, np.int64), np.full(1, part.first), np.zeros(1), np.zeros(1), np.zeros(1),
                 np.full((1, len(cut.movable)), -1, np.int16))  # fmt: skip
    found = [Columns(ways.jobs, np.array([-cut.problem.km_cost * way_km]), ways.order)]
    for depth in range(len(cut.movable)):
        ways = _longer(cut, number, ways, depth)
        if not len(ways.jobs):
            break
        worth = ways.gains - cut.problem.km_cost * (ways.km + cut.km[ways.last, part.last])
        best = np.lexsort((-worth, ways.jobs))
        best = best[np.r_[True, np.diff(ways.jobs[best]) != 0]]
        found.append(Columns(ways.jobs[best], worth[best], ways.order[best]))
    return Columns(*(np.concatenate(parts) for parts in zip(*found, strict=True)))


def _longer(cut: Cut, number: int, ways: _Ways, depth: int) -> _Ways:
    """Return the ways with one more job at the end from which the part's end is still reached in time."""
    part, found = cut.parts[number], []
    for job in np.flatnonzero(cut.gain[:, part.period] > 0):
        done_s = ways.seconds + cut.seconds[ways.last, job] + cut.service_s[job]
        latest_s = part.end_s - part.start_s - cut.seconds[job, part.last] + SECONDS_SLACK
        can = np.flatnonzero(((ways.jobs >> job) & 1 == 0) & (done_s <= latest_s))
        order = ways.order[can]
        order[:, depth] = job
        gain = cut.value[job] * cut.gain[job, part.period]
        found.append(_Ways(ways.jobs[can] | (1 << int(job)), np.full(len(can), job), done_s[can],
                           ways.km[can] + cut.km[ways.last[can], job], ways.gains[can] + gain, order))  # fmt: skip
    if not found:
        return _Ways(*(column[:0] for column in ways))
    return _undominated(_Ways(*(np.concatenate(parts) for parts in zip(*found, strict=True))))


def _undominated(ways: _Ways) -> _Ways:
    """Drop each way that another of the same jobs and last job beats or equals in both kilometres and seconds."""
    by = np.lexsort((ways.seconds, ways.km, ways.last, ways.jobs))
    jobs, last, seconds = ways.jobs[by], ways.last[by], ways.seconds[by]
    kind = np.cumsum(np.r_[False, (np.diff(jobs) != 0) | (np.diff(last) != 0)])
    # Each kind lies lower than the one before it by more than any time, so the least so far is that of its own kind.
    lowered = seconds - kind * (float(seconds.max(initial=0.0)) + 1.0)
    soonest = np.r_[np.inf, np.minimum.accumulate(lowered)[:-1]] if len(by) else lowered
    keep = by[lowered < soonest]
    return _Ways(*(column[keep] for column in ways))
