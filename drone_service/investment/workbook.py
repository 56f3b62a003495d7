"""The return as an XLSX file."""

from collections.abc import Sequence
from io import BytesIO

import xlsxwriter

from drone_service.investment.rules import SEASON_NAMES, Season
from drone_service.investment.schemas import PeriodOut, ReturnOut
from drone_service.kit.i18n import N_, translate
from drone_service.kit.spreadsheet import BOOK_OPTIONS, safe_text

HEADS = (N_("Period"), N_("Hectares"), N_("Revenue"), N_("Costs"), N_("Profit"), N_("Money received"))


def write(data: ReturnOut, cooperative: str, language: str) -> bytes:
    """Write the months, the seasons and the standing of the investment, a sheet each."""
    file = BytesIO()
    with xlsxwriter.Workbook(file, BOOK_OPTIONS) as book:
        _periods(book, translate(N_("Months"), language), data.months, language)
        _periods(book, translate(N_("Seasons"), language), data.seasons, language)
        _standing(book, data, cooperative, language)
    return file.getvalue()


def season_name(name: str, language: str) -> str:
    """Return the words for a period: a season with its year, a month as it is."""
    kind, _, year = name.rpartition("-")
    known = next((season for season in Season if season.value == kind), None)
    return f"{translate(SEASON_NAMES[known], language)} {year}" if known else name


def _periods(book: xlsxwriter.Workbook, title: str, periods: Sequence[PeriodOut], language: str) -> None:
    sheet = book.add_worksheet(title)
    money, area, bold = (
        book.add_format(look) for look in ({"num_format": "#,##0"}, {"num_format": "0.00"}, {"bold": True})
    )
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, len(HEADS) - 1, 18)
    for column, head in enumerate(HEADS):
        sheet.write_string(0, column, safe_text(translate(head, language)), bold)
    for row, period in enumerate(periods, start=1):
        sheet.write_string(row, 0, safe_text(season_name(period.name, language)))
        sheet.write_number(row, 1, period.area_m2 / 10_000, area)
        amounts = (period.revenue_vnd, period.costs_vnd, period.profit_vnd, period.received_vnd)
        for column, amount in enumerate(amounts, start=2):
            sheet.write_number(row, column, amount, money)


def _standing(book: xlsxwriter.Workbook, data: ReturnOut, cooperative: str, language: str) -> None:
    sheet = book.add_worksheet(translate(N_("Investment"), language))
    money = book.add_format({"num_format": "#,##0"})
    sheet.set_column(0, 1, 32)
    sheet.write_string(0, 0, safe_text(cooperative))
    standing = data.payback
    figures = (
        (N_("Invested"), standing.investment_vnd),
        (N_("Back: received less costs"), standing.back_vnd),
        (N_("Still to come back"), standing.remaining_vnd),
        (N_("Owed by farmers"), standing.owed_vnd),
        (N_("Margin per hectare"), standing.margin_vnd_per_ha),
        (N_("Hectares still needed"), standing.hectares_needed),
    )
    for row, (name, value) in enumerate(figures, start=1):
        sheet.write_string(row, 0, safe_text(translate(name, language)))
        if value is not None:
            sheet.write_number(row, 1, value, money)
    dates = (
        (N_("Expected on"), standing.expected_on),
        (N_("At the earliest"), standing.earliest_on),
        (N_("At the latest"), standing.latest_on),
    )
    for row, (name, day) in enumerate(dates, start=len(figures) + 1):
        sheet.write_string(row, 0, safe_text(translate(name, language)))
        sheet.write_string(row, 1, day.isoformat() if day else "")
