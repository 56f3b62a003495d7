"""Our plans beside other solvers' of the same weeks: ./dev bench schedule [JOBS …] [--seconds 20] [--seeds 2]

All in one process and run, each plan held against the independent checker. The table gives the gap to the best plan of
the row in per cent; for weeks of 30 jobs also what no plan can pass. Other parts: --bound (only that, for many weeks),
--large (5,000 jobs), --pool (100 problems over the cores), --again (planning again on Tuesday), --classic [FILE …]
(VRPTW instances; those of benchmarks/data without a file).
"""

import argparse
import resource
import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from benchmarks.schedule.again import again
from benchmarks.schedule.bound import best_possible, hold_against_table
from benchmarks.schedule.classic import FOLDER, classic
from benchmarks.schedule.cut import Cut
from benchmarks.schedule.instances import week
from benchmarks.schedule.one import one_cooperative
from benchmarks.schedule.peers import PEERS, nearest_due
from drone_service.engine.schedule.check import check
from drone_service.engine.schedule.document import parse_problem
from drone_service.engine.schedule.problem import Problem
from drone_service.engine.schedule.solve import solve
from drone_service.engine.schedule.stop import MaxIterations, MaxSeconds

SIZES = (30, 100, 300, 1000)
OURS_S = (1.0, 5.0)
"""Times that ours gets beside the full one."""
PROVABLE = 30
"""Jobs of a week whose best plan is found by enumeration in a few seconds."""


def ours(problem: Problem, seconds: float, seed: int = 1) -> float:
    """Solve, check and return the score."""
    plan = solve(problem, MaxSeconds(seconds, time.monotonic), seed)
    faults = check(problem, plan)
    assert not faults, faults[0]
    return plan.score


def against_peers(sizes: Sequence[int], seeds: Sequence[int], seconds: float) -> None:
    """Print one row a week, then the mean lead over the best peer of each size."""
    columns = [*(f"ours {s:g} s" for s in (*OURS_S, seconds)), *(f"{name}" for name in PEERS), "none passes"]
    print(f"score, and gap to the best of the row; peers {seconds:g} s each, one thread")
    print("| week | " + " | ".join(columns) + " |\n|---" * 1 + "|---" * len(columns) + "|")
    summary = []
    for size in sizes:
        leads = []
        for seed in seeds:
            problem = parse_problem(week(size, seed))
            cut = Cut(problem)
            scores = [ours(problem, s) for s in (*OURS_S, seconds)]
            theirs = [cut.plan(peer(cut, seconds)).score for peer in PEERS.values()]
            best = max(*scores, *theirs)
            cells = [f"{score:,.0f} ({(best - score) / best:.1%})" for score in (*scores, *theirs)]
            cells.append(f"{best_possible(problem)[1]:,.0f}" if size <= PROVABLE else "")
            print(f"| {size} jobs, seed {seed} | " + " | ".join(cells) + " |", flush=True)
            leads.append([score / max(theirs) - 1 for score in scores])
        means = [statistics.mean(own) for own in zip(*leads, strict=True)]
        said = ", ".join(f"{mean:+.2%} after {s:g} s" for mean, s in zip(means, (*OURS_S, seconds), strict=True))
        worst = min(own[-1] for own in leads)
        summary.append(f"{size} jobs: ours against the best peer, mean of {len(leads)}: {said}; worst {worst:+.2%}")
        print(flush=True)
    print("\n".join(summary))


def bound(sizes: Sequence[int], seeds: Sequence[int], seconds: float) -> None:
    """Print for each small week the best plan that exists, what no plan can pass, and ours."""
    hold_against_table(range(5))
    print(f"| week | the best plan | no plan passes | ours {seconds:g} s | left |\n|---|---|---|---|---|")
    for size in sizes:
        for seed in seeds:
            problem = parse_problem(week(size, seed))
            plan, most = best_possible(problem)
            score = ours(problem, seconds)
            assert score < most + 1e-6, (score, most)
            cells = (f"{plan.score:,.2f}", f"{most:,.2f}", f"{score:,.2f}", f"{max(most / score - 1, 0):.3%}")
            print(f"| {size} jobs, seed {seed} | " + " | ".join(cells) + " |", flush=True)


def large(seconds: float) -> None:
    """Print ours beside greedy for 5,000 jobs, and the peak of memory."""
    problem = parse_problem(week(5000, 1))
    greedy = Cut(problem).plan(nearest_due(Cut(problem), 0.0)).score
    for s in (5.0, seconds):
        print(f"5,000 jobs: ours after {s:g} s {ours(problem, s):,.0f}, greedy nearest due {greedy:,.0f}", flush=True)
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB (matrices read as lists)")


def pool(problems: int) -> None:
    """Print how many cooperatives of 100 jobs a second are planned by one process and by two.

    On a machine that is busy with something else the second process finds no free core; what each problem takes of the
    processor says what two would do with a core each.
    """
    rates, own_s = [], []
    for workers in (1, 2):
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as executor:
            list(executor.map(one_cooperative, range(workers)))
            start = time.perf_counter()
            own_s.append(sum(executor.map(one_cooperative, range(problems))) / problems)
            rates.append(problems / (time.perf_counter() - start))
        print(
            f"{problems} cooperatives of 100 jobs, {workers} process(es): {rates[-1]:.1f} a second,"
            f" {own_s[-1]:.3f} s of processor each",
            flush=True,
        )
    print(
        f"two processes do {rates[1] / rates[0]:.2f} times as much as one;"
        f" with a core each they would do {2 * own_s[0] / own_s[1]:.2f} times"
    )


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(prog="dev bench schedule", description=__doc__)
    parser.add_argument("jobs", nargs="*", type=int, default=[], help="sizes of the weeks (30 100 300 1000)")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--bound", action="store_true")
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--pool", action="store_true")
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--classic", nargs="*", type=Path, metavar="FILE")
    options = parser.parse_args()
    # Compiled code is loaded, or made, before any clock runs.
    solve(parse_problem(week(30, 0)), MaxIterations(10))
    if options.bound:
        bound(options.jobs or (PROVABLE,), range(1, options.seeds + 1), options.seconds)
        return
    if options.large:
        large(options.seconds)
    if options.pool:
        pool(100)
    if options.again:
        again(range(1, options.seeds + 1), (1.0, 5.0))
    if options.classic is not None:
        classic(options.classic or sorted(FOLDER.glob("*.vrp")), options.seconds)
    if options.jobs or not (options.large or options.pool or options.again or options.classic is not None):
        against_peers(options.jobs or SIZES, range(1, options.seeds + 1), options.seconds)


if __name__ == "__main__":
    main()
