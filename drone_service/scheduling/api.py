"""The schedule under `/api/v1`, and the public calendars behind secret addresses."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from drone_service.access.deps import ActorDep, look_ahead
from drone_service.access.routes import api_router
from drone_service.kit.clock import LocalDate, NowDep
from drone_service.kit.db import SessionDep, enter_tenant
from drone_service.kit.paging import MAX_LIMIT, AfterQuery, LimitQuery
from drone_service.kit.problems import REFUSALS
from drone_service.scheduling import arrange, calendar, moves, queries, service
from drone_service.scheduling.arrange import Searched, search
from drone_service.scheduling.deps import RoadsDep
from drone_service.scheduling.schemas import (
    CalendarLinkIn,
    CalendarLinkMade,
    CalendarLinkOut,
    CalendarOut,
    DayOut,
    FreePeriodOut,
    PlanDays,
    PlanOut,
    VisitIn,
    VisitOut,
)

DayPath = Annotated[LocalDate, Path(description="A local day.")]


def search_ahead(
    day: DayPath, request: Request, now: NowDep, roads: RoadsDep, data: PlanDays | None = None
) -> Searched | None:
    """Search the plan before the transaction begins: under its lock the search would hold up everybody who writes."""
    days = [day, *(data.also if data else [])]
    return look_ahead(
        request, now, lambda session, actor: search(session, actor=actor, days=days, roads=roads, now=now)
    )


router = api_router(tag="scheduling")
planned_router = api_router(tag="scheduling", ahead=search_ahead)
public_router = APIRouter(tags=["calendar"], responses=REFUSALS)

SecretPath = Annotated[str, Path(min_length=40, max_length=120, pattern=r"^[0-9A-Za-z_-]+$")]


class CalendarResponse(Response):
    """A calendar that other programs subscribe to."""

    media_type = "text/calendar"


@router.get("/days/{day}")
def get_day(
    day: DayPath, session: SessionDep, actor: ActorDep, limit: LimitQuery = MAX_LIMIT, after: AfterQuery = None
) -> DayOut:
    """Return a day of the schedule: the visits of each aircraft in order, and the jobs that wait, a page of them."""
    return queries.get_day(session, actor, day, limit=limit, after=after)


@planned_router.post("/days/{day}/plan")
def plan_day(
    day: DayPath,
    session: SessionDep,
    actor: ActorDep,
    now: NowDep,
    roads: RoadsDep,
    searched: Annotated[Searched | None, Depends(search_ahead)],
    data: PlanDays | None = None,
) -> PlanOut:
    """Arrange the jobs of a day, or of several days together; pinned and begun visits stay where they are."""
    days = [day, *(data.also if data else [])]
    return arrange.plan_days(session, actor=actor, days=days, roads=roads, now=now, searched=searched)


@router.get("/jobs/{job_id}/visit")
def get_visit(job_id: UUID, session: SessionDep, actor: ActorDep) -> VisitOut:
    """Return when and by which aircraft a job is planned."""
    return queries.get_visit(session, actor, job_id)


@router.put("/jobs/{job_id}/visit")
def place_job(
    job_id: UUID, data: VisitIn, session: SessionDep, actor: ActorDep, now: NowDep, roads: RoadsDep
) -> VisitOut:
    """Put a job on an aircraft at a time, or move it there. 409 `scheduling.slot_taken` if the aircraft is taken."""
    return service.place(session, actor=actor, job_id=job_id, data=data, roads=roads, now=now)


@router.delete("/jobs/{job_id}/visit", status_code=204)
def unplace_job(job_id: UUID, session: SessionDep, actor: ActorDep, now: NowDep, roads: RoadsDep) -> None:
    """Take a job off the schedule; it waits again."""
    moves.take_off(session, actor=actor, job_id=job_id, roads=roads, now=now)


@router.get("/slots")
def list_free_periods(
    session: SessionDep,
    actor: ActorDep,
    day: LocalDate,
    minutes: Annotated[int, Query(ge=5, le=720, description="How long the visit is.")] = 30,
) -> list[FreePeriodOut]:
    """List where a visit would find an aircraft free in the working hours of a day."""
    return queries.list_free_periods(session, actor, day, minutes)


@router.get("/calendar-links")
def list_calendar_links(session: SessionDep, actor: ActorDep) -> list[CalendarLinkOut]:
    """List the calendar links that still work, newest first and two hundred at most."""
    return queries.list_calendar_links(session, actor)


@router.post("/calendar-links", status_code=201)
def make_calendar_link(data: CalendarLinkIn, session: SessionDep, actor: ActorDep, now: NowDep) -> CalendarLinkMade:
    """Make a secret address for a calendar program. It is shown only once."""
    secret, secret_hash = calendar.new_secret(actor.cooperative_id)
    link = service.make_calendar_link(session, actor=actor, label=data.label, secret_hash=secret_hash, now=now)
    return CalendarLinkMade(
        link_id=link.id,
        label=link.label,
        created_at=link.created_at,
        ics_path=f"/calendar/{secret}.ics",
        json_path=f"/calendar/{secret}.json",
    )


@router.delete("/calendar-links/{link_id}", status_code=204)
def revoke_calendar_link(link_id: UUID, session: SessionDep, actor: ActorDep, now: NowDep) -> None:
    """Close a calendar link for good."""
    service.revoke_calendar_link(session, actor=actor, link_id=link_id, now=now)


@public_router.get("/calendar/{secret}.ics", response_class=CalendarResponse)
def get_calendar_ics(secret: SecretPath, session: SessionDep, now: NowDep) -> Response:
    """Return the schedule behind a secret address as iCalendar."""
    body = calendar.to_ics(open_calendar(secret, session, now), now=now)
    return CalendarResponse(body, headers={"Cache-Control": "private, max-age=300"})


@public_router.get("/calendar/{secret}.json")
def get_calendar_json(secret: SecretPath, session: SessionDep, now: NowDep) -> CalendarOut:
    """Return the schedule behind a secret address as JSON."""
    return open_calendar(secret, session, now)


def open_calendar(secret: str, session: SessionDep, now: NowDep) -> CalendarOut:
    """Return the schedule behind a secret. Raises CalendarNotFound."""
    cooperative_id, secret_hash = calendar.read_secret(secret)
    enter_tenant(session, cooperative_id)
    return queries.open_calendar(session, cooperative_id, secret_hash, now)
