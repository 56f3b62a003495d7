"""Jobs flown as one: what could be, what is, and what of it falls to each owner."""

from typing import Any
from uuid import UUID

from fastapi.responses import Response

from drone_service.access.deps import ActorDep
from drone_service.access.routes import page_router
from drone_service.booking import blocking
from drone_service.booking.schemas import BlockIn
from drone_service.kit.clock import NowDep
from drone_service.kit.db import SessionDep
from drone_service.kit.i18n import N_
from drone_service.planning.flying import flown_block
from drone_service.products.rules import PPE_NAMES
from drone_service.web.flight import flight_view
from drone_service.web.forms import Bound, FormDep
from drone_service.web.pages import Page, PageDep

router = page_router()


@router.get("/blocks")
def show_blocks(page: PageDep, session: SessionDep, actor: ActorDep) -> Response:
    return _list(page, session, actor, page.blank(BlockIn, shared_percent=50))


@router.post("/blocks")
def make_block(page: PageDep, form: FormDep, session: SessionDep, actor: ActorDep, now: NowDep) -> Response:
    typed: dict[str, Any] = {"job_ids": str(form.get("jobs", "")).split(), "shared_percent": form.get("shared_percent")}
    bound = page.bind(BlockIn, typed)
    with bound.catching(session):
        block = blocking.make_block(session, actor=actor, data=bound.value, now=now)
        return page.redirect(f"/blocks/{block.id}", message=N_("These jobs are flown as one."))
    return _list(page, session, actor, bound, status=bound.status)


@router.get("/blocks/{block_id}")
def show_block(block_id: UUID, page: PageDep, session: SessionDep, actor: ActorDep) -> Response:
    block = blocking.get_block(session, actor, block_id)
    told = blocking.block_out(session, actor, block)
    label = " + ".join(member.share.field_name for member in told.members)
    return page.render(
        "owner/block.html",
        block=told,
        label=label,
        sheet=told.plan.estimate.mix,
        ppe_names=PPE_NAMES,
        flight=flight_view(page, flown_block(told.plan.estimate, label)),
    )


@router.post("/blocks/{block_id}/dissolve")
def dissolve_block(block_id: UUID, page: PageDep, session: SessionDep, actor: ActorDep) -> Response:
    blocking.dissolve_block(session, actor=actor, block_id=block_id)
    return page.redirect("/blocks", message=N_("These jobs are flown one by one again."))


def _list(page: Page, session: SessionDep, actor: ActorDep, form: Bound[BlockIn], *, status: int = 200) -> Response:
    return page.render(
        "owner/blocks.html",
        status=status,
        form=form,
        proposals=blocking.list_proposals(session, actor),
        blocks=blocking.list_blocks(session, actor),
    )
