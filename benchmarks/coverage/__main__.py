"""Our plans beside other planners' on the same fields, by one measure: ./dev bench coverage [--memory]

Price = T + (k · missed + 0.5 · outside) ÷ (swath · speed), with T from the first line to the last. Recorded: the best
of the configurations of Fields2Cover, field by field; its flights may cross gaps, ours go round. Live:
coverage-path-planner and lines along the longest edge. Refills play no part here (./dev bench refills): the tank is
as large as it needs to be.
"""

import argparse
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

from shapely import affinity
from shapely.geometry import Polygon

from benchmarks.coverage.fields import VIETNAM, Case, large_fields, shapes, vietnamese_fields
from benchmarks.coverage.measure import SPEED_M_S, Result, measure_path, path_of
from benchmarks.coverage.peers import boustrophedon, path_planner
from drone_service.engine.coverage.check import check
from drone_service.engine.coverage.plan import Plan, Vertex
from drone_service.engine.coverage.planner import plan_field
from drone_service.engine.coverage.settings import FlightSettings, Wishes, settle
from drone_service.engine.coverage.task import Task
from drone_service.engine.operation import Service
from drone_service.fleet.catalogue import DEFAULT_MODEL, load_catalogue

FLOORS = ((0.97, 1.5), (0.98, 1.5), (0.98, 10.0), (0.995, 10.0))
"""The floor asked of us, and k: who wants full cover also counts what is missed for more."""
ENOUGH = 0.97
ROUNDING = 5e-5
"""Recorded shares have four digits."""
MEMORY_STEPS = (1_000, 10_000)


def one_tank(swath_m: float, floor: float) -> FlightSettings:
    """Return the aircraft with a tank and a battery that never end."""
    spec = load_catalogue()[DEFAULT_MODEL]
    wishes = Wishes(swath_m=swath_m, speed_m_s=SPEED_M_S, min_coverage=floor)
    return replace(settle(spec, Service.SPRAY, 1.0, wishes), load_limit=1e6, battery_wh=1e9)


def plan_all(cases: Sequence[Case], settings: FlightSettings) -> tuple[list[Plan], list[float]]:
    """Plan every field; return the plans, each of which passes the checker, and the milliseconds."""
    plans, took_ms = [], []
    for case in cases:
        start = time.perf_counter()
        plans.append(plan_field(Task(case.shape, case.shape.area, settings)))
        took_ms.append((time.perf_counter() - start) * 1000)
        faults = check(case.shape, plans[-1])
        assert not faults, f"{case.name}: {faults}"
    return plans, took_ms


def against_recorded(title: str, cases: Sequence[Case], swath_m: float) -> None:
    """Print our price over the best recorded one: over all configurations, those that cover enough, and those that
    reach the floor that was asked of us."""
    print(f"\n{title}, {swath_m:g} m, {len(cases)} fields, against the best recorded configuration of each")
    for floor, k in FLOORS:
        plans, took_ms = plan_all(cases, one_tank(swath_m, floor))
        covered = [plan.coverage for plan in plans]
        print(
            f"  floor {floor:g}, k = {k:g}: {statistics.median(took_ms):.0f} ms a field (median), covered"
            f" {statistics.mean(covered):.3f} on average, {min(covered):.3f} at least"
        )
        for label, least in (
            ("all configurations", 0.0),
            (f"those that cover {ENOUGH:g}", ENOUGH),
            ("those that reach the same floor", floor - ROUNDING),
        ):
            ratios = {}
            for case, plan in zip(cases, plans, strict=True):
                ours = Result(measured(case, plan).seconds, plan.coverage, plan.outside_m2 / case.shape.area)
                peers = [peer for peer in case.recorded if peer.covered >= least]
                if peers:
                    best_s = min(peer.price_s(case.shape.area, swath_m, k) for peer in peers)
                    ratios[case.name] = ours.price_s(case.shape.area, swath_m, k) / best_s
            tell(label, ratios)
        if k == max(other for _, other in FLOORS):
            crossing(cases, plans, swath_m, k)


def crossing(cases: Sequence[Case], plans: Sequence[Plan], swath_m: float, k: float) -> None:
    """Print what going round gaps and houses costs: our price over that of our own lines joined by straight flights."""
    ratios = {}
    for case, plan in zip(cases, plans, strict=True):
        straight = measure_path(case.shape, straightened(path_of(plan)), swath_m)
        ours_s, straight_s = (one.price_s(case.shape.area, swath_m, k) for one in (measured(case, plan), straight))
        ratios[case.name] = ours_s / straight_s
    tell("our lines, over the same with straight crossings", ratios)


def straightened(path: Sequence[Vertex]) -> list[Vertex]:
    """Return a path without the bends between its lines."""
    return [*path[:1], *(vertex for vertex, after in pairwise(path[1:]) if vertex[2] or after[2]), *path[-1:]]


def measured(case: Case, plan: Plan) -> Result:
    return measure_path(case.shape, path_of(plan), plan.settings.swath_m)


def tell(label: str, ratios: dict[str, float]) -> None:
    """Print the geometric mean and every field on which we are more than 1 % dearer, by how much."""
    worse = sorted((name for name, ratio in ratios.items() if ratio > 1.01), key=ratios.__getitem__, reverse=True)
    named = ", ".join(f"{name} {ratios[name]:.3f}" for name in worse)
    mean = statistics.geometric_mean(ratios.values())
    print(f"    {label}: {mean:.3f} on {len(ratios)} fields; more than 1 % dearer on {len(worse)}: {named or 'none'}")


def against_live(title: str, cases: Sequence[Case], swath_m: float) -> None:
    """Print our price over that of planners that run in this very process, and the time each takes."""
    print(f"\n{title}, {swath_m:g} m, {len(cases)} fields, against planners that run beside ours")
    plans, ours_ms = plan_all(cases, one_tank(swath_m, 0.98))
    for name, planner in (("longest-edge lines", boustrophedon), ("coverage-path-planner", path_planner)):
        ratios: dict[float, dict[str, float]] = {1.5: {}, 10.0: {}}
        took_ms, covered = [], []
        for case, plan in zip(cases, plans, strict=True):
            theirs, ms = timed(case, planner, swath_m)
            took_ms.append(ms)
            if theirs is None:
                print(f"  {name}: no answer for {case.name}")
                continue
            covered.append(theirs.covered)
            for k, by_name in ratios.items():
                ours_s = measured(case, plan).price_s(case.shape.area, swath_m, k)
                by_name[case.name] = ours_s / theirs.price_s(case.shape.area, swath_m, k)
        print(
            f"  {name}: covers {statistics.mean(covered):.3f} on average, {min(covered):.3f} at least;"
            f" {statistics.median(took_ms):.1f} ms a field, ours {statistics.median(ours_ms):.0f} ms"
        )
        for k, by_name in ratios.items():
            tell(f"k = {k:g}", by_name)


def timed(case: Case, planner: Callable[..., list[Vertex]], swath_m: float) -> tuple[Result | None, float]:
    start = time.perf_counter()
    path = planner(case.shape, swath_m)
    took_ms = (time.perf_counter() - start) * 1000
    return measure_path(case.shape, path, swath_m) if path else None, took_ms


def speed() -> None:
    """Print milliseconds at two sizes after warm-up, and the whole command over 100 fields with its start."""
    print("\nspeed after warm-up, whole plans at 20 L/ha")
    spec = load_catalogue()[DEFAULT_MODEL]
    settings, everything = (settle(spec, Service.SPRAY, 20.0, Wishes(min_coverage=floor)) for floor in (0.98, 1.0))
    half = [case for case in vietnamese_fields() if 4_000 < case.shape.area < 6_000]
    fifty = [case for case in large_fields(60) if 400_000 < case.shape.area < 600_000]
    for label, cases, asked in (
        ("0.5 ha", half, settings),
        ("50 ha", fifty, settings),
        ("50 ha, floor 100 %", fifty, everything),
    ):
        plan_all(cases[:1], asked)
        _, took_ms = plan_all(cases, asked)
        print(f"  {label}: {statistics.median(took_ms):.0f} ms (median of {len(took_ms)}), {max(took_ms):.0f} at most")
    start = time.perf_counter()
    command = [sys.executable, "-m", "drone_service", "plan", str(VIETNAM), "--rate-l-per-ha", "20"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    print(f"  the command over {len(lines)} fields, start-up included: {time.perf_counter() - start:.1f} s")


def lower_bounds() -> None:
    """Print how far whole jobs, with refills at 20 L/ha, are from the bound that no plan can beat."""
    settings = settle(load_catalogue()[DEFAULT_MODEL], Service.SPRAY, 20.0)
    cases = [case for case in vietnamese_fields() if case.shape.area > 5_000]
    plans, _ = plan_all(cases, settings)
    ratios = [plan.total_s / plan.lower_bound_s for plan in plans]
    print(f"\nfields above 0.5 ha, 20 L/ha: {statistics.median(ratios):.3f} of the lower bound, median of {len(plans)}")


def memory() -> None:
    """Print the peak of the process while it plans ten thousand fields."""
    print("\npeak memory")
    settings = one_tank(11, 0.98)
    outlines = [case.shape for case in vietnamese_fields()]
    for done in range(1, MEMORY_STEPS[-1] + 1):
        field = affinity.rotate(outlines[done % len(outlines)], done * 0.37)
        assert isinstance(field, Polygon)
        plan_field(Task(field, field.area, settings))
        if done in MEMORY_STEPS:
            print(f"  after {done} fields: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def main() -> None:
    parser = argparse.ArgumentParser(prog="dev bench coverage")
    parser.add_argument("--memory", action="store_true", help="only plan 10,000 fields and print the peak")
    if parser.parse_args().memory:
        memory()
        return
    against_recorded("shapes", list(shapes(11)), 11)
    against_recorded("shapes", list(shapes(6)), 6)
    against_recorded("Vietnamese fields", list(vietnamese_fields()), 11)
    against_live("shapes", list(shapes(11)), 11)
    against_live("Vietnamese fields", list(vietnamese_fields()), 11)
    against_live("large fields", list(large_fields()), 11)
    lower_bounds()
    speed()


if __name__ == "__main__":
    main()
