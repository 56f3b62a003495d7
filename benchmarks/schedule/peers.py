"""Other solvers on the same week. Each takes a `Cut` and seconds, and returns the jobs of each part in order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import numpy as np
import pyvrp
import vroom
from ortools.constraint_solver import pywrapcp, routing_enums_pb2
from pyvrp.stop import MaxRuntime

from benchmarks.schedule.cut import Cut

Orders = list[list[int]]
CENTS = 100
BARRED = 10**7
"""Cost of going where the customer does not let us: above every value."""


def nearest_due(cut: Cut, _seconds: float) -> Orders:
    """By hand: part after part in time, of the jobs that are due first the nearest, until none fits."""
    due = [max((period for period in range(len(cut.periods)) if cut.gain[job, period] == 1), default=0)
           for job in range(len(cut.movable))]  # fmt: skip
    orders: Orders = [[] for _ in cut.parts]
    left = set(range(len(cut.movable)))
    for number in sorted(range(len(cut.parts)), key=lambda n: cut.parts[n].start_s):
        part = cut.parts[number]
        node, now = part.first, part.start_s
        while True:
            fitting = [
                job for job in left if cut.gain[job, part.period] > 0
                and now + cut.seconds[node, job] + cut.service_s[job] + cut.seconds[job, part.last] <= part.end_s
            ]  # fmt: skip
            if not fitting:
                break
            job = min(fitting, key=lambda j: (due[j], cut.seconds[node, j], j))
            now += cut.seconds[node, job] + cut.service_s[job]
            node = job
            left.remove(job)
            orders[number].append(job)
    return orders


def _costs(cut: Cut) -> list[np.ndarray]:
    """Return for each half-day what a leg costs in cents: kilometres, and what is lost by doing its job then."""
    km = cut.km * cut.problem.km_cost * CENTS
    found = []
    for period in range(len(cut.periods)):
        lost = (1.0 - cut.gain[:, period]) * cut.value * CENTS
        lost[cut.gain[:, period] == 0] = BARRED
        cost = km.copy()
        cost[:, : len(lost)] += lost
        np.fill_diagonal(cost, 0)
        found.append(np.rint(cost).astype(np.int64))
    return found


def pyvrp_profiles(cut: Cut, seconds: float) -> Orders:
    """PyVRP with one client a job and a routing profile a half-day, which carries late discounts and bars."""
    nodes, jobs = len(cut.seconds), len(cut.movable)
    duration = np.rint(cut.seconds).astype(np.int64)
    np.fill_diagonal(duration, 0)
    clients = [
        pyvrp.Client(
            job, service_duration=round(cut.service_s[job]), prize=round(cut.value[job] * CENTS), required=False
        )
        for job in range(jobs)
    ]
    vehicles = [
        pyvrp.VehicleType(
            start_depot=part.first - jobs, end_depot=part.last - jobs, tw_early=round(part.start_s),
            tw_late=round(part.end_s), profile=part.period,
        )
        for part in cut.parts
    ]  # fmt: skip
    data = pyvrp.ProblemData(
        locations=[pyvrp.Location(0, 0) for _ in range(nodes)],
        clients=clients,
        depots=[pyvrp.Depot(node) for node in range(jobs, nodes)],
        vehicle_types=vehicles,
        distance_matrices=_costs(cut),
        duration_matrices=[duration] * len(cut.periods),
    )
    result = pyvrp.solve(data, MaxRuntime(seconds), seed=1, display=False, collect_stats=False)
    orders: Orders = [[] for _ in cut.parts]
    if result.is_feasible():
        for route in result.best.routes():
            orders[route.vehicle_type()] = [stop.idx for stop in route if stop.is_client()]
    return orders


def or_tools(cut: Cut, seconds: float) -> Orders:
    """OR-Tools routing: local cheapest insertion, then guided local search, a vehicle a part."""
    starts, ends = [part.first for part in cut.parts], [part.last for part in cut.parts]
    manager = pywrapcp.RoutingIndexManager(len(cut.seconds), len(cut.parts), starts, ends)
    routing = pywrapcp.RoutingModel(manager)
    service = np.zeros(len(cut.seconds))
    service[: len(cut.movable)] = cut.service_s
    transit = routing.RegisterTransitMatrix(np.rint(cut.seconds + service[:, None]).astype(int).tolist())
    lengths = [int(part.end_s - part.start_s) for part in cut.parts]
    # A pinned job stands at the end of one part and the begin of the next; its own service is in neither.
    routing.AddDimensionWithVehicleCapacity(transit, 0, lengths, True, "time")
    costs = [routing.RegisterTransitMatrix(matrix.tolist()) for matrix in _costs(cut)]
    for number, part in enumerate(cut.parts):
        routing.SetArcCostEvaluatorOfVehicle(costs[part.period], number)
    for job in range(len(cut.movable)):
        index = manager.NodeToIndex(job)
        routing.AddDisjunction([index], round(cut.value[job] * CENTS))
        allowed = [number for number, part in enumerate(cut.parts) if cut.gain[job, part.period] > 0]
        routing.VehicleVar(index).SetValues([-1, *allowed])
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.LOCAL_CHEAPEST_INSERTION
    parameters.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    parameters.time_limit.FromMilliseconds(round(seconds * 1000))
    found = routing.SolveWithParameters(parameters)
    orders: Orders = [[] for _ in cut.parts]
    if found is None:
        return orders
    for number in range(len(cut.parts)):
        index = found.Value(routing.NextVar(routing.Start(number)))
        while not routing.IsEnd(index):
            orders[number].append(manager.IndexToNode(index))
            index = found.Value(routing.NextVar(index))
    return orders


def vroom_level_5(cut: Cut, seconds: float) -> Orders:
    """VROOM at its deepest level: value as priority from 1 to 100; it knows no discount for a late day."""
    problem = vroom.Input()
    problem.set_durations_matrix("car", np.rint(cut.seconds).astype(np.uint32))
    problem.set_costs_matrix("car", np.rint(cut.km * CENTS).astype(np.uint32))
    for number, part in enumerate(cut.parts):
        window = vroom.TimeWindow(round(part.start_s), round(part.end_s))
        problem.add_vehicle(vroom.Vehicle(number, start=part.first, end=part.last, time_window=window))
    most = cut.value.max()
    for job in range(len(cut.movable)):
        windows = [
            vroom.TimeWindow(round(start), round(end - cut.service_s[job]))
            for period, (start, end) in enumerate(cut.periods)
            if cut.gain[job, period] > 0
        ]
        if windows:
            priority = max(round(100 * cut.value[job] / most), 1)
            problem.add_job(
                vroom.Job(job, location=job, default_service=round(cut.service_s[job]), priority=priority,
                          time_windows=windows)
            )  # fmt: skip
    solution = problem.solve(exploration_level=5, nb_threads=1, timeout=timedelta(seconds=seconds))
    orders: Orders = [[] for _ in cut.parts]
    for step in solution.routes[["vehicle_id", "type", "id"]].itertuples(index=False):
        if step.type == "job":
            orders[step.vehicle_id].append(int(step.id))
    return orders


PEERS: dict[str, Callable[[Cut, float], Orders]] = {
    "greedy nearest due": nearest_due,
    "PyVRP profiles": pyvrp_profiles,
    "OR-Tools": or_tools,
    "VROOM": vroom_level_5,
}
