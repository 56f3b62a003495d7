"""Routes of one shift while the search works on them, with constant-time checks of an insertion.

A stop has one chosen period [earliest start, latest start]; a route keeps for each stop the time it can start at
soonest (from the front) and the latest that still lets the rest happen (from the back). A tour is never changed, only
replaced, so an insertion once priced stays priced as long as the tour is in use.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from drone_service.engine.schedule.problem import Job, Problem, Shift

# Rounding of a chain of additions, not a permission to be late: the checker's slack is a thousand times wider.
SLACK_S = 1e-6


@dataclass(frozen=True, slots=True)
class Choice:
    """A job done in one of its windows, cut to one shift: start in [soonest_s, latest_s], worth `value`."""

    job: int
    soonest_s: float
    latest_s: float
    value: float


@dataclass(frozen=True, slots=True)
class Insertion:
    """What putting a choice before stop `position` adds to the score."""

    delta: float
    position: int
    choice: Choice


@dataclass(slots=True, eq=False)
class Tour:
    """The stops of a shift in order with their soonest and latest starts. `priced` remembers insertions."""

    shift: int
    stops: tuple[Choice, ...]
    starts_s: tuple[float, ...]
    latest_s: tuple[float, ...]
    score: float
    priced: dict[int, Insertion | None] = field(default_factory=dict)


class Ground:
    """The problem laid out for speed: plain lists instead of arrays and names."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.travel_s: list[list[float]] = problem.travel_s.tolist()
        # Free kilometres are kept apart because 0 × endless (no road) is not a number.
        km_cost = problem.travel_km * problem.km_cost if problem.km_cost else np.zeros_like(problem.travel_km)
        self.cost: list[list[float]] = km_cost.tolist()
        self.place = [job.location for job in problem.jobs]
        self.service_s = [job.service_s for job in problem.jobs]
        groups = sorted({job.group for job in problem.jobs if job.group is not None})
        number = {name: position for position, name in enumerate([None, *groups])}
        self.group = [number[job.group] for job in problem.jobs]
        self.wash_s = [[problem.wash_between_s(a, b) for b in [None, *groups]] for a in [None, *groups]]
        self.choices = [self._choices_of(position, job) for position, job in enumerate(problem.jobs)]

    def _choices_of(self, position: int, job: Job) -> dict[int, tuple[Choice, ...]]:
        """Return, for each shift that could hold the job at all, its possible periods, the most valuable first."""
        found: dict[int, tuple[Choice, ...]] = {}
        for number, shift in enumerate(self.problem.shifts):
            if job.may_be_done_by(shift.crew):
                choices = [c for window in job.windows if (c := _cut(position, job, shift, window.start_s,
                                                                     window.end_s, window.gain))]  # fmt: skip
                if choices:
                    found[number] = tuple(sorted(choices, key=lambda choice: -choice.value))
        return found

    def gap_s(self, before: Choice, after: Choice) -> float:
        """Seconds from the end of one job to the soonest start of the next: washing and driving."""
        return (
            self.wash_s[self.group[before.job]][self.group[after.job]]
            + self.travel_s[self.place[before.job]][self.place[after.job]]
        )

    def tour(self, shift_number: int, stops: tuple[Choice, ...]) -> Tour | None:
        """Return the tour with these stops, or None when the crew cannot keep to them."""
        shift = self.problem.shifts[shift_number]
        if not stops:
            return Tour(shift_number, (), (), (), 0.0)
        starts = self._starts(shift, stops)
        if starts is None:
            return None
        value = sum(choice.value for choice in stops) - self._drive_cost(shift, stops)
        return Tour(shift_number, stops, starts, self._latest(shift, stops), value)

    def _starts(self, shift: Shift, stops: tuple[Choice, ...]) -> tuple[float, ...] | None:
        starts: list[float] = []
        reached = shift.start_s + self.travel_s[shift.start_location][self.place[stops[0].job]]
        for number, choice in enumerate(stops):
            if number:
                before = stops[number - 1]
                reached = starts[-1] + self.service_s[before.job] + self.gap_s(before, choice)
            if reached > choice.latest_s + SLACK_S:
                return None
            starts.append(min(max(reached, choice.soonest_s), choice.latest_s))
        last = stops[-1].job
        back = starts[-1] + self.service_s[last] + self.travel_s[self.place[last]][shift.end_location]
        return tuple(starts) if back <= shift.end_s + SLACK_S else None

    def _latest(self, shift: Shift, stops: tuple[Choice, ...]) -> tuple[float, ...]:
        last = stops[-1]
        home = self.travel_s[self.place[last.job]][shift.end_location]
        latest = [min(last.latest_s, shift.end_s - home - self.service_s[last.job])]
        for before, after in zip(reversed(stops[:-1]), reversed(stops[1:]), strict=True):
            latest.append(min(before.latest_s, latest[-1] - self.gap_s(before, after) - self.service_s[before.job]))
        return tuple(reversed(latest))

    def _drive_cost(self, shift: Shift, stops: tuple[Choice, ...]) -> float:
        places = [shift.start_location, *(self.place[choice.job] for choice in stops), shift.end_location]
        return sum(self.cost[here][there] for here, there in pairwise(places))

    def best_insertion(self, tour: Tour, job: int) -> Insertion | None:
        """Return the insertion of the job into the tour that adds most to the score, or None if none is possible."""
        if job in tour.priced:
            return tour.priced[job]
        best: Insertion | None = None
        for choice in self.choices[job].get(tour.shift, ()):
            for position in range(len(tour.stops) + 1):
                if best is not None and choice.value <= best.delta and not self.problem.km_cost:
                    break
                delta = self.delta(tour, choice, position)
                if delta is not None and (best is None or delta > best.delta):
                    best = Insertion(delta, position, choice)
        tour.priced[job] = best
        return best

    def delta(self, tour: Tour, choice: Choice, position: int) -> float | None:
        """Return what the insertion adds to the score, in constant time; None when somebody would be late."""
        shift, stops = self.problem.shifts[tour.shift], tour.stops
        here, service = self.place[choice.job], self.service_s[choice.job]
        if position:
            before = stops[position - 1]
            came_from = self.place[before.job]
            reached = tour.starts_s[position - 1] + self.service_s[before.job] + self.gap_s(before, choice)
        else:
            came_from = shift.start_location
            reached = shift.start_s + self.travel_s[came_from][here]
        if reached > choice.latest_s + SLACK_S:
            return None
        done = max(reached, choice.soonest_s) + service
        if position < len(stops):
            after = stops[position]
            goes_to = self.place[after.job]
            on_time = done + self.gap_s(choice, after) <= tour.latest_s[position] + SLACK_S
        else:
            goes_to = shift.end_location
            on_time = done + self.travel_s[here][goes_to] <= shift.end_s + SLACK_S
        if not on_time:
            return None
        added = self.cost[came_from][here] + self.cost[here][goes_to]
        return choice.value - added + (self.cost[came_from][goes_to] if stops else 0.0)

    def inserted(self, tour: Tour, insertion: Insertion) -> Tour | None:
        """Return the tour with the insertion made."""
        at = insertion.position
        return self.tour(tour.shift, (*tour.stops[:at], insertion.choice, *tour.stops[at:]))

    def without(self, tour: Tour, jobs: set[int]) -> Tour | None:
        """Return the tour without these jobs; None if what is left cannot be driven.

        Leaving out a stop can make a tour late only where the direct road is longer than the detour.
        """
        return self.tour(tour.shift, tuple(choice for choice in tour.stops if choice.job not in jobs))


def _cut(position: int, job: Job, shift: Shift, start_s: float, end_s: float, gain: float) -> Choice | None:
    soonest = max(start_s, shift.start_s)
    latest = min(end_s, shift.end_s) - job.service_s
    if job.pinned is not None:
        if job.pinned.shift != shift.id or not soonest <= job.pinned.start_s <= latest:
            return None
        soonest = latest = job.pinned.start_s
    return Choice(position, soonest, latest, job.value * gain) if soonest <= latest else None
