"""Where the aircraft may fly with the nozzles off, and the quickest way from one place to another inside it.

A visibility graph over the corners that stand in the way. Each bend is a full stop, so ways are compared by
seconds and not by metres: one bend costs as much as some thirty metres of flight.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon, Polygon

from drone_service.engine.coverage.kinematics import leg_s
from drone_service.engine.coverage.sight import ring_edges, views, views_beside

Points = NDArray[np.float64]
MAX_CORNERS = 60
"""More corners than this are thinned out on a slightly smaller outline: the matrix grows with the square."""
MOST_CORNERS = 400
"""The same where thinning has closed a narrow passage and the way has to be looked for again."""
TOUCH_M = 1e-3
"""How far a way may run outside, in metres. Not less: GEOS drops whole holes from buffers of 10 µm and below."""


@dataclass(frozen=True, eq=False)
class Airspace:
    """A region and the speed at which it is crossed."""

    region: Polygon | MultiPolygon
    speed_m_s: float
    acceleration_m_s2: float
    max_corners: int = MAX_CORNERS

    @cached_property
    def _closer(self) -> Airspace | None:
        """The same air with more corners, for places that the thinned ones do not join."""
        if self.max_corners >= MOST_CORNERS or len(_bends(self.region)) <= self.max_corners:
            return None
        return Airspace(self.region, self.speed_m_s, self.acceleration_m_s2, MOST_CORNERS)

    @cached_property
    def fence(self) -> Polygon | MultiPolygon:
        """The region with a hair of width, which ways are tested against."""
        return fence_of(self.region)

    @cached_property
    def edges(self) -> Points:
        """The edges of the fence."""
        return ring_edges(self.fence)

    @cached_property
    def corners(self) -> Points:
        """The corners around which a way can bend: inward ones of outlines, all ones of holes that stick out."""
        corners = _bends(self.region)
        step_m = 0.1 if self.max_corners == MOST_CORNERS else 0.5
        while len(corners) > self.max_corners and step_m < 64:
            thinner = _bends(shapely.buffer(self.region, -step_m).simplify(step_m))
            corners, step_m = (thinner if len(thinner) else corners[: self.max_corners]), step_m * 2
        return corners[: 2 * self.max_corners]

    @cached_property
    def _ways(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Seconds between all corners and the next corner on the quickest way (Floyd and Warshall)."""
        seconds = self._straight_s(self.corners, self.corners)
        count = len(self.corners)
        following = np.tile(np.arange(count), (count, 1))
        for middle in range(count):
            through = seconds[:, middle, None] + seconds[None, middle, :]
            better = through < seconds - 1e-12
            seconds = np.where(better, through, seconds)
            following = np.where(better, following[:, middle, None], following)
        return seconds, following

    @property
    def corner_ways_s(self) -> NDArray[np.float64]:
        """Seconds of the quickest ways between all corners, shape (corners, corners)."""
        return self._ways[0]

    def seconds(self, starts: Points, ends: Points) -> NDArray[np.float64]:
        """Return the seconds of the quickest ways from every start to every end; inf where there is none."""
        straight = self._straight_s(starts, ends)
        if np.isfinite(straight).all() or not len(self.corners):
            return straight
        # A straight flight is never slower than one with bends: only what is out of sight is looked for round corners.
        hidden = np.flatnonzero(~np.isfinite(straight).all(axis=0))
        around = _min_plus(self._to_corners(starts), self._ways[0])
        found = straight
        found[:, hidden] = np.minimum(found[:, hidden], _min_plus(around, self._to_corners(ends[hidden]).T))
        if self._closer is not None and not np.isfinite(found).all():
            found = np.minimum(found, self._closer.seconds(starts, ends))
        return found

    def hops(self, starts: Points, ends: Points) -> NDArray[np.float64]:
        """Return the seconds of the quickest way from each start to the end beside it; straight where there is none."""
        away = ends - starts
        straight = leg_s(np.hypot(away[:, 0], away[:, 1]), self.speed_m_s, self.acceleration_m_s2)
        blocked = np.flatnonzero(~views_beside(starts, ends, self.edges))
        if len(blocked) and len(self.corners):
            to, back = self._to_corners(starts[blocked]), self._to_corners(ends[blocked])
            around = np.min(np.stack([np.min(row[:, None] + self._ways[0], axis=0) for row in to]) + back, axis=1)
            lost = ~np.isfinite(around)
            if self._closer is not None and lost.any():
                around[lost] = self._closer.hops(starts[blocked][lost], ends[blocked][lost])
            straight[blocked] = np.where(np.isfinite(around), around, straight[blocked])
        return straight

    def way(self, start: Points, end: Points) -> list[tuple[float, float]]:
        """Return the bends of the quickest way, without its two ends. A way that does not exist is a straight line."""
        ends = (float(start[0]), float(start[1]), float(end[0]), float(end[1]))
        if ends not in self._found:
            self._found[ends] = self._way(start, end)
        return self._found[ends]

    @cached_property
    def _found(self) -> dict[tuple[float, float, float, float], list[tuple[float, float]]]:
        """Ways already looked for: plans that are compared share most of theirs."""
        return {}

    def _way(self, start: Points, end: Points) -> list[tuple[float, float]]:
        straight = self._straight_s(start[None], end[None])[0, 0]
        if not len(self.corners) or np.isfinite(straight):
            # A straight flight is never slower than one with bends.
            return []
        seconds, following = self._ways
        total = self._to_corners(start[None])[0][:, None] + seconds + self._to_corners(end[None])[0][None, :]
        first, last = np.unravel_index(int(np.argmin(total)), total.shape)
        if not np.isfinite(total[first, last]):
            return [] if self._closer is None else self._closer.way(start, end)
        bends = [int(first)]
        while bends[-1] != last:
            bends.append(int(following[bends[-1], last]))
        return [(float(x), float(y)) for x, y in self.corners[bends]]

    def _to_corners(self, points: Points) -> NDArray[np.float64]:
        return self._straight_s(points, self.corners)

    def _straight_s(self, starts: Points, ends: Points) -> NDArray[np.float64]:
        if not len(starts) or not len(ends):
            return np.full((len(starts), len(ends)), np.inf)
        away = ends[None, :, :] - starts[:, None, :]
        seconds = leg_s(np.hypot(away[..., 0], away[..., 1]), self.speed_m_s, self.acceleration_m_s2)
        return np.where(views(starts, ends, self.edges), seconds, np.inf)


def stands_in(area: Polygon | MultiPolygon, place: tuple[float, float]) -> bool:
    """Return whether a place lies in an area, and not on its edge by the hair that ways have."""
    point = shapely.Point(place)
    return bool(area.contains(point) and area.boundary.distance(point) > TOUCH_M)


def fence_of(region: Polygon | MultiPolygon) -> Polygon | MultiPolygon:
    """Return a region with a hair of width, prepared for tests."""
    # Ends of lines lie on the region's edge: without a hair of width half of them would count as outside.
    fence = shapely.buffer(region, TOUCH_M, join_style="mitre")
    shapely.prepare(fence)
    return fence


def _min_plus(left: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.stack([np.min(row[:, None] + right, axis=0) for row in left]) if len(left) else left


def _bends(region: Polygon | MultiPolygon) -> Points:
    rings = [
        ring
        for polygon in (region.geoms if isinstance(region, MultiPolygon) else [region])
        if not polygon.is_empty
        for ring in (shapely.orient_polygons(polygon).exterior, *shapely.orient_polygons(polygon).interiors)
    ]
    found = [_right_turns(shapely.get_coordinates(ring)[:-1]) for ring in rings]
    return np.concatenate(found) if found else np.empty((0, 2))


def _right_turns(corners: Points) -> Points:
    # Outlines run anticlockwise and holes clockwise: in both, free space bulges where the ring turns right.
    before, after = corners - np.roll(corners, 1, axis=0), np.roll(corners, -1, axis=0) - corners
    cross = before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]
    return corners[cross < -1e-9]


def open_air(holes: Sequence[Polygon], around: Sequence[tuple[float, float]]) -> Polygon:
    """Return a box around all points, less the holes: the air of a refill place that stands off the field."""
    shapes = [*holes, shapely.MultiPoint(list(around))]
    west, south, east, north = shapely.total_bounds(shapes)
    box = shapely.box(west - 100, south - 100, east + 100, north + 100)
    return box.difference(shapely.union_all(holes, grid_size=1e-6)) if holes else box
