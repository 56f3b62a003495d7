"""Fields of several owners flown as one: where they join, and what of the flight falls to each.

Every share adds up to the whole. The quantity of a member is rate × its own area; its seconds are the spraying over
it, by length, and its part by area of everything else, because the way there and the fillings serve all alike.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon, Polygon

from drone_service.engine.coverage.phases import phases_of
from drone_service.engine.coverage.plan import Plan, Sortie
from drone_service.engine.coverage.zones import Area
from drone_service.engine.errors import EngineError
from drone_service.engine.geometry.repair import union_m

SLIT_M = 0.5
"""Fields this close adjoin: surveyed outlines of neighbours seldom share their corners (k). Lines run across."""
MOST_GAP_M = 50.0
"""A path, a canal or a dyke; what lies further apart is not one block (k)."""
TOUCH_M = 1e-6


class NotABlock(EngineError):
    """Fields that are too far apart, or cover each other."""

    code = "not_a_block"


@dataclass(frozen=True, eq=False)
class Member:
    """A field of a block: what is sprayed of it in metres, its geodesic area, and the seconds of flying it alone."""

    label: str
    shape: Area
    area_m2: float
    alone_s: float | None
    """None where it cannot be flown alone."""


@dataclass(frozen=True)
class Share:
    """What of a block falls to one member."""

    label: str
    area_m2: float
    part: float
    """Its part of the area, by which the price and a saving are shared."""
    quantity: float
    """Litres or kilograms that are due to it: rate × area."""
    seconds: float
    alone_s: float | None
    by_sortie: tuple[float, ...]
    """What each flight puts out over it, by sprayed length."""


@dataclass(frozen=True)
class BlockShares:
    """A block shared out to its members."""

    members: tuple[Share, ...]
    total_s: float

    @property
    def alone_s(self) -> float | None:
        """The seconds of flying the members one by one; None where one of them cannot be flown alone."""
        alone = [member.alone_s for member in self.members if member.alone_s is not None]
        return math.fsum(alone) if len(alone) == len(self.members) else None

    @property
    def saving_s(self) -> float | None:
        """What the block saves against flying its members one by one; below zero it does not pay."""
        return None if self.alone_s is None else self.alone_s - self.total_s

    @property
    def saving_share(self) -> float | None:
        """The saving as a share of flying one by one."""
        return None if not self.alone_s or self.saving_s is None else self.saving_s / self.alone_s


def disjoint(shapes: Sequence[Area]) -> list[Area]:
    """Return the members without what a member named before them covers already, so that nothing counts twice.

    Raises NotABlock where nothing is left of one.
    """
    found: list[Area] = []
    for shape in shapes:
        rest: Area = shape
        for earlier in found:
            if rest.intersects(earlier):
                rest = _areas(rest.difference(earlier))
        if rest.is_empty:
            raise NotABlock("a field of the block is covered by another one")
        found.append(rest)
    return found


def groups(shapes: Sequence[Area], gap_m: float) -> list[list[int]]:
    """Return which members join, directly or through others: gaps of up to `gap_m` are flown over unsprayed."""
    group = list(range(len(shapes)))
    tree = shapely.STRtree(shapes)
    near = tree.query(shapes, predicate="dwithin", distance=gap_m).T.tolist() if shapes else []
    for one, other in near:
        low, high = sorted((group[one], group[other]))
        group = [low if number == high else number for number in group]
    return [[index for index, number in enumerate(group) if number == first] for first in sorted(set(group))]


def joined(shapes: Sequence[Area]) -> Area:
    """Unite members and close the slits between two of them, so that a line runs across the border.

    A notch of a single field stays open: only what lies between two members is closed.
    """
    united = _areas(union_m(shapes))
    half_m = SLIT_M / 2 + TOUCH_M
    closed = united.buffer(half_m, join_style="mitre").buffer(-half_m, join_style="mitre")
    slits = [
        slit
        for slit in shapely.get_parts(closed.difference(united))
        if slit.area > 0 and sum(slit.distance(shape) < TOUCH_M for shape in shapes) > 1
    ]
    return _areas(union_m([united, *slits])) if slits else united


def share_block(plan: Plan, members: Sequence[Member]) -> BlockShares:
    """Share the plan of a block out to its members; area, quantity and seconds add up to the plan's."""
    lengths_m = np.stack([_lengths_m(sortie, members) for sortie in plan.sorties])
    areas_m2 = np.array([member.area_m2 for member in members])
    parts = areas_m2 / areas_m2.sum()
    by_length = lengths_m.sum(axis=0) / lengths_m.sum()
    spray_s = phases_of(plan).spray_s
    seconds = spray_s * by_length + (plan.total_s - spray_s) * parts
    put_out = np.array([sortie.quantity for sortie in plan.sorties])[:, None]
    by_sortie = put_out * lengths_m / lengths_m.sum(axis=1, keepdims=True)
    return BlockShares(
        members=tuple(
            Share(
                label=member.label,
                area_m2=member.area_m2,
                part=float(parts[index]),
                quantity=plan.settings.rate_per_ha * member.area_m2 / 10_000,
                seconds=float(seconds[index]),
                alone_s=member.alone_s,
                by_sortie=tuple(by_sortie[:, index].tolist()),
            )
            for index, member in enumerate(members)
        ),
        total_s=plan.total_s,
    )


def _lengths_m(sortie: Sortie, members: Sequence[Member]) -> NDArray[np.float64]:
    """Return the sprayed metres of a flight over each member.

    What a line sprays over a slit falls to the members it lies between, in proportion, and to the nearest member
    where the line lies over none.
    """
    points = np.array([vertex[:2] for vertex in sortie.path])
    sprayed = np.array([vertex[2] for vertex in sortie.path[1:]], dtype=bool)
    legs = shapely.linestrings(np.stack((points[:-1], points[1:]), axis=1)[sprayed])
    shapes = np.array([member.shape for member in members], dtype=object)
    inside_m = shapely.length(shapely.intersection(legs[:, None], shapes[None, :]))
    away_m = shapely.distance(legs[:, None], shapes[None, :])
    nearest = np.eye(len(members))[np.argmin(away_m, axis=1)]
    whole_m = inside_m.sum(axis=1, keepdims=True)
    over = np.where(whole_m > TOUCH_M, inside_m / np.maximum(whole_m, TOUCH_M), nearest)
    return np.asarray((over * shapely.length(legs)[:, None]).sum(axis=0))


def _areas(shape: object) -> Area:
    parts = [part for part in shapely.get_parts(shape) if isinstance(part, Polygon) and part.area > 0]
    return parts[0] if len(parts) == 1 else MultiPolygon(parts)
