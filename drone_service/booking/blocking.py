"""Jobs on adjoining fields flown as one block: proposed from what waits, planned, stored, taken apart again."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from math import ceil
from uuid import UUID

import sqlalchemy as sa
from shapely.geometry import MultiPolygon
from sqlmodel import Session, col, select

from drone_service.access import queries as access_queries
from drone_service.access.models import Person
from drone_service.access.rules import Actor, ensure_staff
from drone_service.booking import queries
from drone_service.booking.models import Block, BlockJob, Job, JobProduct
from drone_service.booking.rules import BlockNotFound, NotOneWork, State
from drone_service.booking.schemas import BlockIn, BlockMember, BlockOut, BlockProposal
from drone_service.engine.coverage.blocks import groups
from drone_service.engine.coverage.flown import FlownField
from drone_service.engine.coverage.mix import share_out
from drone_service.engine.geometry.antimeridian import unwrap
from drone_service.engine.geometry.plane import LocalPlane
from drone_service.farms import queries as farms_queries
from drone_service.farms.models import Field
from drone_service.kit.money import round_vnd
from drone_service.planning import blocks as planning_blocks
from drone_service.planning.blocks import BlockFlights
from drone_service.planning.flying import flown_block
from drone_service.planning.schemas import BlockEstimateIn, BlockMemberOut, ProductDose

WAITING = frozenset({State.REQUESTED, State.CONFIRMED})
NOT_BEGUN = WAITING | {State.SCHEDULED}
USUAL_GAP_M = 10.0
STEP_S = 300
"""Five minutes: what the schedule keeps free is in such steps."""
Doses = tuple[tuple[UUID, float, str], ...]


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
    plan = planning_blocks.estimate_block(session, actor=actor, data=wanted, now=now)
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
    block = get_block(session, actor, block_id)
    _take_apart(session, block.cooperative_id, block.id)


def dissolve_of(session: Session, job: Job) -> None:
    """Take the block of a job apart, if it is in one: what the block was planned for is no longer asked."""
    found = session.get(BlockJob, (job.cooperative_id, job.id))
    if found is not None:
        _take_apart(session, job.cooperative_id, found.block_id)


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
                col(Job.state).in_([State.REQUESTED, State.CONFIRMED, State.SCHEDULED, State.IN_PROGRESS]),
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


def list_proposals(session: Session, actor: Actor) -> list[BlockProposal]:
    """List waiting jobs that adjoin, with the same work and a day in common, and are in no block. Raises RoleNeeded."""
    ensure_staff(actor)
    jobs, _ = queries.list_jobs(session, actor, states=WAITING, limit=300)
    taken = _in_blocks(session, actor.cooperative_id, [job.id for job in jobs])
    doses = _doses(session, actor.cooperative_id, [job.id for job in jobs])
    alike: dict[tuple[object, ...], list[Job]] = {}
    for job in reversed(jobs):
        if job.id not in taken:
            alike.setdefault((job.service, job.rate_per_ha, doses.get(job.id, ())), []).append(job)
    known = farms_queries.names_of(session, actor.cooperative_id, {job.field_id for job in jobs})
    found = []
    for same in alike.values():
        fields = [known[job.field_id] for job in same]
        for cluster in _adjoining(fields):
            found += _with_days(session, actor, [(same[index], fields[index]) for index in cluster])
    return found


def _estimate_of(session: Session, actor: Actor, data: BlockIn, jobs: Sequence[Job]) -> BlockEstimateIn:
    """Return what a block of jobs asks of the planner. Raises NotOneWork."""
    first, ids = jobs[0], [job.id for job in jobs]
    doses = _doses(session, actor.cooperative_id, ids)
    taken = _in_blocks(session, actor.cooperative_id, ids)
    for number, job in enumerate(jobs):
        same = (job.service, job.rate_per_ha, doses.get(job.id, ())) == (
            first.service,
            first.rate_per_ha,
            doses.get(first.id, ()),
        )
        if not same or job.id in taken or job.state not in WAITING or job.id in ids[:number]:
            raise NotOneWork(number=job.number)
    if not _has_common_time(jobs):
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


def _with_days(session: Session, actor: Actor, members: list[tuple[Job, Field]]) -> list[BlockProposal]:
    if not _has_common_time([job for job, _ in members]):
        return []
    people = access_queries.names_of(session, actor.cooperative_id, {job.farmer_id for job, _ in members})
    return [
        BlockProposal(
            job_ids=[job.id for job, _ in members],
            numbers=[job.number for job, _ in members],
            field_names=[field.name for _, field in members],
            farmer_names=[people[job.farmer_id].name for job, _ in members],
            area_m2=sum(job.area_m2 for job, _ in members),
            allowed_from=max(job.allowed_from for job, _ in members),
            allowed_until=min(job.allowed_until for job, _ in members),
        )
    ]


def _has_common_time(jobs: Sequence[Job]) -> bool:
    """Return whether there is a day, and a half of it, on which all jobs may be done."""
    days = max(job.allowed_from for job in jobs) <= min(job.allowed_until for job in jobs)
    return days and bool(frozenset.intersection(*(frozenset(job.half_days) for job in jobs)))


def _adjoining(fields: Sequence[Field]) -> list[list[int]]:
    if len(fields) < 2:
        return []
    plane = LocalPlane.around(MultiPolygon([part for field in fields for part in planning_blocks.parts(field.outline)]))
    shapes = [plane.to_m(unwrap(field.outline)) for field in fields]
    return [cluster for cluster in groups(shapes, USUAL_GAP_M) if len(cluster) > 1]


def _doses(session: Session, cooperative_id: UUID, job_ids: Sequence[UUID]) -> dict[UUID, Doses]:
    statement = select(JobProduct).where(
        col(JobProduct.cooperative_id) == cooperative_id, col(JobProduct.job_id).in_(list(job_ids))
    )
    found: dict[UUID, list[tuple[UUID, float, str]]] = {}
    for row in session.exec(statement).all():
        found.setdefault(row.job_id, []).append((row.product_id, row.dose_per_ha, row.unit))
    return {job_id: tuple(sorted(doses)) for job_id, doses in found.items()}


def _in_blocks(session: Session, cooperative_id: UUID, job_ids: Sequence[UUID]) -> set[UUID]:
    statement = select(BlockJob.job_id).where(
        col(BlockJob.cooperative_id) == cooperative_id, col(BlockJob.job_id).in_(list(job_ids))
    )
    return set(session.exec(statement).all())


def _take_apart(session: Session, cooperative_id: UUID, block_id: UUID) -> None:
    """Forget a block. A job whose work has not begun gets back the time that it takes alone, and its own place."""
    members = select(Job).where(
        col(Job.cooperative_id) == cooperative_id,
        col(Job.id).in_(
            sa.select(col(BlockJob.job_id)).where(
                col(BlockJob.cooperative_id) == cooperative_id, col(BlockJob.block_id) == block_id
            )
        ),
    )
    jobs = [job for job in session.exec(members).all() if job.state in NOT_BEGUN]
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
