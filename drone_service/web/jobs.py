"""Jobs as their people follow them: the list, one job with its history and its bill, and what can be done."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from fastapi.responses import Response

from drone_service.access.deps import ActorDep
from drone_service.access.routes import page_router
from drone_service.access.rules import Actor
from drone_service.billing import queries as billing_queries
from drone_service.billing.rules import SERVICE_NAMES
from drone_service.booking import blocks
from drone_service.booking import queries as booking_queries
from drone_service.booking import service as booking_service
from drone_service.booking.rules import EVENT_NAMES, HALF_DAY_NAMES, OPEN_STATES, STATE_NAMES, Event, State
from drone_service.booking.schemas import MoveOut, Reason
from drone_service.farms import queries as farms_queries
from drone_service.fieldwork.rules import STOP_REASON_NAMES
from drone_service.kit.clock import NowDep, local_day
from drone_service.kit.db import SessionDep
from drone_service.kit.i18n import N_
from drone_service.kit.paging import AfterQuery
from drone_service.scheduling import publishing
from drone_service.scheduling.rules import VisitNotFound
from drone_service.scheduling.schemas import ArrivalOut
from drone_service.web import booking_steps
from drone_service.web.forms import Bound, FormDep
from drone_service.web.pages import Page, PageDep
from drone_service.web.weather import LEVELS, view_of_job

router = page_router()

TONES = {
    State.REQUESTED: ("wait", "clock"),
    State.CONFIRMED: ("busy", "check"),
    State.SCHEDULED: ("busy", "calendar"),
    State.IN_PROGRESS: ("busy", "drone"),
    State.DONE: ("good", "check"),
    State.PARTLY_DONE: ("wait", "warning"),
    State.INVOICED: ("wait", "debt"),
    State.PAID: ("good", "money"),
    State.CANCELLED: ("bad", "cross"),
    State.REFUSED: ("bad", "cross"),
}
LIFE: tuple[tuple[str, frozenset[State]], ...] = (
    (N_("Requested"), frozenset({State.REQUESTED})),
    (N_("Confirmed"), frozenset({State.CONFIRMED})),
    (N_("Scheduled"), frozenset({State.SCHEDULED})),
    (N_("Flying"), frozenset({State.IN_PROGRESS})),
    (N_("Done"), frozenset({State.DONE, State.PARTLY_DONE, State.INVOICED})),
    (N_("Paid"), frozenset({State.PAID})),
)
"""The line a farmer follows; ended jobs have none."""
SHOWN: dict[str, tuple[str, frozenset[State]]] = {
    "open": (N_("To come"), OPEN_STATES),
    "requested": (N_("Waiting for us"), frozenset({State.REQUESTED})),
    "owed": (N_("To pay"), frozenset({State.INVOICED, State.DONE, State.PARTLY_DONE})),
    "all": (N_("All"), frozenset()),
}
CANCEL_REASONS = (
    N_("The weather does not suit"),
    N_("Somebody else has done it"),
    N_("The crop does not need it any more"),
    N_("I booked by mistake"),
)
FILTERS: dict[str, Any] = {
    "job_tones": TONES,
    "state_names": STATE_NAMES,
    "service_names": SERVICE_NAMES,
    "half_names": HALF_DAY_NAMES,
}


@router.get("/jobs")
def list_jobs(
    page: PageDep,
    session: SessionDep,
    actor: ActorDep,
    show: Annotated[str, Query(max_length=20)] = "",
    field: UUID | None = None,
    farmer: UUID | None = None,
    after: UUID | None = None,
) -> Response:
    shown = show if show in SHOWN else ("requested" if actor.is_staff else "all")
    rows, following = booking_queries.list_jobs(
        session, actor, states=SHOWN[shown][1], field_id=field, farmer_id=farmer, limit=25, after=after
    )
    outlines = farms_queries.names_of(session, actor.cooperative_id, {job.field_id for job in rows})
    jobs = booking_queries.jobs_out(session, actor, rows)
    tabs = [(name, title) for name, (title, _) in SHOWN.items()]
    return page.render(
        "jobs/list.html", jobs=jobs, outlines=outlines, shown=shown, shown_tabs=tabs, next=following, **FILTERS
    )


@router.get("/jobs/{job_id}")
def show_job(
    job_id: UUID, page: PageDep, session: SessionDep, actor: ActorDep, now: NowDep, after: AfterQuery = None
) -> Response:
    return _job_page(page, session, actor, job_id, page.blank(Reason), now, after=after)


@router.post("/jobs/{job_id}/cancel")
def cancel_job(
    job_id: UUID, page: PageDep, form: FormDep, session: SessionDep, actor: ActorDep, now: NowDep
) -> Response:
    return _move(page, form, session, actor, job_id, Event.CANCEL, now, N_("The job is cancelled."), undo="reinstate")


@router.post("/jobs/{job_id}/reinstate")
def reinstate_job(
    job_id: UUID, page: PageDep, form: FormDep, session: SessionDep, actor: ActorDep, now: NowDep
) -> Response:
    return _move(page, form, session, actor, job_id, Event.REINSTATE, now, N_("The job is back among the requests."))


@router.post("/jobs/{job_id}/confirm")
def confirm_job(
    job_id: UUID, page: PageDep, form: FormDep, session: SessionDep, actor: ActorDep, now: NowDep
) -> Response:
    return _move(page, form, session, actor, job_id, Event.CONFIRM, now, N_("The job is confirmed, its price fixed."))


@router.post("/jobs/{job_id}/refuse")
def refuse_job(
    job_id: UUID, page: PageDep, form: FormDep, session: SessionDep, actor: ActorDep, now: NowDep
) -> Response:
    return _move(page, form, session, actor, job_id, Event.REFUSE, now, N_("The job is refused and the farmer told."))


def _move(
    page: Page,
    form: FormDep,
    session: SessionDep,
    actor: Actor,
    job_id: UUID,
    event: Event,
    now: NowDep,
    message: str,
    undo: str = "",
) -> Response:
    typed = {name: str(form.get(name, "")) for name in ("reason", "more")}
    words = [word.strip() for word in typed.values()]
    bound = page.bind(Reason, {"reason": ". ".join(word for word in words if word)})
    bound.typed = {**typed, "event": event.value}
    with bound.catching(session):
        booking_service.move(session, actor=actor, job_id=job_id, event=event, reason=bound.value.reason, now=now)
        path = f"/jobs/{job_id}"
        return page.redirect(path, message=message, undo=f"{path}/{undo}" if undo else "")
    return _job_page(page, session, actor, job_id, bound, now)


def _job_page(
    page: Page,
    session: SessionDep,
    actor: Actor,
    job_id: UUID,
    form: Bound[Reason],
    now: datetime,
    *,
    after: UUID | None = None,
) -> Response:
    row = booking_queries.get_job(session, actor, job_id)
    moves, following = booking_queries.list_moves(session, actor, job_id, after=after)
    arrival = _find_arrival(session, actor, job_id, now) if row.state is State.SCHEDULED else None
    return page.render(
        "jobs/job.html",
        status=form.status if form.refusal or form.errors else 200,
        form=form,
        job=booking_queries.job_out(session, actor, row),
        field=farms_queries.get_field(session, actor, row.field_id),
        moves=[(move, _why(page, move)) for move in moves],
        next=following,
        invoice=billing_queries.find_invoice_of_job(session, actor, job_id),
        arrival=arrival,
        weather=view_of_job(session, actor, job_id, arrival.day, now) if arrival else None,
        levels=LEVELS,
        together=blocks.find_share(session, row),
        life=_life_of(row.state),
        event_names=EVENT_NAMES,
        cancel_reasons=CANCEL_REASONS,
        rate_unit=booking_steps.RATE_UNITS[row.service],
        **FILTERS,
    )


def _why(page: Page, move: MoveOut) -> str:
    """Return why a job was moved: what stopped the crew is kept as a stable word, other reasons as written."""
    if move.event not in (Event.STOP, Event.GIVE_BACK):
        return move.reason
    code, _, note = move.reason.partition(" ")
    names = {reason.value: name for reason, name in STOP_REASON_NAMES.items()}
    return f"{page.text(names[code])} {note}".strip() if code in names else move.reason


def _find_arrival(session: SessionDep, actor: Actor, job_id: UUID, now: datetime) -> ArrivalOut | None:
    """Return between what times the crew comes; None once the day has gone by without the work."""
    try:
        arrival = publishing.get_arrival(session, actor, job_id, now)
        return arrival if arrival.day >= local_day(now) else None
    except VisitNotFound:
        return None


def _life_of(state: State) -> list[tuple[str, str]]:
    """Return the steps of the life line, each past, now or to come."""
    reached = next((index for index, (_, states) in enumerate(LIFE) if state in states), None)
    if reached is None:
        return []
    last = len(LIFE) - 1
    marks = [
        "past" if index < reached or reached == last else "now" if index == reached else "" for index in range(last + 1)
    ]
    return [(title, mark) for (title, _), mark in zip(LIFE, marks, strict=True)]
