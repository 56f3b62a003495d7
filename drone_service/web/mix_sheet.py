"""The mix sheet of a job, to be read at the tank, printed or kept as a file and taken along."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from fastapi.responses import Response
from sqlmodel import Session

from drone_service.access.deps import ActorDep
from drone_service.access.routes import page_router
from drone_service.access.rules import Actor
from drone_service.billing.rules import SERVICE_NAMES
from drone_service.booking import blocks
from drone_service.booking import queries as booking_queries
from drone_service.booking.schemas import JobOut
from drone_service.fieldwork import queries as fieldwork_queries
from drone_service.kit import pdf
from drone_service.kit.db import SessionDep
from drone_service.kit.i18n import N_, format_measure, format_moment, format_number
from drone_service.planning.schemas import BlockMemberOut, MixSheet, Part, TankLoad
from drone_service.products.rules import PPE_NAMES
from drone_service.scheduling import queries as scheduling_queries
from drone_service.web.pages import Page, PageDep

router = page_router()
TEMPLATE = Path(__file__).with_name("sheets") / "mix.typ"


@dataclass(frozen=True)
class _Shown:
    """What page and file are made from."""

    job: JobOut
    sheet: MixSheet
    together: tuple[object, BlockMemberOut] | None
    starts_at: datetime | None

    @classmethod
    def read(cls, session: Session, actor: Actor, job_id: UUID) -> "_Shown":
        """Raises JobNotFound."""
        job = booking_queries.get_job(session, actor, job_id)
        visit = scheduling_queries.find_visit(session, actor.cooperative_id, job_id)
        return cls(
            booking_queries.job_out(session, actor, job),
            fieldwork_queries.mix_of(job),
            blocks.find_share(session, job),
            visit.starts_at if visit else None,
        )


@router.get("/jobs/{job_id}/mix")
def show_mix(job_id: UUID, page: PageDep, session: SessionDep, actor: ActorDep) -> Response:
    shown = _Shown.read(session, actor, job_id)
    return page.render("jobs/mix.html", **vars(shown), service_names=SERVICE_NAMES, ppe_names=PPE_NAMES)


@router.get("/jobs/{job_id}/mix.pdf")
def export_mix(job_id: UUID, page: PageDep, session: SessionDep, actor: ActorDep) -> Response:
    shown = _Shown.read(session, actor, job_id)
    headers = {
        "Content-Disposition": f'attachment; filename="mix-{shown.job.number}.pdf"',
        "Cache-Control": "private, no-store",
    }
    return Response(pdf.set_pdf(TEMPLATE, _on_paper(page, shown)), media_type=pdf.MEDIA_TYPE, headers=headers)


def _on_paper(page: Page, shown: _Shown) -> dict[str, object]:
    """Return the sheet in the reader's words, as the template for paper takes it."""
    job, sheet, language = shown.job, shown.sheet, page.language
    lead = [page.text(N_("no. %(number)s"), number=job.number), page.text(SERVICE_NAMES[job.service])]
    if shown.starts_at is not None:
        lead.append(format_moment(shown.starts_at, language))
    rate = f"{format_measure(job.rate_per_ha, language, 1)} {sheet.unit}/ha"
    together = page.text(N_("Flown as one with the neighbouring fields: fill and fly by the plan of them all."))
    return {
        "language": language,
        "title": page.text(N_("Mixing sheet") if sheet.unit == "L" else N_("Loading sheet")),
        "whose": f"{job.farmer_name} · {job.field_name}",
        "lead": " · ".join(lead),
        "notes": [together] if shown.together else [],
        "figures": [
            [page.text(N_("Area")), *_area(page, job.area_m2)],
            [page.text(N_("In all")), f"{format_measure(sheet.quantity, language, 1)} {sheet.unit}", rate],
            [page.text(N_("Loads")), str(len(sheet.loads)), ""],
        ],
        "sections": _sections(page, sheet),
    }


def _sections(page: Page, sheet: MixSheet) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    if sheet.ppe:
        worn = " · ".join(page.text(PPE_NAMES[piece]) for piece in sheet.ppe)
        found.append({"kind": "text", "title": page.text(N_("Wear while you mix and fill")), "text": worn})
    if sheet.totals:
        rows = [[part.name, _amount(page, part)] for part in sheet.totals]
        found.append({"kind": "measures", "title": page.text(N_("To fetch from the farmer")), "rows": rows})
    loads = [_load(page, load, len(sheet.loads)) for load in sheet.loads]
    found.append({"kind": "loads", "title": page.text(N_("What goes into each load")), "loads": loads})
    if sheet.steps:
        found.append({
            "kind": "steps",
            "title": page.text(N_("Each load in this order")),
            "steps": [page.text(step.text, name=step.name) for step in sheet.steps],
            "hint": page.text(N_("This order holds where the labels say nothing else.")),
        })  # fmt: skip
    return found


def _load(page: Page, load: TankLoad, loads: int) -> dict[str, object]:
    title = page.text(N_("Load %(number)s of %(loads)s"), number=load.number, loads=loads)
    rows = [[part.name, _amount(page, part)] for part in load.products]
    if load.unit == "L":
        rows.insert(0, [page.text(N_("Water")), f"{format_measure(load.water_l, page.language, 1)} L"])
    held = page.text(N_("In the tank") if load.unit == "L" else N_("In the hopper"))
    return {
        "title": f"{title} ({page.text(N_('smaller'))})" if load.is_short else title,
        "note": " · ".join(_area(page, load.area_m2)),
        "rows": rows,
        "sum": [held, f"{format_measure(load.quantity, page.language, 1)} {load.unit}"],
    }


def _amount(page: Page, part: Part) -> str:
    return f"{format_measure(part.amount, page.language, 3 if part.unit in ('L', 'kg') else 0)} {part.unit}"


def _area(page: Page, area_m2: float) -> list[str]:
    cong_m2 = page.cooperative.cong_m2 if page.cooperative else 1296
    cong = f"{format_number(area_m2 / cong_m2, page.language, 2)} {page.text(N_('công'))}"
    return [cong, f"{format_number(area_m2 / 10_000, page.language, 2)} ha"]
