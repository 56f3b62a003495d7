"""A problem laid out as plain arrays for the compiled search: numbers instead of names, nothing of n jobs by n jobs.

A `Ground` never changes while the search runs; a `Tours` is what it changes. Both are tuples of arrays, because that is
what compiled functions take.
"""

from __future__ import annotations

from math import inf
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from drone_service.engine.schedule.problem import Job, Problem, Shift

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]

NEIGHBOURS = 60
"""Jobs looked at round the centre of a ruin."""
NEIGHBOUR_BLOCK = 512
"""Rows of the distance table held at once: five thousand jobs need 20 MB and not 200."""
OTHER_GROUP_SHARE = 0.25
"""How much of the wash-out between two jobs counts when neighbours are chosen."""
SLACK_S = 1e-6
"""Rounding of a chain of additions, not a permission to be late: the checker's slack is a thousand times wider."""


class Ground(NamedTuple):
    """What stays the same. `out_s[a, b]` and `in_s[b, a]` are both the drive from a to b, so that all drives of one
    place lie in one row; `km[a, b]` and `in_km[b, a]` likewise.
    """

    out_s: Floats
    in_s: Floats
    km: Floats
    in_km: Floats
    km_cost: float
    wash_s: Floats
    place: Ints
    group: Ints
    service_s: Floats
    value: Floats
    pinned: NDArray[np.bool_]
    window_from: Floats
    """Soonest start in a period of a job; the periods of all jobs stand behind one another, each job's in order."""
    window_to: Floats
    """Latest start in the period."""
    window_value: Floats
    window_shift: Ints
    """The only shift for which the period counts, or -1."""
    window_at: Ints
    """Periods of job j are those from `window_at[j]` to `window_at[j + 1]`."""
    first_window: Ints
    """First period of each job for each shift, shape (jobs, shifts)."""
    windows: NDArray[np.int16]
    """Number of periods from there on that may lie in the shift."""
    allowed: Ints
    """Shifts that could hold a job at all, job after job; those of j from `allowed_at[j]` to `allowed_at[j + 1]`."""
    allowed_at: Ints
    shift_from: Floats
    shift_to: Floats
    shift_start: Ints
    shift_end: Ints
    shift_group: Ints
    break_from: Floats
    """Soonest begin of each break, all shifts' breaks behind one another."""
    break_to: Floats
    break_s: Floats
    reload_place: Ints
    """Where a shift can reload, or -1."""
    reload_s: Floats
    uses: Floats
    """What each job takes of each thing that some shift carries only so much of, shape (jobs, things)."""
    capacity: Floats
    limited: NDArray[np.bool_]
    twin: Ints
    """An earlier shift that is worth the same to every job while both are empty, or -1: one of the two is tried."""
    room: NDArray[np.int64]
    """Where the stops of each shift begin in the arrays of `Tours`."""
    near: Ints


class Tours(NamedTuple):
    """What the search changes. The stops of shift s are rows `room[s] + 1` onwards, between its start and its end."""

    stop: Ints
    """job, period, place, group; one row a stop. Instead of a job: a break, a reload, an end of the tour."""
    time_s: Floats
    """Soonest end of the work, latest start, soonest arrival, seconds and kilometres of the leg that leads here."""
    load: Floats
    """What is used between the reloads round the gap behind a stop, shape (rows, things)."""
    used: Floats
    """What is used since the last reload when a stop is done."""
    length: Ints
    worth: Floats
    spare_s: Floats
    """The longest service that any gap of the shift could still take."""
    stamp: Ints
    """Changes with every change of the shift's stops; a price that carries it is still good."""
    shift_of: Ints
    """Where each job is, -1 for nowhere."""
    absent: Ints
    absent_at: Ints
    best_stop: Ints
    best_length: Ints
    old_stop: Ints
    old_time_s: Floats
    old_length: Ints
    old_worth: Floats
    old_spare_s: Floats
    old_stamp: Ints
    is_dirty: NDArray[np.bool_]
    changed: Ints
    dirty: Ints
    priced: Ints
    """The stamp under which the rank of a job in a shift was found, shape (jobs, shifts)."""
    rank: NDArray[np.float32]
    found: Ints
    """Gap and period of the price found last, and whether it takes a reload before or after the job."""
    found_gain: Floats
    """What it adds to the score."""
    removed: Ints
    key: Floats
    tally: NDArray[np.int64]
    """Counters: absent jobs, changed shifts, dirty shifts, stamps given out, removed jobs, rounds."""
    score: Floats
    """Present score, best score."""
    chance: NDArray[np.uint64]
    """State of the random numbers, kept between calls."""


ABSENT, CHANGED, DIRTY, STAMPS, REMOVED, ROUNDS = range(6)
PRESENT, BEST = range(2)
JOB, PERIOD, PLACE, GROUP = range(4)
DONE, LATEST, ARRIVAL, LEG_S, LEG_KM = range(5)
END, REST, REFILL = -1, -2, -3
"""What stands in a row of stops instead of a job."""
PLAIN, REFILL_BEFORE, REFILL_AFTER = range(3)


def lay_out(problem: Problem) -> Ground:
    """Return the problem as arrays."""
    jobs, shifts = problem.jobs, problem.shifts
    tanks = {shift.start_group for shift in shifts if shift.start_group is not None}
    names = sorted({job.group for job in jobs if job.group is not None} | tanks)
    numbers = {name: position for position, name in enumerate([None, *names])}
    service_s = np.array([job.service_s for job in jobs], dtype=np.float64)
    periods = [_periods(problem, job) for job in jobs]
    flat = [period for own in periods for period in own]
    at = np.cumsum([0, *(len(own) for own in periods)])
    first, count = _meetings(problem, periods, at)
    allowed = [np.flatnonzero(row) for row in count]
    place = np.array([job.location for job in jobs], dtype=np.int32)
    group = np.array([numbers[job.group] for job in jobs], dtype=np.int32)
    wash_s = np.array(
        [[problem.wash_between_s(a, b) for b in [None, *names]] for a in [None, *names]], dtype=np.float64
    )
    rests = [rest for shift in shifts for rest in shift.breaks]
    things = sorted({name for shift in shifts for name in shift.capacity})
    capacity = _table([[shift.capacity.get(t, inf) for t in things] for shift in shifts], things) * (1 + 1e-12)
    return Ground(
        out_s=_plain(problem.travel_s),
        in_s=_turned(problem.travel_s),
        km=_plain(problem.travel_km),
        in_km=_turned(problem.travel_km),
        km_cost=float(problem.km_cost),
        wash_s=wash_s,
        place=place,
        group=group,
        service_s=service_s,
        value=np.array([job.value for job in jobs], dtype=np.float64),
        pinned=np.array([job.pinned is not None for job in jobs], dtype=np.bool_),
        window_from=np.array([period[0] for period in flat], dtype=np.float64),
        window_to=np.array([period[1] for period in flat], dtype=np.float64),
        window_value=np.array([period[2] for period in flat], dtype=np.float64),
        window_shift=np.array([period[3] for period in flat], dtype=np.int32),
        window_at=at.astype(np.int32),
        first_window=first,
        windows=count,
        allowed=np.concatenate([*allowed, np.zeros(0, dtype=np.int64)]).astype(np.int32),
        allowed_at=np.cumsum([0, *(len(row) for row in allowed)]).astype(np.int32),
        shift_from=np.array([shift.start_s for shift in shifts], dtype=np.float64),
        shift_to=np.array([shift.end_s for shift in shifts], dtype=np.float64),
        shift_start=np.array([shift.start_location for shift in shifts], dtype=np.int32),
        shift_end=np.array([shift.end_location for shift in shifts], dtype=np.int32),
        shift_group=np.array([numbers[shift.start_group] for shift in shifts], dtype=np.int32),
        break_from=np.array([rest.start_s for rest in rests], dtype=np.float64),
        break_to=np.array([rest.end_s - rest.duration_s for rest in rests], dtype=np.float64),
        break_s=np.array([rest.duration_s for rest in rests], dtype=np.float64),
        reload_place=np.array([-1 if s.reload is None else s.reload.location for s in shifts], dtype=np.int32),
        reload_s=np.array([0.0 if s.reload is None else s.reload.duration_s for s in shifts], dtype=np.float64),
        uses=_table([[job.uses.get(t, 0.0) for t in things] for job in jobs], things),
        capacity=capacity,
        limited=np.asarray((capacity < inf).any(axis=1)),
        twin=_twins(shifts, {period[3] for period in flat}, first, count),
        room=_rooms(shifts, count, service_s),
        near=_neighbours(problem, place, group, wash_s),
    )


def _table(rows: list[list[float]], things: list[str]) -> Floats:
    """Return rows as an array that has a column for each thing even where there is no row or no thing."""
    return np.array(rows, dtype=np.float64).reshape(len(rows), len(things))


def _turned(matrix: Floats) -> Floats:
    # Distances as the crow flies are the same both ways: the 200 MB of five thousand places are not needed twice.
    return _plain(matrix if np.array_equal(matrix, matrix.T) else matrix.T)


def _plain(matrix: Floats) -> Floats:
    """Return the matrix row by row and writable, whatever it was cut from: another form would be compiled anew."""
    return np.require(matrix, dtype=np.float64, requirements=["C", "W"])


def _periods(problem: Problem, job: Job) -> list[tuple[float, float, float, int]]:
    """Return (soonest start, latest start, value, only shift) of a job's windows that could hold it, in order."""
    if job.pinned is not None:
        gain = problem.gain_at(job, job.pinned.start_s) or 0.0
        start_s = job.pinned.start_s
        return [(start_s, start_s, job.value * gain, problem.shift_index[job.pinned.shift])]
    found = [
        (window.start_s, window.end_s - job.service_s, job.value * window.gain, -1)
        for window in job.windows
        if window.end_s - job.service_s >= window.start_s
    ]
    found += _promised(problem, job, found)
    # A window inside another that is worth as much only costs time.
    useful = [
        one for number, one in enumerate(found)
        if not any(_covers(other, one) and (other != one or place < number) for place, other in enumerate(found)
                   if place != number)
    ]  # fmt: skip
    return sorted(useful)


def _promised(
    problem: Problem, job: Job, found: list[tuple[float, float, float, int]]
) -> list[tuple[float, float, float, int]]:
    """Return the periods again in which a promise is kept, worth more by what breaking it costs, in its shift only."""
    told = job.promised
    if told is None or not problem.move_cost or told.shift not in problem.shift_index:
        return []
    slack_s = inf if problem.move_slack_s is None else problem.move_slack_s
    cut = [(max(a, told.start_s - slack_s), min(b, told.start_s + slack_s), value) for a, b, value, _ in found]
    shift, more = problem.shift_index[told.shift], job.value * problem.move_cost
    return [(a, b, value + more, shift) for a, b, value in cut if a <= b]


def _covers(outer: tuple[float, float, float, int], inner: tuple[float, float, float, int]) -> bool:
    same = outer[3] in (-1, inner[3])
    return same and outer[0] <= inner[0] and outer[1] >= inner[1] and outer[2] >= inner[2]


def _meetings(
    problem: Problem, periods: list[list[tuple[float, float, float, int]]], at: NDArray[np.int64]
) -> tuple[Ints, NDArray[np.int16]]:
    """Return, for each job and shift, the first period that meets the shift and how many there are from there on."""
    jobs, shifts = problem.jobs, problem.shifts
    first = np.zeros((len(jobs), len(shifts)), dtype=np.int32)
    count = np.zeros((len(jobs), len(shifts)), dtype=np.int16)
    begin = np.array([shift.start_s for shift in shifts])
    end = np.array([shift.end_s for shift in shifts])
    crews = np.array([shift.crew for shift in shifts], dtype=object)
    for number, job in enumerate(jobs):
        if not periods[number] or not shifts:
            continue
        table = np.array(periods[number])
        soonest = np.maximum(table[:, :1], begin)
        meets = soonest <= np.minimum(table[:, 1:2], end - job.service_s)
        meets &= (table[:, 3:] < 0) | (table[:, 3:] == np.arange(len(shifts)))
        if job.crews is not None:
            meets &= np.isin(crews, list(job.crews))
        any_at = meets.any(axis=0)
        low = meets.argmax(axis=0)
        high = len(table) - meets[::-1].argmax(axis=0)
        first[number] = at[number] + low
        count[number] = np.where(any_at, high - low, 0)
    return first, count


def _twins(shifts: tuple[Shift, ...], named: set[int], first: Ints, count: NDArray[np.int16]) -> Ints:
    """Return for each shift the one before that differs in id and crew only; a shift that a promise names has none."""
    twin = np.full(len(shifts), -1, dtype=np.int32)
    last: dict[tuple[object, ...], int] = {}
    for number, shift in enumerate(shifts):
        if number in named:
            continue
        same = (shift.start_s, shift.end_s, shift.start_location, shift.end_location, shift.start_group,
                frozenset(shift.capacity.items()), shift.reload)  # fmt: skip
        other = last.get(same, -1)
        alike = other >= 0 and all(np.array_equal(of[:, other], of[:, number]) for of in (first, count))
        twin[number] = other if alike else -1
        last[same] = number
    return twin


def _rooms(shifts: tuple[Shift, ...], count: NDArray[np.int16], service_s: Floats) -> NDArray[np.int64]:
    """Return where the stops of each shift begin: each gets as many rows as jobs can be done in it at most."""
    sizes = []
    for number, shift in enumerate(shifts):
        own = np.sort(service_s[count[:, number] > 0])
        most = int(np.searchsorted(np.cumsum(own), shift.end_s - shift.start_s + 1.0, side="right"))
        sizes.append(most * (1 if shift.reload is None else 2) + len(shift.breaks) + 4)
    return np.cumsum([0, *sizes])


def _neighbours(problem: Problem, place: Ints, group: Ints, wash_s: Floats) -> Ints:
    """Return for each job the jobs that are soonest done after or before it, itself first."""
    jobs = len(place)
    keep = min(NEIGHBOURS, jobs)
    near = np.zeros((jobs, keep), dtype=np.int32)
    for begin in range(0, jobs, NEIGHBOUR_BLOCK):
        rows = np.arange(begin, min(begin + NEIGHBOUR_BLOCK, jobs))
        here = place[rows]
        away = np.minimum(problem.travel_s[np.ix_(here, place)], problem.travel_s[np.ix_(place, here)].T)
        washing = np.minimum(wash_s[np.ix_(group[rows], group)], wash_s[np.ix_(group, group[rows])].T)
        away = away + OTHER_GROUP_SHARE * washing
        away[np.arange(len(rows)), rows] = -1.0
        nearest = np.argpartition(away, keep - 1, axis=1)[:, :keep]
        order = np.argsort(np.take_along_axis(away, nearest, axis=1), axis=1, kind="stable")
        near[rows] = np.take_along_axis(nearest, order, axis=1)
    return near


def empty_tours(ground: Ground, seed: int) -> Tours:
    """Return tours without a stop, ready for the compiled functions to begin."""
    jobs, shifts, rows = len(ground.place), len(ground.shift_from), int(ground.room[-1])
    cells = (jobs, shifts)
    return Tours(
        stop=np.full((rows, 4), -1, dtype=np.int32),
        time_s=np.zeros((rows, 5)),
        load=np.zeros((rows, ground.uses.shape[1])),
        used=np.zeros((rows, ground.uses.shape[1])),
        length=np.zeros(shifts, dtype=np.int32),
        worth=np.zeros(shifts),
        spare_s=np.full(shifts, inf),
        stamp=np.zeros(shifts, dtype=np.int32),
        shift_of=np.full(jobs, -1, dtype=np.int32),
        absent=np.arange(jobs, dtype=np.int32),
        absent_at=np.arange(jobs, dtype=np.int32),
        best_stop=np.full((rows, 2), -1, dtype=np.int32),
        best_length=np.zeros(shifts, dtype=np.int32),
        old_stop=np.full((rows, 4), -1, dtype=np.int32),
        old_time_s=np.zeros((rows, 5)),
        old_length=np.full(shifts, -1, dtype=np.int32),
        old_worth=np.zeros(shifts),
        old_spare_s=np.zeros(shifts),
        old_stamp=np.zeros(shifts, dtype=np.int32),
        is_dirty=np.zeros(shifts, dtype=np.bool_),
        changed=np.zeros(shifts, dtype=np.int32),
        dirty=np.zeros(shifts, dtype=np.int32),
        priced=np.full(cells, -1, dtype=np.int32),
        rank=np.zeros(cells, dtype=np.float32),
        found=np.zeros(3, dtype=np.int32),
        found_gain=np.zeros(1),
        removed=np.zeros(jobs + 1, dtype=np.int32),
        key=np.zeros(jobs + 1),
        tally=np.array([jobs, 0, 0, 0, 0, 0], dtype=np.int64),
        score=np.zeros(2),
        chance=np.array([seed & 0xFFFFFFFFFFFFFFFF], dtype=np.uint64),
    )
