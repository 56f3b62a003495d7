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
from drone_service.scheduling.proposal import ChangeKind, RunState, Totals, Turn, TurnKind
from drone_service.scheduling.rules import MAX_PLAN_DAYS, VisitWarning, WhyMoved
from drone_service.scheduling.sequence import Break
from drone_service.weather.schemas import ForecastSourceOut


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
    """What planning did, and the change by which it can be taken back."""

    change_id: UUID
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


class PlaceIn(Schema):
    """A half-day of an aircraft, and where in its order; without a position the one that costs least is taken."""

    aircraft_id: UUID
    day: LocalDate
    half: HalfDay
    position: Annotated[int, Field(ge=0, le=500)] | None = None


class MoveIn(PlaceIn):
    """A move as it was looked at: `seen` is what the preview gave, so that nothing else is done than was shown."""

    seen: Annotated[Line, Field(max_length=64)]
    pinned: bool = False


class BreakOut(BaseModel):
    """What a change breaks, for which job."""

    job_id: UUID
    job_number: int
    code: Break
    text: str


class ShiftedOut(BaseModel):
    """Another job whose time moves with a change."""

    job_id: UUID
    job_number: int
    starts_before: AwareDatetime
    starts_after: AwareDatetime


class MoveOut(BaseModel):
    """What a move would do: the new time, what it costs, whom else it moves and what breaks."""

    job_id: UUID
    job_number: int
    aircraft_id: UUID
    day: LocalDate
    half: HalfDay
    position: int
    positions: int
    """How many places there are in the order of the half-day."""
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    is_possible: bool
    km: float
    drive_min: int
    wash_min: int
    shifted: list[ShiftedOut]
    breaks: list[BreakOut]
    seen: str


class ChangeOut(BaseModel):
    """A change that was made; `change_id` takes it back."""

    change_id: UUID
    kind: ChangeKind
    made_at: AwareDatetime
    undone_at: AwareDatetime | None
    visits: int


class DayStateOut(BaseModel):
    """What people decided about a day."""

    day: LocalDate
    is_locked: bool
    published_at: AwareDatetime | None


class PublishedOut(DayStateOut):
    """A day that was published: how many farmers and how many of the crew were told."""

    farmers_told: int
    crew_told: int


class ArrivalOut(BaseModel):
    """Between what times the crew comes; the range narrows as the jobs before are done."""

    job_id: UUID
    day: LocalDate
    arrives_from: AwareDatetime
    arrives_until: AwareDatetime
    told_from: AwareDatetime | None
    told_until: AwareDatetime | None


class PlanRunIn(Schema):
    """Which days to search a plan for, and how long."""

    days: Annotated[list[LocalDate], Field(min_length=1, max_length=MAX_PLAN_DAYS)]
    seconds: Annotated[int, Field(ge=1, le=120)] = 10


class TurnIn(Schema):
    """Something that happened during the day: what, to which job or aircraft, how many minutes, from when to when."""

    kind: TurnKind
    job_id: UUID | None = None
    aircraft_id: UUID | None = None
    minutes: Annotated[int, Field(ge=1, le=600)] | None = None
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    also: Annotated[list[LocalDate], Field(default_factory=list, max_length=MAX_PLAN_DAYS - 1)]
    """More days that what does not fit may go to."""


class MovedOut(BaseModel):
    """A job whose place or time a proposal changes; null before where it had none, null after where it loses it."""

    job_id: UUID
    job_number: int
    farmer_name: str
    aircraft_before: UUID | None
    starts_before: AwareDatetime | None
    aircraft_after: UUID | None
    starts_after: AwareDatetime | None
    was_told: bool
    """Whether the farmer was told a time at all. False for a plan that is accepted: they were told anew then."""
    breaks_told_time: bool
    why_code: WhyMoved | None
    """Null for a job that had no place."""
    why: str


class PlanRunOut(BaseModel):
    """A search for a plan: how far it is, and what it proposes beside the schedule as it stands."""

    run_id: UUID
    state: RunState
    days: list[LocalDate]
    turn: Turn | None
    seconds: int
    progress: float
    is_alive: bool
    """False while no worker has said anything for some time; it begins again by itself."""
    failure: str
    before: Totals | None
    after: Totals | None
    moved: list[MovedOut]
    left_out: list[LeftOutOut]
    forecast: ForecastSourceOut | None
    """The oldest forecast at hand for these jobs; null where there is none."""


class SlotOffer(BaseModel):
    """A half-day in which a new job would suit: when the crew would come, the weather, and the extra way."""

    day: LocalDate
    half: HalfDay
    arrives_from: AwareDatetime
    arrives_until: AwareDatetime
    extra_km: float
    extra_min: int
    weather: str
    """`good`, `caution`, `stop` or `unknown`."""
    weather_text: str
    reason: str
    reason_text: str
    forecast: ForecastSourceOut | None
    """Whose word the weather is, and how old; null where there is none."""
