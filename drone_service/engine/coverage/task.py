"""What is to be flown over a field, in metres."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from drone_service.engine.coverage.settings import FlightSettings
from drone_service.engine.coverage.wind import Wind

Place: TypeAlias = tuple[float, float]
Shape: TypeAlias = Polygon | MultiPolygon


@dataclass(frozen=True, eq=False)
class Side:
    """A part of a field that no flight joins with the others."""

    shape: Shape
    """What is sprayed of it."""
    bank: Shape
    """The field on this side, on whose outline a refill place is proposed."""
    air: Shape
    """Where the aircraft may fly between its lines."""


@dataclass(frozen=True, eq=False)
class Task:
    """What is to be flown: a valid field in metres, the area the rate is meant for, and what may not be crossed."""

    shape: Shape
    area_m2: float
    settings: FlightSettings
    refill: Place | None = None
    forbidden: Sequence[Polygon] = field(default_factory=tuple)
    """Zones besides the holes of the shape; the flight to a refill place off the field goes round them too."""
    wind: Wind | None = None
    air: Shape | None = None
    """Where the aircraft may fly with the nozzles off between the lines; None is the shape itself."""
    bank: Shape | None = None
    """The field on whose outline a refill place is proposed; None is the shape itself."""
    spray_shy: Shape = field(default_factory=Polygon)
    """Where not even the edge of a strip may lie."""
    other_refills: Sequence[Place] = ()
    """More places where the crew may fill; it is asked to move there only where that saves time."""
    sides: Sequence[Side] = ()
    """The parts of a shape between which nobody flies, two and more; each is flown from a place of its own."""
    crew_from: BaseGeometry | None = None
    """Where the crew comes from: the way from there to a place that is proposed counts."""

    @property
    def refills(self) -> tuple[Place, ...]:
        """All places given."""
        return () if self.refill is None else (self.refill, *self.other_refills)

    @property
    def quantity(self) -> float:
        """Litres or kilograms that the job takes."""
        return self.settings.rate_per_ha * self.area_m2 / 10_000
