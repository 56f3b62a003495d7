"""Writing to the ledger: accounts when first needed, transfers, and reversals. Nothing else writes there."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from drone_service.access.queries import lock_cooperative
from drone_service.access.rules import Actor
from drone_service.billing.models import Account, Transfer
from drone_service.billing.rules import AlreadyReversed, TransferKind, account_kind
from drone_service.kit.db import flush_or_raise


def post(
    session: Session,
    *,
    actor: Actor,
    kind: TransferKind,
    debit: str,
    credit: str,
    amount_vnd: int,
    on_day: date,
    document_id: UUID,
    note: str = "",
    farmer_id: UUID | None = None,
    now: datetime,
) -> Transfer:
    """Move an amount from the credited to the debited account, both named by key."""
    transfer = Transfer(
        cooperative_id=actor.cooperative_id,
        kind=kind,
        debit_account_id=_account(session, actor.cooperative_id, debit, farmer_id).id,
        credit_account_id=_account(session, actor.cooperative_id, credit, farmer_id).id,
        amount_vnd=amount_vnd,
        on_day=on_day,
        document_id=document_id,
        recorded_by_id=actor.person_id,
        note=note,
        created_at=now,
    )
    session.add(transfer)
    session.flush()
    return transfer


def reverse(session: Session, *, actor: Actor, transfer: Transfer, now: datetime) -> Transfer:
    """Take a transfer back by one the other way, on the same day of the books. Raises AlreadyReversed."""
    back = Transfer(
        cooperative_id=actor.cooperative_id,
        kind=TransferKind.REVERSAL,
        debit_account_id=transfer.credit_account_id,
        credit_account_id=transfer.debit_account_id,
        amount_vnd=transfer.amount_vnd,
        on_day=transfer.on_day,
        document_id=transfer.document_id,
        reverses_id=transfer.id,
        recorded_by_id=actor.person_id,
        note=transfer.note,
        created_at=now,
    )
    session.add(back)
    flush_or_raise(session, {"uq_transfers_reverses": AlreadyReversed()})
    return back


def balances(session: Session, cooperative_id: UUID, account_ids: list[UUID] | None = None) -> dict[UUID, int]:
    """Return debits less credits of the accounts."""
    totals: dict[UUID, int] = {}
    for side, sign in ((Transfer.debit_account_id, 1), (Transfer.credit_account_id, -1)):
        statement = (
            sa.select(col(side), sa.func.sum(col(Transfer.amount_vnd)))
            .where(col(Transfer.cooperative_id) == cooperative_id)
            .group_by(col(side))
        )
        if account_ids is not None:
            statement = statement.where(col(side).in_(account_ids))
        for account_id, amount in session.execute(statement):
            totals[account_id] = totals.get(account_id, 0) + sign * int(amount)
    return totals


def _account(session: Session, cooperative_id: UUID, key: str, farmer_id: UUID | None) -> Account:
    statement = select(Account).where(col(Account.cooperative_id) == cooperative_id, col(Account.key) == key)
    account = session.exec(statement).first()
    if account is None:
        # Locked and looked up again, so that two first entries at once do not both open the account.
        lock_cooperative(session, cooperative_id)
        account = session.exec(statement).first()
    if account is None:
        kind = account_kind(key)
        owner = farmer_id if key.endswith(str(farmer_id)) else None
        account = Account(cooperative_id=cooperative_id, key=key, kind=kind, farmer_id=owner)
        session.add(account)
        session.flush()
    return account
