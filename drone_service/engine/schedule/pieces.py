"""Pieces of waiting work, free stretches of crews, and groups of pieces that are done together. Plain values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import ceil

import numpy as np

from drone_service.engine.schedule.problem import Matrix, Window


@dataclass(frozen=True, slots=True)
class Piece:
    """Work at one place that is done in one go: a job, or the jobs of a block.

    `windows` are when it may be done (their gain is not looked at), `group` is what is in the tank and `gear` what the
    aircraft wears: work with other gear is never put together. `quantity` is litres or kilograms, `price` whole đồng.
    """

    id: str
    location: int
    service_s: float
    windows: tuple[Window, ...]
    group: str | None = None
    gear: str | None = None
    area_m2: float = 0.0
    quantity: float = 0.0
    price: int = 0


@dataclass(frozen=True, slots=True)
class Room:
    """A free stretch of one crew, between two places and between what is in the tank before and after it."""

    id: str
    start_s: float
    end_s: float
    start_location: int
    end_location: int
    start_group: str | None = None
    end_group: str | None = None


@dataclass(frozen=True)
class Ways:
    """Travel between places in seconds and kilometres, where the base is, and what washing out takes.

    A schedule that keeps whole steps of time free rounds each way and each wash-out up to `step_s`; what fits is found
    with those, while the figures of a group are the ways as they are.
    """

    travel_s: Matrix
    travel_km: Matrix
    base: int = 0
    wash_s: float = 0.0
    step_s: float = 0.0

    def wash_between_s(self, before: str | None, after: str | None) -> float:
        return 0.0 if before is None or after is None or before == after else self.wash_s

    @cached_property
    def both_s(self) -> Matrix:
        """The mean of the two directions."""
        mean: Matrix = (self.travel_s + self.travel_s.T) / 2
        return mean

    @cached_property
    def kept(self) -> Ways:
        """The ways as the schedule keeps them free."""
        if not self.step_s:
            return self
        steps = np.ceil(np.round(self.travel_s, 3) / self.step_s) * self.step_s
        return Ways(steps, self.travel_km, self.base, ceil(round(self.wash_s, 3) / self.step_s) * self.step_s)

    @cached_property
    def longer_km(self) -> Matrix:
        """The longer of the two directions."""
        longer: Matrix = np.maximum(self.travel_km, self.travel_km.T)
        return longer


@dataclass(frozen=True, slots=True)
class Fit:
    """A group in a room: the pieces in the order of the work there, and the soonest start of each."""

    room: str
    pieces: tuple[str, ...]
    starts_s: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Gathering:
    """Pieces to be done together, in order along the way. `travel_s` and `km` are from the base and back.

    `alone_s` and `alone_km` are what the ways would be with a trip of its own for each; `gaps_km` are the ways between
    neighbours.
    """

    pieces: tuple[str, ...]
    work_s: float
    travel_s: float
    wash_s: float
    km: float
    alone_s: float
    alone_km: float
    gaps_km: tuple[float, ...]
    area_m2: float
    quantity: float
    price: int
    fits: tuple[Fit, ...]

    @property
    def total_s(self) -> float:
        """Work, ways and washing."""
        return self.work_s + self.travel_s + self.wash_s

    @property
    def saved_s(self) -> float:
        """What is saved against trips of their own; those are taken to need no washing."""
        return self.alone_s - self.travel_s - self.wash_s

    @property
    def saved_km(self) -> float:
        return self.alone_km - self.km

    @property
    def ha_per_h(self) -> float:
        return self.area_m2 * 0.36 / self.total_s if self.total_s > 0 else 0.0

    @property
    def alone_ha_per_h(self) -> float:
        alone_s = self.work_s + self.alone_s
        return self.area_m2 * 0.36 / alone_s if alone_s > 0 else 0.0


def fits(pieces: Sequence[Piece], rooms: Sequence[Room], ways: Ways) -> list[Fit]:
    """Return the rooms that hold the pieces in the order given or the other way round, each with the soonest starts."""
    found, kept = [], ways.kept
    for room in rooms:
        tried = [_in_room(order, room, kept) for order in (pieces, pieces[::-1])]
        possible = [(end_s, turn, fit) for turn, one in enumerate(tried) if one is not None for end_s, fit in [one]]
        if possible:
            found.append(min(possible, key=lambda one: one[:2])[2])
    return found


def _in_room(order: Sequence[Piece], room: Room, ways: Ways) -> tuple[float, Fit] | None:
    """Return when the crew is free again and the soonest starts of the pieces, or None where they do not fit."""
    place, group, free_s = room.start_location, room.start_group, room.start_s
    starts: list[float] = []
    for piece in order:
        reached = free_s + ways.wash_between_s(group, piece.group) + float(ways.travel_s[place, piece.location])
        soonest = [
            max(window.start_s, reached)
            for window in piece.windows
            if max(window.start_s, reached) + piece.service_s <= window.end_s
        ]
        if not soonest:
            return None
        starts.append(min(soonest))
        place, group, free_s = piece.location, piece.group, starts[-1] + piece.service_s
    back = free_s + ways.wash_between_s(group, room.end_group) + float(ways.travel_s[place, room.end_location])
    if back > room.end_s:
        return None
    return back, Fit(room.id, tuple(piece.id for piece in order), tuple(starts))
