"""What goes in and out of the doors about work on the field and the spray log."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from drone_service.access.schemas import Schema
from drone_service.booking.rules import State
from drone_service.engine.operation import Service
from drone_service.fieldwork.rules import StopReason
from drone_service.kit.text import Line, Note
from drone_service.planning.schemas import MixSheet
from drone_service.scheduling.schemas import VisitOut

Measure = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Area = Annotated[float, Field(ge=0, le=10_000_000, allow_inf_nan=False)]
Quantity = Annotated[float, Field(ge=0, le=100_000, allow_inf_nan=False)]
Minutes = Annotated[float, Field(ge=0, le=1_440, allow_inf_nan=False)]


class Weather(Schema):
    """What the crew measured by hand; whatever is not known is left out."""

    wind_m_s: Annotated[float, Field(ge=0, le=40, allow_inf_nan=False)] | None = None
    temperature_c: Annotated[float, Field(ge=-5, le=55, allow_inf_nan=False)] | None = None
    humidity_pct: Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)] | None = None


class StartIn(Weather):
    """Begin the work on a job."""

    pilot_licence: Line = ""


class LoadIn(Schema):
    """One tank or hopper load. `load_id` is made by the sender: the same one twice is recorded once."""

    load_id: UUID
    area_m2: Area
    quantity: Quantity
    minutes: Minutes = 0.0


class UsedProduct(Schema):
    """How much of a product was really used, in the unit of its dose."""

    product_id: UUID
    amount: Quantity


class FinishIn(Weather):
    """End the work. With `stop_reason` the job is partly done, or given back if nothing was done.

    Area, quantity and time default to what the loads say, a finished job without loads to the whole field.
    """

    stop_reason: StopReason | None = None
    area_done_m2: Area | None = None
    quantity: Quantity | None = None
    minutes: Minutes | None = None
    """Minutes in the air."""
    setup_min: Minutes | None = None
    fill_min: Minutes | None = None
    """All fillings and battery swaps together."""
    pack_up_min: Minutes | None = None
    products: Annotated[list[UsedProduct], Field(default_factory=list, max_length=20)]
    note: Note = ""
    pest: Line = ""
    crop_stage: Line = ""
    height_m: Annotated[float, Field(gt=0, le=30, allow_inf_nan=False)] | None = None
    speed_m_s: Annotated[float, Field(gt=0, le=20, allow_inf_nan=False)] | None = None
    swath_m: Annotated[float, Field(gt=0, le=30, allow_inf_nan=False)] | None = None
    droplet_um: Annotated[float, Field(gt=0, le=2_000, allow_inf_nan=False)] | None = None
    empty_packages: Annotated[int, Field(ge=0, le=10_000)] | None = None
    signed_by: Line = ""


class LoadOut(BaseModel):
    load_id: UUID
    area_m2: float
    quantity: float
    minutes: float
    recorded_at: AwareDatetime


class ProductUseOut(BaseModel):
    product_id: UUID
    name: str
    active_ingredient: str
    label_dose: str
    dose_per_ha: float
    unit: str
    amount: float
    phi_days: int
    re_entry_h: float | None


class WorkOut(BaseModel):
    """The work on a job so far, or as it ended."""

    work_id: UUID
    job_id: UUID
    state: State
    service: Service
    started_at: AwareDatetime
    ended_at: AwareDatetime | None
    area_done_m2: float
    quantity: float
    minutes: float
    setup_min: float | None
    fill_min: float | None
    pack_up_min: float | None
    stop_reason: StopReason | None
    note: str
    wind_m_s: float | None
    temperature_c: float | None
    humidity_pct: float | None
    loads: list[LoadOut]
    products: list[ProductUseOut]


class SprayLogEntry(BaseModel):
    """One line of a field's spray log, with the columns that VietGAP and TCVN 11892-1 ask for."""

    work_id: UUID
    job_number: int
    service: Service
    field_name: str
    plot_code: str
    crop: str
    crop_stage: str
    area_m2: float
    pest: str
    products: list[ProductUseOut]
    rate_per_ha: float
    quantity: float
    started_at: AwareDatetime
    ended_at: AwareDatetime
    wind_m_s: float | None
    temperature_c: float | None
    humidity_pct: float | None
    height_m: float | None
    speed_m_s: float | None
    swath_m: float | None
    droplet_um: float | None
    pilot_name: str
    pilot_licence: str
    aircraft_name: str
    aircraft_serial: str
    earliest_harvest_on: date | None
    re_entry_at: AwareDatetime
    empty_packages: int | None
    signed_by: str
    stop_reason: StopReason | None
    note: str


class SprayLog(BaseModel):
    """What was done on a field, the newest first and in pages, and the first day on which it may be harvested.

    `earliest_harvest_on` counts the whole log; `next` is absent on the last page.
    """

    field_id: UUID
    earliest_harvest_on: date | None
    entries: list[SprayLogEntry]
    next: UUID | None = None


class TankMixOut(BaseModel):
    """What goes into one load: the products as (name, amount, unit)."""

    number: int
    area_m2: float
    quantity: float
    products: list[tuple[str, float, str]]


class JobSheet(BaseModel):
    """All a crew needs for one job."""

    job_id: UUID
    job_number: int
    state: State
    service: Service
    visit: VisitOut | None
    farmer_name: str
    farmer_phone: str
    field_id: UUID
    field_name: str
    lon: float
    lat: float
    area_m2: float
    rate_per_ha: float
    rate_unit: str
    total_quantity: float
    note: str
    mix: MixSheet
    """What goes into each load as planned, the steps of mixing, what to wear, and what to fetch from the farmer."""
    mixes: list[TankMixOut]
    """The loads of `mix` in short."""
