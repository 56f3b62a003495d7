"""Find a good plan: greedy insertion, then ruin and recreate under simulated annealing, compiled (`ruin.py`).

The same problem, seed and number of rounds give the same plan; with a time budget the number of rounds depends on the
machine.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf

import numpy as np

from drone_service.engine.schedule import routes, ruin
from drone_service.engine.schedule.anneal import Annealing
from drone_service.engine.schedule.check import score_of
from drone_service.engine.schedule.explain import explain_all
from drone_service.engine.schedule.ground import (
    ABSENT,
    ARRIVAL,
    BEST,
    CHANGED,
    DONE,
    GROUP,
    JOB,
    PERIOD,
    PLACE,
    PLAIN,
    REFILL_BEFORE,
    REST,
    STAMPS,
    Ground,
    Tours,
    empty_tours,
    lay_out,
)  # fmt: skip
from drone_service.engine.schedule.plan import BREAK, RELOAD, Pause, Plan, Route, Stop
from drone_service.engine.schedule.problem import Break, ImpossiblePin, Job, Problem, fixed_order
from drone_service.engine.schedule.stop import Stop as StopCriterion

PILOT_ROUNDS = 200
"""Rounds at no temperature, from whose losses the temperature is set: problems of money, of kilometres and of both."""
NEAR_WAITING = 20  # left-out jobs of the neighbourhood that are tried in a round
SETUP_S = 900.0  # what a job costs beside its service when jobs are put in order of worth a second
MOST_STAMPS = 2_000_000_000
Report = Callable[[float, float], None]


def solve(
    problem: Problem, stop: StopCriterion, seed: int = 0, start: Plan | None = None, *, report: Report | None = None
) -> Plan:
    """Plan the jobs into the shifts and say why the rest is left out.

    Times are the problem's seconds. Pinned jobs stay exactly where they are. `start` is an earlier plan to begin from:
    what it holds and still fits is kept at first, jobs it names that are gone are dropped. `report` is told the
    progress (0 to 1) and the best score so far, a few dozen times a second. Deterministic for a seed and an iteration
    count. Raises nothing of its own: a `Problem` that exists can be planned, if only with the pinned jobs.
    """
    ground = lay_out(problem)
    tours = pinned_tours(problem, ground, seed)
    if start is not None:
        follow(problem, ground, tours, start)
    is_again = bool(tours.tally[ABSENT] < len(ground.place) - ground.pinned.sum())
    ruin.begin(ground, tours, dense_first(ground, tours), 0.0)
    if len(ground.place) and len(ground.shift_from):
        _search(ground, tours, stop, report, is_again)
    take_best(ground, tours)
    return finished(problem, ground, tours)


def pinned_tours(problem: Problem, ground: Ground, seed: int = 0) -> Tours:
    """Return tours with the pinned jobs only. Raises ImpossiblePin where the pins of a shift contradict each other."""
    tours = empty_tours(ground, seed)
    pinned: dict[str, list[Job]] = {}
    for job in problem.jobs:
        if job.pinned is not None:
            pinned.setdefault(job.pinned.shift, []).append(job)
    rests = 0
    for number, shift in enumerate(problem.shifts):
        routes.time_tour(ground, tours, number)
        of_break = {id(rest): rests + place for place, rest in enumerate(shift.breaks)}
        rests += len(shift.breaks)
        for item in fixed_order(problem, shift, pinned.get(shift.id, ())) if shift.breaks or pinned else ():
            placed = (
                routes.insert_fixed(ground, tours, number, int(tours.length[number]), REST, of_break[id(item)])
                if isinstance(item, Break)
                else _pin(ground, tours, problem.job_index[item.id], number)
            )
            if not placed:
                raise ImpossiblePin(f"what is fixed in shift {shift.id!r} cannot all be kept")
    return tours


def _pin(ground: Ground, tours: Tours, job: int, shift: int) -> bool:
    """Put a pinned job behind what is fixed before it, with a reload on the way if the crew has not enough left."""
    spot, period = int(tours.length[shift]), int(ground.window_at[job])
    row = int(ground.room[shift]) + spot
    if routes.carries(ground, tours, job, shift, row, PLAIN):
        return _put(ground, tours, job, shift, spot, period, PLAIN)
    # More than a full load no reload brings.
    if ground.reload_place[shift] < 0 or not routes.carries(ground, tours, job, shift, row, REFILL_BEFORE):
        return False
    return _put(ground, tours, job, shift, spot, period, REFILL_BEFORE)


def _put(ground: Ground, tours: Tours, job: int, shift: int, spot: int, period: int, kind: int) -> bool:
    tours.tally[CHANGED] = 0
    placed = bool(routes.insert(ground, tours, job, shift, spot, period, kind))
    ruin.keep(tours)
    return placed


def follow(problem: Problem, ground: Ground, tours: Tours, start: Plan) -> None:
    """Put the jobs of an earlier plan where it had them, in its order, as far as they still fit."""
    for route in start.routes:
        shift = problem.shift_index.get(route.shift)
        if shift is None:
            continue
        spot = 0
        for stop in route.stops:
            job = problem.job_index.get(stop.job)
            if job is None:
                continue
            if tours.shift_of[job] < 0:
                spot = _follow_one(ground, tours, job, shift, spot, stop.start_s)
            elif tours.shift_of[job] == shift:
                first = ground.room[shift] + 1
                order = tours.stop[first : first + tours.length[shift], JOB].tolist()
                spot = order.index(job) + 1


def _follow_one(ground: Ground, tours: Tours, job: int, shift: int, spot: int, start_s: float) -> int:
    """Insert one job of an earlier plan: in its order if it can, else where it goes best; return the next place."""
    low = int(ground.first_window[job, shift])
    periods = range(low, low + int(ground.windows[job, shift]))
    held = [p for p in periods if ground.window_from[p] <= start_s <= ground.window_to[p]]
    held.sort(key=lambda p: -ground.window_value[p])
    row = int(ground.room[shift]) + spot
    if periods and routes.carries(ground, tours, job, shift, row, PLAIN):
        for period in [*held, *(p for p in periods if p not in held)]:
            if ground.window_shift[period] in (-1, shift) and _put(ground, tours, job, shift, spot, period, PLAIN):
                return spot + 1
    routes.price(ground, tours, job, shift, 0.0, -inf)
    at, period, kind = (int(number) for number in tours.found)
    if at >= 0 and _put(ground, tours, job, shift, at, period, kind):
        return at + 1
    return spot


def dense_first(ground: Ground, tours: Tours) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    """Return the jobs that are in no tour, those that bring most for their time first."""
    waiting = np.flatnonzero((tours.shift_of < 0) & ~ground.pinned)
    density = ground.value[waiting] / (ground.service_s[waiting] + SETUP_S)
    return waiting[np.argsort(-density, kind="stable")].astype(np.int32)


def _search(ground: Ground, tours: Tours, stop: StopCriterion, report: Report | None, is_again: bool) -> None:
    losses, iteration = np.full(PILOT_ROUNDS, -1.0), 0
    annealing = Annealing(len(ground.place), is_again)
    while (progress := stop.progress(iteration)) < 1.0:
        if report is not None:
            report(progress, float(tours.score[BEST]))
        rounds = stop.rounds(iteration)
        if iteration < PILOT_ROUNDS:
            rounds = min(rounds, PILOT_ROUNDS - iteration)
        warmth = annealing.warmth(iteration, progress)
        ruin.improve(ground, tours, rounds, warmth, 0.0, NEAR_WAITING, losses[iteration : iteration + rounds])
        iteration += rounds
        if iteration == PILOT_ROUNDS:
            annealing.learn(losses, is_full=bool(tours.tally[ABSENT] == 0))
        if tours.tally[STAMPS] > MOST_STAMPS:
            _stamp_anew(tours)


def _stamp_anew(tours: Tours) -> None:
    """Give out stamps from zero again before they no longer fit."""
    tours.priced[:] = -1
    tours.stamp[:] = np.arange(len(tours.stamp))
    tours.tally[STAMPS] = len(tours.stamp)


def take_best(ground: Ground, tours: Tours) -> None:
    """Bring the best plan known back into the tours."""
    for shift in range(len(ground.shift_from)):
        first, length = int(ground.room[shift]) + 1, int(tours.best_length[shift])
        rows = slice(first, first + length)
        tours.stop[rows, JOB], tours.stop[rows, PERIOD] = tours.best_stop[rows, 0], tours.best_stop[rows, 1]
        # Breaks and reloads get their place together with their times.
        own = first + np.flatnonzero(tours.stop[rows, JOB] >= 0)
        jobs = tours.stop[own, JOB]
        tours.stop[own, PLACE], tours.stop[own, GROUP] = ground.place[jobs], ground.group[jobs]
        tours.length[shift] = length
        routes.time_tour(ground, tours, shift)
    tours.shift_of[:] = -1
    for shift in range(len(ground.shift_from)):
        tours.shift_of[_jobs_of(ground, tours, shift)] = shift
    absent = np.flatnonzero(tours.shift_of < 0)
    tours.tally[ABSENT] = len(absent)
    tours.absent[: len(absent)] = absent
    tours.absent_at[absent] = np.arange(len(absent))


def _jobs_of(ground: Ground, tours: Tours, shift: int) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    first = int(ground.room[shift]) + 1
    rows = tours.stop[first : first + int(tours.length[shift]), JOB]
    jobs: np.ndarray[tuple[int], np.dtype[np.int32]] = rows[rows >= 0]
    return jobs


def finished(problem: Problem, ground: Ground, tours: Tours) -> Plan:
    """Return the tours as a plan, with the reasons for what is left out."""
    made = tuple(_route(problem, ground, tours, number) for number in range(len(problem.shifts)))
    plan = Plan(0.0, made, explain_all(problem, ground, tours))
    return Plan(score_of(problem, plan), made, plan.unserved)


def _route(problem: Problem, ground: Ground, tours: Tours, number: int) -> Route:
    stops: list[Stop] = []
    pauses: list[Pause] = []
    first = int(ground.room[number]) + 1
    for row in range(first, first + int(tours.length[number])):
        job = int(tours.stop[row, JOB])
        soonest, latest, _ = routes.row_times(ground, tours, number, row)
        arrival, end_s = float(tours.time_s[row, ARRIVAL]), float(tours.time_s[row, DONE])
        start_s = float(min(max(arrival, soonest), latest))
        if job >= 0:
            stops.append(Stop(problem.jobs[job].id, min(arrival, start_s), start_s, end_s))
        else:
            pauses.append(Pause(BREAK if job == REST else RELOAD, len(stops), start_s, end_s))
    # A crew without a job rests at home.
    return Route(problem.shifts[number].id, tuple(stops), tuple(pauses) if stops else ())
