"""The operator's pages: the day, the week, the job sheet and the work on the field. All work without scripts."""

from datetime import date, datetime, time, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Header, Query, Request
from fastapi.responses import Response
from pydantic import Field
from sqlmodel import Session

from drone_service.access.deps import ActorDep, LanguageDep, look_ahead
from drone_service.access.routes import page_router
from drone_service.access.rules import Actor
from drone_service.access.schemas import Schema
from drone_service.billing.rules import SERVICE_NAMES
from drone_service.booking import blocks
from drone_service.booking import queries as booking_queries
from drone_service.booking.flight import find_flight_of_job
from drone_service.booking.rules import STATE_NAMES
from drone_service.engine.operation import Service
from drone_service.farms import queries as farms_queries
from drone_service.fieldwork import queries as fieldwork_queries
from drone_service.fieldwork import service as fieldwork_service
from drone_service.fieldwork.rules import STOP_REASON_NAMES
from drone_service.fieldwork.schemas import FinishIn, LoadIn, StartIn
from drone_service.fleet import queries as fleet_queries
from drone_service.kit.clock import NowDep, PageDay, local_day, local_moment
from drone_service.kit.db import SessionDep
from drone_service.kit.geojson import to_geojson
from drone_service.kit.i18n import N_, format_time
from drone_service.kit.paging import AfterQuery
from drone_service.products.rules import PPE_NAMES
from drone_service.scheduling import arrange, board, moves
from drone_service.scheduling import queries as scheduling_queries
from drone_service.scheduling import service as scheduling_service
from drone_service.scheduling.deps import RoadsDep
from drone_service.scheduling.rules import WARNING_TEXTS
from drone_service.scheduling.schemas import DayBoard, PlanDays, VisitIn
from drone_service.weather import sites as weather_sites
from drone_service.web.booking_steps import RATE_UNITS
from drone_service.web.flight import FlightView, flight_view
from drone_service.web.forms import Bound, FormDep, bind
from drone_service.web.pages import Page, PageDep
from drone_service.web.weather import LEVELS, view_of_base, view_of_job


def search_ahead(
    day: PageDay, form: FormDep, request: Request, now: NowDep, language: LanguageDep, roads: RoadsDep
) -> arrange.Searched | None:
    """Search the plan before the transaction begins, as the API does."""
    bound = bind(PlanDays, form, language=language)
    if not bound.is_valid:
        return None
    days = [day, *bound.value.also]
    return look_ahead(
        request, now, lambda session, actor: arrange.search(session, actor=actor, days=days, roads=roads, now=now)
    )


router = page_router()
planned_router = page_router(ahead=search_ahead)

A_WEEK = timedelta(days=7)
A_DAY = timedelta(days=1)
PLACED_HERE = 20
"""So many of the jobs that wait, the most pressing, have a form on the page of a day; the others have one on their own
page. A form for each of a hundred makes the page heavier than a first visit on a slow line may be."""


LONGEST_WAIT_S = 7 * 24 * 3600


def when_done(now: NowDep, waited_s: Annotated[int, Header(ge=0)] = 0) -> datetime:
    """Return when something was done on the field: what was written without a signal says how long it has waited.

    How long, and not when, because the clocks of phones go wrong and a difference on one of them does not.
    """
    return now - timedelta(seconds=min(waited_s, LONGEST_WAIT_S))


DoneDep = Annotated[datetime, Depends(when_done)]


class PlaceForm(Schema):
    """A day and a local time, as people type them."""

    day: date
    at: time
    aircraft_id: UUID | None = None

    def visit(self) -> VisitIn:
        """Return the same as the API takes it."""
        return VisitIn(starts_at=local_moment(self.day, self.at), aircraft_id=self.aircraft_id)


WholeArea = Annotated[int, Field(ge=0, le=10_000_000)]
"""Square metres as people type them. No part of one is written anywhere, so `6.044` is six thousand here."""


class LoadForm(LoadIn):
    """A load as people type it."""

    area_m2: WholeArea


class FinishForm(FinishIn):
    """The end of the work as people type it."""

    area_done_m2: WholeArea | None = None


@router.get("/today")
def show_today(page: PageDep, session: SessionDep, actor: ActorDep, now: NowDep) -> Response:
    return _day_page(page, session, actor, local_day(now), now, page.blank(PlanDays))


@router.get("/tomorrow")
def show_tomorrow(page: PageDep, session: SessionDep, actor: ActorDep, now: NowDep) -> Response:
    return _day_page(page, session, actor, local_day(now) + A_DAY, now, page.blank(PlanDays))


@router.get("/days/{day}")
def show_day(day: PageDay, page: PageDep, session: SessionDep, actor: ActorDep, now: NowDep) -> Response:
    return _day_page(page, session, actor, day, now, page.blank(PlanDays))


@router.get("/days/{day}/print")
def print_day(day: PageDay, page: PageDep, session: SessionDep, actor: ActorDep) -> Response:
    one = board.get_board(session, actor, [day])[0]
    return page.render("operator/print.html", day=day, cards=one.cards, area_m2=one.area_m2)


@router.get("/week")
def show_week(
    page: PageDep, session: SessionDep, actor: ActorDep, now: NowDep, first: Annotated[PageDay | None, Query()] = None
) -> Response:
    first = first or local_day(now)
    days = board.get_board(session, actor, [first + A_DAY * number for number in range(7)])
    return page.render(
        "operator/week.html", days=days, before=first - A_WEEK, after=first + A_WEEK, state_names=STATE_NAMES
    )


@planned_router.post("/days/{day}/plan")
def plan_day(
    day: PageDay,
    page: PageDep,
    form: FormDep,
    session: SessionDep,
    actor: ActorDep,
    now: NowDep,
    roads: RoadsDep,
    searched: Annotated[arrange.Searched | None, Depends(search_ahead)],
) -> Response:
    bound = page.bind(PlanDays, form)
    with bound.catching(session):
        plan = arrange.plan_days(
            session, actor=actor, days=[day, *bound.value.also], roads=roads, now=now, searched=searched
        )
        return page.redirect(
            f"/days/{day}",
            message=N_("Planned: %(placed)s placed, %(moved)s moved, %(left)s left out."),
            placed=plan.placed,
            moved=plan.moved,
            left=len(plan.left_out),
            undo=f"/board/changes/{plan.change_id}/undo",
        )
    return _day_page(page, session, actor, day, now, bound, status=bound.status)


@router.get("/work/{job_id}")
def show_job(
    job_id: UUID,
    page: PageDep,
    session: SessionDep,
    actor: ActorDep,
    now: NowDep,
    day: Annotated[PageDay | None, Query()] = None,
) -> Response:
    return _job_page(page, session, actor, job_id, now, page.blank(FinishForm, day=day))


@router.post("/work/{job_id}/place")
def place_job(
    job_id: UUID, page: PageDep, form: FormDep, session: SessionDep, actor: ActorDep, now: NowDep, roads: RoadsDep
) -> Response:
    bound = page.bind(PlaceForm, form)
    with bound.catching(session):
        data = bound.value.visit()
        visit = scheduling_service.place(session, actor=actor, job_id=job_id, data=data, roads=roads, now=now)
        return page.redirect(
            f"/days/{visit.day}",
            message=N_("Job #%(number)s is placed at %(time)s."),
            undo=f"/work/{job_id}/remove",
            number=visit.job_number,
            time=format_time(visit.starts_at),
        )
    return _job_page(page, session, actor, job_id, now, bound, status=bound.status)


@router.post("/work/{job_id}/remove")
def remove_job(
    job_id: UUID, page: PageDep, form: FormDep, session: SessionDep, actor: ActorDep, now: NowDep, roads: RoadsDep
) -> Response:
    bound = page.bind(Schema, form)
    with bound.catching(session):
        day = scheduling_queries.get_visit(session, actor, job_id).day
        moves.take_off(session, actor=actor, job_id=job_id, roads=roads, now=now)
        return page.redirect(f"/days/{day}", message=N_("The job waits for a place again."))
    return _job_page(page, session, actor, job_id, now, bound, status=bound.status)


@router.post("/work/{job_id}/start")
def start_job(
    job_id: UUID, page: PageDep, form: FormDep, session: SessionDep, actor: ActorDep, now: NowDep, done: DoneDep
) -> Response:
    bound = page.bind(StartIn, form)
    with bound.catching(session):
        fieldwork_service.start(session, actor=actor, job_id=job_id, data=bound.value, now=done)
        return page.redirect(f"/work/{job_id}", message=N_("The work has begun."))
    return _job_page(page, session, actor, job_id, now, bound, status=bound.status)


@router.post("/work/{job_id}/loads")
def record_load(
    job_id: UUID, page: PageDep, form: FormDep, session: SessionDep, actor: ActorDep, now: NowDep, done: DoneDep
) -> Response:
    bound = page.bind(LoadForm, form)
    with bound.catching(session):
        fieldwork_service.record_load(session, actor=actor, job_id=job_id, data=bound.value, now=done)
        return page.redirect(f"/work/{job_id}", message=N_("The load is recorded."))
    return _job_page(page, session, actor, job_id, now, page.blank(FinishForm), load_form=bound, status=bound.status)


@router.post("/work/{job_id}/finish")
def finish_job(
    job_id: UUID, page: PageDep, form: FormDep, session: SessionDep, actor: ActorDep, now: NowDep, done: DoneDep
) -> Response:
    bound = page.bind(FinishForm, form)
    with bound.catching(session):
        fieldwork_service.finish(session, actor=actor, job_id=job_id, data=bound.value, now=done)
        return page.redirect(f"/work/{job_id}", message=N_("Recorded. The bill is made."))
    return _job_page(page, session, actor, job_id, now, bound, status=bound.status)


@router.get("/fields/{field_id}/log")
def show_spray_log(
    field_id: UUID, page: PageDep, session: SessionDep, actor: ActorDep, after: AfterQuery = None
) -> Response:
    log = fieldwork_queries.get_spray_log(session, actor, field_id, after=after)
    field = farms_queries.get_field(session, actor, field_id)
    units = {service: RATE_UNITS[service].removesuffix("/ha") for service in Service}
    return page.render(
        "operator/log.html", log=log, field_name=field.name, service_names=SERVICE_NAMES, entry_unit=units
    )


def _day_page(
    page: Page, session: Session, actor: Actor, day: date, now: datetime, form: Bound[Any], *, status: int = 200
) -> Response:
    one = board.get_board(session, actor, [day])[0]
    today = local_day(now)
    return page.render(
        "operator/day.html",
        status=status,
        form=form,
        day=day,
        today=today,
        tomorrow=today + A_DAY,
        before=day - A_DAY,
        after=day + A_DAY,
        cards=one.cards,
        waiting=one.waiting,
        more_wait=one.more_wait,
        area_m2=one.area_m2,
        aircraft=fleet_queries.list_aircraft(session, actor.cooperative_id, in_service_only=True),
        first_free=_first_free(session, actor, day, now),
        can_plan=day >= today,
        placed_here=PLACED_HERE,
        route=route_map(page, one),
        state_names=STATE_NAMES,
        warning_texts=WARNING_TEXTS,
        weather=view_of_base(session, actor, day, now),
        levels=LEVELS,
    )


def _job_page(
    page: Page,
    session: Session,
    actor: Actor,
    job_id: UUID,
    now: datetime,
    form: Bound[Any],
    *,
    load_form: Bound[Any] | None = None,
    status: int = 200,
) -> Response:
    sheet = fieldwork_queries.get_sheet(session, actor, job_id)
    work = fieldwork_queries.find_work_out(session, actor, job_id)
    aircraft = fleet_queries.list_aircraft(session, actor.cooperative_id, in_service_only=True)
    field = farms_queries.get_field(session, actor, sheet.field_id)
    shape = {"type": "Feature", "geometry": to_geojson(field.outline), "properties": {"name": field.name}}
    return page.render(
        "operator/job.html",
        status=status,
        form=form,
        load_form=load_form or page.blank(LoadForm),
        form_to_come=page.blank(FinishForm),
        sheet=sheet,
        work=work,
        today=local_day(now),
        aircraft=aircraft,
        aircraft_options=[(one.id, one.name) for one in aircraft],
        stop_reasons=STOP_REASON_NAMES,
        ppe_names=PPE_NAMES,
        state_names=STATE_NAMES,
        field_map={"type": "FeatureCollection", "features": [shape]},
        together=blocks.find_share(session, booking_queries.get_job(session, actor, job_id)),
        flight=_flight_of(page, session, actor, job_id),
        weather=view_of_job(session, actor, job_id, sheet.visit.day if sheet.visit else local_day(now), now),
        site=weather_sites.find_site(session, actor, work.work_id) if work else None,
        levels=LEVELS,
    )


def _flight_of(page: Page, session: Session, actor: Actor, job_id: UUID) -> FlightView | None:
    flown = find_flight_of_job(session, actor, job_id)
    return flight_view(page, flown, export=f"/api/v1/jobs/{job_id}/flight-plan/export") if flown else None


def _first_free(session: Session, actor: Actor, day: date, now: datetime) -> str:
    """Return the local time that the form proposes: the first free half hour that has not gone yet."""
    free = scheduling_queries.list_free_periods(session, actor, day, 30)
    starts = [period.starts_at for period in free if period.starts_at >= now]
    return format_time(min(starts)) if starts else ""


def route_map(page: Page, one: DayBoard) -> dict[str, object]:
    """Return the base, the stops in order and the way between them as GeoJSON."""
    features: list[dict[str, object]] = []
    base = (page.cooperative.base_lon, page.cooperative.base_lat) if page.cooperative else None
    by_aircraft: dict[UUID, list[tuple[float, float]]] = {}
    for number, card in enumerate(one.cards, start=1):
        visit = card.visit
        by_aircraft.setdefault(visit.aircraft_id, [base] if base else []).append((visit.lon, visit.lat))
        point = {"type": "Point", "coordinates": [visit.lon, visit.lat]}
        name = f"{number} · {card.farmer_name} · {card.field_name}"
        features.append(feature(point, kind="stop", number=number, name=name, href=f"/work/{visit.job_id}"))
    features += [feature({"type": "LineString", "coordinates": way}, kind="route") for way in by_aircraft.values()]
    return with_base(page, features)


def with_base(page: Page, features: list[dict[str, object]]) -> dict[str, object]:
    """Return what a map shows, with the base of the cooperative."""
    if page.cooperative:
        base = {"type": "Point", "coordinates": (page.cooperative.base_lon, page.cooperative.base_lat)}
        features = [*features, feature(base, kind="base", name=page.text(N_("Base")))]
    return {"type": "FeatureCollection", "features": features}


def feature(geometry: dict[str, Any], **properties: object) -> dict[str, object]:
    """Return something on a map, with what the script of the page knows of it."""
    return {"type": "Feature", "geometry": geometry, "properties": properties}
