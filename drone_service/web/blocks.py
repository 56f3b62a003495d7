"""Jobs flown as one: what could be, what is, and what of it falls to each owner."""

from collections.abc import Iterable
from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from fastapi import Request
from fastapi.responses import Response
from starlette.datastructures import FormData

from drone_service.access.deps import ActorDep, LanguageDep, look_ahead
from drone_service.access.routes import page_router
from drone_service.booking import adjoining, blocking, blocks
from drone_service.booking.schemas import BlockIn
from drone_service.engine.coverage.phases import rounded
from drone_service.kit.clock import NowDep
from drone_service.kit.db import SessionDep
from drone_service.kit.i18n import N_
from drone_service.planning import blocks as planning_blocks
from drone_service.products.rules import PPE_NAMES
from drone_service.scheduling import queries as scheduling_queries
from drone_service.scheduling.models import Visit
from drone_service.web.flight import flight_view
from drone_service.web.forms import Bound, FormDep, bind
from drone_service.web.pages import Page, PageDep

LONGEST_PAUSE = timedelta(minutes=10)
"""Visits further apart are not one flight any more (k)."""


def plan_block_ahead(form: FormDep, request: Request, now: NowDep, language: LanguageDep) -> None:
    """Plan the flights before the transaction begins, as the API does."""
    bound = bind(BlockIn, _typed(form), language=language)
    if bound.is_valid:
        flights = look_ahead(request, now, lambda session, actor: blocking.flights_of(session, actor, bound.value))
        if flights is not None:
            planning_blocks.plan_block_ahead(flights)


router = page_router()
planned_router = page_router(ahead=plan_block_ahead)


@router.get("/blocks")
def show_blocks(page: PageDep, session: SessionDep, actor: ActorDep) -> Response:
    return _list(page, session, actor, page.blank(BlockIn, shared_percent=50))


@planned_router.post("/blocks")
def make_block(page: PageDep, form: FormDep, session: SessionDep, actor: ActorDep, now: NowDep) -> Response:
    bound = page.bind(BlockIn, _typed(form))
    with bound.catching(session):
        block = blocking.make_block(session, actor=actor, data=bound.value, now=now)
        return page.redirect(f"/blocks/{block.id}", message=N_("These jobs are flown as one."))
    return _list(page, session, actor, bound, status=bound.status)


@router.get("/blocks/{block_id}")
def show_block(block_id: UUID, page: PageDep, session: SessionDep, actor: ActorDep) -> Response:
    block = blocks.get_block(session, actor, block_id)
    told = blocks.block_out(session, actor, block)
    flown = blocks.flown(block)
    visits = scheduling_queries.visits_of(session, actor, [member.job_id for member in told.members])
    return page.render(
        "owner/block.html",
        block=told,
        label=flown.label,
        sheet=told.plan.estimate.mix,
        ppe_names=PPE_NAMES,
        visits=visits,
        apart=_are_apart(visits.values()),
        minutes=rounded([one.share.seconds / 60 for one in told.members], 1, round(told.plan.total_s / 60, 1)),
        flight=flight_view(page, flown, export=f"/api/v1/blocks/{block.id}/flight-plan/export"),
    )


@router.post("/blocks/{block_id}/dissolve")
def dissolve_block(block_id: UUID, page: PageDep, session: SessionDep, actor: ActorDep) -> Response:
    blocking.dissolve_block(session, actor=actor, block_id=block_id)
    return page.redirect("/blocks", message=N_("These jobs are flown one by one again."))


def _are_apart(visits: Iterable[Visit]) -> bool:
    inorder = sorted(visits, key=lambda visit: visit.starts_at)
    return any(
        one.aircraft_id != after.aircraft_id or after.starts_at - one.ends_at > LONGEST_PAUSE
        for one, after in pairwise(inorder)
    )


def _typed(form: FormData) -> dict[str, Any]:
    return {"job_ids": str(form.get("jobs", "")).split(), "shared_percent": form.get("shared_percent")}


def _list(page: Page, session: SessionDep, actor: ActorDep, form: Bound[BlockIn], *, status: int = 200) -> Response:
    return page.render(
        "owner/blocks.html",
        status=status,
        form=form,
        proposals=adjoining.list_proposals(session, actor),
        blocks=blocks.list_blocks(session, actor),
    )
