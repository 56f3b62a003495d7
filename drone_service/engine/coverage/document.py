"""A plan as the JSON that the command line speaks: degrees, metres, seconds, litres."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import TypeAlias

import numpy as np
from shapely.geometry import MultiPolygon, Polygon

from drone_service.engine.coverage.blocks import BlockShares
from drone_service.engine.coverage.kept import KeptZone
from drone_service.engine.coverage.phases import PHASES, phases_of, rounded
from drone_service.engine.coverage.plan import Plan, Sortie
from drone_service.engine.coverage.sprayable import Sprayable
from drone_service.engine.coverage.time_range import time_range
from drone_service.engine.geometry.plane import LocalPlane
from drone_service.engine.operation import Service

DEGREE_DIGITS = 8
"""A millimetre: lines end five millimetres inside the outline."""
PathLonLat: TypeAlias = list[tuple[float, float, int]]


@dataclass(frozen=True)
class ZoneLoss:
    """A zone near a field and what its buffer takes by itself; zones that overlap share what they take."""

    label: str
    kind: str | None
    buffer_m: float
    downwind_m: float
    overfly: bool
    lost_m2: float


@dataclass(frozen=True)
class KeptClear:
    """The whole field, what is left to spray, and what each zone takes; geodesic m²."""

    field_m2: float
    sprayable_m2: float
    zones: tuple[ZoneLoss, ...]

    @property
    def lost_m2(self) -> float:
        """What all zones take together."""
        return self.field_m2 - self.sprayable_m2


def kept_clear(field_m2: float, sprayable_m2: float, left: Sprayable) -> KeptClear:
    """Return what zones take from a field in geodesic m²."""
    to_geodesic = field_m2 / left.field.area
    losses = [
        ZoneLoss(
            label=loss.zone.label,
            kind=loss.zone.kind.value if loss.zone.kind else None,
            buffer_m=loss.zone.buffer_m,
            downwind_m=loss.zone.downwind_m,
            overfly=loss.zone.may_overfly,
            lost_m2=loss.lost_m2 * to_geodesic,
        )
        for loss in left.losses
    ]
    return KeptClear(field_m2, sprayable_m2, tuple(losses))


@dataclass(frozen=True, eq=False)
class PlannedField:
    """A field, or a block of fields, with its plan."""

    label: str
    shape: Polygon | MultiPolygon
    """What is sprayed, in degrees."""
    plan: Plan
    plane: LocalPlane
    block: BlockShares | None = None
    """What falls to each field of a block."""
    zones: tuple[KeptZone, ...] = ()
    """What is kept clear of, in degrees."""
    clear: KeptClear | None = None
    """What zones take; None where no zones were given."""

    @property
    def refill(self) -> tuple[float, float]:
        """Return the refill place in degrees."""
        return self.place(self.plan.refill)

    def place(self, metres: tuple[float, float]) -> tuple[float, float]:
        """Return a place of the plan in degrees."""
        lon, lat = self.plane.points_to_lonlat(np.array([metres]))[0]
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
    phases = phases_of(plan)
    told = time_range(phases)
    put_out, total_s = round(plan.quantity, 4), round(plan.total_s, 2)
    flight_s, ground_s = rounded((plan.flight_s, plan.ground_s), 2, total_s)
    # Columns of the flights add up to the figures of the plan as they are printed.
    loads = rounded([sortie.quantity for sortie in plan.sorties], 4, put_out)
    times = rounded([sortie.flight_s for sortie in plan.sorties], 2, flight_s)
    return {
        "id": field.label,
        "area_m2": round(plan.area_m2, 3),
        "aircraft": settings.aircraft,
        "swath_m": settings.swath_m,
        "speed_m_s": round(settings.speed_m_s, 4),
        "height_m": settings.height_m,
        "refill": list(field.refill),
        **({"other_refills": [list(field.place(other)) for other in plan.other_refills]} if plan.other_refills else {}),
        quantity: put_out,
        "coverage": round(plan.coverage, 5),
        "outside_m2": round(plan.outside_m2, 2),
        "overlap_m2": round(plan.overlap_m2, 2),
        "sorties": [
            _sortie(field, number, quantity, load, seconds)
            for number, (load, seconds) in enumerate(zip(loads, times, strict=True))
        ],
        "flight_s": flight_s,
        "ground_s": ground_s,
        "total_s": total_s,
        "total_s_p10": round(told.p10_s, 2),
        "total_s_p90": round(told.p90_s, 2),
        "lower_bound_s": round(plan.lower_bound_s, 2),
        "battery_swaps": plan.battery_swaps,
        "warnings": [*plan.warnings, *(_block_warnings(field.block) if field.block else ())],
        "total_s_p50": round(told.p50_s, 2),
        "phases": dict(zip(PHASES, rounded(astuple(phases), 2), strict=True)),
        **(_clear(field.clear) if field.clear else {}),
        **(_shares(field.block, quantity, total_s) if field.block else {}),
    }


def _shares(block: BlockShares, quantity: str, total_s: float) -> dict[str, object]:
    """Return what falls to each member. Each column is rounded so that it adds up to the block's own figure."""
    members = block.members
    alone_s = [None if member.alone_s is None else round(member.alone_s, 2) for member in members]
    columns: dict[str, Sequence[float | None]] = {
        "area_m2": rounded([member.area_m2 for member in members], 3),
        quantity: rounded([member.quantity for member in members], 4),
        "seconds": rounded([member.seconds for member in members], 2),
        "price_share": rounded([member.part for member in members], 6),
        "alone_s": alone_s,
    }
    return {
        "members": [
            {"id": member.label, **{name: column[index] for name, column in columns.items()}}
            for index, member in enumerate(members)
        ],
        "saving_s": None if block.saving_s is None else round(math.fsum(filter(None, alone_s)) - total_s, 2),
        "saving_share": None if block.saving_share is None else round(block.saving_share, 4),
    }


def _block_warnings(block: BlockShares) -> list[str]:
    if block.saving_s is None:
        alone = ", ".join(member.label for member in block.members if member.alone_s is None)
        return [f"no saving is told: {alone} cannot be flown alone"]
    if block.saving_s <= 0:
        return [f"merging does not pay: flying the fields one by one takes {-block.saving_s:.0f} s less"]
    return []


def _clear(clear: KeptClear) -> dict[str, object]:
    return {
        "field_m2": round(clear.field_m2, 3),
        "sprayable_m2": round(clear.sprayable_m2, 3),
        "lost_m2": round(clear.lost_m2, 3),
        "zones": [
            {
                "id": loss.label,
                "kind": loss.kind,
                "buffer_m": round(loss.buffer_m, 2),
                "downwind_m": round(loss.downwind_m, 2),
                "overfly": loss.overfly,
                "lost_m2": round(loss.lost_m2, 3),
            }
            for loss in clear.zones
        ],
    }


def _sortie(field: PlannedField, number: int, quantity: str, load: float, flight_s: float) -> dict[str, object]:
    sortie = field.plan.sorties[number]
    over = [member.by_sortie[number] for member in field.block.members] if field.block else []
    return {
        **({"refill": list(field.place(sortie.refill))} if field.plan.other_refills else {}),
        "path": [list(vertex) for vertex in field.path(sortie)],
        "spray_m": round(sortie.spray_m, 2),
        "transit_m": round(sortie.transit_m, 2),
        "turns": sortie.turns,
        quantity: load,
        "area_m2": round(sortie.area_m2, 2),
        "flight_s": flight_s,
        "energy_wh": round(sortie.energy_wh, 2),
        "battery_left": round(sortie.battery_left, 4),
        **({"members": rounded(over, 4, load)} if over else {}),
    }
