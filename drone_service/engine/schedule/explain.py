"""Say why a job was left out and what the cheapest change is that would fit it, in words and as codes."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, inf, isfinite

import numpy as np
from numpy.typing import NDArray

from drone_service.engine.schedule import changes
from drone_service.engine.schedule.ground import ABSENT, Floats, Ground, Ints, Tours
from drone_service.engine.schedule.plan import Unserved
from drone_service.engine.schedule.problem import Job, Problem

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
    gain: Floats
    overrun_s: Floats
    longer: Ints
    opened: Ints
    loss: Floats
    other: Ints
    where: Ints


def explain_all(problem: Problem, ground: Ground, tours: Tours) -> tuple[Unserved, ...]:
    """Return, for every job that is in none of the tours, the reason and the cheapest change that would fit it."""
    if not tours.tally[ABSENT]:
        return ()
    found = _look(problem, ground, tours)
    return tuple(_explain(problem, found, number) for number in range(len(found.jobs)))


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
        jobs, may, trip_s, np.zeros(count, dtype=np.bool_), np.zeros(count), np.zeros(count),
        np.zeros(count, dtype=np.int32), np.zeros(count, dtype=np.int32), np.zeros(count),
        np.zeros(count, dtype=np.int32), np.zeros(count, dtype=np.int32),
    )  # fmt: skip
    in_time = np.argsort(ground.shift_from, kind="stable").astype(np.int32)
    changes.look(
        ground, tours, jobs, may, in_time, found.alone, found.gain, found.overrun_s, found.longer, found.opened
    )
    changes.exchanges(ground, tours, jobs, may, found.loss, found.other, found.where)
    return found


def _explain(problem: Problem, found: _Findings, number: int) -> Unserved:
    job = problem.jobs[found.jobs[number]]
    if not found.may[number].any():
        return _left_out(job, "no_crew", "none of its crews has a shift", _let_other_crew(problem))
    too_long_s = np.where(found.may[number], found.trip_s[number], inf)
    if not (too_long_s <= 0).any():
        reason = "driving there, the work and driving back are longer than any shift of its crews"
        return _left_out(job, "too_long", reason, _longer_shift(problem, too_long_s))
    lacking = _lacking(problem, found, number, job)
    if lacking is not None:
        return _left_out(job, "no_load", "it takes more than any of its crews carries", lacking)
    if not found.alone[number]:
        reason = "none of its windows leaves enough time inside a shift of its crews"
        change = _open_window(problem, found, number) or _make_room(problem, found, number)
        return _left_out(job, "no_window", reason, change)
    if found.gain[number] > -inf:
        need = max(ceil(-found.gain[number]), 1)
        change = ("raise_value", f"make it worth {need} more", {"value": need})
        return _left_out(job, "no_value", "the way there costs more than the job brings", change)
    return _left_out(job, "no_time", "the shifts inside its windows are full", _find_time(problem, found, number))


def _left_out(job: Job, code: str, reason: str, change: Change) -> Unserved:
    return Unserved(job.id, code, reason, change[0], change[1], tuple(sorted(change[2].items())))


def _let_other_crew(problem: Problem) -> Change:
    if not problem.shifts:
        return "add_shift", "add a shift", {}
    crew = problem.shifts[0].crew
    return "allow_crew", f"let crew {crew} do it", {"crew": crew}


def _longer_shift(problem: Problem, too_long_s: Floats) -> Change:
    shift = int(np.argmin(too_long_s))
    if not isfinite(too_long_s[shift]):
        return "no_road", "give a road to its place", {}
    return _extension(problem.shifts[shift].id, float(too_long_s[shift]))


def _lacking(problem: Problem, found: _Findings, number: int, job: Job) -> Change | None:
    """Name what every crew has too little of even when it comes fully loaded, where that is so."""
    best: tuple[float, str] | None = None
    for shift in np.flatnonzero(found.may[number]):
        carried = problem.shifts[int(shift)].capacity
        missing = [(job.uses[name] - most, name) for name, most in carried.items() if job.uses.get(name, 0.0) > most]
        if not missing:
            return None
        best = min(best or (inf, ""), max(missing))
    if best is None:
        return None
    amount = ceil(best[0])
    return "raise_capacity", f"carry {amount} more of {best[1]}", {"thing": best[1], "amount": amount}


def _extension(shift: str, missing_s: float) -> Change:
    minutes = max(ceil(missing_s / 60), 1)
    return "extend_shift", f"+{minutes} minutes at the end of shift {shift}", {"shift": shift, "minutes": minutes}


def _open_window(problem: Problem, found: _Findings, number: int) -> Change | None:
    """Name the first shift in time with room for the job, were its window open then."""
    if found.opened[number] < 0:
        return None
    shift = problem.shifts[found.opened[number]].id
    return "open_window", f"open a window in shift {shift}", {"shift": shift}


def _find_time(problem: Problem, found: _Findings, number: int) -> Change:
    """Choose between a longer shift, another window and an exchange with a job that brings less.

    A short extension comes first because it asks nothing of any farmer, then asking this farmer, then another one.
    """
    if found.overrun_s[number] <= SHORT_EXTENSION_MIN * 60:
        return _extension(problem.shifts[found.longer[number]].id, float(found.overrun_s[number]))
    return _open_window(problem, found, number) or _make_room(problem, found, number)


def _make_room(problem: Problem, found: _Findings, number: int) -> Change:
    if found.overrun_s[number] <= SHORT_EXTENSION_MIN * 60:
        return _extension(problem.shifts[found.longer[number]].id, float(found.overrun_s[number]))
    if found.loss[number] < inf:
        loss = float(found.loss[number])
        other, shift = problem.jobs[found.other[number]].id, problem.shifts[found.where[number]].id
        params: dict[str, object] = {
            "job": other, "shift": shift, "loss": round(loss, 2), "left_out": problem.jobs[found.jobs[number]].id,
        }  # fmt: skip
        return "exchange", f"swap with job {other} (score {-loss:+.0f})", params
    if found.overrun_s[number] < inf:
        return _extension(problem.shifts[found.longer[number]].id, float(found.overrun_s[number]))
    return NOTHING
