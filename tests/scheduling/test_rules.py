"""Slots and working periods, by hand-worked examples in local time."""

from datetime import UTC, date, datetime, timedelta

import pytest

from drone_service.access.rules import WorkWindow
from drone_service.scheduling.rules import (
    Gap,
    Period,
    VisitTooLong,
    free_periods,
    is_tight,
    slot_after,
    slots_of,
    to_slot,
    visit_period,
    work_periods,
)

DAY = date(2026, 3, 10)
WINDOWS = [
    WorkWindow.model_validate({"starts": "15:00", "ends": "18:02"}),
    WorkWindow.model_validate({"starts": "05:00", "ends": "10:00"}),
]


def at(hour: int, minute: int = 0, second: int = 0) -> datetime:
    """Return a local time of the day as UTC: the Delta is seven hours ahead."""
    return datetime(2026, 3, 10, hour, minute, second, tzinfo=UTC) - timedelta(hours=7)


@pytest.mark.parametrize(
    ("moment", "slot"),
    [
        (at(8), at(8)),
        (at(8, 2, 29), at(8)),
        (at(8, 2, 30), at(8, 5)),
        (at(8, 57, 31), at(9)),
        (at(8, 0, 1), at(8)),
    ],
)
def test_a_start_goes_to_the_nearest_five_minutes(moment: datetime, slot: datetime) -> None:
    assert to_slot(moment) == slot


def test_a_moment_is_never_rounded_back_into_the_past() -> None:
    assert slot_after(at(8, 0, 1)) == at(8, 5)
    assert slot_after(at(8, 5)) == at(8, 5)


@pytest.mark.parametrize(("service_s", "minutes"), [(0, 5), (1, 5), (300, 5), (301, 10), (3600, 60), (43200, 720)])
def test_a_visit_takes_whole_slots(service_s: float, minutes: int) -> None:
    assert visit_period(at(8), service_s) == Period(at(8), at(8) + timedelta(minutes=minutes))


def test_a_visit_longer_than_a_working_day_is_refused() -> None:
    with pytest.raises(VisitTooLong):
        visit_period(at(5), 12 * 3600 + 1)


def test_slots_of_a_period_leave_its_end_out() -> None:
    assert slots_of(Period(at(8), at(8, 15))) == [at(8), at(8, 5), at(8, 10)]


def test_work_periods_are_in_order_and_on_slot_borders() -> None:
    assert work_periods(DAY, WINDOWS) == [Period(at(5), at(10)), Period(at(15), at(18))]


def test_work_windows_that_overlap_are_one_period() -> None:
    """A crew that is planned twice at a time is refused by the engine, and nothing could be planned at all."""

    def windows(*hours: tuple[str, str]) -> list[WorkWindow]:
        return [WorkWindow.model_validate({"starts": starts, "ends": ends}) for starts, ends in hours]

    assert work_periods(DAY, windows(("06:00", "12:00"), ("05:00", "10:00"))) == [Period(at(5), at(12))]
    assert work_periods(DAY, windows(("05:00", "12:00"), ("06:00", "07:00"), ("11:00", "13:00"))) == [
        Period(at(5), at(13))
    ]
    assert work_periods(DAY, windows(("05:00", "10:00"), ("05:00", "10:00"))) == [Period(at(5), at(10))]
    # Those that touch stay two: between them the crew is at the base.
    touching = windows(("05:00", "10:00"), ("10:00", "12:00:30"))
    assert work_periods(DAY, touching) == [Period(at(5), at(10)), Period(at(10), at(12))]


def test_the_hours_that_have_gone_are_no_work_period() -> None:
    assert work_periods(DAY, WINDOWS, at(9, 58, 1)) == [Period(at(15), at(18))]
    assert work_periods(DAY, WINDOWS, at(8, 31)) == [Period(at(8, 35), at(10)), Period(at(15), at(18))]
    assert work_periods(DAY, WINDOWS, at(20)) == []


def test_free_periods_lie_between_the_taken_slots() -> None:
    taken = slots_of(Period(at(6), at(6, 30))) + slots_of(Period(at(6, 50), at(9)))
    found = free_periods([Period(at(5), at(10))], taken, timedelta(minutes=30))
    assert found == [Period(at(5), at(6)), Period(at(9), at(10))]
    assert Period(at(6, 30), at(6, 50)) in free_periods([Period(at(5), at(10))], taken, timedelta(minutes=20))


def test_a_gap_is_tight_when_driving_and_washing_do_not_fit() -> None:
    assert not is_tight(Gap(600, 1200, 1800))
    assert is_tight(Gap(601, 1200, 1800))
    assert not is_tight(Gap(9000, 0, None))


def test_a_visit_over_the_end_of_a_work_period_is_outside() -> None:
    work = Period(at(5), at(10))
    assert work.holds(Period(at(9), at(10)))
    assert not work.holds(Period(at(9, 30), at(10, 5)))
