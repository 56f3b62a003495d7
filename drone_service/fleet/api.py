"""Aircraft models and the cooperative's own aircraft under `/api/v1`."""

from uuid import UUID

from fastapi import Response
from sqlmodel import Session

from drone_service.access.deps import ActorDep
from drone_service.access.routes import FOR_VISITORS, api_router
from drone_service.fleet import queries, service
from drone_service.fleet.catalogue import load_catalogue
from drone_service.fleet.models import Aircraft
from drone_service.fleet.schemas import AircraftIn, AircraftModelOut, AircraftOut, AircraftPatch, model_out
from drone_service.kit.clock import NowDep
from drone_service.kit.db import SessionDep
from drone_service.kit.etag import IfMatchDep, send_etag
from drone_service.kit.paging import AfterQuery, LimitQuery, Page, split_page

router = api_router(tag="fleet")


@router.get("/aircraft-models", openapi_extra=FOR_VISITORS)
def list_aircraft_models() -> list[AircraftModelOut]:
    """List the models of the catalogue with every figure and its origin."""
    return [model_out(spec) for spec in load_catalogue().values()]


@router.get("/aircraft")
def list_aircraft(
    session: SessionDep, actor: ActorDep, limit: LimitQuery = 50, after: AfterQuery = None
) -> Page[AircraftOut]:
    """List the aircraft of your cooperative by name."""
    rows = queries.list_aircraft(session, actor.cooperative_id, limit=limit + 1, after=after)
    aircraft, last = split_page(rows, limit)
    crews = queries.crews_of(session, actor.cooperative_id)
    return Page(items=[queries.aircraft_out(one, crews) for one in aircraft], next=last.id if last else None)


@router.post("/aircraft", status_code=201)
def add_aircraft(
    data: AircraftIn, session: SessionDep, actor: ActorDep, now: NowDep, response: Response
) -> AircraftOut:
    """Add an aircraft. Owners only."""
    aircraft = service.add_aircraft(session, actor=actor, data=data, now=now)
    response.headers["Location"] = f"/api/v1/aircraft/{aircraft.id}"
    return _shown(session, aircraft, response)


@router.get("/aircraft/{aircraft_id}")
def get_aircraft(aircraft_id: UUID, session: SessionDep, actor: ActorDep, response: Response) -> AircraftOut:
    """Return one aircraft."""
    return _shown(session, queries.get_aircraft(session, actor, aircraft_id), response)


@router.patch("/aircraft/{aircraft_id}")
def update_aircraft(
    aircraft_id: UUID,
    data: AircraftPatch,
    session: SessionDep,
    actor: ActorDep,
    version: IfMatchDep,
    response: Response,
) -> AircraftOut:
    """Change an aircraft, or take it out of service."""
    aircraft = service.update_aircraft(
        session, actor=actor, aircraft_id=aircraft_id, data=data, expected_version=version
    )
    return _shown(session, aircraft, response)


def _shown(session: Session, aircraft: Aircraft, response: Response) -> AircraftOut:
    send_etag(response, aircraft)
    return queries.aircraft_out(aircraft, queries.crews_of(session, aircraft.cooperative_id))
