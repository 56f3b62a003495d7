"""The weather of jobs as the plan takes it: hours that stop, hours of caution. Without a forecast there is none."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import Session

from drone_service.booking.models import Job
from drone_service.scheduling import weather
from drone_service.scheduling.rules import Period
from drone_service.scheduling.windows import CAUTION_GAIN, Sky
from drone_service.weather.rules import Level
from drone_service.weather.service import Hours

_GAINS = {Level.STOP: 0.0, Level.CAUTION: CAUTION_GAIN}
"""Good hours and hours nobody knows are worth all: without a forecast nobody is kept from working."""


def sky_of(session: Session, cooperative_id: UUID, jobs: Sequence[Job], span: Period) -> dict[UUID, tuple[Sky, ...]]:
    """Return for each job the stretches of the span that stop the work or ask for caution."""
    if not jobs or span.starts_at >= span.ends_at:
        return {}
    hours = weather.hours_of_jobs(session, cooperative_id, jobs, starts_at=span.starts_at, ends_at=span.ends_at)
    return {job.id: sky_of_hours(hours, row) for row, job in enumerate(jobs)}


def sky_of_hours(hours: Hours, row: int) -> tuple[Sky, ...]:
    """Return the stretches of one place of which something is known."""
    return tuple(
        Sky(Period(one.starts_at, one.ends_at), _GAINS.get(one.level, 1.0), int(one.level))
        for one in hours.verdicts.stretches(row)
        if one.level is not Level.UNKNOWN
    )


def is_stopped(sky: Sequence[Sky], period: Period) -> bool:
    """Tell whether an hour that stops the work lies in a period."""
    return any(one.gain <= 0 and one.period.overlaps(period) for one in sky)


def worst_level(sky: Sequence[Sky], period: Period) -> Level:
    """Return the worst that is known of a period."""
    return Level(max((one.level for one in sky if one.period.overlaps(period)), default=Level.UNKNOWN))
