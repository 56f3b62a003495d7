"""The room a flight has: what is sprayed, where lines may lie, where the aircraft may fly, where no spray may go."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon, Polygon

from drone_service.engine.coverage.airspace import Airspace, fence_of
from drone_service.engine.coverage.cover import strips
from drone_service.engine.coverage.settings import FlightSettings
from drone_service.engine.coverage.swaths import SHORTEST_LINE_M

Floats = NDArray[np.float64]
INSET_M = 0.005
"""Lines end this far inside the outline, so that rounding coordinates never puts one outside."""
TOUCH_M2 = 1e-4
"""Strips that reach less than this into what must stay free only touch it."""
STEP_BACK_M = 0.002
"""How much further than measured a strip is drawn back."""


@dataclass(frozen=True, eq=False)
class Room:
    """A field in metres with the limits of its lines and flights."""

    shape: Polygon | MultiPolygon
    region: Polygon | MultiPolygon
    """The shape less a hair: lines end inside it."""
    air: Airspace
    spray_shy: Polygon | MultiPolygon = field(default_factory=Polygon)
    """Where not even the edge of a strip may lie."""
    free: Polygon | MultiPolygon | None = None
    """Where the aircraft may fly, if that is more than the shape."""

    @classmethod
    def of(
        cls,
        shape: Polygon | MultiPolygon,
        free: Polygon | MultiPolygon | None,
        spray_shy: Polygon | MultiPolygon,
        settings: FlightSettings,
    ) -> Room:
        """Return the room of a shape; None as `free` is the shape itself."""
        region = _inset(shape)
        where = region if free is None else _inset(free)
        return cls(shape, region, Airspace(where, settings.speed_m_s, settings.acceleration_m_s2), spray_shy, free)

    def air_at(self, speed_m_s: float) -> Airspace:
        """Return the air at another speed."""
        return self.air if speed_m_s == self.air.speed_m_s else replace(self.air, speed_m_s=speed_m_s)

    @cached_property
    def fence(self) -> Polygon | MultiPolygon:
        """The region with a hair of width, which lines are tested against."""
        return self.air.fence if self.air.region is self.region else fence_of(self.region)

    def cleared(self, lines: Floats, swath_m: float) -> Floats:
        """Move or cut lines whose strips reach into what must stay free of spray; the others stay as they are.

        A line is moved aside where that keeps it inside the field and loses less than cutting it.
        """
        if self.spray_shy.is_empty or not len(lines):
            return lines
        each = strips(lines, swath_m)
        inside = shapely.intersection(each, self.spray_shy)
        found: list[Floats] = []
        for line, wet in zip(lines, inside, strict=True):
            found.extend([line] if wet.area <= TOUCH_M2 else self._freed(line, wet, swath_m))
        return np.stack(found) if found else np.empty((0, 2, 2))

    def _freed(self, line: Floats, wet: shapely.Geometry, swath_m: float) -> list[Floats]:
        along, length_m = line[1] - line[0], float(np.hypot(*(line[1] - line[0])))
        unit = along / length_m
        side = np.array([-unit[1], unit[0]])
        parts = [part for part in shapely.get_parts(wet) if part.area > 0]
        spans = [shapely.get_coordinates(part) - line[0] for part in parts]
        from_m = [float((span @ unit).min()) - STEP_BACK_M for span in spans]
        to_m = [float((span @ unit).max()) + STEP_BACK_M for span in spans]
        across = np.concatenate([span @ side for span in spans])
        moved = self._aside(line, side, across, swath_m)
        cut_m = float(np.sum(np.subtract(to_m, from_m)))
        if moved is not None and float(np.hypot(*(moved[0] - line[0]))) * length_m < cut_m * swath_m:
            return [moved]
        bounds = [0.0]
        for begin, end in sorted(zip(from_m, to_m, strict=True)):
            bounds += [max(bounds[-1], begin), max(bounds[-1], end)]
        bounds.append(length_m)
        pieces = [(low, high) for low, high in zip(bounds[::2], bounds[1::2], strict=True)]
        return [
            np.stack((line[0] + unit * low, line[0] + unit * min(high, length_m)))
            for low, high in pieces
            if min(high, length_m) - low > SHORTEST_LINE_M
        ]

    def _aside(self, line: Floats, side: Floats, across: Floats, swath_m: float) -> Floats | None:
        """Return a line moved away from what lies on one side of it; None where that does not free it."""
        half = swath_m / 2
        if across.min() < 0 < across.max():
            return None
        depth = half - abs(across[np.argmin(np.abs(across))]) + STEP_BACK_M
        moved = line - side * depth if across.min() >= 0 else line + side * depth
        if not self.fence.covers(shapely.LineString(moved)):
            return None
        wet = strips(moved[None], swath_m)[0].intersection(self.spray_shy)
        return moved if wet.area <= TOUCH_M2 else None


def _inset(shape: Polygon | MultiPolygon) -> Polygon | MultiPolygon:
    inner = shape.buffer(-INSET_M, join_style="mitre")
    return shape if inner.is_empty else inner
