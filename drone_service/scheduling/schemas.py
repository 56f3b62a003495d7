"""What goes in and out of the doors about visits, days, plans and calendar links."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from drone_service.access.schemas import Schema
from drone_service.booking.rules import HalfDay, QuotedProduct, State
from drone_service.engine.operation import Service
from drone_service.kit.clock import LocalDate
from drone_service.kit.text import Line
from drone_service.scheduling.rules import MAX_PLAN_DAYS, VisitWarning


class TravelSource(StrEnum):
    """Where the driving times of a plan come from."""

    ROADS = "roads"
    GREAT_CIRCLE = "great_circle"


class VisitIn(Schema):
    """Put a job on an aircraft at a time; the start is moved to the nearest five minutes."""

    starts_at: AwareDatetime
    aircraft_id: UUID | None = None
    pinned: bool = True


class VisitOut(BaseModel):
    """A planned visit; the end is exclusive and both ends are multiples of five minutes."""

    model_config = ConfigDict(from_attributes=True)
    visit_id: UUID
    job_id: UUID
    job_number: int
    state: State
    service: Service
    area_m2: float
    lon: float
    lat: float
    aircraft_id: UUID
    day: LocalDate
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    travel_s: int
    travel_km: float
    wash_s: int
    pinned: bool
    warnings: list[VisitWarning]


class WaitingOut(BaseModel):
    """A confirmed job without a place in the schedule that may be done on the day."""

    job_id: UUID
    job_number: int
    service: Service
    area_m2: float
    service_s: int
    allowed_from: LocalDate
    allowed_until: LocalDate
    half_days: list[HalfDay]
    lon: float
    lat: float


class DayOut(BaseModel):
    """A day of the schedule, aircraft by aircraft in the order of work, and what waits for a place.

    `waiting` comes in pages; `next` is absent on the last one.
    """

    day: LocalDate
    visits: list[VisitOut]
    waiting: list[WaitingOut]
    next: UUID | None = None


class PlanDays(Schema):
    """More days to plan together with the one in the address."""

    also: Annotated[list[LocalDate], Field(default_factory=list, max_length=MAX_PLAN_DAYS - 1)]


class LeftOutOut(BaseModel):
    """A job the plan leaves out: why, and what would change it."""

    job_id: UUID
    job_number: int
    reason_code: str
    reason: str
    change_code: str
    change: str


class PlanOut(BaseModel):
    """What planning did."""

    days: list[DayOut]
    placed: int
    moved: int
    dropped: int
    left_out: list[LeftOutOut]
    km: float
    travel: TravelSource


class FreePeriodOut(BaseModel):
    """A stretch of working time in which an aircraft is free."""

    aircraft_id: UUID
    starts_at: AwareDatetime
    ends_at: AwareDatetime


class CalendarLinkIn(Schema):
    label: Line = ""


class CalendarLinkOut(BaseModel):
    """A calendar link without its secret, which is shown only once."""

    link_id: UUID
    label: str
    created_at: AwareDatetime


class CalendarLinkMade(CalendarLinkOut):
    """A new calendar link with its two addresses."""

    ics_path: str
    json_path: str


class CalendarEventOut(BaseModel):
    """One visit in the public calendar: nobody's phone number is in it."""

    visit_id: UUID
    job_number: int
    state: State
    service: Service
    aircraft: str
    area_m2: float
    lon: float
    lat: float
    starts_at: AwareDatetime
    ends_at: AwareDatetime


class CalendarOut(BaseModel):
    name: str
    language: str
    cong_m2: int
    events: list[CalendarEventOut]


class VisitCard(BaseModel):
    """A visit with what the crew wants to see at a glance."""

    visit: VisitOut
    farmer_name: str
    farmer_phone: str
    field_id: UUID
    field_name: str
    products: list[QuotedProduct]
    loads: int
    rate_per_ha: float
    rate_unit: str
    total_quantity: float


class WaitingCard(BaseModel):
    """A job without a place, with whose and which field it is."""

    job: WaitingOut
    farmer_name: str
    field_name: str


class DayBoard(BaseModel):
    """A day as the operator's pages show it."""

    day: LocalDate
    cards: list[VisitCard]
    waiting: list[WaitingCard]
    more_wait: bool = False
    area_m2: float
