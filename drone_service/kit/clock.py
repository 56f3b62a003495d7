"""The one place that reads the clock, and the local day of the Delta."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Depends
from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

LOCAL_TZ = ZoneInfo("Asia/Ho_Chi_Minh")


def _written_as_date(value: object) -> object:
    # pydantic takes a bare number for seconds since 1970: `?day=0` would be a day that nobody meant.
    if isinstance(value, date) or (isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value)):
        return value
    raise PydanticCustomError("date_parsing", "Input should be a date as YYYY-MM-DD")


LocalDate = Annotated[date, BeforeValidator(_written_as_date)]
"""A local calendar day as it comes in from outside, written YYYY-MM-DD."""


PageDay = Annotated[date, Field(ge=date(1950, 1, 1), le=date(2200, 12, 31))]
"""A day in the address of a page, which shows the days beside it too."""


def utc_now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return datetime.now(UTC)


async def moment_of_request() -> datetime:
    """Return the moment of a request, the same for everything in it. Asynchronous, because it needs no thread."""
    return utc_now()


NowDep = Annotated[datetime, Depends(moment_of_request)]


def local_day(moment: datetime) -> date:
    """Return the local calendar day in which an aware moment lies; beyond the calendar its first or last day."""
    try:
        return moment.astimezone(LOCAL_TZ).date()
    except OverflowError:
        return date.min if moment.year == 1 else date.max


def local_moment(day: date, at: time) -> datetime:
    """Return the UTC moment of a local wall-clock time; of the first hours of the year 1 the first moment there is."""
    try:
        return datetime.combine(day, at, tzinfo=LOCAL_TZ).astimezone(UTC)
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC)


def end_of_day(day: date) -> datetime:
    """Return the UTC moment at which a local day is over."""
    return local_moment(day, time.max) if day == date.max else local_moment(day + timedelta(days=1), time.min)


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """Return the half-open UTC period of a local day."""
    return local_moment(day, time.min), end_of_day(day)
