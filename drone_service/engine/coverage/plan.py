"""A plan in field metres: sorties, and what they add up to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from drone_service.engine.coverage.settings import FlightSettings

Vertex: TypeAlias = tuple[float, float, int]
"""x, y in metres, and 1 if the leg that ends here is sprayed."""


@dataclass(frozen=True)
class Sortie:
    """One flight from the refill place and back, on one load and one battery."""

    path: tuple[Vertex, ...]
    spray_m: float
    transit_m: float
    turns: int
    """Stops between take-off and landing."""
    quantity: float
    """Litres or kilograms put out, which is also what is filled in."""
    area_m2: float
    flight_s: float
    energy_wh: float
    battery_left: float

    @property
    def refill(self) -> tuple[float, float]:
        """The place where the flight begins and ends."""
        return self.path[0][:2]


@dataclass(frozen=True)
class Plan:
    """The flights over one field. Lengths in metres of the local plane, quantities in L or kg."""

    settings: FlightSettings
    area_m2: float
    """The area the rate is meant for."""
    refill: tuple[float, float]
    """Where the first flight begins and ends."""
    refill_is_in_field: bool
    quantity: float
    coverage: float
    outside_m2: float
    overlap_m2: float
    sorties: tuple[Sortie, ...]
    flight_s: float
    ground_s: float
    lower_bound_s: float
    warnings: tuple[str, ...]
    other_refills: tuple[tuple[float, float], ...] = ()
    """More places from which flights may begin; each ends where it begins."""
    sides: int = 1
    """Parts between which nobody flies; the crew goes from one to the next on the ground."""

    @property
    def total_s(self) -> float:
        """Seconds on site: set-up, fillings and flights."""
        return self.flight_s + self.ground_s

    @property
    def battery_swaps(self) -> int:
        """Charged batteries put in: one with every filling, also the first."""
        return len(self.sorties)

    @property
    def energy_wh(self) -> float:
        """The energy of all flights."""
        return sum(sortie.energy_wh for sortie in self.sorties)
