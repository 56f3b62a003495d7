"""Start a job, record its loads, finish it or stop half-way. Finishing makes the invoice in the same transaction.

Every command may come twice, from a phone that lost its signal after sending: the second changes nothing.
"""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from drone_service.access import queries as access_queries
from drone_service.access.rules import Actor, ensure_staff
from drone_service.booking import blocks
from drone_service.booking import service as booking_service
from drone_service.booking.models import Job
from drone_service.booking.rules import Event, State
from drone_service.farms import queries as farms_queries
from drone_service.fieldwork import queries
from drone_service.fieldwork.models import Load, ProductUse, Work
from drone_service.fieldwork.rules import (
    StopReason,
    Totals,
    UnknownProduct,
    WorkNotFound,
    WorkNotOpen,
    actual_seconds,
    air_minutes,
    area_done_m2,
    billed_area_m2,
    ensure_area,
    ensure_note,
    product_amount,
    teaches,
    weather_outcome,
)
from drone_service.fieldwork.schemas import FinishIn, LoadIn, StartIn, Weather, WorkOut
from drone_service.fleet import queries as fleet_queries
from drone_service.planning import service as planning_service
from drone_service.planning.schemas import ActualSeconds
from drone_service.planning.timing import Timing
from drone_service.products import queries as products_queries
from drone_service.scheduling import locks as scheduling_locks
from drone_service.scheduling import queries as scheduling_queries
from drone_service.scheduling import service as scheduling_service
from drone_service.scheduling import weather as scheduling_weather
from drone_service.scheduling.rules import WhyMoved
from drone_service.weather import sites as weather_sites

_WHY_LATER = {
    StopReason.RAIN: WhyMoved.WEATHER,
    StopReason.WIND: WhyMoved.WEATHER,
    StopReason.BATTERY: WhyMoved.SHIFT_GONE,
    StopReason.BREAKDOWN: WhyMoved.SHIFT_GONE,
    StopReason.FARMER_ABSENT: WhyMoved.ABSENT,
}
AMOUNT_DIGITS = 3
"""Amounts of products are kept to a thousandth of their unit."""


def start(session: Session, *, actor: Actor, job_id: UUID, data: StartIn, now: datetime) -> WorkOut:
    """Begin the work on a scheduled job. Raises RoleNeeded, JobNotFound, MoveNotAllowed."""
    ensure_staff(actor)
    job = scheduling_locks.lock_job(session, actor.cooperative_id, job_id)
    work = queries.find_work(session, actor.cooperative_id, job_id)
    if job.state is State.IN_PROGRESS and work is not None and work.ended_at is None:
        return queries.work_out(session, work, job)
    booking_service.move(session, actor=actor, job_id=job_id, event=Event.START, now=now)
    visit = scheduling_queries.find_visit(session, actor.cooperative_id, job_id)
    if visit is None:
        raise WorkNotFound
    work = Work(
        cooperative_id=actor.cooperative_id,
        job_id=job_id,
        field_id=job.field_id,
        pilot_id=actor.person_id,
        aircraft_id=visit.aircraft_id,
        service=job.service,
        started_at=now,
        rate_per_ha=job.rate_per_ha,
        pilot_licence=data.pilot_licence or queries.last_licence(session, actor),
    )
    _note_weather(work, data)
    session.add(work)
    session.flush()
    _keep_site(session, work, job)
    return queries.work_out(session, work, job)


def record_load(session: Session, *, actor: Actor, job_id: UUID, data: LoadIn, now: datetime) -> WorkOut:
    """Record one load of an open work, a known id only once. Raises WorkNotOpen, AreaTooLarge."""
    ensure_staff(actor)
    job = scheduling_locks.lock_job(session, actor.cooperative_id, job_id)
    work = queries.find_work(session, actor.cooperative_id, job_id)
    if work is None:
        raise WorkNotOpen
    known = session.get(Load, (actor.cooperative_id, data.load_id))
    if known is not None and known.work_id == work.id:
        return queries.work_out(session, work, job)
    if known is not None or work.ended_at is not None or job.state is not State.IN_PROGRESS:
        raise WorkNotOpen
    ensure_area(queries.totals_of(session, work).area_m2 + data.area_m2, job.area_m2)
    session.add(
        Load(
            cooperative_id=actor.cooperative_id,
            id=data.load_id,
            work_id=work.id,
            area_m2=data.area_m2,
            quantity=data.quantity,
            minutes=data.minutes,
            recorded_at=now,
        )
    )
    session.flush()
    return queries.work_out(session, work, job)


def finish(session: Session, *, actor: Actor, job_id: UUID, data: FinishIn, now: datetime) -> WorkOut:
    """End the work: done, partly done with a reason, or given back when nothing could be done.

    What was done is invoiced in the same transaction, never for more than the agreed area. Raises NothingDone,
    StopReasonNeeded, AreaTooLarge, UnknownProduct, OtherReasonNeedsNote, WorkNotOpen. Sent again it changes nothing.
    """
    ensure_staff(actor)
    if data.stop_reason is not None:
        # What is given back frees its time, and days are held before jobs.
        scheduling_service.hold_day_of(session, actor=actor, job_id=job_id)
    job = scheduling_locks.lock_job(session, actor.cooperative_id, job_id)
    work = queries.find_work(session, actor.cooperative_id, job_id)
    if (
        work is not None
        and work.ended_at is not None
        and job.state is not State.IN_PROGRESS
        and _is_said(session, work, data)
    ):
        return queries.work_out(session, work, job)
    if work is None or work.ended_at is not None or job.state is not State.IN_PROGRESS:
        raise WorkNotOpen
    ensure_note(data.stop_reason, data.note)
    # A start that was sent at once and an end that waited in another phone may come out the wrong way round.
    now = max(now, work.started_at)
    recorded = queries.totals_of(session, work)
    stopped = data.stop_reason is not None
    done_m2 = area_done_m2(data.area_done_m2, recorded, job.area_m2, stopped=stopped)
    _close(session, actor, work, job, data, recorded, done_m2, now)
    if stopped and work.area_done_m2 == 0:
        _give_back(session, actor, work, job, now)
    else:
        _record_products(session, work, job, data)
        event = Event.STOP if stopped else Event.FINISH
        booking_service.move(session, actor=actor, job_id=job_id, event=event, reason=_reason(work), now=now)
        booking_service.invoice(
            session, actor=actor, job_id=job_id, area_m2=billed_area_m2(work.area_done_m2, job.area_m2), now=now
        )
        _teach(session, work, job, air_minutes(data.minutes, recorded, done_m2), now)
    _keep_site(session, work, job)
    session.flush()
    return queries.work_out(session, work, job)


def _is_said(session: Session, work: Work, data: FinishIn) -> bool:
    """Tell whether a finish sent again says what is written: other figures are refused, not passed over."""
    given = data.model_dump(exclude={"products", "stop_reason"}, exclude_none=True, exclude_defaults=True)
    used = {
        use.product_id: use.amount for use in queries.uses_of(session, work.cooperative_id, [work]).get(work.id, ())
    }
    return (
        data.stop_reason == work.stop_reason
        and all(getattr(work, name) == value for name, value in given.items())
        and all(round(one.amount, AMOUNT_DIGITS) == used.get(one.product_id) for one in data.products if used)
    )


def _close(
    session: Session,
    actor: Actor,
    work: Work,
    job: Job,
    data: FinishIn,
    recorded: Totals,
    done_m2: float,
    now: datetime,
) -> None:
    """Write how the work ended, with the names that the spray log keeps."""
    work.ended_at, work.area_done_m2 = now, done_m2
    planned = job.rate_per_ha * done_m2 / 10_000
    work.quantity = data.quantity if data.quantity is not None else (recorded.quantity or planned)
    work.minutes = air_minutes(data.minutes, recorded, done_m2) or (now - work.started_at).total_seconds() / 60
    work.rate_per_ha = work.quantity / (done_m2 / 10_000) if done_m2 > 0 else job.rate_per_ha
    work.setup_min, work.fill_min, work.pack_up_min = data.setup_min, data.fill_min, data.pack_up_min
    work.stop_reason, work.note = data.stop_reason, data.note
    work.height_m, work.speed_m_s = data.height_m, data.speed_m_s
    work.swath_m, work.droplet_um = data.swath_m, data.droplet_um
    work.pest, work.crop_stage = data.pest, data.crop_stage
    work.empty_packages, work.signed_by = data.empty_packages, data.signed_by
    _note_weather(work, data)
    _copy_names(session, actor, work)


def _teach(session: Session, work: Work, job: Job, air_min: float | None, now: datetime) -> None:
    """Hand the times of a whole job to planning, which learns from them.

    Jobs without planned phases teach nothing, nor do those flown in a block: their times are parts of another plan.
    """
    if blocks.find_share(session, job) is not None:
        return
    if job.quote.phases is None or not teaches(work.area_done_m2, job.area_m2, stopped=work.stop_reason is not None):
        return
    noted = {"setup": work.setup_min, "fill": work.fill_min, "pack_up": work.pack_up_min}
    planning_service.record_timings(
        session,
        cooperative_id=work.cooperative_id,
        aircraft_id=work.aircraft_id,
        timings=[
            Timing(
                job_id=job.id,
                pilot_id=work.pilot_id,
                finished_at=now,
                planned=job.quote.phases,
                actual=ActualSeconds(**actual_seconds(work.started_at, now, air_min, noted)),
            )
        ],
        now=now,
    )


def _copy_names(session: Session, actor: Actor, work: Work) -> None:
    field = farms_queries.names_of(session, work.cooperative_id, {work.field_id})[work.field_id]
    aircraft = fleet_queries.get_aircraft(session, actor, work.aircraft_id)
    pilot = access_queries.get_person(session, work.cooperative_id, work.pilot_id)
    work.field_name, work.plot_code, work.crop = field.name, field.planting_code, field.crop
    work.aircraft_name, work.aircraft_serial = aircraft.name, aircraft.serial
    work.pilot_name = pilot.name


def _note_weather(work: Work, data: Weather) -> None:
    """Keep what was measured last; a value left out does not wipe an earlier one."""
    for name in Weather.model_fields:
        if getattr(data, name) is not None:
            setattr(work, name, getattr(data, name))


def _keep_site(session: Session, work: Work, job: Job) -> None:
    """Keep what the crew found beside what was forecast, so that forecast and rules can be held against it."""
    weather_sites.keep_site(
        session,
        cooperative_id=work.cooperative_id,
        work_id=work.id,
        place=scheduling_weather.places_of_jobs(session, work.cooperative_id, [job])[0],
        started_at=work.started_at,
        ended_at=work.ended_at,
        measured={name: getattr(work, name) for name in Weather.model_fields},
        outcome=weather_outcome(work.stop_reason, ended=work.ended_at is not None),
    )


def _give_back(session: Session, actor: Actor, work: Work, job: Job, now: datetime) -> None:
    booking_service.move(session, actor=actor, job_id=work.job_id, event=Event.GIVE_BACK, reason=_reason(work), now=now)
    why = _WHY_LATER.get(work.stop_reason, WhyMoved.NO_TIME) if work.stop_reason else WhyMoved.NO_TIME
    scheduling_service.release(session, actor=actor, job=job, why=why, now=now)


def _reason(work: Work) -> str:
    """Return the reason as the history of the job keeps it: a stable word and what was written."""
    if work.stop_reason is None:
        return ""
    return work.note if work.stop_reason is StopReason.OTHER else f"{work.stop_reason.value} {work.note}".strip()


def _record_products(session: Session, work: Work, job: Job, data: FinishIn) -> None:
    """Write what was used of each agreed product: as typed, else dose × area."""
    typed = {used.product_id: used.amount for used in data.products}
    agreed = {product.product_id: product for product in job.quote.products}
    if typed.keys() - agreed.keys():
        raise UnknownProduct
    hectares = work.area_done_m2 / 10_000
    for product_id, product in agreed.items():
        label = products_queries.get_product(session, work.cooperative_id, product_id)
        amount = typed.get(product_id, product_amount(product.dose_per_ha, work.area_done_m2))
        session.add(
            ProductUse(
                cooperative_id=work.cooperative_id,
                work_id=work.id,
                product_id=product_id,
                name=product.name,
                active_ingredient=label.active_ingredient,
                label_dose=f"{label.dose_min_per_ha:g}–{label.dose_max_per_ha:g} {label.unit.value}/ha",
                dose_per_ha=amount / hectares if hectares else product.dose_per_ha,
                unit=product.unit,
                amount=round(amount, AMOUNT_DIGITS),
                phi_days=product.phi_days,
                re_entry_h=label.reentry_h,
            )
        )
