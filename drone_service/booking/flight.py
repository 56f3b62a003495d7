"""The flight behind a quote. It is not stored with the job: the planner gives the same flight for the same request."""

from dataclasses import replace
from uuid import UUID

from sqlmodel import Session

from drone_service.access.rules import Actor
from drone_service.booking import queries
from drone_service.booking.rules import Quote
from drone_service.engine.coverage.flown import FlownField
from drone_service.engine.operation import Service
from drone_service.farms import queries as farms_queries
from drone_service.farms.models import Field
from drone_service.planning import service as planning_service
from drone_service.planning.flying import flown_field


def flight_of_job(session: Session, actor: Actor, job_id: UUID) -> FlownField:
    """Return the flight of a job over its field as it is now. Raises JobNotFound and the refusals of the planner."""
    job = queries.get_job(session, actor, job_id)
    field = farms_queries.get_field(session, actor, job.field_id)
    return flight_of_quote(field, job.service, job.quote)


def flight_of_quote(field: Field, service: Service, quote: Quote) -> FlownField:
    """Return the flight that a quote was reckoned from. Raises the refusals of the planner."""
    estimate = planning_service.plan_field(
        field.outline,
        aircraft_model=quote.aircraft_model,
        service=service,
        rate_per_ha=quote.rate_per_ha,
        products=(),
    )
    return replace(flown_field(estimate, field.outline, field.name), products=tuple(one.name for one in quote.products))
