"""The mix sheet of a job, to be read at the tank or printed and taken along."""

from uuid import UUID

from fastapi.responses import Response

from drone_service.access.deps import ActorDep
from drone_service.access.routes import page_router
from drone_service.billing.rules import SERVICE_NAMES
from drone_service.booking import blocking
from drone_service.booking import queries as booking_queries
from drone_service.fieldwork import queries as fieldwork_queries
from drone_service.kit.db import SessionDep
from drone_service.products.rules import PPE_NAMES
from drone_service.scheduling import queries as scheduling_queries
from drone_service.web.pages import PageDep

router = page_router()


@router.get("/jobs/{job_id}/mix")
def show_mix(job_id: UUID, page: PageDep, session: SessionDep, actor: ActorDep) -> Response:
    job = booking_queries.get_job(session, actor, job_id)
    visit = scheduling_queries.find_visit(session, actor.cooperative_id, job_id)
    return page.render(
        "jobs/mix.html",
        job=booking_queries.job_out(session, actor, job),
        sheet=fieldwork_queries.mix_of(job),
        together=blocking.find_share(session, job),
        starts_at=visit.starts_at if visit else None,
        service_names=SERVICE_NAMES,
        ppe_names=PPE_NAMES,
    )
