"""Payments as a list of their own, for those who count the money."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col

from drone_service.access.models import Person
from drone_service.access.rules import Actor, ensure_staff
from drone_service.billing.models import Invoice, Payment, Transfer
from drone_service.billing.rules import PayMethod, bill_number
from drone_service.kit.paging import split_page


@dataclass(frozen=True)
class PaymentLine:
    """One payment with the invoice and the farmer it came from."""

    id: UUID
    paid_on: date
    bill_number: str
    farmer_name: str
    amount_vnd: int
    method: PayMethod
    note: str
    is_reversed: bool


def list_payments(
    session: Session,
    actor: Actor,
    *,
    from_day: date | None = None,
    until_day: date | None = None,
    limit: int = 50,
    after: UUID | None = None,
) -> tuple[list[PaymentLine], UUID | None]:
    """List payments, the last recorded first, and the id to go on after; days are inclusive. Raises RoleNeeded."""
    ensure_staff(actor)
    back = sa.select(col(Transfer.reverses_id)).where(
        col(Transfer.cooperative_id) == actor.cooperative_id, col(Transfer.reverses_id).is_not(None)
    )
    statement = (
        sa.select(
            col(Payment.id),
            col(Payment.paid_on),
            col(Invoice.number),
            col(Person.name),
            col(Payment.amount_vnd),
            col(Payment.method),
            col(Payment.note),
            col(Payment.transfer_id).in_(back),
        )
        .join(
            Invoice,
            (col(Invoice.cooperative_id) == col(Payment.cooperative_id)) & (col(Invoice.id) == col(Payment.invoice_id)),
        )
        .join(
            Person,
            (col(Person.cooperative_id) == col(Invoice.cooperative_id)) & (col(Person.id) == col(Invoice.farmer_id)),
        )
        .where(col(Payment.cooperative_id) == actor.cooperative_id)
    )
    if from_day is not None:
        statement = statement.where(col(Payment.paid_on) >= from_day)
    if until_day is not None:
        statement = statement.where(col(Payment.paid_on) <= until_day)
    if after is not None:
        statement = statement.where(col(Payment.id) < after)
    rows = session.execute(statement.order_by(col(Payment.id).desc()).limit(limit + 1)).all()
    lines = [PaymentLine(one[0], one[1], bill_number(one[2]), *one[3:]) for one in rows]
    page, last = split_page(lines, limit)
    return page, last.id if last else None
