"""Reads about aircraft. Everybody of the cooperative may see them: the name stands on the farmer's visit."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from drone_service.access.models import Person
from drone_service.access.rules import Actor
from drone_service.fleet.models import Aircraft, CrewMember
from drone_service.fleet.rules import AircraftNotFound
from drone_service.fleet.schemas import AircraftOut
from drone_service.kit.paging import follows


def get_aircraft(session: Session, actor: Actor, aircraft_id: UUID) -> Aircraft:
    """Return an aircraft of the cooperative. Raises AircraftNotFound."""
    statement = select(Aircraft).where(
        col(Aircraft.cooperative_id) == actor.cooperative_id, col(Aircraft.id) == aircraft_id
    )
    found = session.exec(statement).first()
    if found is None:
        raise AircraftNotFound
    return found


def list_aircraft(
    session: Session,
    cooperative_id: UUID,
    *,
    in_service_only: bool = False,
    limit: int | None = None,
    after: UUID | None = None,
) -> Sequence[Aircraft]:
    """List the aircraft by name: all of them, or so many after one."""
    statement = select(Aircraft).where(col(Aircraft.cooperative_id) == cooperative_id)
    if in_service_only:
        statement = statement.where(col(Aircraft.active).is_(True))
    if after is not None:
        row = sa.select(Aircraft).where(col(Aircraft.cooperative_id) == cooperative_id, col(Aircraft.id) == after)
        statement = statement.where(follows(row, col(Aircraft.name), col(Aircraft.id)))
    return session.exec(statement.order_by(col(Aircraft.name), col(Aircraft.id)).limit(limit)).all()


def crews_of(session: Session, cooperative_id: UUID) -> dict[UUID, frozenset[UUID]]:
    """Return the people of each aircraft that has a crew of its own; who left the cooperative is of none."""
    statement = (
        select(CrewMember)
        .join(
            Person,
            (col(Person.cooperative_id) == col(CrewMember.cooperative_id))
            & (col(Person.id) == col(CrewMember.person_id)),
        )
        .where(col(CrewMember.cooperative_id) == cooperative_id, col(Person.active).is_(True))
    )
    found: dict[UUID, set[UUID]] = {}
    for row in session.exec(statement).all():
        found.setdefault(row.aircraft_id, set()).add(row.person_id)
    return {aircraft_id: frozenset(people) for aircraft_id, people in found.items()}


def aircraft_out(aircraft: Aircraft, crews: Mapping[UUID, frozenset[UUID]]) -> AircraftOut:
    """Return what the doors show of an aircraft."""
    return AircraftOut.model_validate(aircraft).model_copy(update={"crew": sorted(crews.get(aircraft.id, ()))})


def find_first_in_service(session: Session, cooperative_id: UUID) -> Aircraft | None:
    """Find the aircraft a job is planned for when nobody says which."""
    return next(iter(list_aircraft(session, cooperative_id, in_service_only=True, limit=1)), None)
