"""Gathering: waiting jobs along a road or canal as cards and on a map; accept one for a half-day, or look elsewhere."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import Response
from sqlmodel import Session
from starlette.datastructures import FormData

from drone_service.access.deps import ActorDep
from drone_service.access.routes import page_router
from drone_service.access.rules import Actor, ensure_staff
from drone_service.access.schemas import Schema
from drone_service.booking.rules import HALF_DAY_NAMES
from drone_service.kit.clock import NowDep, PageDay
from drone_service.kit.db import SessionDep
from drone_service.kit.i18n import N_, format_weekday
from drone_service.scheduling import gathering
from drone_service.scheduling.corridor import AXIS_NAMES
from drone_service.scheduling.deps import RoadsDep
from drone_service.scheduling.gather_schemas import USUAL_GAP_KM, Gap, GatherIn, GatheringsOut
from drone_service.scheduling.roads import RoadTable
from drone_service.scheduling.rules import MAX_PLAN_DAYS
from drone_service.weather.forecast import PROVIDER_NAMES
from drone_service.web.forms import Bound, FormDep
from drone_service.web.operator import feature, with_base
from drone_service.web.pages import Page, PageDep

router = page_router()

GAPS_KM = (0.5, 1.0, 2.0, 5.0, 10.0)
COLOURS = 6
"""How many the style sheet has; the groups are numbered besides."""


class Looked(Schema):
    """What the page showed: from which day on, and how far apart neighbours were."""

    first: PageDay | None = None
    max_gap_km: Gap = USUAL_GAP_KM


@router.get("/gatherings")
def show_gatherings(
    page: PageDep,
    session: SessionDep,
    actor: ActorDep,
    now: NowDep,
    roads: RoadsDep,
    first: Annotated[PageDay | None, Query()] = None,
    max_gap_km: Annotated[Gap, Query()] = USUAL_GAP_KM,
) -> Response:
    looked = Looked(first=first, max_gap_km=max_gap_km)
    return _page(page, session, actor, page.blank(GatherIn), looked, roads, now)


@router.post("/gatherings")
def accept_gathering(
    page: PageDep, form: FormDep, session: SessionDep, actor: ActorDep, now: NowDep, roads: RoadsDep
) -> Response:
    ensure_staff(actor)
    looked = page.bind(Looked, form)
    bound = page.bind(GatherIn, _typed(form))
    with bound.catching(session):
        made = gathering.accept(session, actor=actor, data=bound.value, roads=roads, now=now)
        kept = looked.value if looked.is_valid else Looked()
        first = f"&first={kept.first}" if kept.first else ""
        return page.redirect(
            f"/gatherings?max_gap_km={kept.max_gap_km:g}{first}",
            message=N_("%(jobs)s jobs are placed on %(day)s. The crew does them one after the other."),
            undo=f"/board/changes/{made.id}/undo",
            jobs=len(bound.value.job_ids),
            day=format_weekday(bound.value.day, page.language),
        )
    return _page(page, session, actor, bound, looked.value if looked.is_valid else Looked(), roads, now)


def _typed(form: FormData) -> dict[str, Any]:
    """Return the group and the half-day that was chosen of those offered."""
    names = ("aircraft_id", "day", "half", "seen")
    chosen = dict(zip(names, str(form.get("option", "")).split(" "), strict=False))
    return {"job_ids": form.getlist("job_ids"), **chosen}


def _page(
    page: Page,
    session: Session,
    actor: Actor,
    form: Bound[GatherIn],
    looked: Looked,
    roads: RoadTable,
    now: datetime,
) -> Response:
    shown = gathering.propose(
        session, actor=actor, first=looked.first, days=MAX_PLAN_DAYS, max_gap_km=looked.max_gap_km, roads=roads, now=now
    )
    return page.render(
        "board/gatherings.html",
        status=form.status if form.refusal or form.errors else 200,
        form=form,
        shown=shown,
        looked=looked,
        last=shown.first + timedelta(days=shown.days - 1),
        gaps=sorted({*GAPS_KM, looked.max_gap_km}),
        colours=COLOURS,
        map_groups=_map(page, shown),
        axis_names=AXIS_NAMES,
        half_names=HALF_DAY_NAMES,
        provider_names=PROVIDER_NAMES,
    )


def _map(page: Page, shown: GatheringsOut) -> dict[str, object]:
    """Return the groups as lines and numbered places in the colours of their cards."""
    features = []
    for number, group in enumerate(shown.gatherings, start=1):
        kind = f"gathered f{(number - 1) % COLOURS}"
        way = [(job.lon, job.lat) for job in group.jobs]
        features.append(feature({"type": "LineString", "coordinates": way}, kind=kind))
        features += [
            feature(
                {"type": "Point", "coordinates": (job.lon, job.lat)},
                kind=kind,
                number=number,
                name=f"#{job.job_number} · {job.farmer_name} · {job.field_name}",
                href=f"/work/{job.job_id}",
            )
            for job in group.jobs
        ]
    return with_base(page, features)
