"""Prices and bills, calculated by hand."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from drone_service.billing.rules import (
    CongSizeNeeded,
    DateInFuture,
    InvoiceStatus,
    LineKind,
    NoPrice,
    NothingToBill,
    PaidTooMuch,
    PriceUnit,
    bill_lines,
    bill_number,
    ensure_not_in_future,
    ensure_not_more_than_owed,
    price_on,
    status_of,
    total_vnd,
)
from drone_service.kit.ids import uuid7


@dataclass
class Terms:
    unit: PriceUnit = PriceUnit.CONG
    cong_m2: int | None = 1296
    amount_vnd: int = 18_000
    minimum_vnd: int = 0


@dataclass
class Dated:
    valid_from: date
    created_at: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    id: UUID = field(default_factory=uuid7)


@pytest.mark.parametrize(
    ("terms", "area_m2", "amount_vnd"),
    [
        # 18,000 x 10,000 / 1,296 = 138,888.89: "18,000 a công" is 138,900 a hectare with the large công ...
        (Terms(), 10_000.0, 138_889),
        # ... and 180,000 with the small one.
        (Terms(cong_m2=1000), 10_000.0, 180_000),
        (Terms(PriceUnit.HECTARE, None, 180_000), 5_123.4, 92_221),  # 92,221.2
        (Terms(PriceUnit.HECTARE, None, 175_000), 64_600.0, 1_130_500),
        (Terms(PriceUnit.HECTARE, None, 5_000), 1.0, 1),  # half a đồng goes up
        (Terms(amount_vnd=17_000), 1_296.0, 17_000),
    ],
)
def test_an_area_is_priced_and_rounded_once(terms: Terms, area_m2: float, amount_vnd: int) -> None:
    assert total_vnd(bill_lines(terms, area_m2)) == amount_vnd


def test_a_small_job_is_topped_up_to_the_minimum() -> None:
    lines = bill_lines(Terms(minimum_vnd=100_000), 1_296.0)
    assert [(line.kind, line.amount_vnd) for line in lines] == [(LineKind.AREA, 18_000), (LineKind.MINIMUM, 82_000)]
    assert len(bill_lines(Terms(minimum_vnd=18_000), 1_296.0)) == 1


def test_odd_bills_are_refused() -> None:
    with pytest.raises(NothingToBill):
        bill_lines(Terms(), 0.0)
    with pytest.raises(CongSizeNeeded):
        bill_lines(Terms(cong_m2=None), 1_000.0)


def test_the_price_of_a_day_is_the_latest_that_began() -> None:
    old, new = Dated(date(2026, 1, 1)), Dated(date(2026, 3, 1))
    assert price_on([new, old], date(2026, 2, 28)) is old
    assert price_on([new, old], date(2026, 3, 1)) is new
    with pytest.raises(NoPrice):
        price_on([new, old], date(2025, 12, 31))


def test_of_two_prices_from_one_day_the_last_written_holds() -> None:
    mistyped = Dated(date(2026, 1, 1))
    corrected = Dated(date(2026, 1, 1), created_at=datetime(2026, 1, 2, tzinfo=UTC))
    assert price_on([corrected, mistyped], date(2026, 1, 5)) is corrected


@pytest.mark.parametrize(
    ("paid_vnd", "status"),
    [(0, InvoiceStatus.OPEN), (1, InvoiceStatus.PART_PAID), (99, InvoiceStatus.PART_PAID), (100, InvoiceStatus.PAID)],
)
def test_the_status_follows_the_balance(paid_vnd: int, status: InvoiceStatus) -> None:
    assert status_of(100, paid_vnd) is status


def test_nobody_pays_more_than_is_owed_or_tomorrow() -> None:
    ensure_not_more_than_owed(100, 100)
    with pytest.raises(PaidTooMuch):
        ensure_not_more_than_owed(101, 100)
    ensure_not_in_future(date(2026, 1, 1), date(2026, 1, 1))
    with pytest.raises(DateInFuture):
        ensure_not_in_future(date(2026, 1, 2), date(2026, 1, 1))


def test_bill_numbers_sort_as_they_count() -> None:
    assert bill_number(12) == "DS000012"
