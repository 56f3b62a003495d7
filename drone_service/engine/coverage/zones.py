"""What lies near a field and must not be sprayed or flown over: kinds, their buffers, and the areas that follow.

The kinds and distances are defaults that a cooperative changes; a zone may have its own distance besides.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from drone_service.engine.coverage.wind import CALM_M_S, Wind
from drone_service.engine.errors import EngineError
from drone_service.engine.geometry.repair import union_m

MAX_BUFFER_M = 500.0
CLEARANCE_M = 5.0
"""How far the aircraft stays from what it may not fly over, where the buffer against spray is wider (k)."""
DRIFT_HALF_ANGLE_DEG = 45.0
"""Drift is taken to go anywhere within this angle of where the wind blows: it turns within an hour (k)."""
SIDES = 48
"""A buffer is a polygon of this many sides round the circle, never inside it: 0.2 % too wide at most."""
FEW_SIDES, FEW_SIDES_M = 16, 8.0
"""Up to this distance fewer sides do (2 %, 16 cm at most): every side is a thing to steer clear of in the search."""
SHAPES = ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon")
Area: TypeAlias = Polygon | MultiPolygon


class ZoneKind(StrEnum):
    """What a zone is."""

    HOUSE = "house"
    TREE = "tree"
    POLE = "pole"
    POWER_LINE = "power_line"
    POND = "pond"
    CANAL = "canal"
    AQUACULTURE = "aquaculture"
    BEEHIVE = "beehive"
    ROAD = "road"
    NEIGHBOUR_CROP = "neighbour_crop"


class WrongZone(EngineError):
    """A zone that cannot be kept clear of: an unknown kind, a distance out of range, a shape without extent."""

    code = "wrong_zone"


@dataclass(frozen=True)
class KindRule:
    """How far spray stays from a kind of zone, how far upwind of it, and whether it may be flown over."""

    buffer_m: float
    downwind_m: float
    may_overfly: bool


KIND_RULES: Mapping[ZoneKind, KindRule] = {
    ZoneKind.HOUSE: KindRule(30.0, 30.0, False),
    ZoneKind.TREE: KindRule(3.0, 3.0, False),
    ZoneKind.POLE: KindRule(3.0, 3.0, False),
    ZoneKind.POWER_LINE: KindRule(5.0, 5.0, False),
    ZoneKind.POND: KindRule(50.0, 100.0, True),
    ZoneKind.CANAL: KindRule(50.0, 100.0, True),
    ZoneKind.AQUACULTURE: KindRule(50.0, 100.0, False),
    ZoneKind.BEEHIVE: KindRule(200.0, 200.0, False),
    ZoneKind.ROAD: KindRule(30.0, 30.0, True),
    ZoneKind.NEIGHBOUR_CROP: KindRule(3.0, 10.0, True),
}
"""Distances where nothing else is said (k): houses and roads 30 m, water 50 m and 100 m downwind, bees 200 m."""
OBSTACLES = frozenset({ZoneKind.TREE, ZoneKind.POLE, ZoneKind.POWER_LINE})
"""In the way of the aircraft; spray does them no harm, so a strip may reach under them while its line stays off."""


@dataclass(frozen=True, eq=False)
class Zone:
    """Something to keep clear of, in metres of the field's plane. Without a kind it is a plain area to leave out."""

    label: str
    shape: BaseGeometry
    kind: ZoneKind | None = None
    buffer_m: float = 0.0
    downwind_m: float = 0.0
    may_overfly: bool = False

    @property
    def clearance_m(self) -> float:
        """How far the aircraft stays from it even with the nozzles off, where it may not be flown over."""
        return min(self.buffer_m, CLEARANCE_M)

    @property
    def minds_spray(self) -> bool:
        """Return whether not even the edge of a strip may reach into the buffer."""
        return self.kind is not None and self.kind not in OBSTACLES

    def spray_free(self, wind: Wind | None) -> Area:
        """Return where nothing is sprayed: the zone and its buffer, longer on the side the wind comes from."""
        return _widened(self.shape, _around(self.buffer_m, self.downwind_m, wind))

    def flight_free(self) -> Area | None:
        """Return where the aircraft does not fly at all; None if the zone may be flown over."""
        return None if self.may_overfly else _widened(self.shape, _around(self.clearance_m, 0.0, None))


def zone_of(
    label: str,
    shape: BaseGeometry,
    kind: ZoneKind | None,
    *,
    rules: Mapping[ZoneKind, KindRule] = KIND_RULES,
    buffer_m: float | None = None,
    may_overfly: bool | None = None,
) -> Zone:
    """Return a zone with the distances of its kind, or with its own.

    With its own distance the longer one downwind grows in the same proportion. Raises WrongZone for a distance out of
    range or a shape that covers nothing.
    """
    rule = rules[kind] if kind is not None else KindRule(0.0, 0.0, False)
    ensure_distance(label, buffer_m)
    wide_m = rule.buffer_m if buffer_m is None else buffer_m
    stretch = rule.downwind_m / rule.buffer_m if rule.buffer_m > 0 else 1.0
    downwind_m = rule.downwind_m if buffer_m is None else max(wide_m, min(MAX_BUFFER_M, wide_m * stretch))
    if shape.is_empty or shape.geom_type not in SHAPES:
        raise WrongZone(f"{label}: a zone is a point, a line or an area", zone=label)
    if wide_m == 0 and not isinstance(shape, Polygon | MultiPolygon):
        raise WrongZone(f"{label}: a point or a line needs a buffer above 0", zone=label)
    overfly = rule.may_overfly if may_overfly is None else may_overfly
    return Zone(label, shape, kind, wide_m, max(wide_m, downwind_m), overfly)


def ensure_distance(label: str, buffer_m: float | None) -> None:
    """Refuse a buffer below 0, above 500 m or not a number. Raises WrongZone."""
    if buffer_m is not None and not 0 <= buffer_m <= MAX_BUFFER_M:
        raise WrongZone(f"{label}: a buffer lies between 0 and {MAX_BUFFER_M:g} m", zone=label, high_m=MAX_BUFFER_M)


def _around(plain_m: float, downwind_m: float, wind: Wind | None) -> NDArray[np.float64]:
    """Return the corners of what lies too near to the origin: a circle, drawn out to the side the wind comes from."""
    sides = FEW_SIDES if max(plain_m, downwind_m) <= FEW_SIDES_M else SIDES
    if sides == SIDES:
        # A longer distance never covers less than a shorter one, also where the number of sides changes.
        plain_m = max(plain_m, min(plain_m, FEW_SIDES_M) / math.cos(math.pi / FEW_SIDES))
    corners = (np.arange(sides) + 0.5) * (2 * math.pi / sides)
    reach_m = np.full(sides, plain_m)
    if wind is not None and wind.speed_m_s >= CALM_M_S:
        upwind = math.pi / 2 - math.radians(wind.from_deg)
        away = np.abs((corners - upwind + math.pi) % (2 * math.pi) - math.pi)
        # A side of the polygon has two corners: both are far out as soon as the side reaches into the angle.
        reach_m[away <= math.radians(DRIFT_HALF_ANGLE_DEG) + 2 * math.pi / sides] = max(plain_m, downwind_m)
    reach_m = reach_m / math.cos(math.pi / sides)
    return np.column_stack((np.cos(corners), np.sin(corners))) * reach_m[:, None]


def _widened(shape: BaseGeometry, around: NDArray[np.float64]) -> Area:
    """Return the sum of a geometry and a convex shape round the origin (Minkowski)."""
    if not np.any(around):
        return shape if isinstance(shape, Polygon | MultiPolygon) else Polygon()
    points = shapely.get_coordinates(shapely.get_parts(shape)[shapely.get_type_id(shapely.get_parts(shape)) == 0])
    rings, number = shapely.get_coordinates(_outlines(shape), return_index=True)
    keep = number[1:] == number[:-1]
    pairs = np.concatenate((np.stack((points, points), axis=1), np.stack((rings[:-1][keep], rings[1:][keep]), axis=1)))
    corners = (pairs[:, :, None, :] + around[None, None, :, :]).reshape(len(pairs), -1, 2)
    each = shapely.convex_hull(shapely.multipoints(corners))
    solid = [shape] if isinstance(shape, Polygon | MultiPolygon) else []
    united = union_m([*each, *solid])
    return united if isinstance(united, Polygon | MultiPolygon) else Polygon()


def _outlines(shape: BaseGeometry) -> NDArray[np.object_]:
    parts = shapely.get_parts(shape)
    lines = parts[shapely.get_type_id(parts) == 1]
    rings = shapely.get_rings(parts[shapely.get_type_id(parts) == 3])
    return np.concatenate((lines, rings))
