"""From lines and sorties to a plan: what they add up to, and what there is to warn of."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import shapely

from drone_service.engine.coverage.airspace import TOUCH_M
from drone_service.engine.coverage.bound import lower_bound_s
from drone_service.engine.coverage.cover import Cover
from drone_service.engine.coverage.plan import Plan, Sortie
from drone_service.engine.coverage.settings import FlightSettings, feeder_of
from drone_service.engine.coverage.sorties import ground_s
from drone_service.engine.coverage.task import Shape, Task
from drone_service.engine.coverage.wind import Wind

CAUTION_WIND_M_S = 4.4
MUCH_OUTSIDE = 0.25
"""What is sprayed outside, as a share of the field, from which it is told: ordinary fields stay below a fifth."""


def whole_plan(
    task: Task, shape: Shape, settings: FlightSettings, cover: Cover, sorties: Sequence[Sortie], sides: int = 1
) -> Plan:
    """Return the plan of sorties over a shape in metres; `cover` is what their lines cover of it."""
    first, *others = dict.fromkeys((sorties[0].refill, *task.refills, *(sortie.refill for sortie in sorties)))
    bank = shape if task.bank is None else task.bank
    coverage = cover.share(shape.area)
    done_m2 = coverage * task.area_m2
    return Plan(
        settings=settings,
        area_m2=task.area_m2,
        refill=first,
        other_refills=tuple(others),
        refill_is_in_field=bool(bank.distance(shapely.Point(first)) < TOUCH_M),
        quantity=task.quantity,
        coverage=coverage,
        outside_m2=cover.outside_m2,
        overlap_m2=cover.overlap_m2,
        sorties=tuple(replace(sortie, area_m2=done_m2 * sortie.quantity / task.quantity) for sortie in sorties),
        flight_s=sum(sortie.flight_s for sortie in sorties),
        ground_s=ground_s(sorties, settings),
        lower_bound_s=lower_bound_s(shape, task.area_m2, coverage, (first, *others), task.settings),
        warnings=_warnings(coverage, cover.outside_m2, settings, task.area_m2, task.wind, sides),
        sides=sides,
    )


def with_places(plan: Plan, task: Task) -> Plan:
    """Return a plan that knows every place it was given, also those that no flight begins at."""
    others = tuple(place for place in task.refills if place != plan.refill)
    bound_s = lower_bound_s(task.shape, task.area_m2, plan.coverage, task.refills, task.settings)
    return replace(plan, other_refills=others, lower_bound_s=bound_s)


def is_much_outside(outside_m2: float, area_m2: float) -> bool:
    """Tell whether so much is sprayed outside a field that whoever asked should know."""
    return outside_m2 > MUCH_OUTSIDE * area_m2


def _warnings(
    coverage: float, outside_m2: float, settings: FlightSettings, area_m2: float, wind: Wind | None, sides: int
) -> tuple[str, ...]:
    found = []
    if coverage < settings.min_coverage - 1e-9:
        how = "with lines inside the field" if settings.overspray else "without spraying outside the field"
        # Rounded to the bad side: what falls short of the floor is not told as the floor.
        told, left_m2 = math.floor(coverage * 1000) / 1000, math.ceil((1 - coverage) * area_m2)
        found.append(f"coverage {told:.3f} is below {settings.min_coverage:g}: {left_m2} m² cannot be reached {how}")
    if is_much_outside(outside_m2, area_m2):
        found.append(
            f"{outside_m2:.0f} m² outside are sprayed too, {outside_m2 / area_m2:.0%} of the field:"
            f" it is narrow for strips of {settings.swath_m:g} m"
        )
    if settings.speed_limited_by == "pump":
        feeder = feeder_of(settings.service)
        found.append(f"speed lowered to {settings.speed_m_s:.2f} m/s: {feeder} no more at this rate")
    if wind is not None and wind.speed_m_s > CAUTION_WIND_M_S:
        found.append(f"wind {wind.speed_m_s:g} m/s is above {CAUTION_WIND_M_S:g} m/s: do not spray")
    if sides > 1:
        found.append(f"flown in {sides} parts, each filled on its own side: nobody flies from one to the other")
    return tuple(found)
