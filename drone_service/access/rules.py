"""Who a person is and what each role may do. Plain values in and out."""

from dataclasses import dataclass, field
from datetime import time
from enum import StrEnum
from typing import Annotated, ClassVar, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from drone_service.engine.coverage.zones import MAX_BUFFER_M
from drone_service.kit.errors import Conflict, NotAllowed, NotFound, NotSignedIn
from drone_service.kit.i18n import DEFAULT_LANGUAGE, N_, Named

CODE_DIGITS = 6
CODE_ATTEMPTS = 5
MIN_PASSWORD_LENGTH = 10


class Role(StrEnum):
    """What somebody is to the cooperative. One person may be several."""

    FARMER = "farmer"
    AGENT = "agent"
    OPERATOR = "operator"
    OWNER = "owner"


STAFF = frozenset({Role.OPERATOR, Role.OWNER})
"""Those who run the cooperative."""
BOOKERS_FOR_OTHERS = frozenset({Role.AGENT, Role.OPERATOR, Role.OWNER})
"""Those who may see every farmer and book for them."""

ROLE_NAMES = {
    Role.FARMER: N_("Farmer"),
    Role.AGENT: N_("Agent"),
    Role.OPERATOR: N_("Operator"),
    Role.OWNER: N_("Owner"),
}


def _of_this_place(value: time) -> time:
    if value.tzinfo is not None:
        raise PydanticCustomError("time_parsing", "Input should be a time without an offset from UTC")
    return value


# JSON Schema's "time" has an offset from UTC, and this is a time on the clock of the place.
LocalTime = Annotated[
    time,
    AfterValidator(_of_this_place),
    WithJsonSchema({"type": "string", "description": "A local time, such as 05:30."}),
]


ZoneDistance = Annotated[float, Field(ge=0.5, le=MAX_BUFFER_M, allow_inf_nan=False)]


class ZoneRule(BaseModel):
    """How far spray stays from a kind of zone, how far upwind of it, and whether it may be flown over."""

    model_config = ConfigDict(frozen=True)
    buffer_m: ZoneDistance
    downwind_m: ZoneDistance
    may_overfly: bool

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.downwind_m < self.buffer_m:
            raise ValueError(N_("The distance downwind is at least the plain one."))
        return self


class WorkWindow(BaseModel):
    """A part of the local day in which the crew works, half-open."""

    model_config = ConfigDict(frozen=True)
    starts: LocalTime
    ends: LocalTime

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.starts >= self.ends:
            raise ValueError(N_("The end must come after the start."))
        return self


@dataclass(frozen=True)
class Actor:
    """The person behind a request, built once from their session."""

    person_id: UUID
    cooperative_id: UUID
    roles: frozenset[Role]
    session_id: UUID | None = None
    language: str = DEFAULT_LANGUAGE
    name: str = field(default="", compare=False)

    def has(self, *roles: Role) -> bool:
        """Tell whether the actor has any of the roles."""
        return bool(self.roles.intersection(roles))

    @property
    def is_staff(self) -> bool:
        return bool(self.roles & STAFF)

    @property
    def may_book_for_others(self) -> bool:
        return bool(self.roles & BOOKERS_FOR_OTHERS)


class RoleNeeded(NotAllowed):
    code = "access.role_needed"
    title: ClassVar[str] = N_("You may not do this")
    detail: ClassVar[str] = N_("This is for another role: %(roles)s.")


class WrongCode(NotSignedIn):
    code = "access.wrong_code"
    title: ClassVar[str] = N_("The code is not right")
    detail: ClassVar[str] = N_("Look at the six digits in the message and type them again, or ask for a new code.")
    keeps_changes = True


class WrongPassword(NotSignedIn):
    code = "access.wrong_password"
    title: ClassVar[str] = N_("Phone number or password is not right")
    detail: ClassVar[str] = N_("Check both and try again. The owner of the cooperative can set a new password.")


class PhoneTaken(Conflict):
    code = "access.phone_taken"
    title: ClassVar[str] = N_("This phone number is in use")
    detail: ClassVar[str] = N_("Somebody already has an account with this phone number.")


class LastOwner(Conflict):
    code = "access.last_owner"
    title: ClassVar[str] = N_("The cooperative needs an owner")
    detail: ClassVar[str] = N_("This is the last owner. Make somebody else an owner first.")


class PersonNotFound(NotFound):
    code = "access.person_not_found"


class SessionNotFound(NotFound):
    code = "access.session_not_found"


class NoCooperative(NotFound):
    code = "access.no_cooperative"
    title: ClassVar[str] = N_("No cooperative yet")
    detail: ClassVar[str] = N_("Nobody has set up a cooperative here. The host can run: drone-service demo.")


def role_needed(*roles: Role) -> RoleNeeded:
    """Make the refusal that says for whom this is."""
    return RoleNeeded(roles=[Named(role.value, ROLE_NAMES[role]) for role in roles])


def ensure_role(actor: Actor, *roles: Role) -> None:
    """Refuse an actor who has none of the roles. Raises RoleNeeded."""
    if not actor.has(*roles):
        raise role_needed(*roles)


def ensure_staff(actor: Actor) -> None:
    """Refuse an actor who neither flies nor owns. Raises RoleNeeded."""
    ensure_role(actor, Role.OPERATOR, Role.OWNER)


def ensure_owner(actor: Actor) -> None:
    """Refuse an actor who is not an owner. Raises RoleNeeded."""
    ensure_role(actor, Role.OWNER)


def ensure_may_act_for(actor: Actor, farmer_id: UUID) -> None:
    """Refuse acting for another farmer to those who may not book for others. Raises RoleNeeded."""
    if farmer_id != actor.person_id and not actor.may_book_for_others:
        raise role_needed(*sorted(BOOKERS_FOR_OTHERS))
