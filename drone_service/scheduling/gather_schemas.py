"""What goes in and out of the doors about jobs that are gathered along a road or canal."""

from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from drone_service.access.schemas import Schema
from drone_service.booking.rules import HalfDay
from drone_service.engine.operation import Service
from drone_service.kit.clock import LocalDate
from drone_service.kit.text import Line
from drone_service.scheduling.corridor import Axis
from drone_service.scheduling.schemas import BreakOut, ShiftedOut, TravelSource
from drone_service.weather.schemas import ForecastSourceOut

USUAL_GAP_KM = 1.0
"""How far apart neighbours of a group are at most, by the way the crew drives (k); every search may say otherwise."""
MOST_GAP_KM = 20.0
MOST_JOBS = 60
Gap = Annotated[float, Field(ge=0.1, le=MOST_GAP_KM, allow_inf_nan=False)]


class GatherIn(Schema):
    """Jobs to be put into a half-day of an aircraft together, as they were looked at: `seen` comes from the option."""

    job_ids: Annotated[list[UUID], Field(min_length=2, max_length=MOST_JOBS)]
    aircraft_id: UUID
    day: LocalDate
    half: HalfDay
    seen: Annotated[Line, Field(max_length=64)]


class GatherOption(BaseModel):
    """A half-day of an aircraft for a group: when, what it adds to what stands there, and what it breaks."""

    aircraft_id: UUID
    aircraft_name: str
    day: LocalDate
    half: HalfDay
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    km: float
    drive_min: int
    wash_min: int
    weather: str
    """`good`, `caution`, `stop` or `unknown`: the worst hour of the group."""
    weather_text: str
    shifted: list[ShiftedOut]
    breaks: list[BreakOut]
    seen: str


class GatheredJob(BaseModel):
    """One job of a group, in the order along the way."""

    job_id: UUID
    job_number: int
    farmer_name: str
    field_name: str
    area_m2: float
    quantity: float
    price_vnd: int
    service_min: int
    allowed_from: LocalDate
    allowed_until: LocalDate
    half_days: list[HalfDay]
    lon: float
    lat: float
    km_from_before: float | None
    """The way from the job before; null for the first."""
    in_block: bool
    """Flown as one with the job beside it."""


class GatheringOut(BaseModel):
    """Waiting jobs along a road or canal that are cheap to do together in one half-day of one aircraft.

    Driving is from the base and back; `saved_km` and `saved_min` are against a trip of its own for each, washing taken
    off. The half-day that is proposed comes first.
    """

    jobs: list[GatheredJob]
    service: Service
    area_m2: float
    quantity: float
    rate_unit: str
    price_vnd: int
    work_min: int
    drive_min: int
    wash_min: int
    total_min: int
    km: float
    saved_km: float
    saved_min: int
    ha_per_hour: float
    ha_per_hour_alone: float
    axis: Axis
    length_m: int
    width_m: int
    options: list[GatherOption]


class GatheringsOut(BaseModel):
    """The groups that are proposed for some days, the one that saves most first; no job is in two."""

    first: LocalDate
    days: int
    max_gap_km: float
    waiting: int
    """How many jobs wait for a place on these days."""
    alone: int
    """How many of them are in no group."""
    gatherings: list[GatheringOut]
    travel: TravelSource
    forecast: ForecastSourceOut | None
