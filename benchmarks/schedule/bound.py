"""The best plan of a small week that exists at all: every set of jobs a part of a shift can hold, then the best choice.

`columns` enumerates; CP-SAT of OR-Tools chooses a set for each part so that no job is done twice, and proves that no
choice is better. The choice is made a plan again and held against the independent checker.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from ortools.sat.python import cp_model

from benchmarks.schedule.columns import Columns, best_by_table, columns_of, refuse_other_rules
from benchmarks.schedule.cut import Cut
from benchmarks.schedule.instances import week
from drone_service.engine.schedule.document import parse_problem
from drone_service.engine.schedule.plan import Plan
from drone_service.engine.schedule.problem import Problem

UNITS = 10_000
"""Parts of a point in which CP-SAT counts; each set is rounded up, so the bound holds."""


def best_possible(problem: Problem) -> tuple[Plan, float]:
    """Return the best plan and a score that no plan can pass, which is that of the plan but for the rounding.

    Raises NotEnumerable where the problem has rules that are not looked at here.
    """
    refuse_other_rules(problem)
    cut = Cut(problem)
    columns = [columns_of(cut, number) for number in range(len(cut.parts))]
    chosen, most = _choose(columns, len(cut.movable))
    orders = [own.order[at][own.order[at] >= 0].tolist() for own, at in zip(columns, chosen, strict=True)]
    pinned = sum(job.value * (problem.gain_at(job, job.pinned.start_s) or 0.0) for job in problem.jobs if job.pinned)
    return cut.plan(orders), most + pinned


def hold_against_table(seeds: Sequence[int]) -> None:
    """Check that CP-SAT finds what a table over all sets of jobs finds, on weeks of twelve jobs."""
    for seed in seeds:
        cut = Cut(parse_problem(week(12, seed)))
        columns = [columns_of(cut, number) for number in range(len(cut.parts))]
        chosen, most = _choose(columns, len(cut.movable))
        found = sum(own.worth[at] for own, at in zip(columns, chosen, strict=True))
        known = best_by_table(columns, len(cut.movable))
        assert abs(found - known) < 1e-6, (seed, found, known)
        assert -1e-6 <= most - known < len(columns) / UNITS, (seed, most, known)


def _choose(columns: list[Columns], jobs: int) -> tuple[list[int], float]:
    """Return the number of the set taken in each part, and what no choice can pass."""
    model = cp_model.CpModel()
    users: list[list[cp_model.IntVar]] = [[] for _ in range(jobs)]
    taken, weights = [], []
    for own in columns:
        picks = [model.new_bool_var("") for _ in own.jobs]
        model.add_exactly_one(picks)
        for job in range(jobs):
            users[job] += [picks[at] for at in np.flatnonzero((own.jobs >> job) & 1)]
        taken.append(picks)
        weights += [math.ceil(worth * UNITS - 1e-6) for worth in own.worth]
    for own_users in users:
        model.add_at_most_one(own_users)
    model.maximize(cp_model.LinearExpr.weighted_sum([pick for picks in taken for pick in picks], weights))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    status = solver.solve(model)
    assert status == cp_model.OPTIMAL, solver.status_name(status)
    chosen = [next(at for at, pick in enumerate(picks) if solver.boolean_value(pick)) for picks in taken]
    return chosen, solver.best_objective_bound / UNITS
