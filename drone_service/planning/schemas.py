"""What the planner answers: area, loads with their mix, times with a range, and the flight itself."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from drone_service.access.schemas import Schema
from drone_service.engine.coverage.blocks import MOST_GAP_M
from drone_service.engine.coverage.sorties import MAX_PLACES
from drone_service.engine.coverage.wind import Wind
from drone_service.engine.coverage.zones import ZoneKind
from drone_service.engine.operation import Service
from drone_service.fleet.schemas import ModelSlug
from drone_service.kit.geojson import AreaJson, Latitude, Longitude, ThingJson
from drone_service.kit.i18n import N_
from drone_service.kit.openapi import example
from drone_service.kit.text import Line
from drone_service.planning.rules import StepKind
from drone_service.products.rules import Ppe

DoseUnit = Literal["mL", "L", "g", "kg"]
LoadUnit = Literal["L", "kg"]


class ProductDose(Schema):
    """A product of the mix and how much of it goes on a hectare."""

    product_id: UUID | None = None
    name: Line = ""
    dose_per_ha: Annotated[float, Field(gt=0, le=1_000_000, allow_inf_nan=False)]
    unit: DoseUnit
    group: Annotated[Line, Field(max_length=24)] = ""
    formulation: Annotated[Line, Field(max_length=24)] = ""
    """Decides the order of mixing where it is known: powders, liquids, emulsions, adjuvants (WALES)."""
    most_per_ha: Annotated[float, Field(gt=0, le=1_000_000, allow_inf_nan=False)] | None = None
    """The largest dose on the label: a total is never rounded above it. Read from the list for a listed product."""


class FlightIn(Schema):
    """What to fly: an aircraft, a service and what goes on a hectare."""

    aircraft_id: UUID | None = None
    aircraft_model: ModelSlug | None = None
    service: Service = Service.SPRAY
    rate_per_ha: Annotated[float, Field(gt=0, le=1_000, allow_inf_nan=False)]
    """Litres per hectare for spraying, kilograms per hectare for spreading and sowing."""
    products: Annotated[list[ProductDose], Field(max_length=12, default_factory=list)]
    swath_m: Annotated[float, Field(gt=0, le=30, allow_inf_nan=False)] | None = None
    speed_m_s: Annotated[float, Field(gt=0, le=20, allow_inf_nan=False)] | None = None
    height_m: Annotated[float, Field(gt=0, le=30, allow_inf_nan=False)] | None = None
    min_coverage: Annotated[float, Field(ge=0.5, le=1, allow_inf_nan=False)] = 0.98
    overspray: bool = True
    """False: nothing is sprayed outside the field, whatever stays uncovered for that."""
    headland: bool = False
    """True: one pass along the bank as well."""
    refill: tuple[Longitude, Latitude] | None = None
    """Where the tank is filled; without this and `refills` that of the field, or the best place on its bank."""
    refills: Annotated[list[tuple[Longitude, Latitude]], Field(max_length=MAX_PLACES, default_factory=list)]
    """Several places, the usual one first: the crew moves between them only where that saves time."""
    wind_from_deg: Annotated[float, Field(ge=0, le=360, allow_inf_nan=False)] | None = None
    """Where the wind of the hour comes from, clockwise from north; it goes with `wind_m_s`."""
    wind_m_s: Annotated[float, Field(ge=0, le=60, allow_inf_nan=False)] | None = None

    @model_validator(mode="after")
    def _whole_wind(self) -> Self:
        if (self.wind_from_deg is None) != (self.wind_m_s is None):
            raise ValueError(N_("Say where the wind comes from and how strong it is, or neither."))
        return self

    @model_validator(mode="after")
    def _one_list_of_places(self) -> Self:
        if self.refill is not None and self.refills:
            raise ValueError(N_("Send one filling place as refill, or several as refills."))
        return self

    @property
    def places(self) -> tuple[tuple[float, float], ...]:
        """The filling places that were sent, each once."""
        return tuple(dict.fromkeys([self.refill] if self.refill is not None else self.refills))

    @property
    def wind(self) -> Wind | None:
        """The wind of the hour, if it was sent."""
        if self.wind_from_deg is None or self.wind_m_s is None:
            return None
        return Wind(self.wind_from_deg, self.wind_m_s)


class ZoneLossOut(BaseModel):
    """A zone near the field and what it takes by itself; zones that overlap share what they take."""

    model_config = ConfigDict(frozen=True)
    zone_id: UUID
    kind: ZoneKind
    buffer_m: float
    downwind_m: float
    lost_m2: float


class KeptZoneOut(BaseModel):
    """A zone as it was when the plan was made: the thing, where nothing is sprayed, and where nobody flies."""

    model_config = ConfigDict(frozen=True)
    zone_id: UUID
    kind: ZoneKind
    buffer_m: float
    downwind_m: float
    shape: ThingJson
    buffer: AreaJson
    barred: AreaJson | None
    """None where it may be flown over."""


class EstimateIn(FlightIn):
    """What to plan: a field, an aircraft, a service and what goes on a hectare."""

    model_config = example(
        {"field_id": "01900000-0000-7000-8000-000000000000", "aircraft_model": "dji-agras-t40", "rate_per_ha": 20}
    )
    field_id: UUID


class BlockEstimateIn(FlightIn):
    """Fields to be flown as one, of one or several owners."""

    field_ids: Annotated[list[UUID], Field(min_length=2, max_length=30)]
    """Where two of them overlap, what both cover counts for the one named first."""
    max_gap_m: Annotated[float, Field(ge=0, le=MOST_GAP_M, allow_inf_nan=False)] = 10.0
    """A path, a canal or a dyke of up to so many metres is flown over unsprayed (k)."""
    shared_percent: Annotated[int, Field(ge=0, le=100)] = 0
    """How much of the value of the saved time is given back to the owners."""


class Part(BaseModel):
    """How much of one product goes into one load, or into the whole job."""

    model_config = ConfigDict(frozen=True)
    product_id: UUID | None
    name: str
    amount: float
    unit: DoseUnit


class TankLoad(BaseModel):
    """One filling of the tank or hopper: what goes in, and the area it does."""

    model_config = ConfigDict(frozen=True)
    number: int
    area_m2: float
    quantity: float
    unit: LoadUnit
    water_l: float
    products: list[Part]
    """In the order in which they go in."""
    flight_s: float
    energy_wh: float
    battery_left: float
    is_short: bool
    """True for a load that is clearly smaller than a full tank."""


class MixStep(BaseModel):
    """One step of filling, the same for every load; `text` is a message id and `name` fills its place."""

    model_config = ConfigDict(frozen=True)
    kind: StepKind
    text: str
    name: str = ""
    product_id: UUID | None = None


class MixSheet(BaseModel):
    """What goes into each load of a job, in what order, and what those who mix it wear."""

    model_config = ConfigDict(frozen=True)
    unit: LoadUnit
    quantity: float
    water_l: float
    loads: list[TankLoad]
    totals: list[Part]
    """What to fetch from the farmer, in the order of the request."""
    steps: list[MixStep]
    ppe: list[Ppe]


class SortieOut(BaseModel):
    """One flight from the refill place and back; a vertex is longitude, latitude, 1 if the leg to it is sprayed."""

    model_config = ConfigDict(frozen=True)
    path: list[tuple[float, float, int]]
    spray_m: float
    transit_m: float
    turns: int
    quantity: float
    area_m2: float
    flight_s: float
    energy_wh: float
    battery_left: float


class PathJson(BaseModel):
    """The flight as a GeoJSON FeatureCollection: a LineString for each sprayed and each unsprayed stretch."""

    model_config = ConfigDict(frozen=True)
    type: Literal["FeatureCollection"] = "FeatureCollection"
    features: list[dict[str, object]]


class PlanWarning(BaseModel):
    """Something to know before flying; `text` is a message id and `params` fill its named places."""

    model_config = ConfigDict(frozen=True)
    code: str
    text: str
    params: dict[str, float]


class PhaseSeconds(BaseModel):
    """Planned seconds on site by what is done in them; they add up to `total_s`."""

    model_config = ConfigDict(frozen=True, from_attributes=True)
    setup_s: float
    climb_s: float
    transit_s: float
    spray_s: float
    turns_s: float
    refill_s: float
    swap_s: float
    landing_s: float
    pack_up_s: float


class ActualSeconds(BaseModel):
    """What was measured on a finished job: begin to end, in the air, and single phases where somebody noted them."""

    model_config = ConfigDict(frozen=True)
    total: float
    air: float | None = None
    ground: float | None = None
    setup: float | None = None
    fill: float | None = None
    pack_up: float | None = None


class RangeSeconds(BaseModel):
    """10th, 50th and 90th percentile of the seconds on site."""

    model_config = ConfigDict(frozen=True, from_attributes=True)
    p10_s: float
    p50_s: float
    p90_s: float


class FactorOut(BaseModel):
    """Actual ÷ planned of a part of the work, drawn towards the plan while there are few jobs."""

    model_config = ConfigDict(frozen=True, from_attributes=True)
    value: float
    jobs: int


class PastErrorOut(BaseModel):
    """How good earlier ranges were; each was made before its job was done."""

    model_config = ConfigDict(frozen=True, from_attributes=True)
    jobs: int
    median_error: float
    """Median of |p50 − actual| ÷ actual."""
    inside: float
    """Share of the jobs between p10 and p90."""


class LessonsOut(BaseModel):
    """What finished jobs teach about the times of an aircraft, or of one of its crews."""

    model_config = ConfigDict(frozen=True, from_attributes=True)
    jobs: int
    factors: dict[str, FactorOut]
    """`total`, `air`, `ground`, and `setup`, `fill`, `pack_up` where they were noted."""
    spread: tuple[float, float, float]
    """10th, 50th and 90th percentile of actual ÷ expected."""
    past_error: PastErrorOut | None = None


class CrewLessons(LessonsOut):
    """The same for the jobs of one pilot's crew."""

    pilot_id: UUID


class TimingsOut(LessonsOut):
    """What finished jobs teach about an aircraft, and about each of its crews."""

    aircraft_id: UUID
    crews: list[CrewLessons]
    left_out: int
    """Jobs whose clock cannot be believed."""


class Estimate(BaseModel):
    """The plan of one field in numbers. Times are seconds on site; p10 and p90 bound eight jobs in ten.

    `total_s` and the phases are the plan's own; the percentiles are what finished jobs make of them.
    """

    model_config = ConfigDict(frozen=True)
    area_m2: float
    """What is sprayed and billed: the field without what its zones take."""
    field_m2: float | None = None
    """The whole field; plans stored before zones were known have none."""
    lost_m2: float = 0.0
    """What all zones take together."""
    zones: list[ZoneLossOut] = Field(default_factory=list)
    area_ha: float
    aircraft_model: str
    service: Service
    rate_per_ha: float
    unit: LoadUnit
    quantity: float
    """Litres or kilograms in all: the rate times the area, rounded once."""
    swath_m: float
    speed_m_s: float
    height_m: float
    speed_limited_by: Literal["aircraft", "pump", "request"]
    refill: tuple[float, float]
    other_refills: list[tuple[float, float]] = Field(default_factory=list)
    """More places that the plan may fill at; each flight begins and ends at one of them."""
    coverage: float
    outside_m2: float
    overlap_m2: float
    loads: list[TankLoad]
    totals: list[Part]
    """What to fetch from the farmer."""
    water_l: float = 0.0
    steps: list[MixStep] = Field(default_factory=list)
    """How each load is mixed; plans stored before this was known have none."""
    ppe: list[Ppe] = Field(default_factory=list)
    """What those who mix wear."""
    battery_swaps: int
    energy_wh: float
    flight_s: float
    ground_s: float
    total_s: float
    total_s_p10: float
    total_s_p50: float | None = None
    total_s_p90: float
    learned_from_jobs: int = 0
    """Finished jobs of the aircraft behind the percentiles."""
    phases: PhaseSeconds | None = None
    lower_bound_s: float
    warnings: list[PlanWarning]
    origins: dict[str, str]
    """Where each figure of the aircraft comes from: m maker, p press, r research, k common knowledge, c computed."""
    sorties: list[SortieOut]
    path: PathJson
    outline: AreaJson | None = None
    """What is sprayed; a plan stored before this was kept is drawn over the field as it is now."""
    kept_clear: list[KeptZoneOut] = Field(default_factory=list)
    """Zones near the flight with their buffers, whether they take anything or not."""

    @property
    def mix(self) -> MixSheet:
        """The part that those who fill the tank read."""
        return MixSheet(
            unit=self.unit,
            quantity=self.quantity,
            water_l=self.water_l,
            loads=self.loads,
            totals=self.totals,
            steps=self.steps,
            ppe=self.ppe,
        )


class BlockMemberOut(BaseModel):
    """What of a block falls to one field. Each column adds up to the figure of the block."""

    field_id: UUID
    field_name: str
    farmer_id: UUID
    area_m2: float
    quantity: float
    """Litres or kilograms."""
    seconds: float
    """The spraying over it, by length, and its part by area of all else."""
    alone_s: float | None
    """Seconds of flying it alone; null where that cannot be done."""
    price_share: float
    """Its part of the area."""
    price_vnd: int | None
    """As quoted for its job, else at today's price for its own area; null without a price."""
    shared_vnd: int
    """What it gets back of the saving."""
    products: list[Part]
    by_load: list[float]
    """What each load puts out over it, by sprayed length; over all fields it is what is filled in."""


class BlockEstimateOut(BaseModel):
    """Fields flown as one: what falls to each, and the saving against flying them one by one."""

    members: list[BlockMemberOut]
    total_s: float
    alone_s: float | None
    saving_s: float | None
    """Below zero merging does not pay; null where one of the fields cannot be flown alone."""
    saving_share: float | None
    pays: bool | None
    price_vnd: int | None
    shared_vnd: int
    estimate: Estimate
    """The flight over all of them, not stored."""


class FlightPlanOut(BaseModel):
    """A stored plan."""

    id: UUID
    field_id: UUID
    created_at: AwareDatetime
    estimate: Estimate
