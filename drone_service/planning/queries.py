"""Reads of stored plans, which those see who see the field, and of what finished jobs taught."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import Session, col, select

from drone_service.access.rules import Actor, ensure_staff
from drone_service.engine.coverage.flown import FlownField
from drone_service.farms import queries as farms_queries
from drone_service.farms.rules import FieldNotFound
from drone_service.fleet import queries as fleet_queries
from drone_service.planning.clearing import is_what_is_sprayed
from drone_service.planning.flying import flown_field
from drone_service.planning.models import AircraftLessons, FlightPlan, JobTiming
from drone_service.planning.rules import FlightPlanNotFound
from drone_service.planning.schemas import FlightPlanOut, TimingsOut
from drone_service.planning.timing import NOTHING, REMEMBERED_JOBS, Taught, Timing

SAME_DEG = 1e-7
"""A centimetre: places are rounded where they are stored."""


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


def get_plan(session: Session, cooperative_id: UUID, flight_plan_id: UUID) -> FlightPlan:
    """Return a plan for those who have found what it belongs to. Raises FlightPlanNotFound."""
    plan = session.get(FlightPlan, (cooperative_id, flight_plan_id))
    if plan is None:
        raise FlightPlanNotFound
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


def find_flown(session: Session, actor: Actor, field_id: UUID) -> tuple[UUID, FlownField] | None:
    """Find the newest stored plan of a field that was made for its outline, zones and filling places of today.

    Raises FieldNotFound.
    """
    plan = find_latest_plan(session, actor, field_id)
    if plan is None:
        return None
    field = farms_queries.get_field(session, actor, field_id)
    flown = flown_field(plan.estimate, field.outline, field.name)
    filled_here = not field.refills or all(_is_one_of(place, field.refills) for place in flown.refills)
    zones = farms_queries.clear_of(session, field.cooperative_id, field.outline)
    return (plan.id, flown) if filled_here and is_what_is_sprayed(flown.shape, field.outline, zones) else None


def _is_one_of(place: tuple[float, float], places: list[tuple[float, float]]) -> bool:
    return any(abs(place[0] - lon) < SAME_DEG and abs(place[1] - lat) < SAME_DEG for lon, lat in places)


def flight_plan_out(plan: FlightPlan) -> FlightPlanOut:
    """Return a stored plan as it is shown."""
    return FlightPlanOut(id=plan.id, field_id=plan.field_id, created_at=plan.created_at, estimate=plan.estimate)


def find_lessons_row(
    session: Session, cooperative_id: UUID, aircraft_id: UUID, *, locked: bool = False
) -> AircraftLessons | None:
    """Find what is stored of an aircraft's lessons, and hold it to be changed."""
    statement = select(AircraftLessons).where(
        col(AircraftLessons.cooperative_id) == cooperative_id, col(AircraftLessons.aircraft_id) == aircraft_id
    )
    if locked:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return session.exec(statement).first()


def taught(session: Session, cooperative_id: UUID, aircraft_id: UUID) -> Taught:
    """Return what finished jobs taught about an aircraft, or that nothing is known yet."""
    return _taught_by(find_lessons_row(session, cooperative_id, aircraft_id))


def _taught_by(row: AircraftLessons | None) -> Taught:
    return Taught(row.lessons, row.crews, row.left_out) if row else NOTHING


def list_timings(session: Session, cooperative_id: UUID, aircraft_id: UUID) -> list[Timing]:
    """List the last finished jobs of an aircraft, oldest first."""
    statement = select(JobTiming).where(
        col(JobTiming.cooperative_id) == cooperative_id, col(JobTiming.aircraft_id) == aircraft_id
    )
    newest = statement.order_by(col(JobTiming.finished_at).desc(), col(JobTiming.id).desc()).limit(REMEMBERED_JOBS)
    rows = session.exec(newest).all()
    return [
        Timing(row.job_id, row.pilot_id, row.finished_at, row.planned, row.actual, row.told, row.told_crew)
        for row in reversed(rows)
    ]


def get_timings(session: Session, actor: Actor, aircraft_id: UUID) -> TimingsOut:
    """Return what is known of an aircraft's times to those who run it. Raises RoleNeeded, AircraftNotFound."""
    ensure_staff(actor)
    aircraft = fleet_queries.get_aircraft(session, actor, aircraft_id)
    return timings_of(session, actor, [aircraft.id])[aircraft.id]


def timings_of(session: Session, actor: Actor, aircraft_ids: Sequence[UUID]) -> dict[UUID, TimingsOut]:
    """Return the same of several aircraft of the cooperative. Raises RoleNeeded."""
    ensure_staff(actor)
    statement = select(AircraftLessons).where(
        col(AircraftLessons.cooperative_id) == actor.cooperative_id,
        col(AircraftLessons.aircraft_id).in_(aircraft_ids),
    )
    rows = {row.aircraft_id: row for row in session.exec(statement).all()}
    known = {one: _taught_by(rows.get(one)) for one in aircraft_ids}
    return {
        one: TimingsOut(aircraft_id=one, crews=told.crews, left_out=told.left_out, **told.lessons.model_dump())
        for one, told in known.items()
    }
