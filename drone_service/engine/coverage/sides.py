"""A field across which something lies that nobody flies over: each side is flown by itself, the crew goes from side to
side on the ground, and the flights of all sides are one plan."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from drone_service.engine.coverage.airspace import TOUCH_M, stands_in
from drone_service.engine.coverage.cover import measure_cover
from drone_service.engine.coverage.plan import Plan, Sortie
from drone_service.engine.coverage.sorties import FieldOutOfRange
from drone_service.engine.coverage.sprayable import open_around
from drone_service.engine.coverage.task import Place, Side, Task
from drone_service.engine.coverage.whole import whole_plan


def tasks_of(task: Task) -> list[Task]:
    """Return what is to be flown on each side, with its part of the quantity and the refill places that reach it.

    A side without such a place gets one on its own bank. Raises FieldOutOfRange where places are given and reach none.
    """
    places = [_places_of(side, task) for side in task.sides]
    if task.refills and not any(places):
        raise FieldOutOfRange("no refill place lies where the aircraft could fly from it to a part of the field")
    whole_m2 = math.fsum(side.shape.area for side in task.sides)
    return [
        replace(
            task,
            shape=side.shape,
            area_m2=task.area_m2 * side.shape.area / whole_m2,
            refill=own[0] if own else None,
            other_refills=own[1:],
            air=side.air,
            bank=side.bank,
            sides=(),
        )
        for side, own in zip(task.sides, places, strict=True)
    ]


def _places_of(side: Side, task: Task) -> list[Place]:
    if not task.refills:
        return []
    places = shapely.multipoints(task.refills)
    walls = [area for area in task.forbidden if not any(stands_in(area, place) for place in task.refills)]
    inside = side.shape.point_on_surface()
    reach = shapely.GeometryCollection([task.shape, places])
    here = next(part for part in open_around(reach, walls) if part.covers(inside))
    return [place for place in task.refills if here.distance(shapely.Point(place)) < TOUCH_M]


def crew_from(tasks: Sequence[Task], plans: Sequence[Plan | None], number: int) -> BaseGeometry:
    """Return where the crew may come from to a side: refill places on other sides, or else the banks of those."""
    given = [place for index, task in enumerate(tasks) if index != number for place in task.refills]
    chosen = [sortie.refill for plan in plans if plan is not None for sortie in plan.sorties]
    if given or chosen:
        return shapely.multipoints([*given, *chosen])
    return shapely.GeometryCollection([task.bank for index, task in enumerate(tasks) if index != number])


def at_width(task: Task, swath_m: float) -> Task:
    """Return the same task with strips of a width; all sides of a plan have the same."""
    settings = task.settings.with_swath(swath_m)
    return replace(task, settings=replace(settings, swath_range_m=(swath_m, swath_m)))


def joined(task: Task, plans: Sequence[Plan]) -> Plan:
    """Return the plans of all sides as one plan; their strips have the same width."""
    sorties = [sortie for plan in _in_order(task, plans) for sortie in plan.sorties]
    settings = replace(plans[0].settings, swath_range_m=task.settings.swath_range_m)
    cover = measure_cover(task.shape, _lines(sorties), settings.swath_m)
    return whole_plan(task, task.shape, settings, cover, sorties, sides=len(plans))


def _in_order(task: Task, plans: Sequence[Plan]) -> list[Plan]:
    """Begin on the lee side; in calm air where the plans were named first, and go on where the way is shortest."""
    wind = task.wind
    if wind is not None and wind.speed_m_s > 0:
        return sorted(plans, key=lambda plan: float(_lines(plan.sorties).mean(axis=(0, 1)) @ np.array(wind.upwind)))
    left = sorted(plans, key=lambda plan: plan.refill != task.refill)
    found = [left.pop(0)]
    while left:
        at = found[-1].sorties[-1].refill
        found.append(min(left, key=lambda plan: math.dist(at, plan.refill)))
        left.remove(found[-1])
    return found


def _lines(sorties: Sequence[Sortie]) -> np.ndarray:
    return np.array(
        [
            (before[:2], after[:2])
            for sortie in sorties
            for before, after in zip(sortie.path, sortie.path[1:], strict=False)
            if after[2]
        ]
    )
