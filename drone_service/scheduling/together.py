"""Jobs that are flown as one: on the schedule a block is one piece, whose visits follow one another without a pause."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID

from sqlmodel import Session

from drone_service.booking import blocks
from drone_service.booking.rules import NOT_BEGUN_STATES, State
from drone_service.scheduling.rules import Period
from drone_service.scheduling.windows import JobToPlan

Length = tuple[UUID, timedelta]
"""A job and how long its visit is."""


@dataclass(frozen=True)
class Together:
    """The open jobs of blocks, by each of them: the first one stands for all."""

    parties: Mapping[UUID, tuple[UUID, ...]] = field(default_factory=dict)
    waiting: frozenset[UUID] = frozenset()
    """Jobs whose block has another that is not confirmed yet: they wait for it."""

    @classmethod
    def read(cls, session: Session, cooperative_id: UUID, job_ids: Iterable[UUID]) -> "Together":
        """Read the blocks of some jobs. A job whose work has begun is a piece of its own."""
        parties: dict[UUID, tuple[UUID, ...]] = {}
        waiting: set[UUID] = set()
        for jobs in blocks.jobs_of_blocks(session, cooperative_id, job_ids):
            party = tuple(job_id for job_id, state in jobs if state in NOT_BEGUN_STATES)
            parties |= dict.fromkeys(party, party)
            if any(state is State.REQUESTED for _, state in jobs):
                waiting.update(party)
        return cls(parties, frozenset(waiting))

    def party(self, job_id: UUID) -> tuple[UUID, ...]:
        """Return the jobs that go where this one goes, itself among them."""
        return self.parties.get(job_id, (job_id,))

    def among(self, job_ids: Sequence[UUID]) -> list[tuple[UUID, ...]]:
        """Return some jobs in order, those of a block as one piece where its first job stands."""
        known = set(job_ids)
        pieces = (tuple(one for one in self.party(job_id) if one in known) for job_id in job_ids)
        return list(dict.fromkeys(pieces))


def as_one(jobs: Sequence[JobToPlan], lengths: Sequence[Length]) -> JobToPlan:
    """Return jobs of a block as the plan sees them: one job, for as long as all of them, when all of them may be done.

    It goes by the name and the place of the first.
    """
    first, *others = jobs
    if not others:
        return first
    return replace(
        first,
        service_s=sum((length for _, length in lengths), timedelta()).total_seconds(),
        price_vnd=sum(job.price_vnd for job in jobs),
        first_day=max(job.first_day for job in jobs),
        last_day=min(job.last_day for job in jobs),
        half_days=frozenset.intersection(*(job.half_days for job in jobs)),
        promised=any(job.promised for job in jobs),
        told=next((job.told for job in jobs if job.told is not None), None),
        sky=tuple(one for job in jobs for one in job.sky),
        urgency=max(job.urgency for job in jobs),
    )


def spread(lengths: Sequence[Length], begin: datetime) -> dict[UUID, Period]:
    """Return the visits of a piece that begins at a time, one after the other."""
    found = {}
    for job_id, length in lengths:
        found[job_id] = Period(begin, begin + length)
        begin += length
    return found


def gathered(visits: Sequence[Period]) -> Period | None:
    """Return the time of visits that follow one another without a pause; None where they do not."""
    inorder = sorted(visits, key=lambda period: period.starts_at)
    if any(one.ends_at != after.starts_at for one, after in pairwise(inorder)):
        return None
    return Period(inorder[0].starts_at, inorder[-1].ends_at)
