"""Whole jobs with refills and batteries beside "return when empty": ./dev bench refills [fields a kind]

The other way flies the planner's best lines for one endless tank, in the order it gives them, turns home when the tank
is empty or the battery low, wherever that is, and comes back to that very point. Both sides are priced by the same
kinematics and pass the same check. Ratios are total time (set-up, fillings, flights) of ours to theirs.
"""

import itertools
import json
import math
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import Point, Polygon, box

from drone_service.engine.coverage.airspace import Airspace, open_air
from drone_service.engine.coverage.check import check
from drone_service.engine.coverage.plan import Plan, Sortie, Vertex
from drone_service.engine.coverage.planner import plan_field
from drone_service.engine.coverage.settings import FlightSettings, settle
from drone_service.engine.coverage.sorties import Route, cut, fly, priced_sortie, whole_s
from drone_service.engine.coverage.task import Task
from drone_service.engine.operation import Service
from drone_service.fleet.catalogue import DEFAULT_MODEL, load_catalogue

HERE = Path(__file__).parent
RATES = (15.0, 20.0, 30.0)
LEAST_M2 = 20_000.0
OFF_M = 150.0
SEED = 20_261_124
Rng = np.random.Generator
Place = tuple[float, float]


def quad(rng: Rng) -> Polygon:
    return box(0, 0, rng.uniform(1, 4), 1)


def trapezoid(rng: Rng) -> Polygon:
    return Polygon([(0, 0), (rng.uniform(1.5, 3), 0), (rng.uniform(0.8, 1.4), 1), (rng.uniform(0, 0.5), 1)])


def bent(rng: Rng) -> Polygon:
    long, arm = rng.uniform(1.2, 2.5), rng.uniform(0.3, 0.7)
    return Polygon([(0, 0), (long, 0), (long, arm), (arm, arm), (arm, 1), (0, 1)])


def horseshoe(rng: Rng) -> Polygon:
    long, arm = rng.uniform(1.5, 2.5), rng.uniform(0.3, 0.5)
    return box(0, 0, long, 1).difference(box(arm, rng.uniform(0.3, 0.5), long - arm, 2))


def cross(rng: Rng) -> Polygon:
    arm = rng.uniform(0.3, 0.45)
    return shapely.union_all([box(0, arm, 1, 1 - arm), box(arm, 0, 1 - arm, 1)], grid_size=1e-9)


def curved(rng: Rng) -> Polygon:
    along, bow = np.linspace(0, rng.uniform(1.5, 3), 24), rng.uniform(0.1, 0.3)
    edge = bow * np.sin(along * rng.uniform(0.8, 1.6))
    bank = np.concatenate((np.stack((along, edge), 1), np.stack((along, edge + rng.uniform(0.7, 1)), 1)[::-1]))
    return Polygon(bank)


def holed(rng: Rng) -> Polygon:
    field = box(0, 0, rng.uniform(1, 2.5), 1)
    for _ in range(rng.integers(1, 4)):
        x, y = rng.uniform(0.2, 0.8, 2) * (field.bounds[2], 1)
        field = field.difference(Point(x, y).buffer(rng.uniform(0.04, 0.12), quad_segs=3))
    return field


KINDS: dict[str, Callable[[Rng], Polygon]] = {
    "quad": quad,
    "trapezoid": trapezoid,
    "L": bent,
    "U": horseshoe,
    "plus": cross,
    "curved": curved,
    "holed": holed,
}


def fields(of_a_kind: int) -> Iterator[tuple[str, Polygon]]:
    for line in (HERE / "data" / "shapes.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["area_m2"] > LEAST_M2:
            yield row["id"], shapely.from_wkt(row["wkt"])
    rng = np.random.default_rng(SEED)
    for kind, make in KINDS.items():
        # 2 to 100 ha, evenly on a scale of doublings, so that small fields do not hide the large ones nor the reverse.
        for area_ha in 2 * 50 ** ((np.arange(of_a_kind) + rng.uniform(0, 1, of_a_kind)) / of_a_kind):
            outline = make(rng)
            scale = math.sqrt(area_ha * 10_000 / outline.area)
            turned = shapely.affinity.rotate(shapely.affinity.scale(outline, scale, scale), rng.uniform(0, 180))
            if isinstance(turned, Polygon):
                yield f"{kind} {area_ha:.1f} ha", turned


def places(field: Polygon) -> dict[str, Place]:
    """Return a corner, the middle of the longest edge, and a place 150 m off it."""
    corners = shapely.get_coordinates(shapely.orient_polygons(field).exterior)
    edges = np.diff(corners, axis=0)
    longest = int(np.argmax(np.hypot(edges[:, 0], edges[:, 1])))
    middle = corners[longest] + edges[longest] / 2
    unit = edges[longest] / np.hypot(*edges[longest])
    off = middle + OFF_M * np.array([unit[1], -unit[0]])
    return {name: (float(x), float(y)) for name, (x, y) in (("corner", corners[0]), ("edge", middle), ("off", off))}


@dataclass(frozen=True, eq=False)
class Track:
    """One endless flight, to be cut: corner points, which legs are sprayed, and metres put out up to each point."""

    points: NDArray[np.float64]
    sprayed: NDArray[np.int64]
    done_m: NDArray[np.float64]
    litres_per_m: float

    @classmethod
    def of(cls, plan: Plan) -> "Track":
        (sortie,) = plan.sorties
        # Without the ways from and to the refill place.
        lines = [index for index, vertex in enumerate(sortie.path) if vertex[2]]
        path = sortie.path[lines[0] - 1 : lines[-1] + 1]
        points, sprayed = np.array([vertex[:2] for vertex in path]), np.array([vertex[2] for vertex in path])
        sprayed[0] = 0
        leg_m = np.concatenate(([0.0], np.hypot(*np.diff(points, axis=0).T)))
        done_m = np.cumsum(np.where(sprayed == 1, leg_m, 0.0))
        return cls(points, sprayed, done_m, plan.quantity / float(done_m[-1]))

    def between(self, start_m: float, end_m: float) -> list[Vertex]:
        """Return the track from where so many metres are sprayed to where more are."""
        first = int(np.searchsorted(self.done_m, start_m + 1e-7))
        last = int(np.searchsorted(self.done_m, end_m - 1e-7))
        head, tail = self._at(first, start_m), self._at(last, end_m)
        middle = [(float(x), float(y), int(s)) for (x, y), s in zip(self.points, self.sprayed, strict=True)]
        return [(*head, 0), *middle[first:last], (*tail, 1)]

    def _at(self, leg: int, done_m: float) -> Place:
        share = (done_m - self.done_m[leg - 1]) / (self.done_m[leg] - self.done_m[leg - 1])
        x, y = self.points[leg - 1] + share * (self.points[leg] - self.points[leg - 1])
        return float(x), float(y)


def return_when_empty(endless: Plan, settings: FlightSettings, home: Callable[[Place], list[Vertex]]) -> Plan:
    """Cut one endless flight where the tank is empty or the battery would not last longer."""
    track = Track.of(endless)
    # The planner chose the width of the strips, and with it the speed that the pumps allow.
    settings = replace(endless.settings, load_limit=settings.load_limit, battery_wh=settings.battery_wh)
    total_m, full_m = float(track.done_m[-1]), settings.load_limit / track.litres_per_m

    def flight(start_m: float, end_m: float) -> Sortie:
        flown = track.between(start_m, end_m)
        there, back = home(flown[0][:2]), home(flown[-1][:2])[::-1]
        path = [there[0], *there[1:], *flown, *back]
        kept = [b for a, b in pairwise(path) if b[2] or math.dist(a[:2], b[:2]) > 1e-6]
        return priced_sortie((path[0], *kept), (end_m - start_m) * track.litres_per_m, settings)

    sorties, at_m = [], 0.0
    while at_m < total_m - 1e-6:
        low_m, high_m = at_m, min(total_m, at_m + full_m)
        best = flight(at_m, high_m)
        if best.battery_left < settings.battery_reserve:
            for _ in range(40):
                middle_m = (low_m + high_m) / 2
                tried = flight(at_m, middle_m)
                if tried.battery_left >= settings.battery_reserve:
                    low_m, best = middle_m, tried
                else:
                    high_m = middle_m
            high_m = low_m
        sorties.append(best)
        at_m = high_m
    area_m2 = endless.coverage * endless.area_m2 / endless.quantity
    return replace(
        endless,
        settings=settings,
        sorties=tuple(replace(sortie, area_m2=area_m2 * sortie.quantity) for sortie in sorties),
        flight_s=sum(sortie.flight_s for sortie in sorties),
        ground_s=settings.setup_s + settings.fill_swap_s * len(sorties),
        lower_bound_s=0.0,
    )


def home_ways(field: Polygon, refill: Place, settings: FlightSettings) -> Callable[[Place], list[Vertex]]:
    """Return the way from the refill place to a point, without the point: inside the field, or round its holes."""
    region = field
    if field.distance(Point(refill)) > 1e-6:
        region = open_air([Polygon(ring) for ring in field.interiors], [refill, *field.envelope.exterior.coords])
    air = Airspace(region, settings.speed_m_s, settings.acceleration_m_s2)

    def way(place: Place) -> list[Vertex]:
        bends = air.way(np.array(refill), np.array(place))
        return [(*refill, 0), *((x, y, 0) for x, y in bends)]

    return way


@dataclass(frozen=True)
class Case:
    """One comparison: total seconds of both, and of the bound."""

    kind: str
    place: str
    rate: float
    sorties: int
    ratio: float
    to_bound: float
    area_m2: float


def compare(name: str, field: Polygon, place: str, refill: Place, rate: float) -> tuple[Case, float]:
    settings = settle(load_catalogue()[DEFAULT_MODEL], Service.SPRAY, rate)
    endless_settings = replace(settings, load_limit=1e9, battery_wh=1e12)
    endless = plan_field(Task(field, field.area, endless_settings, refill=refill))
    theirs = return_when_empty(endless, settings, home_ways(field, refill, settings))
    start = time.perf_counter()
    ours = plan_field(Task(field, field.area, settings, refill=refill))
    took_s = time.perf_counter() - start
    for plan in (ours, theirs):
        faults = check(field, plan)
        assert faults == [], (name, place, rate, plan is ours, faults[:3])
    ratio = ours.total_s / theirs.total_s
    case = Case(name.split()[0], place, rate, len(ours.sorties), ratio, ours.total_s / ours.lower_bound_s, field.area)
    print(
        f"{name:16} {place:6} {rate:3g} L/ha  {ratio:.3f}  flights {len(ours.sorties)} to {len(theirs.sorties)},"
        f" {ours.total_s:6.0f} s to {theirs.total_s:6.0f} s, {case.to_bound:.2f} of the bound, {took_s * 1000:.0f} ms",
        flush=True,
    )
    return case, took_s


def show(title: str, cases: list[Case]) -> None:
    ratios = [case.ratio for case in cases]
    better = sum(ratio < 1 - 1e-6 for ratio in ratios) / len(ratios)
    print(
        f"{title:20} {len(ratios):4} cases: {statistics.geometric_mean(ratios):.3f}, worst {max(ratios):.3f},"
        f" best {min(ratios):.3f}, better on {better:.0%}"
    )


def all_orders_s(route: Route) -> float:
    """Return the least seconds over every order and direction of the lines, each cut exactly."""
    found = math.inf
    for order in itertools.permutations(range(len(route.lines))):
        for turned in itertools.product((False, True), repeat=len(order)):
            lines = np.stack(
                [route.lines[n, ::-1] if back else route.lines[n] for n, back in zip(order, turned, strict=True)]
            )
            flights = cut(replace(route, lines=lines))
            found = min(found, whole_s(flights, route.settings))
    return found


def small_cases() -> None:
    """Print how far the search is from the best of every order and of long runs, where that can be looked for."""
    rng, gaps = np.random.default_rng(SEED), []
    settings = settle(load_catalogue()[DEFAULT_MODEL], Service.SPRAY, 20.0)
    for number in range(12):
        count, length_m = (4, 300.0) if number < 4 else (int(rng.integers(6, 12)), float(rng.uniform(150, 450)))
        lines = np.array(
            [[[rng.uniform(0, 20), 11.0 * n], [length_m - rng.uniform(0, 40), 11.0 * n]] for n in range(count)]
        )
        lines[1::2] = lines[1::2, ::-1]
        sky = Airspace(box(-400, -400, 900, 900), settings.speed_m_s, settings.acceleration_m_s2)
        place = (float(rng.uniform(-100, 200)), float(rng.uniform(-150, 0)))
        route = Route(lines, 40 * float(rng.uniform(1.2, 3.5)), sky, sky, (place,), settings)
        ours = whole_s(fly(route, 500 * count), settings)
        best = min(whole_s(fly(route, 150_000, seed), settings) for seed in range(2, 6))
        if count == 4:
            best = min(best, all_orders_s(route))
        gaps.append(ours / min(best, ours) - 1)
    print(f"small cases: {statistics.mean(gaps):.2%} above the best found on average, {max(gaps):.2%} at most")


def main(of_a_kind: int) -> None:
    cases, took_s = [], []
    for name, field in fields(of_a_kind):
        for (place, refill), rate in itertools.product(places(field).items(), RATES):
            case, seconds = compare(name, field, place, refill, rate)
            cases.append(case)
            took_s.append(seconds)
    groups: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        groups[f"{case.rate:g} L/ha"].append(case)
        groups[case.place].append(case)
        size = "below 8 ha" if case.area_m2 < 80_000 else "8 ha and more"
        groups["one load" if case.sorties == 1 else size].append(case)
    for title, members in sorted(groups.items()):
        show(title, members)
    show("all", cases)
    small_cases()
    print(f"planning: {statistics.median(took_s) * 1000:.0f} ms (median), {max(took_s) * 1000:.0f} ms at most")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
