"""Waiting work along a road or a canal that is cheap to do together: groups that one crew does in one free stretch.

No map of roads is needed: a group is a short path through its places by the travel matrix. It grows by the savings of
Clarke and Wright (1964): a link between two places is worth the two ways to the base that it spares, less the way
between them and the wash-out; the best links come first, at the ends of what is linked already. What is left over is
put between two places of a group where that is near, and the order of each group is untangled. Whether a group still
fits is known from three numbers a stretch (how long it lasts, the soonest and the latest start), joined as by Vidal et
al. (2013), for all stretches at once. Nothing is random: the same input in any order gives the same groups.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import fsum, inf

import numpy as np
from numpy.typing import NDArray

from drone_service.engine.schedule.pieces import Gathering, Piece, Room, Ways, fits
from drone_service.engine.schedule.problem import DuplicateId, ScheduleInvalid, UnknownLocation

NEIGHBOURS = 16
"""Of each place only so many nearest are looked at: a group is a path, and a path has two neighbours a place."""
TRIES = 4
"""How many places in a group are tried for a piece that is left over."""
NEVER = -1e15
"""The latest start of what cannot be done; finite, so that sums of it stay numbers."""
Lanes = NDArray[np.float64]


def gather(pieces: Sequence[Piece], rooms: Sequence[Room], ways: Ways, *, max_gap_km: float) -> list[Gathering]:
    """Return groups of two pieces and more, the one that saves most time first; no piece is in two.

    Each fits at least one of the rooms whole, with the ways and the washing at both ends, each piece inside one of its
    windows; neighbours are at most `max_gap_km` apart in either direction. Every group is found for itself: two may fit
    only the same room. Raises DuplicateId, UnknownLocation, ScheduleInvalid.
    """
    _check(pieces, rooms, ways, max_gap_km)
    field = _Field(sorted(pieces, key=lambda piece: piece.id), rooms, ways, max_gap_km)
    chains = field.insert_left_over(field.linked())
    found = [field.gathering(field.untangled(chain)) for chain in chains if len(chain) > 1]
    useful = [one for one in found if one.saved_s > 0 and one.fits]
    return sorted(useful, key=lambda one: (-one.saved_s, one.alone_ha_per_h - one.ha_per_h, one.pieces))


@dataclass(frozen=True, slots=True)
class _Run:
    """Pieces one after the other, for every room at once: how long, and between what times they may begin.

    Where they cannot be done at all the latest start is `NEVER`.
    """

    lasts: Lanes
    soonest: Lanes
    latest: Lanes

    def then(self, other: _Run, gap_s: float) -> _Run:
        delta = self.lasts + gap_s
        wait = np.maximum(other.soonest - delta - self.latest, 0.0)
        possible = self.soonest + delta <= other.latest
        return _Run(
            delta + other.lasts + wait,
            np.maximum(other.soonest - delta, self.soonest) - wait,
            np.where(possible, np.minimum(other.latest - delta, self.latest), NEVER),
        )


class _Field:
    """The pieces as arrays, and the chains that are made of them: lists of numbers of pieces."""

    def __init__(self, pieces: Sequence[Piece], rooms: Sequence[Room], ways: Ways, max_gap_km: float) -> None:
        self.pieces, self.rooms, self.ways, self.max_gap_km = pieces, rooms, ways, max_gap_km
        self.kept = ways.kept
        kinds = {(r.start_s, r.end_s, r.start_location, r.end_location, r.start_group, r.end_group): r for r in rooms}
        self.lanes = list(kinds.values())
        self.place = np.array([piece.location for piece in pieces], dtype=np.intp)
        self.service = np.array([piece.service_s for piece in pieces])
        self.starts = np.array([lane.start_s for lane in self.lanes])
        self.ends = np.array([lane.end_s for lane in self.lanes])
        self.there, self.back = self._legs()
        self.single = [self._alone(piece) for piece in pieces]
        self.longest = float((self.ends - self.starts).max(initial=0.0))
        self.gap_km = ways.longer_km[np.ix_(self.place, self.place)]

    def _legs(self) -> tuple[Lanes, Lanes]:
        """Return the ways into and out of every room, washing included: a row for each piece."""
        lanes, ways = self.lanes, self.kept
        first = np.array([lane.start_location for lane in lanes], dtype=np.intp)
        last = np.array([lane.end_location for lane in lanes], dtype=np.intp)
        there = ways.travel_s[first[None, :], self.place[:, None]].copy()
        back = ways.travel_s[self.place[:, None], last[None, :]].copy()
        groups = {piece.group for piece in self.pieces}
        before = {group: [ways.wash_between_s(lane.start_group, group) for lane in lanes] for group in groups}
        after = {group: [ways.wash_between_s(group, lane.end_group) for lane in lanes] for group in groups}
        for row, piece in enumerate(self.pieces):
            there[row] += before[piece.group]
            back[row] += after[piece.group]
        return there, back

    def _alone(self, piece: Piece) -> _Run:
        """Return one piece; of several windows in a room the longest is taken, so nothing fits that should not."""
        lasts = np.full(len(self.lanes), piece.service_s)
        if not piece.windows:
            return _Run(lasts, self.starts, np.full(len(self.lanes), NEVER))
        opens = np.maximum(np.array([[window.start_s] for window in piece.windows]), self.starts)
        shuts = np.minimum(np.array([[window.end_s] for window in piece.windows]), self.ends)
        best = np.argmax(shuts - opens, axis=0)
        lane = np.arange(len(self.lanes))
        soonest, latest = opens[best, lane], shuts[best, lane] - piece.service_s
        return _Run(lasts, soonest, np.where(latest < soonest, NEVER, latest))

    def gap_s(self, before: int, after: int) -> float:
        first, second = self.pieces[before], self.pieces[after]
        wash_s = self.kept.wash_between_s(first.group, second.group)
        return wash_s + float(self.kept.travel_s[first.location, second.location])

    def run_of(self, chain: Sequence[int]) -> _Run:
        run = self.single[chain[0]]
        for before, after in pairwise(chain):
            run = run.then(self.single[after], self.gap_s(before, after))
        return run

    def has_room(self, run: _Run, first: int, last: int) -> bool:
        begin = np.maximum(self.starts + self.there[first], run.soonest)
        return bool(((begin <= run.latest) & (begin + run.lasts + self.back[last] <= self.ends)).any())

    def fits(self, chain: Sequence[int]) -> bool:
        if float(self.service[list(chain)].sum()) > self.longest:
            return False
        return any(self.has_room(self.run_of(order), order[0], order[-1]) for order in (chain, chain[::-1]))

    def links(self) -> list[tuple[int, int]]:
        """Return the pairs that are near each other and spare something, the one that spares most first."""
        size = len(self.pieces)
        if size < 2:
            return []
        between_s = self.ways.both_s[np.ix_(self.place, self.place)]
        home_s = self.ways.both_s[self.ways.base, self.place]
        groups = np.unique([piece.group or "" for piece in self.pieces], return_inverse=True)[1]
        known = np.array([piece.group is not None for piece in self.pieces])
        washed = (groups[:, None] != groups[None, :]) & known[:, None] & known[None, :]
        gears = np.unique([piece.gear or "" for piece in self.pieces], return_inverse=True)[1]
        near = (self.gap_km <= self.max_gap_km) & (gears[:, None] == gears[None, :])
        near[~np.isfinite(home_s)] = near[:, ~np.isfinite(home_s)] = False
        np.fill_diagonal(near, val=False)
        ranked = np.where(near, between_s + washed * self.ways.wash_s, inf)
        rank = np.argsort(np.argsort(ranked, axis=1, kind="stable"), axis=1, kind="stable")
        near &= (rank < NEIGHBOURS) | (rank.T < NEIGHBOURS)
        first, second = np.nonzero(np.triu(near))
        saved = home_s[first] + home_s[second] - ranked[first, second]
        order = np.lexsort((second, first, -np.round(saved, 6)))
        return [(int(first[k]), int(second[k])) for k in order if saved[k] > 0]

    def linked(self) -> list[list[int]]:
        """Return the chains that the links make, from the best link to the last."""
        chains: list[list[int] | None] = [
            [number] if self.has_room(run, number, number) else None for number, run in enumerate(self.single)
        ]
        owner = list(range(len(self.pieces)))
        runs = [(run, run) for run in self.single]
        total = self.service.tolist()
        for first, second in self.links():
            one, two = owner[first], owner[second]
            left, right = chains[one], chains[two]
            if one == two or left is None or right is None or total[one] + total[two] > self.longest:
                continue
            if first not in (left[0], left[-1]) or second not in (right[0], right[-1]):
                continue
            (ahead, astern), (ahead_too, astern_too) = runs[one], runs[two]
            if left[-1] != first:
                left, ahead, astern = left[::-1], astern, ahead
            if right[0] != second:
                right, ahead_too, astern_too = right[::-1], astern_too, ahead_too
            onward = ahead.then(ahead_too, self.gap_s(first, second))
            backward = astern_too.then(astern, self.gap_s(second, first))
            if not (self.has_room(onward, left[0], right[-1]) or self.has_room(backward, right[-1], left[0])):
                continue
            chains[one], chains[two], runs[one] = left + right, None, (onward, backward)
            total[one] += total[two]
            for number in right:
                owner[number] = one
        return [chain for chain in chains if chain is not None]

    def insert_left_over(self, chains: list[list[int]]) -> list[list[int]]:
        """Return the chains with pieces that were left alone put where they are near two neighbours, or at an end."""
        groups = [chain for chain in chains if len(chain) > 1]
        left = []
        for (number,) in [chain for chain in chains if len(chain) == 1]:
            tried = sorted(
                (self._longer_s(chain, number, spot), position, spot)
                for position, chain in enumerate(groups)
                if self.gap_km[number, chain].min() <= self.max_gap_km
                for spot in range(len(chain) + 1)
            )
            home_s = 2 * float(self.ways.both_s[self.ways.base, self.place[number]])
            for longer_s, position, spot in tried[:TRIES]:
                wider = [*groups[position][:spot], number, *groups[position][spot:]]
                if longer_s < home_s and self._is_near(wider) and self.fits(wider):
                    groups[position] = wider
                    break
            else:
                left.append([number])
        return groups + left

    def _longer_s(self, chain: Sequence[int], number: int, spot: int) -> float:
        """Return by how much a chain grows; endless where the gear is another."""
        if self.pieces[chain[0]].gear != self.pieces[number].gear:
            return inf
        before = chain[spot - 1] if spot else None
        after = chain[spot] if spot < len(chain) else None
        return self._length_s([before, number, after]) - self._length_s([before, after])

    def _length_s(self, stops: Sequence[int | None]) -> float:
        """Return the time between stops, by the mean of both directions; None is the base."""
        total = 0.0
        for before, after in pairwise(stops):
            here = self.ways.base if before is None else self.place[before]
            there = self.ways.base if after is None else self.place[after]
            total += float(self.ways.both_s[here, there])
            if before is not None and after is not None:
                total += self.ways.wash_between_s(self.pieces[before].group, self.pieces[after].group)
        return total

    def _is_near(self, chain: Sequence[int]) -> bool:
        return bool((self.gap_km[chain[:-1], chain[1:]] <= self.max_gap_km).all())

    def untangled(self, chain: list[int]) -> list[int]:
        """Return a chain with stretches turned round while that shortens it (2-opt), from its better end."""
        improved = True
        while improved:
            improved = False
            for begin in range(len(chain) - 1):
                for end in range(begin + 2, len(chain) + 1):
                    before = None if begin == 0 else chain[begin - 1]
                    after = None if end == len(chain) else chain[end]
                    now_s = self._length_s([before, chain[begin]]) + self._length_s([chain[end - 1], after])
                    then_s = self._length_s([before, chain[end - 1]]) + self._length_s([chain[begin], after])
                    if then_s < now_s - 1e-6:
                        turned = [*chain[:begin], *chain[begin:end][::-1], *chain[end:]]
                        if self._is_near(turned) and self.fits(turned):
                            chain, improved = turned, True
        turned = chain[::-1]
        return min(chain, turned, key=lambda order: (round(self._tour_s(order), 6), order))

    def _tour_s(self, chain: Sequence[int]) -> float:
        places = [self.ways.base, *self.place[list(chain)].tolist(), self.ways.base]
        return fsum(float(self.ways.travel_s[a, b]) for a, b in pairwise(places))

    def gathering(self, chain: Sequence[int]) -> Gathering:
        ways, pieces = self.ways, [self.pieces[number] for number in chain]
        places = [piece.location for piece in pieces]
        round_trip = [ways.base, *places, ways.base]
        return Gathering(
            pieces=tuple(piece.id for piece in pieces),
            work_s=fsum(piece.service_s for piece in pieces),
            travel_s=self._tour_s(chain),
            wash_s=fsum(ways.wash_between_s(a.group, b.group) for a, b in pairwise(pieces)),
            km=fsum(float(ways.travel_km[a, b]) for a, b in pairwise(round_trip)),
            alone_s=fsum(float(ways.travel_s[ways.base, p] + ways.travel_s[p, ways.base]) for p in places),
            alone_km=fsum(float(ways.travel_km[ways.base, p] + ways.travel_km[p, ways.base]) for p in places),
            gaps_km=tuple(float(ways.travel_km[a, b]) for a, b in pairwise(places)),
            area_m2=fsum(piece.area_m2 for piece in pieces),
            quantity=fsum(piece.quantity for piece in pieces),
            price=sum(piece.price for piece in pieces),
            fits=tuple(fits(pieces, self.rooms, ways)),
        )


def _check(pieces: Sequence[Piece], rooms: Sequence[Room], ways: Ways, max_gap_km: float) -> None:
    if not max_gap_km >= 0:
        raise ScheduleInvalid(f"max_gap_km must not be below zero: {max_gap_km:g}", what="max_gap_km")
    size = ways.travel_s.shape[0]
    for kind, ids in (("piece", [one.id for one in pieces]), ("room", [one.id for one in rooms])):
        if len(set(ids)) != len(ids):
            raise DuplicateId(f"two {kind}s have the same id", kind=kind)
    places = [(piece.id, piece.location) for piece in pieces]
    places += [(room.id, place) for room in rooms for place in (room.start_location, room.end_location)]
    for name, place in places:
        if not 0 <= place < size:
            raise UnknownLocation(f"{name!r} is at location {place}, but there are {size}", location=place)
