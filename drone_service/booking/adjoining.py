"""Waiting jobs on adjoining fields that may be flown as one. Reads only."""

from collections.abc import Sequence

from shapely.geometry import MultiPolygon
from sqlmodel import Session

from drone_service.access import queries as access_queries
from drone_service.access.rules import Actor, ensure_staff
from drone_service.booking import blocks, queries
from drone_service.booking.models import Job
from drone_service.booking.rules import WAITING_STATES
from drone_service.booking.schemas import BlockProposal
from drone_service.engine.coverage.blocks import groups
from drone_service.engine.geometry.antimeridian import unwrap
from drone_service.engine.geometry.plane import LocalPlane
from drone_service.farms import queries as farms_queries
from drone_service.farms.models import Field
from drone_service.planning import blocks as planning_blocks

USUAL_GAP_M = 10.0


def list_proposals(session: Session, actor: Actor) -> list[BlockProposal]:
    """List waiting jobs that adjoin, with the same work and a day in common, and are in no block. Raises RoleNeeded."""
    ensure_staff(actor)
    jobs, _ = queries.list_jobs(session, actor, states=WAITING_STATES, limit=300)
    taken = blocks.in_blocks(session, actor.cooperative_id, [job.id for job in jobs])
    doses = blocks.doses_of(session, actor.cooperative_id, [job.id for job in jobs])
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


def _with_days(session: Session, actor: Actor, members: list[tuple[Job, Field]]) -> list[BlockProposal]:
    if not has_common_time([job for job, _ in members]):
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


def has_common_time(jobs: Sequence[Job]) -> bool:
    """Return whether there is a day, and a half of it, on which all jobs may be done."""
    days = max(job.allowed_from for job in jobs) <= min(job.allowed_until for job in jobs)
    return days and bool(frozenset.intersection(*(frozenset(job.half_days) for job in jobs)))


def _adjoining(fields: Sequence[Field]) -> list[list[int]]:
    if len(fields) < 2:
        return []
    plane = LocalPlane.around(MultiPolygon([part for field in fields for part in planning_blocks.parts(field.outline)]))
    shapes = [plane.to_m(unwrap(field.outline)) for field in fields]
    return [cluster for cluster in groups(shapes, USUAL_GAP_M) if len(cluster) > 1]
