"""What goes out of the doors about the return on the investment. Every figure says where its entries are."""

from datetime import date

from pydantic import BaseModel, ConfigDict

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


class ReturnOut(BaseModel):
    """Revenue, costs and profit by month and season, and how much of the investment is back."""

    payback: PaybackOut
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
