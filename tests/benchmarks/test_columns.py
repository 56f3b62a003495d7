"""What the proof for small weeks rests on: the sets of jobs that fit into a part of a shift, against all orders."""

from dataclasses import replace
from functools import reduce
from itertools import permutations, product
from math import inf
from operator import or_

import numpy as np
import pytest

from benchmarks.schedule.columns import NotEnumerable, best_by_table, columns_of, refuse_other_rules
from benchmarks.schedule.cut import Cut
from benchmarks.schedule.instances import week
from drone_service.engine.schedule.check import check, score_of
from drone_service.engine.schedule.document import parse_problem
from drone_service.engine.schedule.plan import Plan, Route, Stop, Unserved
from drone_service.engine.schedule.problem import Break, Problem, Shift, Window
from tests.engine.schedule.problems import job, small_problem


def small(seed: int) -> Problem:
    """Return six jobs and the two shifts of a day that can take most of them, or that with the pinned job."""
    problem = parse_problem(week(6, seed))
    pinned = [one for one in problem.jobs if one.pinned]
    day = problem.shift_index[pinned[0].pinned.shift] // 2 if pinned[0].pinned and seed % 2 else 5
    shifts = problem.shifts[2 * day : 2 * day + 2]
    names = {shift.id for shift in shifts}
    jobs = tuple(one for one in problem.jobs if one.pinned is None or one.pinned.shift in names)
    return replace(problem, shifts=shifts, jobs=jobs)


def tried(problem: Problem, cut: Cut, number: int, order: tuple[int, ...]) -> float | None:
    """Return the score of the plan with these jobs in one part and only the pins elsewhere, if it can be kept."""
    stops: list[list[Stop]] = [[] for _ in problem.shifts]
    for part in cut.parts:
        now, place, group = part.start_s, None, None
        for one in [problem.jobs[cut.movable[at]] for at in (order if part is cut.parts[number] else ())]:
            before = stops[part.shift][-1].job if stops[part.shift] else None
            shift = problem.shifts[part.shift]
            place = shift.start_location if before is None else problem.jobs[problem.job_index[before]].location
            group = None if before is None else problem.jobs[problem.job_index[before]].group
            now += float(problem.travel_s[place, one.location]) + problem.wash_between_s(group, one.group)
            stops[part.shift].append(Stop(one.id, now, now, now + one.service_s))
            now += one.service_s
        if part.pinned_after is not None:
            pin = problem.jobs[part.pinned_after]
            stops[part.shift].append(Stop(pin.id, part.end_s, part.end_s, part.end_s + pin.service_s))
    routes = tuple(Route(shift.id, tuple(own)) for shift, own in zip(problem.shifts, stops, strict=True))
    served = {stop.job for own in stops for stop in own}
    plan = Plan(0.0, routes, tuple(Unserved(one.id, "", "", "", "") for one in problem.jobs if one.id not in served))
    plan = replace(plan, score=score_of(problem, plan))
    return None if check(problem, plan) else plan.score


def hold_against_all_orders(problem: Problem) -> None:
    """Compare the sets of every part and what they are worth with each order of each set, tried one by one."""
    cut = Cut(problem)
    for number in range(len(cut.parts)):
        found = columns_of(cut, number)
        nothing = tried(problem, cut, number, ())
        assert nothing is not None
        best: dict[int, float] = {}
        for size in range(len(cut.movable) + 1):
            for order in permutations(range(len(cut.movable)), size):
                score = tried(problem, cut, number, order)
                if score is not None:
                    key = sum(1 << at for at in order)
                    best[key] = max(best.get(key, score), score)
        assert sorted(found.jobs.tolist()) == sorted(best)
        for key, worth, order in zip(found.jobs.tolist(), found.worth, found.order, strict=True):
            assert worth - found.worth[0] == pytest.approx(best[key] - nothing)
            own = tuple(at for at in order.tolist() if at >= 0)
            assert tried(problem, cut, number, own) == pytest.approx(best[key])


@pytest.mark.parametrize("seed", range(8))
def test_every_set_that_fits_is_there_with_its_best_order(seed: int) -> None:
    hold_against_all_orders(small(seed))


def test_a_longer_way_is_kept_while_it_takes_less_time() -> None:
    """Of a, b and c the way a b c is shorter and washes twice; only after b a c is there time for d."""
    km = np.full((5, 5), 9.0)
    for before, after in ("01", "12", "21", "23", "34", "40", "30"):
        km[int(before), int(after)] = 1.0
    km[0, 2] = km[1, 3] = 3.0
    groups = ("herbicide", "fungicide", "herbicide", "herbicide")
    jobs = tuple(job("abcd"[at], at + 1, group=groups[at], service_s=1000.0) for at in range(4))
    both_ways = {"herbicide": {"fungicide": 1200.0}, "fungicide": {"herbicide": 1200.0}}
    problem = small_problem(
        travel_s=np.where(np.eye(5) > 0, 0.0, 300.0), travel_km=km, wash_s=both_ways, jobs=jobs,
        shifts=(Shift("am", "c0", 0, 7000, 0, 0),),
    )  # fmt: skip
    found = columns_of(Cut(problem), 0)
    assert found.order[found.jobs.tolist().index(0b1111)].tolist() == [1, 0, 2, 3]
    hold_against_all_orders(problem)


@pytest.mark.parametrize("seed", range(8))
def test_the_table_finds_the_best_choice_of_disjoint_sets(seed: int) -> None:
    cut = Cut(small(seed))
    columns = [columns_of(cut, number) for number in range(len(cut.parts))]
    choices = product(*(zip(own.jobs.tolist(), own.worth.tolist(), strict=True) for own in columns))
    best = -inf
    for choice in choices:
        taken = [jobs for jobs, _ in choice]
        if sum(taken) == reduce(or_, taken):
            best = max(best, sum(worth for _, worth in choice))
    assert best_by_table(columns, len(cut.movable)) == pytest.approx(best)


def test_the_weeks_that_are_tried_have_sets_of_several_jobs_and_parts_beside_a_pin() -> None:
    cuts = [Cut(small(seed)) for seed in range(8)]
    sets = [columns_of(cut, number) for cut in cuts for number in range(len(cut.parts))]
    assert max(int((one.order >= 0).sum(axis=1).max()) for one in sets) >= 4
    assert any(part.pinned_after is not None for cut in cuts for part in cut.parts)


def test_rules_that_sets_cannot_tell_are_refused() -> None:
    problem = parse_problem(week(7, 1))
    refuse_other_rules(problem)
    first, shift = problem.jobs[0], problem.shifts[0]
    rest = Break(shift.start_s, shift.end_s, 600.0)
    odd = [
        replace(problem, jobs=(replace(first, windows=(Window(shift.start_s + 60, shift.end_s),)), *problem.jobs[1:])),
        replace(problem, jobs=(replace(first, crews=frozenset({"c0"})), *problem.jobs[1:])),
        replace(problem, shifts=(replace(shift, breaks=(rest,)), *problem.shifts[1:])),
        replace(problem, shifts=(replace(shift, capacity={"litres": 40.0}), *problem.shifts[1:])),
        parse_problem(week(70, 1, crews=1)),
    ]
    for one in odd:
        with pytest.raises(NotEnumerable):
            refuse_other_rules(one)
