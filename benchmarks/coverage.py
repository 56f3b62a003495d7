"""Our plans beside what Fields2Cover made of the same fields, by one price: ./dev bench coverage

Price = T + (k · missed + 0.5 · outside) ÷ (swath · speed), with T from the first line to the last and k = 1.5 (only
configurations that cover 97 %) or 10. The best configuration of the other planner is taken field by field. Its flights
may cross gaps, ours go round. Refills play no part here: the tank is as large as the field needs.
"""

import json
import math
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import shapely
from shapely.geometry import MultiPolygon, Polygon, shape

from drone_service.engine.coverage.check import check
from drone_service.engine.coverage.kinematics import one_leg_s
from drone_service.engine.coverage.plan import Plan
from drone_service.engine.coverage.planner import Task, plan_field
from drone_service.engine.coverage.settings import FlightSettings, Wishes, settle
from drone_service.engine.geometry.plane import LocalPlane
from drone_service.engine.operation import Service
from drone_service.fleet.catalogue import DEFAULT_MODEL, load_catalogue

HERE = Path(__file__).parent
FIELDS = HERE.parent / "tests" / "data" / "fields" / "fields_vietnam.geojson"
SPEED_M_S = 7.0
MISSED_PRICES = (1.5, 10.0)
ENOUGH_COVERED = 0.97


@dataclass(frozen=True)
class Result:
    """What one planner makes of one field; `outside` is a share of the field."""

    seconds: float
    covered: float
    outside: float

    def price_s(self, area_m2: float, swath_m: float, missed_price: float) -> float:
        waste_m2 = (missed_price * (1 - self.covered) + 0.5 * self.outside) * area_m2
        return self.seconds + waste_m2 / (swath_m * SPEED_M_S)


Case = tuple[str, Polygon | MultiPolygon, list[Result]]


def shapes(swath_m: int) -> Iterator[Case]:
    for line in (HERE / "data" / "shapes.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        peers = row["fields2cover"][str(swath_m)].values()
        yield row["id"], shapely.from_wkt(row["wkt"]), [Result(p["T"], p["cov"], p["over_share"]) for p in peers]


def vietnamese_fields() -> Iterator[Case]:
    collection = json.loads(FIELDS.read_text(encoding="utf-8"))
    outlines = {feature["id"]: shape(feature["geometry"]) for feature in collection["features"]}
    for line in (HERE / "data" / "fields2cover_vietnam.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        field = LocalPlane.around(outlines[row["id"]]).to_m(outlines[row["id"]])
        peers = [row[name] for name in ("f2c_single", "f2c_fit", "f2c_route") if row[name]]
        yield row["id"], field, [Result(p["T"], p["cov"], p["over"]) for p in peers]


def one_tank(swath_m: float) -> FlightSettings:
    spec = load_catalogue()[DEFAULT_MODEL]
    settings = settle(spec, Service.SPRAY, 1.0, Wishes(swath_m=swath_m, speed_m_s=SPEED_M_S))
    return replace(settings, load_limit=1e6, battery_wh=1e9)


def seconds_between_lines(plan: Plan) -> float:
    """Return T: from the start of the first line to the end of the last."""
    total_s = 0.0
    for sortie in plan.sorties:
        sprayed = [index for index, vertex in enumerate(sortie.path) if vertex[2]]
        flown = sortie.path[sprayed[0] - 1 : sprayed[-1] + 1]
        lengths = (math.dist(a[:2], b[:2]) for a, b in pairwise(flown))
        total_s += sum(one_leg_s(m, plan.settings.speed_m_s, plan.settings.acceleration_m_s2) for m in lengths)
    return total_s


def compare(title: str, cases: list[Case], swath_m: float) -> None:
    settings = one_tank(swath_m)
    ratios: dict[float, dict[str, float]] = {price: {} for price in MISSED_PRICES}
    took_ms, covered = [], []
    for name, field, peers in cases:
        start = time.perf_counter()
        plan = plan_field(Task(field, field.area, settings))
        took_ms.append((time.perf_counter() - start) * 1000)
        assert check(field, plan) == [], name
        covered.append(plan.coverage)
        ours = Result(seconds_between_lines(plan), plan.coverage, plan.outside_m2 / field.area)
        for price in MISSED_PRICES:
            enough = [peer for peer in peers if price > 2 or peer.covered >= ENOUGH_COVERED] or peers
            best_s = min(peer.price_s(field.area, swath_m, price) for peer in enough)
            ratios[price][name] = ours.price_s(field.area, swath_m, price) / best_s
    print(f"{title}, {swath_m:g} m, {len(cases)} fields: {statistics.median(took_ms):.0f} ms a field (median),")
    print(f"  covered {statistics.mean(covered):.3f} on average, {min(covered):.3f} at least")
    for price, by_name in ratios.items():
        worse = sorted((name for name, ratio in by_name.items() if ratio > 1.01), key=by_name.__getitem__, reverse=True)
        print(f"  k = {price:g}: {statistics.geometric_mean(by_name.values()):.3f} of the other's price")
        print(f"    more than 1 % dearer on {len(worse)}: {', '.join(f'{n} {by_name[n]:.2f}' for n in worse[:8])}")


def lower_bounds() -> None:
    """Print how far whole jobs, with refills at 20 L/ha, are from the bound that no plan can beat."""
    settings = settle(load_catalogue()[DEFAULT_MODEL], Service.SPRAY, 20.0)
    plans = [plan_field(Task(field, field.area, settings)) for _, field, _ in vietnamese_fields() if field.area > 5_000]
    ratios = [plan.total_s / plan.lower_bound_s for plan in plans]
    print(f"fields above 0.5 ha, 20 L/ha: {statistics.median(ratios):.3f} of the lower bound (median of {len(plans)})")


if __name__ == "__main__":
    compare("shapes", list(shapes(11)), 11)
    compare("shapes", list(shapes(6)), 6)
    compare("Vietnamese fields", list(vietnamese_fields()), 11)
    lower_bounds()
