"""Plans as they are made and remembered: the same flight is asked for by the quote, the request and the job."""

from dataclasses import dataclass
from functools import lru_cache

from drone_service.engine.coverage.on_map import LonLat, PlanFailedCheck, Planned, ground_of
from drone_service.engine.coverage.settings import Wishes, settle
from drone_service.engine.coverage.wind import Wind, ensure_wind
from drone_service.engine.coverage.zones import Area, Zone
from drone_service.engine.operation import Service
from drone_service.fleet import service as fleet_service
from drone_service.planning.rules import PlanNotSafe


@dataclass(frozen=True)
class Flight:
    """A flight that is asked for, or will be in a moment; the field and its zones in degrees.

    Everything a plan follows from is here: equal flights have one plan.
    """

    field: Area
    aircraft_model: str
    service: Service
    rate_per_ha: float
    refills: tuple[LonLat, ...] = ()
    """Where the tank is filled, the usual place first; without any the planner proposes one."""
    wishes: Wishes | None = None
    zones: tuple[Zone, ...] = ()
    wind: Wind | None = None
    sprayed_m2: float | None = None
    """The area the rate is meant for, where it is not what is left of the outline."""


@lru_cache(maxsize=1024)
def checked_plan(flight: Flight) -> Planned:
    """Return the plan of a flight, made or remembered. Raises EngineError, UnknownModel, PlanNotSafe."""
    # A field is planned for the quote, again for the request and again when it is changed: the same flight each time.
    spec = fleet_service.get_spec(flight.aircraft_model)
    settings = settle(spec, flight.service, flight.rate_per_ha, flight.wishes)
    ensure_wind(flight.wind, spec)
    ground = ground_of(flight.field, flight.zones, flight.wind)
    try:
        return ground.plan(settings, flight.refills, sprayed_m2=flight.sprayed_m2)
    except PlanFailedCheck as fault:
        raise PlanNotSafe(**fault.params) from fault
