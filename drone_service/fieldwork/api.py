"""Work on the field under `/api/v1`. Every command may be sent twice."""

from uuid import UUID

from fastapi import Response

from drone_service.access.deps import ActorDep
from drone_service.access.routes import api_router
from drone_service.fieldwork import queries, service, spray_csv
from drone_service.fieldwork.schemas import FinishIn, JobSheet, LoadIn, SprayLog, StartIn, WorkOut
from drone_service.kit.clock import NowDep
from drone_service.kit.db import SessionDep
from drone_service.kit.paging import AfterQuery, LimitQuery

router = api_router(tag="fieldwork")


class CsvResponse(Response):
    """A table that spreadsheet programs open."""

    media_type = "text/csv"


@router.get("/jobs/{job_id}/sheet")
def get_job_sheet(job_id: UUID, session: SessionDep, actor: ActorDep) -> JobSheet:
    """Return all a crew needs for one job, with the mix of every load."""
    return queries.get_sheet(session, actor, job_id)


@router.get("/jobs/{job_id}/work")
def get_work(job_id: UUID, session: SessionDep, actor: ActorDep) -> WorkOut:
    """Return the work on a job so far, or as it ended."""
    return queries.get_work(session, actor, job_id)


@router.post("/jobs/{job_id}/start")
def start_job(job_id: UUID, data: StartIn, session: SessionDep, actor: ActorDep, now: NowDep) -> WorkOut:
    """Begin the work on a scheduled job."""
    return service.start(session, actor=actor, job_id=job_id, data=data, now=now)


@router.post("/jobs/{job_id}/loads")
def record_load(job_id: UUID, data: LoadIn, session: SessionDep, actor: ActorDep, now: NowDep) -> WorkOut:
    """Record one tank or hopper load."""
    return service.record_load(session, actor=actor, job_id=job_id, data=data, now=now)


@router.post("/jobs/{job_id}/finish")
def finish_job(job_id: UUID, data: FinishIn, session: SessionDep, actor: ActorDep, now: NowDep) -> WorkOut:
    """End the work, all of it or, with a reason, half-way. What was done is invoiced."""
    return service.finish(session, actor=actor, job_id=job_id, data=data, now=now)


@router.get("/fields/{field_id}/spray-log")
def get_spray_log(
    field_id: UUID, session: SessionDep, actor: ActorDep, limit: LimitQuery = 50, after: AfterQuery = None
) -> SprayLog:
    """Return what was done on a field, the newest first."""
    return queries.get_spray_log(session, actor, field_id, limit=limit, after=after)


@router.get("/fields/{field_id}/spray-log.csv", response_class=CsvResponse)
def get_spray_log_csv(field_id: UUID, session: SessionDep, actor: ActorDep) -> Response:
    """Return the whole spray log of a field as CSV, a row for each product."""
    body = spray_csv.to_csv(queries.whole_spray_log(session, actor, field_id))
    headers = {"Content-Disposition": f'attachment; filename="spray-log-{field_id}.csv"'}
    return CsvResponse(body.encode("utf-8-sig"), headers=headers)
