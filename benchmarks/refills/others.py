"""The other way: one endless flight, cut where the tank is empty or the battery low, and taken up again there."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from shapely.geometry import Point, Polygon

from benchmarks.refills.fields import Place
from drone_service.engine.coverage.airspace import Airspace, open_air
from drone_service.engine.coverage.plan import Plan, Sortie, Vertex
from drone_service.engine.coverage.settings import FlightSettings
from drone_service.engine.coverage.sorties import FieldOutOfRange, priced_sortie

ON_BANK_M = 1e-6
STEPS = 14
"""Halvings on the way to where the battery is low: a ten-thousandth of a load."""


@dataclass(frozen=True, eq=False)
class Track:
    """One endless flight, to be cut: corner points, which legs are sprayed, and metres put out up to each point."""

    points: NDArray[np.float64]
    sprayed: NDArray[np.int64]
    done_m: NDArray[np.float64]
    litres_per_m: float

    @classmethod
    def of(cls, plan: Plan) -> "Track":
        (sortie,) = plan.sorties
        # Without the ways from and to the refill place.
        lines = [index for index, vertex in enumerate(sortie.path) if vertex[2]]
        path = sortie.path[lines[0] - 1 : lines[-1] + 1]
        points, sprayed = np.array([vertex[:2] for vertex in path]), np.array([vertex[2] for vertex in path])
        sprayed[0] = 0
        leg_m = np.concatenate(([0.0], np.hypot(*np.diff(points, axis=0).T)))
        done_m = np.cumsum(np.where(sprayed == 1, leg_m, 0.0))
        return cls(points, sprayed, done_m, plan.quantity / float(done_m[-1]))

    def between(self, start_m: float, end_m: float) -> list[Vertex]:
        """Return the track from where so many metres are sprayed to where more are."""
        first = int(np.searchsorted(self.done_m, start_m + 1e-7))
        last = int(np.searchsorted(self.done_m, end_m - 1e-7))
        head, tail = self._at(first, start_m), self._at(last, end_m)
        middle = [(float(x), float(y), int(s)) for (x, y), s in zip(self.points, self.sprayed, strict=True)]
        return [(*head, 0), *middle[first:last], (*tail, 1)]

    def _at(self, leg: int, done_m: float) -> Place:
        share = (done_m - self.done_m[leg - 1]) / (self.done_m[leg] - self.done_m[leg - 1])
        x, y = self.points[leg - 1] + share * (self.points[leg] - self.points[leg - 1])
        return float(x), float(y)


def return_when_empty(endless: Plan, field: Polygon, refill: Place, settings: FlightSettings) -> Plan:
    """Cut one endless flight where the tank is empty or the battery would not last longer.

    Each load is a full tank, or what one battery bears: a full tank may be too heavy to reach the far end at all.
    Raises FieldOutOfRange where spraying would go on beyond what a battery reaches.
    """
    track = Track.of(endless)
    # The planner chose the width of the strips, and with it the speed that the pumps allow.
    settings = replace(endless.settings, load_limit=settings.load_limit, battery_wh=settings.battery_wh)
    total_m, full_m = float(track.done_m[-1]), settings.load_limit / track.litres_per_m
    home = home_ways(field, refill, settings)

    def flight(start_m: float, end_m: float) -> Sortie:
        flown = track.between(start_m, end_m)
        there, back = home(flown[0][:2]), home(flown[-1][:2])[::-1]
        path = [there[0], *there[1:], *flown, *back]
        kept = [b for a, b in pairwise(path) if b[2] or math.dist(a[:2], b[:2]) > 1e-6]
        return priced_sortie((path[0], *kept), (end_m - start_m) * track.litres_per_m, settings)

    sorties, at_m = [], 0.0
    while at_m < total_m - 1e-6:
        low_m, high_m = at_m, min(total_m, at_m + full_m)
        best = flight(at_m, high_m)
        if best.battery_left < settings.battery_reserve:
            for _ in range(STEPS):
                middle_m = (low_m + high_m) / 2
                tried = flight(at_m, middle_m)
                if tried.battery_left >= settings.battery_reserve:
                    low_m, best = middle_m, tried
                else:
                    high_m = middle_m
            high_m = low_m
        if high_m <= at_m:
            raise FieldOutOfRange("one battery does not last to where spraying goes on")
        sorties.append(best)
        at_m = high_m
    area_m2 = endless.coverage * endless.area_m2 / endless.quantity
    return replace(
        endless,
        settings=settings,
        refill=refill,
        refill_is_in_field=field.distance(Point(refill)) < ON_BANK_M,
        sorties=tuple(replace(sortie, area_m2=area_m2 * sortie.quantity) for sortie in sorties),
        flight_s=sum(sortie.flight_s for sortie in sorties),
        ground_s=settings.setup_s + settings.fill_swap_s * len(sorties),
        lower_bound_s=0.0,
    )


def home_ways(field: Polygon, refill: Place, settings: FlightSettings) -> Callable[[Place], list[Vertex]]:
    """Return the way from the refill place to a point, without the point: inside the field, or round its holes."""
    region = field
    if field.distance(Point(refill)) > ON_BANK_M:
        region = open_air([Polygon(ring) for ring in field.interiors], [refill, *field.envelope.exterior.coords])
    air = Airspace(region, settings.speed_m_s, settings.acceleration_m_s2)

    def way(place: Place) -> list[Vertex]:
        bends = air.way(np.array(refill), np.array(place))
        return [(*refill, 0), *((x, y, 0) for x, y in bends)]

    return way
