"""Random scheduling problems for the tests, impossible windows, empty shifts and lonely jobs included."""

from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import strategies as st

from drone_service.engine.errors import EngineError
from drone_service.engine.schedule.problem import Break, Job, Pin, Problem, Promise, Reload, Shift, Window

GROUPS = ("herbicide", "fungicide", None)


def small_problem(**changes: Any) -> Problem:
    """Return one crew, two places 600 s and 5 km from base and 300 s and 2 km from each other, one long shift."""
    parts: dict[str, Any] = {
        "travel_s": np.array([[0, 600, 600], [600, 0, 300], [600, 300, 0]], dtype=float),
        "travel_km": np.array([[0, 5, 5], [5, 0, 2], [5, 2, 0]], dtype=float),
        "km_cost": 1.0,
        "wash_s": {"herbicide": {"fungicide": 1200.0}},
        "shifts": (Shift("am", "c0", 0, 7200, 0, 0),),
        "jobs": (job("a", 1), job("b", 2)),
    }
    return Problem(**(parts | changes))


def job(name: str, location: int, **changes: Any) -> Job:
    """Return a job of half an hour worth 100 at any time of the day."""
    parts: dict[str, Any] = {"service_s": 1800.0, "value": 100.0, "windows": (Window(0, 86400),)}
    return Job(name, location, **(parts | changes))


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    """Draw a problem of up to 12 jobs, 3 crews and 4 shifts each, with pins where they are possible."""
    places = draw(st.integers(1, 6))
    legs = st.integers(0, 2400)
    travel_s = np.array([[draw(legs) if a != b else 0 for b in range(places)] for a in range(places)], dtype=float)
    no_road = draw(st.booleans()) and places > 1
    if no_road:
        travel_s[0, places - 1] = np.inf
    shifts = [_shift(draw, crew, day, places) for crew in range(draw(st.integers(0, 3))) for day in range(2)]
    jobs = [_job(draw, number, places) for number in range(draw(st.integers(0, 12)))]
    shifts = [_equipped(draw, shift, places) for shift in shifts]
    jobs = [_demanding(draw, job, shifts) for job in jobs]
    problem = Problem(
        travel_s=travel_s,
        travel_km=travel_s / 120.0,
        km_cost=draw(st.sampled_from([0.0, 0.5, 3.0])),
        wash_s={"herbicide": {"fungicide": 1200.0}, "fungicide": {"herbicide": 600.0}},
        shifts=tuple(shifts),
        jobs=tuple(jobs),
        move_cost=draw(st.sampled_from([0.0, 0.03, 1.5])),
        move_slack_s=draw(st.sampled_from([None, 0.0, 1800.0])),
    )
    return _with_pins(draw, problem)


def _shift(draw: st.DrawFn, crew: int, day: int, places: int) -> Shift:
    start = day * 86400 + draw(st.integers(0, 20000))
    length = draw(st.sampled_from([0, 3600, 14400, 18000]))
    place = st.integers(0, places - 1)
    return Shift(f"c{crew}-d{day}", f"c{crew}", start, start + length, draw(place), draw(place))


def _equipped(draw: st.DrawFn, shift: Shift, places: int) -> Shift:
    """Give some shifts a break or two, a product in the tank, a small truck and a place to reload."""
    long_enough = shift.end_s - shift.start_s >= 14400
    breaks = [
        Break(shift.start_s + 3600 * begin, shift.start_s + 3600 * begin + length + slack, length)
        for begin in draw(st.lists(st.integers(0, 2), max_size=2, unique=True))
        for length, slack in [(draw(st.sampled_from([0, 1200])), draw(st.sampled_from([0, 1800])))]
    ]
    limited = draw(st.booleans())
    return replace(
        shift,
        start_group=draw(st.sampled_from([None, "herbicide", "insecticide"])),
        breaks=tuple(breaks) if long_enough and draw(st.booleans()) else (),
        capacity={"water": draw(st.sampled_from([0.0, 20.0, 50.0])), "fuel": 100.0} if limited else {},
        reload=Reload(draw(st.integers(0, places - 1)), draw(st.sampled_from([0, 600])))
        if draw(st.booleans())
        else None,
    )


def _demanding(draw: st.DrawFn, job: Job, shifts: list[Shift]) -> Job:
    uses = {"water": draw(st.sampled_from([0.0, 10.0, 20.0])), "fuel": draw(st.sampled_from([0.0, 50.0]))}
    promised = None
    if shifts and draw(st.booleans()):
        shift = draw(st.sampled_from([*shifts, replace(shifts[0], id="gone")]))
        promised = Promise(shift.id, shift.start_s + draw(st.integers(0, 9000)))
    return replace(job, uses=uses if draw(st.booleans()) else {}, promised=promised)


def _job(draw: st.DrawFn, number: int, places: int) -> Job:
    windows = tuple(
        Window(start, start + draw(st.sampled_from([0, 1800, 40000, 200000])), draw(st.sampled_from([0.0, 0.85, 1.0])))
        for start in draw(st.lists(st.integers(0, 120000), max_size=3))
    )
    return Job(
        id=f"j{number}",
        location=draw(st.integers(0, places - 1)),
        service_s=draw(st.integers(0, 5400)),
        value=draw(st.integers(0, 300)),
        windows=windows,
        group=draw(st.sampled_from(GROUPS)),
        crews=draw(st.sampled_from([None, None, frozenset({"c0"}), frozenset({"c9"}), frozenset()])),
    )


def _with_pins(draw: st.DrawFn, problem: Problem) -> Problem:
    """Pin some jobs; a pin that is impossible is refused by the problem itself and dropped again."""
    for number, old in enumerate(problem.jobs[:3]):
        if not problem.shifts or not draw(st.booleans()):
            continue
        shift = draw(st.sampled_from(problem.shifts))
        pin = Pin(shift.id, shift.start_s + draw(st.integers(0, 9000)))
        pinned = replace(old, pinned=pin)
        jobs = (*problem.jobs[:number], pinned, *problem.jobs[number + 1 :])
        try:
            problem = replace(problem, jobs=jobs)
        except EngineError:
            continue
    return problem
