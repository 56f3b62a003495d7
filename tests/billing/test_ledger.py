"""The ledger: balanced, never changed, corrected by reversal. On both engines."""

from datetime import date, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from drone_service.billing import ledger, queries, service
from drone_service.billing.models import Invoice
from drone_service.billing.rules import AlreadyInvoiced, AlreadyReversed, PaidTooMuch, PayMethod
from drone_service.billing.schemas import LedgerFilter, PaymentIn
from tests.billing.rows import make_cost, make_invoice
from tests.people import People

CHANGES = (
    "UPDATE transfers SET amount_vnd = 1 WHERE cooperative_id IS NOT NULL",
    "DELETE FROM transfers WHERE cooperative_id IS NOT NULL",
)


def pay(session: Session, people: People, invoice: Invoice, amount_vnd: int, now: datetime) -> bool:
    data = PaymentIn(amount_vnd=amount_vnd, method=PayMethod.TRANSFER, paid_on=date(2026, 3, 10))
    return service.record_payment(session, actor=people.operator.actor, invoice_id=invoice.id, data=data, now=now)[1]


def balances(session: Session, people: People) -> dict[str, int]:
    return {row.account: row.balance_vnd for row in queries.list_balances(session, people.owner.actor)}


def test_every_step_by_hand(session: Session, people: People, now: datetime) -> None:
    invoice = make_invoice(session, people, now)
    assert not pay(session, people, invoice, 80_000, now)
    make_cost(session, people, now, 50_000)
    expected = {"receivable": 100_000, "bank": 80_000, "cash": -50_000, "cost:fuel": 50_000, "revenue:spray": -180_000}
    assert balances(session, people) == expected
    assert sum(expected.values()) == 0
    owed = {debt.farmer_id: debt.balance_vnd for debt in queries.debts(session, people.owner.actor).items}
    assert owed == {people.farmer.id: 100_000}
    assert pay(session, people, invoice, 100_000, now)
    assert balances(session, people)["receivable"] == 0


def test_more_than_is_owed_is_refused(session: Session, people: People, now: datetime) -> None:
    invoice = make_invoice(session, people, now)
    pay(session, people, invoice, 180_000, now)
    with pytest.raises(PaidTooMuch):
        pay(session, people, invoice, 1, now)


def test_a_payment_taken_back_is_owed_again_and_only_once(session: Session, people: People, now: datetime) -> None:
    invoice = make_invoice(session, people, now)
    pay(session, people, invoice, 180_000, now)
    payment = queries.invoice_with_payments(session, people.owner.actor, invoice.id).payments[0]
    service.reverse_payment(session, actor=people.owner.actor, payment_id=payment.id, now=now)
    shown = queries.invoice_with_payments(session, people.owner.actor, invoice.id)
    assert (shown.balance_vnd, shown.payments[0].reversed) == (180_000, True)
    with pytest.raises(AlreadyReversed), session.begin_nested():
        service.reverse_payment(session, actor=people.owner.actor, payment_id=payment.id, now=now)


def test_numbers_have_no_gaps_and_a_job_is_billed_once(session: Session, people: People, now: datetime) -> None:
    first, second = make_invoice(session, people, now), make_invoice(session, people, now)
    assert (first.number, second.number) == (1, 2)
    with pytest.raises(AlreadyInvoiced), session.begin_nested():
        service.issue_invoice(
            session,
            actor=people.operator.actor,
            job_id=first.job_id,
            farmer_id=people.farmer.id,
            service=first.service,
            area_m2=1.0,
            price_id=first.price_id,
            on=date(2026, 3, 10),
            description="",
            now=now,
        )
    assert make_invoice(session, people, now).number == 3


@pytest.mark.parametrize("statement", CHANGES)
def test_the_database_refuses_changes(session: Session, people: People, now: datetime, statement: str) -> None:
    make_cost(session, people, now)
    session.flush()
    with pytest.raises(IntegrityError, match="append-only"), session.begin_nested():
        session.execute(sa.text(statement))


@pytest.mark.parametrize("statement", CHANGES)
def test_without_the_guard_it_would_not(session: Session, people: People, now: datetime, statement: str) -> None:
    make_cost(session, people, now)
    session.flush()
    with session.begin_nested() as savepoint:
        session.execute(sa.text("DELETE FROM costs WHERE cooperative_id IS NOT NULL"))
        if session.get_bind().dialect.name == "postgresql":
            session.execute(sa.text("ALTER TABLE transfers DISABLE TRIGGER USER"))
        else:
            for action in ("update", "delete"):
                session.execute(sa.text(f"DROP TRIGGER forbid_{action}_transfers"))
        assert session.execute(sa.text(statement)).rowcount == 1  # type: ignore[attr-defined]
        savepoint.rollback()


def test_entries_are_found_by_what_a_figure_was_made_of(session: Session, people: People, now: datetime) -> None:
    invoice = make_invoice(session, people, now)
    cost = make_cost(session, people, now)

    def found(**wanted: object) -> list[int]:
        entries, _ = queries.list_ledger(session, people.owner.actor, LedgerFilter.model_validate(wanted))
        return sorted(entry.amount_vnd for entry in entries)

    assert found(month="2026-03") == [50_000, 180_000]
    assert found(month="2026-02") == []
    assert found(account="cost") == found(account="cost:fuel") == found(account="money") == [50_000]
    assert found(farmer_id=people.farmer.id) == found(document_id=invoice.id) == [180_000]
    assert found(from_day="2026-03-10", kind="invoice") == [180_000]
    assert found(until_day="2026-03-09", document_id=cost.id) == [50_000]


def test_balances_of_chosen_accounts_only(session: Session, people: People, now: datetime) -> None:
    make_cost(session, people, now)
    assert ledger.balances(session, people.cooperative.id, []) == {}
    assert ledger.balances(session, people.elsewhere.id) == {}
