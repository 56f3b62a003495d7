"""Estimates and stored flight plans under `/api/v1`."""

from uuid import UUID

from fastapi import Request, Response

from drone_service.access.deps import ActorDep, look_ahead
from drone_service.access.routes import api_router
from drone_service.kit.clock import NowDep
from drone_service.kit.db import SessionDep
from drone_service.planning import blocks, exporting, queries, service
from drone_service.planning.exporting import EXPORT_RESPONSES, ExportResponse, FlightQuery, FormatQuery
from drone_service.planning.schemas import BlockEstimateIn, BlockEstimateOut, EstimateIn, FlightPlanOut, TimingsOut


def plan_ahead(data: EstimateIn, request: Request, now: NowDep) -> None:
    """Plan the flight before the transaction begins: planned under the lock it would hold up everybody who writes."""
    flight = look_ahead(request, now, lambda session, actor: service.flight_of(session, actor, data))
    if flight is not None:
        service.plan_ahead(flight)


def plan_block_ahead(data: BlockEstimateIn, request: Request, now: NowDep) -> None:
    """The same for a block and each of its fields."""
    flights = look_ahead(request, now, lambda session, actor: blocks.flights_of(session, actor, data))
    if flights is not None:
        blocks.plan_block_ahead(flights)


router = api_router(tag="planning")
block_router = api_router(tag="planning", ahead=plan_block_ahead)
planned_router = api_router(tag="planning", ahead=plan_ahead)


@planned_router.post("/estimates", status_code=201)
def estimate_field(
    data: EstimateIn, session: SessionDep, actor: ActorDep, now: NowDep, response: Response
) -> FlightPlanOut:
    """Plan the flight over one of your fields: loads, mix, times with a range, and the path."""
    plan = service.estimate_field(session, actor=actor, data=data, now=now)
    response.headers["Location"] = f"/api/v1/flight-plans/{plan.id}"
    return queries.flight_plan_out(plan)


@block_router.post("/block-estimates")
def estimate_block(data: BlockEstimateIn, session: SessionDep, actor: ActorDep, now: NowDep) -> BlockEstimateOut:
    """Plan fields as one flight: what falls to each owner, and the saving against flying them one by one.

    Nothing is stored.
    """
    return blocks.estimate_block(session, actor=actor, data=data, now=now)


@router.get("/flight-plans/{flight_plan_id}")
def get_flight_plan(flight_plan_id: UUID, session: SessionDep, actor: ActorDep) -> FlightPlanOut:
    """Return a stored plan."""
    return queries.flight_plan_out(queries.get_flight_plan(session, actor, flight_plan_id))


@router.get("/flight-plans/{flight_plan_id}/export", response_class=ExportResponse, responses=EXPORT_RESPONSES)
def export_flight_plan(
    flight_plan_id: UUID, session: SessionDep, actor: ActorDep, output: FormatQuery, flight: FlightQuery = None
) -> Response:
    """Return a stored plan, or one of its flights, as a file for another program."""
    return exporting.export(queries.get_flown(session, actor, flight_plan_id), output, flight)


@router.get("/aircraft/{aircraft_id}/timings")
def get_timings(aircraft_id: UUID, session: SessionDep, actor: ActorDep) -> TimingsOut:
    """Return what finished jobs taught about the times of an aircraft and its crews, and how good ranges were."""
    return queries.get_timings(session, actor, aircraft_id)
