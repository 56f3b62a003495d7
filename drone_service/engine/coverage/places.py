"""Refill places that were given: none of them out of reach, and none of them forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import shapely

from drone_service.engine.coverage.plan import Plan
from drone_service.engine.coverage.planner import plan_field
from drone_service.engine.coverage.sorties import FieldOutOfRange
from drone_service.engine.coverage.task import Place, Task
from drone_service.engine.coverage.whole import with_places


def plan_from(task: Task, places: Sequence[Place]) -> Plan:
    """Plan a field with the refill places that are given, the usual one first; without any one is proposed.

    A place that is in reach of a part of the field only is kept in the plan, and no flight begins there. Raises
    FieldOutOfRange for a place that is in reach of no part of it, and what plan_field raises.
    """
    if not places:
        return plan_field(task)
    far_m, reach_m = max(task.shape.distance(shapely.Point(place)) for place in places), task.settings.max_radius_m
    if far_m > reach_m:
        raise FieldOutOfRange(
            f"a refill place lies {far_m:.0f} m from the field, and the radio reaches {reach_m:.0f} m",
            far_m=round(far_m),
            max_radius_m=reach_m,
        )
    first, *others = places
    task = replace(task, refill=first, other_refills=tuple(others))
    plan = plan_field(task)
    return plan if set(places) <= {plan.refill, *plan.other_refills} else with_places(plan, task)
