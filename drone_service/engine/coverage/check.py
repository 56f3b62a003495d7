"""The independent judge of plans: written from the requirements, it shares no calculation with the planner.

It replays every flight vertex by vertex and says what is wrong. Only the data classes are shared.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

import numpy as np
import shapely
from shapely.geometry import LineString, MultiPolygon, Point, Polygon
from shapely.geometry.base import BaseGeometry

from drone_service.engine.coverage.check_zones import Problem, check_zones
from drone_service.engine.coverage.plan import Plan, Sortie
from drone_service.engine.coverage.settings import CREW_M_S, FlightSettings
from drone_service.engine.coverage.wind import Wind
from drone_service.engine.coverage.zones import Zone

OUTSIDE_TOLERANCE_M = 1e-4
CROSSING_TOLERANCE_M = 0.02
"""Unsprayed legs may graze a hole's edge, which is where the quickest way round it runs."""
SHARE_TOLERANCE = 1e-3
OVERSPRAY_M2 = 0.01
"""Rounding of strips that end at the bank; a coin is larger."""
RELATIVE = 1e-6
ENERGY_RELATIVE = 0.01
STEPS_PER_LEG = 40
"""The replay steps through each leg; the planner integrates in closed form."""


@dataclass(frozen=True, eq=False)
class Surroundings:
    """The whole field and the zones that were taken out of it, for the judge to measure again."""

    field: Polygon | MultiPolygon
    zones: Sequence[Zone] = ()
    wind: Wind | None = None


def check(shape: Polygon | MultiPolygon, plan: Plan, around: Surroundings | None = None) -> list[Problem]:
    """Return everything that is wrong with a plan for a field in metres; an empty list is a pass.

    Lines sprayed inside the field and across no hole, the coverage that is claimed, litres that add up to rate ×
    area, a tank that never runs dry or over, the battery above its reserve on landing, flights from and to the
    refill place, times and energy that follow from the path, zones that nobody flies through and whose distances
    are kept. `shape` is what is sprayed; it is the whole field where nothing is said of its surroundings.
    """
    odd = [f"flight {number}" for number, sortie in enumerate(plan.sorties, start=1) if not _is_finite(sortie)]
    odd += [] if all(math.isfinite(figure) for figure in _figures(plan)) else ["the plan"]
    if odd:
        return [Problem("numbers", f"{where}: a figure is not a number") for where in odd]
    problems = [*_totals(plan), *_coverage(shape, plan)]
    barred = _barred(shape if around is None else around.field, plan)
    inside = shapely.buffer(shape, OUTSIDE_TOLERANCE_M)
    for number, sortie in enumerate(plan.sorties, start=1):
        found = (*_path(sortie, plan, inside, barred), *_replay(sortie, plan.settings))
        problems += [Problem(problem.code, f"flight {number}: {problem.message}") for problem in found]
    return problems if around is None else [*problems, *check_zones(plan, around.zones, around.wind)]


def _totals(plan: Plan) -> Iterator[Problem]:
    settings = plan.settings
    wanted = settings.rate_per_ha * plan.area_m2 / 10_000
    if not plan.sorties:
        yield Problem("no_flight", "the plan has no flight")
    put_out = sum(sortie.quantity for sortie in plan.sorties)
    if not (_same(put_out, wanted) and _same(plan.quantity, wanted)):
        yield Problem("quantity", f"{put_out:.3f} put out and {plan.quantity:.3f} planned where {wanted:.3f} is due")
    if not _same(plan.flight_s, sum(sortie.flight_s for sortie in plan.sorties)):
        yield Problem("flight_time", "the flights do not add up to the flight time")
    # The crew carries its rig to where the next flight begins.
    stops = [place for sortie in plan.sorties for place in (sortie.path[0][:2], sortie.path[-1][:2])]
    moved_m = sum(math.dist(one, other) for one, other in zip(stops[1::2], stops[2::2], strict=False))
    ground_s = settings.setup_s + settings.fill_swap_s * len(plan.sorties) + moved_m / CREW_M_S
    if not _same(plan.ground_s, ground_s) or not _same(plan.total_s, plan.flight_s + plan.ground_s):
        yield Problem("ground_time", f"{plan.ground_s:.1f} s on the ground where {ground_s:.1f} s follow")
    if plan.lower_bound_s > plan.total_s * (1 + RELATIVE):
        yield Problem("lower_bound", "the bound is above the time of the plan")
    done_m2 = sum(sortie.area_m2 for sortie in plan.sorties)
    if not _same(done_m2, plan.coverage * plan.area_m2):
        yield Problem("area", f"the flights do {done_m2:.1f} m²")
    flow = settings.rate_per_ha / 10_000 * settings.swath_m * settings.speed_m_s
    if not 0 < flow < math.inf:
        yield Problem("flow", "speed, width and rate give no flow")


def _coverage(shape: Polygon | MultiPolygon, plan: Plan) -> Iterator[Problem]:
    # Each strip is a flat-ended buffer, built another way than the planner's rectangles. The union is taken on a
    # grid: without it strips that abut at an angle get lost.
    lines = [LineString(leg) for sortie in plan.sorties for leg in _legs(sortie, sprayed=True)]
    strips = [shapely.buffer(line, plan.settings.swath_m / 2, cap_style="flat") for line in lines if line.length > 0]
    sprayed = shapely.union_all(strips, grid_size=1e-6)
    covered_m2 = shape.intersection(sprayed).area
    share = covered_m2 / shape.area
    if abs(share - plan.coverage) > SHARE_TOLERANCE:
        yield Problem("coverage", f"{share:.4f} is covered, the plan says {plan.coverage:.4f}")
    outside_m2 = max(0.0, sprayed.area - covered_m2)
    if abs(outside_m2 - plan.outside_m2) > SHARE_TOLERANCE * shape.area + 1:
        yield Problem("outside", f"{outside_m2:.1f} m² is sprayed outside, the plan says {plan.outside_m2:.1f}")
    overlap_m2 = float(shapely.area(strips).sum()) - sprayed.area
    if abs(overlap_m2 - plan.overlap_m2) > SHARE_TOLERANCE * shape.area + 1:
        yield Problem("overlap", f"{overlap_m2:.1f} m² is sprayed twice, the plan says {plan.overlap_m2:.1f}")
    if not plan.settings.overspray and outside_m2 > OVERSPRAY_M2:
        yield Problem("overspray", f"{outside_m2:.4f} m² is sprayed outside, where nothing may be")
    if share < plan.settings.min_coverage - SHARE_TOLERANCE and not any("coverage" in text for text in plan.warnings):
        yield Problem("floor", f"{share:.4f} is below the floor and nothing warns of it")


def _barred(field: Polygon | MultiPolygon, plan: Plan) -> BaseGeometry:
    holes = [Polygon(ring) for part in shapely.get_parts(field) for ring in part.interiors]
    areas = [shapely.buffer(hole, -CROSSING_TOLERANCE_M) for hole in holes]
    areas = [area for area in areas if not any(area.contains(Point(place)) for place in _refills(plan))]
    return shapely.union_all(areas, grid_size=1e-6) if areas else Polygon()


def _refills(plan: Plan) -> tuple[tuple[float, float], ...]:
    return plan.refill, *plan.other_refills


def _path(sortie: Sortie, plan: Plan, inside: BaseGeometry, barred: BaseGeometry) -> Iterator[Problem]:
    places = [vertex[:2] for vertex in sortie.path]
    known = [place for place in _refills(plan) if places and math.dist(places[0], place) <= 1e-6]
    if len(places) < 3 or not known or math.dist(places[-1], known[0]) > 1e-6:
        yield Problem("home", "it does not begin and end at one refill place")
        return
    far_m = max(math.dist(known[0], place) for place in places)
    if far_m > plan.settings.max_radius_m:
        yield Problem("radio", f"it leads {far_m:.0f} m away, and the radio reaches {plan.settings.max_radius_m:.0f} m")
    for leg in _legs(sortie, sprayed=True):
        if not inside.covers(LineString(leg)):
            yield Problem("sprayed_outside", f"sprayed from {leg[0]} to {leg[1]}, not all of it inside the field")
    for leg in _legs(sortie, sprayed=False):
        if barred.intersects(LineString(leg)):
            yield Problem("crossing", f"flown from {leg[0]} to {leg[1]} across a hole")


def _replay(sortie: Sortie, settings: FlightSettings) -> Iterator[Problem]:
    spray_m = sum(math.dist(*leg) for leg in _legs(sortie, sprayed=True))
    if not spray_m > 0:
        yield Problem("nothing_sprayed", "nothing is sprayed")
        return
    tank, clock_s, used_ws = sortie.quantity, 0.0, 0.0
    if tank > settings.load_limit * (1 + RELATIVE):
        yield Problem("overfilled", f"{tank:.3f} filled in where {settings.load_limit:g} fits")
    for before, after in zip(sortie.path, sortie.path[1:], strict=False):
        length_m = math.dist(before[:2], after[:2])
        seconds = _stop_to_stop_s(length_m, settings)
        put_out = sortie.quantity * length_m / spray_m if after[2] else 0.0
        used_ws += _work_ws(tank, put_out, seconds, settings)
        clock_s, tank = clock_s + seconds, tank - put_out
        if tank < -1e-6:
            yield Problem("dry", f"the tank is at {tank:.4f}")
    left = 1 - used_ws / 3600 / settings.battery_wh
    if not _same(clock_s, sortie.flight_s):
        yield Problem("time", f"{clock_s:.2f} s flown, the plan says {sortie.flight_s:.2f} s")
    if abs(used_ws / 3600 - sortie.energy_wh) > ENERGY_RELATIVE * sortie.energy_wh:
        yield Problem("energy", f"{used_ws / 3600:.1f} Wh used, the plan says {sortie.energy_wh:.1f} Wh")
    if abs(left - sortie.battery_left) > ENERGY_RELATIVE:
        yield Problem("battery", f"{left:.3f} of the battery is left, the plan says {sortie.battery_left:.3f}")
    if min(left, sortie.battery_left) < settings.battery_reserve - 1e-3:
        yield Problem("reserve", f"{left:.3f} of the battery is left, less than the reserve")
    if not _same(spray_m, sortie.spray_m):
        yield Problem("length", f"{spray_m:.1f} m sprayed, the plan says {sortie.spray_m:.1f} m")
    transit_m = sum(math.dist(*leg) for leg in _legs(sortie, sprayed=False))
    if not _same(transit_m, sortie.transit_m):
        yield Problem("transit", f"{transit_m:.1f} m flown with the nozzles off, the plan says {sortie.transit_m:.1f}")


def _stop_to_stop_s(length_m: float, settings: FlightSettings) -> float:
    top = min(settings.speed_m_s, math.sqrt(length_m * settings.acceleration_m_s2))
    if top == 0:
        return 0.0
    ramps_m = top**2 / settings.acceleration_m_s2
    return 2 * top / settings.acceleration_m_s2 + max(0.0, length_m - ramps_m) / top


def _work_ws(tank: float, put_out: float, seconds: float, settings: FlightSettings) -> float:
    middle = (np.arange(STEPS_PER_LEG) + 0.5) / STEPS_PER_LEG
    mass_kg = settings.empty_kg + tank - put_out * middle
    factor = np.interp(mass_kg, settings.power.masses_kg, settings.power.factors)
    return float((factor * mass_kg * np.sqrt(mass_kg)).mean() * seconds)


def _legs(sortie: Sortie, *, sprayed: bool) -> Iterator[tuple[tuple[float, float], tuple[float, float]]]:
    for before, after in zip(sortie.path, sortie.path[1:], strict=False):
        if bool(after[2]) is sprayed and before[:2] != after[:2]:
            yield before[:2], after[:2]


def _is_finite(sortie: Sortie) -> bool:
    figures = (getattr(sortie, field.name) for field in fields(sortie) if field.name != "path")
    return all(math.isfinite(number) for number in (*figures, *(part for vertex in sortie.path for part in vertex)))


def _figures(plan: Plan) -> tuple[float, ...]:
    totals = (plan.area_m2, plan.quantity, plan.flight_s, plan.ground_s, plan.lower_bound_s)
    return *totals, plan.coverage, plan.outside_m2, plan.overlap_m2


def _same(one: float, other: float) -> bool:
    return abs(one - other) <= RELATIVE * max(1.0, abs(one), abs(other))
