"""Lists as spreadsheets, in the language of who asks: the whole list behind a page, not one page of it."""

from collections.abc import Iterable, Sequence
from typing import Annotated
from uuid import UUID

from fastapi import Query
from fastapi.responses import Response

from drone_service.access.deps import ActorDep
from drone_service.access.routes import page_router
from drone_service.billing import payments as billing_payments
from drone_service.billing import queries as billing_queries
from drone_service.billing.rules import COST_NAMES, METHOD_NAMES, SERVICE_NAMES, STATUS_NAMES
from drone_service.booking import queries as booking_queries
from drone_service.booking.rules import STATE_NAMES
from drone_service.booking.schemas import JobOut
from drone_service.kit.clock import local_day
from drone_service.kit.db import SessionDep
from drone_service.kit.i18n import N_
from drone_service.kit.paging import MAX_LIMIT, every
from drone_service.kit.phone import show_phone
from drone_service.kit.spreadsheet import MEDIA_TYPE, Column, Look, write_table
from drone_service.web.jobs import SHOWN
from drone_service.web.money import WantedDep
from drone_service.web.pages import Page, PageDep

router = page_router()

DAY, NUMBER = Column(N_("Day"), Look.DAY, 12), Column(N_("Number"), Look.TEXT, 12)
FARMER, PHONE = Column(N_("Farmer"), Look.TEXT, 26), Column(N_("Phone"), Look.TEXT, 16)
WORK, AREA = Column(N_("Work"), Look.TEXT, 20), Column(N_("Hectares"), Look.HUNDREDTHS, 12)
AMOUNT, NOTE = Column(N_("Amount"), Look.WHOLE, 16), Column(N_("Note"), Look.TEXT, 40)
STATE, METHOD = Column(N_("State"), Look.TEXT, 18), Column(N_("How"), Look.TEXT, 18)
TAKEN_BACK = Column(N_("Taken back"), Look.TEXT, 14)


@router.get("/jobs.xlsx")
def export_jobs(
    page: PageDep, session: SessionDep, actor: ActorDep, show: Annotated[str, Query(max_length=20)] = "all"
) -> Response:
    states = SHOWN[show][1] if show in SHOWN else SHOWN["all"][1]

    def fetch(after: UUID | None) -> tuple[list[JobOut], UUID | None]:
        jobs, following = booking_queries.list_jobs(session, actor, states=states, limit=MAX_LIMIT, after=after)
        return booking_queries.jobs_out(session, actor, jobs), following

    columns = (
        Column(N_("Number"), Look.WHOLE, 10), STATE, WORK, FARMER, PHONE, Column(N_("Field"), Look.TEXT, 26), AREA,
        Column(N_("From"), Look.DAY, 12), Column(N_("Until"), Look.DAY, 12), AMOUNT,
        Column(N_("Asked on"), Look.DAY, 14), NOTE,
    )  # fmt: skip
    rows = (
        (
            job.number, page.text(STATE_NAMES[job.state]), page.text(SERVICE_NAMES[job.service]), job.farmer_name,
            show_phone(job.farmer_phone), job.field_name, job.area_m2 / 10_000, job.allowed_from, job.allowed_until,
            job.price_vnd, local_day(job.created_at), job.note,
        )
        for job in every(fetch)
    )  # fmt: skip
    return _workbook(page, N_("Jobs"), "jobs", columns, rows)


@router.get("/invoices.xlsx")
def export_invoices(page: PageDep, session: SessionDep, actor: ActorDep, wanted: WantedDep) -> Response:
    found = every(
        lambda after: billing_queries.list_invoices(
            session, actor, farmer_id=wanted.farmer_id, from_day=wanted.from_day, until_day=wanted.until_day,
            open_only=wanted.open_only, limit=MAX_LIMIT, after=after,
        )
    )  # fmt: skip
    columns = (
        NUMBER, DAY, FARMER, WORK, AREA, AMOUNT, Column(N_("Paid"), Look.WHOLE, 16), Column(N_("Open"), Look.WHOLE, 16),
        STATE,
    )  # fmt: skip
    rows = (
        (
            one.bill_number, one.issued_on, one.farmer_name, page.text(SERVICE_NAMES[one.service]),
            one.area_m2 / 10_000, one.total_vnd, one.paid_vnd, one.balance_vnd, page.text(STATUS_NAMES[one.status]),
        )
        for one in found
    )  # fmt: skip
    return _workbook(page, N_("Invoices"), "invoices", columns, rows)


@router.get("/payments.xlsx")
def export_payments(page: PageDep, session: SessionDep, actor: ActorDep, wanted: WantedDep) -> Response:
    found = every(
        lambda after: billing_payments.list_payments(
            session, actor, from_day=wanted.from_day, until_day=wanted.until_day, limit=MAX_LIMIT, after=after
        )
    )
    columns = (DAY, Column(N_("Invoice"), Look.TEXT, 12), FARMER, AMOUNT, METHOD, TAKEN_BACK, NOTE)
    rows = (
        (
            one.paid_on, one.bill_number, one.farmer_name, one.amount_vnd, page.text(METHOD_NAMES[one.method]),
            page.text(N_("yes")) if one.is_reversed else "", one.note,
        )
        for one in found
    )  # fmt: skip
    return _workbook(page, N_("Payments"), "payments", columns, rows)


@router.get("/costs.xlsx")
def export_costs(page: PageDep, session: SessionDep, actor: ActorDep, wanted: WantedDep) -> Response:
    found = every(
        lambda after: billing_queries.list_costs(
            session, actor, kind=wanted.kind, from_day=wanted.from_day, until_day=wanted.until_day, limit=MAX_LIMIT,
            after=after,
        )
    )  # fmt: skip
    columns = (DAY, Column(N_("What for"), Look.TEXT, 20), AMOUNT, METHOD, TAKEN_BACK, NOTE)
    rows = (
        (
            one.spent_on, page.text(COST_NAMES[one.kind]), one.amount_vnd, page.text(METHOD_NAMES[one.method]),
            page.text(N_("yes")) if one.reversed else "", one.note,
        )
        for one in found
    )  # fmt: skip
    return _workbook(page, N_("Costs"), "costs", columns, rows)


def _workbook(
    page: Page, title: str, name: str, columns: Sequence[Column], rows: Iterable[Sequence[object]]
) -> Response:
    heads = [Column(page.text(column.head), column.look, column.width) for column in columns]
    cut = page.text(N_("The list is longer than this file: choose fewer days."))
    content = write_table(page.text(title), heads, rows, cut=cut)
    headers = {"Content-Disposition": f'attachment; filename="{name}.xlsx"'}
    return Response(content, media_type=MEDIA_TYPE, headers=headers)
