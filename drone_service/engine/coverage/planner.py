"""From a field in metres to a plan: its lines, the refill place and the sorties."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache, partial

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from drone_service.engine.coverage.airspace import TOUCH_M, Airspace, open_air, stands_in
from drone_service.engine.coverage.cover import UNION_GRID_M
from drone_service.engine.coverage.kinematics import leg_s
from drone_service.engine.coverage.laying import Candidate, lay, roughly_s, waste_s
from drone_service.engine.coverage.plan import Plan
from drone_service.engine.coverage.room import Room
from drone_service.engine.coverage.settings import CREW_M_S, FlightSettings
from drone_service.engine.coverage.sides import at_width, crew_from, joined, tasks_of
from drone_service.engine.coverage.sorties import MAX_PLACES, FieldOutOfRange, Route, fly, rough_s
from drone_service.engine.coverage.task import Place, Shape, Task
from drone_service.engine.coverage.whole import whole_plan, with_places
from drone_service.engine.coverage.width import at_open_speed
from drone_service.engine.coverage.wind import Wind
from drone_service.engine.errors import EngineError

Floats = NDArray[np.float64]
FINALISTS = 2
"""Layouts that suit the way to the refill place; their loads are searched as they were laid, and the best polished."""
TRIAL_MOVES = 3_000
"""Moves to search the loads of each of them."""
LOAD_MOVES, MOST_LOAD_MOVES = 2_000, 60_000
"""Moves a line, and at most, to search the loads of the best of them."""
SECOND_LOOK_M2 = 10_000.0
"""From this area on, lines laid without the refill place are compared as well where one load does the field."""
HOME_LOOK_M2 = 300_000.0
"""Below this area lines polished with the ways to the refill place in mind are compared too, where several loads are
flown; larger fields take a fifth longer for it and gain nothing in the mean (270 cases, 2026-11-30)."""
CLEARLY = 0.97
"""A width whose loads, cut in their order, take less than this share of what another's take is the only one searched:
on 45 cases it was then the better one each time, by up to a sixth (2026-11-30)."""
REFILL_PLACES = 24
OFF_WALLS_M = 0.05
"""How far a place that is proposed keeps off what is not flown over."""


class NothingToSpray(EngineError):
    """No line fits into what is left of the field."""

    code = "nothing_to_spray"


class TooManyPlaces(EngineError):
    """More refill places than are compared."""

    code = "too_many_places"


def plan_field(task: Task) -> Plan:
    """Plan the flights over a field.

    Time is least under the coverage floor; where the shape does not allow the floor a warning says what is left.
    Sides between which nobody flies are planned one by one.
    Raises NothingToSpray, FieldOutOfRange, TooManyPlaces.
    """
    if len(task.refills) > MAX_PLACES:
        raise TooManyPlaces(f"at most {MAX_PLACES} refill places are compared", places=len(task.refills))
    return _plan_sides(task) if task.sides else _plan_joined(task)


def _plan_sides(task: Task) -> Plan:
    tasks = tasks_of(task)
    plans = _plan_each(tasks)
    flown = [side for side, plan in zip(task.sides, plans, strict=True) if plan is not None]
    if not flown:
        raise NothingToSpray("no spray line fits into this field")
    if len(flown) < len(task.sides):
        # No line fits into a scrap of land: the others are flown, and what they cover is told of the whole.
        return _plan_sides(replace(task, sides=flown))
    widths_m = sorted({plan.settings.swath_m for plan in plans if plan is not None})
    choices = [plans]
    if len(widths_m) > 1:
        choices = [_plan_each([at_width(one, width_m) for one in tasks]) for width_m in widths_m]
    whole = [joined(task, [plan for plan in choice if plan is not None]) for choice in choices if None not in choice]
    floor = task.settings.min_coverage
    return min(whole, key=lambda plan: (plan.coverage < floor, plan.total_s))


def _plan_each(tasks: Sequence[Task]) -> list[Plan | None]:
    """Plan sides one after the other, each not far from where the crew is on the others; None where no line fits."""
    plans: list[Plan | None] = []
    for number, task in enumerate(tasks):
        try:
            plans.append(_plan_joined(replace(task, crew_from=crew_from(tasks, plans, number))))
        except NothingToSpray:
            plans.append(None)
    return plans


def _plan_joined(task: Task) -> Plan:
    """Plan a field whose parts are joined by air, from the best of its refill places."""
    _ensure_not_scattered(task)
    if not task.refills:
        return _plan(task)[1]
    # A place more must never cost: each is planned by itself as well, and one from which nobody gets far is left out.
    plans, refusals = [], []
    for place in _with_a_way(task, _in_range(_normal(task.shape), task.refills, task.settings)):
        try:
            plans.append((place, _plan(replace(task, refill=place, other_refills=()))))
        except FieldOutOfRange as refusal:
            refusals.append(refusal)
    if not plans:
        raise refusals[0]
    found = [plan for _, plan in plans]
    if len(plans) > 1:
        (first, _), *others = plans
        found.append(_plan(replace(task, refill=first, other_refills=tuple(place for place, _ in others))))
    plan = min(found, key=lambda priced: priced[0])[1]
    return with_places(plan, task) if len(task.refills) > 1 else plan


def _plan(task: Task) -> tuple[float, Plan]:
    """Return a plan with its price in seconds."""
    room, single = _room(task), _is_one_load(task)
    home = np.array(task.refill) if task.refill is not None and single else None
    candidates = lay(room, task.settings, home, 1)
    if home is not None and task.area_m2 >= SECOND_LOOK_M2:
        # Polished with the way home in mind lines may end up worse than without; small fields do not wait for this.
        candidates += lay(room, task.settings, None, 1)
    if not candidates:
        raise NothingToSpray("no spray line fits into this field")
    if task.refill is None:
        task = replace(task, refill=_best_refill(room, candidates[0], task))
        _in_range(room.shape, task.refills, task.settings)
    if not single:
        candidates = _with_trips(room, task) + candidates
    # The last one knows of no refill place. With refills it may still be the best, and no plan may take longer.
    plain = _fly(room, candidates[-1], task, TRIAL_MOVES)
    if len(plain[1].sorties) == 1:
        plans = [_fly(room, one, task, 0) for one in candidates[:-1]]
    else:
        prices_s = [_loads_s(room, one, task, TRIAL_MOVES) for one in candidates]
        best = candidates[int(np.argmin(prices_s))]
        plans = [_fly(room, best, task, _moves(best))]
    reaches_floor = plain[1].coverage >= plain[1].settings.min_coverage
    most_s = plain[1].total_s if reaches_floor else math.inf
    return min((found for found in (*plans, plain) if found[1].total_s <= most_s), key=lambda found: found[0])


def _with_trips(room: Room, task: Task) -> list[Candidate]:
    """Return lines that suit the flights to and from the refill place, for each width that may be the best."""
    found: list[Candidate] = []
    if task.area_m2 < HOME_LOOK_M2:
        found += lay(room, task.settings, np.array(task.refill), 1)
    for settings in _widths(room, task):
        found += lay(room, settings, None, FINALISTS, partial(_trips_s, room, task))
    return found


def _widths(room: Room, task: Task) -> list[FlightSettings]:
    """Return the widths to search: the planned one, or the one that the pumps bear at open speed, or both."""
    wide, slim = task.settings, at_open_speed(task.settings)
    if slim is None:
        return [wide]
    wide_s, slim_s = (roughly_s(room, one, partial(_trips_s, room, task)) for one in (wide, slim))
    if min(wide_s, slim_s) < CLEARLY * max(wide_s, slim_s):
        return [wide if wide_s < slim_s else slim]
    return [wide, slim]


def _loads_s(room: Room, candidate: Candidate, task: Task, moves: int) -> float:
    """Return the price of a candidate in seconds, its loads searched a little."""
    route = _route(room, candidate.cover.lines, candidate.settings, task)
    return rough_s(route, moves) + waste_s(candidate.cover, room.shape.area, candidate.settings)


def _moves(candidate: Candidate) -> int:
    return min(MOST_LOAD_MOVES, LOAD_MOVES * len(candidate.cover.lines))


def _trips_s(room: Room, task: Task, lines: Floats, settings: FlightSettings, moves: int) -> float:
    """Return roughly what the flights to and from a refill place add to lines flown in their order."""
    route = _route(room, lines, settings, task)
    return rough_s(route, moves) - float(
        route.times(route.lengths).sum() + route.air.hops(lines[:-1, 1], lines[1:, 0]).sum()
    )


def _room(task: Task) -> Room:
    shape = _normal(task.shape)
    air = None if task.air is None else _normal(task.air)
    shy = task.spray_shy
    if not task.settings.overspray:
        around = shapely.box(*shapely.buffer(shape.envelope, 2 * task.settings.swath_range_m[1]).bounds)
        shy = shapely.union_all([shy, around.difference(shape)], grid_size=UNION_GRID_M)
    return Room.of(shape, air, shy, task.settings)


def _is_one_load(task: Task) -> bool:
    return task.settings.rate_per_ha * task.area_m2 / 10_000 <= task.settings.load_limit


def _normal(shape: Shape) -> Shape:
    """Return the same plan's shape however the outline was drawn: corners in a fixed order, no doubled ones."""
    return shapely.normalize(shapely.set_precision(shape, 1e-6)) if shapely.is_valid(shape) else shape


@lru_cache(maxsize=4)
def _home_air(region: Shape, speed_m_s: float, acceleration_m_s2: float) -> Airspace:
    # The ways between the corners are worked out once for all the lines that are compared.
    return Airspace(region, speed_m_s, acceleration_m_s2)


def _route(room: Room, lines: Floats, settings: FlightSettings, task: Task) -> Route:
    free = room.shape if task.air is None else task.air
    inside = all(free.distance(shapely.Point(refill)) < TOUCH_M for refill in task.refills)
    # A place on the bank lies outside the inset region, where nothing would be visible from it.
    home_air = _home_air(free if inside else _home_region(free, task), settings.speed_m_s, settings.acceleration_m_s2)
    return Route(lines, task.quantity, room.air_at(settings.speed_m_s), home_air, task.refills, settings)


def _fly(room: Room, candidate: Candidate, task: Task, moves: int) -> tuple[float, Plan]:
    """Share a candidate out over sorties and return its price in seconds with its plan."""
    settings, shape = candidate.settings, room.shape
    sorties = fly(_route(room, _from_downwind(candidate.cover.lines, task.wind), settings, task), moves)
    plan = whole_plan(task, shape, settings, candidate.cover, sorties)
    return plan.total_s + waste_s(candidate.cover, shape.area, settings), plan


def _from_downwind(lines: Floats, wind: Wind | None) -> Floats:
    """Begin on the lee side, so that the aircraft never flies back through its own drift."""
    if wind is None or wind.speed_m_s == 0:
        return lines
    upwind = np.array(wind.upwind)
    first, last = lines[0].mean(axis=0) @ upwind, lines[-1].mean(axis=0) @ upwind
    return lines[::-1, ::-1] if first > last else lines


def _best_refill(room: Room, candidate: Candidate, task: Task) -> Place:
    """Propose a place on the bank: near the first line, the last one and where full loads run out.

    With several loads the places are compared by the time that the whole job takes from there.
    """
    settings, lines = candidate.settings, candidate.cover.lines
    rings = shapely.get_rings(shapely.get_parts(room.shape if task.bank is None else task.bank))
    outer = max(rings, key=lambda ring: shapely.Polygon(ring).area)
    corners = shapely.get_coordinates(outer)[:-1]
    middles = (corners + np.roll(corners, -1, axis=0)) / 2
    if task.forbidden:
        # Nobody stands in the middle of a field, beside what is not flown over.
        walls = shapely.GeometryCollection(list(task.forbidden))
        middles = middles[shapely.distance(shapely.points(middles), walls) > TOUCH_M]
        corners = _drawn_off(corners, walls, task)
    places = np.concatenate((corners, middles))
    places = places[:: max(1, len(places) // REFILL_PLACES)]
    if not _is_one_load(task):
        tasks = [replace(task, refill=(float(x), float(y))) for x, y in places]
        seconds = np.array([rough_s(_route(room, lines, settings, one)) for one in tasks])
    else:
        stops = np.stack([lines[0, 0], lines[-1, 1]])
        away = places[:, None, :] - stops[None, :, :]
        legs_s = leg_s(np.hypot(away[..., 0], away[..., 1]), settings.speed_m_s, settings.acceleration_m_s2)
        seconds = legs_s.sum(axis=1)
    if task.crew_from is not None:
        seconds = seconds + shapely.distance(shapely.points(places), task.crew_from) / CREW_M_S
    x, y = places[int(np.argmin(np.round(seconds, 6)))]
    return float(x), float(y)


def _drawn_off(places: Floats, walls: BaseGeometry, task: Task) -> Floats:
    """Return places on the bank, those at what is not flown over a little off it.

    A proposed place is written down with some digits and given back: it must not then lie in what nobody may fly over.
    """
    bank = task.shape if task.bank is None else task.bank
    clear = bank.difference(shapely.buffer(walls, OFF_WALLS_M))
    near = np.flatnonzero(shapely.distance(shapely.points(places), walls) < OFF_WALLS_M)
    if clear.is_empty or not len(near):
        return places
    drawn = places.copy()
    drawn[near] = shapely.get_coordinates(shapely.shortest_line(shapely.points(places[near]), clear))[1::2]
    return drawn


def _home_region(shape: Shape, task: Task) -> Polygon | MultiPolygon:
    holes = [Polygon(ring) for polygon in shapely.get_parts(shape) for ring in polygon.interiors]
    places = task.refills
    barred = [area for area in (*holes, *task.forbidden) if not any(stands_in(area, place) for place in places)]
    corners = [tuple(point) for point in shapely.get_coordinates(shape.envelope).tolist()]
    return open_air(barred, [*task.refills, *corners])


def _ensure_not_scattered(task: Task) -> None:
    """Refuse parts that no place reaches all of, before anything is laid between them. Raises FieldOutOfRange."""
    west, south, east, north = task.shape.bounds
    apart_m, reach_m = max(east - west, north - south), task.settings.max_radius_m
    if apart_m > 2 * reach_m:
        raise FieldOutOfRange(
            f"the ends of the field are {apart_m:.0f} m apart, and the radio reaches {reach_m:.0f} m",
            far_m=round(apart_m),
            max_radius_m=reach_m,
        )


def _with_a_way(task: Task, places: Sequence[Place]) -> tuple[Place, ...]:
    """Return the places from which the aircraft can fly to the field. Raises FieldOutOfRange where there is none."""
    free = task.shape if task.air is None else task.air

    def has_way(place: Place) -> bool:
        point = shapely.Point(place)
        if free.distance(point) < TOUCH_M:
            return True
        around = _home_region(free, replace(task, refill=place, other_refills=()))
        here = [part for part in shapely.get_parts(around) if part.distance(point) < TOUCH_M]
        return any(part.intersects(free) for part in here)

    found = tuple(place for place in places if has_way(place))
    if not found:
        raise FieldOutOfRange("no refill place lies where the aircraft could fly from it to the field")
    return found


def _in_range(shape: Shape, refills: Sequence[Place], settings: FlightSettings) -> tuple[Place, ...]:
    """Return the places from which the radio reaches the whole field. Raises FieldOutOfRange where there is none."""
    corners = shapely.get_coordinates(shape)
    far_m = [float(np.hypot(*(corners - np.array(refill)).T).max()) for refill in refills]
    found = tuple(refill for refill, far in zip(refills, far_m, strict=True) if far <= settings.max_radius_m)
    if not found:
        raise FieldOutOfRange(
            f"the far end of the field is {min(far_m):.0f} m from the refill place, and the radio reaches"
            f" {settings.max_radius_m:.0f} m",
            far_m=round(min(far_m)),
            max_radius_m=settings.max_radius_m,
        )
    return found
