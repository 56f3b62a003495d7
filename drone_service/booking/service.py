"""Asking for a job, moving it through its life, and taking its money."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col

from drone_service.access import queries as access_queries
from drone_service.access.rules import Actor, ensure_may_act_for, ensure_staff
from drone_service.billing import service as billing_service
from drone_service.billing.models import Invoice
from drone_service.billing.schemas import PaymentIn
from drone_service.booking import blocking, blocks, queries
from drone_service.booking.flight import store_flight
from drone_service.booking.models import Job, JobCounter, JobMove, JobProduct
from drone_service.booking.quoting import Quoted, quote_job
from drone_service.booking.rules import (
    Event,
    Quote,
    State,
    Window,
    ensure_may,
    ensure_not_overlapping,
    ensure_reason,
    ensure_window,
    next_state,
    wash_group,
)
from drone_service.booking.schemas import JobIn
from drone_service.farms import queries as farms_queries
from drone_service.farms.models import Field
from drone_service.farms.rules import FieldArchived
from drone_service.kit import tasks
from drone_service.kit.clock import local_day
from drone_service.kit.etag import ensure_version
from drone_service.kit.i18n import format_area, format_vnd
from drone_service.notify import service as notify_service
from drone_service.notify.rules import MessageKind

LEAVE_PLACE = "scheduling.leave_place"
"""The task by which the schedule, which stands above, hears that a job with a place was cancelled."""
_TOLD = {
    Event.CONFIRM: MessageKind.JOB_CONFIRMED,
    Event.REFUSE: MessageKind.JOB_REFUSED,
    Event.CANCEL: MessageKind.JOB_CANCELLED,
}


def quote(session: Session, *, actor: Actor, data: JobIn, now: datetime) -> Quoted:
    """Say what a job would take and cost, and store nothing. Refused for the same reasons as a request."""
    field = _bookable_field(session, actor, data.field_id)
    _ensure_days(session, actor, data, now)
    return quote_job(session, actor, field, data, now)


def request_job(session: Session, *, actor: Actor, data: JobIn, now: datetime) -> Job:
    """Ask for a job for one's own field, or for a farmer by those who book for others.

    Locks the field, so that two requests at the same moment cannot both pass the check for overlaps. Raises
    FieldNotFound, WindowInvalid, PhiPastHarvest, OverlappingRequest and what `quote` raises.
    """
    field = _bookable_field(session, actor, data.field_id, locked=True)
    _ensure_days(session, actor, data, now)
    quoted = quote_job(session, actor, field, data, now)
    job = Job(
        cooperative_id=actor.cooperative_id,
        number=_next_number(session, actor.cooperative_id),
        field_id=field.id,
        farmer_id=field.farmer_id,
        requested_by_id=actor.person_id,
        created_at=now,
        **_wanted(field, data, quoted.quote),
    )
    session.add(job)
    session.flush()
    _add_products(session, job, quoted.quote)
    store_flight(session, job, quoted.estimate, now)
    _record(session, actor, job, Event.REQUEST, None, "", now)
    _tell(session, job, field, MessageKind.JOB_REQUESTED, now=now)
    return job


def edit_job(session: Session, *, actor: Actor, job_id: UUID, data: JobIn, expected_version: int, now: datetime) -> Job:
    """Change a request that is not confirmed yet, with a new quote. Raises MoveNotAllowed, PreconditionFailed."""
    job = blocking.hold_with_block(session, actor, job_id)
    ensure_version(job, expected_version)
    ensure_may(actor, Event.EDIT, job.farmer_id)
    next_state(job.state, Event.EDIT)
    field = _bookable_field(session, actor, data.field_id, locked=True)
    ensure_may_act_for(actor, field.farmer_id)
    _ensure_days(session, actor, data, now, besides=job.id)
    quoted = quote_job(session, actor, field, data, now)
    job.field_id, job.farmer_id = field.id, field.farmer_id
    for name, value in _wanted(field, data, quoted.quote).items():
        setattr(job, name, value)
    session.flush()
    blocking.dissolve_of(session, job)
    _drop_products(session, job)
    _add_products(session, job, quoted.quote)
    store_flight(session, job, quoted.estimate, now)
    _record(session, actor, job, Event.EDIT, State.REQUESTED, "", now)
    return job


def move(session: Session, *, actor: Actor, job_id: UUID, event: Event, reason: str = "", now: datetime) -> Job:
    """Move a job to its next state: the only way there is. Locks the job and writes its history.

    Confirming freezes the quote. Raises JobNotFound, RoleNeeded, MoveNotAllowed, ReasonNeeded.
    """
    ends = event in (Event.CANCEL, Event.REFUSE)
    job = (blocking.hold_with_block if ends else queries.get_for_update)(session, actor, job_id)
    ensure_may(actor, event, job.farmer_id)
    before, after = job.state, next_state(job.state, event)
    ensure_reason(event, reason)
    if event is Event.REINSTATE:
        _ensure_still_free(session, job, now)
    if ends:
        blocking.dissolve_of(session, job)
    job.state = after
    if event is Event.CONFIRM:
        job.quote = job.quote.model_copy(update={"frozen_at": now})
    session.flush()
    _record(session, actor, job, event, before, reason, now)
    if event is Event.CANCEL and before is State.SCHEDULED:
        ids = {"cooperative_id": job.cooperative_id, "job_id": job.id, "actor_id": actor.person_id}
        tasks.enqueue(session, LEAVE_PLACE, **ids)
    if event in _TOLD:
        field = farms_queries.get_field(session, actor, job.field_id)
        _tell(session, job, field, _TOLD[event], now=now, reason=reason)
    return job


def reschedule(session: Session, *, actor: Actor, jobs: Sequence[Job], event: Event, now: datetime) -> None:
    """Move jobs that the caller holds by SCHEDULE or UNSCHEDULE: the schedule tells of its own changes.

    Raises RoleNeeded, MoveNotAllowed.
    """
    for job in jobs:
        ensure_may(actor, event, job.farmer_id)
        before, job.state = job.state, next_state(job.state, event)
        session.add(_step(actor, job, event, before, "", now))
    session.flush()


def invoice(session: Session, *, actor: Actor, job_id: UUID, area_m2: float, now: datetime) -> Invoice:
    """Bill what was done of a job at the frozen price, less its part of what its block saved, and move it on.

    Raises MoveNotAllowed, NothingToBill.
    """
    ensure_staff(actor)
    job = queries.get_for_update(session, actor, job_id)
    next_state(job.state, Event.INVOICE)
    field = farms_queries.get_field(session, actor, job.field_id)
    issued = billing_service.issue_invoice(
        session,
        actor=actor,
        job_id=job.id,
        farmer_id=job.farmer_id,
        service=job.service,
        area_m2=area_m2,
        price_id=job.quote.price_id,
        on=local_day(now),
        description=field.name,
        off_vnd=blocks.rebate_vnd(session, job, area_m2),
        now=now,
    )
    move(session, actor=actor, job_id=job.id, event=Event.INVOICE, now=now)
    # What was really done and what it costs, which may be less than what was agreed.
    _tell(session, job, field, MessageKind.JOB_DONE, now=now, area_m2=issued.area_m2, price_vnd=issued.total_vnd)
    return issued


def record_payment(session: Session, *, actor: Actor, invoice_id: UUID, data: PaymentIn, now: datetime) -> Invoice:
    """Take money for an invoice; the payment that settles it moves the job to paid."""
    paid, settled = billing_service.record_payment(session, actor=actor, invoice_id=invoice_id, data=data, now=now)
    if settled:
        move(session, actor=actor, job_id=paid.job_id, event=Event.PAY, now=now)
    return paid


def reverse_payment(session: Session, *, actor: Actor, payment_id: UUID, now: datetime) -> Invoice:
    """Take a payment back by a reversal in the ledger; a job that was paid is owed again."""
    owed = billing_service.reverse_payment(session, actor=actor, payment_id=payment_id, now=now)
    if queries.get_job(session, actor, owed.job_id).state is State.PAID:
        move(session, actor=actor, job_id=owed.job_id, event=Event.REVERSE_PAYMENT, now=now)
    return owed


def _bookable_field(session: Session, actor: Actor, field_id: UUID, *, locked: bool = False) -> Field:
    field = farms_queries.get_field(session, actor, field_id, locked=locked)
    if field.archived_at is not None:
        raise FieldArchived
    return field


def _ensure_days(session: Session, actor: Actor, data: JobIn, now: datetime, *, besides: UUID | None = None) -> None:
    window = Window(data.allowed_from, data.allowed_until, frozenset(data.half_days))
    ensure_window(window, local_day(now))
    others = queries.list_open_work(session, actor.cooperative_id, data.field_id, data.service, besides=besides)
    ensure_not_overlapping(window, frozenset(product.product_id for product in data.products), others)


def _ensure_still_free(session: Session, job: Job, now: datetime) -> None:
    window = queries.window_of(job)
    ensure_window(Window(max(window.first, local_day(now)), window.last, window.halves), local_day(now))
    others = queries.list_open_work(session, job.cooperative_id, job.field_id, job.service, besides=job.id)
    ensure_not_overlapping(window, frozenset(product.product_id for product in job.quote.products), others)


def _wanted(field: Field, data: JobIn, quoted: Quote) -> dict[str, Any]:
    place = field.outline.representative_point()
    return {
        "service": data.service,
        "rate_per_ha": quoted.rate_per_ha,
        "allowed_from": data.allowed_from,
        "allowed_until": data.allowed_until,
        "half_days": sorted(data.half_days),
        "planned_harvest_on": data.planned_harvest_on or field.harvest_on,
        "note": data.note,
        "quote": quoted,
        "area_m2": quoted.area_m2,
        "price_vnd": quoted.total_vnd,
        "service_s": round(quoted.service_s),
        "wash_group": wash_group(product.group for product in quoted.products),
        "lon": place.x,
        "lat": place.y,
    }


def _drop_products(session: Session, job: Job) -> None:
    session.execute(
        sa.delete(JobProduct).where(
            col(JobProduct.cooperative_id) == job.cooperative_id, col(JobProduct.job_id) == job.id
        )
    )


def _add_products(session: Session, job: Job, quoted: Quote) -> None:
    for product in quoted.products:
        session.add(
            JobProduct(
                cooperative_id=job.cooperative_id,
                job_id=job.id,
                product_id=product.product_id,
                dose_per_ha=product.dose_per_ha,
                unit=product.unit,
            )
        )
    session.flush()


def _next_number(session: Session, cooperative_id: UUID) -> int:
    statement = (
        sa.update(JobCounter)
        .where(col(JobCounter.cooperative_id) == cooperative_id)
        .values(last_number=col(JobCounter.last_number) + 1)
        .returning(col(JobCounter.last_number))
    )
    number = session.execute(statement).scalar_one_or_none()
    if number is None:
        # The first job: the tenant's own row stands in for the counter that does not exist yet.
        access_queries.lock_cooperative(session, cooperative_id)
        number = session.execute(statement).scalar_one_or_none()
    if number is None:
        session.add(JobCounter(cooperative_id=cooperative_id, last_number=1))
        session.flush()
        return 1
    return int(number)


def _record(
    session: Session, actor: Actor, job: Job, event: Event, before: State | None, reason: str, now: datetime
) -> None:
    session.add(_step(actor, job, event, before, reason, now))
    session.flush()


def _step(actor: Actor, job: Job, event: Event, before: State | None, reason: str, now: datetime) -> JobMove:
    return JobMove(
        cooperative_id=job.cooperative_id,
        job_id=job.id,
        actor_id=actor.person_id,
        event=event,
        from_state=before,
        to_state=job.state,
        reason=reason.strip(),
        at=now,
        created_at=now,
    )


def _tell(
    session: Session,
    job: Job,
    field: Field,
    kind: MessageKind,
    *,
    now: datetime,
    reason: str = "",
    area_m2: float | None = None,
    price_vnd: int | None = None,
) -> None:
    """Write to the farmer about a job; area and price are the agreed ones unless others are given."""
    farmer = access_queries.get_person(session, job.cooperative_id, job.farmer_id)
    cooperative = access_queries.get_cooperative(session, job.cooperative_id)
    area = format_area(job.area_m2 if area_m2 is None else area_m2, cooperative.cong_m2, farmer.language)
    price = format_vnd(job.price_vnd if price_vnd is None else price_vnd, farmer.language)
    notify_service.send_to_person(
        session,
        cooperative_id=job.cooperative_id,
        person_id=farmer.id,
        kind=kind,
        params={"field": field.name, "area": area, "price": price, "reason": reason.strip()},
        now=now,
    )
