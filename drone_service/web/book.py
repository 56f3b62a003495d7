"""Booking a job: one question a screen, the price before the promise; by a farmer or for one."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request
from fastapi.responses import Response

from drone_service.access import queries as access_queries
from drone_service.access import service as access_service
from drone_service.access.deps import ActorDep, LanguageDep, look_ahead
from drone_service.access.routes import page_router
from drone_service.access.rules import BOOKERS_FOR_OTHERS, Actor, Role, ensure_role
from drone_service.access.schemas import PersonIn
from drone_service.billing.rules import SERVICE_NAMES
from drone_service.booking import service as booking_service
from drone_service.booking.quoting import flight_of
from drone_service.booking.rules import HALF_DAY_NAMES, HalfDay, OverlappingRequest
from drone_service.booking.schemas import JobIn
from drone_service.engine.operation import Service
from drone_service.farms import queries as farms_queries
from drone_service.kit.clock import NowDep, local_day
from drone_service.kit.db import SessionDep
from drone_service.kit.errors import NotFound
from drone_service.kit.i18n import N_
from drone_service.planning import service as planning_service
from drone_service.planning.flying import flown_field
from drone_service.products import queries as products_queries
from drone_service.products.rules import GROUP_NAMES, fits_service
from drone_service.scheduling import offers as scheduling_offers
from drone_service.scheduling.schemas import SlotOffer
from drone_service.weather.forecast import PROVIDER_NAMES
from drone_service.web import booking_steps as steps
from drone_service.web.flight import flight_view
from drone_service.web.forms import Bound, FormDep, bind
from drone_service.web.pages import Page, PageDep


def plan_ahead(request: Request, now: NowDep, language: LanguageDep) -> None:
    """Plan the flight before the transaction begins, as the API does."""
    bound = bind(JobIn, steps.request_of(request.query_params, local_day(now)), language=language)
    if bound.is_valid:
        flight = look_ahead(request, now, lambda session, actor: flight_of(session, actor, bound.value))
        if flight is not None:
            planning_service.plan_ahead(flight)


router = page_router()
planned_router = page_router(ahead=plan_ahead)

Context = dict[str, Any]
FARMERS_SHOWN = 30
FIELDS_SHOWN = 50


class UnknownStep(NotFound):
    code = "web.unknown_step"


def progress_of(request: Request, step: str, actor: ActorDep) -> steps.Progress:
    """Return where in the booking the reader is. Raises UnknownStep."""
    allowed = steps.steps_for(actor)
    here = next((one for one in allowed if one.name == step), None)
    if here is None:
        raise UnknownStep
    return steps.Progress(allowed, here, request.query_params)


ProgressDep = Annotated[steps.Progress, Depends(progress_of)]


@router.get("/book")
def begin(request: Request, page: PageDep, actor: ActorDep) -> Response:
    return page.redirect(f"/book/{steps.steps_for(actor)[0].name}?{request.query_params}")


@router.get("/book/{step}")
def show_step(page: PageDep, session: SessionDep, actor: ActorDep, now: NowDep, progress: ProgressDep) -> Response:
    if progress.missing:
        return page.redirect(progress.address(progress.missing))
    if progress.step is steps.QUOTE:
        return _show_quote(page, session, actor, now, progress)
    read = _READERS[progress.step.name]
    return page.render(
        f"booking/{progress.step.name}.html", progress=progress, **read(page, session, actor, now, progress)
    )


@router.post("/book/farmer")
def add_farmer(page: PageDep, form: FormDep, session: SessionDep, actor: ActorDep) -> Response:
    """Add the farmer who is on the phone and go on with their field."""
    ensure_role(actor, *BOOKERS_FOR_OTHERS)
    bound = page.bind(PersonIn, form)
    with bound.catching(session):
        farmer = access_service.add_person(session, actor=actor, data=bound.value)
        return page.redirect(
            f"/fields/new?farmer={farmer.id}&next=/book/work", message=N_("The farmer is in the list.")
        )
    progress = steps.Progress(steps.steps_for(actor), steps.FARMER, page.request.query_params)
    return page.render(
        "booking/farmer.html", status=bound.status, progress=progress, form=bound, people=[], search="", adding=True
    )


@planned_router.post("/book")
def request_job(request: Request, page: PageDep, session: SessionDep, actor: ActorDep, now: NowDep) -> Response:
    bound = page.bind(JobIn, steps.request_of(request.query_params, local_day(now)))
    with bound.catching(session):
        job = booking_service.request_job(session, actor=actor, data=bound.value, now=now)
        return page.redirect(f"/jobs/{job.id}", message=N_("Your request is with us. We confirm the day soon."))
    progress = steps.Progress(steps.steps_for(actor), steps.QUOTE, request.query_params)
    return _refused(page, progress, bound)


def _refused(page: Page, progress: steps.Progress, form: Bound[JobIn]) -> Response:
    return page.render(
        "booking/refused.html",
        status=form.status,
        progress=progress,
        form=form,
        mend=steps.step_to_mend(form.refusal, form.errors),
        overlaps=isinstance(form.refusal, OverlappingRequest),
        step_of=steps.step_of,
        faults=steps.FAULTS,
    )


def _show_quote(page: Page, session: SessionDep, actor: Actor, now: NowDep, progress: steps.Progress) -> Response:
    bound = page.bind(JobIn, steps.request_of(progress.answers, local_day(now)))
    with bound.catching(session):
        quoted = booking_service.quote(session, actor=actor, data=bound.value, now=now)
        field = farms_queries.get_field(session, actor, bound.value.field_id)
        farmer = access_queries.get_person(session, actor.cooperative_id, field.farmer_id)
        return page.render(
            "booking/quote.html",
            progress=progress,
            quote=quoted.quote,
            wanted=bound.value,
            field=field,
            farmer=farmer,
            service_name=SERVICE_NAMES[bound.value.service],
            half_days=[HALF_DAY_NAMES[half] for half in HalfDay if half in bound.value.half_days],
            flight=flight_view(page, flown_field(quoted.estimate, field.outline, field.name)),
        )
    return _refused(page, progress, bound)


def _read_farmers(page: Page, session: SessionDep, actor: Actor, now: NowDep, progress: steps.Progress) -> Context:
    del now
    ensure_role(actor, *BOOKERS_FOR_OTHERS)
    search = progress.answers.get("search", "")
    after = _cursor_of(progress)
    people, following = access_queries.list_people(
        session, actor, role=Role.FARMER, search=search, limit=FARMERS_SHOWN, after=after
    )
    form = page.blank(PersonIn, language=page.language)
    adding = bool(search) and not people
    return {"people": people, "next": following, "search": search, "form": form, "adding": adding}


def _read_fields(page: Page, session: SessionDep, actor: Actor, now: NowDep, progress: steps.Progress) -> Context:
    del page, now
    farmer_id = _id_of(progress.answers["farmer"]) if "farmer" in progress.answers else actor.person_id
    fields, following = farms_queries.list_fields(
        session, actor, farmer_id=farmer_id, limit=FIELDS_SHOWN, after=_cursor_of(progress)
    )
    return {"fields": fields, "next": following, "farmer_id": farmer_id}


def _read_services(page: Page, session: SessionDep, actor: Actor, now: NowDep, progress: steps.Progress) -> Context:
    del page, session, actor, now
    chosen = progress.answers.get("service", Service.SPRAY)
    offers = [
        (service, SERVICE_NAMES[service], steps.SERVICE_NOTES[service], steps.SERVICE_ICONS[service])
        for service in Service
    ]
    return {"offers": offers, "chosen": chosen}


def _read_products(page: Page, session: SessionDep, actor: Actor, now: NowDep, progress: steps.Progress) -> Context:
    del page, now
    service = _service_of(progress.answers["service"])
    products = [
        product
        for product in products_queries.list_products(session, actor.cooperative_id)
        if fits_service(product.group, product.formulation, service)
    ]
    return {
        "products": products,
        "chosen": progress.answers.getlist("product"),
        "group_names": GROUP_NAMES,
        "service": service,
        "rate": progress.answers.get("rate") or f"{steps.DEFAULT_RATE_PER_HA[service]:g}",
        "rate_unit": steps.RATE_UNITS[service],
    }


def _read_days(page: Page, session: SessionDep, actor: Actor, now: NowDep, progress: steps.Progress) -> Context:
    answers = progress.answers
    field = farms_queries.get_field(session, actor, _id_of(answers["field"]))
    today = local_day(now)
    harvest = answers.get("harvest", field.harvest_on.isoformat() if field.harvest_on else "")
    form = page.blank(JobIn, planned_harvest_on=harvest, note=answers.get("note", ""))
    window = steps.window_of(answers, today) if "when" in answers else steps.window_of({"when": "3"}, today)
    return {
        "offers": _offers(page, session, actor, now, progress),
        "provider_names": PROVIDER_NAMES,
        "form": form,
        "when": answers.get("when", "3"),
        "window": window,
        "halves": answers.getlist("half") or [half.value for half in HalfDay],
        "half_day_names": HALF_DAY_NAMES,
        "today": today.isoformat(),
    }


def _offers(page: Page, session: SessionDep, actor: Actor, now: NowDep, progress: steps.Progress) -> list[SlotOffer]:
    """Return the half-days that suit best within a week; none where the quote will refuse the request."""
    bound = page.bind(JobIn, steps.week_of(progress.answers, local_day(now)))
    with bound.catching(session):
        return scheduling_offers.list_offers(session, actor=actor, data=bound.value, now=now)
    return []


def _id_of(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise UnknownStep from None


def _cursor_of(progress: steps.Progress) -> UUID | None:
    return _id_of(progress.answers["after"]) if progress.answers.get("after") else None


def _service_of(text: str) -> Service:
    try:
        return Service(text)
    except ValueError:
        raise UnknownStep from None


_READERS = {
    steps.FARMER.name: _read_farmers,
    steps.FIELD.name: _read_fields,
    steps.WORK.name: _read_services,
    steps.MIX.name: _read_products,
    steps.DAYS.name: _read_days,
}
