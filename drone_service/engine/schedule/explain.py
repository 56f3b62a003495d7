"""Say why a job was left out and what the cheapest change is that would fit it, in words and as codes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, floor, inf, isfinite

import numpy as np
from numpy.typing import NDArray

from drone_service.engine.schedule import changes
from drone_service.engine.schedule.ground import ABSENT, Floats, Ground, Ints, Tours
from drone_service.engine.schedule.plan import Unserved
from drone_service.engine.schedule.problem import Job, Problem, Shift

SHORT_EXTENSION_MIN = 60  # a crew may stay so much longer before exchanging jobs is asked for

Change = tuple[str, str, dict[str, object]]
NOTHING: Change = ("none", "no single change of a shift, a window or another job fits it", {})


@dataclass(frozen=True)
class _Findings:
    """What was found out about the jobs left out, one entry a job."""

    jobs: Ints
    may: NDArray[np.bool_]
    trip_s: Floats
    """How much longer than each shift the way there, the work and the way back are, shape (jobs, shifts)."""
    alone: NDArray[np.bool_]
    best: Floats
    """What the job adds where it fits, the seconds that a shift is too short, the amount of one thing lacking."""
    found: Ints
    """Period of the first, shift of the second, shift and thing of the third, shift to open, shift of another crew."""
    loss: Floats
    other: Ints
    where: Ints


GAIN, OVERRUN_S, AMOUNT = range(3)
PERIOD, LONGER, CARRIER, THING, OPENED, OTHER_CREW = range(6)


def explain_all(problem: Problem, ground: Ground, tours: Tours) -> tuple[Unserved, ...]:
    """Return, for every job that is in none of the tours, the reason and the cheapest change that would fit it.

    A change is named only where it lets the job in beside the plan as it is, for more than the way there costs.
    """
    if not tours.tally[ABSENT]:
        return ()
    found = _look(problem, ground, tours)
    return tuple(_explain(problem, ground, found, number) for number in range(len(found.jobs)))


def _look(problem: Problem, ground: Ground, tours: Tours) -> _Findings:
    jobs = np.sort(tours.absent[: tours.tally[ABSENT]]).astype(np.int32)
    count, shifts = len(jobs), problem.shifts
    crews = np.array([shift.crew for shift in shifts], dtype=object)
    may = np.ones((count, len(shifts)), dtype=np.bool_)
    for number, job in enumerate(jobs):
        allowed = problem.jobs[job].crews
        if allowed is not None:
            may[number] = np.isin(crews, list(allowed))
    place = ground.place[jobs]
    out_s = problem.travel_s[ground.shift_start][:, place].T
    back_s = problem.travel_s[:, ground.shift_end][place]
    trip_s = out_s + ground.service_s[jobs][:, None] + back_s - (ground.shift_to - ground.shift_from)
    found = _Findings(
        jobs, may, trip_s, np.zeros(count, dtype=np.bool_), np.zeros((count, 3)), np.zeros((count, 6), dtype=np.int32),
        np.zeros(count), np.zeros(count, dtype=np.int32), np.zeros(count, dtype=np.int32),
    )  # fmt: skip
    in_time = np.argsort(ground.shift_from, kind="stable").astype(np.int32)
    changes.look(ground, tours, jobs, may, in_time, _until(shifts), found.alone, found.best, found.found, np.zeros(3))
    changes.exchanges(ground, tours, jobs, may, found.loss, found.other, found.where)
    return found


def _until(shifts: Sequence[Shift]) -> Floats:
    """Return until when each shift could last: the begin of the next one of its crew."""
    until = np.full(len(shifts), inf)
    by_crew: dict[str, list[int]] = {}
    for number, shift in enumerate(shifts):
        by_crew.setdefault(shift.crew, []).append(number)
    for own in by_crew.values():
        own.sort(key=lambda number: shifts[number].start_s)
        for number, after in pairwise(own):
            until[number] = shifts[after].start_s
    return until


def _explain(problem: Problem, ground: Ground, found: _Findings, number: int) -> Unserved:
    job = problem.jobs[found.jobs[number]]
    if not found.may[number].any():
        return _left_out(job, "no_crew", "none of its crews has a shift", _let_other_crew(problem, found, number))
    too_long_s = np.where(found.may[number], found.trip_s[number], inf)
    if not (too_long_s <= 0).any():
        reason = "driving there, the work and driving back are longer than any shift of its crews"
        no_way: Change = ("no_road", "give a road to its place", {})
        longer = _extension(problem, found, number) or NOTHING
        return _left_out(job, "too_long", reason, longer if isfinite(too_long_s.min()) else no_way)
    if _carries_too_little(problem, found, number, job):
        reason = "it takes more than any of its crews carries"
        return _left_out(job, "no_load", reason, _more_load(problem, found, number) or NOTHING)
    if not found.alone[number]:
        reason = "none of its windows leaves enough time inside a shift of its crews"
        change = _open_window(problem, found, number) or _make_room(problem, found, number)
        return _left_out(job, "no_window", reason, change)
    if found.best[number, GAIN] > -inf:
        change = _worth_more(ground, found, number, job) or _open_window(problem, found, number) or NOTHING
        return _left_out(job, "no_value", "the way there costs more than the job brings", change)
    return _left_out(job, "no_time", "the shifts inside its windows are full", _find_time(problem, found, number))


def _left_out(job: Job, code: str, reason: str, change: Change) -> Unserved:
    return Unserved(job.id, code, reason, change[0], change[1], tuple(sorted(change[2].items())))


def _let_other_crew(problem: Problem, found: _Findings, number: int) -> Change:
    if not problem.shifts:
        return "add_shift", "add a shift", {}
    if found.found[number, OTHER_CREW] < 0:
        return NOTHING
    crew = problem.shifts[found.found[number, OTHER_CREW]].crew
    return "allow_crew", f"let crew {crew} do it", {"crew": crew}


def _carries_too_little(problem: Problem, found: _Findings, number: int, job: Job) -> bool:
    """Tell whether every crew has too little of something even when it comes fully loaded."""
    carried = [problem.shifts[int(shift)].capacity for shift in np.flatnonzero(found.may[number])]
    return all(any(job.uses.get(name, 0.0) > most for name, most in own.items()) for own in carried)


def _more_load(problem: Problem, found: _Findings, number: int) -> Change | None:
    """Name the shift that lets the job in if its crew carries more of one thing."""
    if found.best[number, AMOUNT] == inf:
        return None
    shift = problem.shifts[found.found[number, CARRIER]].id
    thing = sorted({name for one in problem.shifts for name in one.capacity})[found.found[number, THING]]
    amount = ceil(found.best[number, AMOUNT])
    params: dict[str, object] = {"thing": thing, "amount": amount, "shift": shift}
    return "raise_capacity", f"carry {amount} more of {thing} in shift {shift}", params


def _worth_more(ground: Ground, found: _Findings, number: int, job: Job) -> Change | None:
    """Name by how much the job would have to be worth more, where the hours in which it fits count for anything."""
    soonest, latest = (float(at[found.found[number, PERIOD]]) for at in (ground.window_from, ground.window_to))
    gains = [w.gain for w in job.windows if w.start_s <= soonest and latest <= w.end_s - job.service_s]
    if max(gains, default=0.0) <= 0:
        return None
    need = max(floor(-found.best[number, GAIN] / max(gains)) + 1, 1)
    return "raise_value", f"make it worth {need} more", {"value": need}


def _extension(problem: Problem, found: _Findings, number: int) -> Change | None:
    if found.best[number, OVERRUN_S] == inf:
        return None
    shift = problem.shifts[found.found[number, LONGER]].id
    minutes = max(ceil(found.best[number, OVERRUN_S] / 60), 1)
    return "extend_shift", f"+{minutes} minutes at the end of shift {shift}", {"shift": shift, "minutes": minutes}


def _open_window(problem: Problem, found: _Findings, number: int) -> Change | None:
    """Name the first shift in time with room for the job, were its window open then."""
    if found.found[number, OPENED] < 0:
        return None
    shift = problem.shifts[found.found[number, OPENED]].id
    return "open_window", f"open a window in shift {shift}", {"shift": shift}


def _find_time(problem: Problem, found: _Findings, number: int) -> Change:
    """Choose between a longer shift, another window and an exchange with a job that brings less.

    A short extension comes first because it asks nothing of any farmer, then asking this farmer, then another one.
    """
    is_short = found.best[number, OVERRUN_S] <= SHORT_EXTENSION_MIN * 60
    open_window = None if is_short else _open_window(problem, found, number)
    return open_window or _make_room(problem, found, number)


def _make_room(problem: Problem, found: _Findings, number: int) -> Change:
    extension = _extension(problem, found, number)
    if extension is not None and found.best[number, OVERRUN_S] <= SHORT_EXTENSION_MIN * 60:
        return extension
    if found.loss[number] < inf:
        loss = float(found.loss[number])
        other, shift = problem.jobs[found.other[number]].id, problem.shifts[found.where[number]].id
        params: dict[str, object] = {
            "job": other, "shift": shift, "loss": round(loss, 2), "left_out": problem.jobs[found.jobs[number]].id,
        }  # fmt: skip
        return "exchange", f"swap with job {other} (score {-loss:+.0f})", params
    return extension or _more_load(problem, found, number) or NOTHING
