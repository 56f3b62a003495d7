"""What goes in and out of the doors about the weather."""

from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from drone_service.access.schemas import Schema
from drone_service.weather.forecast import Provider


class ForecastHour(BaseModel):
    """One hour at a place: what it means for the work, the rules that say so, and the weather behind it."""

    starts_at: AwareDatetime
    level: str
    """good, caution, stop, or unknown where no forecast says enough."""
    reasons: list[str]
    temperature_c: float | None
    humidity_pct: float | None
    delta_t_c: float | None
    wind_m_s: float | None
    gust_m_s: float | None
    wind_from_deg: float | None
    rain_mm: float | None
    rain_chance_pct: float | None


class ForecastSourceOut(BaseModel):
    """Where a forecast comes from and when its provider last said it."""

    provider: Provider
    is_example: bool
    """Made up for the demonstration: no forecast of anything."""
    checked_at: AwareDatetime
    age_minutes: int


class ForecastOut(BaseModel):
    """The hours of a place. Without a source every hour is unknown, and any may be scheduled."""

    source: ForecastSourceOut | None
    hours: list[ForecastHour]


class LimitOut(BaseModel):
    """One limit: what holds, what would hold without a change here, and where the default comes from."""

    name: str
    value: float
    inherited: float
    default: float
    is_changed: bool
    unit: str
    least: float
    most: float
    origin: str
    """m: maker; p: press or public page; r: research; k: common practice."""
    source: str


class LimitsOut(BaseModel):
    """The limits of the cooperative, or of its work with one product."""

    product_id: UUID | None
    limits: list[LimitOut]


class LimitsIn(Schema):
    """The limits that are to be other than inherited; those left out go back to that."""

    wind_caution_m_s: Annotated[float, Field(ge=0, le=15, allow_inf_nan=False)] | None = None
    wind_stop_m_s: Annotated[float, Field(ge=0, le=15, allow_inf_nan=False)] | None = None
    gust_stop_m_s: Annotated[float, Field(ge=0, le=25, allow_inf_nan=False)] | None = None
    calm_m_s: Annotated[float, Field(ge=0, le=5, allow_inf_nan=False)] | None = None
    machine_wind_m_s: Annotated[float, Field(ge=0, le=20, allow_inf_nan=False)] | None = None
    wind_factor: Annotated[float, Field(ge=0.3, le=1.5, allow_inf_nan=False)] | None = None
    gust_factor: Annotated[float, Field(ge=1, le=3, allow_inf_nan=False)] | None = None
    delta_t_low_c: Annotated[float, Field(ge=0, le=10, allow_inf_nan=False)] | None = None
    delta_t_high_c: Annotated[float, Field(ge=0, le=20, allow_inf_nan=False)] | None = None
    delta_t_stop_c: Annotated[float, Field(ge=0, le=25, allow_inf_nan=False)] | None = None
    warm_c: Annotated[float, Field(ge=10, le=50, allow_inf_nan=False)] | None = None
    hot_c: Annotated[float, Field(ge=10, le=55, allow_inf_nan=False)] | None = None
    machine_cold_c: Annotated[float, Field(ge=-20, le=20, allow_inf_nan=False)] | None = None
    machine_hot_c: Annotated[float, Field(ge=20, le=60, allow_inf_nan=False)] | None = None
    rain_mm: Annotated[float, Field(ge=0.1, le=5, allow_inf_nan=False)] | None = None
    rain_chance_pct: Annotated[float, Field(ge=5, le=100, allow_inf_nan=False)] | None = None
    rain_free_h: Annotated[float, Field(ge=0, le=48, allow_inf_nan=False)] | None = None
    inversion_before_sunset_h: Annotated[float, Field(ge=0, le=6, allow_inf_nan=False)] | None = None
    inversion_after_sunrise_h: Annotated[float, Field(ge=0, le=6, allow_inf_nan=False)] | None = None
    flowering_from_h: Annotated[float, Field(ge=0, le=24, allow_inf_nan=False)] | None = None
    flowering_until_h: Annotated[float, Field(ge=0, le=24, allow_inf_nan=False)] | None = None
    flowering_first_d: Annotated[float, Field(ge=0, le=120, allow_inf_nan=False)] | None = None
    flowering_last_d: Annotated[float, Field(ge=0, le=120, allow_inf_nan=False)] | None = None


class RefreshOut(BaseModel):
    """How many cells were put on the list; those that are not due are left as they are."""

    cells: int


class ErrorOut(BaseModel):
    """How far a forecast was from what crews measured, over so many jobs."""

    name: str
    unit: str
    jobs: int
    bias: float
    """On average; above zero the forecast was too high."""
    size: float
    """Its mean size, whatever the sign."""


class RuleScoreOut(BaseModel):
    """What a rule said against what crews measured or did, in jobs."""

    reason: str
    evidence: str
    jobs: int
    hits: int
    false_alarms: int
    misses: int
    silent: int
    fired: int
    """The jobs in which it fired, rightly or not."""
    right: float | None
    """The share of jobs in which it agreed with the crew; none for a rule that never fired."""


class ScoreOut(BaseModel):
    """One forecast of each job against its crew."""

    jobs: int
    errors: list[ErrorOut]
    rules: list[RuleScoreOut]


class ScoresOut(BaseModel):
    """The forecast that held when the work began, and the one of the evening before, when days are planned."""

    first_day: str
    works: int
    is_example: bool
    """True where any of the forecasts compared was made up for the demonstration."""
    held: ScoreOut
    planned: ScoreOut
