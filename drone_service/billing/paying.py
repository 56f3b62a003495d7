"""How a farmer pays an invoice: the cooperative's account as a VietQR code."""

from uuid import UUID

from sqlmodel import Session

from drone_service.access.queries import get_cooperative
from drone_service.access.rules import Actor
from drone_service.billing import queries, vietqr
from drone_service.billing.rules import BankNotSet, NothingOwed, bill_number


def qr_text_of_invoice(session: Session, actor: Actor, invoice_id: UUID) -> str:
    """Return the VietQR text for what is open of an invoice. Raises InvoiceNotFound, BankNotSet, NothingOwed."""
    invoice = queries.get_invoice(session, actor, invoice_id)
    cooperative = get_cooperative(session, actor.cooperative_id)
    if not (cooperative.bank_bin and cooperative.bank_account):
        raise BankNotSet
    paid_vnd = queries.paid_by_invoice(session, actor.cooperative_id, [invoice.id])[invoice.id]
    if paid_vnd >= invoice.total_vnd:
        raise NothingOwed
    number = bill_number(invoice.number)
    return vietqr.build(
        vietqr.Transfer(
            bank_bin=cooperative.bank_bin,
            account=cooperative.bank_account,
            amount_vnd=invoice.total_vnd - paid_vnd,
            note=vietqr.fold_note(number),
            bill_number=number,
        )
    )


def qr_of_invoice(session: Session, actor: Actor, invoice_id: UUID) -> bytes:
    """Return the VietQR code of an invoice as SVG."""
    return vietqr.to_svg(qr_text_of_invoice(session, actor, invoice_id))
