"""The flight of a job: the stored plan that its quote, mix sheet, schedule and bill take their numbers from."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from drone_service.access.rules import Actor
from drone_service.booking import queries
from drone_service.booking.models import Job, JobFlight
from drone_service.booking.quoting import USUAL_SPRAY_L_PER_HA
from drone_service.engine.coverage.flown import FlownField
from drone_service.engine.operation import Service
from drone_service.farms import queries as farms_queries
from drone_service.farms.models import Field
from drone_service.fleet.rules import UnknownModel
from drone_service.planning import queries as planning_queries
from drone_service.planning import service as planning_service
from drone_service.planning.flying import flown_field
from drone_service.planning.models import FlightPlan
from drone_service.planning.rules import PlanNotSafe, PlanRefused
from drone_service.planning.schemas import Estimate

NOT_FLOWN = (PlanRefused, PlanNotSafe, UnknownModel)
"""Why a page shows a field without a flight: the field, the catalogue or the planner changed since."""


def store_flight(session: Session, job: Job, estimate: Estimate, now: datetime) -> FlightPlan:
    """Keep the plan that a job was quoted from. A job that is quoted anew gets a new plan; the old one stays."""
    plan = planning_service.store_plan(
        session, cooperative_id=job.cooperative_id, field_id=job.field_id, estimate=estimate, now=now
    )
    link = session.get(JobFlight, (job.cooperative_id, job.id))
    if link is None:
        link = JobFlight(cooperative_id=job.cooperative_id, job_id=job.id, flight_plan_id=plan.id)
    link.flight_plan_id = plan.id
    session.add(link)
    session.flush()
    return plan


def find_plan_of_job(session: Session, job: Job) -> FlightPlan | None:
    """Find the stored plan of a job; jobs from before plans were kept have none."""
    link = session.get(JobFlight, (job.cooperative_id, job.id))
    return None if link is None else planning_queries.get_plan(session, job.cooperative_id, link.flight_plan_id)


def flight_of_job(session: Session, actor: Actor, job_id: UUID) -> FlownField:
    """Return the flight of a job as it was stored, whatever became of the field, its zones and the planner since.

    Only a job from before plans were kept is planned again. Raises JobNotFound and, for such a job, the refusals of
    the planner.
    """
    job = queries.get_job(session, actor, job_id)
    field = farms_queries.get_field(session, actor, job.field_id)
    plan = find_plan_of_job(session, job)
    flown = flown_field(plan.estimate if plan else _planned_again(session, job, field), field.outline, field.name)
    return replace(flown, products=tuple(one.name for one in job.quote.products))


def find_flight_of_job(session: Session, actor: Actor, job_id: UUID) -> FlownField | None:
    """Return the flight of a job, or nothing where it can no longer be planned. Raises JobNotFound."""
    try:
        return flight_of_job(session, actor, job_id)
    except NOT_FLOWN:
        return None


def find_usual_flight(session: Session, field: Field) -> FlownField | None:
    """Return how a field would be sprayed with the usual rate and the first aircraft, or nothing where it cannot be."""
    _, model = planning_service.usual_aircraft(session, field.cooperative_id)
    flight = planning_service.flight_over(session, field, model, Service.SPRAY, USUAL_SPRAY_L_PER_HA)
    try:
        estimate = planning_service.plan_field(flight)
    except NOT_FLOWN:
        return None
    return flown_field(estimate, field.outline, field.name)


def _planned_again(session: Session, job: Job, field: Field) -> Estimate:
    quote = job.quote
    flight = planning_service.flight_over(session, field, quote.aircraft_model, job.service, quote.rate_per_ha)
    return planning_service.plan_field(flight)
