"""Prices, bills and the ledger as plain values: what work costs, what is owed, and which account is which."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar, Protocol, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from drone_service.engine.operation import Service
from drone_service.kit.errors import Conflict, Invalid, NotFound
from drone_service.kit.i18n import N_
from drone_service.kit.money import round_vnd

HECTARE_M2 = 10_000


class PriceUnit(StrEnum):
    """What a price is for. A công is only a measure together with its square metres."""

    HECTARE = "ha"
    CONG = "cong"


class PayMethod(StrEnum):
    """How money came in or went out."""

    CASH = "cash"
    TRANSFER = "transfer"


class CostKind(StrEnum):
    """What money was spent on."""

    FUEL = "fuel"
    WAGES = "wages"
    REPAIRS = "repairs"
    BATTERIES = "batteries"
    OTHER = "other"


class AccountKind(StrEnum):
    """The five families of accounts."""

    RECEIVABLE = "receivable"
    CASH = "cash"
    BANK = "bank"
    REVENUE = "revenue"
    COST = "cost"


class TransferKind(StrEnum):
    """Why money moved from one account to another."""

    INVOICE = "invoice"
    PAYMENT = "payment"
    COST = "cost"
    REVERSAL = "reversal"


class InvoiceStatus(StrEnum):
    """What the balance says; never stored."""

    OPEN = "open"
    PART_PAID = "part_paid"
    PAID = "paid"


SERVICE_NAMES = {
    Service.SPRAY: N_("Spraying"),
    Service.SPREAD: N_("Spreading fertiliser"),
    Service.SOW: N_("Sowing"),
}
METHOD_NAMES = {PayMethod.CASH: N_("Cash"), PayMethod.TRANSFER: N_("Bank transfer")}
COST_NAMES = {
    CostKind.FUEL: N_("Fuel"),
    CostKind.WAGES: N_("Wages"),
    CostKind.REPAIRS: N_("Repairs"),
    CostKind.BATTERIES: N_("Batteries"),
    CostKind.OTHER: N_("Other costs"),
}
ACCOUNT_NAMES = {
    AccountKind.RECEIVABLE: N_("Owed by farmers"),
    AccountKind.CASH: N_("Cash box"),
    AccountKind.BANK: N_("Bank account"),
    AccountKind.REVENUE: N_("Revenue"),
    AccountKind.COST: N_("Costs"),
}
TRANSFER_NAMES = {
    TransferKind.INVOICE: N_("Invoice"),
    TransferKind.PAYMENT: N_("Payment"),
    TransferKind.COST: N_("Cost"),
    TransferKind.REVERSAL: N_("Taken back"),
}
STATUS_NAMES = {
    InvoiceStatus.OPEN: N_("Not paid"),
    InvoiceStatus.PART_PAID: N_("Partly paid"),
    InvoiceStatus.PAID: N_("Fully paid"),
}


class LineKind(StrEnum):
    """A line of a bill: the work itself, what is missing to the minimum charge, what goes off for saved time."""

    AREA = "area"
    MINIMUM = "minimum"
    SAVING = "saving"


class BillLine(BaseModel):
    """One line: `quantity` in `unit` at `unit_price_vnd`; the amount comes from the area, not from the quantity."""

    model_config = ConfigDict(frozen=True)
    kind: LineKind
    quantity: float
    unit: str
    unit_price_vnd: int
    amount_vnd: int


class Terms(Protocol):
    """What a price says."""

    unit: PriceUnit
    cong_m2: int | None
    amount_vnd: int
    minimum_vnd: int


class Dated(Protocol):
    """A price with the day from which it holds and the moment it was written."""

    id: UUID
    created_at: datetime
    valid_from: date


DatedT = TypeVar("DatedT", bound=Dated)


class NoPrice(Conflict):
    code = "billing.no_price"
    title: ClassVar[str] = N_("No price yet")
    detail: ClassVar[str] = N_("There is no price for this service on that day. The owner sets it under Prices.")


class PriceNotFound(NotFound):
    code = "billing.price_not_found"


class CongSizeNeeded(Invalid):
    code = "billing.cong_size_needed"
    title: ClassVar[str] = N_("Which công?")
    detail: ClassVar[str] = N_("A price per công must say whether the công has 1,000 or 1,296 m².")


class NothingToBill(Invalid):
    code = "billing.nothing_to_bill"
    title: ClassVar[str] = N_("Nothing to bill")
    detail: ClassVar[str] = N_("No area was done, so there is nothing to bill.")


class AlreadyInvoiced(Conflict):
    code = "billing.already_invoiced"
    title: ClassVar[str] = N_("Already billed")
    detail: ClassVar[str] = N_("There is an invoice for this job.")


class InvoiceNotFound(NotFound):
    code = "billing.invoice_not_found"


class PaymentNotFound(NotFound):
    code = "billing.payment_not_found"


class CostNotFound(NotFound):
    code = "billing.cost_not_found"


class PaidTooMuch(Conflict):
    code = "billing.paid_too_much"
    title: ClassVar[str] = N_("More than is owed")
    detail: ClassVar[str] = N_("Only %(balance_vnd)s ₫ of this invoice are still open.")


class AlreadyReversed(Conflict):
    code = "billing.already_reversed"
    title: ClassVar[str] = N_("Already taken back")
    detail: ClassVar[str] = N_("This entry was taken back before. Both entries stay in the ledger.")


class DateInFuture(Invalid):
    code = "billing.date_in_future"
    title: ClassVar[str] = N_("This day is still to come")
    detail: ClassVar[str] = N_("Money is entered on the day it moved: today or before.")


class BankNotSet(Conflict):
    code = "billing.bank_not_set"
    title: ClassVar[str] = N_("No bank account yet")
    detail: ClassVar[str] = N_(
        "The owner has not entered the bank and account of the cooperative, so there is no QR code."
    )


class NothingOwed(Conflict):
    code = "billing.nothing_owed"
    title: ClassVar[str] = N_("Nothing is owed")
    detail: ClassVar[str] = N_("This invoice is paid, so there is no QR code to pay it.")


def unit_area_m2(terms: Terms) -> int:
    """Return the square metres of one unit of a price. Raises CongSizeNeeded for a công without a size."""
    if terms.unit is PriceUnit.HECTARE:
        return HECTARE_M2
    if terms.cong_m2 is None:
        raise CongSizeNeeded
    return terms.cong_m2


def price_on(prices: Iterable[DatedT], on: date) -> DatedT:
    """Return the price that holds on a day: the latest start not after it, the last written of equal starts.

    Prices are never changed, so a mistyped one is corrected by a new one from the same day. Raises NoPrice.
    """
    valid = [price for price in prices if price.valid_from <= on]
    if not valid:
        raise NoPrice(on=on.isoformat())
    return max(valid, key=lambda price: (price.valid_from, price.created_at, price.id))


def bill_lines(terms: Terms, area_m2: float) -> list[BillLine]:
    """Price work on an area: a line for the area and, where it is less than the minimum charge, a line up to it.

    The amount is area × price ÷ unit in exact decimals, rounded once to whole đồng, halves up: rounding the công or
    the hectares first would move a bill of 1.13 million by hundreds. Raises NothingToBill, CongSizeNeeded.
    """
    if area_m2 <= 0:
        raise NothingToBill
    unit_m2 = unit_area_m2(terms)
    amount_vnd = round_vnd(Decimal(repr(area_m2)) * terms.amount_vnd / unit_m2)
    lines = [
        BillLine(
            kind=LineKind.AREA,
            quantity=round(area_m2 / unit_m2, 4),
            unit=terms.unit.value,
            unit_price_vnd=terms.amount_vnd,
            amount_vnd=amount_vnd,
        )
    ]
    missing_vnd = terms.minimum_vnd - amount_vnd
    if missing_vnd > 0:
        top_up = BillLine(
            kind=LineKind.MINIMUM, quantity=1.0, unit="job", unit_price_vnd=missing_vnd, amount_vnd=missing_vnd
        )
        lines.append(top_up)
    return lines


def with_saving(lines: Sequence[BillLine], off_vnd: int) -> list[BillLine]:
    """Add a line that takes an amount off, for time saved by flying fields as one; at most all but one đồng."""
    off_vnd = min(off_vnd, total_vnd(lines) - 1)
    if off_vnd <= 0:
        return list(lines)
    off = BillLine(kind=LineKind.SAVING, quantity=1.0, unit="job", unit_price_vnd=-off_vnd, amount_vnd=-off_vnd)
    return [*lines, off]


def total_vnd(lines: Sequence[BillLine]) -> int:
    """Return the sum of the rounded lines."""
    return sum(line.amount_vnd for line in lines)


def bill_number(number: int) -> str:
    """Return what is printed on the bill and written in the transfer: `DS000012`."""
    return f"DS{number:06d}"


def status_of(amount_vnd: int, paid_vnd: int) -> InvoiceStatus:
    """Return what the balance says about an invoice."""
    if paid_vnd >= amount_vnd:
        return InvoiceStatus.PAID
    return InvoiceStatus.PART_PAID if paid_vnd > 0 else InvoiceStatus.OPEN


def ensure_not_more_than_owed(amount_vnd: int, balance_vnd: int) -> None:
    """Refuse a payment above the open balance: it would make a credit nobody asked for. Raises PaidTooMuch."""
    if amount_vnd > balance_vnd:
        raise PaidTooMuch(balance_vnd=balance_vnd)


def ensure_not_in_future(on: date, today: date) -> None:
    """Refuse money on a day to come. Raises DateInFuture."""
    if on > today:
        raise DateInFuture(on=on.isoformat())


def receivable_key(farmer_id: UUID) -> str:
    """Return the key of the account of what one farmer owes."""
    return f"{AccountKind.RECEIVABLE.value}:{farmer_id}"


def revenue_key(service: Service) -> str:
    """Return the key of the revenue account of a service."""
    return f"{AccountKind.REVENUE.value}:{service.value}"


def cost_key(kind: CostKind) -> str:
    """Return the key of the account of a kind of cost."""
    return f"{AccountKind.COST.value}:{kind.value}"


def money_key(method: PayMethod) -> str:
    """Return the key of the account that money comes into or goes out of."""
    return AccountKind.CASH.value if method is PayMethod.CASH else AccountKind.BANK.value


def account_kind(key: str) -> AccountKind:
    """Return the family of an account from its key."""
    return AccountKind(key.split(":", 1)[0])
