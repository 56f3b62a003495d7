"""Blocks as they are stored: which jobs are flown as one, what falls to each, what its bill is less by. Reads only."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from drone_service.access import queries as access_queries
from drone_service.access.models import Person
from drone_service.access.rules import Actor, ensure_staff
from drone_service.booking.models import Block, BlockJob, Job, JobProduct
from drone_service.booking.rules import OPEN_STATES, BlockNotFound, State
from drone_service.booking.schemas import BlockMember, BlockOut
from drone_service.engine.coverage.flown import FlownField
from drone_service.kit.money import round_vnd
from drone_service.planning.flying import flown_block
from drone_service.planning.schemas import BlockMemberOut

Doses = tuple[tuple[UUID, float, str], ...]


def get_block(session: Session, actor: Actor, block_id: UUID) -> Block:
    """Return a block to those who fly it. Raises RoleNeeded, BlockNotFound."""
    ensure_staff(actor)
    block = session.get(Block, (actor.cooperative_id, block_id))
    if block is None:
        raise BlockNotFound
    return block


def list_blocks(session: Session, actor: Actor) -> list[BlockOut]:
    """List the newest blocks that still have waiting jobs. Raises RoleNeeded."""
    ensure_staff(actor)
    statement = (
        select(Block)
        .where(
            col(Block.cooperative_id) == actor.cooperative_id,
            sa.exists().where(
                col(BlockJob.cooperative_id) == actor.cooperative_id,
                col(BlockJob.block_id) == col(Block.id),
                col(Job.cooperative_id) == actor.cooperative_id,
                col(Job.id) == col(BlockJob.job_id),
                col(Job.state).in_(OPEN_STATES),
            ),
        )
        .order_by(col(Block.id).desc())
        .limit(100)
    )
    return _blocks_out(session, actor, session.exec(statement).all())


def block_out(session: Session, actor: Actor, block: Block) -> BlockOut:
    """Return what the doors show of a block."""
    return _blocks_out(session, actor, [block])[0]


def _blocks_out(session: Session, actor: Actor, blocks: Sequence[Block]) -> list[BlockOut]:
    statement = (
        select(BlockJob.block_id, Job)
        .join(
            Job,
            (col(BlockJob.cooperative_id) == col(Job.cooperative_id)) & (col(BlockJob.job_id) == col(Job.id)),
        )
        .where(
            col(Job.cooperative_id) == actor.cooperative_id,
            col(BlockJob.cooperative_id) == actor.cooperative_id,
            col(BlockJob.block_id).in_([block.id for block in blocks]),
        )
    )
    rows = session.exec(statement).all()
    jobs: dict[UUID, dict[UUID, Job]] = {block.id: {} for block in blocks}
    for block_id, job in rows:
        jobs[block_id][job.field_id] = job
    people = access_queries.names_of(session, actor.cooperative_id, {job.farmer_id for _, job in rows})
    return [_block_out(block, jobs[block.id], people) for block in blocks]


def _block_out(block: Block, jobs: Mapping[UUID, Job], people: Mapping[UUID, Person]) -> BlockOut:
    return BlockOut(
        id=block.id,
        created_at=block.created_at,
        shared_percent=block.shared_percent,
        members=[
            BlockMember(
                job_id=jobs[share.field_id].id,
                job_number=jobs[share.field_id].number,
                farmer_name=people[share.farmer_id].name,
                price_vnd=jobs[share.field_id].price_vnd,
                share=share,
            )
            for share in block.plan.members
        ],
        plan=block.plan,
    )


def find_share(session: Session, job: Job) -> tuple[Block, BlockMemberOut] | None:
    """Find the block of a job and what of it falls to the job."""
    link = session.get(BlockJob, (job.cooperative_id, job.id))
    block = session.get(Block, (job.cooperative_id, link.block_id)) if link is not None else None
    if block is None:
        return None
    return block, next(share for share in block.plan.members if share.field_id == job.field_id)


def flown(block: Block) -> FlownField:
    """Return the flight of a block. Raises UnknownModel."""
    return flown_block(block.plan.estimate, " + ".join(share.field_name for share in block.plan.members))


def rebate_vnd(session: Session, job: Job, area_m2: float) -> int:
    """Return what goes off the bill of a job for the time that its block saved, by the part of its area that was done.

    A job that is in no block when it is billed was flown alone and saved nothing.
    """
    found = find_share(session, job)
    if found is None:
        return 0
    done = min(Decimal(repr(area_m2)) / Decimal(repr(job.area_m2)), Decimal(1))
    return round_vnd(found[1].shared_vnd * done)


def jobs_of_blocks(session: Session, cooperative_id: UUID, job_ids: Iterable[UUID]) -> list[list[tuple[UUID, State]]]:
    """Return the jobs of every block in which one of some jobs is, with their states, by number."""
    asked = sa.select(col(BlockJob.block_id)).where(
        col(BlockJob.cooperative_id) == cooperative_id, col(BlockJob.job_id).in_(list(job_ids))
    )
    statement = (
        sa.select(col(BlockJob.block_id), col(Job.id), col(Job.state))
        .join(Job, (col(Job.cooperative_id) == col(BlockJob.cooperative_id)) & (col(Job.id) == col(BlockJob.job_id)))
        .where(
            col(BlockJob.cooperative_id) == cooperative_id,
            col(Job.cooperative_id) == cooperative_id,
            col(BlockJob.block_id).in_(asked),
        )
        .order_by(col(Job.number))
    )
    found: dict[UUID, list[tuple[UUID, State]]] = {}
    for block_id, job_id, state in session.execute(statement):
        found.setdefault(block_id, []).append((job_id, state))
    return list(found.values())


def doses_of(session: Session, cooperative_id: UUID, job_ids: Sequence[UUID]) -> dict[UUID, Doses]:
    """Return the products and doses of jobs, sorted, by job."""
    statement = select(JobProduct).where(
        col(JobProduct.cooperative_id) == cooperative_id, col(JobProduct.job_id).in_(list(job_ids))
    )
    found: dict[UUID, list[tuple[UUID, float, str]]] = {}
    for row in session.exec(statement).all():
        found.setdefault(row.job_id, []).append((row.product_id, row.dose_per_ha, row.unit))
    return {job_id: tuple(sorted(doses)) for job_id, doses in found.items()}


def in_blocks(session: Session, cooperative_id: UUID, job_ids: Sequence[UUID]) -> set[UUID]:
    """Return which of some jobs are in a block."""
    statement = select(BlockJob.job_id).where(
        col(BlockJob.cooperative_id) == cooperative_id, col(BlockJob.job_id).in_(list(job_ids))
    )
    return set(session.exec(statement).all())
