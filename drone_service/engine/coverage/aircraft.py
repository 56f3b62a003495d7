"""An aircraft in figures, read from a catalogue file and refused where a figure is missing, unknown or impossible."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from itertools import pairwise
from types import MappingProxyType
from typing import TypeAlias

from drone_service.engine.errors import EngineError
from drone_service.engine.operation import Service

ORIGINS = frozenset({"m", "p", "r", "k", "c", "default"})
"""m maker, p press or public page, r research, k common knowledge, c computed, default: a cautious guess to be set."""

BULK_KG_PER_L = {Service.SPREAD: 0.9, Service.SOW: 0.6}
"""Bulk density of granular fertiliser and of pre-germinated rice seed (k): a hopper may be full before it is heavy."""


class AircraftRefused(EngineError):
    """A catalogue entry that cannot be trusted."""

    code = "aircraft_refused"


HoverPoints: TypeAlias = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class AircraftSpec:
    """The figures of one aircraft model; `origins` says for each where it comes from."""

    slug: str
    name: str
    maker: str
    sources: tuple[str, ...]
    tank_l: float
    hopper_l: float
    hopper_kg: float
    mass_with_battery_kg: float
    max_takeoff_spray_kg: float
    max_takeoff_spread_kg: float
    hover_points_kg_min: HoverPoints
    """Pairs of take-off mass and minutes of hover on one battery, lightest first."""
    battery_wh: float
    battery_charge_min: float
    battery_cycles: float
    pump_l_min: float
    spreader_kg_min: float
    swath_m: float
    swath_min_m: float
    swath_max_m: float
    spread_width_m: float
    height_m: float
    speed_m_s: float
    max_speed_m_s: float
    acceleration_m_s2: float
    max_wind_m_s: float
    max_radius_m: float
    battery_reserve: float
    """Share of the battery that must be left on landing."""
    setup_s: float
    """Seconds on site before the first filling and after the last landing."""
    fill_swap_s: float
    """Seconds from the end of one flight over the field to the next, with a filling and a battery swap."""
    swap_s: float
    """Seconds of `fill_swap_s` in which the battery is swapped and nothing is filled."""
    climb_s: float
    """Seconds of `fill_swap_s` from the engines' start to the height over the crop."""
    landing_s: float
    """Seconds of `fill_swap_s` from the height over the crop to standing engines."""
    pack_up_s: float
    """Seconds of `setup_s` that come after the last landing."""
    fuel_l_per_charge: float
    origins: Mapping[str, str]

    def load_limit(self, service: Service) -> float:
        """Return the largest load in litres (spray) or kilograms (spread, sow).

        The smaller of the tank or hopper and what the take-off mass allows; a litre of mix weighs 1 kg (k).
        """
        if service is Service.SPRAY:
            return min(self.tank_l, self.max_takeoff_spray_kg - self.mass_with_battery_kg)
        by_volume_kg = self.hopper_l * BULK_KG_PER_L[service]
        return min(self.hopper_kg, by_volume_kg, self.max_takeoff_spread_kg - self.mass_with_battery_kg)

    def width_m(self, service: Service) -> float:
        """Return the planned working width of a service."""
        return self.swath_m if service is Service.SPRAY else self.spread_width_m

    def flow_limit_per_min(self, service: Service) -> float:
        """Return what the pumps (L/min) or the spreader (kg/min) can put out."""
        return self.pump_l_min if service is Service.SPRAY else self.spreader_kg_min


_FIGURES = tuple(field.name for field in fields(AircraftSpec))[4:-1]


def parse_aircraft(document: object) -> AircraftSpec:
    """Read a catalogue entry: slug, name, maker, sources, and `figures` of `{value, origin}`.

    Raises AircraftRefused for a missing, unknown or impossible figure and for an unknown origin.
    """
    if not isinstance(document, dict) or set(document) != {"slug", "name", "maker", "sources", "figures"}:
        raise AircraftRefused("an aircraft has slug, name, maker, sources and figures")
    figures = document["figures"]
    if not isinstance(figures, dict):
        raise AircraftRefused("figures are an object")
    wrong = set(figures) ^ set(_FIGURES)
    if wrong:
        raise AircraftRefused(f"missing or unknown figures: {', '.join(sorted(wrong))}", figures=sorted(wrong))
    values = {name: _value(name, figures[name]) for name in _FIGURES if name != "hover_points_kg_min"}
    spec = AircraftSpec(
        slug=str(document["slug"]),
        name=str(document["name"]),
        maker=str(document["maker"]),
        sources=tuple(str(source) for source in document["sources"]),
        hover_points_kg_min=_hover_points(figures["hover_points_kg_min"]),
        origins=MappingProxyType({name: str(figures[name]["origin"]) for name in _FIGURES}),
        **values,
    )
    _ensure_possible(spec)
    return spec


def _figure(name: str, figure: object) -> object:
    if not isinstance(figure, dict) or set(figure) != {"value", "origin"} or figure["origin"] not in ORIGINS:
        raise AircraftRefused(f"{name} needs a value and an origin of {', '.join(sorted(ORIGINS))}", figure=name)
    return figure["value"]


def _value(name: str, figure: object) -> float:
    value = _figure(name, figure)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value <= 0:
        raise AircraftRefused(f"{name} is a number above zero", figure=name)
    return float(value)


def _hover_points(figure: object) -> HoverPoints:
    value = _figure("hover_points_kg_min", figure)
    if not isinstance(value, list) or not value or any(not isinstance(p, list) or len(p) != 2 for p in value):
        raise AircraftRefused("hover points are pairs of kilograms and minutes", figure="hover_points_kg_min")
    points = tuple((float(mass), float(minutes)) for mass, minutes in value)
    rising = all(a[0] < b[0] and a[1] > b[1] for a, b in pairwise(points))
    if not rising or any(not (math.isfinite(v) and v > 0) for point in points for v in point):
        raise AircraftRefused("hover times fall as mass grows", figure="hover_points_kg_min")
    return points


def _ensure_possible(spec: AircraftSpec) -> None:
    if min(spec.max_takeoff_spray_kg, spec.max_takeoff_spread_kg) <= spec.mass_with_battery_kg:
        raise AircraftRefused("the take-off mass leaves nothing to carry", figure="max_takeoff_spray_kg")
    if not spec.swath_min_m <= spec.swath_m <= spec.swath_max_m:
        raise AircraftRefused("the swath is outside its range", figure="swath_m")
    if spec.swap_s + spec.climb_s + spec.landing_s >= spec.fill_swap_s or spec.pack_up_s >= spec.setup_s:
        raise AircraftRefused("climb, landing and swap are parts of a filling", figure="swap_s")
    if spec.speed_m_s > spec.max_speed_m_s or spec.battery_reserve >= 1:
        raise AircraftRefused("speed or reserve is out of range", figure="speed_m_s")
