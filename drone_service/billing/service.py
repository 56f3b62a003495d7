"""Prices, invoices, payments and costs: each change is an entry of the ledger in the caller's transaction."""

from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session

from drone_service.access.queries import lock_cooperative
from drone_service.access.rules import Actor, ensure_owner, ensure_staff
from drone_service.billing import ledger, queries
from drone_service.billing.models import Cost, Invoice, InvoiceCounter, Payment, Price
from drone_service.billing.rules import (
    AlreadyInvoiced,
    TransferKind,
    bill_lines,
    cost_key,
    ensure_not_in_future,
    ensure_not_more_than_owed,
    money_key,
    receivable_key,
    revenue_key,
    total_vnd,
    with_saving,
)
from drone_service.billing.schemas import CostIn, PaymentIn, PriceIn
from drone_service.engine.operation import Service
from drone_service.kit.clock import local_day
from drone_service.kit.db import flush_or_raise


def add_price(session: Session, *, actor: Actor, data: PriceIn, now: datetime) -> Price:
    """Set what a service costs from a day on. Owners only; quotes already given keep theirs. Raises RoleNeeded."""
    ensure_owner(actor)
    price = Price(cooperative_id=actor.cooperative_id, created_at=now, **data.model_dump())
    session.add(price)
    session.flush()
    return price


def issue_invoice(
    session: Session,
    *,
    actor: Actor,
    job_id: UUID,
    farmer_id: UUID,
    service: Service,
    area_m2: float,
    price_id: UUID,
    on: date,
    description: str,
    off_vnd: int = 0,
    now: datetime,
) -> Invoice:
    """Bill an area at a price: the invoice and its entry in the ledger, which makes the farmer owe it.

    `off_vnd` is given back for time that was saved by flying fields as one; something is always left to pay.
    Numbers have no gaps: the counter is taken in the same transaction. Raises NothingToBill, AlreadyInvoiced.
    """
    ensure_staff(actor)
    price = queries.get_price(session, actor.cooperative_id, price_id)
    lines = with_saving(bill_lines(price, area_m2), off_vnd)
    invoice = Invoice(
        cooperative_id=actor.cooperative_id,
        number=_next_number(session, actor.cooperative_id),
        job_id=job_id,
        farmer_id=farmer_id,
        service=service,
        area_m2=area_m2,
        price_id=price.id,
        lines=lines,
        total_vnd=total_vnd(lines),
        description=description,
        issued_on=on,
        issued_at=now,
        created_at=now,
    )
    session.add(invoice)
    flush_or_raise(session, {"uq_invoices_job": AlreadyInvoiced()})
    ledger.post(
        session,
        actor=actor,
        kind=TransferKind.INVOICE,
        debit=receivable_key(farmer_id),
        credit=revenue_key(service),
        amount_vnd=invoice.total_vnd,
        on_day=on,
        document_id=invoice.id,
        note=description,
        farmer_id=farmer_id,
        now=now,
    )
    return invoice


def record_payment(
    session: Session, *, actor: Actor, invoice_id: UUID, data: PaymentIn, now: datetime
) -> tuple[Invoice, bool]:
    """Take money for an invoice; the second value tells whether it is now paid in full.

    Locks the invoice, so that two payments at once cannot both pass. Raises InvoiceNotFound, PaidTooMuch,
    DateInFuture.
    """
    ensure_staff(actor)
    invoice = queries.get_invoice_for_update(session, actor, invoice_id)
    ensure_not_in_future(data.paid_on, local_day(now))
    balance_vnd = invoice.total_vnd - queries.paid_by_invoice(session, actor.cooperative_id, [invoice.id])[invoice.id]
    ensure_not_more_than_owed(data.amount_vnd, balance_vnd)
    transfer = ledger.post(
        session,
        actor=actor,
        kind=TransferKind.PAYMENT,
        debit=money_key(data.method),
        credit=receivable_key(invoice.farmer_id),
        amount_vnd=data.amount_vnd,
        on_day=data.paid_on,
        document_id=invoice.id,
        note=data.note,
        farmer_id=invoice.farmer_id,
        now=now,
    )
    session.add(
        Payment(
            cooperative_id=actor.cooperative_id,
            invoice_id=invoice.id,
            transfer_id=transfer.id,
            created_at=now,
            **data.model_dump(),
        )
    )
    session.flush()
    return invoice, data.amount_vnd == balance_vnd


def reverse_payment(session: Session, *, actor: Actor, payment_id: UUID, now: datetime) -> Invoice:
    """Take a payment back. Raises PaymentNotFound, AlreadyReversed."""
    ensure_staff(actor)
    payment = queries.get_payment(session, actor.cooperative_id, payment_id)
    transfer = queries.get_transfer(session, actor.cooperative_id, payment.transfer_id)
    ledger.reverse(session, actor=actor, transfer=transfer, now=now)
    return queries.get_invoice(session, actor, payment.invoice_id)


def record_cost(session: Session, *, actor: Actor, data: CostIn, now: datetime) -> Cost:
    """Write down money spent. Raises RoleNeeded, DateInFuture."""
    ensure_staff(actor)
    ensure_not_in_future(data.spent_on, local_day(now))
    cost = Cost(cooperative_id=actor.cooperative_id, created_at=now, transfer_id=actor.person_id, **data.model_dump())
    transfer = ledger.post(
        session,
        actor=actor,
        kind=TransferKind.COST,
        debit=cost_key(data.kind),
        credit=money_key(data.method),
        amount_vnd=data.amount_vnd,
        on_day=data.spent_on,
        document_id=cost.id,
        note=data.note,
        now=now,
    )
    cost.transfer_id = transfer.id
    session.add(cost)
    session.flush()
    return cost


def reverse_cost(session: Session, *, actor: Actor, cost_id: UUID, now: datetime) -> Cost:
    """Take a cost back. Raises CostNotFound, AlreadyReversed."""
    ensure_staff(actor)
    cost = queries.get_cost(session, actor.cooperative_id, cost_id)
    transfer = queries.get_transfer(session, actor.cooperative_id, cost.transfer_id)
    ledger.reverse(session, actor=actor, transfer=transfer, now=now)
    return cost


def _next_number(session: Session, cooperative_id: UUID) -> int:
    # The tenant's row is locked before the counter is read or made, so that two first invoices cannot be number 1.
    lock_cooperative(session, cooperative_id)
    counter = session.get(InvoiceCounter, cooperative_id, populate_existing=True)
    if counter is None:
        counter = InvoiceCounter(cooperative_id=cooperative_id, last_number=0)
        session.add(counter)
    counter.last_number += 1
    session.flush()
    return counter.last_number
