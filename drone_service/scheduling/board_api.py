"""The board under `/api/v1`: what a move costs, the move, undo, locked and published days, arrival ranges."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from drone_service.access.deps import ActorDep
from drone_service.access.routes import api_router
from drone_service.booking.api import plan_ahead
from drone_service.booking.rules import HalfDay
from drone_service.booking.schemas import JobIn
from drone_service.kit.clock import LocalDate, NowDep
from drone_service.kit.db import SessionDep
from drone_service.scheduling import changing, moves, offers, publishing
from drone_service.scheduling.api import DayPath
from drone_service.scheduling.deps import RoadsDep
from drone_service.scheduling.models import ScheduleChange
from drone_service.scheduling.schemas import (
    ArrivalOut,
    ChangeOut,
    DayStateOut,
    MoveIn,
    MoveOut,
    PlaceIn,
    PublishedOut,
    SlotOffer,
)

router = api_router(tag="scheduling")
planned_router = api_router(tag="scheduling", ahead=plan_ahead)


def change_out(change: ScheduleChange) -> ChangeOut:
    """Return what the doors show of a change."""
    return ChangeOut(
        change_id=change.id,
        kind=change.kind,
        made_at=change.created_at,
        undone_at=change.undone_at,
        visits=len(change.after),
    )


@router.get("/jobs/{job_id}/moves")
def preview_move(
    job_id: UUID,
    session: SessionDep,
    actor: ActorDep,
    now: NowDep,
    roads: RoadsDep,
    aircraft_id: UUID,
    day: LocalDate,
    half: HalfDay,
    position: Annotated[int | None, Query(ge=0, le=500)] = None,
) -> MoveOut:
    """Say what moving a job to a half-day of an aircraft would cost, move and break. Nothing is changed."""
    place = PlaceIn(aircraft_id=aircraft_id, day=day, half=half, position=position)
    return moves.preview(session, actor=actor, job_id=job_id, place=place, roads=roads, now=now)


@router.post("/jobs/{job_id}/moves", status_code=201)
def move_job(
    job_id: UUID, data: MoveIn, session: SessionDep, actor: ActorDep, now: NowDep, roads: RoadsDep
) -> ChangeOut:
    """Move a job as the preview showed it; `seen` comes from there. 409 if the half-days have changed since."""
    return change_out(moves.move(session, actor=actor, job_id=job_id, data=data, roads=roads, now=now))


@router.post("/schedule-changes/{change_id}/undo", status_code=201)
def undo_change(change_id: UUID, session: SessionDep, actor: ActorDep, now: NowDep, roads: RoadsDep) -> ChangeOut:
    """Put the visits of a change back as they were, while they still stand as it left them."""
    return change_out(changing.undo(session, actor=actor, change_id=change_id, roads=roads, now=now))


@router.put("/days/{day}/lock")
def lock_day(day: DayPath, session: SessionDep, actor: ActorDep, now: NowDep) -> DayStateOut:
    """Lock a day: neither planning nor people move anything on it until it is unlocked."""
    return publishing.set_locked(session, actor=actor, day=day, locked=True, now=now)


@router.delete("/days/{day}/lock")
def unlock_day(day: DayPath, session: SessionDep, actor: ActorDep, now: NowDep) -> DayStateOut:
    """Unlock a day."""
    return publishing.set_locked(session, actor=actor, day=day, locked=False, now=now)


@router.post("/days/{day}/publish")
def publish_day(day: DayPath, session: SessionDep, actor: ActorDep, now: NowDep) -> PublishedOut:
    """Lock a day and tell crews and farmers; doing it again tells only what is new."""
    return publishing.publish(session, actor=actor, day=day, now=now)


@router.get("/jobs/{job_id}/arrival")
def get_arrival(job_id: UUID, session: SessionDep, actor: ActorDep, now: NowDep) -> ArrivalOut:
    """Say between what times the crew comes to a job."""
    return publishing.get_arrival(session, actor, job_id, now)


@planned_router.post("/slot-offers")
def list_slot_offers(data: JobIn, session: SessionDep, actor: ActorDep, now: NowDep) -> list[SlotOffer]:
    """Offer the three half-days that suit a new job best within its days. Nothing is held or stored."""
    return offers.list_offers(session, actor=actor, data=data, now=now)
