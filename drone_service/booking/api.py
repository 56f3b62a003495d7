"""Quotes, jobs and payments under `/api/v1`."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from drone_service.access.deps import ActorDep, look_ahead
from drone_service.access.routes import api_router
from drone_service.billing import queries as billing_queries
from drone_service.billing.schemas import InvoiceWithPayments, PaymentIn
from drone_service.booking import adjoining, blocking, blocks, queries, service
from drone_service.booking import flight as flights
from drone_service.booking.models import Job
from drone_service.booking.quoting import flight_of
from drone_service.booking.rules import Event, State
from drone_service.booking.schemas import BlockIn, BlockOut, BlockProposal, JobIn, JobOut, MoveOut, QuoteOut, Reason
from drone_service.kit.clock import NowDep
from drone_service.kit.db import SessionDep
from drone_service.kit.etag import IfMatchDep, send_etag
from drone_service.kit.paging import AfterQuery, LimitQuery, Page
from drone_service.planning import blocks as planning_blocks
from drone_service.planning import exporting
from drone_service.planning import service as planning_service
from drone_service.planning.exporting import EXPORT_RESPONSES, ExportResponse, FlightQuery, FormatQuery


def plan_ahead(data: JobIn, request: Request, now: NowDep) -> None:
    """Plan the flight before the transaction begins: planned under the lock it would hold up everybody who writes."""
    flight = look_ahead(request, now, lambda session, actor: flight_of(session, actor, data))
    if flight is not None:
        planning_service.plan_ahead(flight)


def plan_block_ahead(data: BlockIn, request: Request, now: NowDep) -> None:
    """The same for a block and each of its fields."""
    flights = look_ahead(request, now, lambda session, actor: blocking.flights_of(session, actor, data))
    if flights is not None:
        planning_blocks.plan_block_ahead(flights)


router = api_router(tag="booking")
block_router = api_router(tag="booking", ahead=plan_block_ahead)
planned_router = api_router(tag="booking", ahead=plan_ahead)


@planned_router.post("/quotes")
def quote(data: JobIn, session: SessionDep, actor: ActorDep, now: NowDep) -> QuoteOut:
    """Say what a job would take and cost. Nothing is stored."""
    quoted = service.quote(session, actor=actor, data=data, now=now)
    return QuoteOut(field_id=data.field_id, service=data.service, quote=quoted.quote)


@planned_router.post("/jobs", status_code=201)
def request_job(data: JobIn, session: SessionDep, actor: ActorDep, now: NowDep, response: Response) -> JobOut:
    """Ask for a job."""
    job = service.request_job(session, actor=actor, data=data, now=now)
    response.headers["Location"] = f"/api/v1/jobs/{job.id}"
    send_etag(response, job)
    return queries.job_out(session, actor, job)


@router.get("/jobs")
def list_jobs(
    session: SessionDep,
    actor: ActorDep,
    state: Annotated[list[State] | None, Query(max_length=10)] = None,
    farmer_id: UUID | None = None,
    field_id: UUID | None = None,
    limit: LimitQuery = 50,
    after: AfterQuery = None,
) -> Page[JobOut]:
    """List jobs, newest first."""
    jobs, following = queries.list_jobs(
        session, actor, states=state or (), farmer_id=farmer_id, field_id=field_id, limit=limit, after=after
    )
    return Page(items=queries.jobs_out(session, actor, jobs), next=following)


@router.get("/jobs/{job_id}")
def get_job(job_id: UUID, session: SessionDep, actor: ActorDep, response: Response) -> JobOut:
    """Return one job."""
    job = queries.get_job(session, actor, job_id)
    send_etag(response, job)
    return queries.job_out(session, actor, job)


@planned_router.put("/jobs/{job_id}")
def edit_job(
    job_id: UUID,
    data: JobIn,
    session: SessionDep,
    actor: ActorDep,
    version: IfMatchDep,
    now: NowDep,
    response: Response,
) -> JobOut:
    """Change a request that is not confirmed yet."""
    job = service.edit_job(session, actor=actor, job_id=job_id, data=data, expected_version=version, now=now)
    send_etag(response, job)
    return queries.job_out(session, actor, job)


@router.get("/jobs/{job_id}/history")
def list_moves(
    job_id: UUID, session: SessionDep, actor: ActorDep, limit: LimitQuery = 50, after: AfterQuery = None
) -> Page[MoveOut]:
    """List who did what to a job, and when, oldest first."""
    items, following = queries.list_moves(session, actor, job_id, limit=limit, after=after)
    return Page(items=items, next=following)


@router.get("/jobs/{job_id}/flight-plan/export", response_class=ExportResponse, responses=EXPORT_RESPONSES)
def export_flight_of_job(
    job_id: UUID, session: SessionDep, actor: ActorDep, output: FormatQuery, flight: FlightQuery = None
) -> Response:
    """Return the flight of a job, or one flight of several, as a file for another program."""
    return exporting.export(flights.flight_of_job(session, actor, job_id), output, flight)


@router.post("/jobs/{job_id}/confirm")
def confirm_job(job_id: UUID, session: SessionDep, actor: ActorDep, now: NowDep, response: Response) -> JobOut:
    """Confirm a request; its quote is frozen."""
    return _moved(
        session, actor, service.move(session, actor=actor, job_id=job_id, event=Event.CONFIRM, now=now), response
    )


@router.post("/jobs/{job_id}/refuse")
def refuse_job(
    job_id: UUID, data: Reason, session: SessionDep, actor: ActorDep, now: NowDep, response: Response
) -> JobOut:
    """Refuse a request, with the reason."""
    job = service.move(session, actor=actor, job_id=job_id, event=Event.REFUSE, reason=data.reason, now=now)
    return _moved(session, actor, job, response)


@router.post("/jobs/{job_id}/cancel")
def cancel_job(
    job_id: UUID, data: Reason, session: SessionDep, actor: ActorDep, now: NowDep, response: Response
) -> JobOut:
    """Cancel a job that has not begun, with the reason."""
    job = service.move(session, actor=actor, job_id=job_id, event=Event.CANCEL, reason=data.reason, now=now)
    return _moved(session, actor, job, response)


@router.post("/jobs/{job_id}/reinstate")
def reinstate_job(job_id: UUID, session: SessionDep, actor: ActorDep, now: NowDep, response: Response) -> JobOut:
    """Take a cancellation back; the job is a request again."""
    job = service.move(session, actor=actor, job_id=job_id, event=Event.REINSTATE, now=now)
    return _moved(session, actor, job, response)


@router.get("/block-proposals")
def list_proposals(session: SessionDep, actor: ActorDep) -> list[BlockProposal]:
    """List waiting jobs that could be flown as one."""
    return adjoining.list_proposals(session, actor)


@block_router.post("/blocks", status_code=201)
def make_block(data: BlockIn, session: SessionDep, actor: ActorDep, now: NowDep, response: Response) -> BlockOut:
    """Fly waiting jobs as one: what falls to each owner, the saving, and the plan are stored."""
    block = blocking.make_block(session, actor=actor, data=data, now=now)
    response.headers["Location"] = f"/api/v1/blocks/{block.id}"
    return blocks.block_out(session, actor, block)


@router.get("/blocks")
def list_blocks(session: SessionDep, actor: ActorDep) -> list[BlockOut]:
    """List the blocks that still have work to come, newest first."""
    return blocks.list_blocks(session, actor)


@router.get("/blocks/{block_id}")
def get_block(block_id: UUID, session: SessionDep, actor: ActorDep) -> BlockOut:
    """Return a block."""
    return blocks.block_out(session, actor, blocks.get_block(session, actor, block_id))


@router.get("/blocks/{block_id}/flight-plan/export", response_class=ExportResponse, responses=EXPORT_RESPONSES)
def export_flight_of_block(
    block_id: UUID, session: SessionDep, actor: ActorDep, output: FormatQuery, flight: FlightQuery = None
) -> Response:
    """Return the flight of a block, or one flight of several, as a file for another program."""
    return exporting.export(blocks.flown(blocks.get_block(session, actor, block_id)), output, flight)


@router.delete("/blocks/{block_id}", status_code=204)
def dissolve_block(block_id: UUID, session: SessionDep, actor: ActorDep) -> None:
    """Take a block apart: its jobs are flown one by one again."""
    blocking.dissolve_block(session, actor=actor, block_id=block_id)


@router.post("/invoices/{invoice_id}/payments", status_code=201)
def record_payment(
    invoice_id: UUID, data: PaymentIn, session: SessionDep, actor: ActorDep, now: NowDep
) -> InvoiceWithPayments:
    """Record money received for an invoice."""
    service.record_payment(session, actor=actor, invoice_id=invoice_id, data=data, now=now)
    return billing_queries.invoice_with_payments(session, actor, invoice_id)


@router.post("/payments/{payment_id}/reverse")
def reverse_payment(payment_id: UUID, session: SessionDep, actor: ActorDep, now: NowDep) -> InvoiceWithPayments:
    """Take a payment back."""
    invoice = service.reverse_payment(session, actor=actor, payment_id=payment_id, now=now)
    return billing_queries.invoice_with_payments(session, actor, invoice.id)


def _moved(session: SessionDep, actor: ActorDep, job: Job, response: Response) -> JobOut:
    send_etag(response, job)
    return queries.job_out(session, actor, job)
