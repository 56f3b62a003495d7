"""Reads of jobs and their history."""

from collections.abc import Collection, Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from drone_service.access import queries as access_queries
from drone_service.access.rules import Actor, RoleNeeded
from drone_service.booking.models import Job, JobFlight, JobMove, JobProduct
from drone_service.booking.rules import MOVES, OPEN_STATES, Event, JobNotFound, State, Window, ensure_may
from drone_service.booking.schemas import JobOut, MoveOut
from drone_service.engine.operation import Service
from drone_service.farms import queries as farms_queries
from drone_service.kit.paging import follows, split_page

# Moves that other parts of the product make: the schedule, the crew and the till.
_MADE_ELSEWHERE = frozenset(
    {
        Event.SCHEDULE,
        Event.UNSCHEDULE,
        Event.START,
        Event.GIVE_BACK,
        Event.FINISH,
        Event.STOP,
        Event.INVOICE,
        Event.PAY,
        Event.REVERSE_PAYMENT,
    }
)


def visible_to(actor: Actor) -> SelectOfScalar[Job]:
    """Select the jobs an actor may see: everybody's for those who book for others, else their own."""
    statement = select(Job).where(col(Job.cooperative_id) == actor.cooperative_id)
    return statement if actor.may_book_for_others else statement.where(col(Job.farmer_id) == actor.person_id)


def get_job(session: Session, actor: Actor, job_id: UUID) -> Job:
    """Return a job the actor may see. Raises JobNotFound."""
    job = find_job(session, actor, job_id)
    if job is None:
        raise JobNotFound
    return job


def find_job(session: Session, actor: Actor, job_id: UUID) -> Job | None:
    """Find a job the actor may see."""
    return session.exec(visible_to(actor).where(col(Job.id) == job_id)).first()


def get_for_update(session: Session, actor: Actor, job_id: UUID) -> Job:
    """Return a job locked until the end of the transaction. Raises JobNotFound."""
    statement = visible_to(actor).where(col(Job.id) == job_id).with_for_update()
    job = session.exec(statement.execution_options(populate_existing=True)).first()
    if job is None:
        raise JobNotFound
    return job


def list_jobs(
    session: Session,
    actor: Actor,
    *,
    states: Collection[State] = (),
    farmer_id: UUID | None = None,
    field_id: UUID | None = None,
    limit: int = 50,
    after: UUID | None = None,
) -> tuple[list[Job], UUID | None]:
    """List jobs, newest first, and the id to go on after where there are more."""
    statement = visible_to(actor)
    if states:
        statement = statement.where(col(Job.state).in_(list(states)))
    if farmer_id is not None:
        statement = statement.where(col(Job.farmer_id) == farmer_id)
    if field_id is not None:
        statement = statement.where(col(Job.field_id) == field_id)
    if after is not None:
        statement = statement.where(col(Job.id) < after)
    rows = session.exec(statement.order_by(col(Job.id).desc()).limit(limit + 1)).all()
    page, last = split_page(rows, limit)
    return page, last.id if last else None


def list_moves(
    session: Session, actor: Actor, job_id: UUID, *, limit: int = 50, after: UUID | None = None
) -> tuple[list[MoveOut], UUID | None]:
    """List what happened to a job, oldest first, and the id to go on after. Raises JobNotFound."""
    get_job(session, actor, job_id)
    order = (col(JobMove.at), col(JobMove.id))
    statement = select(JobMove).where(
        col(JobMove.cooperative_id) == actor.cooperative_id, col(JobMove.job_id) == job_id
    )
    if after is not None:
        row = sa.select(JobMove).where(col(JobMove.cooperative_id) == actor.cooperative_id, col(JobMove.id) == after)
        statement = statement.where(follows(row, *order))
    moves, last = split_page(session.exec(statement.order_by(*order).limit(limit + 1)).all(), limit)
    people = access_queries.names_of(session, actor.cooperative_id, {move.actor_id for move in moves})
    shown = [
        MoveOut(
            id=move.id,
            event=move.event,
            from_state=move.from_state,
            to_state=move.to_state,
            reason=move.reason,
            at=move.at,
            by_id=move.actor_id,
            by_name=people[move.actor_id].name,
        )
        for move in moves
    ]
    return shown, last.id if last else None


def list_open_work(
    session: Session, cooperative_id: UUID, field_id: UUID, service: Service, *, besides: UUID | None = None
) -> list[tuple[Window, frozenset[UUID]]]:
    """List the windows and products of a field's open jobs of a service."""
    # Plain columns, because a job carries its quote.
    statement = sa.select(col(Job.id), col(Job.allowed_from), col(Job.allowed_until), col(Job.half_days)).where(
        col(Job.cooperative_id) == cooperative_id,
        col(Job.field_id) == field_id,
        col(Job.service) == service,
        col(Job.state).in_(list(OPEN_STATES)),
    )
    jobs = [job for job in session.execute(statement).all() if job[0] != besides]
    if not jobs:
        return []
    wanted = select(JobProduct).where(
        col(JobProduct.cooperative_id) == cooperative_id, col(JobProduct.job_id).in_([job[0] for job in jobs])
    )
    products: dict[UUID, set[UUID]] = {}
    for row in session.exec(wanted).all():
        products.setdefault(row.job_id, set()).add(row.product_id)
    return [
        (Window(first, last, frozenset(half_days)), frozenset(products.get(job_id, ())))
        for job_id, first, last, half_days in jobs
    ]


def plan_ids_of(session: Session, cooperative_id: UUID, job_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Return which stored plan each job takes its figures from."""
    if not job_ids:
        return {}
    statement = sa.select(col(JobFlight.job_id), col(JobFlight.flight_plan_id)).where(
        col(JobFlight.cooperative_id) == cooperative_id, col(JobFlight.job_id).in_(list(job_ids))
    )
    return dict(session.execute(statement).all())


def window_of(job: Job) -> Window:
    """Return the days on which a job may be done."""
    return Window(job.allowed_from, job.allowed_until, frozenset(job.half_days))


def events_for(actor: Actor, job: Job) -> list[Event]:
    """Return the moves the actor may make of this job by hand."""
    allowed = []
    for state, event in MOVES:
        if state is job.state and event not in _MADE_ELSEWHERE:
            try:
                ensure_may(actor, event, job.farmer_id)
            except RoleNeeded:
                continue
            allowed.append(event)
    return allowed


def jobs_out(session: Session, actor: Actor, jobs: Sequence[Job]) -> list[JobOut]:
    """Return what the doors show of jobs, with names fetched once for all of them."""
    people = access_queries.names_of(session, actor.cooperative_id, {job.farmer_id for job in jobs})
    fields = farms_queries.names_of(session, actor.cooperative_id, {job.field_id for job in jobs})
    plans = plan_ids_of(session, actor.cooperative_id, {job.id for job in jobs})
    return [
        JobOut.model_validate(
            {
                **{name: getattr(job, name) for name in JobOut.model_fields if hasattr(job, name)},
                "field_name": fields[job.field_id].name,
                "farmer_name": people[job.farmer_id].name,
                "farmer_phone": people[job.farmer_id].phone_e164,
                "flight_plan_id": plans.get(job.id),
                "events": events_for(actor, job),
            }
        )
        for job in jobs
    ]


def job_out(session: Session, actor: Actor, job: Job) -> JobOut:
    """Return what the doors show of one job."""
    return jobs_out(session, actor, [job])[0]
