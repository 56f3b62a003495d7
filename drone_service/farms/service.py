"""Use cases of fields and zones: create, change, put away, bring back."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from shapely.geometry.base import BaseGeometry
from sqlmodel import Session, col, select

from drone_service.access import queries as access_queries
from drone_service.access.models import Cooperative
from drone_service.access.rules import Actor, ensure_may_act_for, ensure_staff
from drone_service.engine.geometry.area import Measure
from drone_service.engine.geometry.outline import Shape, outline_of_shape
from drone_service.engine.geometry.walk import WalkReport
from drone_service.farms import queries, rules, zoning
from drone_service.farms.models import Field, Properties, Zone
from drone_service.farms.schemas import FieldIn, FieldPatch, ZoneIn, ZonePatch
from drone_service.kit.etag import ensure_version


class Stored(NamedTuple):
    """A field, and what was done to its outline where cleaning was asked for."""

    field: Field
    cleaned: WalkReport | None


def create_field(session: Session, *, actor: Actor, data: FieldIn, now: datetime) -> Stored:
    """Store a new field of the actor or, for those who book for others, of any farmer.

    Raises RoleNeeded, PersonNotFound, an OutlineRefused, OutsideServiceArea, DuplicateField or LandTaken.
    """
    outline, cleaned = rules.clean_walked(data.outline(), data.walked_accuracy_m)
    farmer_id = farmer_for(session, actor, data.farmer_id)
    lock_land(session, actor)
    area = queries.get_service_area(session, actor.cooperative_id)
    shape, size = rules.accept_outline(outline, area)
    field = new_field(actor, farmer_id, shape=shape, size=size, name=data.name, properties={}, now=now)
    field.crop, field.planting_code, field.harvest_on = data.crop, data.planting_code, data.harvest_on
    return Stored(add_field(session, actor, field), cleaned)


def update_field(session: Session, *, actor: Actor, field_id: UUID, data: FieldPatch, expected_version: int) -> Stored:
    """Change what was sent of a field.

    Raises FieldNotFound, PreconditionFailed, FieldArchived, RefillTooFar and, for a new outline, what create_field
    raises.
    """
    field = queries.get_field(session, actor, field_id)
    ensure_version(field, expected_version)
    if field.archived_at is not None:
        raise rules.FieldArchived
    cleaned = _change_outline(session, actor, field, data)
    for name in ("name", "crop", "planting_code"):
        value = getattr(data, name)
        if value is not None:
            setattr(field, name, value)
    if data.refills is not None:
        for place in data.refills:
            zoning.ensure_fillable(place, field.outline)
        # A place named twice is one place.
        field.refills = list(dict.fromkeys(data.refills))
    if "harvest_on" in data.model_fields_set:
        field.harvest_on = data.harvest_on
    session.flush()
    return Stored(field, cleaned)


def _change_outline(session: Session, actor: Actor, field: Field, data: FieldPatch) -> WalkReport | None:
    outline = data.outline()
    if outline is None and data.walked_accuracy_m is not None:
        outline = outline_of_shape(field.outline)
    if outline is None:
        return None
    outline, cleaned = rules.clean_walked(outline, data.walked_accuracy_m)
    lock_land(session, actor)
    area = queries.get_service_area(session, actor.cooperative_id)
    for column, value in _shape_columns(*rules.accept_outline(outline, area)).items():
        setattr(field, column, value)
    with session.no_autoflush:
        _ensure_new_land(session, actor, field)
    return cleaned


def archive_field(session: Session, *, actor: Actor, field_id: UUID, now: datetime) -> Field:
    """Put a field away: it leaves the lists and its land is free again; its history stays. Raises FieldNotFound."""
    field = queries.get_field(session, actor, field_id)
    field.archived_at = field.archived_at or now
    session.flush()
    return field


def restore_field(session: Session, *, actor: Actor, field_id: UUID) -> Field:
    """Bring an archived field back. Raises FieldNotFound, FieldNotArchived, DuplicateField or LandTaken."""
    field = queries.get_field(session, actor, field_id)
    if field.archived_at is None:
        raise rules.FieldNotArchived
    lock_land(session, actor)
    _ensure_new_land(session, actor, field)
    field.archived_at = None
    session.flush()
    return field


def farmer_for(session: Session, actor: Actor, farmer_id: UUID | None) -> UUID:
    """Return whose field it will be: the actor's own unless said otherwise. Raises RoleNeeded, PersonNotFound."""
    farmer_id = farmer_id or actor.person_id
    ensure_may_act_for(actor, farmer_id)
    return access_queries.get_person(session, actor.cooperative_id, farmer_id).id


def lock_land(session: Session, actor: Actor) -> None:
    """Let one writer at a time look for the same land; SQLite has one writer anyway.

    Without it two requests with the same outline both look, both find nothing and both store.
    """
    statement = select(Cooperative.id).where(col(Cooperative.id) == actor.cooperative_id)
    session.exec(statement.with_for_update(key_share=True)).one()


def new_field(
    actor: Actor, farmer_id: UUID, *, shape: Shape, size: Measure, name: str, properties: Properties, now: datetime
) -> Field:
    """Make a field of an accepted shape; nothing is stored yet."""
    return Field(
        cooperative_id=actor.cooperative_id,
        farmer_id=farmer_id,
        name=name,
        properties=properties,
        created_at=now,
        **_shape_columns(shape, size),
    )


def add_field(session: Session, actor: Actor, field: Field) -> Field:
    """Store a new field on land that nobody has registered. Raises DuplicateField, LandTaken."""
    _ensure_new_land(session, actor, field)
    session.add(field)
    session.flush()
    return field


def _shape_columns(shape: Shape, size: Measure) -> dict[str, Any]:
    west, south, east, north = (float(side) for side in shape.bounds)
    box = {"west": west, "south": south, "east": east, "north": north}
    return {"outline": shape, "area_m2": size.area_m2, "perimeter_m": size.perimeter_m, **box}


def _ensure_new_land(session: Session, actor: Actor, field: Field) -> None:
    box = (field.west, field.south, field.east, field.north)
    rules.ensure_new_land(field.outline, queries.list_registered(session, actor, box, besides=field.id))


def create_zone(session: Session, *, actor: Actor, field_id: UUID, data: ZoneIn, now: datetime) -> Zone:
    """Store something to keep clear of near a field the actor may see. A distance of its own is set by staff only.

    Raises FieldNotFound, RoleNeeded, an OutlineRefused, ZoneTooFar, ZoneRefused or TooManyZones.
    """
    field = queries.get_field(session, actor, field_id)
    if data.buffer_m is not None or data.may_overfly is not None:
        ensure_staff(actor)
    geometry = zoning.accept_thing(data.geometry.model_dump())
    zoning.ensure_near(geometry, field.outline)
    if len(queries.zones_near(session, actor.cooperative_id, field.outline)) >= zoning.MAX_NEAR:
        raise zoning.TooManyZones(limit=zoning.MAX_NEAR)
    zone = Zone(
        cooperative_id=actor.cooperative_id,
        added_by=actor.person_id,
        kind=data.kind,
        buffer_m=data.buffer_m,
        may_overfly=data.may_overfly,
        note=data.note,
        created_at=now,
        **_zone_columns(geometry),
    )
    queries.kept_clear(session, actor.cooperative_id, [zone])
    session.add(zone)
    session.flush()
    return zone


def update_zone(session: Session, *, actor: Actor, zone_id: UUID, data: ZonePatch, expected_version: int) -> Zone:
    """Change what was sent of a zone. Staff change every zone, others what they added, but for its distance.

    Raises ZoneNotFound, RoleNeeded, PreconditionFailed, ZoneArchived, an OutlineRefused or ZoneRefused.
    """
    zone = _changeable(session, actor, zone_id)
    if data.sets_distance:
        ensure_staff(actor)
    ensure_version(zone, expected_version)
    if zone.archived_at is not None:
        raise zoning.ZoneArchived
    if data.geometry is not None:
        for column, value in _zone_columns(zoning.accept_thing(data.geometry.model_dump())).items():
            setattr(zone, column, value)
    for name in ("kind", "note"):
        if getattr(data, name) is not None:
            setattr(zone, name, getattr(data, name))
    for name in data.model_fields_set & {"buffer_m", "may_overfly"}:
        setattr(zone, name, getattr(data, name))
    with session.no_autoflush:
        queries.kept_clear(session, actor.cooperative_id, [zone])
    session.flush()
    return zone


def archive_zone(session: Session, *, actor: Actor, zone_id: UUID, now: datetime) -> Zone:
    """Put a zone away: flights take no notice of it any more. Raises ZoneNotFound, RoleNeeded."""
    zone = _changeable(session, actor, zone_id)
    zone.archived_at = zone.archived_at or now
    session.flush()
    return zone


def restore_zone(session: Session, *, actor: Actor, zone_id: UUID) -> Zone:
    """Bring an archived zone back. Raises ZoneNotFound, RoleNeeded, ZoneNotArchived."""
    zone = _changeable(session, actor, zone_id)
    if zone.archived_at is None:
        raise zoning.ZoneNotArchived
    zone.archived_at = None
    session.flush()
    return zone


def _changeable(session: Session, actor: Actor, zone_id: UUID) -> Zone:
    zone = queries.get_zone(session, actor, zone_id)
    if zone.added_by != actor.person_id:
        ensure_staff(actor)
    return zone


def _zone_columns(geometry: BaseGeometry) -> dict[str, Any]:
    west, south, east, north = (float(side) for side in geometry.bounds)
    return {"geometry": geometry, "west": west, "south": south, "east": east, "north": north}
