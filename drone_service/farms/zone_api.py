"""Zones to keep clear of, under `/api/v1`."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response
from sqlmodel import Session

from drone_service.access.deps import ActorDep
from drone_service.access.routes import api_router
from drone_service.access.rules import Actor
from drone_service.farms import queries, service
from drone_service.farms.models import Zone
from drone_service.farms.schemas import ZoneIn, ZoneOut, ZonePatch, zone_out
from drone_service.kit.clock import NowDep
from drone_service.kit.db import SessionDep
from drone_service.kit.etag import IfMatchDep, send_etag
from drone_service.kit.geojson import Latitude, Longitude
from drone_service.kit.paging import AfterQuery, LimitQuery, Page

router = api_router(tag="zones")


@router.get("/zones")
def list_zones(
    session: SessionDep,
    actor: ActorDep,
    west: Annotated[Longitude, Query()] = -180,
    south: Annotated[Latitude, Query()] = -90,
    east: Annotated[Longitude, Query()] = 180,
    north: Annotated[Latitude, Query()] = 90,
    archived: bool = False,
    limit: LimitQuery = 50,
    after: AfterQuery = None,
) -> Page[ZoneOut]:
    """List the zones in a box that you may see by themselves, newest first. Near your fields you see all."""
    box = (west, south, east, north)
    zones, following = queries.list_zones(session, actor, box=box, archived=archived, limit=limit, after=after)
    return Page(items=_all_shown(session, actor, zones), next=following)


@router.get("/fields/{field_id}/zones")
def list_zones_near(field_id: UUID, session: SessionDep, actor: ActorDep) -> list[ZoneOut]:
    """List the zones that may concern a field, whoever added them."""
    field = queries.get_field(session, actor, field_id)
    return _all_shown(session, actor, queries.zones_near(session, actor.cooperative_id, field.outline))


@router.post("/fields/{field_id}/zones", status_code=201)
def create_zone(
    field_id: UUID, data: ZoneIn, session: SessionDep, actor: ActorDep, now: NowDep, response: Response
) -> ZoneOut:
    """Add something to keep clear of near a field."""
    zone = service.create_zone(session, actor=actor, field_id=field_id, data=data, now=now)
    response.headers["Location"] = f"/api/v1/zones/{zone.id}"
    return _shown(session, actor, zone, response)


@router.get("/zones/{zone_id}")
def get_zone(zone_id: UUID, session: SessionDep, actor: ActorDep, response: Response) -> ZoneOut:
    """Return one zone."""
    return _shown(session, actor, queries.get_zone(session, actor, zone_id), response)


@router.patch("/zones/{zone_id}")
def update_zone(
    zone_id: UUID, data: ZonePatch, session: SessionDep, actor: ActorDep, version: IfMatchDep, response: Response
) -> ZoneOut:
    """Change a zone."""
    zone = service.update_zone(session, actor=actor, zone_id=zone_id, data=data, expected_version=version)
    return _shown(session, actor, zone, response)


@router.delete("/zones/{zone_id}", status_code=204)
def archive_zone(zone_id: UUID, session: SessionDep, actor: ActorDep, now: NowDep) -> None:
    """Put a zone away; `restore` brings it back."""
    service.archive_zone(session, actor=actor, zone_id=zone_id, now=now)


@router.post("/zones/{zone_id}/restore")
def restore_zone(zone_id: UUID, session: SessionDep, actor: ActorDep, response: Response) -> ZoneOut:
    """Bring a zone back that was put away."""
    return _shown(session, actor, service.restore_zone(session, actor=actor, zone_id=zone_id), response)


def _all_shown(session: Session, actor: Actor, zones: list[Zone]) -> list[ZoneOut]:
    kept = queries.kept_clear(session, actor.cooperative_id, zones)
    return [zone_out(zone, one) for zone, one in zip(zones, kept, strict=True)]


def _shown(session: Session, actor: Actor, zone: Zone, response: Response) -> ZoneOut:
    send_etag(response, zone)
    return _all_shown(session, actor, [zone])[0]
