"""What goes out of the doors about the return on the investment. Every figure says where its entries are."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from drone_service.investment.rules import Outlook


class PeriodOut(BaseModel):
    """The books of a month or a season; the links list the entries under each figure."""

    model_config = ConfigDict(from_attributes=True)
    name: str
    starts: date
    until: date
    revenue_vnd: int
    costs_vnd: int
    profit_vnd: int
    received_vnd: int
    area_m2: float
    revenue_entries: str
    costs_entries: str
    received_entries: str
    invoices: str


class PaybackOut(BaseModel):
    """Where the investment stands: `back_vnd` is money received less costs paid."""

    model_config = ConfigDict(from_attributes=True)
    outlook: Outlook
    investment_vnd: int
    back_vnd: int
    owed_vnd: int
    share: float
    remaining_vnd: int
    margin_vnd_per_ha: int | None
    hectares_needed: float | None
    monthly_profit_vnd: int | None
    expected_on: date | None
    earliest_on: date | None
    latest_on: date | None
    months_used: list[str]
    """The months that the margin and the pace were taken from."""


class PaceIn(BaseModel):
    """A month to try: how much is flown, and what a hectare earns and costs."""

    hectares_per_month: Annotated[float, Field(ge=0.01, le=1_000_000)]
    price_vnd_per_ha: Annotated[float, Field(ge=0, le=1_000_000_000)]
    costs_vnd_per_ha: Annotated[float, Field(ge=0, le=1_000_000_000)]


class PaceOut(BaseModel):
    """What a month brings at present: what the date comes from, quiet months included."""

    model_config = ConfigDict(from_attributes=True)
    hectares_per_month: float
    price_vnd_per_ha: float
    costs_vnd_per_ha: float


class ReturnOut(BaseModel):
    """Revenue, costs and profit by month and season, and how much of the investment is back."""

    payback: PaybackOut
    pace: PaceOut | None
    months: list[PeriodOut]
    seasons: list[PeriodOut]


class OverviewOut(BaseModel):
    """The owner's first look: money in, what is owed, and what was flown, this week and this month."""

    week_from: date
    month_from: date
    today: date
    received_week_vnd: int
    received_month_vnd: int
    billed_month_vnd: int
    costs_month_vnd: int
    owed_vnd: int
    area_month_m2: float
    flown_month_min: float
