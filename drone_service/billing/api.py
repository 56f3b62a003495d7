"""Prices, invoices, debts, costs and the ledger under `/api/v1`. Payments are taken by booking, which moves the job."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from drone_service.access.deps import ActorDep
from drone_service.access.routes import api_router
from drone_service.billing import paying, queries, service
from drone_service.billing.models import Cost
from drone_service.billing.rules import CostKind
from drone_service.billing.schemas import (
    BalanceOut,
    CostIn,
    CostOut,
    DebtsOut,
    InvoiceOut,
    InvoiceWithPayments,
    LedgerEntryOut,
    LedgerFilter,
    PriceIn,
    PriceOut,
)
from drone_service.engine.operation import Service
from drone_service.kit.clock import LocalDate, NowDep
from drone_service.kit.db import SessionDep
from drone_service.kit.paging import AfterQuery, LimitQuery, Page, split_page

router = api_router(tag="billing")


class SvgResponse(Response):
    """A picture that pages and print use as it is."""

    media_type = "image/svg+xml"


@router.get("/prices")
def list_prices(
    session: SessionDep,
    actor: ActorDep,
    service: Service | None = None,
    limit: LimitQuery = 50,
    after: AfterQuery = None,
) -> Page[PriceOut]:
    """List the prices, the newest start first."""
    rows = queries.list_prices(session, actor.cooperative_id, service, limit=limit + 1, after=after)
    prices, last = split_page(rows, limit)
    return Page(items=[PriceOut.model_validate(price) for price in prices], next=last.id if last else None)


@router.post("/prices", status_code=201)
def add_price(data: PriceIn, session: SessionDep, actor: ActorDep, now: NowDep) -> PriceOut:
    """Set what a service costs from a day on. Owners only."""
    return PriceOut.model_validate(service.add_price(session, actor=actor, data=data, now=now))


@router.get("/invoices")
def list_invoices(
    session: SessionDep,
    actor: ActorDep,
    farmer_id: UUID | None = None,
    from_day: LocalDate | None = None,
    until_day: LocalDate | None = None,
    open_only: bool = False,
    limit: LimitQuery = 50,
    after: AfterQuery = None,
) -> Page[InvoiceOut]:
    """List invoices, newest first; days are inclusive."""
    items, following = queries.list_invoices(
        session,
        actor,
        farmer_id=farmer_id,
        from_day=from_day,
        until_day=until_day,
        open_only=open_only,
        limit=limit,
        after=after,
    )
    return Page(items=items, next=following)


@router.get("/invoices/{invoice_id}")
def get_invoice(invoice_id: UUID, session: SessionDep, actor: ActorDep) -> InvoiceWithPayments:
    """Return one invoice with its payments."""
    return queries.invoice_with_payments(session, actor, invoice_id)


@router.get("/invoices/{invoice_id}/qr.svg", response_class=SvgResponse)
def get_qr(invoice_id: UUID, session: SessionDep, actor: ActorDep) -> Response:
    """Return the VietQR code that pays what is open of an invoice."""
    return SvgResponse(paying.qr_of_invoice(session, actor, invoice_id))


@router.get("/debts")
def list_debts(session: SessionDep, actor: ActorDep, limit: LimitQuery = 50, after: AfterQuery = None) -> DebtsOut:
    """List what each farmer owes, the largest debt first."""
    return queries.debts(session, actor, limit=limit, after=after)


@router.get("/costs")
def list_costs(
    session: SessionDep,
    actor: ActorDep,
    kind: CostKind | None = None,
    from_day: LocalDate | None = None,
    until_day: LocalDate | None = None,
    limit: LimitQuery = 50,
    after: AfterQuery = None,
) -> Page[CostOut]:
    """List costs, newest first; days are inclusive."""
    items, following = queries.list_costs(
        session, actor, kind=kind, from_day=from_day, until_day=until_day, limit=limit, after=after
    )
    return Page(items=items, next=following)


@router.post("/costs", status_code=201)
def record_cost(data: CostIn, session: SessionDep, actor: ActorDep, now: NowDep) -> CostOut:
    """Write down money spent."""
    return _cost(session, service.record_cost(session, actor=actor, data=data, now=now))


@router.post("/costs/{cost_id}/reverse")
def reverse_cost(cost_id: UUID, session: SessionDep, actor: ActorDep, now: NowDep) -> CostOut:
    """Take a cost back."""
    return _cost(session, service.reverse_cost(session, actor=actor, cost_id=cost_id, now=now))


@router.get("/ledger")
def list_ledger(
    session: SessionDep,
    actor: ActorDep,
    wanted: Annotated[LedgerFilter, Query()],
) -> Page[LedgerEntryOut]:
    """List entries of the ledger, newest first."""
    items, following = queries.list_ledger(session, actor, wanted)
    return Page(items=items, next=following)


@router.get("/balances")
def list_balances(session: SessionDep, actor: ActorDep) -> list[BalanceOut]:
    """List every account with its balance; they add up to zero. What farmers owe is one account here."""
    return queries.list_balances(session, actor)


def _cost(session: SessionDep, cost: Cost) -> CostOut:
    return queries.costs_out(session, cost.cooperative_id, [cost])[0]
