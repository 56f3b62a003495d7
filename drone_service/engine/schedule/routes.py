"""The compiled floor of the search: the times of one tour, and the price of one more job in it in constant time a gap.

Each stop keeps the soonest end of its work (from the front) and the latest start that still lets the rest happen (from
the back), so a gap takes a job if the job reaches it and the next stop is not made late.
"""

from __future__ import annotations

import math

from drone_service.engine.compiled import compiled_lean
from drone_service.engine.schedule.ground import (
    ABSENT,
    ARRIVAL,
    CHANGED,
    DONE,
    GROUP,
    JOB,
    LATEST,
    PERIOD,
    PLACE,
    PRESENT,
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
    """Write the begin and the end of a shift round its stops."""
    first = ground.room[shift]
    last = first + tours.length[shift] + 1
    stop, time_s = tours.stop, tours.time_s
    stop[first, JOB], stop[first, PLACE], stop[first, GROUP] = -1, ground.shift_start[shift], 0
    stop[last, JOB], stop[last, PLACE], stop[last, GROUP] = -1, ground.shift_end[shift], 0
    time_s[first, DONE] = ground.shift_from[shift]
    time_s[last, LATEST] = ground.shift_to[shift]


@compiled_lean
def time_tour(ground, tours, shift):  # type: ignore[no-untyped-def]
    """Work out the times, the worth and the room of a tour; False, and nothing kept, if the crew cannot keep to it."""
    open_tour(ground, tours, shift)
    stop, time_s = tours.stop, tours.time_s
    first = ground.room[shift]
    last = first + tours.length[shift] + 1
    worth = 0.0
    for row in range(first + 1, last + 1):
        arrival = time_s[row - 1, DONE] + gap_s(ground, stop, row - 1, row)
        time_s[row, ARRIVAL] = arrival
        if row < last:
            job, period = stop[row, JOB], stop[row, PERIOD]
            latest = min(ground.window_to[period], ground.shift_to[shift] - ground.service_s[job])
            if arrival > latest + SLACK_S:
                return False
            soonest = max(ground.window_from[period], ground.shift_from[shift])
            time_s[row, DONE] = min(max(arrival, soonest), latest) + ground.service_s[job]
            time_s[row, LATEST] = latest
            worth += ground.window_value[period]
        elif arrival > time_s[row, LATEST] + SLACK_S:
            return False
        if ground.km_cost > 0.0 and last > first + 1:
            worth -= ground.km_cost * ground.km[stop[row - 1, PLACE], stop[row, PLACE]]
    spare = time_s[last, LATEST] - time_s[last, ARRIVAL]
    for row in range(last - 1, first, -1):
        away = gap_s(ground, stop, row, row + 1) + ground.service_s[stop[row, JOB]]
        time_s[row, LATEST] = min(time_s[row, LATEST], time_s[row + 1, LATEST] - away)
        spare = max(spare, time_s[row, LATEST] - time_s[row, ARRIVAL])
    tours.spare_s[shift] = spare
    tours.score[PRESENT] += worth - tours.worth[shift]
    tours.worth[shift] = worth
    tours.tally[STAMPS] += 1
    tours.stamp[shift] = tours.tally[STAMPS]
    return True


@compiled_lean
def price(ground, tours, job, shift, second_price, least):  # type: ignore[no-untyped-def]
    """Return how well the job would go into this shift, at the gap that ranks best; -inf where none adds `least`.

    The rank is what it adds to the score less `second_price` for each second that the tour loses, so that of two equal
    places the one that leaves more room wins. Gap and period are in `tours.found`, what is added in `tours.found_gain`.
    """
    best, gain, spot, chosen = -math.inf, -math.inf, -1, -1
    service = ground.service_s[job]
    here, own = ground.place[job], ground.group[job]
    stop, time_s = tours.stop, tours.time_s
    begin = ground.room[shift]
    length = tours.length[shift]
    low = ground.first_window[job, shift]
    high = low + ground.windows[job, shift] if service <= tours.spare_s[shift] + SLACK_S else low
    for period in range(low, high):
        if ground.window_shift[period] >= 0 and ground.window_shift[period] != shift:
            continue
        soonest = max(ground.window_from[period], ground.shift_from[shift])
        latest = min(ground.window_to[period], ground.shift_to[shift] - service)
        for row in range(begin, begin + length + 1):
            free = time_s[row, DONE]
            if free > latest + SLACK_S:
                break
            before, after = stop[row, PLACE], stop[row + 1, PLACE]
            reached = free + ground.in_s[here, before] + ground.wash_s[stop[row, GROUP], own]
            if reached > latest + SLACK_S:
                continue
            next_s = (
                max(reached, soonest) + service + ground.out_s[here, after] + ground.wash_s[own, stop[row + 1, GROUP]]
            )
            if next_s > time_s[row + 1, LATEST] + SLACK_S:
                continue
            added = ground.window_value[period]
            if ground.km_cost > 0.0:
                km = ground.km[before, here] + ground.km[here, after]
                if length > 0:
                    km -= ground.km[before, after]
                added -= ground.km_cost * km
            rank = added - second_price * (next_s - time_s[row + 1, ARRIVAL])
            if rank > best and added >= least:
                best, gain, spot, chosen = rank, added, row - begin, period
    tours.found[0], tours.found[1], tours.found_gain[0] = spot, chosen, gain
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
        for column in range(3):
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
def insert(ground, tours, job, shift, spot, period):  # type: ignore[no-untyped-def]
    """Put a job behind `spot` stops of a tour; False, and nothing changed, if the crew cannot keep to it then."""
    touch(ground, tours, shift)
    stop = tours.stop
    first = ground.room[shift]
    last = first + tours.length[shift] + 1
    if last + 1 >= ground.room[shift + 1]:
        return False
    for row in range(last, first + spot, -1):
        for column in range(4):
            stop[row + 1, column] = stop[row, column]
        for column in range(3):
            tours.time_s[row + 1, column] = tours.time_s[row, column]
    new = first + spot + 1
    stop[new, JOB], stop[new, PERIOD] = job, period
    stop[new, PLACE], stop[new, GROUP] = ground.place[job], ground.group[job]
    tours.length[shift] += 1
    if time_tour(ground, tours, shift):
        enter(tours, job, shift)
        return True
    for row in range(new, last + 1):
        for column in range(4):
            stop[row, column] = stop[row + 1, column]
    tours.length[shift] -= 1
    time_tour(ground, tours, shift)
    return False


@compiled_lean
def drop(ground, tours, shift, spot):  # type: ignore[no-untyped-def]
    """Take the job behind `spot` stops out of a tour that was touched; False if the rest cannot be driven."""
    first = ground.room[shift]
    last = first + tours.length[shift] + 1
    leave(tours, tours.stop[first + 1 + spot, JOB])
    for row in range(first + 1 + spot, last):
        for column in range(4):
            tours.stop[row, column] = tours.stop[row + 1, column]
    tours.length[shift] -= 1
    return time_tour(ground, tours, shift)
