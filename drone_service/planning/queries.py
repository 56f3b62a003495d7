"""Reads of stored plans. A plan is visible to those who see its field."""

from uuid import UUID

from sqlmodel import Session, col, select

from drone_service.access.rules import Actor
from drone_service.engine.coverage.flown import FlownField
from drone_service.farms import queries as farms_queries
from drone_service.farms.rules import FieldNotFound
from drone_service.planning.flying import flown_field
from drone_service.planning.models import FlightPlan
from drone_service.planning.rules import FlightPlanNotFound
from drone_service.planning.schemas import FlightPlanOut


def get_flight_plan(session: Session, actor: Actor, flight_plan_id: UUID) -> FlightPlan:
    """Return a plan of a field the actor may see. Raises FlightPlanNotFound."""
    statement = select(FlightPlan).where(
        col(FlightPlan.cooperative_id) == actor.cooperative_id, col(FlightPlan.id) == flight_plan_id
    )
    plan = session.exec(statement).first()
    if plan is None:
        raise FlightPlanNotFound
    try:
        farms_queries.get_field(session, actor, plan.field_id)
    except FieldNotFound as hidden:
        raise FlightPlanNotFound from hidden
    return plan


def find_latest_plan(session: Session, actor: Actor, field_id: UUID) -> FlightPlan | None:
    """Find the newest plan of a field the actor may see. Raises FieldNotFound."""
    field = farms_queries.get_field(session, actor, field_id)
    statement = select(FlightPlan).where(
        col(FlightPlan.cooperative_id) == field.cooperative_id, col(FlightPlan.field_id) == field.id
    )
    return session.exec(statement.order_by(col(FlightPlan.id).desc()).limit(1)).first()


def get_flown(session: Session, actor: Actor, flight_plan_id: UUID) -> FlownField:
    """Return the flight of a stored plan. Raises FlightPlanNotFound."""
    plan = get_flight_plan(session, actor, flight_plan_id)
    field = farms_queries.get_field(session, actor, plan.field_id)
    return flown_field(plan.estimate, field.outline, field.name)


def flight_plan_out(plan: FlightPlan) -> FlightPlanOut:
    """Return a stored plan as it is shown."""
    return FlightPlanOut(id=plan.id, field_id=plan.field_id, created_at=plan.created_at, estimate=plan.estimate)
