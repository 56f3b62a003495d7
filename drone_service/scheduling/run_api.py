"""Searches for a plan under `/api/v1`: begin or join, watch, stop, accept, discard; and what changed during the day."""

from uuid import UUID

from drone_service.access.deps import ActorDep
from drone_service.access.routes import api_router
from drone_service.kit.clock import NowDep
from drone_service.kit.db import SessionDep
from drone_service.scheduling import runs
from drone_service.scheduling.api import DayPath
from drone_service.scheduling.board_api import change_out
from drone_service.scheduling.comparing import run_out
from drone_service.scheduling.deps import RoadsDep
from drone_service.scheduling.schemas import ChangeOut, PlanRunIn, PlanRunOut, TurnIn

router = api_router(tag="scheduling")


@router.post("/plan-runs", status_code=201)
def begin_plan_run(data: PlanRunIn, session: SessionDep, actor: ActorDep, now: NowDep) -> PlanRunOut:
    """Begin to search a plan for some days in the background, or join the search that is on for them."""
    return run_out(session, actor, runs.ask(session, actor=actor, data=data, now=now), now)


@router.get("/plan-runs/{run_id}")
def get_plan_run(run_id: UUID, session: SessionDep, actor: ActorDep, now: NowDep) -> PlanRunOut:
    """Return how far a search is, and once it has ended its plan beside the schedule as it stands."""
    return run_out(session, actor, runs.get_run(session, actor, run_id), now)


@router.post("/plan-runs/{run_id}/stop")
def stop_plan_run(run_id: UUID, session: SessionDep, actor: ActorDep, now: NowDep) -> PlanRunOut:
    """End a search now and keep the best plan so far."""
    return run_out(session, actor, runs.stop(session, actor=actor, run_id=run_id), now)


@router.post("/plan-runs/{run_id}/accept", status_code=201)
def accept_plan_run(run_id: UUID, session: SessionDep, actor: ActorDep, now: NowDep, roads: RoadsDep) -> ChangeOut:
    """Put the plan in place of the schedule, whole or not at all. 409 if the schedule has changed since it began."""
    return change_out(runs.accept(session, actor=actor, run_id=run_id, roads=roads, now=now))


@router.post("/plan-runs/{run_id}/discard")
def discard_plan_run(run_id: UUID, session: SessionDep, actor: ActorDep, now: NowDep) -> PlanRunOut:
    """Throw the plan away; the schedule stays as it is."""
    return run_out(session, actor, runs.discard(session, actor=actor, run_id=run_id, now=now), now)


@router.post("/days/{day}/turns", status_code=201)
def report_turn(day: DayPath, data: TurnIn, session: SessionDep, actor: ActorDep, now: NowDep) -> PlanRunOut:
    """Say what happened during a day; the rest is searched anew with what is done left alone, to be accepted."""
    return run_out(session, actor, runs.ask_turn(session, actor=actor, day=day, data=data, now=now), now)
