"""Use cases of the fleet: add an aircraft, change it, take it out of service."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm.attributes import flag_modified
from sqlmodel import Session, col

from drone_service.access import queries as access_queries
from drone_service.access.rules import STAFF, Actor, ensure_owner, ensure_staff
from drone_service.engine.coverage.aircraft import AircraftSpec
from drone_service.fleet import queries
from drone_service.fleet.catalogue import find_model
from drone_service.fleet.models import Aircraft, CrewMember
from drone_service.fleet.rules import NotOfTheCrew, SerialTaken, UnknownModel
from drone_service.fleet.schemas import AircraftIn, AircraftPatch
from drone_service.kit.db import flush_or_raise
from drone_service.kit.etag import ensure_version


def get_spec(slug: str) -> AircraftSpec:
    """Return a model of the catalogue. Raises UnknownModel."""
    spec = find_model(slug)
    if spec is None:
        raise UnknownModel(model=slug)
    return spec


def add_aircraft(session: Session, *, actor: Actor, data: AircraftIn, now: datetime) -> Aircraft:
    """Add a machine to the fleet. Owners only. Raises RoleNeeded, UnknownModel, SerialTaken."""
    ensure_owner(actor)
    spec = get_spec(data.model)
    aircraft = Aircraft(
        cooperative_id=actor.cooperative_id,
        model=spec.slug,
        name=data.name,
        serial=data.serial,
        battery_sets=data.battery_sets,
        created_at=now,
    )
    session.add(aircraft)
    flush_or_raise(session, {"uq_aircraft_serial": SerialTaken(serial=data.serial)})
    return aircraft


def update_aircraft(
    session: Session, *, actor: Actor, aircraft_id: UUID, data: AircraftPatch, expected_version: int
) -> Aircraft:
    """Change a machine; out of service it takes no new jobs.

    For those who run the cooperative. Raises RoleNeeded, AircraftNotFound, PreconditionFailed, SerialTaken,
    PersonNotFound, NotOfTheCrew.
    """
    ensure_staff(actor)
    aircraft = queries.get_aircraft(session, actor, aircraft_id)
    ensure_version(aircraft, expected_version)
    for name in data.model_fields_set - {"services", "crew"}:
        value = getattr(data, name)
        if value is not None:
            setattr(aircraft, name, value)
    if data.services is not None:
        aircraft.services = sorted(data.services)
    if data.crew is not None:
        _set_crew(session, aircraft, data.crew)
    flush_or_raise(session, {"uq_aircraft_serial": SerialTaken(serial=data.serial)})
    return aircraft


def _set_crew(session: Session, aircraft: Aircraft, wanted: set[UUID]) -> None:
    for person_id in sorted(wanted):
        person = access_queries.get_person(session, aircraft.cooperative_id, person_id)
        if not access_queries.roles_of(session, aircraft.cooperative_id, person_id) & STAFF:
            raise NotOfTheCrew(name=person.name)
    session.execute(
        sa.delete(CrewMember).where(
            col(CrewMember.cooperative_id) == aircraft.cooperative_id, col(CrewMember.aircraft_id) == aircraft.id
        )
    )
    for person_id in sorted(wanted):
        session.add(CrewMember(cooperative_id=aircraft.cooperative_id, aircraft_id=aircraft.id, person_id=person_id))
    # The crew is part of what an edit saw, though it lies in rows of its own: the version counts it.
    flag_modified(aircraft, "active")
