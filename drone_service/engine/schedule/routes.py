"""The compiled floor of the search: the times of one tour, and the price of one more job in it in constant time a gap.

Each stop keeps the soonest end of its work (from the front) and the latest start that still lets the rest happen (from
the back), so a gap takes a job if the job reaches it and the next stop is not made late.
"""

from __future__ import annotations

import math

import numpy as np

from drone_service.engine.compiled import compiled_apart, compiled_entry, compiled_lean
from drone_service.engine.schedule.ground import (
    ABSENT,
    ARRIVAL,
    CHANGED,
    DONE,
    END,
    GROUP,
    JOB,
    LATEST,
    LEG_KM,
    LEG_S,
    PERIOD,
    PLACE,
    PLAIN,
    PRESENT,
    REFILL,
    REFILL_AFTER,
    REFILL_BEFORE,
    REST,
    SLACK_S,
    STAMPS,
)  # fmt: skip


@compiled_lean
def chance(state):  # type: ignore[no-untyped-def]
    """Return a number in [0, 1) and step the random state (splitmix64, Steele et al. 2014; k)."""
    state[0] += 0x9E3779B97F4A7C15
    bits = state[0]
    bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9
    bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB
    bits = bits ^ (bits >> 31)
    return (bits >> 11) * (1.0 / 9007199254740992.0)


@compiled_lean
def below(state, limit):  # type: ignore[no-untyped-def]
    """Return a whole number from 0 to limit - 1."""
    return min(int(chance(state) * limit), limit - 1)


@compiled_lean
def gap_s(ground, stop, before, after):  # type: ignore[no-untyped-def]
    """Return the seconds of washing and driving between two rows of stops."""
    return (
        ground.out_s[stop[before, PLACE], stop[after, PLACE]] + ground.wash_s[stop[before, GROUP], stop[after, GROUP]]
    )


@compiled_lean
def open_tour(ground, tours, shift):  # type: ignore[no-untyped-def]
    """Write the begin and the end of a shift round its stops; True if there is a job between them."""
    first = ground.room[shift]
    last = first + tours.length[shift] + 1
    stop, time_s = tours.stop, tours.time_s
    stop[first, JOB], stop[first, PLACE], stop[first, GROUP] = END, ground.shift_start[shift], ground.shift_group[shift]
    stop[last, JOB], stop[last, PLACE], stop[last, GROUP] = END, ground.shift_end[shift], 0
    time_s[first, DONE] = ground.shift_from[shift]
    works = False
    for row in range(first + 1, last):
        works = works or stop[row, JOB] >= 0
        if stop[row, JOB] == REST:
            stop[row, PLACE], stop[row, GROUP] = stop[row - 1, PLACE], stop[row - 1, GROUP]
        elif stop[row, JOB] == REFILL:
            stop[row, PLACE], stop[row, GROUP] = ground.reload_place[shift], stop[row - 1, GROUP]
    return works


@compiled_entry
def row_times(ground, tours, shift, row):  # type: ignore[no-untyped-def]
    """Return soonest start, latest start and length of what stands in a row."""
    job, period = tours.stop[row, JOB], tours.stop[row, PERIOD]
    if job == REST:
        return ground.break_from[period], ground.break_to[period], ground.break_s[period]
    begin, end = ground.shift_from[shift], ground.shift_to[shift]
    if job == REFILL:
        return begin, end - ground.reload_s[shift], ground.reload_s[shift]
    if job == END:
        return begin, end, 0.0
    service = ground.service_s[job]
    return max(ground.window_from[period], begin), min(ground.window_to[period], end - service), service


@compiled_entry
def time_tour(ground, tours, shift):  # type: ignore[no-untyped-def]
    """Work out the times, the worth and the room of a tour; False, and nothing kept, if the crew cannot keep to it."""
    works = open_tour(ground, tours, shift)
    stop, time_s = tours.stop, tours.time_s
    first = ground.room[shift]
    last = first + tours.length[shift] + 1
    worth = 0.0
    for row in range(first + 1, last + 1):
        leg_s, leg_km = 0.0, 0.0
        # At a break the crew stays where it is, and a crew without a job does not go out.
        if stop[row, JOB] != REST and (works or row < last):
            leg_s = gap_s(ground, stop, row - 1, row)
            leg_km = ground.km[stop[row - 1, PLACE], stop[row, PLACE]]
        arrival = time_s[row - 1, DONE] + leg_s
        soonest, latest, length = row_times(ground, tours, shift, row)
        if arrival > latest + SLACK_S:
            return False
        time_s[row, ARRIVAL], time_s[row, LEG_S], time_s[row, LEG_KM] = arrival, leg_s, leg_km
        time_s[row, DONE] = min(max(arrival, soonest), latest) + length
        time_s[row, LATEST] = latest
        if stop[row, JOB] >= 0:
            worth += ground.window_value[stop[row, PERIOD]]
        if ground.km_cost > 0.0:
            worth -= ground.km_cost * leg_km
    spare = time_s[last, LATEST] - time_s[last, ARRIVAL]
    for row in range(last - 1, first, -1):
        length = row_times(ground, tours, shift, row)[2]
        time_s[row, LATEST] = min(time_s[row, LATEST], time_s[row + 1, LATEST] - time_s[row + 1, LEG_S] - length)
        spare = max(spare, time_s[row, LATEST] - time_s[row, ARRIVAL])
    tours.spare_s[shift] = spare
    tours.score[PRESENT] += worth - tours.worth[shift]
    tours.worth[shift] = worth
    tours.tally[STAMPS] += 1
    tours.stamp[shift] = tours.tally[STAMPS]
    if ground.limited[shift]:
        load_tour(ground, tours, shift)
    return True


@compiled_apart
def time_again(ground, tours, shift):  # type: ignore[no-untyped-def]
    """Work out the times of a tour that was good before."""
    time_tour(ground, tours, shift)


@compiled_apart
def load_tour(ground, tours, shift):  # type: ignore[no-untyped-def]
    """Work out what is used between the reloads of a tour."""
    first = ground.room[shift]
    last = first + tours.length[shift] + 1
    for thing in range(ground.uses.shape[1]):
        begin, used = first, 0.0
        tours.used[first, thing] = 0.0
        for row in range(first + 1, last + 1):
            job = tours.stop[row, JOB]
            if job == REFILL or row == last:
                for earlier in range(begin, row):
                    tours.load[earlier, thing] = used
                begin, used = row, 0.0
            elif job >= 0:
                used += ground.uses[job, thing]
            tours.used[row, thing] = used


@compiled_entry
def carries(ground, tours, job, shift, row, kind):  # type: ignore[no-untyped-def]
    """Tell whether the crew has enough for a job behind a row, with no reload beside it, one before or one after it."""
    if ground.limited[shift]:
        for thing in range(ground.uses.shape[1]):
            others = tours.load[row, thing]
            if kind == REFILL_BEFORE:
                others -= tours.used[row, thing]
            elif kind == REFILL_AFTER:
                others = tours.used[row, thing]
            if others + ground.uses[job, thing] > ground.capacity[shift, thing]:
                return False
    return True


@compiled_apart
def onward(ground, tours, row, place, group, free):  # type: ignore[no-untyped-def]
    """Return when a crew that leaves a place at `free` reaches the next stop from `row` on that does not depend on
    where it came from, and the row of that stop; breaks and reloads on the way are kept. Endless if one cannot be.
    """
    stop = tours.stop
    while stop[row, JOB] <= REST:
        if stop[row, JOB] == REST:
            period = stop[row, PERIOD]
            if free > ground.break_to[period] + SLACK_S:
                return math.inf, row
            free = max(free, ground.break_from[period]) + ground.break_s[period]
        else:
            free += ground.out_s[place, stop[row, PLACE]]
            if free > tours.time_s[row, LATEST] + SLACK_S:
                return math.inf, row
            free += tours.time_s[row, DONE] - tours.time_s[row, ARRIVAL]
            place = stop[row, PLACE]
        row += 1
    return free + ground.out_s[place, stop[row, PLACE]] + ground.wash_s[group, stop[row, GROUP]], row


@compiled_lean
def first_gap(tours, begin, length, done):  # type: ignore[no-untyped-def]
    """Return the first row of a tour behind which work that ends at `done` or later does not make the next stop late.

    No gap before it does; latest starts only grow along a tour. A break is kept wherever it is, so that the stop behind
    it counts.
    """
    stop, time_s = tours.stop, tours.time_s
    low, high = begin, begin + length
    if length == 0 or done <= time_s[low + 1, LATEST] + SLACK_S:
        return low
    while low < high:
        middle = (low + high) // 2
        if done <= time_s[middle + 1, LATEST] + SLACK_S:
            high = middle
        else:
            low = middle + 1
    while low > begin and stop[low, JOB] <= REST:
        low -= 1
    return low


@compiled_lean
def price_kind(ground, tours, job, shift, second_price, least, kind):  # type: ignore[no-untyped-def]
    """Return the best rank with no reload beside the job, one before or one after it."""
    best = -math.inf
    service = ground.service_s[job]
    here, own = ground.place[job], ground.group[job]
    stop, time_s = tours.stop, tours.time_s
    begin, depot = ground.room[shift], ground.reload_place[shift]
    # Without a reload a tour is one load: what fits into one gap fits into all.
    if depot < 0 and not carries(ground, tours, job, shift, begin, kind):
        return best
    low = ground.first_window[job, shift]
    for period in range(low, low + ground.windows[job, shift]):
        if ground.window_shift[period] >= 0 and ground.window_shift[period] != shift:
            continue
        soonest = max(ground.window_from[period], ground.shift_from[shift])
        latest = min(ground.window_to[period], ground.shift_to[shift] - service)
        first = first_gap(tours, begin, tours.length[shift], soonest + service)
        for row in range(first, begin + tours.length[shift] + 1):
            free, before, km = time_s[row, DONE], stop[row, PLACE], 0.0
            if free > latest + SLACK_S:
                break
            if kind == REFILL_BEFORE:
                free += ground.out_s[before, depot] + ground.reload_s[shift]
                km, before = ground.km[before, depot], depot
            reached = free + ground.in_s[here, before] + ground.wash_s[stop[row, GROUP], own]
            if reached > latest + SLACK_S or (depot >= 0 and not carries(ground, tours, job, shift, row, kind)):
                continue
            free, leaves = max(reached, soonest) + service, here
            if kind == REFILL_AFTER:
                free, leaves = free + ground.out_s[here, depot] + ground.reload_s[shift], depot
                km += ground.km[here, depot]
            if stop[row + 1, JOB] >= END:
                next_s, next_row = free + ground.out_s[leaves, stop[row + 1, PLACE]], row + 1
                next_s += ground.wash_s[own, stop[row + 1, GROUP]]
            else:
                next_s, next_row = onward(ground, tours, row + 1, leaves, own, free)
            if next_s > time_s[next_row, LATEST] + SLACK_S:
                continue
            added = ground.window_value[period]
            if ground.km_cost > 0.0:
                after = row + 1
                while stop[after, JOB] == REST:
                    after += 1
                km += ground.in_km[here, before] + ground.km[leaves, stop[after, PLACE]] - time_s[after, LEG_KM]
                added -= ground.km_cost * km
            rank = added - second_price * (next_s - time_s[next_row, ARRIVAL])
            if rank > best and added >= least:
                best, tours.found_gain[0] = rank, added
                tours.found[0], tours.found[1], tours.found[2] = row - begin, period, kind
    return best


@compiled_entry
def price(ground, tours, job, shift, second_price, least):  # type: ignore[no-untyped-def]
    """Return how well the job would go into this shift, at the gap that ranks best; -inf where none adds `least`.

    The rank is what it adds to the score less `second_price` for each second that the tour loses, so that of two equal
    places the one that leaves more room wins. Gap, period and reload are in `tours.found`, what is added in
    `tours.found_gain`.
    """
    tours.found[0], tours.found_gain[0] = -1, -math.inf
    if ground.service_s[job] > tours.spare_s[shift] + SLACK_S:
        return -math.inf
    best = price_kind(ground, tours, job, shift, second_price, least, np.int64(PLAIN))
    if best == -math.inf and ground.limited[shift] and ground.reload_place[shift] >= 0:
        best = price_reload(ground, tours, job, shift, second_price, least)
    return best


@compiled_apart
def price_reload(ground, tours, job, shift, second_price, least):  # type: ignore[no-untyped-def]
    """Return the best rank with a reload beside the job."""
    best = price_kind(ground, tours, job, shift, second_price, least, np.int64(REFILL_BEFORE))
    if best == -math.inf:
        best = price_kind(ground, tours, job, shift, second_price, least, np.int64(REFILL_AFTER))
    return best


@compiled_lean
def touch(ground, tours, shift):  # type: ignore[no-untyped-def]
    """Keep a copy of a tour before its first change in a round."""
    if tours.old_length[shift] >= 0:
        return
    length = tours.length[shift]
    first = ground.room[shift]
    for row in range(first, first + length + 2):
        for column in range(4):
            tours.old_stop[row, column] = tours.stop[row, column]
        for column in range(5):
            tours.old_time_s[row, column] = tours.time_s[row, column]
    tours.old_length[shift] = length
    tours.old_worth[shift] = tours.worth[shift]
    tours.old_spare_s[shift] = tours.spare_s[shift]
    tours.old_stamp[shift] = tours.stamp[shift]
    tours.changed[tours.tally[CHANGED]] = shift
    tours.tally[CHANGED] += 1


@compiled_lean
def leave(tours, job):  # type: ignore[no-untyped-def]
    """Put a job on the list of those that are nowhere."""
    tours.shift_of[job] = -1
    tours.absent[tours.tally[ABSENT]] = job
    tours.absent_at[job] = tours.tally[ABSENT]
    tours.tally[ABSENT] += 1


@compiled_lean
def enter(tours, job, shift):  # type: ignore[no-untyped-def]
    """Take a job off the list of those that are nowhere."""
    tours.shift_of[job] = shift
    tours.tally[ABSENT] -= 1
    other = tours.absent[tours.tally[ABSENT]]
    tours.absent[tours.absent_at[job]] = other
    tours.absent_at[other] = tours.absent_at[job]


@compiled_lean
def open_row(ground, tours, shift, spot):  # type: ignore[no-untyped-def]
    """Make an empty row behind `spot` rows of a tour; return it, or -1 where there is no more room for one."""
    first = ground.room[shift]
    last = first + tours.length[shift] + 1
    if last + 1 >= ground.room[shift + 1]:
        return -1
    for row in range(last, first + spot, -1):
        for column in range(4):
            tours.stop[row + 1, column] = tours.stop[row, column]
    tours.length[shift] += 1
    return first + spot + 1


@compiled_lean
def close_row(ground, tours, shift, row):  # type: ignore[no-untyped-def]
    """Take a row out of a tour; its times are not worked out anew."""
    last = ground.room[shift] + tours.length[shift] + 1
    for later in range(row, last):
        for column in range(4):
            tours.stop[later, column] = tours.stop[later + 1, column]
    tours.length[shift] -= 1


@compiled_entry
def insert_fixed(ground, tours, shift, spot, kind, period):  # type: ignore[no-untyped-def]
    """Put a break or a reload behind `spot` rows; False, and nothing changed, if it cannot be kept there."""
    row = open_row(ground, tours, shift, spot)
    if row < 0:
        return False
    tours.stop[row, JOB], tours.stop[row, PERIOD] = kind, period
    if time_tour(ground, tours, shift):
        return True
    close_row(ground, tours, shift, row)
    time_again(ground, tours, shift)
    return False


@compiled_entry
def insert(ground, tours, job, shift, spot, period, kind):  # type: ignore[no-untyped-def]
    """Put a job behind `spot` rows of a tour, with a reload beside it if so asked.

    False, and nothing changed, if the crew cannot keep to it then.
    """
    touch(ground, tours, shift)
    stop = tours.stop
    refill = -1
    if kind == REFILL_BEFORE:
        refill = open_row(ground, tours, shift, spot)
        spot += 1
    new = open_row(ground, tours, shift, spot) if kind != REFILL_BEFORE or refill >= 0 else -1
    if kind == REFILL_AFTER and new >= 0:
        refill = open_row(ground, tours, shift, spot + 1)
    if refill >= 0:
        stop[refill, JOB], stop[refill, PERIOD] = REFILL, -1
    if new >= 0:
        stop[new, JOB], stop[new, PERIOD] = job, period
        stop[new, PLACE], stop[new, GROUP] = ground.place[job], ground.group[job]
        if (kind == PLAIN or refill >= 0) and time_tour(ground, tours, shift):
            enter(tours, job, shift)
            return True
    for row in (max(new, refill), min(new, refill)):
        if row >= 0:
            close_row(ground, tours, shift, row)
    time_again(ground, tours, shift)
    return False


@compiled_apart
def tidy(ground, tours, shift):  # type: ignore[no-untyped-def]
    """Leave out the reloads that are no longer needed once jobs are gone."""
    load_tour(ground, tours, shift)
    row = ground.room[shift] + 1
    while row < ground.room[shift] + tours.length[shift] + 1:
        needed = False
        if tours.stop[row, JOB] == REFILL:
            for thing in range(ground.uses.shape[1]):
                both = tours.load[row - 1, thing] + tours.load[row, thing]
                needed = needed or both > ground.capacity[shift, thing]
            if not needed:
                close_row(ground, tours, shift, row)
                load_tour(ground, tours, shift)
                continue
        row += 1


@compiled_lean
def drop(ground, tours, shift, spot):  # type: ignore[no-untyped-def]
    """Take the job behind `spot` rows out of a tour that was touched; False if the rest cannot be driven."""
    row = ground.room[shift] + 1 + spot
    leave(tours, np.int64(tours.stop[row, JOB]))
    close_row(ground, tours, shift, row)
    if ground.limited[shift]:
        tidy(ground, tours, shift)
    return time_tour(ground, tours, shift)
