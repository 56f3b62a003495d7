"""Find a good plan: greedy insertion, then ruin and recreate under simulated annealing.

Ruin takes strings of neighbouring stops out of a few tours (Christiaens and Vanden Berghe, 2020, Slack Induction by
String Removals); recreate puts jobs back where they add most. The same problem, seed and number of rounds give the
same plan; with a time budget the number of rounds depends on the machine.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random

import numpy as np

from drone_service.engine.schedule.check import score_of
from drone_service.engine.schedule.explain import explain
from drone_service.engine.schedule.plan import Plan, Route, Stop
from drone_service.engine.schedule.problem import ImpossiblePin, Problem
from drone_service.engine.schedule.stop import Stop as StopCriterion
from drone_service.engine.schedule.tours import Choice, Ground, Insertion, Tour

NEIGHBOURS = 40  # jobs looked at round the centre of a ruin
STRING_STOPS = 8  # longest string taken out of one tour
STRINGS = 4  # tours hurt in one round
WAITING_TRIED = 30  # left-out jobs tried in one round beside the removed ones
BLINK = 0.01  # chance that a possible tour is overlooked, as in the paper
HOT, COLD = 0.05, 0.0005  # temperatures as shares of the mean value of a job; chosen by trying
RoundOfTours = list[Tour]


def solve(problem: Problem, stop: StopCriterion, seed: int = 0, start: Plan | None = None) -> Plan:
    """Plan the jobs into the shifts and say why the rest is left out.

    Times are the problem's seconds. Pinned jobs stay exactly where they are. `start` is an earlier plan to begin from:
    what it holds and still fits is kept at first, jobs it names that are gone are dropped. Deterministic for a seed and
    an iteration count. Raises nothing of its own: a `Problem` that exists can be planned, if only with the pinned jobs.
    """
    ground = Ground(problem)
    tours = _pinned_tours(ground)
    if start is not None:
        _follow(ground, tours, start)
    waiting = _waiting(ground, tours)
    density = sorted(waiting, key=lambda job: (-problem.jobs[job].value / (problem.jobs[job].service_s + 600.0), job))
    _insert_all(ground, tours, density)
    search = _Search(ground, Random(seed))  # noqa: S311  a repeatable search, no secret
    best = search.improve(tours, stop)
    return _finished(problem, ground, best)


def _pinned_tours(ground: Ground) -> RoundOfTours:
    pinned: dict[int, list[Choice]] = {number: [] for number in range(len(ground.problem.shifts))}
    for number, job in enumerate(ground.problem.jobs):
        if job.pinned is not None:
            shift = ground.problem.shift_index[job.pinned.shift]
            pinned[shift].append(ground.choices[number][shift][0])
    tours = []
    for shift, choices in pinned.items():
        choices.sort(key=lambda choice: (choice.soonest_s, choice.soonest_s + ground.service_s[choice.job]))
        tour = ground.tour(shift, tuple(choices))
        if tour is None:
            raise ImpossiblePin(f"the pinned jobs of shift {ground.problem.shifts[shift].id!r} cannot all be kept")
        tours.append(tour)
    return tours


def _follow(ground: Ground, tours: RoundOfTours, start: Plan) -> None:
    """Put the jobs of an earlier plan where it had them, in its order, as far as they still fit."""
    taken = {choice.job for tour in tours for choice in tour.stops}
    for route in start.routes:
        shift = ground.problem.shift_index.get(route.shift)
        if shift is None:
            continue
        at = 0
        for stop in route.stops:
            job = ground.problem.job_index.get(stop.job)
            order = [choice.job for choice in tours[shift].stops]
            if job in order:
                at = order.index(job) + 1
            elif job is not None and job not in taken:
                found = _in_order(ground, tours[shift], job, at) or ground.best_insertion(tours[shift], job)
                if found is not None and _put(ground, tours, shift, found):
                    taken.add(job)
                    at = found.position + 1


def _in_order(ground: Ground, tour: Tour, job: int, at: int) -> Insertion | None:
    for choice in ground.choices[job].get(tour.shift, ()):
        delta = ground.delta(tour, choice, at)
        if delta is not None:
            return Insertion(delta, at, choice)
    return None


def _put(ground: Ground, tours: RoundOfTours, shift: int, found: Insertion) -> bool:
    tour = ground.inserted(tours[shift], found)
    if tour is None:  # only when rounding of a long chain of additions disagrees with the constant-time check
        return False
    tours[shift] = tour
    return True


def _waiting(ground: Ground, tours: RoundOfTours) -> list[int]:
    served = {choice.job for tour in tours for choice in tour.stops}
    return [job for job in range(len(ground.problem.jobs)) if job not in served]


def _insert_all(ground: Ground, tours: RoundOfTours, jobs: list[int], blink: Random | None = None) -> list[int]:
    """Insert each job where it adds most, if it adds anything; return the jobs that were not inserted."""
    left = []
    for job in jobs:
        best: Insertion | None = None
        best_shift = -1
        for shift in ground.choices[job]:
            if blink is not None and blink.random() < BLINK:
                continue
            found = ground.best_insertion(tours[shift], job)
            if found is not None and found.delta >= 0 and (best is None or found.delta > best.delta):
                best, best_shift = found, shift
        if best is None or not _put(ground, tours, best_shift, best):
            left.append(job)
    return left


class _Search:
    """The rounds of ruin and recreate; the state of the random source is the only thing that changes."""

    def __init__(self, ground: Ground, random: Random) -> None:
        self.ground = ground
        self.random = random
        self.movable = [number for number, job in enumerate(ground.problem.jobs) if job.pinned is None]
        self.neighbours = _neighbours(ground)
        values = [job.value for job in ground.problem.jobs]
        self.unit = sum(values) / len(values) if values else 0.0

    def improve(self, tours: RoundOfTours, stop: StopCriterion) -> RoundOfTours:
        best, best_score = list(tours), _score(tours)
        present, present_score = list(tours), best_score
        iteration = 0
        while self.movable and (progress := stop.progress(iteration)) < 1.0:
            iteration += 1
            candidate = self._round(present)
            score = _score(candidate)
            heat = self.unit * HOT * (COLD / HOT) ** progress
            # -ln(u) × heat is how much may be lost this time: the usual annealing rule, solved for the loss.
            if score > present_score - heat * -math.log(1.0 - self.random.random()):
                present, present_score = candidate, score
            if score > best_score + 1e-9:
                best, best_score = list(candidate), score
        return best

    def _round(self, present: RoundOfTours) -> RoundOfTours:
        tours = list(present)
        removed = self._ruin(tours)
        gone = set(removed)
        waiting = [job for job in _waiting(self.ground, tours) if job not in gone]
        if len(waiting) > WAITING_TRIED:
            waiting = self.random.sample(waiting, WAITING_TRIED)
        jobs = removed + waiting
        self.random.shuffle(jobs)
        jobs.sort(key=self._order())
        _insert_all(self.ground, tours, jobs, self.random)
        return tours

    def _order(self) -> Callable[[int], float]:
        jobs, pick = self.ground.problem.jobs, self.random.random()
        if pick < 0.35:
            return lambda _job: 0.0
        if pick < 0.65:
            return lambda job: -jobs[job].value / (jobs[job].service_s + 600.0)
        if pick < 0.85:
            return lambda job: -jobs[job].value
        return lambda job: float(len(self.ground.choices[job]))

    def _ruin(self, tours: RoundOfTours) -> list[int]:
        centre = self.random.choice(self.movable)
        where = {choice.job: tour.shift for tour in tours for choice in tour.stops}
        hurt: set[int] = set()
        removed: list[int] = []
        strings = self.random.randint(1, STRINGS)
        for job in self.neighbours[centre]:
            shift = where.get(job)
            if shift is None or shift in hurt:
                continue
            hurt.add(shift)
            removed += self._cut_string(tours, shift, job)
            if len(hurt) >= strings:
                break
        return removed

    def _cut_string(self, tours: RoundOfTours, shift: int, job: int) -> list[int]:
        stops = [choice.job for choice in tours[shift].stops]
        length = self.random.randint(1, min(STRING_STOPS, len(stops)))
        at = stops.index(job)
        first = self.random.randint(max(0, at - length + 1), min(at, len(stops) - length))
        jobs = [j for j in stops[first : first + length] if self.ground.problem.jobs[j].pinned is None]
        tour = self.ground.without(tours[shift], set(jobs))
        if tour is None:
            return []
        tours[shift] = tour
        return jobs


def _neighbours(ground: Ground) -> list[list[int]]:
    """Return for each job the nearest jobs by driving time, itself first."""
    places = np.array(ground.place, dtype=np.int64)
    nearest: list[list[int]] = []
    for number, place in enumerate(ground.place):
        away = ground.problem.travel_s[place, places].copy()
        away[number] = -1.0
        nearest.append(np.argsort(away, kind="stable")[:NEIGHBOURS].tolist())
    return nearest


def _score(tours: RoundOfTours) -> float:
    return sum(tour.score for tour in tours)


def _finished(problem: Problem, ground: Ground, tours: RoundOfTours) -> Plan:
    routes = tuple(Route(problem.shifts[tour.shift].id, _stops(problem, ground, tour)) for tour in tours)
    unserved = tuple(explain(problem, ground, tours, job) for job in _waiting(ground, tours))
    plan = Plan(0.0, routes, unserved)
    return Plan(score_of(problem, plan), routes, unserved)


def _stops(problem: Problem, ground: Ground, tour: Tour) -> tuple[Stop, ...]:
    shift = problem.shifts[tour.shift]
    stops: list[Stop] = []
    for number, (choice, start_s) in enumerate(zip(tour.stops, tour.starts_s, strict=True)):
        if number:
            reached = stops[-1].end_s + ground.gap_s(tour.stops[number - 1], choice)
        else:
            reached = shift.start_s + ground.travel_s[shift.start_location][ground.place[choice.job]]
        end_s = start_s + ground.service_s[choice.job]
        stops.append(Stop(problem.jobs[choice.job].id, min(reached, start_s), start_s, end_s))
    return tuple(stops)
