"""The pages of money: invoices and their payments, debts, costs, and the entries under every figure."""

from datetime import date
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Query
from fastapi.responses import Response
from pydantic import BaseModel

from drone_service.access import queries as access_queries
from drone_service.access.deps import ActorDep
from drone_service.access.routes import page_router
from drone_service.access.rules import ensure_owner, ensure_staff
from drone_service.billing import queries as billing_queries
from drone_service.billing import service as billing_service
from drone_service.billing.rules import (
    ACCOUNT_NAMES,
    COST_NAMES,
    METHOD_NAMES,
    SERVICE_NAMES,
    STATUS_NAMES,
    TRANSFER_NAMES,
    CostKind,
    InvoiceStatus,
    account_kind,
)
from drone_service.billing.schemas import CostIn, LedgerFilter, PaymentIn
from drone_service.booking import queries as booking_queries
from drone_service.booking import service as booking_service
from drone_service.engine.operation import Service
from drone_service.kit.clock import NowDep, local_day
from drone_service.kit.db import SessionDep
from drone_service.kit.i18n import N_
from drone_service.web.forms import Bound, FormDep
from drone_service.web.pages import Page, PageDep

router = page_router()

NAMES: dict[str, Any] = {
    "services": SERVICE_NAMES,
    "statuses": STATUS_NAMES,
    "methods": METHOD_NAMES,
    "kinds": COST_NAMES,
    "transfers": TRANSFER_NAMES,
}
TONES = {
    InvoiceStatus.OPEN: ("wait", "clock"),
    InvoiceStatus.PART_PAID: ("busy", "clock"),
    InvoiceStatus.PAID: ("good", "check"),
}


class Wanted(BaseModel):
    """Which part of a list is wanted; days are inclusive."""

    from_day: date | None = None
    until_day: date | None = None
    open_only: bool = False
    farmer_id: UUID | None = None
    kind: CostKind | None = None
    after: UUID | None = None


WantedDep = Annotated[Wanted, Query()]


@router.get("/money")
def show_money(page: PageDep, session: SessionDep, actor: ActorDep, wanted: WantedDep) -> Response:
    ensure_staff(actor)
    invoices, following = billing_queries.list_invoices(
        session,
        actor,
        farmer_id=wanted.farmer_id,
        from_day=wanted.from_day,
        until_day=wanted.until_day,
        open_only=wanted.open_only,
        after=wanted.after,
    )
    debts = billing_queries.debts(session, actor)
    return page.render(
        "owner/money.html",
        invoices=invoices,
        next=following,
        wanted=wanted,
        owed_vnd=debts.total_vnd,
        tones=TONES,
        **NAMES,
    )


@router.get("/debts")
def show_debts(page: PageDep, session: SessionDep, actor: ActorDep) -> Response:
    return page.render("owner/debts.html", debts=billing_queries.debts(session, actor))


@router.get("/invoices/{invoice_id}")
def show_invoice(invoice_id: UUID, page: PageDep, session: SessionDep, actor: ActorDep, now: NowDep) -> Response:
    invoice = billing_queries.get_invoice(session, actor, invoice_id)
    paid_vnd = billing_queries.paid_by_invoice(session, actor.cooperative_id, [invoice.id])[invoice.id]
    form = page.blank(PaymentIn, amount_vnd=invoice.total_vnd - paid_vnd, paid_on=local_day(now), method="cash")
    return _invoice(page, session, invoice_id, form, 200)


@router.post("/invoices/{invoice_id}/payments")
def record_payment(
    invoice_id: UUID, page: PageDep, form: FormDep, session: SessionDep, actor: ActorDep, now: NowDep
) -> Response:
    bound = page.bind(PaymentIn, form)
    with bound.catching(session):
        booking_service.record_payment(session, actor=actor, invoice_id=invoice_id, data=bound.value, now=now)
        return page.redirect(f"/invoices/{invoice_id}", message=N_("The payment is recorded."))
    return _invoice(page, session, invoice_id, bound, bound.status)


@router.post("/payments/{payment_id}/reverse")
def reverse_payment(payment_id: UUID, page: PageDep, session: SessionDep, actor: ActorDep, now: NowDep) -> Response:
    invoice = booking_service.reverse_payment(session, actor=actor, payment_id=payment_id, now=now)
    return page.redirect(f"/invoices/{invoice.id}", message=N_("The payment is taken back. Both entries stay."))


def _invoice(page: Page, session: SessionDep, invoice_id: UUID, form: Bound[PaymentIn], status: int) -> Response:
    invoice = billing_queries.invoice_with_payments(session, page.signed_in, invoice_id)
    job = booking_queries.find_job(session, page.signed_in, invoice.job_id)
    return page.render(
        "owner/invoice.html",
        status=status,
        invoice=invoice,
        quote=job.quote if job else None,
        form=form,
        tones=TONES,
        **NAMES,
    )


@router.get("/costs")
def show_costs(page: PageDep, session: SessionDep, actor: ActorDep, now: NowDep, wanted: WantedDep) -> Response:
    ensure_staff(actor)
    form = page.blank(CostIn, spent_on=local_day(now), method="cash", kind="fuel")
    return _costs(page, session, form, wanted, 200)


@router.post("/costs")
def record_cost(page: PageDep, form: FormDep, session: SessionDep, actor: ActorDep, now: NowDep) -> Response:
    bound = page.bind(CostIn, form)
    with bound.catching(session):
        cost = billing_service.record_cost(session, actor=actor, data=bound.value, now=now)
        return page.redirect("/costs", message=N_("The cost is saved."), undo=f"/costs/{cost.id}/reverse")
    return _costs(page, session, bound, Wanted(), bound.status)


@router.post("/costs/{cost_id}/reverse")
def reverse_cost(cost_id: UUID, page: PageDep, session: SessionDep, actor: ActorDep, now: NowDep) -> Response:
    billing_service.reverse_cost(session, actor=actor, cost_id=cost_id, now=now)
    return page.redirect("/costs", message=N_("The cost is taken back. Both entries stay in the ledger."))


def _costs(page: Page, session: SessionDep, form: Bound[CostIn], wanted: Wanted, status: int) -> Response:
    costs, following = billing_queries.list_costs(
        session,
        page.signed_in,
        kind=wanted.kind,
        from_day=wanted.from_day,
        until_day=wanted.until_day,
        after=wanted.after,
    )
    return page.render(
        "owner/costs.html", status=status, form=form, costs=costs, next=following, wanted=wanted, **NAMES
    )


@router.get("/ledger")
def show_ledger(
    page: PageDep,
    session: SessionDep,
    actor: ActorDep,
    wanted: Annotated[LedgerFilter, Query()],
) -> Response:
    ensure_owner(actor)
    entries, following = billing_queries.list_ledger(session, actor, wanted)
    keys = {key for entry in entries for key in (entry.debit, entry.credit)}
    names = _account_names(page, session, keys)
    here = "/ledger?" + urlencode(wanted.model_dump(mode="json", exclude_none=True, exclude={"after"}))
    return page.render("owner/ledger.html", entries=entries, next=following, here=here, names=names, **NAMES)


def _account_names(page: Page, session: SessionDep, keys: set[str]) -> dict[str, str]:
    owners = {UUID(key.partition(":")[2]) for key in keys if key.startswith("receivable:")}
    people = access_queries.names_of(session, page.ours.id, owners)
    details = {f"cost:{kind.value}": page.text(name) for kind, name in COST_NAMES.items()}
    details |= {f"revenue:{service.value}": page.text(SERVICE_NAMES[service]) for service in Service}
    details |= {f"receivable:{person_id}": person.name for person_id, person in people.items()}
    return {
        key: f"{page.text(ACCOUNT_NAMES[account_kind(key)])}: {details[key]}"
        if key in details
        else page.text(ACCOUNT_NAMES[account_kind(key)])
        for key in keys
    }
