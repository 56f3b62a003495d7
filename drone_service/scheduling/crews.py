"""Which aircraft with its crew may do a job on a day: what it is fit for, what its people may do, their licences."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlmodel import Session

from drone_service.access import queries as access_queries
from drone_service.engine.operation import Service
from drone_service.fleet import queries as fleet_queries
from drone_service.scheduling.rules import Unfit


@dataclass(frozen=True)
class Flyer:
    """Somebody of a crew: what they may do, and the last day of their licence."""

    services: frozenset[Service]
    licence_until: date | None


@dataclass(frozen=True)
class Crew:
    """An aircraft with those who fly it; every operator where nobody has been named."""

    aircraft_id: UUID
    services: frozenset[Service]
    needs_licence: bool
    flyers: tuple[Flyer, ...]

    def unfit(self, service: Service, day: date) -> Unfit | None:
        """Return what keeps it from a service on a day; nothing where it may do it."""
        if service not in self.services:
            return Unfit.AIRCRAFT
        able = [one for one in self.flyers if service in one.services]
        # A cooperative that has entered no operators yet is not kept from planning.
        if self.flyers and not able:
            return Unfit.SKILL
        if self.needs_licence and not any(one.licence_until is not None and day <= one.licence_until for one in able):
            return Unfit.LICENCE
        return None


def name_of(aircraft_id: UUID, day: date) -> str:
    """Return the engine's name for the crew of an aircraft on a day: a licence may end between two of them."""
    return f"{aircraft_id} {day}"


@dataclass(frozen=True)
class Crews:
    """The crews in service by their aircraft."""

    by_aircraft: Mapping[UUID, Crew]

    @classmethod
    def read(cls, session: Session, cooperative_id: UUID) -> "Crews":
        """Read the aircraft in service with their crews."""
        named = fleet_queries.crews_of(session, cooperative_id)
        people = {one.id: one for one in access_queries.list_operators(session, cooperative_id)}
        everybody = frozenset(people)
        members = access_queries.names_of(session, cooperative_id, {one for crew in named.values() for one in crew})
        people |= members
        return cls(
            {
                one.id: Crew(
                    one.id,
                    frozenset(one.services),
                    one.needs_licence,
                    tuple(
                        Flyer(frozenset(people[flyer].services), people[flyer].licence_until)
                        for flyer in named.get(one.id, everybody)
                    ),
                )
                for one in fleet_queries.list_aircraft(session, cooperative_id, in_service_only=True)
            }
        )

    def allowed(self, service: Service, days: Iterable[date]) -> frozenset[str] | None:
        """Return the engine's names of the crews that may do a service on the days; None where all of them may."""
        asked = [(one, day) for one in self.by_aircraft.values() for day in days]
        fit = [name_of(one.aircraft_id, day) for one, day in asked if one.unfit(service, day) is None]
        return None if len(fit) == len(asked) else frozenset(fit)

    def why_nobody(self, service: Service, days: Sequence[date]) -> Unfit | None:
        """Return what is nearest to being right where no crew may do a service on any of the days, else nothing."""
        found = [one.unfit(service, day) for one in self.by_aircraft.values() for day in days]
        if not found or None in found:
            return None
        return max((one for one in found if one is not None), key=list(Unfit).index)
