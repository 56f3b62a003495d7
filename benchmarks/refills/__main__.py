"""Whole jobs with refills and batteries beside "return when empty": ./dev bench refills [--flat] [kinds [every nth]]

The other way flies lines in their order, turns home when the tank is empty or the battery low, wherever that is, and
comes back to that very point. It comes in two strengths: `plain` flies the planner's plan for this field without a
refill place, `knowing` lines that the planner laid and ordered for an endless tank filled at that place. All are
priced by the same kinematics and pass the same check. Ratios are total time (set-up, fillings, flights) by theirs;
`mission` is that beside `plain` without the set-up, as the published prototype counted it. With --flat a battery lasts
seven minutes whatever the load, as it did there, and not what the maker's hover times say.
"""

import argparse
import itertools
import statistics
import time
from collections import defaultdict
from dataclasses import dataclass, replace

from shapely.geometry import Polygon

from benchmarks.refills.fields import Place, fields, places
from benchmarks.refills.others import return_when_empty
from benchmarks.refills.small import small_cases
from drone_service.engine.coverage.check import check
from drone_service.engine.coverage.kinematics import HoverPower
from drone_service.engine.coverage.plan import Plan
from drone_service.engine.coverage.planner import plan_field
from drone_service.engine.coverage.settings import FlightSettings, settle
from drone_service.engine.coverage.sorties import FieldOutOfRange
from drone_service.engine.coverage.task import Task
from drone_service.engine.operation import Service
from drone_service.fleet.catalogue import DEFAULT_MODEL, load_catalogue

RATES = (15.0, 20.0, 30.0)
PLACES = ("corner", "edge", "off")
LARGE_M2 = 80_000.0
FLAT_MIN, FLAT_RESERVE = 7.0, 0.10


@dataclass(frozen=True)
class Case:
    """One comparison: our total time by theirs, flights and fillings alone by those of `plain`, and by the bound."""

    name: str
    place: str
    rate: float
    area_m2: float
    loads: int
    plain: float
    knowing: float
    mission: float
    to_bound: float
    cpu_s: float

    def groups(self) -> list[str]:
        """Return the rows of the table that it belongs to."""
        size = "8 ha and more" if self.area_m2 >= LARGE_M2 else "2 to 8 ha"
        several = "one load" if self.loads == 1 else "several loads"
        return ["all", size, f"{size}, {several}", f"{self.rate:g} L/ha", self.place]


def compare(name: str, field: Polygon, place: str, refill: Place, plain: Plan, settings: FlightSettings) -> Case:
    """Plan one job, and cut the plain plan and the one that knows the place where the tank is empty."""
    knowing = plan_field(Task(field, field.area, endless(settings), refill=refill))
    start = time.process_time()
    ours = plan_field(Task(field, field.area, settings, refill=refill))
    cpu_s = time.process_time() - start
    theirs = [return_when_empty(plan, field, refill, settings) for plan in (plain, knowing)]
    for plan in (ours, *theirs):
        faults = check(field, plan)
        assert faults == [], (name, place, settings.rate_per_ha, plan is ours, faults[:3])
    beside_plain, beside_knowing = (ours.total_s / plan.total_s for plan in theirs)
    mission = (ours.total_s - settings.setup_s) / (theirs[0].total_s - settings.setup_s)
    to_bound = ours.total_s / ours.lower_bound_s
    ratios = beside_plain, beside_knowing, mission, to_bound
    case = Case(name, place, settings.rate_per_ha, field.area, len(ours.sorties), *ratios, cpu_s)
    print(
        f"{name:18} {place:6} {case.rate:3g} L/ha  plain {case.plain:.3f}  knowing {case.knowing:.3f}"
        f"  mission {case.mission:.3f}"
        f"  flights {case.loads} to {len(theirs[0].sorties)}, {ours.total_s:6.0f} s,"
        f" {to_bound:.2f} of the bound, {cpu_s * 1000:.0f} ms",
        flush=True,
    )
    return case


def endless(settings: FlightSettings) -> FlightSettings:
    return replace(settings, load_limit=1e9, battery_wh=1e12)


def flat(settings: FlightSettings) -> FlightSettings:
    """Return an aircraft that draws the same power whatever it carries: the prototype's law."""
    heaviest_kg = int(settings.empty_kg + settings.load_limit) + 1
    points = tuple((float(mass_kg), FLAT_MIN) for mass_kg in range(int(settings.empty_kg), heaviest_kg + 1))
    power = HoverPower.through(points, settings.battery_wh)
    return replace(settings, power=power, battery_reserve=FLAT_RESERVE)


def show(title: str, cases: list[Case]) -> None:
    parts = []
    for label in ("plain", "knowing", "mission"):
        ratios = [getattr(case, label) for case in cases]
        parts.append(
            f"{label} {statistics.geometric_mean(ratios):.4f}, worst {max(ratios):.3f}, best {min(ratios):.3f}"
        )
    print(f"{title:28} {len(cases):4} cases: {'; '.join(parts)}")


def main(of_a_kind: int, step: int, *, flat_battery: bool) -> None:
    cases, too_far = [], []
    for number, ((name, field), rate, place) in enumerate(itertools.product(fields(of_a_kind), RATES, PLACES)):
        if number % step:
            continue
        settings = settle(load_catalogue()[DEFAULT_MODEL], Service.SPRAY, rate)
        settings = flat(settings) if flat_battery else settings
        plain = plan_field(Task(field, field.area, endless(settings)))
        try:
            cases.append(compare(name, field, place, places(field)[place], plain, settings))
        except FieldOutOfRange:
            too_far.append(f"{name} {place} {rate:g} L/ha")
    groups: dict[str, list[Case]] = defaultdict(list)
    for case, group in itertools.chain.from_iterable(((case, group) for group in case.groups()) for case in cases):
        groups[group].append(case)
    for title, members in sorted(groups.items()):
        show(title, members)
    worse = sorted((case for case in cases if max(case.plain, case.knowing) > 1 + 1e-6), key=lambda case: -case.plain)
    print(f"slower than either: {len(worse)}")
    for case in worse:
        print(f"  {case.name} {case.place} {case.rate:g} L/ha: plain {case.plain:.4f}, knowing {case.knowing:.4f}")
    if too_far:
        print(f"no battery reaches the far end and returns: {len(too_far)}: {', '.join(too_far)}")
    small_cases()
    cpu_ms = [case.cpu_s * 1000 for case in cases]
    print(f"planning: {statistics.median(cpu_ms):.0f} ms of processor (median), {max(cpu_ms):.0f} ms at most")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="dev bench refills")
    parser.add_argument("kinds", nargs="?", type=int, default=0, help="so many made fields of each kind instead")
    parser.add_argument("every", nargs="?", type=int, default=1, help="only every nth case")
    parser.add_argument("--flat", action="store_true", help="a battery lasts seven minutes whatever the load")
    given = parser.parse_args()
    main(given.kinds, given.every, flat_battery=given.flat)
