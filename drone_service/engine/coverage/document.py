"""A plan as the JSON that the command line speaks: degrees, metres, seconds, litres."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from shapely.geometry import MultiPolygon, Polygon

from drone_service.engine.coverage.plan import Plan, Sortie
from drone_service.engine.coverage.time_range import total_range_s
from drone_service.engine.geometry.plane import LocalPlane
from drone_service.engine.operation import Service

DEGREE_DIGITS = 8
"""A millimetre: lines end five millimetres inside the outline."""
PathLonLat: TypeAlias = list[tuple[float, float, int]]


@dataclass(frozen=True, eq=False)
class PlannedField:
    """A field, or a block of fields, with its plan."""

    label: str
    shape: Polygon | MultiPolygon
    """What is sprayed, in degrees."""
    plan: Plan
    plane: LocalPlane
    members: tuple[tuple[str, float], ...] = ()
    """The fields of a block with their m²."""
    zones: tuple[Polygon, ...] = ()
    """What is not flown over, in degrees."""

    @property
    def refill(self) -> tuple[float, float]:
        """Return the refill place in degrees."""
        lon, lat = self.plane.points_to_lonlat(np.array([self.plan.refill]))[0]
        return round(float(lon), DEGREE_DIGITS), round(float(lat), DEGREE_DIGITS)

    def path(self, sortie: Sortie) -> PathLonLat:
        """Return a flight in degrees: longitude, latitude, 1 if the leg that ends there is sprayed."""
        metres = np.array([vertex[:2] for vertex in sortie.path])
        places = self.plane.points_to_lonlat(metres).round(DEGREE_DIGITS).tolist()
        return [(lon, lat, vertex[2]) for (lon, lat), vertex in zip(places, sortie.path, strict=True)]


def plan_document(field: PlannedField) -> dict[str, object]:
    """Return the plan of a field as plain JSON values; kilograms stand in place of litres for spreading and sowing."""
    plan, settings = field.plan, field.plan.settings
    quantity = "litres" if settings.service is Service.SPRAY else "kg"
    low_s, high_s = total_range_s(plan)
    block = {"fields": [{"id": name, "area_m2": round(m2, 3)} for name, m2 in field.members]} if field.members else {}
    return {
        "id": field.label,
        **block,
        "area_m2": round(plan.area_m2, 3),
        "aircraft": settings.aircraft,
        "swath_m": settings.swath_m,
        "speed_m_s": round(settings.speed_m_s, 4),
        "height_m": settings.height_m,
        "refill": list(field.refill),
        quantity: round(plan.quantity, 4),
        "coverage": round(plan.coverage, 5),
        "outside_m2": round(plan.outside_m2, 2),
        "overlap_m2": round(plan.overlap_m2, 2),
        "sorties": [_sortie(field, sortie, quantity) for sortie in plan.sorties],
        "flight_s": round(plan.flight_s, 2),
        "ground_s": round(plan.ground_s, 2),
        "total_s": round(plan.total_s, 2),
        "total_s_p10": round(low_s, 2),
        "total_s_p90": round(high_s, 2),
        "lower_bound_s": round(plan.lower_bound_s, 2),
        "battery_swaps": plan.battery_swaps,
        "warnings": list(plan.warnings),
    }


def _sortie(field: PlannedField, sortie: Sortie, quantity: str) -> dict[str, object]:
    return {
        "path": [list(vertex) for vertex in field.path(sortie)],
        "spray_m": round(sortie.spray_m, 2),
        "transit_m": round(sortie.transit_m, 2),
        "turns": sortie.turns,
        quantity: round(sortie.quantity, 4),
        "area_m2": round(sortie.area_m2, 2),
        "flight_s": round(sortie.flight_s, 2),
        "energy_wh": round(sortie.energy_wh, 2),
        "battery_left": round(sortie.battery_left, 4),
    }
