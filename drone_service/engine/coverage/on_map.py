"""The flight over a field in degrees: clear of its zones, planned in metres, and checked before anybody sees it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely

from drone_service.engine.coverage.airspace import stands_in
from drone_service.engine.coverage.check import Surroundings, check
from drone_service.engine.coverage.cover import UNION_GRID_M
from drone_service.engine.coverage.document import KeptClear, kept_clear
from drone_service.engine.coverage.kept import KeptZone, kept_zones
from drone_service.engine.coverage.places import plan_from
from drone_service.engine.coverage.plan import Plan
from drone_service.engine.coverage.settings import FlightSettings
from drone_service.engine.coverage.sprayable import FLIGHT_REACH_M, Sprayable, keep_clear
from drone_service.engine.coverage.wind import Wind
from drone_service.engine.coverage.zones import Area, Zone
from drone_service.engine.errors import EngineError
from drone_service.engine.geometry.antimeridian import unwrap
from drone_service.engine.geometry.area import area_m2
from drone_service.engine.geometry.plane import LocalPlane

LonLat = tuple[float, float]


class RefillInZone(EngineError):
    code = "refill_in_zone"


class PlanFailedCheck(EngineError):
    """A fault of ours: the plan is not handed out."""

    code = "plan_failed_check"


@dataclass(frozen=True, eq=False)
class Planned:
    """A plan that has passed the check, what it sprays in degrees, and what zones took."""

    plan: Plan
    plane: LocalPlane
    sprayed: Area
    clear: KeptClear
    zones: tuple[KeptZone, ...] = ()
    """What the flight keeps clear of, in degrees."""


@dataclass(frozen=True, eq=False)
class Ground:
    """A field in degrees, and in metres what is left of it."""

    field: Area
    plane: LocalPlane
    zones: tuple[Zone, ...]
    """Those within reach of a flight, in metres."""
    wind: Wind | None
    left: Sprayable

    @property
    def sprayed(self) -> Area:
        """What is sprayed, in degrees."""
        # Without a loss the area is that of the outline itself, to the last digit: it is what has always been billed.
        return self.plane.to_lonlat(self.left.shape) if self.left.losses else self.field

    def plan(
        self, settings: FlightSettings, refills: Sequence[LonLat] = (), *, sprayed_m2: float | None = None
    ) -> Planned:
        """Plan the flight and check it.

        The tank is filled at these places, the usual one first; without any the planner proposes one. `sprayed_m2` is
        the area the rate is meant for, where it is not all that is sprayed. Raises RefillInZone, PlanFailedCheck and
        what plan_from raises.
        """
        places: list[LonLat] = [
            (x_m, y_m) for x_m, y_m in self.plane.points_to_m(np.reshape(refills, (-1, 2))).tolist()
        ]
        barred = shapely.union_all(self.left.barred, grid_size=UNION_GRID_M)
        if any(stands_in(barred, place) for place in places):
            raise RefillInZone("the filling place lies in a zone that is not flown over")
        sprayed = self.sprayed
        own_m2 = area_m2(sprayed)
        plan = plan_from(self.left.task(sprayed_m2 or own_m2, settings, refill=None, wind=self.wind), places)
        faults = check(self.left.shape, plan, Surroundings(self.left.field, self.zones, self.wind))
        if faults:
            raise PlanFailedCheck(
                f"the plan did not pass our own check: {faults[0].code}: {faults[0].message}",
                faults=[fault.code for fault in faults],
            )
        clear = kept_clear(area_m2(self.field), own_m2, self.left)
        return Planned(plan, self.plane, sprayed, clear, kept_zones(self.left, plan, self.plane))


def ground_of(field: Area, zones: Sequence[Zone] = (), wind: Wind | None = None) -> Ground:
    """Take zones in degrees out of a field in degrees. Raises what keep_clear raises."""
    plane = LocalPlane.around(field)
    shape = plane.to_m(unwrap(field))
    near = [replace(zone, shape=plane.to_m(zone.shape)) for zone in zones]
    near = [zone for zone in near if zone.shape.distance(shape) < FLIGHT_REACH_M]
    return Ground(field, plane, tuple(near), wind, keep_clear(shape, near, wind))
