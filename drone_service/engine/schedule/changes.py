"""Compiled look-ups for the jobs left out: what would have to give way for each of them to fit."""

from __future__ import annotations

import math

import numpy as np

from drone_service.engine.compiled import compiled_apart, compiled_entry, compiled_lean
from drone_service.engine.schedule.ground import (
    ARRIVAL,
    CHANGED,
    DONE,
    GROUP,
    JOB,
    LATEST,
    LEG_KM,
    LEG_S,
    PERIOD,
    PLACE,
    PLAIN,
    REFILL,
    REST,
    SLACK_S,
)  # fmt: skip
from drone_service.engine.schedule.routes import carries, drop, onward, price, row_times, touch
from drone_service.engine.schedule.ruin import undo


@compiled_lean
def _fits_alone(ground, job, shift):  # type: ignore[no-untyped-def]
    """Tell whether an otherwise empty shift could hold the job in one of its periods."""
    here, service = ground.place[job], ground.service_s[job]
    reached = ground.shift_from[shift] + ground.in_s[here, ground.shift_start[shift]]
    home = ground.out_s[here, ground.shift_end[shift]]
    low = ground.first_window[job, shift]
    for period in range(low, low + ground.windows[job, shift]):
        start = max(reached, ground.window_from[period])
        if start <= ground.window_to[period] + SLACK_S and start + service + home <= ground.shift_to[shift] + SLACK_S:
            return True
    return False


@compiled_apart
def _has_room(ground, tours, job, shift):  # type: ignore[no-untyped-def]
    """Tell whether the tour takes the job if its customer agrees to any time."""
    first = ground.room[shift]
    here, own, service = ground.place[job], ground.group[job], ground.service_s[job]
    stop, time_s = tours.stop, tours.time_s
    for row in range(first, first + tours.length[shift] + 1):
        into = ground.in_s[here, stop[row, PLACE]] + ground.wash_s[stop[row, GROUP], own]
        next_s, next_row = onward(ground, tours, row + 1, here, own, time_s[row, DONE] + into + service)
        if next_s <= time_s[next_row, LATEST] + SLACK_S and carries(ground, tours, job, shift, row, np.int64(PLAIN)):
            return True
    return False


@compiled_apart
def _overrun_s(ground, tours, job, shift):  # type: ignore[no-untyped-def]
    """Return how long after the end of the shift the crew is back if the job goes in where that is least."""
    first = ground.room[shift]
    last = first + tours.length[shift] + 1
    here, own, service = ground.place[job], ground.group[job], ground.service_s[job]
    stop, time_s = tours.stop, tours.time_s
    best = math.inf
    for period in range(ground.window_at[job], ground.window_at[job + 1]):
        for row in range(first, last):
            start = time_s[row, DONE] + ground.in_s[here, stop[row, PLACE]] + ground.wash_s[stop[row, GROUP], own]
            start = max(start, ground.window_from[period])
            if start <= ground.window_to[period] + SLACK_S and carries(ground, tours, job, shift, row, np.int64(PLAIN)):
                back = _back_s(ground, tours, shift, row + 1, start + service, here, own)
                best = min(best, max(back - ground.shift_to[shift], 0.0))
    return best


@compiled_apart
def _back_s(ground, tours, shift, row, free, place, group):  # type: ignore[no-untyped-def]
    """Return when the crew is back if it leaves a place at `free` and goes on with `row`, however late."""
    stop = tours.stop
    last = ground.room[shift] + tours.length[shift] + 1
    for later in range(row, last):
        job, period = stop[later, JOB], stop[later, PERIOD]
        soonest, latest, length = row_times(ground, tours, shift, later)
        if job >= 0:
            # The latest start of a stop is cut by the end of the shift, which is what would move here.
            latest = ground.window_to[period]
            free += ground.wash_s[group, stop[later, GROUP]]
            group = stop[later, GROUP]
        if job != REST:
            free += ground.out_s[place, stop[later, PLACE]]
            place = stop[later, PLACE]
        if job != REFILL and free > latest + SLACK_S:
            return math.inf
        free = max(free, soonest) + length
    return free + ground.out_s[place, ground.shift_end[shift]]


@compiled_entry
def look(ground, tours, jobs, may, in_time, alone, gain, overrun, longer, opened):  # type: ignore[no-untyped-def]
    """For each of `jobs` note whether a shift alone would hold it, what it would add where it fits, the shift that is
    too short for it by least, and the first shift with room at another time. `may[number, shift]` tells where its crews
    are; `in_time` lists the shifts by their begin.
    """
    for number in range(len(jobs)):
        job = np.int64(jobs[number])
        alone[number], gain[number], overrun[number], longer[number] = False, -math.inf, math.inf, -1
        opened[number] = -1
        any_window = ground.allowed_at[job + 1] > ground.allowed_at[job]
        for place in range(len(in_time)):
            shift = np.int64(in_time[place])
            if not may[number, shift]:
                continue
            if opened[number] < 0 and _has_room(ground, tours, job, shift):
                opened[number] = shift
            if ground.windows[job, shift] > 0:
                alone[number] = alone[number] or _fits_alone(ground, job, shift)
                price(ground, tours, job, shift, 0.0, -math.inf)
                gain[number] = max(gain[number], tours.found_gain[0])
            elif any_window:
                continue
            late = _overrun_s(ground, tours, job, shift)
            if late < overrun[number]:
                overrun[number], longer[number] = late, shift


@compiled_entry
def exchanges(ground, tours, jobs, may, loss, other, where):  # type: ignore[no-untyped-def]
    """For each of `jobs` note the planned job whose place it could take with the least loss of score."""
    for number in range(len(jobs)):
        loss[number], other[number], where[number] = math.inf, -1, -1
    for shift in range(len(ground.shift_from)):
        worth = tours.worth[shift]
        first = ground.room[shift]
        for spot in range(tours.length[shift]):
            old = tours.stop[first + 1 + spot, JOB]
            if old < 0 or ground.pinned[old]:
                continue
            tours.tally[CHANGED] = 0
            touch(ground, tours, shift)
            if drop(ground, tours, shift, spot):
                for number in range(len(jobs)):
                    if not may[number, shift] or ground.windows[jobs[number], shift] == 0:
                        continue
                    price(ground, tours, np.int64(jobs[number]), shift, 0.0, -math.inf)
                    lost = worth - tours.worth[shift] - tours.found_gain[0]
                    if lost < loss[number]:
                        loss[number], other[number], where[number] = lost, old, shift
            undo(ground, tours)


@compiled_entry
def slots(ground, tours, job, free, taken):  # type: ignore[no-untyped-def]
    """Note, shift by shift, the best gap for a job as things are, and the one it gets if one other job gives way.

    A row is the change of the score, stops before the gap, soonest start, latest start, added seconds, added
    kilometres and, in `taken`, one more than the job that gives way. -inf in front: there is none.
    """
    for shift in range(len(ground.shift_from)):
        free[shift, 0], taken[shift, 0] = -math.inf, -math.inf
        if ground.windows[job, shift] == 0:
            continue
        price(ground, tours, job, shift, 0.0, -math.inf)
        if tours.found[0] >= 0:
            _describe(ground, tours, job, shift, tours.found_gain[0], free)
        worth = tours.worth[shift]
        for spot in range(tours.length[shift]):
            old = tours.stop[ground.room[shift] + 1 + spot, JOB]
            if old < 0 or ground.pinned[old]:
                continue
            tours.tally[CHANGED] = 0
            touch(ground, tours, shift)
            if drop(ground, tours, shift, spot):
                price(ground, tours, job, shift, 0.0, -math.inf)
                change = tours.worth[shift] + tours.found_gain[0] - worth
                if change > taken[shift, 0]:
                    _describe(ground, tours, job, shift, change, taken)
                    taken[shift, 6] = old + 1
            undo(ground, tours)


@compiled_apart
def _describe(ground, tours, job, shift, change, found):  # type: ignore[no-untyped-def]
    """Write down the gap priced last."""
    stop, row, period = tours.stop, ground.room[shift] + tours.found[0], tours.found[1]
    here, own, service = ground.place[job], ground.group[job], ground.service_s[job]
    into = ground.in_s[here, stop[row, PLACE]] + ground.wash_s[stop[row, GROUP], own]
    soonest = max(tours.time_s[row, DONE] + into, ground.window_from[period], ground.shift_from[shift])
    next_s, next_row = onward(ground, tours, row + 1, here, own, soonest + service)
    latest = min(ground.window_to[period], soonest + max(tours.time_s[next_row, LATEST] - next_s, 0.0))
    after = row + 1
    direct_s, rests_s = 0.0, 0.0
    while stop[after, JOB] == REST:
        after += 1
    for between in range(row + 1, next_row + 1):
        direct_s += tours.time_s[between, LEG_S]
    for between in range(row + 1, next_row):
        rests_s += tours.time_s[between, DONE] - tours.time_s[between, ARRIVAL]
    found[shift, 0], found[shift, 1] = change, tours.found[0]
    found[shift, 2], found[shift, 3] = min(soonest, latest), latest
    found[shift, 4] = into + max(next_s - soonest - service - rests_s, 0.0) - direct_s
    km = ground.km[stop[row, PLACE], here] + ground.km[here, stop[after, PLACE]]
    found[shift, 5] = km - tours.time_s[after, LEG_KM]
