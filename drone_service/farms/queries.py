"""Reads about fields. Farmers see their own; those who book for others see all of the cooperative."""

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from shapely.geometry.base import BaseGeometry
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from drone_service.access import queries as access_queries
from drone_service.access.rules import Actor
from drone_service.engine.coverage.zones import Zone as EngineZone
from drone_service.engine.geometry.plane import LocalPlane
from drone_service.farms.models import Field, Zone
from drone_service.farms.rules import FieldNotFound, Registered, ServiceArea
from drone_service.farms.zoning import MAX_NEAR, REACH_M, ZoneNotFound, engine_zone, rules_by_kind
from drone_service.kit.db import small_letters
from drone_service.kit.paging import split_page

Box = tuple[float, float, float, float]


def visible_to(actor: Actor) -> SelectOfScalar[Field]:
    """Select the fields an actor may see, archived ones included."""
    statement = select(Field).where(col(Field.cooperative_id) == actor.cooperative_id)
    return statement if actor.may_book_for_others else statement.where(col(Field.farmer_id) == actor.person_id)


def get_field(session: Session, actor: Actor, field_id: UUID, *, locked: bool = False) -> Field:
    """Return a field the actor may see, held until the end of the transaction where asked. Raises FieldNotFound."""
    statement = visible_to(actor).where(col(Field.id) == field_id)
    field = session.exec(statement.with_for_update() if locked else statement).first()
    if field is None:
        raise FieldNotFound
    return field


def list_fields(
    session: Session,
    actor: Actor,
    *,
    farmer_id: UUID | None = None,
    search: str = "",
    archived: bool = False,
    limit: int = 50,
    after: UUID | None = None,
) -> tuple[list[Field], UUID | None]:
    """List fields, newest first, and the id to go on after where there are more."""
    statement = visible_to(actor)
    at = col(Field.archived_at)
    statement = statement.where(at.is_not(None) if archived else at.is_(None))
    if farmer_id is not None:
        statement = statement.where(col(Field.farmer_id) == farmer_id)
    if search:
        statement = statement.where(small_letters(col(Field.name)).contains(search.lower(), autoescape=True))
    if after is not None:
        statement = statement.where(col(Field.id) < after)
    found = session.exec(statement.order_by(col(Field.id).desc()).limit(limit + 1)).all()
    page, last = split_page(found, limit)
    return page, last.id if last else None


def list_registered(session: Session, actor: Actor, box: Box, *, besides: UUID | None = None) -> list[Registered]:
    """List the fields in use whose box meets a box, whoever has them, to look for the same land."""
    west, south, east, north = box
    statement = select(Field).where(
        col(Field.cooperative_id) == actor.cooperative_id,
        col(Field.archived_at).is_(None),
        col(Field.west) <= east,
        col(Field.east) >= west,
        col(Field.south) <= north,
        col(Field.north) >= south,
    )
    return [
        Registered(
            field_id=field.id,
            name=field.name,
            outline=field.outline,
            is_visible=actor.may_book_for_others or field.farmer_id == actor.person_id,
        )
        for field in session.exec(statement).all()
        if field.id != besides
    ]


def names_of(session: Session, cooperative_id: UUID, field_ids: set[UUID]) -> dict[UUID, Field]:
    """Return the fields with the given ids, for lists that show their names; one alone may have been read already."""
    if len(field_ids) == 1:
        field = session.get(Field, (cooperative_id, *field_ids))
        return {field.id: field} if field is not None else {}
    statement = select(Field).where(col(Field.cooperative_id) == cooperative_id, col(Field.id).in_(field_ids))
    fields: Sequence[Field] = session.exec(statement).all()
    return {field.id: field for field in fields}


def get_service_area(session: Session, cooperative_id: UUID) -> ServiceArea:
    """Return where the cooperative flies."""
    cooperative = access_queries.get_cooperative(session, cooperative_id)
    return ServiceArea(cooperative.centre_lon, cooperative.centre_lat, cooperative.service_radius_km)


def zones_visible_to(actor: Actor) -> SelectOfScalar[Zone]:
    """Select the zones an actor may see by themselves: all, or those they added. Near their fields they see all."""
    statement = select(Zone).where(col(Zone.cooperative_id) == actor.cooperative_id)
    return statement if actor.may_book_for_others else statement.where(col(Zone.added_by) == actor.person_id)


def get_zone(session: Session, actor: Actor, zone_id: UUID) -> Zone:
    """Return a zone the actor may see. Raises ZoneNotFound."""
    zone = session.exec(zones_visible_to(actor).where(col(Zone.id) == zone_id)).first()
    if zone is None:
        raise ZoneNotFound
    return zone


def list_zones(
    session: Session,
    actor: Actor,
    *,
    box: Box | None = None,
    archived: bool = False,
    limit: int = 50,
    after: UUID | None = None,
) -> tuple[list[Zone], UUID | None]:
    """List zones whose box meets a box, newest first, and the id to go on after where there are more."""
    at = col(Zone.archived_at)
    statement = zones_visible_to(actor).where(at.is_not(None) if archived else at.is_(None))
    if box is not None:
        statement = statement.where(*_meets(box))
    if after is not None:
        statement = statement.where(col(Zone.id) < after)
    found = session.exec(statement.order_by(col(Zone.id).desc()).limit(limit + 1)).all()
    page, last = split_page(found, limit)
    return page, last.id if last else None


def zones_near(session: Session, cooperative_id: UUID, field: BaseGeometry) -> list[Zone]:
    """Return the zones in use that may concern a field in degrees, whoever added them, the oldest first."""
    plane = LocalPlane.around(field)
    west, south, east, north = field.bounds
    far_lon, far_lat = REACH_M / plane.m_per_lon, REACH_M / plane.m_per_lat
    statement = select(Zone).where(
        col(Zone.cooperative_id) == cooperative_id,
        col(Zone.archived_at).is_(None),
        *_meets((west - far_lon, south - far_lat, east + far_lon, north + far_lat)),
    )
    return list(session.exec(statement.order_by(col(Zone.id)).limit(MAX_NEAR)).all())


def kept_clear(session: Session, cooperative_id: UUID, zones: Sequence[Zone]) -> list[EngineZone]:
    """Return zones as the planner takes them, with the cooperative's distances; each is called by its id."""
    rules = rules_by_kind(access_queries.get_cooperative(session, cooperative_id).zone_rules)
    return [
        engine_zone(
            str(zone.id),
            zone.geometry,
            zone.kind,
            rules=rules,
            buffer_m=zone.buffer_m,
            may_overfly=zone.may_overfly,
        )
        for zone in zones
    ]


def clear_of(session: Session, cooperative_id: UUID, field: BaseGeometry) -> list[EngineZone]:
    """Return what a flight over a field in degrees keeps clear of."""
    return kept_clear(session, cooperative_id, zones_near(session, cooperative_id, field))


def _meets(box: Box) -> tuple[sa.ColumnElement[bool], ...]:
    west, south, east, north = box
    return (
        col(Zone.west) <= east,
        col(Zone.east) >= west,
        col(Zone.south) <= north,
        col(Zone.north) >= south,
    )
