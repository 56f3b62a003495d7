"""The zones of a plan as files, pictures and the map show them: the thing, its buffer, and where nobody flies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import shapely
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from drone_service.engine.coverage.plan import Plan
from drone_service.engine.coverage.sprayable import ROUND_M, Sprayable
from drone_service.engine.coverage.zones import Area
from drone_service.engine.geometry.plane import LocalPlane

PLAIN = "zone"
"""What a zone without a kind is called."""


@dataclass(frozen=True, eq=False)
class KeptZone:
    """A zone near a flight, in degrees."""

    label: str
    kind: str
    buffer_m: float
    downwind_m: float
    shape: BaseGeometry
    buffer: Area
    """Where nothing is sprayed: the zone and its distance, longer on the side the wind came from."""
    barred: Area | None
    """Where the aircraft does not fly at all; None if it may be flown over."""

    @property
    def polygons(self) -> list[Polygon]:
        """Return what is not flown over, part by part."""
        return [] if self.barred is None else shapely.get_parts(self.barred).tolist()

    @property
    def body(self) -> list[Polygon]:
        """Return the zone as areas: a point or a line is as wide as the room around it that nobody flies in."""
        parts = [part for part in shapely.get_parts(self.shape) if isinstance(part, Polygon)]
        return parts or self.polygons


def kept_zones(left: Sprayable, plan: Plan, plane: LocalPlane) -> tuple[KeptZone, ...]:
    """Return the zones that come within 100 m of the field or of the way to its filling places."""
    ways = [shapely.MultiPoint([vertex[:2] for vertex in sortie.path]) for sortie in plan.sorties]
    reach = shapely.buffer(shapely.GeometryCollection([left.field, *ways]).convex_hull, ROUND_M)
    return tuple(
        KeptZone(
            label=near.zone.label,
            kind=near.zone.kind.value if near.zone.kind else PLAIN,
            buffer_m=near.zone.buffer_m,
            downwind_m=near.zone.downwind_m,
            shape=plane.to_lonlat(near.zone.shape),
            buffer=plane.to_lonlat(near.dry),
            barred=None if near.barred is None else plane.to_lonlat(near.barred),
        )
        for near in left.near
        if near.dry.intersects(reach)
    )


def titles(zones: Sequence[KeptZone], name: Callable[[str], str] = lambda kind: kind.replace("_", " ")) -> list[str]:
    """Return a name for each zone that no other one has: house 1, house 2, canal 1."""
    counts: dict[str, int] = {}
    found = []
    for zone in zones:
        counts[zone.kind] = counts.get(zone.kind, 0) + 1
        found.append(f"{name(zone.kind)} {counts[zone.kind]}")
    return found
