"""A planned flight in degrees: what the writers of files, the pictures and the map need to know of a plan.

It is made from a fresh plan or from a stored one, so all of them show the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon, Polygon

from drone_service.engine.coverage.document import PlannedField
from drone_service.engine.coverage.kept import KeptZone
from drone_service.engine.coverage.settings import FlightSettings
from drone_service.engine.errors import EngineError
from drone_service.engine.geometry.plane import LocalPlane
from drone_service.engine.operation import Service

Place: TypeAlias = tuple[float, float]


class OneFieldOnly(EngineError):
    """The format holds the plan of one field."""

    code = "one_field_only"


class NoSuchFlight(EngineError):
    """The plan has fewer flights."""

    code = "no_such_flight"


@dataclass(frozen=True)
class Flight:
    """One flight on one load and one battery."""

    number: int
    path: tuple[tuple[float, float, int], ...]
    """Longitude, latitude, 1 if the leg that ends there is sprayed."""
    quantity: float
    area_m2: float
    flight_s: float
    battery_left: float

    @property
    def start(self) -> Place:
        """Return the place where the aircraft is filled before this flight."""
        return self.path[0][:2]


@dataclass(frozen=True, eq=False)
class FlownField:
    """A field, or a block of fields, with the flights over it."""

    label: str
    shape: Polygon | MultiPolygon
    """What is sprayed, in degrees."""
    settings: FlightSettings
    area_m2: float
    flights: tuple[Flight, ...]
    outside_m2: float = 0.0
    overlap_m2: float = 0.0
    coverage: float = 1.0
    zones: tuple[KeptZone, ...] = ()
    """What is kept clear of besides the holes of the shape, in degrees."""
    lost_m2: float = 0.0
    """What the zones take of the field; it is neither sprayed nor billed."""
    products: tuple[str, ...] = ()
    unused: tuple[Place, ...] = ()
    """Places where the tank could be filled, and no flight begins."""

    @property
    def unit(self) -> str:
        """Return L for spraying and kg for what is spread or sown."""
        return "L" if self.settings.service is Service.SPRAY else "kg"

    @property
    def quantity(self) -> float:
        """Return litres or kilograms of all flights."""
        return sum(flight.quantity for flight in self.flights)

    @property
    def missed_m2(self) -> float:
        """Return the m² that no strip covers."""
        return max(0.0, (1 - self.coverage) * self.area_m2)

    @property
    def refills(self) -> list[Place]:
        """Return the places where the tank is filled, each once, in the order of their first use."""
        return list(dict.fromkeys(flight.start for flight in self.flights))

    @property
    def obstacles(self) -> list[Polygon]:
        """Return what is not flown over: the holes of the field, and the zones that may not be."""
        holes = [Polygon(ring) for part in shapely.get_parts(self.shape) for ring in part.interiors]
        return [*holes, *(part for zone in self.zones for part in zone.polygons)]

    @cached_property
    def plane(self) -> LocalPlane:
        """Return the plane around the field."""
        return LocalPlane.around(self.shape)

    def metres(self, path: Sequence[Sequence[float]]) -> NDArray[np.float64]:
        """Return places in metres of the plane; what follows longitude and latitude is left out."""
        return self.plane.points_to_m(np.array([vertex[:2] for vertex in path], dtype=np.float64))

    def only(self, number: int) -> FlownField:
        """Return the field with one of its flights. Raises NoSuchFlight."""
        chosen = tuple(flight for flight in self.flights if flight.number == number)
        if not chosen:
            raise NoSuchFlight(
                f"there is no flight {number}; the plan has {len(self.flights)}", number=number, count=len(self.flights)
            )
        return replace(self, flights=chosen)


def flown_of(planned: PlannedField) -> FlownField:
    """Return a fresh plan as it is flown."""
    plan = planned.plan
    flights = tuple(
        Flight(
            number=number,
            path=tuple(planned.path(sortie)),
            quantity=sortie.quantity,
            area_m2=sortie.area_m2,
            flight_s=sortie.flight_s,
            battery_left=sortie.battery_left,
        )
        for number, sortie in enumerate(plan.sorties, start=1)
    )
    return FlownField(
        label=planned.label,
        shape=planned.shape,
        settings=plan.settings,
        area_m2=plan.area_m2,
        flights=flights,
        unused=unused_of([planned.place(place) for place in plan.other_refills], flights),
        outside_m2=plan.outside_m2,
        overlap_m2=plan.overlap_m2,
        coverage=plan.coverage,
        zones=planned.zones,
        lost_m2=planned.clear.lost_m2 if planned.clear else 0.0,
    )


def unused_of(places: Sequence[Place], flights: Sequence[Flight]) -> tuple[Place, ...]:
    """Return the places at which none of the flights begins."""
    begun = {flight.start for flight in flights}
    return tuple(place for place in places if place not in begun)


def stretches(path: Sequence[tuple[float, float, int]]) -> list[tuple[bool, list[Place]]]:
    """Split a path into runs of sprayed and of unsprayed legs, each with all its places."""
    found: list[tuple[bool, list[Place]]] = []
    for (lon, lat, _), (to_lon, to_lat, sprayed) in pairwise(path):
        if not found or found[-1][0] != bool(sprayed):
            found.append((bool(sprayed), [(lon, lat)]))
        found[-1][1].append((to_lon, to_lat))
    return found


def only_field(fields: Sequence[FlownField], name: str) -> FlownField:
    """Return the one field of a format that holds no more. Raises OneFieldOnly."""
    if len(fields) != 1:
        raise OneFieldOnly(f"the {name} format holds one field; plan the fields one by one")
    return fields[0]
