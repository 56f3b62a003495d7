"""Tables as XLSX files. A text is never taken for a formula, whoever typed it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from io import BytesIO
from itertools import islice

import xlsxwriter

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BOOK_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
MAX_ROWS = 50_000
"""More than a cooperative makes in ten years (k), and what is written in a few seconds."""
_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


class Look(StrEnum):
    """How the cells of a column are shown."""

    TEXT = "@"
    WHOLE = "#,##0"
    HUNDREDTHS = "0.00"
    DAY = "dd/mm/yyyy"


@dataclass(frozen=True)
class Column:
    """A column of a table: its head in the reader's language, how it looks, and its width in letters."""

    head: str
    look: Look = Look.TEXT
    width: int = 16


def safe_text(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula: one that begins like a formula gets a leading quote."""
    return f"'{text}" if text.startswith(_FORMULA_SIGNS) else text


def write_table(
    title: str, columns: Sequence[Column], rows: Iterable[Sequence[object]], *, cut: str, max_rows: int = MAX_ROWS
) -> bytes:
    """Write one table; where it has more than `max_rows`, the last line says so in the words of `cut`."""
    file = BytesIO()
    with xlsxwriter.Workbook(file, BOOK_OPTIONS) as book:
        sheet = book.add_worksheet(title[:31])
        sheet.freeze_panes(1, 0)
        bold = book.add_format({"bold": True})
        looks = [book.add_format({"num_format": column.look.value}) for column in columns]
        for place, column in enumerate(columns):
            sheet.set_column(place, place, column.width)
            sheet.write_string(0, place, safe_text(column.head), bold)
        left = iter(rows)
        number = 0
        for number, row in enumerate(islice(left, max_rows), start=1):
            for place, value in enumerate(row):
                _write_cell(sheet, number, place, value, looks[place])
        if next(left, None) is not None:
            sheet.write_string(number + 1, 0, safe_text(cut), bold)
    return file.getvalue()


def _write_cell(
    sheet: xlsxwriter.worksheet.Worksheet, row: int, place: int, value: object, look: xlsxwriter.format.Format
) -> None:
    if isinstance(value, date):
        sheet.write_datetime(row, place, value, look)
    elif isinstance(value, int | float):
        sheet.write_number(row, place, value, look)
    elif value is not None:
        sheet.write_string(row, place, safe_text(str(value)), look)
