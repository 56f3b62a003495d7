"""Planning again on Tuesday at nine: ten jobs cancelled, ten new ones, a crew out for the day.

What counts is the score without any price for moving, and how many of the jobs that were promised are moved or left
out. The jobs of the crew that is out have to move in every plan; they are counted in all of them.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Sequence
from dataclasses import replace

from benchmarks.schedule.instances import DAY_S, week
from drone_service.engine.schedule.check import broken_promises, check, score_of
from drone_service.engine.schedule.document import parse_problem
from drone_service.engine.schedule.plan import Plan
from drone_service.engine.schedule.problem import Job, Problem
from drone_service.engine.schedule.replan import promised, rest_of
from drone_service.engine.schedule.solve import solve
from drone_service.engine.schedule.stop import MaxIterations, MaxSeconds

NOW_S = DAY_S + 9 * 3600.0
CHANGED = 10
JOBS, CREWS, OUT = 300, 5, "c0"
MOVE_COST = 0.03
BEFORE_S = 5.0


def turned(seed: int) -> tuple[Problem, Plan]:
    """Return what is left of a week after the turn, with what was promised, and the plan as it stood."""
    rng = random.Random(f"again-{seed}")
    whole = parse_problem(week(JOBS + CHANGED, seed, CREWS))
    new = set(rng.sample([job.id for job in whole.jobs if job.pinned is None], CHANGED))
    known = replace(whole, jobs=tuple(job for job in whole.jobs if job.id not in new))
    plan = solve(known, MaxSeconds(BEFORE_S, time.monotonic), seed)
    rest = rest_of(promised(known, plan, MOVE_COST), plan, NOW_S)
    gone = {job.id for job in rng.sample([job for job in rest.problem.jobs if job.pinned is None], CHANGED)}
    day_end = NOW_S - NOW_S % DAY_S + DAY_S
    shifts = tuple(shift for shift in rest.problem.shifts if shift.crew != OUT or shift.start_s >= day_end)
    works = {shift.id for shift in shifts}

    def loosed(job: Job) -> Job:
        return job if job.pinned is None or job.pinned.shift in works else replace(job, pinned=None)

    jobs = [loosed(job) for job in rest.problem.jobs if job.id not in gone]
    jobs += [job for job in whole.jobs if job.id in new]
    return replace(rest.problem, shifts=shifts, jobs=tuple(jobs)), rest.plan


def left_alone(problem: Problem, plan: Plan) -> Plan:
    """Return the plan as it stands: nothing new in it, nobody in the place of the crew that is out."""
    stays = [job for job in problem.jobs if job.promised is not None and job.promised.shift in problem.shift_index]
    return solve(replace(problem, jobs=tuple(stays)), MaxIterations(0), start=plan)


def again(seeds: Sequence[int], seconds: Sequence[float]) -> None:
    """Print score and moved jobs of each way to go on, week by week and in the mean."""
    columns = ["left alone", "repaired", *(f"{way} {s:g} s" for s in seconds for way in ("anew", "warm", "priced"))]
    print("score without the price, and promised jobs moved or left out")
    print("| week | " + " | ".join(columns) + " |")
    print("|---" * (len(columns) + 1) + "|")
    rows = []
    for seed in seeds:
        problem, before = turned(seed)
        free = replace(problem, move_cost=0.0)
        plans = [left_alone(problem, before), solve(problem, MaxIterations(0), start=before)]
        for s in seconds:
            for own, start in ((free, None), (free, before), (problem, before)):
                plans.append(solve(own, MaxSeconds(s, time.monotonic), seed, start))
                faults = check(own, plans[-1])
                assert not faults, faults[0]
        rows.append([(score_of(free, plan), len(broken_promises(problem, plan))) for plan in plans])
        _print_row(f"{len(problem.jobs)} open, seed {seed}", rows[-1])
    mean = [tuple(statistics.mean(part) for part in zip(*cells, strict=True)) for cells in zip(*rows, strict=True)]
    _print_row("mean", mean)


def _print_row(name: str, cells: Sequence[tuple[float, ...]]) -> None:
    print(f"| {name} | " + " | ".join(f"{score:,.0f} ({moved:.0f})" for score, moved in cells) + " |", flush=True)
