"""The order and direction in which lines are flown: chains of neighbouring lines, joined the quickest way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from drone_service.engine.coverage.airspace import Airspace
from drone_service.engine.coverage.swaths import Layout

Floats = NDArray[np.float64]
EXACT_CHAINS = 4
"""Up to this many chains every order is looked at; more are inserted one by one and improved."""
MAX_ROUNDS = 6


@dataclass(frozen=True, eq=False)
class Way:
    """One way to fly a chain: its lines in flying order and direction, and the seconds between them."""

    lines: Floats
    between_s: float

    @property
    def entry(self) -> Floats:
        return np.asarray(self.lines[0, 0])

    @property
    def exit(self) -> Floats:
        return np.asarray(self.lines[-1, 1])


@dataclass(frozen=True, eq=False)
class Order:
    """All lines in flying order, and the seconds flown between them."""

    lines: Floats
    transit_s: float


def chains_of(layout: Layout) -> list[list[int]]:
    """Group lines into chains: neighbours in the next row that overlap one to one follow each other."""
    by_row: dict[int, list[int]] = {}
    for index, row in enumerate(layout.row.tolist()):
        by_row.setdefault(row, []).append(index)
    chains: list[list[int]] = []
    open_ends: dict[int, list[int]] = {}
    for row in sorted(by_row):
        below, here = by_row.get(row - 1, []), by_row[row]
        ends: dict[int, list[int]] = {}
        for index in here:
            under = [other for other in below if _overlap(layout, index, other)]
            alone = len(under) == 1 and sum(_overlap(layout, above, under[0]) for above in here) == 1
            chain = open_ends.get(under[0]) if alone else None
            if chain is None:
                chain = []
                chains.append(chain)
            chain.append(index)
            ends[index] = chain
        open_ends = ends
    return chains


def _overlap(layout: Layout, one: int, other: int) -> bool:
    return bool(layout.begin[one] < layout.end[other] and layout.begin[other] < layout.end[one])


def best_order(chains: Sequence[Floats], air: Airspace, refill: Floats | None) -> Order:
    """Return the quickest order found over chains of lines (each of shape (n, 2, 2)), from and to a refill place.

    Exact for few chains, cheapest insertion with improvement for many. Without a refill place only the way
    between the lines counts.
    """
    return best_orders([chains], air, refill)[0]


def best_orders(layouts: Sequence[Sequence[Floats]], air: Airspace, refill: Floats | None) -> list[Order]:
    """Return what `best_order` does for the chains of each of several layouts."""
    if not layouts:
        return []
    ways = iter(_ways([chain for chains in layouts for chain in chains], air))
    return [_quickest([next(ways) for _ in chains], air, refill) for chains in layouts]


def _quickest(ways: Sequence[Sequence[Way]], air: Airspace, refill: Floats | None) -> Order:
    flat = [way for options in ways for way in options]
    own_s, home = np.array([way.between_s for way in flat]), (np.zeros(len(flat)), np.zeros(len(flat)))
    entries, exits = np.stack([way.entry for way in flat]), np.stack([way.exit for way in flat])
    if refill is not None:
        home = _straight(refill, entries, air), _straight(refill, exits, air)
    if len(ways) == 1:
        cost_s = home[0] + own_s + home[1]
        best = int(np.argmin(cost_s))
        return Order(flat[best].lines, float(cost_s[best]))
    hop_s = air.seconds(exits, entries)
    # A part that cannot be reached inside the field is flown to in a straight line: the price keeps it last.
    hop_s = np.where(np.isfinite(hop_s), hop_s, 1e4 + np.hypot(*(exits[:, None] - entries[None]).transpose(2, 0, 1)))
    search = _Search(hop_s.tolist(), home[0].tolist(), home[1].tolist(), own_s.tolist(), _numbers(ways))
    chosen = search.exact() if len(ways) <= EXACT_CHAINS else search.inserted()
    return Order(np.concatenate([flat[index].lines for index in chosen]), search.cost(chosen))


def _straight(refill: Floats, points: Floats, air: Airspace) -> Floats:
    away = points - refill
    return np.hypot(away[:, 0], away[:, 1]) / air.speed_m_s


def _numbers(ways: Sequence[Sequence[Way]]) -> list[list[int]]:
    bounds = np.cumsum([0, *[len(options) for options in ways]])
    return [list(range(low, high)) for low, high in pairwise(bounds.tolist())]


def _ways(chains: Sequence[Floats], air: Airspace) -> list[list[Way]]:
    """Return the ways to fly each chain, with the seconds between their lines."""
    flown = [_flown(chain) for chain in chains]
    every = [lines for options in flown for lines in options]
    # All in one question: numpy is slow on short arrays.
    hop_s = air.hops(*(np.concatenate(part) for part in ([x[:-1, 1] for x in every], [x[1:, 0] for x in every])))
    last = np.cumsum([len(lines) - 1 for lines in every]).tolist()
    between_s = iter([float(hop_s[low:high].sum()) for low, high in pairwise([0, *last])])
    return [[Way(lines, next(between_s)) for lines in options] for options in flown]


def _flown(chain: Floats) -> list[Floats]:
    """Return the four ways to fly a chain (from either end, beginning on either side), or the two of one line."""
    found = []
    for lines in (chain,) if len(chain) == 1 else (chain, chain[::-1]):
        for first_turned in (False, True):
            flown = lines.copy()
            turned = np.arange(len(lines)) % 2 == (0 if first_turned else 1)
            flown[turned] = flown[turned][:, ::-1]
            found.append(flown)
    return found


@dataclass(frozen=True)
class _Search:
    """Orders over numbered ways; each group of numbers is one chain, of which one way is flown."""

    hop_s: list[list[float]]
    out_s: list[float]
    back_s: list[float]
    own_s: list[float]
    groups: list[list[int]]

    def cost(self, chosen: Sequence[int]) -> float:
        hops = sum(self.hop_s[one][other] for one, other in pairwise(chosen))
        return self.out_s[chosen[0]] + hops + self.back_s[chosen[-1]] + sum(self.own_s[way] for way in chosen)

    def exact(self) -> list[int]:
        """Look at every order by dynamic programming over the set of chains already flown."""
        best: dict[tuple[int, int], tuple[float, list[int]]] = {
            (1 << group, way): (self.out_s[way] + self.own_s[way], [way])
            for group, ways in enumerate(self.groups)
            for way in ways
        }
        for _ in range(len(self.groups) - 1):
            longer: dict[tuple[int, int], tuple[float, list[int]]] = {}
            for (done, last), (cost, chosen) in best.items():
                for group, ways in enumerate(self.groups):
                    if done >> group & 1:
                        continue
                    for way in ways:
                        price = cost + self.hop_s[last][way] + self.own_s[way]
                        key = (done | 1 << group, way)
                        if key not in longer or price < longer[key][0]:
                            longer[key] = price, [*chosen, way]
            best = longer
        return min(best.values(), key=lambda found: found[0] + self.back_s[found[1][-1]])[1]

    def inserted(self) -> list[int]:
        """Insert chain after chain where it costs least, then move single chains as long as that helps."""
        chosen = [min(self.groups[0], key=lambda way: self.own_s[way] + self.out_s[way])]
        for ways in self.groups[1:]:
            chosen = self._insert(chosen, ways)[1]
        cost = self.cost(chosen)
        group_of = {way: ways for ways in self.groups for way in ways}
        for _ in range(MAX_ROUNDS):
            before = cost
            for way in tuple(chosen):
                rest = [other for other in chosen if other != way]
                added, moved = self._insert(rest, group_of[way])
                moved_cost = self.cost(rest) + added
                if moved_cost < cost - 1e-9:
                    chosen, cost = moved, moved_cost
            if cost >= before - 1e-9:
                break
        return chosen

    def _insert(self, chosen: list[int], ways: Sequence[int]) -> tuple[float, list[int]]:
        hop_s, out_s, back_s, own_s = self.hop_s, self.out_s, self.back_s, self.own_s
        best = (float("inf"), 0, 0)
        for way in ways:
            best = min(best, (out_s[way] + own_s[way] + hop_s[way][chosen[0]] - out_s[chosen[0]], 0, way))
            for place in range(1, len(chosen)):
                one, other = chosen[place - 1], chosen[place]
                added = hop_s[one][way] + own_s[way] + hop_s[way][other] - hop_s[one][other]
                if added < best[0]:
                    best = added, place, way
            last = chosen[-1]
            best = min(best, (hop_s[last][way] + own_s[way] + back_s[way] - back_s[last], len(chosen), way))
        added, place, way = best
        return added, [*chosen[:place], way, *chosen[place:]]
