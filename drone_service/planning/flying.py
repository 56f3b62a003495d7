"""From stored figures back to the flight: what files, pictures and the map are made from."""

from dataclasses import replace

from pydantic import BaseModel
from shapely.geometry import MultiPolygon, Polygon, shape

from drone_service.engine.coverage.flown import Flight, FlownField, NoSuchFlight, unused_of
from drone_service.engine.coverage.kept import KeptZone
from drone_service.engine.coverage.settings import Wishes, settle
from drone_service.fleet import service as fleet_service
from drone_service.planning.rules import FlightNotInPlan
from drone_service.planning.schemas import Estimate, KeptZoneOut


def flown_field(estimate: Estimate, field: Polygon | MultiPolygon, label: str) -> FlownField:
    """Return the flight of an estimate over a field in degrees. Raises UnknownModel.

    What is filled in for a flight and the area it does are those of its load on the mix sheet: the loads are rounded to
    what is measured and add up to the job, and nobody reads two figures for one tank.
    """
    spec = fleet_service.get_spec(estimate.aircraft_model)
    settings = settle(spec, estimate.service, estimate.rate_per_ha, Wishes(swath_m=estimate.swath_m))
    flights = tuple(
        Flight(
            number=number,
            path=tuple(sortie.path),
            quantity=load.quantity,
            area_m2=load.area_m2,
            flight_s=sortie.flight_s,
            battery_left=sortie.battery_left,
        )
        for number, (sortie, load) in enumerate(zip(estimate.sorties, estimate.loads, strict=True), start=1)
    )
    return FlownField(
        label=label,
        shape=_outline(estimate.outline) or field,
        settings=replace(settings, speed_m_s=estimate.speed_m_s, height_m=estimate.height_m),
        area_m2=estimate.area_m2,
        flights=flights,
        unused=unused_of(estimate.other_refills, flights),
        outside_m2=estimate.outside_m2,
        overlap_m2=estimate.overlap_m2,
        coverage=estimate.coverage,
        products=tuple(part.name for part in estimate.totals),
        zones=tuple(_kept(zone) for zone in estimate.kept_clear),
        lost_m2=estimate.lost_m2,
    )


def flown_block(estimate: Estimate, label: str) -> FlownField:
    """Return the flight of a block, whose estimate holds its own outline. Raises UnknownModel."""
    return flown_field(estimate, _outline(estimate.outline) or Polygon(), label)


def one_flight(field: FlownField, number: int | None) -> FlownField:
    """Return the field with one of its flights, or all of it without a number. Raises FlightNotInPlan."""
    try:
        return field if number is None else field.only(number)
    except NoSuchFlight as error:
        raise FlightNotInPlan(**error.params) from error


def _kept(zone: KeptZoneOut) -> KeptZone:
    return KeptZone(
        label=str(zone.zone_id),
        kind=zone.kind,
        buffer_m=zone.buffer_m,
        downwind_m=zone.downwind_m,
        shape=shape(zone.shape.model_dump()),
        buffer=shape(zone.buffer.model_dump()),
        barred=_outline(zone.barred),
    )


def _outline(area: BaseModel | None) -> Polygon | MultiPolygon | None:
    return shape(area.model_dump()) if area is not None else None
