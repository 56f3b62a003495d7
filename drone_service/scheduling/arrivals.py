"""Between what times a crew comes: a range that narrows as the jobs before are done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil, floor, hypot

from drone_service.kit.i18n import format_time
from drone_service.scheduling.rules import Period

LEAST_SPREAD_S = 15 * 60.0
"""Nobody can promise five minutes: loading, a gate, a call (k)."""
DRIVE_SPREAD = 0.25
"""By how much of a drive it may be shorter or longer (k)."""
DAY_BEFORE_S = 15 * 60.0
"""What the morning itself may still bring, for a day that has not begun (k)."""
STEP_S = 15 * 60


@dataclass(frozen=True)
class Ahead:
    """A visit that lies before: what it may be shorter or longer than planned, and the drive after it, in seconds."""

    early_s: float
    late_s: float
    drive_s: float


def arrival_range(starts_at: datetime, ahead: Sequence[Ahead], now: datetime) -> Period:
    """Return between what times the crew comes, on quarters of an hour.

    The deviations of the jobs before add up as independent ones do, by the root of the sum of their squares (k); p10
    and p90 of each come from the flight planner. A time that has gone is now.
    """
    expected = max(starts_at, now)
    distant = DAY_BEFORE_S if starts_at - now > timedelta(hours=12) else 0.0
    early = max(hypot(*(part for one in ahead for part in (one.early_s, DRIVE_SPREAD * one.drive_s))), LEAST_SPREAD_S)
    late = max(hypot(*(part for one in ahead for part in (one.late_s, DRIVE_SPREAD * one.drive_s))), LEAST_SPREAD_S)
    begin = expected.timestamp() - early - distant
    end = expected.timestamp() + late + distant
    zone = starts_at.tzinfo
    return Period(
        max(datetime.fromtimestamp(floor(begin / STEP_S) * STEP_S, zone), now if starts_at > now else expected),
        datetime.fromtimestamp(ceil(end / STEP_S) * STEP_S, zone),
    )


def range_text(period: Period) -> str:
    """Write a range as people read it, `05:45–06:30`."""
    return f"{format_time(period.starts_at)}–{format_time(period.ends_at)}"


def is_kept(told: Period, starts_at: datetime) -> bool:
    """Tell whether a moment lies within what was told, both ends included."""
    return told.starts_at <= starts_at <= told.ends_at
