"""What one flight is to be: an aircraft, a service, a rate and the figures that follow from them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from drone_service.engine.coverage.aircraft import AircraftSpec
from drone_service.engine.coverage.kinematics import HoverPower, flow_per_min, power_of, speed_at_flow
from drone_service.engine.errors import EngineError
from drone_service.engine.operation import Service

MIN_SPEED_M_S = 0.5
"""Slower than this no aircraft keeps an even flow (k)."""
CREW_M_S = 1.0
"""How fast a crew moves its rig from one refill place to another: on foot along a bank, packing included (k)."""
CLIMB_M_S, SINK_M_S = 3.0, 2.0
"""How fast an aircraft with a full load climbs, and how fast it sinks (k)."""
MIN_RATE_PER_HA, MAX_RATE_PER_HA = 0.1, 1_000.0
"""Litres or kilograms; less than a tenth no nozzle and no spreader puts out evenly (k)."""
SpeedLimit = Literal["aircraft", "pump", "request"]


class RateImpossible(EngineError):
    code = "rate_impossible"


class SpeedImpossible(EngineError):
    code = "speed_impossible"


class SwathImpossible(EngineError):
    code = "swath_impossible"


class CoverageImpossible(EngineError):
    code = "coverage_impossible"


class HeightImpossible(EngineError):
    code = "height_impossible"


@dataclass(frozen=True)
class Wishes:
    """What the caller sets; None leaves it to the aircraft."""

    speed_m_s: float | None = None
    swath_m: float | None = None
    height_m: float | None = None
    min_coverage: float = 0.98
    overspray: bool = True
    """False: nothing is sprayed outside the field, whatever stays uncovered for that."""
    headland: bool = False
    """True: one pass along the bank, and the lines inside it."""


@dataclass(frozen=True)
class FlightSettings:
    """Everything the planner and the checker need to know about the aircraft on this job."""

    aircraft: str
    service: Service
    rate_per_ha: float
    load_limit: float
    """Litres or kilograms in a full tank or hopper."""
    swath_m: float
    speed_m_s: float
    speed_limited_by: SpeedLimit
    swath_range_m: tuple[float, float]
    """The widths the planner may choose from; both are the same where the caller has set one."""
    open_speed_m_s: float
    """The speed where the pumps do not limit it."""
    flow_limit_per_min: float
    acceleration_m_s2: float
    height_m: float
    min_coverage: float
    overspray: bool
    headland: bool
    empty_kg: float
    power: HoverPower = field(repr=False)
    battery_wh: float
    battery_reserve: float
    setup_s: float
    fill_swap_s: float
    swap_s: float
    climb_s: float
    landing_s: float
    pack_up_s: float
    max_radius_m: float

    @property
    def missed_price(self) -> float:
        """What a square metre left out costs in a comparison, against one sprayed at full speed.

        Who asks for a higher floor loses more by each missed spot: 1.5 at 97 %, 6 at 98 %, 10 at 99.5 % (k).
        """
        return float(np.interp(self.min_coverage, (0.97, 0.98, 0.995), (1.5, 6.0, 10.0)))

    @property
    def outside_price(self) -> float:
        """What a square metre sprayed outside costs in a comparison, against one sprayed at full speed (k)."""
        return 0.5 if self.overspray else 300.0

    def with_swath(self, swath_m: float) -> FlightSettings:
        """Return the same flight at another width: a narrower strip needs less flow, so the pumps allow more speed."""
        speed_m_s, limited_by = self.open_speed_m_s, self.speed_limited_by
        if flow_per_min(self.rate_per_ha, speed_m_s, swath_m) > self.flow_limit_per_min:
            speed_m_s, limited_by = speed_at_flow(self.rate_per_ha, self.flow_limit_per_min, swath_m), "pump"
        elif limited_by == "pump":
            limited_by = "aircraft"
        return replace(self, swath_m=swath_m, speed_m_s=speed_m_s, speed_limited_by=limited_by)

    @property
    def usable_wh(self) -> float:
        """The energy of one battery above the reserve."""
        return self.battery_wh * (1 - self.battery_reserve)


def settle(spec: AircraftSpec, service: Service, rate_per_ha: float, wishes: Wishes | None = None) -> FlightSettings:
    """Work out speed, width and load for a job.

    The speed is the aircraft's planned one or the one asked for, lowered to what the pumps or the spreader can
    feed at that rate and width. Raises RateImpossible, SpeedImpossible, SwathImpossible, HeightImpossible,
    CoverageImpossible.
    """
    wishes = wishes or Wishes()
    if not MIN_RATE_PER_HA <= rate_per_ha <= MAX_RATE_PER_HA:
        raise RateImpossible(
            f"the rate per hectare lies between {MIN_RATE_PER_HA:g} and {MAX_RATE_PER_HA:,g}", rate_per_ha=rate_per_ha
        )
    if not 0.5 <= wishes.min_coverage <= 1:
        raise CoverageImpossible("the coverage floor lies between 0.5 and 1", min_coverage=wishes.min_coverage)
    width_m = _width(spec, service, wishes.swath_m)
    height_m = spec.height_m if wishes.height_m is None else wishes.height_m
    if not 0.5 <= height_m <= 30:
        raise HeightImpossible("the height lies between 0.5 and 30 m", height_m=height_m)
    speed_m_s, limited_by = _speed(spec, service, rate_per_ha, width_m, wishes.speed_m_s)
    # The catalogue's figures hold at the height the aircraft is planned for.
    climb_s = max(0.0, spec.climb_s + (height_m - spec.height_m) / CLIMB_M_S)
    landing_s = max(0.0, spec.landing_s + (height_m - spec.height_m) / SINK_M_S)
    return FlightSettings(
        aircraft=spec.slug,
        service=service,
        rate_per_ha=rate_per_ha,
        load_limit=spec.load_limit(service),
        swath_m=width_m,
        speed_m_s=speed_m_s,
        speed_limited_by=limited_by,
        swath_range_m=_width_range(spec, service) if wishes.swath_m is None else (width_m, width_m),
        open_speed_m_s=spec.speed_m_s if wishes.speed_m_s is None else wishes.speed_m_s,
        flow_limit_per_min=spec.flow_limit_per_min(service),
        acceleration_m_s2=spec.acceleration_m_s2,
        height_m=height_m,
        min_coverage=wishes.min_coverage,
        overspray=wishes.overspray,
        headland=wishes.headland,
        empty_kg=spec.mass_with_battery_kg,
        power=power_of(spec),
        battery_wh=spec.battery_wh,
        battery_reserve=spec.battery_reserve,
        setup_s=spec.setup_s,
        fill_swap_s=spec.fill_swap_s - spec.climb_s - spec.landing_s + climb_s + landing_s,
        swap_s=spec.swap_s,
        climb_s=climb_s,
        landing_s=landing_s,
        pack_up_s=spec.pack_up_s,
        max_radius_m=spec.max_radius_m,
    )


def feeder_of(service: Service) -> str:
    """Return who gives what is put out, with its verb."""
    return "the pumps give" if service is Service.SPRAY else "the spreader gives"


def _width(spec: AircraftSpec, service: Service, wished_m: float | None) -> float:
    if wished_m is None:
        return spec.width_m(service)
    low, high = _width_range(spec, service) if service is Service.SPRAY else (1.0, spec.swath_max_m)
    if not low <= wished_m <= high:
        raise SwathImpossible(
            f"{spec.name} works between {low:g} and {high:g} m wide", swath_m=wished_m, low_m=low, high_m=high
        )
    return wished_m


def _width_range(spec: AircraftSpec, service: Service) -> tuple[float, float]:
    """Return the widths that the aircraft is made for; a spreader's depends on the grain, so it stays as planned."""
    if service is Service.SPRAY:
        return spec.swath_min_m, spec.swath_max_m
    return spec.spread_width_m, spec.spread_width_m


def _speed(
    spec: AircraftSpec, service: Service, rate_per_ha: float, width_m: float, wished_m_s: float | None
) -> tuple[float, SpeedLimit]:
    if wished_m_s is not None and not MIN_SPEED_M_S <= wished_m_s <= spec.max_speed_m_s:
        raise SpeedImpossible(
            f"{spec.name} works between {MIN_SPEED_M_S:g} and {spec.max_speed_m_s:g} m/s",
            speed_m_s=wished_m_s,
            low_m_s=MIN_SPEED_M_S,
            high_m_s=spec.max_speed_m_s,
        )
    speed_m_s = spec.speed_m_s if wished_m_s is None else wished_m_s
    flow = spec.flow_limit_per_min(service)
    if flow_per_min(rate_per_ha, speed_m_s, width_m) <= flow:
        return speed_m_s, "aircraft" if wished_m_s is None else "request"
    capped_m_s = speed_at_flow(rate_per_ha, flow, width_m)
    if capped_m_s < MIN_SPEED_M_S:
        raise RateImpossible(
            f"at this rate {feeder_of(service)} too little for any useful speed", rate_per_ha=rate_per_ha
        )
    return capped_m_s, "pump"
