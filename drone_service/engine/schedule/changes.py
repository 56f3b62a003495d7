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
    REFILL_AFTER,
    REFILL_BEFORE,
    REST,
    SLACK_S,
)  # fmt: skip
from drone_service.engine.schedule.routes import carries, drop, onward, price, row_times, touch
from drone_service.engine.schedule.ruin import undo

NOBODY = -1


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
def _way_gain(ground, tours, row, here):  # type: ignore[no-untyped-def]
    """Return what the way to a place behind a row adds to the score, never above zero: a reload there is passed on."""
    if ground.km_cost <= 0.0:
        return 0.0
    stop, after = tours.stop, row + 1
    while stop[after, JOB] == REST:
        after += 1
    km = ground.km[stop[row, PLACE], here] + ground.km[here, stop[after, PLACE]] - tours.time_s[after, LEG_KM]
    return -ground.km_cost * km


@compiled_apart
def _room_gain(ground, tours, job, shift):  # type: ignore[no-untyped-def]
    """Return what the job adds to the score if its customer agrees to any time of the shift; -inf without room."""
    first = ground.room[shift]
    here, own, service = ground.place[job], ground.group[job], ground.service_s[job]
    stop, time_s = tours.stop, tours.time_s
    best = -math.inf
    for row in range(first, first + tours.length[shift] + 1):
        into = ground.in_s[here, stop[row, PLACE]] + ground.wash_s[stop[row, GROUP], own]
        begin = time_s[row, DONE] + into
        if begin + service > ground.shift_to[shift] + SLACK_S:
            continue
        next_s, next_row = onward(ground, tours, row + 1, here, own, begin + service)
        if next_s <= time_s[next_row, LATEST] + SLACK_S and carries(ground, tours, job, shift, row, np.int64(PLAIN)):
            best = max(best, ground.value[job] + _way_gain(ground, tours, row, here))
    return best


@compiled_apart
def _lacking(ground, tours, job, shift, row):  # type: ignore[no-untyped-def]
    """Return the one thing of which the crew carries too little for a job behind a row, and how much it lacks.

    The thing is -1 where nothing is lacking, -2 where several things are.
    """
    lacking, amount = -1, 0.0
    if ground.limited[shift]:
        for thing in range(ground.uses.shape[1]):
            more = tours.load[row, thing] + ground.uses[job, thing] - ground.capacity[shift, thing]
            if more > 0.0:
                lacking, amount = (thing, more) if lacking == -1 else (-2, math.inf)
    return lacking, amount


@compiled_apart
def _longer(ground, tours, job, shift, limit, most):  # type: ignore[no-untyped-def]
    """Note in `most` what would let the job in, at a time of its windows and for more than the way there costs.

    In front the seconds that the shift would have to be longer by, with what the crew carries and no later than
    `limit`; then the amount of one thing that the crew would have to carry more of, with the shift as it is, and which.
    """
    first = ground.room[shift]
    last = first + tours.length[shift] + 1
    here, own, service = ground.place[job], ground.group[job], ground.service_s[job]
    stop, time_s = tours.stop, tours.time_s
    most[0], most[1], most[2] = math.inf, math.inf, -1.0
    for period in range(ground.window_at[job], ground.window_at[job + 1]):
        if ground.window_shift[period] >= 0 and ground.window_shift[period] != shift:
            continue
        for row in range(first, last):
            start = time_s[row, DONE] + ground.in_s[here, stop[row, PLACE]] + ground.wash_s[stop[row, GROUP], own]
            start = max(start, ground.window_from[period])
            if start > ground.window_to[period] + SLACK_S:
                continue
            if ground.window_value[period] + _way_gain(ground, tours, row, here) <= 0.0:
                continue
            thing, amount = _lacking(ground, tours, job, shift, row)
            back = _back_s(ground, tours, shift, row + 1, start + service, here, own)
            late = max(back - ground.shift_to[shift], 0.0)
            if thing == -1:
                if late < most[0] and ground.shift_to[shift] + max(math.ceil(late / 60.0), 1) * 60.0 <= limit:
                    most[0] = late
            elif thing >= 0 and late <= SLACK_S and amount < most[1]:
                most[1], most[2] = amount, thing


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
def look(ground, tours, jobs, may, in_time, limits, alone, best, found, most):  # type: ignore[no-untyped-def]
    """For each of `jobs` note whether a shift alone would hold it, and what would have to change.

    A row of `best` is what the job would add where it fits, the seconds by which a shift is too short for it and the
    amount of one thing that is lacking; a row of `found` the period of the first, the shift of the second, shift and
    thing of the third, the first shift with room at another time and the first of a crew that may not do it. -1 is
    none. `may[number, shift]` tells where its crews are; `in_time` lists the shifts by their begin; `limits` is until
    when each could last, `most` three numbers to work with.
    """
    for number in range(len(jobs)):
        job = np.int64(jobs[number])
        alone[number] = False
        best[number, 0], best[number, 1], best[number, 2] = -math.inf, math.inf, math.inf
        for column in range(found.shape[1]):
            found[number, column] = -1
        any_window = ground.allowed_at[job + 1] > ground.allowed_at[job]
        nobody = not may[number].any()
        for place in range(len(in_time)):
            shift = np.int64(in_time[place])
            if not may[number, shift]:
                if nobody and found[number, 5] < 0:
                    _longer(ground, tours, job, shift, math.inf, most)
                    if most[0] <= SLACK_S:
                        found[number, 5] = shift
                continue
            if found[number, 4] < 0 and _room_gain(ground, tours, job, shift) > 0.0:
                found[number, 4] = shift
            if ground.windows[job, shift] > 0:
                alone[number] = alone[number] or _fits_alone(ground, job, shift)
                price(ground, tours, job, shift, 0.0, -math.inf)
                if tours.found_gain[0] > best[number, 0]:
                    best[number, 0], found[number, 0] = tours.found_gain[0], tours.found[1]
            elif any_window:
                continue
            _longer(ground, tours, job, shift, limits[shift], most)
            if most[0] < best[number, 1]:
                best[number, 1], found[number, 1] = most[0], shift
            if most[1] < best[number, 2]:
                best[number, 2], found[number, 2], found[number, 3] = most[1], shift, np.int64(most[2])


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
                    if tours.found_gain[0] <= 0.0:
                        continue
                    lost = worth - tours.worth[shift] - tours.found_gain[0]
                    if lost < loss[number]:
                        loss[number], other[number], where[number] = lost, old, shift
            undo(ground, tours)


@compiled_entry
def slots(ground, tours, job, free, taken):  # type: ignore[no-untyped-def]
    """Note, shift by shift, the best gap for a job as things are, and the one it gets if one other job gives way.

    A row is the change of the score, the job before the gap, soonest start, latest start, added seconds, added
    kilometres, the job after the gap and the job that gives way. `NOBODY` is no job, -inf in front no gap.
    """
    for shift in range(len(ground.shift_from)):
        free[shift, 0], taken[shift, 0] = -math.inf, -math.inf
        free[shift, 7], taken[shift, 7] = NOBODY, NOBODY
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
                    taken[shift, 7] = old
            undo(ground, tours)


@compiled_apart
def _describe(ground, tours, job, shift, change, found):  # type: ignore[no-untyped-def]
    """Write down the gap priced last, with its reload."""
    stop, row, period, kind = tours.stop, ground.room[shift] + tours.found[0], tours.found[1], tours.found[2]
    here, own, service, depot = ground.place[job], ground.group[job], ground.service_s[job], ground.reload_place[shift]
    before, leaves, more_s, more_km = stop[row, PLACE], here, 0.0, 0.0
    into = ground.wash_s[stop[row, GROUP], own]
    if kind == REFILL_BEFORE:
        into += ground.out_s[before, depot] + ground.reload_s[shift]
        more_km, before = ground.km[before, depot], depot
    into += ground.in_s[here, before]
    if kind == REFILL_AFTER:
        more_s, more_km, leaves = ground.out_s[here, depot] + ground.reload_s[shift], ground.km[here, depot], depot
    soonest = max(tours.time_s[row, DONE] + into, ground.window_from[period], ground.shift_from[shift])
    next_s, next_row = onward(ground, tours, row + 1, leaves, own, soonest + service + more_s)
    latest = min(ground.window_to[period], soonest + max(tours.time_s[next_row, LATEST] - next_s, 0.0))
    after = row + 1
    direct_s, rests_s = 0.0, 0.0
    while stop[after, JOB] == REST:
        after += 1
    for between in range(row + 1, next_row + 1):
        direct_s += tours.time_s[between, LEG_S]
    for between in range(row + 1, next_row):
        rests_s += tours.time_s[between, DONE] - tours.time_s[between, ARRIVAL]
    found[shift, 0], found[shift, 1], found[shift, 6] = change, NOBODY, NOBODY
    for earlier in range(ground.room[shift] + 1, row + 1):
        if stop[earlier, JOB] >= 0:
            found[shift, 1] = stop[earlier, JOB]
    for later in range(row + 1, ground.room[shift] + tours.length[shift] + 1):
        if stop[later, JOB] >= 0:
            found[shift, 6] = stop[later, JOB]
            break
    found[shift, 2], found[shift, 3] = min(soonest, latest), latest
    found[shift, 4] = into + max(next_s - soonest - service - rests_s, 0.0) - direct_s
    km = more_km + ground.km[before, here] + ground.km[leaves, stop[after, PLACE]]
    found[shift, 5] = km - tours.time_s[after, LEG_KM]
