"""Classic routing instances with time windows as problems of ours: every customer, on the shortest way.

A vehicle is a shift from the opening of the depot to its close with a capacity and no reload; a customer is a job worth
so much that leaving it out never pays, with one window, and a kilometre costs one. Distances and times are ten times
those of the file, cut to whole numbers, as the DIMACS challenge of 2021 counts. Seconds are the processor's, for both:
one thread each, and other work on the machine does not count.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyvrp

from drone_service.engine.schedule.check import check
from drone_service.engine.schedule.plan import Plan
from drone_service.engine.schedule.problem import Job, Problem, Shift, Window
from drone_service.engine.schedule.solve import solve
from drone_service.engine.schedule.stop import MaxSeconds

FOLDER = Path(__file__).parents[1] / "data" / "vrptw"
SCALE = 10
OURS_S = (5.0, 20.0, 60.0)


class ProcessorSeconds:
    """A criterion of PyVRP: stop after so many seconds of the processor."""

    def __init__(self, seconds: float) -> None:
        self._until = time.process_time() + seconds

    def __call__(self, best_cost: int) -> bool:  # noqa: ARG002  what PyVRP calls it with
        """Tell whether they are used up, however good the best plan is."""
        return time.process_time() >= self._until


def cast(data: pyvrp.ProblemData) -> Problem:
    """Return an instance of one depot and one kind of vehicle as a problem of ours."""
    fleet = data.vehicle_types()[0]
    depot = data.depots()[fleet.start_depot].location
    clients = data.clients()
    km = data.distance_matrix(0).astype(np.float64)
    # The way there and back with the longest legs: no plan saves as much by leaving one out.
    value = 2.0 * float(km.max()) + 1.0
    jobs = tuple(
        Job(
            id=f"c{number}", location=client.location, service_s=float(client.service_duration), value=value,
            windows=(Window(float(client.tw_early), float(client.tw_late + client.service_duration)),),
            uses={"load": float(client.delivery[0])},
        )
        for number, client in enumerate(clients)
    )  # fmt: skip
    shifts = tuple(
        Shift(f"v{number}", f"v{number}", float(fleet.tw_early), float(fleet.tw_late), depot, depot,
              capacity={"load": float(fleet.capacity[0])})
        for number in range(fleet.num_available)
    )  # fmt: skip
    return Problem(data.duration_matrix(0).astype(np.float64), km, shifts, jobs, km_cost=1.0)


def length(problem: Problem, plan: Plan) -> float:
    """Return the length of all tours of a plan that serves everybody; infinity where one is left out."""
    faults = check(problem, plan)
    assert not faults, faults[0]
    return float("inf") if plan.unserved else sum(job.value for job in problem.jobs) - plan.score


def best_known(path: Path) -> float | None:
    """Return the cost said in the solution that lies beside an instance."""
    solution = path.with_suffix(".sol")
    if not solution.exists():
        return None
    return SCALE * float(solution.read_text().split("Cost")[1].split()[0])


def classic(paths: Sequence[Path], theirs_s: float) -> None:
    """Print for each instance the length of our tours and of PyVRP's, and the gap to the best known."""
    print("| instance | best known | " + " | ".join(f"ours {s:g} s" for s in OURS_S) + f" | PyVRP {theirs_s:g} s |")
    print("|---" * (len(OURS_S) + 3) + "|")
    for path in paths:
        data = pyvrp.read(path, "dimacs")
        problem = cast(data)
        found = [length(problem, solve(problem, MaxSeconds(s, time.process_time), 1)) for s in OURS_S]
        found.append(pyvrp.solve(data, ProcessorSeconds(theirs_s), seed=1, display=False, collect_stats=False).cost())
        known = best_known(path)
        best = known or min(found)
        cells = [f"{one:,.0f} ({one / best - 1:+.2%})" for one in found]
        told = "" if known is None else f"{known:,.0f}"
        print(f"| {path.stem} | {told} | " + " | ".join(cells) + " |", flush=True)
