"""Gathering under `/api/v1`: groups of waiting jobs along a road or canal, and putting one into a half-day."""

from typing import Annotated

from fastapi import Query

from drone_service.access.deps import ActorDep
from drone_service.access.routes import api_router
from drone_service.kit.clock import LocalDate, NowDep
from drone_service.kit.db import SessionDep
from drone_service.scheduling import gathering
from drone_service.scheduling.board_api import change_out
from drone_service.scheduling.deps import RoadsDep
from drone_service.scheduling.gather_schemas import USUAL_GAP_KM, Gap, GatherIn, GatheringsOut
from drone_service.scheduling.rules import MAX_PLAN_DAYS
from drone_service.scheduling.schemas import ChangeOut

router = api_router(tag="scheduling")


@router.get("/gatherings")
def list_gatherings(
    session: SessionDep,
    actor: ActorDep,
    now: NowDep,
    roads: RoadsDep,
    first: Annotated[LocalDate | None, Query(description="The first day; today where none is given.")] = None,
    days: Annotated[int, Query(ge=1, le=MAX_PLAN_DAYS)] = MAX_PLAN_DAYS,
    max_gap_km: Annotated[Gap, Query(description="How far apart neighbours are at most.")] = USUAL_GAP_KM,
) -> GatheringsOut:
    """Propose groups of waiting jobs along a road or canal, each for one half-day of one aircraft. Changes nothing."""
    return gathering.propose(session, actor=actor, first=first, days=days, max_gap_km=max_gap_km, roads=roads, now=now)


@router.post("/gatherings", status_code=201)
def accept_gathering(data: GatherIn, session: SessionDep, actor: ActorDep, now: NowDep, roads: RoadsDep) -> ChangeOut:
    """Put a group into a half-day, all jobs or none; `seen` comes from the option. 409 if anything has changed."""
    return change_out(gathering.accept(session, actor=actor, data=data, roads=roads, now=now))
