"""Optimising from the board: the search with its progress, the comparison, and the form for what changed in the day."""

from datetime import date, time, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Query
from fastapi.responses import Response
from pydantic import Field

from drone_service.access.deps import ActorDep
from drone_service.access.routes import page_router
from drone_service.access.rules import Actor, ensure_staff
from drone_service.access.schemas import Schema
from drone_service.fleet import queries as fleet_queries
from drone_service.kit.clock import NowDep, PageDay, local_day, local_moment
from drone_service.kit.db import SessionDep
from drone_service.kit.i18n import N_
from drone_service.scheduling import board, comparing, runs
from drone_service.scheduling.deps import RoadsDep
from drone_service.scheduling.proposal import ACTIVE_STATES, RunState, TurnKind
from drone_service.scheduling.rules import MAX_PLAN_DAYS
from drone_service.scheduling.schemas import PlanRunIn, TurnIn
from drone_service.weather.forecast import PROVIDER_NAMES
from drone_service.web.forms import Bound, FormDep
from drone_service.web.pages import Page, PageDep

router = page_router()

RUN_STATES = {
    RunState.WAITING: N_("The search begins in a moment"),
    RunState.RUNNING: N_("Searching for a better plan"),
    RunState.READY: N_("The plan is ready"),
    RunState.ACCEPTED: N_("This plan was accepted"),
    RunState.DISCARDED: N_("This plan was discarded"),
    RunState.FAILED: N_("The search failed"),
}
TURN_NAMES = {
    TurnKind.LATE: N_("A job takes longer, or the crew is late"),
    TurnKind.EARLY: N_("A job is done early"),
    TurnKind.RAIN: N_("Rain is coming"),
    TurnKind.BATTERY_LOST: N_("A battery is lost: the work goes slower"),
    TurnKind.AIRCRAFT_DOWN: N_("An aircraft is down"),
    TurnKind.URGENT: N_("A job is urgent"),
    TurnKind.ABSENT: N_("The farmer is not there"),
}


class RunForm(Schema):
    """From which day, how many of them, and how long to search."""

    first: PageDay
    days: Annotated[int, Field(ge=1, le=MAX_PLAN_DAYS)] = 1
    seconds: Annotated[int, Field(ge=1, le=120)] = 10

    def wanted(self) -> PlanRunIn:
        """Return the same as the API takes it."""
        days = [self.first + timedelta(days=number) for number in range(self.days)]
        return PlanRunIn(days=days, seconds=self.seconds)


@router.post("/board/runs")
def begin_run(page: PageDep, form: FormDep, session: SessionDep, actor: ActorDep, now: NowDep) -> Response:
    ensure_staff(actor)
    bound = page.bind(RunForm, form)
    with bound.catching(session):
        run = runs.ask(session, actor=actor, data=bound.value.wanted(), now=now)
        return page.redirect(f"/board/runs/{run.id}")
    return page.render("board/refused.html", status=bound.status, form=bound)


@router.get("/board/runs/{run_id}")
def show_run(run_id: UUID, page: PageDep, session: SessionDep, actor: ActorDep, now: NowDep) -> Response:
    return _run_page(page, session, actor, run_id, now, page.blank(Schema))


def _run_page(
    page: Page, session: SessionDep, actor: Actor, run_id: UUID, now: NowDep, form: Bound[Schema]
) -> Response:
    run = comparing.run_out(session, actor, runs.get_run(session, actor, run_id), now)
    is_on = run.state in ACTIVE_STATES
    if page.wants_part and not is_on:
        # The part that is asked for every second holds the progress alone: what may now be accepted is the whole page.
        return Response(headers={"HX-Refresh": "true"})
    names = {one.id: one.name for one in fleet_queries.list_aircraft(session, actor.cooperative_id)}
    return page.render(
        "board/progress.html" if page.wants_part else "board/run.html",
        status=form.status if form.refusal else 200,
        form=form,
        run=run,
        is_on=is_on,
        aircraft=names,
        run_states=RUN_STATES,
        turn_names=TURN_NAMES,
        provider_names=PROVIDER_NAMES,
    )


@router.post("/board/runs/{run_id}/stop")
def stop_run(run_id: UUID, page: PageDep, form: FormDep, session: SessionDep, actor: ActorDep, now: NowDep) -> Response:
    del form, now
    runs.stop(session, actor=actor, run_id=run_id)
    return page.redirect(f"/board/runs/{run_id}")


@router.post("/board/runs/{run_id}/accept")
def accept_run(
    run_id: UUID, page: PageDep, form: FormDep, session: SessionDep, actor: ActorDep, now: NowDep, roads: RoadsDep
) -> Response:
    bound = page.bind(Schema, form)
    with bound.catching(session):
        made = runs.accept(session, actor=actor, run_id=run_id, roads=roads, now=now)
        first = runs.get_run(session, actor, run_id).days[0]
        return page.redirect(
            f"/board?first={first}",
            message=N_("The plan is accepted: %(jobs)s jobs changed."),
            undo=f"/board/changes/{made.id}/undo",
            jobs=len(made.after),
        )
    return _run_page(page, session, actor, run_id, now, bound)


@router.post("/board/runs/{run_id}/discard")
def discard_run(
    run_id: UUID, page: PageDep, form: FormDep, session: SessionDep, actor: ActorDep, now: NowDep
) -> Response:
    bound = page.bind(Schema, form)
    with bound.catching(session):
        run = runs.discard(session, actor=actor, run_id=run_id, now=now)
        return page.redirect(f"/board?first={run.days[0]}", message=N_("The plan is discarded. Nothing was changed."))
    return _run_page(page, session, actor, run_id, now, bound)


class TurnForm(Schema):
    """What changed during the day, as people type it: local times of the day."""

    day: PageDay
    kind: TurnKind
    job_id: UUID | None = None
    aircraft_id: UUID | None = None
    minutes: Annotated[int, Field(ge=1, le=600)] | None = None
    starts: time | None = None
    ends: time | None = None

    def wanted(self) -> TurnIn:
        """Return the same as the API takes it."""
        return TurnIn(
            kind=self.kind,
            job_id=self.job_id,
            aircraft_id=self.aircraft_id,
            minutes=self.minutes,
            starts_at=local_moment(self.day, self.starts) if self.starts else None,
            ends_at=local_moment(self.day, self.ends) if self.ends else None,
            also=[],
        )


@router.get("/board/turns")
def show_turn(
    page: PageDep,
    session: SessionDep,
    actor: ActorDep,
    now: NowDep,
    kind: Annotated[TurnKind | None, Query()] = None,
    job: Annotated[UUID | None, Query()] = None,
) -> Response:
    return _turn_page(page, session, actor, local_day(now), page.blank(TurnForm, kind=kind, job_id=job))


@router.post("/board/turns")
def report_turn(page: PageDep, form: FormDep, session: SessionDep, actor: ActorDep, now: NowDep) -> Response:
    bound = page.bind(TurnForm, form)
    with bound.catching(session):
        data, day = bound.value.wanted(), bound.value.day
        run = runs.ask_turn(session, actor=actor, day=day, data=data, now=now)
        return page.redirect(f"/board/runs/{run.id}")
    return _turn_page(page, session, actor, local_day(now), bound)


def _turn_page(page: Page, session: SessionDep, actor: Actor, day: date, form: Bound[TurnForm]) -> Response:
    ensure_staff(actor)
    one = board.get_board(session, actor, [day])[0]
    jobs = [(card.visit.job_id, f"#{card.visit.job_number} {card.farmer_name}") for card in one.cards]
    jobs += [(card.job.job_id, f"#{card.job.job_number} {card.farmer_name}") for card in one.waiting]
    aircraft = fleet_queries.list_aircraft(session, actor.cooperative_id, in_service_only=True)
    kind = str(form.text("kind") or "")
    return page.render(
        "board/turn.html",
        status=form.status if form.refusal or form.errors else 200,
        form=form,
        day=day,
        kind=TurnKind(kind) if kind in set(TurnKind) else None,
        jobs=jobs,
        aircraft=[(one.id, one.name) for one in aircraft],
        turn_names=TURN_NAMES,
    )
