"""The compiled rounds of ruin and recreate under simulated annealing.

Ruin takes strings of neighbouring stops out of a few tours, now and then keeping some stops inside a string; recreate
puts jobs back one by one where they add most, now and then blind to a tour (Christiaens and Vanden Berghe, 2020, Slack
Induction by String Removals). Here every job is optional, so jobs that are nowhere compete for the room that is made.
"""

from __future__ import annotations

import math

import numpy as np

from drone_service.engine.compiled import compiled_entry, compiled_lean
from drone_service.engine.schedule.ground import (
    ABSENT,
    BEST,
    CHANGED,
    DIRTY,
    JOB,
    PERIOD,
    PRESENT,
    REMOVED,
    ROUNDS,
)  # fmt: skip
from drone_service.engine.schedule.routes import (
    below,
    chance,
    enter,
    insert,
    leave,
    load_tour,
    price,
    tidy,
    time_tour,
    touch,
)  # fmt: skip

MEAN_REMOVED = 10.0
LONGEST_STRING = 10.0
SPLIT = 0.5
"""Chance that a string keeps some stops in its middle, as in the paper."""
SPLIT_DEPTH = 0.01
BLINK = 0.01
"""Chance that a possible tour is overlooked, as in the paper."""
STRANGERS = 5
"""Left-out jobs from anywhere that are tried in a round."""


@compiled_lean
def _cut_string(ground, tours, job, longest):  # type: ignore[no-untyped-def]
    """Take a string of stops round a job out of its tour; what is pinned stays."""
    shift, state = np.int64(tours.shift_of[job]), tours.chance
    length = tours.length[shift]
    size = 1 + below(state, int(min(longest, length)))
    kept = 0
    if size > 1 and size < length and chance(state) < SPLIT:
        kept = 1
        while size + kept < length and chance(state) > SPLIT_DEPTH:
            kept += 1
    first = ground.room[shift] + 1
    at = 0
    while tours.stop[first + at, JOB] != job:
        at += 1
    whole = size + kept
    begin = max(at - whole + 1, 0)
    begin += below(state, min(at, length - whole) - begin + 1)
    keep_from = begin + 1 + below(state, size - 1) if kept else length
    touch(ground, tours, shift)
    stays = 0
    for spot in range(length):
        row = first + spot
        own = np.int64(tours.stop[row, JOB])
        inside = begin <= spot < begin + whole and not keep_from <= spot < keep_from + kept
        if inside and own >= 0 and not ground.pinned[own]:
            tours.removed[tours.tally[REMOVED]] = own
            tours.tally[REMOVED] += 1
            leave(tours, own)
        else:
            tours.stop[first + stays, JOB], tours.stop[first + stays, PERIOD] = own, tours.stop[row, PERIOD]
            tours.stop[first + stays, 2], tours.stop[first + stays, 3] = tours.stop[row, 2], tours.stop[row, 3]
            stays += 1
    tours.length[shift] = stays
    if ground.limited[shift]:
        tidy(ground, tours, shift)
    return time_tour(ground, tours, shift)


@compiled_lean
def _ruin(ground, tours, centre):  # type: ignore[no-untyped-def]
    """Cut strings out of the tours near a job; False if what is left of one cannot be driven."""
    state = tours.chance
    jobs = len(ground.place)
    served, used = jobs - tours.tally[ABSENT], 0
    for tour in range(len(tours.length)):
        used += tours.length[tour] > 0
    longest = min(LONGEST_STRING, served / max(used, 1) + 1.0)
    strings = 1 + int(chance(state) * (4.0 * MEAN_REMOVED / (1.0 + longest) - 1.0))
    for number in range(ground.near.shape[1]):
        job = np.int64(ground.near[centre, number])
        shift = np.int64(tours.shift_of[job])
        if shift < 0 or tours.old_length[shift] >= 0:
            continue
        if not _cut_string(ground, tours, job, longest):
            return False
        if tours.tally[CHANGED] >= strings:
            break
    return True


@compiled_lean
def _wait_beside(ground, tours, centre, most, strangers):  # type: ignore[no-untyped-def]
    """Add jobs that are nowhere to the removed ones, those round the centre first: they may take the room."""
    removed, count = tours.removed, tours.tally[REMOVED]
    # The removed jobs are the last of the list of absent ones.
    others = tours.tally[ABSENT] - count
    if others <= 0:
        return
    end = count
    for number in range(ground.near.shape[1]):
        job = np.int64(ground.near[centre, number])
        if end >= count + most:
            break
        if tours.shift_of[job] < 0 and tours.absent_at[job] < others:
            removed[end] = job
            end += 1
    for _ in range(min(strangers, others)):
        job = tours.absent[below(tours.chance, others)]
        known = False
        for number in range(count, end):
            known = known or removed[number] == job
        if not known:
            removed[end] = job
            end += 1
    tours.tally[REMOVED] = end


@compiled_lean
def _sort(ground, tours):  # type: ignore[no-untyped-def]
    """Put the jobs to insert into one of several orders."""
    state, removed, key = tours.chance, tours.removed, tours.key
    count = tours.tally[REMOVED]
    pick = chance(state)
    for number in range(count):
        job = removed[number]
        noise = chance(state)
        if pick < 0.2:
            key[number] = noise
        elif pick < 0.6:
            key[number] = -ground.value[job] / (ground.service_s[job] + 900.0) * (0.8 + 0.4 * noise)
        elif pick < 0.8:
            key[number] = -ground.value[job] * (0.8 + 0.4 * noise)
        elif pick < 0.9:
            key[number] = ground.allowed_at[job + 1] - ground.allowed_at[job] + noise
        else:
            key[number] = -ground.service_s[job]
    for number in range(1, count):
        job, value = removed[number], key[number]
        other = number
        while other > 0 and key[other - 1] > value:
            removed[other], key[other] = removed[other - 1], key[other - 1]
            other -= 1
        removed[other], key[other] = job, value


@compiled_lean
def _place(ground, tours, job, blink, second_price):  # type: ignore[no-untyped-def]
    """Insert a job where it ranks best, if it adds anything anywhere."""
    best, chosen = np.float32(-math.inf), np.int64(-1)
    for number in range(ground.allowed_at[job], ground.allowed_at[job + 1]):
        shift = np.int64(ground.allowed[number])
        twin = np.int64(ground.twin[shift])
        if twin >= 0 and tours.length[shift] == 0 and tours.length[twin] == 0:
            continue
        if tours.priced[job, shift] != tours.stamp[shift]:
            tours.priced[job, shift] = tours.stamp[shift]
            tours.rank[job, shift] = price(ground, tours, job, shift, second_price, 0.0)
        if tours.rank[job, shift] > best:
            if blink > 0.0 and chance(tours.chance) < blink:
                continue
            best, chosen = tours.rank[job, shift], shift
    if chosen >= 0:
        price(ground, tours, job, chosen, second_price, 0.0)
        spot, period, kind = np.int64(tours.found[0]), np.int64(tours.found[1]), np.int64(tours.found[2])
        insert(ground, tours, job, chosen, spot, period, kind)


@compiled_lean
def undo(ground, tours):  # type: ignore[no-untyped-def]
    """Bring every changed tour back to what it was, its stamp too: prices found for it are good again."""
    for number in range(tours.tally[CHANGED]):
        shift = np.int64(tours.changed[number])
        first = ground.room[shift]
        for row in range(first + 1, first + tours.length[shift] + 1):
            if tours.stop[row, JOB] >= 0:
                leave(tours, np.int64(tours.stop[row, JOB]))
    for number in range(tours.tally[CHANGED]):
        _bring_back(ground, tours, np.int64(tours.changed[number]))
    tours.tally[CHANGED] = 0


@compiled_lean
def _bring_back(ground, tours, shift):  # type: ignore[no-untyped-def]
    first = ground.room[shift]
    length = tours.old_length[shift]
    for row in range(first, first + length + 2):
        for column in range(4):
            tours.stop[row, column] = tours.old_stop[row, column]
        for column in range(5):
            tours.time_s[row, column] = tours.old_time_s[row, column]
    tours.length[shift] = length
    tours.old_length[shift] = -1
    tours.stamp[shift] = tours.old_stamp[shift]
    tours.worth[shift] = tours.old_worth[shift]
    tours.spare_s[shift] = tours.old_spare_s[shift]
    for row in range(first + 1, first + length + 1):
        if tours.stop[row, JOB] >= 0:
            enter(tours, np.int64(tours.stop[row, JOB]), shift)
    if ground.limited[shift]:
        load_tour(ground, tours, shift)


@compiled_entry
def keep(tours):  # type: ignore[no-untyped-def]
    """Accept the changes of a round; the tours differ from the best ones known from now on."""
    for number in range(tours.tally[CHANGED]):
        shift = np.int64(tours.changed[number])
        tours.old_length[shift] = -1
        if not tours.is_dirty[shift]:
            tours.is_dirty[shift] = True
            tours.dirty[tours.tally[DIRTY]] = shift
            tours.tally[DIRTY] += 1
    tours.tally[CHANGED] = 0


@compiled_lean
def _note_best(ground, tours):  # type: ignore[no-untyped-def]
    """Copy what changed since the last best plan."""
    for number in range(tours.tally[DIRTY]):
        shift = tours.dirty[number]
        first = ground.room[shift]
        tours.best_length[shift] = tours.length[shift]
        for row in range(first + 1, first + tours.length[shift] + 1):
            tours.best_stop[row, JOB], tours.best_stop[row, PERIOD] = tours.stop[row, JOB], tours.stop[row, PERIOD]
        tours.is_dirty[shift] = False
    tours.tally[DIRTY] = 0
    tours.score[BEST] = tours.score[PRESENT]


@compiled_entry
def begin(ground, tours, order, second_price):  # type: ignore[no-untyped-def]
    """Put the jobs into the tours in the given order, and take the result as the best plan so far."""
    for number in range(len(order)):
        _place(ground, tours, np.int64(order[number]), 0.0, second_price)
    for shift in range(len(ground.shift_from)):
        touch(ground, tours, shift)
    keep(tours)
    _note_best(ground, tours)


@compiled_entry
def improve(ground, tours, rounds, warmth, second_price, most_waiting, losses):  # type: ignore[no-untyped-def]
    """Do rounds of ruin and recreate at one temperature; a worse plan is taken with the chance annealing gives it.

    The losses of the first rounds are noted in `losses` for who sets the temperature.
    """
    tally, score, state = tours.tally, tours.score, tours.chance
    for number in range(rounds):
        before = score[PRESENT]
        tally[CHANGED] = 0
        tally[REMOVED] = 0
        centre = below(state, len(ground.place))
        ok = _ruin(ground, tours, centre)
        if ok:
            _wait_beside(ground, tours, centre, most_waiting, STRANGERS)
            _sort(ground, tours)
            for place in range(tally[REMOVED]):
                _place(ground, tours, np.int64(tours.removed[place]), BLINK, second_price)
        if number < len(losses):
            losses[number] = before - score[PRESENT]
        if ok and score[PRESENT] > before + warmth * math.log(chance(state) + 1e-300):
            keep(tours)
            if score[PRESENT] > score[BEST] + 1e-9:
                _note_best(ground, tours)
        else:
            undo(ground, tours)
            score[PRESENT] = before
    tally[ROUNDS] += rounds
