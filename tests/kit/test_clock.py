"""Local days and their moments, to the ends of the calendar."""

from datetime import UTC, date, datetime, time

import pytest

from drone_service.kit.clock import day_bounds, local_moment


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
