"""Reads of prices, bills, debts, costs and the ledger. Balances and statuses are always derived."""

from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, aliased
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from drone_service.access import queries as access_queries
from drone_service.access.rules import Actor, ensure_staff
from drone_service.billing import ledger
from drone_service.billing.models import Account, Cost, Invoice, Payment, Price, Transfer
from drone_service.billing.rules import (
    AccountKind,
    CostKind,
    CostNotFound,
    InvoiceNotFound,
    PaymentNotFound,
    PriceNotFound,
    account_kind,
    bill_number,
    price_on,
    status_of,
)
from drone_service.billing.schemas import (
    BalanceOut,
    CostOut,
    DebtOut,
    DebtsOut,
    InvoiceOut,
    InvoiceWithPayments,
    LedgerEntryOut,
    LedgerFilter,
    PaymentOut,
)
from drone_service.engine.operation import Service
from drone_service.kit.paging import precedes, split_page


def get_price(session: Session, cooperative_id: UUID, price_id: UUID) -> Price:
    """Return one price. Raises PriceNotFound."""
    price = session.get(Price, (cooperative_id, price_id))
    if price is None:
        raise PriceNotFound
    return price


def get_price_on(session: Session, cooperative_id: UUID, service: Service, on: date) -> Price:
    """Return the price of a service that holds on a day. Raises NoPrice."""
    return price_on(list_prices(session, cooperative_id, service), on)


def list_prices(
    session: Session,
    cooperative_id: UUID,
    service: Service | None = None,
    *,
    limit: int | None = None,
    after: UUID | None = None,
) -> Sequence[Price]:
    """List the prices, the newest start first: all of them, or so many after one."""
    statement = select(Price).where(col(Price.cooperative_id) == cooperative_id)
    if service is not None:
        statement = statement.where(col(Price.service) == service)
    if after is not None:
        row = sa.select(Price).where(col(Price.cooperative_id) == cooperative_id, col(Price.id) == after)
        statement = statement.where(precedes(row, col(Price.valid_from), col(Price.id)))
    order = (col(Price.valid_from).desc(), col(Price.id).desc())
    return session.exec(statement.order_by(*order).limit(limit)).all()


def visible_to(actor: Actor) -> SelectOfScalar[Invoice]:
    """Select the invoices an actor may see: everybody's for staff, else their own."""
    statement = select(Invoice).where(col(Invoice.cooperative_id) == actor.cooperative_id)
    return statement if actor.is_staff else statement.where(col(Invoice.farmer_id) == actor.person_id)


def get_invoice(session: Session, actor: Actor, invoice_id: UUID) -> Invoice:
    """Return an invoice the actor may see. Raises InvoiceNotFound."""
    invoice = session.exec(visible_to(actor).where(col(Invoice.id) == invoice_id)).first()
    if invoice is None:
        raise InvoiceNotFound
    return invoice


def get_invoice_for_update(session: Session, actor: Actor, invoice_id: UUID) -> Invoice:
    """Return an invoice locked until the end of the transaction. Raises InvoiceNotFound."""
    invoice = session.exec(visible_to(actor).where(col(Invoice.id) == invoice_id).with_for_update()).first()
    if invoice is None:
        raise InvoiceNotFound
    return invoice


def find_invoice_of_job(session: Session, actor: Actor, job_id: UUID) -> Invoice | None:
    """Find the invoice of a job, if there is one the actor may see."""
    return session.exec(visible_to(actor).where(col(Invoice.job_id) == job_id)).first()


def list_invoices(
    session: Session,
    actor: Actor,
    *,
    farmer_id: UUID | None = None,
    from_day: date | None = None,
    until_day: date | None = None,
    open_only: bool = False,
    limit: int = 50,
    after: UUID | None = None,
) -> tuple[list[InvoiceOut], UUID | None]:
    """List invoices, newest first, with what was paid; days are inclusive."""
    statement = visible_to(actor)
    if farmer_id is not None:
        statement = statement.where(col(Invoice.farmer_id) == farmer_id)
    if from_day is not None:
        statement = statement.where(col(Invoice.issued_on) >= from_day)
    if until_day is not None:
        statement = statement.where(col(Invoice.issued_on) <= until_day)
    if open_only:
        statement = statement.where(col(Invoice.total_vnd) > _paid_of_invoice())
    if after is not None:
        statement = statement.where(col(Invoice.id) < after)
    rows = session.exec(statement.order_by(col(Invoice.id).desc()).limit(limit + 1)).all()
    page, last = split_page(rows, limit)
    return invoices_out(session, actor.cooperative_id, page), last.id if last else None


def invoices_out(session: Session, cooperative_id: UUID, invoices: Sequence[Invoice]) -> list[InvoiceOut]:
    """Return what the doors show of invoices."""
    paid = paid_by_invoice(session, cooperative_id, [invoice.id for invoice in invoices])
    people = access_queries.names_of(session, cooperative_id, {invoice.farmer_id for invoice in invoices})
    return [_invoice_out(invoice, paid[invoice.id], people[invoice.farmer_id].name) for invoice in invoices]


def invoice_with_payments(session: Session, actor: Actor, invoice_id: UUID) -> InvoiceWithPayments:
    """Return an invoice with its payments, the reversed ones marked. Raises InvoiceNotFound."""
    invoice = get_invoice(session, actor, invoice_id)
    statement = select(Payment).where(
        col(Payment.cooperative_id) == actor.cooperative_id, col(Payment.invoice_id) == invoice_id
    )
    payments = session.exec(statement.order_by(col(Payment.id))).all()
    reversed_ids = _reversed(session, actor.cooperative_id, {payment.transfer_id for payment in payments})
    shown = invoices_out(session, actor.cooperative_id, [invoice])[0]
    return InvoiceWithPayments(
        **shown.model_dump(),
        payments=[
            PaymentOut(
                **{
                    name: getattr(payment, name)
                    for name in ("id", "invoice_id", "amount_vnd", "method", "paid_on", "note")
                },
                reversed=payment.transfer_id in reversed_ids,
                recorded_at=payment.created_at,
            )
            for payment in payments
        ],
    )


def paid_by_invoice(session: Session, cooperative_id: UUID, invoice_ids: Iterable[UUID]) -> dict[UUID, int]:
    """Return what stands as paid of each invoice: its payments less those taken back."""
    wanted = list(invoice_ids)
    statement = (
        sa.select(col(Payment.invoice_id), sa.func.sum(col(Payment.amount_vnd)))
        .where(
            col(Payment.cooperative_id) == cooperative_id,
            col(Payment.invoice_id).in_(wanted),
            ~_is_reversed(col(Payment.transfer_id), col(Payment.cooperative_id)),
        )
        .group_by(col(Payment.invoice_id))
    )
    paid = {invoice_id: int(amount) for invoice_id, amount in session.execute(statement)}
    return {invoice_id: paid.get(invoice_id, 0) for invoice_id in wanted}


def get_payment(session: Session, cooperative_id: UUID, payment_id: UUID) -> Payment:
    """Return one payment. Raises PaymentNotFound."""
    payment = session.get(Payment, (cooperative_id, payment_id))
    if payment is None:
        raise PaymentNotFound
    return payment


def get_cost(session: Session, cooperative_id: UUID, cost_id: UUID) -> Cost:
    """Return one cost. Raises CostNotFound."""
    cost = session.get(Cost, (cooperative_id, cost_id))
    if cost is None:
        raise CostNotFound
    return cost


def get_transfer(session: Session, cooperative_id: UUID, transfer_id: UUID) -> Transfer:
    """Return an entry of the ledger that a document points to."""
    return session.exec(
        select(Transfer).where(col(Transfer.cooperative_id) == cooperative_id, col(Transfer.id) == transfer_id)
    ).one()


def list_costs(
    session: Session,
    actor: Actor,
    *,
    kind: CostKind | None = None,
    from_day: date | None = None,
    until_day: date | None = None,
    limit: int = 50,
    after: UUID | None = None,
) -> tuple[list[CostOut], UUID | None]:
    """List costs, the latest day first. Raises RoleNeeded."""
    ensure_staff(actor)
    statement = select(Cost).where(col(Cost.cooperative_id) == actor.cooperative_id)
    if kind is not None:
        statement = statement.where(col(Cost.kind) == kind)
    if from_day is not None:
        statement = statement.where(col(Cost.spent_on) >= from_day)
    if until_day is not None:
        statement = statement.where(col(Cost.spent_on) <= until_day)
    if after is not None:
        row = sa.select(Cost).where(col(Cost.cooperative_id) == actor.cooperative_id, col(Cost.id) == after)
        statement = statement.where(precedes(row, col(Cost.spent_on), col(Cost.id)))
    order = (col(Cost.spent_on).desc(), col(Cost.id).desc())
    rows = session.exec(statement.order_by(*order).limit(limit + 1)).all()
    page, last = split_page(rows, limit)
    return costs_out(session, actor.cooperative_id, page), last.id if last else None


def costs_out(session: Session, cooperative_id: UUID, costs: Sequence[Cost]) -> list[CostOut]:
    """Return what the doors show of costs."""
    reversed_ids = _reversed(session, cooperative_id, {cost.transfer_id for cost in costs})
    names = ("id", "kind", "amount_vnd", "method", "spent_on", "note")
    return [
        CostOut(
            **{name: getattr(cost, name) for name in names},
            reversed=cost.transfer_id in reversed_ids,
            recorded_at=cost.created_at,
        )
        for cost in costs
    ]


def debts(session: Session, actor: Actor, *, limit: int | None = None, after: UUID | None = None) -> DebtsOut:
    """List what each farmer owes, the largest debt first, from the balances of the ledger. Raises RoleNeeded.

    Of all farmers, or of so many after one; the total is everybody's.
    """
    ensure_staff(actor)
    statement = select(Account).where(
        col(Account.cooperative_id) == actor.cooperative_id, col(Account.kind) == AccountKind.RECEIVABLE
    )
    accounts = session.exec(statement).all()
    owed = ledger.balances(session, actor.cooperative_id, [account.id for account in accounts])
    farmers = {a.farmer_id: owed[a.id] for a in accounts if a.farmer_id and owed.get(a.id, 0) != 0}
    people = access_queries.names_of(session, actor.cooperative_id, set(farmers))
    unpaid = _open_by_farmer(session, actor.cooperative_id)
    items = [
        DebtOut(
            farmer_id=farmer_id,
            farmer_name=people[farmer_id].name,
            phone=people[farmer_id].phone_e164,
            balance_vnd=balance_vnd,
            open_invoices=unpaid.get(farmer_id, (0, None))[0],
            oldest_on=unpaid.get(farmer_id, (0, None))[1],
        )
        for farmer_id, balance_vnd in farmers.items()
    ]
    items.sort(key=lambda debt: (-debt.balance_vnd, debt.farmer_name, debt.farmer_id))
    total_vnd = sum(debt.balance_vnd for debt in items)
    if after is not None:
        places = [place for place, debt in enumerate(items, start=1) if debt.farmer_id == after]
        items = items[places[0] :] if places else []
    page, last = split_page(items, limit or len(items))
    return DebtsOut(items=page, total_vnd=total_vnd, next=last.farmer_id if last else None)


def list_ledger(session: Session, actor: Actor, wanted: LedgerFilter) -> tuple[list[LedgerEntryOut], UUID | None]:
    """List entries of the ledger, the latest day first. Raises RoleNeeded."""
    ensure_staff(actor)
    keys = _account_keys(session, actor.cooperative_id)
    statement = select(Transfer).where(col(Transfer.cooperative_id) == actor.cooperative_id, *_conditions(wanted, keys))
    if wanted.after is not None:
        row = sa.select(Transfer).where(
            col(Transfer.cooperative_id) == actor.cooperative_id, col(Transfer.id) == wanted.after
        )
        statement = statement.where(precedes(row, col(Transfer.on_day), col(Transfer.id)))
    order = (col(Transfer.on_day).desc(), col(Transfer.id).desc())
    rows = session.exec(statement.order_by(*order).limit(wanted.limit + 1)).all()
    page, last = split_page(rows, wanted.limit)
    reversed_ids = _reversed(session, actor.cooperative_id, {row.id for row in page})
    return [_entry_out(row, keys, row.id in reversed_ids) for row in page], last.id if last else None


def list_balances(session: Session, actor: Actor) -> list[BalanceOut]:
    """List every account with its balance; they add up to zero. Raises RoleNeeded.

    What the farmers owe is one account here, and one for each farmer in `debts`.
    """
    ensure_staff(actor)
    totals = ledger.balances(session, actor.cooperative_id)
    keys = _account_keys(session, actor.cooperative_id)
    shown: dict[str, int] = {}
    for account_id, key in keys.items():
        name = AccountKind.RECEIVABLE.value if account_kind(key) is AccountKind.RECEIVABLE else key
        shown[name] = shown.get(name, 0) + totals.get(account_id, 0)
    return [BalanceOut(account=name, balance_vnd=balance_vnd) for name, balance_vnd in sorted(shown.items())]


def _conditions(wanted: LedgerFilter, keys: dict[UUID, str]) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if wanted.month is not None:
        first = date.fromisoformat(f"{wanted.month}-01")
        following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
        conditions += [col(Transfer.on_day) >= first, col(Transfer.on_day) < following]
    if wanted.from_day is not None:
        conditions.append(col(Transfer.on_day) >= wanted.from_day)
    if wanted.until_day is not None:
        conditions.append(col(Transfer.on_day) <= wanted.until_day)
    if wanted.kind is not None:
        conditions.append(col(Transfer.kind) == wanted.kind)
    if wanted.document_id is not None:
        conditions.append(col(Transfer.document_id) == wanted.document_id)
    for selected in (wanted.account, f"receivable:{wanted.farmer_id}" if wanted.farmer_id else None):
        if selected is not None:
            ids = [account_id for account_id, key in keys.items() if _selects(selected, key)]
            touched = col(Transfer.debit_account_id).in_(ids) | col(Transfer.credit_account_id).in_(ids)
            conditions.append(touched)
    return conditions


def _selects(selected: str, key: str) -> bool:
    families = (AccountKind.CASH.value, AccountKind.BANK.value) if selected == "money" else (selected,)
    return any(key == family or key.startswith(f"{family}:") for family in families)


def _account_keys(session: Session, cooperative_id: UUID) -> dict[UUID, str]:
    accounts = session.exec(select(Account).where(col(Account.cooperative_id) == cooperative_id)).all()
    return {account.id: account.key for account in accounts}


def _entry_out(row: Transfer, keys: dict[UUID, str], is_reversed: bool) -> LedgerEntryOut:
    return LedgerEntryOut(
        id=row.id,
        kind=row.kind,
        on_day=row.on_day,
        debit=keys[row.debit_account_id],
        credit=keys[row.credit_account_id],
        amount_vnd=row.amount_vnd,
        document_id=row.document_id,
        note=row.note,
        reverses_id=row.reverses_id,
        reversed=is_reversed,
        recorded_by_id=row.recorded_by_id,
        recorded_at=row.created_at,
    )


def _invoice_out(invoice: Invoice, paid_vnd: int, farmer_name: str) -> InvoiceOut:
    names = ("id", "number", "job_id", "farmer_id", "service", "area_m2", "lines", "total_vnd", "description")
    return InvoiceOut(
        **{name: getattr(invoice, name) for name in names},
        bill_number=bill_number(invoice.number),
        farmer_name=farmer_name,
        paid_vnd=paid_vnd,
        balance_vnd=invoice.total_vnd - paid_vnd,
        status=status_of(invoice.total_vnd, paid_vnd),
        issued_on=invoice.issued_on,
        issued_at=invoice.issued_at,
    )


def _reversed(session: Session, cooperative_id: UUID, transfer_ids: set[UUID]) -> set[UUID]:
    statement = select(Transfer.reverses_id).where(
        col(Transfer.cooperative_id) == cooperative_id, col(Transfer.reverses_id).in_(transfer_ids)
    )
    return {found for found in session.exec(statement).all() if found}


def _is_reversed(transfer_id: Mapped[UUID], cooperative_id: Mapped[UUID]) -> sa.Exists:
    back = aliased(Transfer)
    return sa.exists().where(col(back.cooperative_id) == cooperative_id, col(back.reverses_id) == transfer_id)


def _paid_of_invoice() -> sa.ScalarSelect[int]:
    return (
        sa.select(sa.func.coalesce(sa.func.sum(col(Payment.amount_vnd)), 0))
        .where(
            col(Payment.cooperative_id) == col(Invoice.cooperative_id),
            col(Payment.invoice_id) == col(Invoice.id),
            ~_is_reversed(col(Payment.transfer_id), col(Payment.cooperative_id)),
        )
        .scalar_subquery()
    )


def _open_by_farmer(session: Session, cooperative_id: UUID) -> dict[UUID, tuple[int, date]]:
    statement = (
        sa.select(col(Invoice.farmer_id), sa.func.count(), sa.func.min(col(Invoice.issued_on)))
        .where(col(Invoice.cooperative_id) == cooperative_id, col(Invoice.total_vnd) > _paid_of_invoice())
        .group_by(col(Invoice.farmer_id))
    )
    return {farmer_id: (int(count), oldest) for farmer_id, count, oldest in session.execute(statement)}
