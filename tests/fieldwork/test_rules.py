"""Areas, doses and dates of the spray log, worked out by hand."""

from datetime import UTC, date, datetime

import pytest

from drone_service.fieldwork.rules import (
    AreaTooLarge,
    LoadFigures,
    NothingDone,
    OtherReasonNeedsNote,
    StopReason,
    StopReasonNeeded,
    Totals,
    area_done_m2,
    billed_area_m2,
    earliest_harvest,
    ensure_note,
    re_entry_at,
    totals,
)

NOTHING = totals([])
TWO = totals([LoadFigures(4000, 8, 6), LoadFigures(2500, 5, 4.5)])


def test_loads_add_up() -> None:
    assert Totals(2, 6500, 13, 10.5, timed_m2=6500) == TWO


@pytest.mark.parametrize(
    ("typed", "recorded", "stopped", "done"),
    [
        (5000.0, TWO, True, 5000.0),
        (9000.0, TWO, False, 9000.0),
        (None, NOTHING, False, 10000.0),
        (None, TWO, True, 6500.0),
        (0.0, NOTHING, True, 0.0),
        (10500.0, NOTHING, False, 10500.0),
    ],
)
def test_what_counts_as_done(typed: float | None, recorded: Totals, stopped: bool, done: float) -> None:
    assert area_done_m2(typed, recorded, 10000.0, stopped=stopped) == done


def test_more_than_the_field_is_refused() -> None:
    with pytest.raises(AreaTooLarge) as refused:
        area_done_m2(10501.0, NOTHING, 10000.0, stopped=False)
    assert refused.value.params == {"area_m2": 10501, "field_m2": 10000}


@pytest.mark.parametrize(("typed", "recorded"), [(8999.0, NOTHING), (None, TWO)])
def test_a_good_part_that_is_missing_needs_its_reason(typed: float | None, recorded: Totals) -> None:
    with pytest.raises(StopReasonNeeded):
        area_done_m2(typed, recorded, 10000.0, stopped=False)


def test_a_stopped_job_needs_to_say_how_much() -> None:
    with pytest.raises(NothingDone):
        area_done_m2(None, NOTHING, 10000.0, stopped=True)


def test_never_more_is_billed_than_was_agreed() -> None:
    assert billed_area_m2(10400.0, 10000.0) == 10000.0
    assert billed_area_m2(6500.0, 10000.0) == 6500.0


def test_something_else_needs_words() -> None:
    ensure_note(StopReason.RAIN, "")
    ensure_note(StopReason.OTHER, "snake in the field")
    with pytest.raises(OtherReasonNeedsNote):
        ensure_note(StopReason.OTHER, "  ")


def test_the_longest_interval_decides_the_harvest() -> None:
    """19:30 UTC on the 9th is the 10th in the Delta; with 7 and 14 days the harvest is from the 24th on."""
    sprayed = datetime(2026, 3, 9, 19, 30, tzinfo=UTC)
    assert earliest_harvest(sprayed, [7, 14]) == date(2026, 3, 24)
    assert earliest_harvest(sprayed, []) is None


def test_a_silent_label_keeps_people_out_for_a_day() -> None:
    ended = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)
    assert re_entry_at(ended, [4.0, None]) == datetime(2026, 3, 11, 1, 0, tzinfo=UTC)
    assert re_entry_at(ended, [4.0]) == datetime(2026, 3, 10, 5, 0, tzinfo=UTC)
    assert re_entry_at(ended, []) == ended
