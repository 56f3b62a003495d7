"""How much of the investment is back, and when all of it will be. Plain values in and out.

What counts as back is money in hand: payments received less costs paid. What farmers still owe is earned but not back.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from math import ceil
from statistics import median, quantiles

from drone_service.kit.i18n import N_

HECTARE_M2 = 10_000
DAYS_A_MONTH = 365.25 / 12
RECENT_ACTIVE_MONTHS = 6
"""Months with work that the present margin and pace are taken from: about two crops (c)."""
WINDOW_MONTHS = 12
"""Calendar months over which it is counted how many had work: a year holds the quiet ones too (c)."""
FARTHEST_YEARS = 50
"""A date beyond this is no forecast."""


class Season(StrEnum):
    """The three rice crops of the Delta."""

    WINTER_SPRING = "winter_spring"
    SUMMER_AUTUMN = "summer_autumn"
    AUTUMN_WINTER = "autumn_winter"


SEASON_NAMES = {
    Season.WINTER_SPRING: N_("Winter–spring crop"),
    Season.SUMMER_AUTUMN: N_("Summer–autumn crop"),
    Season.AUTUMN_WINTER: N_("Autumn–winter crop"),
}
SEASON_STARTS: tuple[tuple[int, int, Season], ...] = (
    (3, 1, Season.SUMMER_AUTUMN),
    (6, 16, Season.AUTUMN_WINTER),
    (10, 1, Season.WINTER_SPRING),
)
"""Month and day on which each begins: Đông Xuân from October, Hè Thu from March, Thu Đông from mid-June (k)."""


@dataclass(frozen=True)
class DayFigures:
    """The books of one local day, in whole đồng and square metres."""

    on: date
    revenue_vnd: int = 0
    costs_vnd: int = 0
    received_vnd: int = 0
    area_m2: float = 0.0


@dataclass(frozen=True)
class PeriodFigures:
    """The books of a month or a season; `until` is its last day."""

    name: str
    starts: date
    until: date
    revenue_vnd: int
    costs_vnd: int
    received_vnd: int
    area_m2: float

    @property
    def profit_vnd(self) -> int:
        return self.revenue_vnd - self.costs_vnd

    @property
    def is_active(self) -> bool:
        """True when work was billed."""
        return self.area_m2 > 0


class Outlook(StrEnum):
    """What can be said about the day on which everything is back."""

    EXPECTED = "expected"
    PAID_BACK = "paid_back"
    NO_DATA = "no_data"
    NO_PROFIT = "no_profit"
    TOO_FAR = "too_far"


@dataclass(frozen=True)
class Payback:
    """Where the investment stands. Dates are None where nothing honest can be said."""

    outlook: Outlook
    investment_vnd: int
    back_vnd: int
    owed_vnd: int
    share: float
    remaining_vnd: int
    margin_vnd_per_ha: int | None = None
    hectares_needed: float | None = None
    monthly_profit_vnd: int | None = None
    expected_on: date | None = None
    earliest_on: date | None = None
    latest_on: date | None = None
    months_used: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Pace:
    """What a month brings: hectares, and what each of them earns and costs in đồng."""

    hectares_per_month: float
    price_vnd_per_ha: float
    costs_vnd_per_ha: float

    @property
    def margin_vnd_per_ha(self) -> float:
        return self.price_vnd_per_ha - self.costs_vnd_per_ha


def season_of(on: date) -> tuple[Season, date]:
    """Return the crop season of a day and the day on which it began."""
    for year in (on.year, on.year - 1):
        for month, day, season in reversed(SEASON_STARTS):
            starts = date(year, month, day)
            if starts <= on:
                return season, starts
    raise AssertionError("every day follows a start of the year before")


def season_end(starts: date) -> date:
    """Return the last day of the season that begins on a day."""
    return _next_season_start(starts) - timedelta(days=1)


def by_month(days: Iterable[DayFigures]) -> list[PeriodFigures]:
    """Add up days into calendar months, every month from the first to the last with anything in it."""
    found = list(days)
    if not found:
        return []
    first, last = min(day.on for day in found), max(day.on for day in found)
    months = [first.replace(day=1)]
    while _next_month(months[-1]) <= last:
        months.append(_next_month(months[-1]))
    return [_sum(f"{starts:%Y-%m}", starts, _next_month(starts) - timedelta(days=1), found) for starts in months]


def by_season(days: Iterable[DayFigures]) -> list[PeriodFigures]:
    """Add up days into crop seasons, oldest first; a season is named by what it is and the year it began."""
    found = list(days)
    starts_of = sorted({season_of(day.on)[1] for day in found})
    return [
        _sum(f"{season_of(starts)[0].value}-{starts.year}", starts, season_end(starts), found) for starts in starts_of
    ]


def payback(months: Sequence[PeriodFigures], *, investment_vnd: int, owed_vnd: int, today: date) -> Payback:
    """Say how much is back, the hectares still needed, and when.

    The margin is (revenue - costs) ÷ hectares over the last six months with work. The pace is the median profit of
    those months times the share of months with work among the last twelve, so one good month does not make a
    promise and quiet months count. The range runs from the upper to the lower quartile of the same months. The present
    month counts only when there is no other, because it is not over. What farmers owe is taken as coming in.
    """
    back_vnd = sum(month.received_vnd - month.costs_vnd for month in months)
    remaining_vnd = max(investment_vnd - back_vnd, 0)
    share = back_vnd / investment_vnd if investment_vnd else 1.0
    known = Payback(Outlook.NO_DATA, investment_vnd, back_vnd, owed_vnd, share, remaining_vnd)
    if remaining_vnd == 0:
        return replace(known, outlook=Outlook.PAID_BACK)
    active = _recent_active(months, today)
    if not active:
        return known
    profit = sum(month.profit_vnd for month in active)
    hectares = sum(month.area_m2 for month in active) / HECTARE_M2
    margin = round(profit / hectares)
    used = [month.name for month in active]
    if margin <= 0:
        return replace(known, outlook=Outlook.NO_PROFIT, margin_vnd_per_ha=margin, months_used=used)
    to_earn = max(remaining_vnd - owed_vnd, 0)
    known = replace(known, margin_vnd_per_ha=margin, hectares_needed=to_earn / margin, months_used=used)
    return _with_dates(known, active, _active_share(months, today), to_earn, today)


def present_pace(months: Sequence[PeriodFigures], standing: Payback, today: date) -> Pace | None:
    """Return the pace behind the date of `standing`, so that `at_pace` with it says the same; None without a profit.

    Price and costs are those of the months that the margin comes from; the hectares are what the pace of the profit
    amounts to at that margin, so quiet months are in it.
    """
    if standing.monthly_profit_vnd is None:
        return None
    active = _recent_active(months, today)
    hectares = sum(month.area_m2 for month in active) / HECTARE_M2
    price = sum(month.revenue_vnd for month in active) / hectares
    costs = sum(month.costs_vnd for month in active) / hectares
    return Pace(standing.monthly_profit_vnd / (price - costs), price, costs)


def at_pace(standing: Payback, pace: Pace, today: date) -> Payback:
    """Say when all would be back at another pace; what is back and what is owed stay as they are."""
    if standing.outlook is Outlook.PAID_BACK:
        return standing
    margin, monthly = pace.margin_vnd_per_ha, pace.margin_vnd_per_ha * pace.hectares_per_month
    known = replace(
        standing,
        outlook=Outlook.NO_PROFIT,
        margin_vnd_per_ha=round(margin),
        hectares_needed=None,
        monthly_profit_vnd=round(monthly),
        expected_on=None,
        earliest_on=None,
        latest_on=None,
    )
    if monthly <= 0:
        return known
    to_earn = max(standing.remaining_vnd - standing.owed_vnd, 0)
    expected_on = _date_after(to_earn, monthly, today)
    outlook = Outlook.EXPECTED if expected_on else Outlook.TOO_FAR
    return replace(known, outlook=outlook, hectares_needed=to_earn / margin, expected_on=expected_on)


def cumulative(days: Iterable[DayFigures]) -> list[tuple[date, int, int]]:
    """Return, for each day with an entry, the revenue and the cash after costs up to and including it."""
    revenue = cash = 0
    points = []
    for day in sorted(days, key=lambda day: day.on):
        revenue += day.revenue_vnd
        cash += day.received_vnd - day.costs_vnd
        points.append((day.on, revenue, cash))
    return points


def _with_dates(
    known: Payback, active: Sequence[PeriodFigures], active_share: float, to_earn: int, today: date
) -> Payback:
    profits = [float(month.profit_vnd) for month in active]
    middle = median(profits) * active_share
    if middle <= 0:
        return replace(known, outlook=Outlook.NO_PROFIT)
    low, high = _quartiles(profits)
    expected_on = _date_after(to_earn, middle, today)
    return replace(
        known,
        outlook=Outlook.EXPECTED if expected_on else Outlook.TOO_FAR,
        monthly_profit_vnd=round(middle),
        expected_on=expected_on,
        earliest_on=_date_after(to_earn, high * active_share, today),
        latest_on=_date_after(to_earn, low * active_share, today),
    )


def _quartiles(values: Sequence[float]) -> tuple[float, float]:
    if len(values) < 2:
        return values[0], values[0]
    low, _, high = quantiles(values, n=4, method="inclusive")
    return low, high


def _date_after(to_earn: int, monthly: float, today: date) -> date | None:
    if monthly <= 0:
        return None
    days = ceil(to_earn / monthly * DAYS_A_MONTH)
    return today + timedelta(days=days) if days <= FARTHEST_YEARS * 365 else None


def _recent_active(months: Sequence[PeriodFigures], today: date) -> list[PeriodFigures]:
    active = [month for month in months if month.is_active]
    finished = [month for month in active if month.until < today]
    return (finished or active)[-RECENT_ACTIVE_MONTHS:]


def _active_share(months: Sequence[PeriodFigures], today: date) -> float:
    begun = [month for month in months if month.is_active]
    elapsed = (today.year - begun[0].starts.year) * 12 + today.month - begun[0].starts.month
    window = min(max(elapsed, 1), WINDOW_MONTHS)
    earliest = _months_before(today.replace(day=1), window)
    counted = [month for month in begun if month.starts >= earliest and month.until < today]
    return min(max(len(counted), 1) / window, 1.0)


def _months_before(first: date, count: int) -> date:
    index = first.year * 12 + first.month - 1 - count
    return date(index // 12, index % 12 + 1, 1)


def _next_month(first: date) -> date:
    return _months_before(first, -1)


def _next_season_start(starts: date) -> date:
    dates = [date(year, month, day) for year in (starts.year, starts.year + 1) for month, day, _ in SEASON_STARTS]
    return min(day for day in dates if day > starts)


def _sum(name: str, starts: date, until: date, days: Iterable[DayFigures]) -> PeriodFigures:
    inside = [day for day in days if starts <= day.on <= until]
    return PeriodFigures(
        name,
        starts,
        until,
        sum(day.revenue_vnd for day in inside),
        sum(day.costs_vnd for day in inside),
        sum(day.received_vnd for day in inside),
        sum(day.area_m2 for day in inside),
    )
