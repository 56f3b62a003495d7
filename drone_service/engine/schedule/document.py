"""Read a problem and a plan from the JSON form of the command line, and write a plan back to it.

Whatever is not understood is refused with its place in the document: a misspelt key would otherwise drop a rule.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf, isfinite
from typing import Any

import numpy as np

from drone_service.engine.schedule.plan import Plan, Route, Stop
from drone_service.engine.schedule.problem import (
    Break,
    Job,
    Matrix,
    Pin,
    Problem,
    Promise,
    Reload,
    ScheduleInvalid,
    Shift,
    Window,
)  # fmt: skip

PROBLEM_KEYS = (
    *("locations", "travel_s", "travel_km", "km_cost", "wash_s", "shifts", "jobs"),
    *("move_cost", "move_slack_s"),
)
SHIFT_KEYS = (
    *("id", "crew", "start_s", "end_s", "start_location", "end_location"),
    *("start_group", "breaks", "capacity", "reload"),
)
JOB_KEYS = (
    *("id", "location", "service_s", "value", "group", "windows", "pinned", "crews"),
    *("uses", "promised"),
)
# A document may carry a name and remarks of its writer; they mean nothing to the search.
REMARK_KEYS = ("id", "name", "note", "seed", "attribution")


def parse_problem(raw: object) -> Problem:
    """Build a `Problem` from decoded JSON. Raises an `EngineError` with the place and the reason."""
    document = _mapping(raw, "the problem")
    _only_keys(document, (*PROBLEM_KEYS, *REMARK_KEYS), "the problem")
    size = _integer(_required(document, "locations", "the problem"), "locations")
    return Problem(
        travel_s=_matrix(_required(document, "travel_s", "the problem"), size, "travel_s"),
        travel_km=_matrix(_required(document, "travel_km", "the problem"), size, "travel_km"),
        km_cost=_number(document.get("km_cost", 0), "km_cost"),
        wash_s=_wash(document.get("wash_s", {})),
        move_cost=_number(document.get("move_cost", 0), "move_cost"),
        move_slack_s=None if (slack := document.get("move_slack_s")) is None else _number(slack, "move_slack_s"),
        shifts=tuple(_shift(item, f"shifts[{i}]") for i, item in enumerate(_required_list(document, "shifts"))),
        jobs=tuple(_job(item, f"jobs[{i}]") for i, item in enumerate(_required_list(document, "jobs"))),
    )


def parse_plan(raw: object) -> Plan:
    """Build a `Plan` from decoded JSON: the routes to start from; the reasons of jobs left out are not read back."""
    document = _mapping(raw, "the plan")
    routes = tuple(_route(item, f"routes[{i}]") for i, item in enumerate(_list(document.get("routes"), "routes")))
    return Plan(score=_number(document.get("score", 0), "score"), routes=routes, unserved=())


def plan_document(plan: Plan) -> dict[str, Any]:
    """Return the plan as values that `json.dumps` can write."""
    return {
        "score": round(plan.score, 6),
        "routes": [_route_document(route) for route in plan.routes],
        "unserved": [
            {
                "job": left.job,
                "reason": left.reason,
                "cheapest_change": left.cheapest_change,
                "reason_code": left.reason_code,
                "change_code": left.change_code,
            }
            for left in plan.unserved
        ],
    }


def _route_document(route: Route) -> dict[str, Any]:
    found: dict[str, Any] = {"shift": route.shift, "stops": [_stop_document(stop) for stop in route.stops]}
    if route.pauses:
        found["pauses"] = [
            {"kind": pause.kind, "after_stops": pause.after_stops, "start_s": _plain(pause.start_s),
             "end_s": _plain(pause.end_s)}
            for pause in route.pauses
        ]  # fmt: skip
    return found


def _stop_document(stop: Stop) -> dict[str, Any]:
    return {
        "job": stop.job,
        "arrive_s": _plain(stop.arrive_s),
        "start_s": _plain(stop.start_s),
        "end_s": _plain(stop.end_s),
    }


def _plain(seconds: float) -> float | int:
    return int(seconds) if seconds.is_integer() else seconds


def _mapping(raw: object, where: str) -> Mapping[str, Any]:
    if not isinstance(raw, Mapping):
        raise ScheduleInvalid(f"{where} must be an object", where=where)
    return raw


def _list(raw: object, where: str) -> Sequence[Any]:
    if not isinstance(raw, list):
        raise ScheduleInvalid(f"{where} must be a list", where=where)
    return raw


def _required(document: Mapping[str, Any], key: str, where: str) -> Any:
    if key not in document:
        raise ScheduleInvalid(f"{where} has no {key!r}", where=where, key=key)
    return document[key]


def _required_list(document: Mapping[str, Any], key: str) -> Sequence[Any]:
    return _list(_required(document, key, "the problem"), key)


def _only_keys(document: Mapping[str, Any], allowed: Sequence[str], where: str) -> None:
    for key in document:
        if key not in allowed:
            raise ScheduleInvalid(f"{where} has an unknown key {key!r}", where=where, key=key)


def _number(raw: object, where: str) -> float:
    # bool is an int in Python: {"service_s": true} is a mistake and not one second.
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise ScheduleInvalid(f"{where} must be a number", where=where)
    try:
        number = float(raw)
    except OverflowError:
        number = inf
    if not isfinite(number):
        raise ScheduleInvalid(f"{where} must be a finite number", where=where)
    return number


def _integer(raw: object, where: str) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int):
        raise ScheduleInvalid(f"{where} must be a whole number", where=where)
    return raw


def _text(raw: object, where: str) -> str:
    if not isinstance(raw, str) or not raw:
        raise ScheduleInvalid(f"{where} must be a text", where=where)
    return raw


def _matrix(raw: object, size: int, where: str) -> Matrix:
    if isinstance(raw, np.ndarray):
        return raw
    rows = _list(raw, where)
    if len(rows) != size or any(not isinstance(row, list) or len(row) != size for row in rows):
        raise ScheduleInvalid(f"{where} must have {size} rows of {size} numbers", where=where)
    # The usual million plain numbers in one go; the slow way below finds the entry that is wrong.
    if {type(leg) for row in rows for leg in row} <= {int, float}:
        matrix = np.array(rows, dtype=np.float64).reshape(size, size)
        if np.isfinite(matrix).all():
            return matrix
    return np.array(
        [[_leg(leg, f"{where}[{i}][{j}]") for j, leg in enumerate(row)] for i, row in enumerate(rows)],
        dtype=np.float64,
    ).reshape(size, size)


def _leg(raw: object, where: str) -> float:
    # Routing services answer null where there is no road.
    return inf if raw is None else _number(raw, where)


def _wash(raw: object) -> dict[str, dict[str, float]]:
    return {
        before: {
            after: _number(seconds, f"wash_s.{before}.{after}") for after, seconds in _mapping(row, before).items()
        }
        for before, row in _mapping(raw, "wash_s").items()
    }


def _shift(raw: object, where: str) -> Shift:
    item = _mapping(raw, where)
    _only_keys(item, SHIFT_KEYS, where)
    breaks = _list(item.get("breaks", []), f"{where}.breaks")
    group, reload = item.get("start_group"), item.get("reload")
    return Shift(
        id=_text(_required(item, "id", where), f"{where}.id"),
        crew=_text(_required(item, "crew", where), f"{where}.crew"),
        start_s=_number(_required(item, "start_s", where), f"{where}.start_s"),
        end_s=_number(_required(item, "end_s", where), f"{where}.end_s"),
        start_location=_integer(_required(item, "start_location", where), f"{where}.start_location"),
        end_location=_integer(_required(item, "end_location", where), f"{where}.end_location"),
        start_group=None if group is None else _text(group, f"{where}.start_group"),
        breaks=tuple(_break(rest, f"{where}.breaks[{i}]") for i, rest in enumerate(breaks)),
        capacity=_amounts(item.get("capacity", {}), f"{where}.capacity"),
        reload=None if reload is None else _reload(reload, f"{where}.reload"),
    )


def _break(raw: object, where: str) -> Break:
    item = _mapping(raw, where)
    _only_keys(item, ("start_s", "end_s", "duration_s"), where)
    return Break(
        start_s=_number(_required(item, "start_s", where), f"{where}.start_s"),
        end_s=_number(_required(item, "end_s", where), f"{where}.end_s"),
        duration_s=_number(_required(item, "duration_s", where), f"{where}.duration_s"),
    )


def _reload(raw: object, where: str) -> Reload:
    item = _mapping(raw, where)
    _only_keys(item, ("location", "duration_s"), where)
    return Reload(
        location=_integer(_required(item, "location", where), f"{where}.location"),
        duration_s=_number(_required(item, "duration_s", where), f"{where}.duration_s"),
    )


def _amounts(raw: object, where: str) -> dict[str, float]:
    return {name: _number(amount, f"{where}.{name}") for name, amount in _mapping(raw, where).items()}


def _job(raw: object, where: str) -> Job:
    item = _mapping(raw, where)
    _only_keys(item, JOB_KEYS, where)
    windows = _list(_required(item, "windows", where), f"{where}.windows")
    group, crews, pinned, promised = item.get("group"), item.get("crews"), item.get("pinned"), item.get("promised")
    return Job(
        id=_text(_required(item, "id", where), f"{where}.id"),
        location=_integer(_required(item, "location", where), f"{where}.location"),
        service_s=_number(_required(item, "service_s", where), f"{where}.service_s"),
        value=_number(_required(item, "value", where), f"{where}.value"),
        windows=tuple(_window(window, f"{where}.windows[{i}]") for i, window in enumerate(windows)),
        group=None if group is None else _text(group, f"{where}.group"),
        pinned=None if pinned is None else _pin(pinned, f"{where}.pinned"),
        crews=None if crews is None else frozenset(_text(c, f"{where}.crews") for c in _list(crews, f"{where}.crews")),
        uses=_amounts(item.get("uses", {}), f"{where}.uses"),
        promised=None if promised is None else _promise(promised, f"{where}.promised"),
    )


def _window(raw: object, where: str) -> Window:
    item = _mapping(raw, where)
    _only_keys(item, ("start_s", "end_s", "gain"), where)
    return Window(
        start_s=_number(_required(item, "start_s", where), f"{where}.start_s"),
        end_s=_number(_required(item, "end_s", where), f"{where}.end_s"),
        gain=_number(item.get("gain", 1.0), f"{where}.gain"),
    )


def _pin(raw: object, where: str) -> Pin:
    item = _mapping(raw, where)
    _only_keys(item, ("shift", "start_s"), where)
    return Pin(
        shift=_text(_required(item, "shift", where), f"{where}.shift"),
        start_s=_number(_required(item, "start_s", where), f"{where}.start_s"),
    )


def _promise(raw: object, where: str) -> Promise:
    told = _pin(raw, where)
    return Promise(told.shift, told.start_s)


def _route(raw: object, where: str) -> Route:
    item = _mapping(raw, where)
    stops = _list(_required(item, "stops", where), f"{where}.stops")
    return Route(
        shift=_text(_required(item, "shift", where), f"{where}.shift"),
        stops=tuple(_stop(stop, f"{where}.stops[{i}]") for i, stop in enumerate(stops)),
    )


def _stop(raw: object, where: str) -> Stop:
    item = _mapping(raw, where)
    start_s = _number(_required(item, "start_s", where), f"{where}.start_s")
    return Stop(
        job=_text(_required(item, "job", where), f"{where}.job"),
        arrive_s=_number(item.get("arrive_s", start_s), f"{where}.arrive_s"),
        start_s=start_s,
        end_s=_number(item.get("end_s", start_s), f"{where}.end_s"),
    )
