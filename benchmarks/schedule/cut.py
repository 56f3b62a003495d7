"""The same week for solvers without pins: every shift is cut at its pinned jobs, so no stop inside a part has to wait.

Works for weeks whose windows cover a whole shift or nothing of it, as `instances` makes them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from drone_service.engine.schedule.check import check, score_of
from drone_service.engine.schedule.plan import Plan, Route, Stop, Unserved
from drone_service.engine.schedule.problem import Problem


@dataclass(frozen=True)
class Part:
    """A piece of a shift between two nodes; `period` counts the half-days of the week."""

    shift: int
    first: int
    last: int
    start_s: float
    end_s: float
    period: int
    pinned_after: int | None


class Cut:
    """Nodes are the movable jobs, then pinned jobs, then bases; `seconds` holds driving and washing between them."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.movable = [n for n, job in enumerate(problem.jobs) if job.pinned is None]
        self.pinned = [n for n, job in enumerate(problem.jobs) if job.pinned is not None]
        bases = sorted({place for shift in problem.shifts for place in (shift.start_location, shift.end_location)})
        jobs = [problem.jobs[n] for n in (*self.movable, *self.pinned)]
        places = [*(job.location for job in jobs), *bases]
        groups = [*(job.group for job in jobs), *(None for _ in bases)]
        wash = [[problem.wash_between_s(a, b) for b in groups] for a in groups]
        self.seconds = problem.travel_s[np.ix_(places, places)] + np.array(wash)
        self.km = problem.travel_km[np.ix_(places, places)]
        self.service_s = [problem.jobs[n].service_s for n in self.movable]
        self.value = np.array([problem.jobs[n].value for n in self.movable])
        self.periods = sorted({(shift.start_s, shift.end_s) for shift in problem.shifts})
        self.gain = np.array([[self._gain(n, period) for period in self.periods] for n in self.movable])
        self._base = {place: len(jobs) + number for number, place in enumerate(bases)}
        self._node = {n: len(self.movable) + number for number, n in enumerate(self.pinned)}
        self.parts = [part for number in range(len(problem.shifts)) for part in self._parts(number)]

    def _gain(self, job: int, period: tuple[float, float]) -> float:
        windows = self.problem.jobs[job].windows
        return max((w.gain for w in windows if w.start_s <= period[0] and period[1] <= w.end_s), default=0.0)

    def _parts(self, number: int) -> list[Part]:
        shift, jobs = self.problem.shifts[number], self.problem.jobs
        own = [n for n in self.pinned if jobs[n].pinned.shift == shift.id]  # type: ignore[union-attr]
        own.sort(key=lambda n: jobs[n].pinned.start_s)  # type: ignore[union-attr]
        first, start_s, found = self._base[shift.start_location], shift.start_s, []
        period = self.periods.index((shift.start_s, shift.end_s))
        for n in own:
            at_s = jobs[n].pinned.start_s  # type: ignore[union-attr]
            found.append(Part(number, first, self._node[n], start_s, at_s, period, n))
            first, start_s = self._node[n], at_s + jobs[n].service_s
        return [*found, Part(number, first, self._base[shift.end_location], start_s, shift.end_s, period, None)]

    def plan(self, orders: Sequence[Sequence[int]]) -> Plan:
        """Return the plan with these movable jobs in each part, in order, and hold it against the checker."""
        problem = self.problem
        stops: list[list[Stop]] = [[] for _ in problem.shifts]
        for part, order in zip(self.parts, orders, strict=True):
            node, now = part.first, part.start_s
            for job in order:
                now += float(self.seconds[node, job])
                end = now + self.service_s[job]
                stops[part.shift].append(Stop(problem.jobs[self.movable[job]].id, now, now, end))
                node, now = job, end
            if part.pinned_after is not None:
                pin = problem.jobs[part.pinned_after]
                stops[part.shift].append(Stop(pin.id, part.end_s, part.end_s, part.end_s + pin.service_s))
        served = {stop.job for own in stops for stop in own}
        left = tuple(Unserved(job.id, "", "", "", "") for job in problem.jobs if job.id not in served)
        routes = tuple(Route(shift.id, tuple(own)) for shift, own in zip(problem.shifts, stops, strict=True))
        plan = Plan(0.0, routes, left)
        plan = replace(plan, score=score_of(problem, plan))
        faults = check(problem, plan)
        assert not faults, faults[0]
        return plan
