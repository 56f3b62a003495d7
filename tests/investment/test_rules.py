"""The return, calculated by hand."""

from datetime import date

import pytest

from drone_service.investment.rules import (
    DayFigures,
    Outlook,
    Pace,
    Season,
    at_pace,
    by_month,
    by_season,
    cumulative,
    payback,
    present_pace,
    season_end,
    season_of,
)

MILLION = 1_000_000
TODAY = date(2026, 5, 10)


def month_of(month: int, *, ha: float = 100, revenue: int = 18 * MILLION, costs: int = 6 * MILLION) -> DayFigures:
    return DayFigures(date(2026, month, 15), revenue, costs, revenue, ha * 10_000)


@pytest.mark.parametrize(
    ("on", "season", "starts"),
    [
        (date(2025, 12, 31), Season.WINTER_SPRING, date(2025, 10, 1)),
        (date(2026, 2, 28), Season.WINTER_SPRING, date(2025, 10, 1)),
        (date(2026, 3, 1), Season.SUMMER_AUTUMN, date(2026, 3, 1)),
        (date(2026, 6, 15), Season.SUMMER_AUTUMN, date(2026, 3, 1)),
        (date(2026, 6, 16), Season.AUTUMN_WINTER, date(2026, 6, 16)),
        (date(2026, 9, 30), Season.AUTUMN_WINTER, date(2026, 6, 16)),
        (date(2026, 10, 1), Season.WINTER_SPRING, date(2026, 10, 1)),
    ],
)
def test_seasons_begin_and_end(on: date, season: Season, starts: date) -> None:
    assert season_of(on) == (season, starts)
    assert season_of(season_end(starts)) == (season, starts)


def test_months_are_added_up_and_quiet_ones_shown() -> None:
    months = by_month([month_of(1), month_of(1, ha=50, revenue=9 * MILLION, costs=0), month_of(3)])
    assert [(month.name, month.revenue_vnd, month.profit_vnd) for month in months] == [
        ("2026-01", 27 * MILLION, 21 * MILLION),
        ("2026-02", 0, 0),
        ("2026-03", 18 * MILLION, 12 * MILLION),
    ]
    assert months[0].area_m2 == 1_500_000
    assert [month.is_active for month in months] == [True, False, True]


def test_seasons_are_added_up_across_the_year() -> None:
    days = [DayFigures(date(2025, 12, 1), revenue_vnd=5), DayFigures(date(2026, 1, 1), revenue_vnd=7), month_of(3)]
    assert [(season.name, season.revenue_vnd) for season in by_season(days)] == [
        ("winter_spring-2025", 12),
        ("summer_autumn-2026", 18 * MILLION),
    ]


def test_payback_by_hand() -> None:
    # Four months of 100 ha, 18 M revenue, 6 M costs: 12 M profit each, margin 120,000 a hectare. Received less costs
    # is 48 M, so 432 M of 480 M remain: 3,600 ha. Every month since January had work, so the pace is 12 M a month:
    # 432 / 12 = 36 months x 30.4375 days = 1,095.75, so 1,096 days.
    standing = payback(
        by_month([month_of(month) for month in (1, 2, 3, 4)]), investment_vnd=480 * MILLION, owed_vnd=0, today=TODAY
    )
    assert standing.outlook is Outlook.EXPECTED
    assert (standing.back_vnd, standing.remaining_vnd, standing.share) == (48 * MILLION, 432 * MILLION, 0.1)
    assert (standing.margin_vnd_per_ha, standing.hectares_needed) == (120_000, 3_600)
    assert standing.expected_on == standing.earliest_on == standing.latest_on == date(2029, 5, 10)


def test_what_farmers_owe_need_not_be_earned_again() -> None:
    standing = payback(by_month([month_of(4)]), investment_vnd=480 * MILLION, owed_vnd=108 * MILLION, today=TODAY)
    # 480 - 12 = 468 remain, 360 of them still to be earned, at 120,000 a hectare.
    assert (standing.remaining_vnd, standing.hectares_needed) == (468 * MILLION, 3_000)


def test_the_range_comes_from_the_quartiles() -> None:
    months = by_month([month_of(month, revenue=(6 + month * 4) * MILLION) for month in (1, 2, 3)])
    # Profits 4, 8 and 12 M: median 8, quartiles 6 and 10.
    standing = payback(months, investment_vnd=480 * MILLION, owed_vnd=0, today=date(2026, 4, 1))
    assert standing.monthly_profit_vnd == 8 * MILLION
    assert standing.earliest_on is not None
    assert standing.expected_on is not None
    assert standing.latest_on is not None
    assert standing.earliest_on < standing.expected_on < standing.latest_on
    # 456 M to earn: 57 months at the median, 76 at the lower quartile.
    assert (standing.expected_on - date(2026, 4, 1)).days == 1_735
    assert (standing.latest_on - date(2026, 4, 1)).days == 2_314


def test_quiet_months_slow_the_pace() -> None:
    months = by_month([month_of(1), month_of(3)])
    standing = payback(months, investment_vnd=480 * MILLION, owed_vnd=0, today=TODAY)
    # Work in two of the four months since January: half of 12 M a month.
    assert standing.monthly_profit_vnd == 6 * MILLION


def test_the_present_month_counts_only_alone() -> None:
    poor = month_of(5, ha=10, revenue=2 * MILLION, costs=1 * MILLION)
    both = payback(by_month([month_of(4), poor]), investment_vnd=480 * MILLION, owed_vnd=0, today=TODAY)
    assert both.months_used == ["2026-04"]
    alone = payback(by_month([month_of(5)]), investment_vnd=480 * MILLION, owed_vnd=0, today=TODAY)
    assert alone.months_used == ["2026-05"]
    assert alone.expected_on is not None


@pytest.mark.parametrize(
    ("days", "outlook"),
    [
        ([], Outlook.NO_DATA),
        ([DayFigures(date(2026, 4, 1), costs_vnd=MILLION)], Outlook.NO_DATA),
        ([month_of(4, revenue=MILLION)], Outlook.NO_PROFIT),
        ([month_of(4, revenue=6 * MILLION + 100_000)], Outlook.TOO_FAR),
        ([month_of(4, revenue=486 * MILLION)], Outlook.PAID_BACK),
    ],
)
def test_no_date_is_made_up(days: list[DayFigures], outlook: Outlook) -> None:
    standing = payback(by_month(days), investment_vnd=480 * MILLION, owed_vnd=0, today=TODAY)
    assert standing.outlook is outlook
    assert standing.expected_on is None


def test_nothing_invested_is_paid_back() -> None:
    standing = payback([], investment_vnd=0, owed_vnd=0, today=TODAY)
    assert (standing.outlook, standing.share) == (Outlook.PAID_BACK, 1.0)


def test_the_curve_adds_up_in_order() -> None:
    days = [month_of(2), DayFigures(date(2026, 1, 1), costs_vnd=MILLION)]
    assert cumulative(days) == [(date(2026, 1, 1), 0, -MILLION), (date(2026, 2, 15), 18 * MILLION, 11 * MILLION)]


def test_the_present_pace_leads_to_the_present_date() -> None:
    # Uneven months, a quiet one among them: the pace is not simply the mean of the hectares.
    days = [month_of(1, ha=40, revenue=9 * MILLION, costs=4 * MILLION), month_of(2), month_of(4, ha=210)]
    months = by_month(days)
    standing = payback(months, investment_vnd=480 * MILLION, owed_vnd=3 * MILLION, today=TODAY)
    pace = present_pace(months, standing, TODAY)
    assert pace
    assert at_pace(standing, pace, TODAY).expected_on == standing.expected_on


@pytest.mark.parametrize(
    ("pace", "outlook", "expected_on"),
    [
        # 432 M at 240,000 x 100 = 24 M a month: 18 months x 30.4375 = 547.875, so 548 days after 10 May 2026.
        (Pace(100, 300_000, 60_000), Outlook.EXPECTED, date(2027, 11, 9)),
        (Pace(100, 60_000, 60_000), Outlook.NO_PROFIT, None),
        (Pace(100, 0, 60_000), Outlook.NO_PROFIT, None),
        # 432 M at 0.5 M a month: 864 months.
        (Pace(1, 560_000, 60_000), Outlook.TOO_FAR, None),
    ],
)
def test_another_pace_by_hand(pace: Pace, outlook: Outlook, expected_on: date | None) -> None:
    months = by_month([month_of(month) for month in (1, 2, 3, 4)])
    standing = payback(months, investment_vnd=480 * MILLION, owed_vnd=0, today=TODAY)
    tried = at_pace(standing, pace, TODAY)
    assert (tried.outlook, tried.expected_on) == (outlook, expected_on)
    assert tried.back_vnd == standing.back_vnd


def test_what_is_paid_back_stays_so() -> None:
    standing = payback([], investment_vnd=0, owed_vnd=0, today=TODAY)
    assert present_pace([], standing, TODAY) is None
    assert at_pace(standing, Pace(1, 1, 1), TODAY) == standing
