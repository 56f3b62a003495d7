"""What a search proposes and what a change did, as plain values that are kept with their rows."""

from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from drone_service.scheduling.rules import WhyMoved


class RunState(StrEnum):
    """Where a search for a plan is."""

    WAITING = "waiting"
    RUNNING = "running"
    READY = "ready"
    ACCEPTED = "accepted"
    DISCARDED = "discarded"
    FAILED = "failed"


ACTIVE_STATES = frozenset({RunState.WAITING, RunState.RUNNING})


class ChangeKind(StrEnum):
    """What changed the board."""

    MOVE = "move"
    TAKE_OFF = "take_off"
    PIN = "pin"
    PLAN = "plan"
    TURN = "turn"
    GATHER = "gather"


class TurnKind(StrEnum):
    """What may happen while a day is being worked."""

    LATE = "late"
    EARLY = "early"
    RAIN = "rain"
    BATTERY_LOST = "battery_lost"
    AIRCRAFT_DOWN = "aircraft_down"
    URGENT = "urgent"
    ABSENT = "absent"


class Turn(BaseModel):
    """Something that happened: what, to which job or aircraft, how many minutes, from when until when.

    `ends_at` of a late crew is when it is free.
    """

    model_config = ConfigDict(frozen=True)
    kind: TurnKind
    job_id: UUID | None = None
    aircraft_id: UUID | None = None
    minutes: int | None = None
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None


class VisitState(BaseModel):
    """How a visit stands; without an aircraft the job has no place."""

    model_config = ConfigDict(frozen=True)
    job_id: UUID
    aircraft_id: UUID | None = None
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    pinned: bool = False


class ProposedVisit(BaseModel):
    """A job with the aircraft and the time that the plan gives it."""

    model_config = ConfigDict(frozen=True)
    job_id: UUID
    aircraft_id: UUID
    starts_at: AwareDatetime
    ends_at: AwareDatetime


class LeftOut(BaseModel):
    """A job without a place in a plan: the codes of why and of the cheapest change, with what they are about."""

    model_config = ConfigDict(frozen=True)
    job_id: UUID
    reason_code: str
    change_code: str
    params: dict[str, Any] = Field(default_factory=dict)


class Totals(BaseModel):
    """A plan in figures: the jobs it holds, what they bring, the kilometres, and the score of the search."""

    model_config = ConfigDict(frozen=True)
    jobs: int
    value_vnd: int
    km: float
    score: float


class Proposal(BaseModel):
    """The best plan so far beside the schedule as it stands."""

    model_config = ConfigDict(frozen=True)
    visits: list[ProposedVisit]
    left_out: Annotated[list[LeftOut], Field(default_factory=list)]
    stood: list[VisitState] = Field(default_factory=list)
    """How the visits that might move stood: what the plan is compared with once it is accepted."""
    why: dict[UUID, WhyMoved] = Field(default_factory=dict)
    """Why each job that had a place does not keep its time."""
    before: Totals
    after: Totals
    shifts: dict[str, tuple[AwareDatetime, AwareDatetime]] = Field(default_factory=dict)
    """The working time behind the name of each shift that a reason speaks of."""
    roads: bool
    """Whether the driving times come from a road router; else from the great circle."""
