"""From a plan in metres to the estimate that doors, quotes and mix sheets read. Plain values in and out."""

import math
from collections.abc import Sequence
from typing import TypeVar, cast
from uuid import UUID

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from drone_service.engine.coverage.aircraft import AircraftSpec
from drone_service.engine.coverage.document import KeptClear
from drone_service.engine.coverage.on_map import Planned
from drone_service.engine.coverage.phases import phases_of
from drone_service.engine.coverage.plan import Plan, Sortie
from drone_service.engine.coverage.time_range import Lessons, time_range
from drone_service.engine.coverage.whole import CAUTION_WIND_M_S, is_much_outside
from drone_service.engine.coverage.wind import Wind
from drone_service.engine.coverage.zones import ZoneKind
from drone_service.engine.geometry.plane import LocalPlane
from drone_service.engine.operation import Service
from drone_service.kit.geojson import area_json, thing_json
from drone_service.planning.mixing import Filling, mix_sheet
from drone_service.planning.rules import COVERAGE_SHORT, MUCH_OUTSIDE, SEVERAL_SIDES, SPEED_CAPPED, WIND_CAUTION
from drone_service.planning.schemas import (
    Estimate,
    KeptZoneOut,
    PathJson,
    PhaseSeconds,
    PlanWarning,
    ProductDose,
    SortieOut,
    ZoneLossOut,
)

Shape = TypeVar("Shape", bound=BaseGeometry)
DEGREE_DIGITS = 8
"""A millimetre: lines end five millimetres inside the outline."""


def estimate_of(
    plan: Plan,
    plane: LocalPlane,
    spec: AircraftSpec,
    products: Sequence[ProductDose],
    lessons: Lessons | None = None,
    wind: Wind | None = None,
) -> Estimate:
    """Put a plan into the figures of an estimate. Raises what mixing the loads raises."""
    settings = plan.settings
    mix = mix_sheet(
        plan.area_m2,
        settings.rate_per_ha,
        products,
        [Filling(one.quantity, one.flight_s, one.energy_wh, one.battery_left) for one in plan.sorties],
        with_water=settings.service is Service.SPRAY,
    )
    phases = phases_of(plan)
    told = time_range(phases, lessons)
    flown = [_sortie_out(sortie, plane) for sortie in plan.sorties]
    lon, lat = _lonlat(plane, plan.refill)
    return Estimate(
        area_m2=plan.area_m2,
        area_ha=plan.area_m2 / 10_000,
        aircraft_model=spec.slug,
        service=settings.service,
        rate_per_ha=settings.rate_per_ha,
        unit=mix.unit,
        quantity=mix.quantity,
        swath_m=settings.swath_m,
        speed_m_s=settings.speed_m_s,
        height_m=settings.height_m,
        speed_limited_by=settings.speed_limited_by,
        refill=(lon, lat),
        other_refills=[_lonlat(plane, place) for place in plan.other_refills],
        coverage=plan.coverage,
        outside_m2=plan.outside_m2,
        overlap_m2=plan.overlap_m2,
        loads=mix.loads,
        totals=mix.totals,
        water_l=mix.water_l,
        steps=mix.steps,
        ppe=mix.ppe,
        battery_swaps=plan.battery_swaps,
        energy_wh=plan.energy_wh,
        flight_s=plan.flight_s,
        ground_s=plan.ground_s,
        total_s=plan.total_s,
        total_s_p10=told.p10_s,
        total_s_p50=told.p50_s,
        total_s_p90=told.p90_s,
        learned_from_jobs=lessons.jobs if lessons else 0,
        phases=PhaseSeconds.model_validate(phases),
        lower_bound_s=plan.lower_bound_s,
        warnings=_warnings(plan, wind),
        origins=dict(spec.origins),
        sorties=flown,
        path=PathJson(features=[feature for number, one in enumerate(flown, 1) for feature in _features(number, one)]),
    )


def losses_of(clear: KeptClear) -> dict[str, object]:
    """Return what zones take as the columns of an estimate; zones are called by their ids."""
    losses = [
        ZoneLossOut(
            zone_id=UUID(loss.label),
            kind=ZoneKind(loss.kind or ""),
            buffer_m=loss.buffer_m,
            downwind_m=loss.downwind_m,
            lost_m2=loss.lost_m2,
        )
        for loss in clear.zones
    ]
    return {"field_m2": clear.field_m2, "lost_m2": clear.lost_m2, "zones": losses}


def drawn_of(planned: Planned) -> dict[str, object]:
    """Return what a plan is drawn over as columns of an estimate: what is sprayed, zones, and what they take."""
    kept = [
        KeptZoneOut(
            zone_id=UUID(zone.label),
            kind=ZoneKind(zone.kind),
            buffer_m=zone.buffer_m,
            downwind_m=zone.downwind_m,
            shape=thing_json(_short(zone.shape)),
            buffer=area_json(_short(zone.buffer)),
            barred=None if zone.barred is None else area_json(_short(zone.barred)),
        )
        for zone in planned.zones
    ]
    return {"outline": area_json(planned.sprayed), "kept_clear": kept, **losses_of(planned.clear)}


def _short(area: Shape) -> Shape:
    return cast(Shape, shapely.transform(area, lambda places: places.round(DEGREE_DIGITS)))


def _lonlat(plane: LocalPlane, place: tuple[float, float]) -> tuple[float, float]:
    lon, lat = plane.points_to_lonlat(np.array([place]))[0]
    return round(float(lon), DEGREE_DIGITS), round(float(lat), DEGREE_DIGITS)


def _sortie_out(sortie: Sortie, plane: LocalPlane) -> SortieOut:
    metres = np.array([vertex[:2] for vertex in sortie.path])
    places = plane.points_to_lonlat(metres).round(DEGREE_DIGITS).tolist()
    return SortieOut(
        path=[(lon, lat, vertex[2]) for (lon, lat), vertex in zip(places, sortie.path, strict=True)],
        spray_m=sortie.spray_m,
        transit_m=sortie.transit_m,
        turns=sortie.turns,
        quantity=sortie.quantity,
        area_m2=sortie.area_m2,
        flight_s=sortie.flight_s,
        energy_wh=sortie.energy_wh,
        battery_left=sortie.battery_left,
    )


def _features(number: int, sortie: SortieOut) -> list[dict[str, object]]:
    """Return a LineString for each stretch of legs of one kind, for a map that draws them apart."""
    stretches: list[tuple[int, list[tuple[float, float]]]] = []
    for (lon, lat, _), (to_lon, to_lat, sprayed) in zip(sortie.path, sortie.path[1:], strict=False):
        if not stretches or stretches[-1][0] != sprayed:
            stretches.append((sprayed, [(lon, lat)]))
        stretches[-1][1].append((to_lon, to_lat))
    return [
        {
            "type": "Feature",
            "properties": {"sortie": number, "sprayed": bool(sprayed)},
            "geometry": {"type": "LineString", "coordinates": [list(place) for place in places]},
        }
        for sprayed, places in stretches
    ]


def _warnings(plan: Plan, wind: Wind | None) -> list[PlanWarning]:
    found = []
    if plan.coverage < plan.settings.min_coverage - 1e-9:
        # Rounded to the bad side: what falls short of 100 % is not told as 100 %.
        left_m2, percent = math.ceil((1 - plan.coverage) * plan.area_m2), math.floor(plan.coverage * 1000) / 10
        params = {"left_m2": left_m2, "percent": percent}
        found.append(PlanWarning(code="coverage_short", text=COVERAGE_SHORT, params=params))
    if is_much_outside(plan.outside_m2, plan.area_m2):
        params = {
            "outside_m2": round(plan.outside_m2),
            "percent": round(100 * plan.outside_m2 / plan.area_m2),
            "swath_m": round(plan.settings.swath_m, 1),
        }
        found.append(PlanWarning(code="much_outside", text=MUCH_OUTSIDE, params=params))
    if plan.settings.speed_limited_by == "pump":
        params = {"speed_m_s": round(plan.settings.speed_m_s, 1)}
        found.append(PlanWarning(code="speed_capped", text=SPEED_CAPPED[plan.settings.service], params=params))
    if wind is not None and wind.speed_m_s > CAUTION_WIND_M_S:
        params = {"wind_m_s": wind.speed_m_s, "most_m_s": CAUTION_WIND_M_S}
        found.append(PlanWarning(code="wind_caution", text=WIND_CAUTION, params=params))
    if plan.sides > 1:
        found.append(PlanWarning(code="several_sides", text=SEVERAL_SIDES, params={"count": plan.sides}))
    return found
