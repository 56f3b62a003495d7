"""Jobs on adjoining fields made one block, and taken apart again."""

from collections.abc import Collection, Sequence
from datetime import datetime
from math import ceil
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from drone_service.access.rules import Actor, ensure_staff
from drone_service.booking import adjoining, blocks, queries
from drone_service.booking.models import Block, BlockJob, Job
from drone_service.booking.rules import NOT_BEGUN_STATES, WAITING_STATES, NotOneWork
from drone_service.booking.schemas import BlockIn
from drone_service.engine.coverage.mix import share_out
from drone_service.farms import queries as farms_queries
from drone_service.kit.errors import Conflict
from drone_service.planning import blocks as planning_blocks
from drone_service.planning.blocks import BlockFlights
from drone_service.planning.schemas import BlockEstimateIn, ProductDose

STEP_S = 300
"""Five minutes: what the schedule keeps free is in such steps."""


def make_block(session: Session, *, actor: Actor, data: BlockIn, now: datetime) -> Block:
    """Plan waiting jobs as one flight and store it with what falls to each.

    From then on the block is one piece of the schedule: the visits of its jobs follow one another, all of them at one
    place, and take the block's time together.
    Raises RoleNeeded, JobNotFound, NotOneWork and what estimate_block raises.
    """
    ensure_staff(actor)
    # In the order of the keys, as every path that holds more than one job.
    held = {job_id: queries.get_for_update(session, actor, job_id) for job_id in sorted(set(data.job_ids))}
    jobs = [held[job_id] for job_id in data.job_ids]
    wanted = _estimate_of(session, actor, data, jobs)
    quoted_vnd = [job.price_vnd for job in jobs]
    plan = planning_blocks.estimate_block(session, actor=actor, data=wanted, now=now, quoted_vnd=quoted_vnd)
    block = Block(
        cooperative_id=actor.cooperative_id,
        made_by_id=actor.person_id,
        shared_percent=data.shared_percent,
        plan=plan,
        created_at=now,
    )
    session.add(block)
    session.flush()
    middle_s = plan.estimate.total_s_p50 or plan.total_s
    for job, own_s in zip(jobs, _parts_s(middle_s, [share.seconds for share in plan.members]), strict=True):
        session.add(BlockJob(cooperative_id=actor.cooperative_id, job_id=job.id, block_id=block.id))
        job.service_s = own_s
        job.lon, job.lat = plan.estimate.refill
    session.flush()
    return block


def _parts_s(whole_s: float, weights: Sequence[float]) -> list[int]:
    """Share out the time of a block in steps of the schedule, at least one for each; rounding adds none."""
    steps = max(ceil(whole_s / STEP_S), len(weights))
    return [STEP_S * (1 + more) for more in share_out(steps - len(weights), weights)]


def flights_of(session: Session, actor: Actor, data: BlockIn) -> BlockFlights:
    """Return the flights that a block will need, to be planned ahead. Raises what make_block raises."""
    ensure_staff(actor)
    jobs = [queries.get_job(session, actor, job_id) for job_id in data.job_ids]
    return planning_blocks.flights_of(session, actor, _estimate_of(session, actor, data, jobs))


def dissolve_block(session: Session, *, actor: Actor, block_id: UUID) -> None:
    """Take a block apart: its jobs are flown one by one again. Raises RoleNeeded, BlockNotFound."""
    block = blocks.get_block(session, actor, block_id)
    _hold(session, block.cooperative_id, _members(session, block.cooperative_id, block.id))
    _take_apart(session, block.cooperative_id, block.id)


def hold_with_block(session: Session, actor: Actor, job_id: UUID) -> Job:
    """Hold a job and those that are flown with it until the transaction ends, and return it as it is now.

    All of them in the order of their keys, as the schedule does: who takes a block apart writes all of its jobs. Raises
    JobNotFound, Conflict where the job came into another block meanwhile.
    """
    held = _party(session, actor.cooperative_id, job_id)
    _hold(session, actor.cooperative_id, held)
    job = queries.get_for_update(session, actor, job_id)
    if _party(session, actor.cooperative_id, job_id) - held:
        raise Conflict
    return job


def dissolve_of(session: Session, job: Job) -> None:
    """Take the block of a job apart, if it is in one: what the block was planned for is no longer asked.

    The caller holds the job with its block.
    """
    found = session.get(BlockJob, (job.cooperative_id, job.id))
    if found is not None:
        _take_apart(session, job.cooperative_id, found.block_id)


def _party(session: Session, cooperative_id: UUID, job_id: UUID) -> set[UUID]:
    """Return the jobs that are flown as one with a job, itself among them."""
    block_id = session.execute(
        sa.select(col(BlockJob.block_id)).where(
            col(BlockJob.cooperative_id) == cooperative_id, col(BlockJob.job_id) == job_id
        )
    ).scalar_one_or_none()
    return {job_id} if block_id is None else {job_id, *_members(session, cooperative_id, block_id)}


def _members(session: Session, cooperative_id: UUID, block_id: UUID) -> set[UUID]:
    statement = select(BlockJob.job_id).where(
        col(BlockJob.cooperative_id) == cooperative_id, col(BlockJob.block_id) == block_id
    )
    return set(session.exec(statement).all())


def _hold(session: Session, cooperative_id: UUID, job_ids: Collection[UUID]) -> None:
    statement = select(Job).where(col(Job.cooperative_id) == cooperative_id, col(Job.id).in_(list(job_ids)))
    statement = statement.order_by(col(Job.id)).with_for_update()
    session.exec(statement.execution_options(populate_existing=True)).all()


def _estimate_of(session: Session, actor: Actor, data: BlockIn, jobs: Sequence[Job]) -> BlockEstimateIn:
    """Return what a block of jobs asks of the planner. Raises NotOneWork."""
    first, ids = jobs[0], [job.id for job in jobs]
    doses = blocks.doses_of(session, actor.cooperative_id, ids)
    taken = blocks.in_blocks(session, actor.cooperative_id, ids)
    for number, job in enumerate(jobs):
        same = (job.service, job.rate_per_ha, doses.get(job.id, ())) == (
            first.service,
            first.rate_per_ha,
            doses.get(first.id, ()),
        )
        if not same or job.id in taken or job.state not in WAITING_STATES or job.id in ids[:number]:
            raise NotOneWork(number=job.number)
    if not adjoining.has_common_time(jobs):
        raise NotOneWork(number=max(jobs, key=lambda job: job.allowed_from).number)
    known = farms_queries.names_of(session, actor.cooperative_id, {job.field_id for job in jobs})
    fields = [known[job.field_id] for job in jobs]
    places = list(dict.fromkeys(place for field in fields for place in field.refills[:1]))
    return BlockEstimateIn(
        field_ids=[field.id for field in fields],
        service=first.service,
        rate_per_ha=first.rate_per_ha,
        products=[
            ProductDose.model_validate({"product_id": product_id, "dose_per_ha": dose, "unit": unit})
            for product_id, dose, unit in doses.get(first.id, ())
        ],
        refills=places[:1],
        max_gap_m=data.max_gap_m,
        shared_percent=data.shared_percent,
    )


def _take_apart(session: Session, cooperative_id: UUID, block_id: UUID) -> None:
    """Forget a block whose jobs are held.

    A job whose work has not begun gets back the time that it takes alone, and its own place.
    """
    ids = _members(session, cooperative_id, block_id)
    members = select(Job).where(col(Job.cooperative_id) == cooperative_id, col(Job.id).in_(ids))
    jobs = [job for job in session.exec(members).all() if job.state in NOT_BEGUN_STATES]
    fields = farms_queries.names_of(session, cooperative_id, {job.field_id for job in jobs})
    for job in jobs:
        place = fields[job.field_id].outline.representative_point()
        job.service_s = round(job.quote.service_s)
        job.lon, job.lat = place.x, place.y
    session.flush()
    session.execute(
        sa.delete(BlockJob).where(col(BlockJob.cooperative_id) == cooperative_id, col(BlockJob.block_id) == block_id)
    )
    session.execute(sa.delete(Block).where(col(Block.cooperative_id) == cooperative_id, col(Block.id) == block_id))
