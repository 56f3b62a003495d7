"""Reads of work, job sheets and spray logs."""

from collections.abc import Iterator, Sequence
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from drone_service.access import queries as access_queries
from drone_service.access.rules import Actor, ensure_staff
from drone_service.booking.models import Job
from drone_service.booking.rules import JobNotFound
from drone_service.engine.operation import Service
from drone_service.farms import queries as farms_queries
from drone_service.fieldwork.models import Load, ProductUse, Work
from drone_service.fieldwork.rules import (
    LoadFigures,
    Totals,
    WorkNotFound,
    earliest_harvest,
    re_entry_at,
    totals,
)
from drone_service.fieldwork.schemas import (
    JobSheet,
    LoadOut,
    ProductUseOut,
    SprayLog,
    SprayLogEntry,
    TankMixOut,
    WorkOut,
)
from drone_service.kit.paging import MAX_LIMIT, every, precedes, split_page
from drone_service.planning.mixing import Filling, mix_sheet
from drone_service.planning.schemas import MixSheet, ProductDose
from drone_service.products.rules import DoseUnit
from drone_service.scheduling import queries as scheduling_queries
from drone_service.scheduling.rules import VisitNotFound
from drone_service.scheduling.schemas import VisitOut


def get_job(session: Session, actor: Actor, job_id: UUID) -> Job:
    """Return a job of the cooperative for those who run it. Raises RoleNeeded, JobNotFound."""
    ensure_staff(actor)
    job = session.get(Job, (actor.cooperative_id, job_id))
    if job is None:
        raise JobNotFound
    return job


def find_work(session: Session, cooperative_id: UUID, job_id: UUID) -> Work | None:
    """Find the last work on a job: a job that was given back and begun again has an earlier one as well."""
    statement = select(Work).where(col(Work.cooperative_id) == cooperative_id, col(Work.job_id) == job_id)
    return session.exec(statement.order_by(col(Work.started_at).desc(), col(Work.id).desc()).limit(1)).first()


def list_loads(session: Session, work: Work) -> Sequence[Load]:
    """List the loads of a work in the order they were recorded."""
    statement = select(Load).where(col(Load.cooperative_id) == work.cooperative_id, col(Load.work_id) == work.id)
    return session.exec(statement.order_by(col(Load.recorded_at), col(Load.id))).all()


def totals_of(session: Session, work: Work) -> Totals:
    """Return the sums of the loads of a work."""
    return totals(LoadFigures(load.area_m2, load.quantity, load.minutes) for load in list_loads(session, work))


def get_work(session: Session, actor: Actor, job_id: UUID) -> WorkOut:
    """Return the work on a job for those who run it. Raises RoleNeeded, JobNotFound, WorkNotFound."""
    job = get_job(session, actor, job_id)
    work = find_work(session, actor.cooperative_id, job_id)
    if work is None:
        raise WorkNotFound
    return work_out(session, work, job)


def find_work_out(session: Session, actor: Actor, job_id: UUID) -> WorkOut | None:
    """Find the work on a job, if it has begun. Raises RoleNeeded, JobNotFound."""
    job = get_job(session, actor, job_id)
    work = find_work(session, actor.cooperative_id, job_id)
    return None if work is None else work_out(session, work, job)


def work_out(session: Session, work: Work, job: Job) -> WorkOut:
    """Return what the doors show of a work; an open one counts up its loads."""
    so_far = totals_of(session, work) if work.ended_at is None else None
    return WorkOut(
        work_id=work.id,
        job_id=job.id,
        state=job.state,
        service=work.service,
        started_at=work.started_at,
        ended_at=work.ended_at,
        area_done_m2=so_far.area_m2 if so_far else work.area_done_m2,
        quantity=so_far.quantity if so_far else work.quantity,
        minutes=so_far.minutes if so_far else work.minutes,
        setup_min=work.setup_min,
        fill_min=work.fill_min,
        pack_up_min=work.pack_up_min,
        stop_reason=work.stop_reason,
        note=work.note,
        wind_m_s=work.wind_m_s,
        temperature_c=work.temperature_c,
        humidity_pct=work.humidity_pct,
        loads=[_load_out(load) for load in list_loads(session, work)],
        products=uses_of(session, work.cooperative_id, [work]).get(work.id, []),
    )


def _load_out(load: Load) -> LoadOut:
    return LoadOut(
        load_id=load.id,
        area_m2=load.area_m2,
        quantity=load.quantity,
        minutes=load.minutes,
        recorded_at=load.recorded_at,
    )


def uses_of(session: Session, cooperative_id: UUID, works: Sequence[Work]) -> dict[UUID, list[ProductUseOut]]:
    """Return the products used in each of some works."""
    statement = (
        select(ProductUse)
        .where(col(ProductUse.cooperative_id) == cooperative_id, col(ProductUse.work_id).in_([w.id for w in works]))
        .order_by(col(ProductUse.id))
    )
    found: dict[UUID, list[ProductUseOut]] = {}
    for use in session.exec(statement).all():
        found.setdefault(use.work_id, []).append(ProductUseOut.model_validate(use, from_attributes=True))
    return found


def get_sheet(session: Session, actor: Actor, job_id: UUID) -> JobSheet:
    """Return the job sheet with the mix of every load. Raises RoleNeeded, JobNotFound."""
    job = get_job(session, actor, job_id)
    farmer = access_queries.get_person(session, actor.cooperative_id, job.farmer_id)
    field = farms_queries.get_field(session, actor, job.field_id)
    sheet = mix_of(job)
    return JobSheet(
        job_id=job.id,
        job_number=job.number,
        state=job.state,
        service=job.service,
        visit=_visit(session, actor, job_id),
        farmer_name=farmer.name,
        farmer_phone=farmer.phone_e164,
        field_id=field.id,
        field_name=field.name,
        lon=job.lon,
        lat=job.lat,
        area_m2=job.area_m2,
        rate_per_ha=job.rate_per_ha,
        rate_unit=job.quote.rate_unit,
        total_quantity=job.quote.total_quantity,
        note=job.note,
        mix=sheet,
        mixes=[
            TankMixOut(
                number=load.number,
                area_m2=load.area_m2,
                quantity=load.quantity,
                products=[(part.name, part.amount, part.unit) for part in load.products],
            )
            for load in sheet.loads
        ],
    )


def mix_of(job: Job) -> MixSheet:
    """Return what goes into each load of a job: as planned, or even loads for a job from before mixes were kept."""
    if job.quote.mix is not None:
        return job.quote.mix
    doses = [
        ProductDose(
            product_id=product.product_id,
            name=product.name,
            dose_per_ha=product.dose_per_ha,
            unit=DoseUnit(product.unit).value,
            group=product.group,
        )
        for product in job.quote.products
    ]
    even = [Filling(1.0)] * max(job.quote.loads, 1)
    return mix_sheet(job.area_m2, job.rate_per_ha, doses, even, with_water=job.service is Service.SPRAY)


def _visit(session: Session, actor: Actor, job_id: UUID) -> VisitOut | None:
    try:
        return scheduling_queries.get_visit(session, actor, job_id)
    except VisitNotFound:
        return None


def get_spray_log(
    session: Session, actor: Actor, field_id: UUID, *, limit: int = 50, after: UUID | None = None
) -> SprayLog:
    """Return what was done on a field to those who may see the field, a page of it. Raises FieldNotFound."""
    field = farms_queries.get_field(session, actor, field_id)
    statement = (
        select(Work, Job)
        .join(Job, (col(Job.cooperative_id) == col(Work.cooperative_id)) & (col(Job.id) == col(Work.job_id)))
        .where(col(Job.cooperative_id) == actor.cooperative_id, *_done_on(actor.cooperative_id, field.id))
    )
    if after is not None:
        row = sa.select(Work).where(col(Work.cooperative_id) == actor.cooperative_id, col(Work.id) == after)
        statement = statement.where(precedes(row, col(Work.started_at), col(Work.id)))
    order = (col(Work.started_at).desc(), col(Work.id).desc())
    rows, last = split_page(session.exec(statement.order_by(*order).limit(limit + 1)).all(), limit)
    uses = uses_of(session, actor.cooperative_id, [work for work, _ in rows])
    return SprayLog(
        field_id=field.id,
        earliest_harvest_on=_earliest_harvest_of(session, actor.cooperative_id, field.id),
        entries=[_entry(work, job, uses.get(work.id, [])) for work, job in rows],
        next=last[0].id if last else None,
    )


def whole_spray_log(session: Session, actor: Actor, field_id: UUID) -> Iterator[SprayLogEntry]:
    """Go through everything that was done on a field, page after page. Raises FieldNotFound."""

    def page(after: UUID | None) -> tuple[list[SprayLogEntry], UUID | None]:
        log = get_spray_log(session, actor, field_id, limit=MAX_LIMIT, after=after)
        return log.entries, log.next

    return every(page)


def _done_on(cooperative_id: UUID, field_id: UUID) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        col(Work.cooperative_id) == cooperative_id,
        col(Work.field_id) == field_id,
        col(Work.ended_at).is_not(None),
        col(Work.area_done_m2) > 0,
    )


def _earliest_harvest_of(session: Session, cooperative_id: UUID, field_id: UUID) -> date | None:
    """Return the first day on which a field may be harvested, as its whole log says."""
    # One row for each waiting time of a label, however long the log is: with the same PHI the last work decides.
    statement = (
        sa.select(col(ProductUse.phi_days), sa.func.max(col(Work.ended_at)))
        .join(
            ProductUse,
            (col(ProductUse.cooperative_id) == col(Work.cooperative_id)) & (col(ProductUse.work_id) == col(Work.id)),
        )
        .where(col(ProductUse.cooperative_id) == cooperative_id, *_done_on(cooperative_id, field_id))
        .group_by(col(ProductUse.phi_days))
    )
    found = [earliest_harvest(ended_at, [phi_days]) for phi_days, ended_at in session.execute(statement)]
    return max((day for day in found if day is not None), default=None)


def _entry(work: Work, job: Job, uses: list[ProductUseOut]) -> SprayLogEntry:
    ended_at = work.ended_at or work.started_at
    return SprayLogEntry(
        work_id=work.id,
        job_number=job.number,
        area_m2=work.area_done_m2,
        products=uses,
        ended_at=ended_at,
        earliest_harvest_on=earliest_harvest(ended_at, [use.phi_days for use in uses]),
        re_entry_at=re_entry_at(ended_at, [use.re_entry_h for use in uses]),
        **{name: getattr(work, name) for name in _COPIED},
    )


_COPIED = tuple(set(SprayLogEntry.model_fields) & set(Work.model_fields) - {"ended_at"})
"""The columns of the log that are columns of the work under the same name."""


def last_licence(session: Session, actor: Actor) -> str:
    """Return the licence the owner entered for a pilot, else what they gave last: nobody types it twice."""
    known = access_queries.get_person(session, actor.cooperative_id, actor.person_id).licence
    if known:
        return known
    statement = (
        select(Work.pilot_licence)
        .where(
            col(Work.cooperative_id) == actor.cooperative_id,
            col(Work.pilot_id) == actor.person_id,
            col(Work.pilot_licence) != "",
        )
        .order_by(col(Work.started_at).desc())
        .limit(1)
    )
    return session.exec(statement).first() or ""
