"""Local days and their moments, to the ends of the calendar."""

from datetime import UTC, date, datetime, time

import pytest

from drone_service.kit.clock import day_bounds, local_day, local_moment


def test_a_local_day_begins_seven_hours_before_the_day_of_utc() -> None:
    assert day_bounds(date(2026, 12, 5)) == (
        datetime(2026, 12, 4, 17, tzinfo=UTC),
        datetime(2026, 12, 5, 17, tzinfo=UTC),
    )


@pytest.mark.parametrize("day", [date.min, date.max])
def test_the_ends_of_the_calendar_are_days_too(day: date) -> None:
    begins_at, ends_at = day_bounds(day)
    assert begins_at < ends_at
    assert begins_at <= local_moment(day, time(12)) < ends_at


@pytest.mark.parametrize(
    ("text", "day"), [("0001-01-01T00:00:00+14:00", date.min), ("9999-12-31T23:00:00-12:00", date.max)]
)
def test_the_ends_of_time_lie_on_days_too(text: str, day: date) -> None:
    """No moment of UTC is that far out, and nobody should be answered with an error for it."""
    assert local_day(datetime.fromisoformat(text)) == day
