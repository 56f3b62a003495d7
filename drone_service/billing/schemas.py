"""What goes in and out of the doors about prices, bills, payments, costs and the ledger."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from drone_service.access.schemas import Schema
from drone_service.billing.rules import (
    BillLine,
    CostKind,
    InvoiceStatus,
    PayMethod,
    PriceUnit,
    TransferKind,
)
from drone_service.engine.operation import Service
from drone_service.kit.clock import LocalDate
from drone_service.kit.i18n import N_
from drone_service.kit.money import MAX_VND
from drone_service.kit.openapi import example
from drone_service.kit.paging import AfterQuery, LimitQuery
from drone_service.kit.text import Line

Amount = Annotated[int, Field(gt=0, le=MAX_VND)]
Month = Annotated[str, Field(pattern=r"^(19|20)\d\d-(0[1-9]|1[0-2])$", description="A month, such as `2026-02`.")]


class PriceIn(Schema):
    """A price from a day on, per hectare or per công of a stated size."""

    model_config = example(
        {
            "service": "spray",
            "unit": "cong",
            "cong_m2": 1000,
            "amount_vnd": 18_000,
            "minimum_vnd": 40_000,
            "valid_from": "2027-01-01",
        }
    )

    service: Service
    unit: PriceUnit
    cong_m2: Literal[1000, 1296] | None = None
    amount_vnd: Amount
    minimum_vnd: Annotated[int, Field(ge=0, le=MAX_VND)] = 0
    valid_from: LocalDate

    @model_validator(mode="after")
    def _says_which_cong(self) -> Self:
        if self.unit is PriceUnit.CONG and self.cong_m2 is None:
            raise ValueError(N_("A price per công must say whether the công has 1,000 or 1,296 m²."))
        if self.unit is PriceUnit.HECTARE and self.cong_m2 is not None:
            raise ValueError(N_("A price per hectare has no size of a công."))
        return self


class PriceOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    id: UUID
    service: Service
    unit: PriceUnit
    cong_m2: int | None
    amount_vnd: int
    minimum_vnd: int
    valid_from: LocalDate
    created_at: AwareDatetime


class PaymentIn(Schema):
    """Money received for an invoice."""

    model_config = example({"amount_vnd": 20_000, "method": "cash", "paid_on": "2026-11-28"})

    amount_vnd: Amount
    method: PayMethod
    paid_on: LocalDate
    note: Line = ""


class PaymentOut(BaseModel):
    id: UUID
    invoice_id: UUID
    amount_vnd: int
    method: PayMethod
    paid_on: LocalDate
    note: str
    reversed: bool
    recorded_at: AwareDatetime


class InvoiceOut(BaseModel):
    """A bill with what was paid of it."""

    id: UUID
    number: int
    bill_number: str
    job_id: UUID
    farmer_id: UUID
    farmer_name: str
    service: Service
    area_m2: float
    lines: list[BillLine]
    total_vnd: int
    paid_vnd: int
    balance_vnd: int
    status: InvoiceStatus
    description: str
    issued_on: LocalDate
    issued_at: AwareDatetime


class InvoiceWithPayments(InvoiceOut):
    payments: list[PaymentOut]


class DebtOut(BaseModel):
    """What one farmer owes, from the ledger."""

    farmer_id: UUID
    farmer_name: str
    phone: str
    balance_vnd: int
    open_invoices: int
    oldest_on: LocalDate | None


class DebtsOut(BaseModel):
    """A page of debts, and what is owed in all."""

    items: list[DebtOut]
    total_vnd: int
    next: UUID | None = None


class CostIn(Schema):
    """Money spent."""

    model_config = example({"kind": "fuel", "amount_vnd": 120_000, "spent_on": "2026-01-31", "note": "Petrol"})

    kind: CostKind
    amount_vnd: Amount
    spent_on: LocalDate
    method: PayMethod = PayMethod.CASH
    note: Line = ""


class CostOut(BaseModel):
    id: UUID
    kind: CostKind
    amount_vnd: int
    method: PayMethod
    spent_on: LocalDate
    note: str
    reversed: bool
    recorded_at: AwareDatetime


class LedgerEntryOut(BaseModel):
    """A transfer. `credit` gives, `debit` receives."""

    id: UUID
    kind: TransferKind
    on_day: LocalDate
    debit: str
    credit: str
    amount_vnd: int
    document_id: UUID
    note: str
    reverses_id: UUID | None
    reversed: bool
    recorded_by_id: UUID
    recorded_at: AwareDatetime


class BalanceOut(BaseModel):
    """Debits less credits of an account."""

    account: str
    balance_vnd: int


class LedgerFilter(BaseModel):
    """Which entries: of a month, of days, of a kind, of an account or a family of accounts, of a farmer."""

    model_config = ConfigDict(extra="forbid")
    month: Month | None = None
    from_day: LocalDate | None = None
    until_day: LocalDate | None = None
    kind: TransferKind | None = None
    account: Annotated[str, Field(pattern=r"^[a-z_]+(:[0-9a-z_-]+)?$", max_length=60)] | None = None
    """`cost` means every kind of cost, `cost:fuel` one; `money` means cash and bank."""
    farmer_id: UUID | None = None
    document_id: UUID | None = None
    limit: LimitQuery = 50
    after: AfterQuery = None
