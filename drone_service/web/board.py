"""The board: days across, aircraft down, what waits at the side. Tap a job, see what each half-day costs, confirm.

Everything is links and forms; the script of the page only lets a job be dragged to where the links lead.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query
from fastapi.responses import Response
from sqlmodel import Session

from drone_service.access.deps import ActorDep
from drone_service.access.routes import page_router
from drone_service.access.rules import Actor, ensure_staff
from drone_service.access.schemas import Schema
from drone_service.booking.rules import HALF_DAY_NAMES, STATE_NAMES, HalfDay
from drone_service.fleet import queries as fleet_queries
from drone_service.fleet.models import Aircraft
from drone_service.kit.clock import LocalDate, NowDep, PageDay, local_day
from drone_service.kit.db import SessionDep
from drone_service.kit.i18n import N_, format_time
from drone_service.scheduling import board, changing, moves, publishing, runs, weather
from drone_service.scheduling import queries as scheduling_queries
from drone_service.scheduling.deps import RoadsDep
from drone_service.scheduling.rules import WARNING_TEXTS
from drone_service.scheduling.schemas import DayBoard, DayStateOut, MoveIn, MoveOut, PlaceIn, VisitCard, WaitingCard
from drone_service.scheduling.windows import half_at
from drone_service.weather.forecast import PROVIDER_NAMES
from drone_service.web.forms import Bound, FormDep
from drone_service.web.operator import route_map
from drone_service.web.pages import Page, PageDep

router = page_router()

DAYS_SHOWN = 7


@dataclass(frozen=True)
class Cell:
    """A half-day of one aircraft with its cards, and what it would cost to put the chosen job there."""

    aircraft: Aircraft
    half: HalfDay
    cards: list[VisitCard]
    offer: MoveOut | None


@dataclass(frozen=True)
class Column:
    """One day of the board."""

    day: date
    state: DayStateOut
    cells: list[Cell]
    jobs: int
    area_m2: float


@router.get("/board")
def show_board(
    page: PageDep,
    session: SessionDep,
    actor: ActorDep,
    now: NowDep,
    roads: RoadsDep,
    first: Annotated[PageDay | None, Query()] = None,
    job: Annotated[UUID | None, Query()] = None,
    map_day: Annotated[LocalDate | None, Query(alias="map")] = None,
    show: Annotated[Literal["map"] | None, Query()] = None,
) -> Response:
    ensure_staff(actor)
    first = first or local_day(now)
    days = [first + timedelta(days=number) for number in range(DAYS_SHOWN)]
    ahead = [day for day in days if day >= local_day(now)]
    # A job that fits nowhere, such as one of more hours than a day has: the board stays, and says why.
    looked, offers = page.blank(Schema), list[MoveOut]()
    with looked.catching(session):
        offers = moves.options(session, actor=actor, job_id=job, days=ahead, roads=roads, now=now) if job else []
    return _board(page, session, actor, now, days, job, looked, offers, map_day, show_map=show == "map")


def _board(
    page: Page,
    session: Session,
    actor: Actor,
    now: datetime,
    days: Sequence[date],
    job: UUID | None,
    looked: Bound[Schema],
    offers: Sequence[MoveOut],
    map_day: date | None,
    *,
    show_map: bool,
) -> Response:
    shown = board.get_board(session, actor, days)
    columns = _columns(session, actor, shown, offers)
    waiting = _waiting(shown)
    chosen = next((card for one in shown for card in one.cards if card.visit.job_id == job), None)
    picked = next((card for card in waiting if card.job.job_id == job), None)
    with_work = [one for one in shown if one.cards]
    mapped = next((one for one in with_work if one.day == map_day), with_work[0] if with_work else None)
    return page.render(
        "board/board.html",
        status=looked.status if looked.refusal else 200,
        form=looked,
        columns=columns,
        waiting=waiting,
        chosen=chosen,
        picked=picked,
        job=job,
        first=days[0],
        before=days[0] - timedelta(days=DAYS_SHOWN),
        after=days[0] + timedelta(days=DAYS_SHOWN),
        today=local_day(now),
        open_run=runs.find_open(session, actor, now),
        forecast=weather.source_of_work(session, actor, _places(shown), now),
        provider_names=PROVIDER_NAMES,
        map_days=[one.day for one in shown if one.cards],
        map_day=mapped.day if mapped else None,
        show_map=show_map and mapped is not None,
        map_route=route_map(page, mapped) if mapped else None,
        half_names=HALF_DAY_NAMES,
        state_names=STATE_NAMES,
        warning_texts=WARNING_TEXTS,
    )


def _columns(session: Session, actor: Actor, shown: Sequence[DayBoard], offers: Sequence[MoveOut]) -> list[Column]:
    aircraft = fleet_queries.list_aircraft(session, actor.cooperative_id)
    used = {card.visit.aircraft_id for one in shown for card in one.cards}
    rows = [one for one in aircraft if one.active or one.id in used]
    states = scheduling_queries.day_states(session, actor.cooperative_id, [one.day for one in shown])
    by_cell = {(offer.aircraft_id, offer.day, offer.half): offer for offer in offers}
    return [
        Column(
            day=one.day,
            state=publishing.state_out(one.day, states.get(one.day)),
            cells=[
                Cell(
                    machine,
                    half,
                    _cards(one, machine.id, half),
                    by_cell.get((machine.id, one.day, half)),
                )
                for machine in rows
                for half in HalfDay
            ],
            jobs=len(one.cards),
            area_m2=one.area_m2,
        )
        for one in shown
    ]


def _cards(one: DayBoard, aircraft_id: UUID, half: HalfDay) -> list[VisitCard]:
    return [
        card for card in one.cards if card.visit.aircraft_id == aircraft_id and half_at(card.visit.starts_at) is half
    ]


def _places(shown: Sequence[DayBoard]) -> list[tuple[float, float]]:
    visits = [(card.visit.lon, card.visit.lat) for one in shown for card in one.cards]
    return visits + [(card.job.lon, card.job.lat) for one in shown for card in one.waiting]


def _waiting(shown: Sequence[DayBoard]) -> list[WaitingCard]:
    """Return each waiting job once, the most pressing first."""
    found = {card.job.job_id: card for one in shown for card in one.waiting}
    return sorted(found.values(), key=lambda card: (card.job.allowed_until, card.job.job_number))


@router.get("/board/moves/{job_id}")
def show_move(
    job_id: UUID,
    page: PageDep,
    session: SessionDep,
    actor: ActorDep,
    now: NowDep,
    roads: RoadsDep,
    aircraft_id: UUID,
    day: PageDay,
    half: HalfDay,
    position: Annotated[int | None, Query(ge=0, le=500)] = None,
) -> Response:
    place = PlaceIn(aircraft_id=aircraft_id, day=day, half=half, position=position)
    looked = page.blank(MoveIn)
    with looked.catching(session):
        shown = moves.preview(session, actor=actor, job_id=job_id, place=place, roads=roads, now=now)
        return _move_page(page, session, actor, shown, looked)
    return _refused(page, looked)


@router.post("/board/moves/{job_id}")
def move_job(
    job_id: UUID, page: PageDep, form: FormDep, session: SessionDep, actor: ActorDep, now: NowDep, roads: RoadsDep
) -> Response:
    ensure_staff(actor)
    bound = page.bind(MoveIn, form)
    with bound.catching(session):
        made = moves.move(session, actor=actor, job_id=job_id, data=bound.value, roads=roads, now=now)
        moved = next(state for state in made.after if state.job_id == job_id)
        return page.redirect(
            f"/board?first={_first(bound.value.day, now)}",
            message=N_("The job is moved to %(time)s."),
            undo=f"/board/changes/{made.id}/undo",
            time=format_time(moved.starts_at) if moved.starts_at else "",
        )
    if bound.errors:
        return page.redirect(f"/board?job={job_id}")
    place = PlaceIn(**bound.value.model_dump(exclude={"seen", "pinned"}))
    with page.blank(Schema).catching(session):
        shown = moves.preview(session, actor=actor, job_id=job_id, place=place, roads=roads, now=now)
        return _move_page(page, session, actor, shown, bound)
    return _refused(page, bound)


def _move_page(page: Page, session: Session, actor: Actor, shown: MoveOut, form: Bound[MoveIn]) -> Response:
    aircraft = fleet_queries.get_aircraft(session, actor, shown.aircraft_id)
    one = board.get_board(session, actor, [shown.day])[0]
    cards = [card for card in _cards(one, aircraft.id, shown.half) if card.visit.job_id != shown.job_id]
    return page.render(
        "board/move.html",
        status=form.status if form.refusal else 200,
        form=form,
        move=shown,
        aircraft=aircraft,
        cards=cards,
        half_names=HALF_DAY_NAMES,
    )


class PinForm(Schema):
    """Hold a visit, or let it move; where the reader came from."""

    pinned: bool = False
    first: PageDay | None = None


@router.post("/board/jobs/{job_id}/pin")
def pin_job(job_id: UUID, page: PageDep, form: FormDep, session: SessionDep, actor: ActorDep, now: NowDep) -> Response:
    bound = page.bind(PinForm, form)
    with bound.catching(session):
        made = moves.pin(session, actor=actor, job_id=job_id, pinned=bound.value.pinned, now=now)
        text = N_("The visit stays where it is.") if bound.value.pinned else N_("The visit may be moved by planning.")
        return page.redirect(_back(bound, now), message=text, undo=f"/board/changes/{made.id}/undo")
    return _refused(page, bound)


@router.post("/board/jobs/{job_id}/take-off")
def take_off(
    job_id: UUID, page: PageDep, form: FormDep, session: SessionDep, actor: ActorDep, now: NowDep, roads: RoadsDep
) -> Response:
    bound = page.bind(PinForm, form)
    with bound.catching(session):
        made = moves.take_off(session, actor=actor, job_id=job_id, roads=roads, now=now)
        return page.redirect(
            _back(bound, now), message=N_("The job waits for a place again."), undo=f"/board/changes/{made.id}/undo"
        )
    return _refused(page, bound)


@router.post("/board/changes/{change_id}/undo")
def undo_change(
    change_id: UUID, page: PageDep, form: FormDep, session: SessionDep, actor: ActorDep, now: NowDep, roads: RoadsDep
) -> Response:
    bound = page.bind(PinForm, form)
    with bound.catching(session):
        done = changing.undo(session, actor=actor, change_id=change_id, roads=roads, now=now)
        days = sorted(day for _, day in changing.days_of_states([*done.before, *done.after]))
        first = _first(days[0], now) if days else local_day(now)  # a plan may have changed nothing
        return page.redirect(f"/board?first={first}", message=N_("The change is taken back."))
    return _refused(page, bound)


class LockForm(Schema):
    locked: bool = False


@router.post("/board/days/{day}/lock")
def lock_day(day: PageDay, page: PageDep, form: FormDep, session: SessionDep, actor: ActorDep, now: NowDep) -> Response:
    bound = page.bind(LockForm, form)
    with bound.catching(session):
        publishing.set_locked(session, actor=actor, day=day, locked=bound.value.locked, now=now)
        text = N_("The day is locked.") if bound.value.locked else N_("The day is open again.")
        return page.redirect(f"/board?first={_first(day, now)}", message=text)
    return _refused(page, bound)


@router.post("/board/days/{day}/publish")
def publish_day(
    day: PageDay, page: PageDep, form: FormDep, session: SessionDep, actor: ActorDep, now: NowDep
) -> Response:
    bound = page.bind(Schema, form)
    with bound.catching(session):
        done = publishing.publish(session, actor=actor, day=day, now=now)
        return page.redirect(
            f"/board?first={_first(day, now)}",
            message=N_("Published: %(farmers)s farmers and %(crew)s of the crew are told."),
            farmers=done.farmers_told,
            crew=done.crew_told,
        )
    return _refused(page, bound)


def _first(day: date, now: datetime) -> date:
    """Return the first day of the board on which a day is seen: today's week, or the day itself."""
    today = local_day(now)
    return today if today <= day < today + timedelta(days=DAYS_SHOWN) else day


def _back(bound: Bound[PinForm], now: datetime) -> str:
    return f"/board?first={bound.value.first or local_day(now)}"


def _refused(page: Page, form: Bound[Any]) -> Response:
    """Say on a small page what stands in the way, with the way back to the board."""
    return page.render("board/refused.html", status=form.status, form=form)
