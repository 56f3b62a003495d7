"""One cooperative's week, in a module of its own because the processes of a pool import it by name."""

import time

from benchmarks.schedule.instances import week
from drone_service.engine.schedule.document import parse_problem
from drone_service.engine.schedule.solve import solve
from drone_service.engine.schedule.stop import MaxIterations


def one_cooperative(seed: int) -> float:
    """Plan a week of a hundred jobs; return the seconds of processor that it took."""
    start = time.process_time()
    solve(parse_problem(week(100, seed)), MaxIterations(20_000), seed)
    return time.process_time() - start
