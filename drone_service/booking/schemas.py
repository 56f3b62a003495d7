"""What goes in and out of the doors about jobs and quotes."""

from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from drone_service.access.schemas import Schema
from drone_service.booking.rules import Event, HalfDay, Quote, State
from drone_service.engine.coverage.blocks import MOST_GAP_M
from drone_service.engine.operation import Service
from drone_service.kit.clock import LocalDate
from drone_service.kit.openapi import example
from drone_service.kit.text import Note
from drone_service.planning.schemas import BlockEstimateOut, BlockMemberOut

Rate = Annotated[float, Field(gt=0, le=1_000, allow_inf_nan=False)]
Dose = Annotated[float, Field(gt=0, le=1_000_000, allow_inf_nan=False)]


class ProductWanted(Schema):
    """A product of the job; without a dose the usual one of the label is taken."""

    product_id: UUID
    dose_per_ha: Dose | None = None


class JobIn(Schema):
    """What a farmer asks for. Without a rate, spraying takes the cooperative's usual litres per hectare."""

    model_config = example(
        {
            "field_id": "01900000-0000-7000-8000-000000000000",
            "allowed_from": "2027-01-04",
            "allowed_until": "2027-01-08",
            "half_days": ["am"],
        }
    )

    field_id: UUID
    service: Service = Service.SPRAY
    rate_per_ha: Rate | None = None
    products: Annotated[list[ProductWanted], Field(max_length=6)] = Field(default_factory=list)
    allowed_from: LocalDate
    allowed_until: LocalDate
    half_days: Annotated[set[HalfDay], Field(min_length=1)] = Field(default_factory=lambda: set(HalfDay))
    planned_harvest_on: LocalDate | None = None
    note: Note = ""


class BlockIn(Schema):
    """Jobs to be flown as one; where two of their fields overlap, what both cover counts for the job named first."""

    job_ids: Annotated[list[UUID], Field(min_length=2, max_length=30)]
    max_gap_m: Annotated[float, Field(ge=0, le=MOST_GAP_M, allow_inf_nan=False)] = 10.0
    shared_percent: Annotated[int, Field(ge=0, le=100)] = 50
    """How much of the value of the saved time goes back to the owners."""


class BlockMember(BaseModel):
    """One job of a block with what falls to it."""

    job_id: UUID
    job_number: int
    farmer_name: str
    price_vnd: int
    """As it was quoted for the job by itself."""
    share: BlockMemberOut


class BlockOut(BaseModel):
    """Jobs that are flown as one, in the order in which they were named."""

    id: UUID
    created_at: AwareDatetime
    shared_percent: int
    members: list[BlockMember]
    plan: BlockEstimateOut


class BlockProposal(BaseModel):
    """Waiting jobs that adjoin, with the same products and days in common."""

    job_ids: list[UUID]
    numbers: list[int]
    field_names: list[str]
    farmer_names: list[str]
    area_m2: float
    allowed_from: LocalDate
    allowed_until: LocalDate


class Reason(Schema):
    """Why a job is refused or cancelled."""

    reason: Note = ""


class QuoteOut(BaseModel):
    """A price with its parts, for what was asked."""

    field_id: UUID
    service: Service
    quote: Quote


class MoveOut(BaseModel):
    """One step in a job's history."""

    id: UUID
    event: Event
    from_state: State | None
    to_state: State
    reason: str
    at: AwareDatetime
    by_id: UUID
    by_name: str


class JobOut(BaseModel):
    """A job as its people see it."""

    model_config = ConfigDict(from_attributes=True)
    id: UUID
    number: int
    field_id: UUID
    field_name: str
    farmer_id: UUID
    farmer_name: str
    farmer_phone: str
    service: Service
    state: State
    rate_per_ha: float
    allowed_from: LocalDate
    allowed_until: LocalDate
    half_days: list[HalfDay]
    planned_harvest_on: LocalDate | None
    note: str
    area_m2: float
    price_vnd: int
    service_s: int
    wash_group: str
    lon: float
    lat: float
    quote: Quote
    flight_plan_id: UUID | None
    """The stored plan behind the quote; jobs from before plans were kept have none."""
    created_at: AwareDatetime
    events: list[Event]
    """What the person asking may do next."""
