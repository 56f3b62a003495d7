"""Prices, the ledger, invoices, payments and costs.

The ledger is a table of transfers from one account to another, so it is balanced by construction. Its rows are never
changed or deleted, which triggers enforce on both engines; a mistake is taken back by a transfer the other way.
"""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from drone_service.billing.rules import AccountKind, BillLine, CostKind, PayMethod, PriceUnit, TransferKind
from drone_service.engine.operation import Service
from drone_service.kit import db


class Price(db.Row, table=True):
    """What a service costs from a day on. Never changed: a new price follows an old one."""

    __tablename__ = "prices"
    __table_args__ = (
        sa.ForeignKeyConstraint(["cooperative_id"], ["cooperatives.id"]),
        sa.CheckConstraint("amount_vnd > 0 AND minimum_vnd >= 0", name="amounts"),
        sa.CheckConstraint("(unit = 'ha') = (cong_m2 IS NULL)", name="cong_size"),
        sa.CheckConstraint("cong_m2 IS NULL OR cong_m2 IN (1000, 1296)", name="cong_m2"),
        sa.Index("ix_prices_service", "cooperative_id", "service", "valid_from"),
    )

    service: Service = db.choice(Service)
    unit: PriceUnit = db.choice(PriceUnit)
    cong_m2: int | None = Field(default=None)
    amount_vnd: int = db.vnd()
    minimum_vnd: int = db.vnd(default=0)
    valid_from: date


class Account(db.Row, table=True):
    """One account of the ledger: the cash box, what one farmer owes, one kind of cost."""

    __tablename__ = "accounts"
    __table_args__ = (
        db.tenant_fk("farmer_id", "people"),
        sa.UniqueConstraint("cooperative_id", "key", name="uq_accounts_key"),
    )

    key: str = Field(max_length=60)
    kind: AccountKind = db.choice(AccountKind)
    farmer_id: UUID | None = Field(default=None)


class Transfer(db.Row, table=True):
    """An entry of the ledger: an amount moves from the credited to the debited account. Append-only."""

    __tablename__ = "transfers"
    __table_args__ = (
        db.tenant_fk("debit_account_id", "accounts"),
        db.tenant_fk("credit_account_id", "accounts"),
        db.tenant_fk("reverses_id", "transfers"),
        db.tenant_fk("recorded_by_id", "people"),
        sa.CheckConstraint("amount_vnd > 0", name="amount"),
        sa.CheckConstraint("debit_account_id <> credit_account_id", name="two_accounts"),
        sa.UniqueConstraint("cooperative_id", "reverses_id", name="uq_transfers_reverses"),
        sa.Index("ix_transfers_on", "cooperative_id", "on_day"),
        sa.Index("ix_transfers_debit", "cooperative_id", "debit_account_id"),
        sa.Index("ix_transfers_credit", "cooperative_id", "credit_account_id"),
        sa.Index("ix_transfers_document", "cooperative_id", "document_id"),
    )

    kind: TransferKind = db.choice(TransferKind)
    debit_account_id: UUID
    credit_account_id: UUID
    amount_vnd: int = db.vnd()
    on_day: date
    """The local day on which the money moved or the work was done; `created_at` is when it was written down."""
    document_id: UUID
    """The invoice, payment or cost behind the entry."""
    reverses_id: UUID | None = Field(default=None)
    recorded_by_id: UUID
    note: str = Field(default="", max_length=200)


class Invoice(db.Row, table=True):
    """The bill of one job. What was paid, and so its status, is derived from the payments."""

    __tablename__ = "invoices"
    __table_args__ = (
        db.tenant_fk("farmer_id", "people"),
        db.tenant_fk("price_id", "prices"),
        sa.CheckConstraint("total_vnd > 0", name="total"),
        sa.CheckConstraint("area_m2 > 0", name="area"),
        sa.UniqueConstraint("cooperative_id", "number", name="uq_invoices_number"),
        sa.UniqueConstraint("cooperative_id", "job_id", name="uq_invoices_job"),
        sa.Index("ix_invoices_farmer", "cooperative_id", "farmer_id"),
        sa.Index("ix_invoices_issued_on", "cooperative_id", "issued_on"),
    )

    number: int
    job_id: UUID
    """The job that was billed. No reference, because jobs know bills and not the other way round."""
    farmer_id: UUID
    service: Service = db.choice(Service)
    area_m2: float
    price_id: UUID
    lines: list[BillLine] = db.json_of(list[BillLine])
    total_vnd: int = db.vnd()
    description: str = Field(default="", max_length=200)
    issued_on: date
    issued_at: datetime


class InvoiceCounter(db.Table, table=True):
    """The last invoice number of a cooperative: taken in the transaction of the invoice, so there are no gaps."""

    __tablename__ = "invoice_counters"
    __table_args__ = (sa.ForeignKeyConstraint(["cooperative_id"], ["cooperatives.id"]),)

    cooperative_id: UUID = Field(primary_key=True)
    last_number: int


class Payment(db.Row, table=True):
    """Money received for an invoice. Taken back where its transfer has been reversed."""

    __tablename__ = "payments"
    __table_args__ = (
        db.tenant_fk("invoice_id", "invoices"),
        db.tenant_fk("transfer_id", "transfers"),
        sa.CheckConstraint("amount_vnd > 0", name="amount"),
        sa.Index("ix_payments_invoice", "cooperative_id", "invoice_id"),
    )

    invoice_id: UUID
    amount_vnd: int = db.vnd()
    method: PayMethod = db.choice(PayMethod)
    paid_on: date
    note: str = Field(default="", max_length=200)
    transfer_id: UUID


class Cost(db.Row, table=True):
    """Money spent. Taken back where its transfer has been reversed."""

    __tablename__ = "costs"
    __table_args__ = (
        db.tenant_fk("transfer_id", "transfers"),
        sa.CheckConstraint("amount_vnd > 0", name="amount"),
        sa.Index("ix_costs_spent_on", "cooperative_id", "spent_on"),
    )

    kind: CostKind = db.choice(CostKind)
    amount_vnd: int = db.vnd()
    method: PayMethod = db.choice(PayMethod)
    spent_on: date
    note: str = Field(default="", max_length=200)
    transfer_id: UUID
