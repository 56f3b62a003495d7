"""Reads of the return: the ledger and the invoices added up by day, then by month and season."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col

from drone_service.access.queries import get_cooperative
from drone_service.access.rules import Actor, ensure_owner
from drone_service.billing.models import Account, Invoice, Transfer
from drone_service.billing.rules import AccountKind
from drone_service.fieldwork.models import Work
from drone_service.fleet import queries as fleet_queries
from drone_service.investment import chart, rules
from drone_service.investment.rules import DayFigures, Pace, Payback, PeriodFigures
from drone_service.investment.schemas import OverviewOut, PaceOut, PaybackOut, PeriodOut, ReturnOut
from drone_service.kit.clock import day_bounds
from drone_service.scheduling import queries as scheduling_queries
from drone_service.scheduling.schemas import FreePeriodOut

MONEY = (AccountKind.CASH, AccountKind.BANK)
SMALLEST_GAP_MIN = 30
"""A gap shorter than this is not worth a call to a farmer."""


@dataclass(frozen=True)
class FirstPage:
    """What the owner sees first."""

    returns: ReturnOut
    changed: PaybackOut | None
    overview: OverviewOut
    chart: str
    tomorrow: date
    gaps: list[FreePeriodOut]
    aircraft: dict[UUID, str]


def days_of(session: Session, actor: Actor) -> list[DayFigures]:
    """Add up the books by local day. A cost reversed is a cost less, a payment reversed a payment less.

    Raises RoleNeeded.
    """
    ensure_owner(actor)
    sums = _movements(session, actor.cooperative_id)
    areas = _areas(session, actor.cooperative_id)
    days = sorted({on for on, _ in sums} | areas.keys())
    figures = []
    for on in days:
        costs = sums.get((on, AccountKind.COST), 0)
        money = sum(sums.get((on, kind), 0) for kind in MONEY)
        figures.append(
            DayFigures(
                on,
                revenue_vnd=-sums.get((on, AccountKind.REVENUE), 0),
                costs_vnd=costs,
                # What came into cash and bank is what came in net of costs, plus the costs that went out of them.
                received_vnd=money + costs,
                area_m2=areas.get(on, 0.0),
            )
        )
    return figures


def get_return(session: Session, actor: Actor, today: date) -> ReturnOut:
    """Return the books by month and season and where the investment stands. Raises RoleNeeded."""
    days = days_of(session, actor)
    return _return(days, _standing(session, actor, rules.by_month(days), _owed(days), today), today)


def get_payback_at(session: Session, actor: Actor, pace: Pace, today: date) -> PaybackOut:
    """Return when all would be back at another pace. Changes nothing. Raises RoleNeeded."""
    days = days_of(session, actor)
    standing = _standing(session, actor, rules.by_month(days), _owed(days), today)
    return _payback_out(rules.at_pace(standing, pace, today))


def get_first_page(
    session: Session, actor: Actor, today: date, texts: chart.ChartTexts, tried: Pace | None = None
) -> FirstPage:
    """Return what the owner sees first: the return, its chart, this month, and where tomorrow has gaps.

    With a pace that is tried the chart shows where the present one and that one lead.
    """
    days = days_of(session, actor)
    tomorrow = today + timedelta(days=1)
    standing = _standing(session, actor, rules.by_month(days), _owed(days), today)
    changed = rules.at_pace(standing, tried, today) if tried else None
    return FirstPage(
        returns=_return(days, standing, today),
        changed=_payback_out(changed) if changed else None,
        overview=_overview(session, actor, days, today),
        chart=chart.draw_all(
            rules.cumulative(days), standing.investment_vnd, texts, _forecasts(standing, changed, texts)
        ),
        tomorrow=tomorrow,
        gaps=scheduling_queries.list_free_periods(session, actor, tomorrow, SMALLEST_GAP_MIN),
        aircraft={one.id: one.name for one in fleet_queries.list_aircraft(session, actor.cooperative_id)},
    )


def _forecasts(standing: Payback, changed: Payback | None, texts: chart.ChartTexts) -> list[chart.Forecast]:
    if changed is None:
        return []
    lines = zip((texts.as_now, texts.as_tried), chart.FORECAST_COLOURS, (standing, changed), strict=True)
    return [chart.Forecast(name, colour, one.expected_on) for name, colour, one in lines if one.expected_on]


def _standing(session: Session, actor: Actor, months: Sequence[PeriodFigures], owed_vnd: int, today: date) -> Payback:
    investment_vnd = get_cooperative(session, actor.cooperative_id).investment_vnd
    return rules.payback(months, investment_vnd=investment_vnd, owed_vnd=owed_vnd, today=today)


def _return(days: list[DayFigures], standing: Payback, today: date) -> ReturnOut:
    months = rules.by_month(days)
    pace = rules.present_pace(months, standing, today)
    return ReturnOut(
        payback=_payback_out(standing),
        pace=PaceOut.model_validate(pace) if pace else None,
        months=[period_out(month) for month in months],
        seasons=[period_out(season) for season in rules.by_season(days)],
    )


def _payback_out(standing: Payback) -> PaybackOut:
    return PaybackOut.model_validate(asdict(standing))


def get_overview(session: Session, actor: Actor, today: date) -> OverviewOut:
    """Return what came in, what is owed and what was flown this week and month. Raises RoleNeeded."""
    return _overview(session, actor, days_of(session, actor), today)


def _overview(session: Session, actor: Actor, days: list[DayFigures], today: date) -> OverviewOut:
    week_from, month_from = today - timedelta(days=today.weekday()), today.replace(day=1)
    month = [day for day in days if month_from <= day.on <= today]
    return OverviewOut(
        week_from=week_from,
        month_from=month_from,
        today=today,
        received_week_vnd=sum(day.received_vnd for day in days if week_from <= day.on <= today),
        received_month_vnd=sum(day.received_vnd for day in month),
        billed_month_vnd=sum(day.revenue_vnd for day in month),
        costs_month_vnd=sum(day.costs_vnd for day in month),
        owed_vnd=_owed(days),
        area_month_m2=sum(day.area_m2 for day in month),
        flown_month_min=_minutes_flown(session, actor.cooperative_id, month_from, today),
    )


def period_out(period: PeriodFigures) -> PeriodOut:
    """Return what the doors show of a period, each figure with the link to its entries."""
    days = f"from_day={period.starts.isoformat()}&until_day={period.until.isoformat()}"

    def entries(account: str) -> str:
        return f"/api/v1/ledger?{days}&account={account}"

    return PeriodOut(
        **asdict(period),
        profit_vnd=period.profit_vnd,
        revenue_entries=entries("revenue"),
        costs_entries=entries("cost"),
        received_entries=f"/api/v1/ledger?{days}&account=receivable&kind=payment",
        invoices=f"/api/v1/invoices?{days}",
    )


def _owed(days: Iterable[DayFigures]) -> int:
    return sum(day.revenue_vnd - day.received_vnd for day in days)


def _movements(session: Session, cooperative_id: UUID) -> dict[tuple[date, AccountKind], int]:
    sums: dict[tuple[date, AccountKind], int] = {}
    for side, sign in ((Transfer.debit_account_id, 1), (Transfer.credit_account_id, -1)):
        same = sa.and_(col(Account.cooperative_id) == col(Transfer.cooperative_id), col(Account.id) == col(side))
        statement = (
            sa.select(col(Transfer.on_day), col(Account.kind), sa.func.sum(col(Transfer.amount_vnd)))
            .join(Account, same)
            .where(col(Transfer.cooperative_id) == cooperative_id)
            .group_by(col(Transfer.on_day), col(Account.kind))
        )
        for on, kind, amount in session.execute(statement):
            sums[on, kind] = sums.get((on, kind), 0) + sign * int(amount)
    return sums


def _areas(session: Session, cooperative_id: UUID) -> dict[date, float]:
    statement = (
        sa.select(col(Invoice.issued_on), sa.func.sum(col(Invoice.area_m2)))
        .where(col(Invoice.cooperative_id) == cooperative_id)
        .group_by(col(Invoice.issued_on))
    )
    return {on: float(area) for on, area in session.execute(statement)}


def _minutes_flown(session: Session, cooperative_id: UUID, from_day: date, until_day: date) -> float:
    starts, ends = day_bounds(from_day)[0], day_bounds(until_day)[1]
    statement = sa.select(sa.func.coalesce(sa.func.sum(col(Work.minutes)), 0.0)).where(
        col(Work.cooperative_id) == cooperative_id, col(Work.started_at) >= starts, col(Work.started_at) < ends
    )
    return float(session.execute(statement).scalar_one())
