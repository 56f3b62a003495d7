"""Telling the farmer when the crew comes, in the same transaction as the visit."""

from datetime import datetime

from sqlmodel import Session

from drone_service.access import queries as access_queries
from drone_service.booking.models import Job
from drone_service.farms import queries as farms_queries
from drone_service.kit.i18n import format_weekday_date
from drone_service.notify import service as notify_service
from drone_service.notify.rules import MessageKind
from drone_service.scheduling.models import Visit
from drone_service.scheduling.rules import local_text


def tell_scheduled(session: Session, *, job: Job, visit: Visit, now: datetime) -> None:
    """Write to the farmer of a job when the crew comes, in the farmer's language."""
    farmer = access_queries.get_person(session, job.cooperative_id, job.farmer_id)
    field = farms_queries.names_of(session, job.cooperative_id, {job.field_id})[job.field_id]
    notify_service.send_to_person(
        session,
        cooperative_id=job.cooperative_id,
        person_id=farmer.id,
        kind=MessageKind.JOB_SCHEDULED,
        params={
            "field": field.name,
            "day": format_weekday_date(visit.day, farmer.language),
            "time": local_text(visit.starts_at),
        },
        now=now,
    )
