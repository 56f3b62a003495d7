"""The one place that reads the clock, and the local day of the Delta."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import Depends

LOCAL_TZ = ZoneInfo("Asia/Ho_Chi_Minh")


def utc_now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return datetime.now(UTC)


NowDep = Annotated[datetime, Depends(utc_now)]


def local_day(moment: datetime) -> date:
    """Return the local calendar day in which an aware moment lies."""
    return moment.astimezone(LOCAL_TZ).date()


def local_moment(day: date, at: time) -> datetime:
    """Return the UTC moment of a local wall-clock time."""
    return datetime.combine(day, at, tzinfo=LOCAL_TZ).astimezone(UTC)


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """Return the half-open UTC period of a local day."""
    return local_moment(day, time.min), local_moment(day + timedelta(days=1), time.min)
