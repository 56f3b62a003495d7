"""The flight behind a quote. It is not stored with the job: the planner gives the same flight for the same request."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from sqlmodel import Session

from drone_service.access.rules import Actor
from drone_service.booking import queries
from drone_service.booking.quoting import USUAL_AIRCRAFT_MODEL, USUAL_SPRAY_L_PER_HA
from drone_service.booking.rules import Quote
from drone_service.engine.coverage.flown import FlownField
from drone_service.engine.coverage.zones import Zone
from drone_service.engine.operation import Service
from drone_service.farms import queries as farms_queries
from drone_service.farms.models import Field
from drone_service.fleet import queries as fleet_queries
from drone_service.fleet.rules import UnknownModel
from drone_service.planning import service as planning_service
from drone_service.planning.flying import flown_field
from drone_service.planning.rules import PlanNotSafe, PlanRefused

NOT_FLOWN = (PlanRefused, PlanNotSafe, UnknownModel)
"""Why a page shows a field without a flight: the field, the catalogue or the planner changed since."""


def flight_of_job(session: Session, actor: Actor, job_id: UUID) -> FlownField:
    """Return the flight of a job over its field as it is now. Raises JobNotFound and the refusals of the planner."""
    job = queries.get_job(session, actor, job_id)
    field = farms_queries.get_field(session, actor, job.field_id)
    zones = farms_queries.clear_of(session, job.cooperative_id, field.outline)
    return flight_of_quote(field, job.service, job.quote, zones)


def find_flight_of_job(session: Session, actor: Actor, job_id: UUID) -> FlownField | None:
    """Return the flight of a job, or nothing where it can no longer be planned. Raises JobNotFound."""
    try:
        return flight_of_job(session, actor, job_id)
    except NOT_FLOWN:
        return None


def find_usual_flight(session: Session, field: Field) -> FlownField | None:
    """Return how a field would be sprayed with the usual rate and the first aircraft, or nothing where it cannot be."""
    aircraft = fleet_queries.find_first_in_service(session, field.cooperative_id)
    try:
        estimate = planning_service.plan_field(
            field.outline,
            aircraft_model=aircraft.model if aircraft else USUAL_AIRCRAFT_MODEL,
            service=Service.SPRAY,
            rate_per_ha=USUAL_SPRAY_L_PER_HA,
            products=(),
            zones=farms_queries.clear_of(session, field.cooperative_id, field.outline),
        )
    except NOT_FLOWN:
        return None
    return flown_field(estimate, field.outline, field.name)


def flight_of_quote(field: Field, service: Service, quote: Quote, zones: Sequence[Zone] = ()) -> FlownField:
    """Return the flight that a quote was reckoned from, clear of zones. Raises the refusals of the planner."""
    estimate = planning_service.plan_field(
        field.outline,
        aircraft_model=quote.aircraft_model,
        service=service,
        rate_per_ha=quote.rate_per_ha,
        products=(),
        zones=zones,
    )
    return replace(flown_field(estimate, field.outline, field.name), products=tuple(one.name for one in quote.products))
