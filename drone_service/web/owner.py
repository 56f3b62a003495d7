"""The owner's pages: the return on the investment, prices, people and settings."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import Request
from fastapi.responses import Response
from markupsafe import Markup
from starlette.datastructures import FormData

from drone_service.access import queries as access_queries
from drone_service.access import service as access_service
from drone_service.access.deps import ActorDep
from drone_service.access.routes import page_router
from drone_service.access.rules import ROLE_NAMES, Role, ensure_owner
from drone_service.access.schemas import CooperativeOut, CooperativePatch, PersonIn, PersonPatch
from drone_service.billing import queries as billing_queries
from drone_service.billing import service as billing_service
from drone_service.billing.rules import SERVICE_NAMES
from drone_service.billing.schemas import PriceIn
from drone_service.investment import exporting
from drone_service.investment import queries as investment_queries
from drone_service.investment.api import workbook_response
from drone_service.investment.chart import ChartTexts
from drone_service.investment.workbook import season_name
from drone_service.kit.clock import NowDep, local_day
from drone_service.kit.db import SessionDep
from drone_service.kit.i18n import N_, format_number
from drone_service.kit.paging import AfterQuery, SearchQuery
from drone_service.web import what_if
from drone_service.web.forms import Bound, FormDep, version_of
from drone_service.web.pages import Page, PageDep

router = page_router()


@router.get("/return")
def show_return(request: Request, page: PageDep, session: SessionDep, actor: ActorDep, now: NowDep) -> Response:
    today = local_day(now)
    trial = what_if.read(page, request.query_params)
    overview = investment_queries.get_first_page(session, actor, today, _chart_texts(page), trial.pace)
    return page.render(
        "owner/return.html",
        data=overview.returns,
        trial=what_if.shown(page, trial, overview.returns.pace),
        changed=overview.changed,
        first=overview.overview,
        chart=Markup(overview.chart),  # noqa: S704 (drawn by us; every text in it is escaped there)
        gaps=overview.gaps,
        aircraft=overview.aircraft,
        tomorrow=overview.tomorrow,
        season_name=season_name,
    )


@router.get("/return.xlsx")
def export_return(session: SessionDep, actor: ActorDep, now: NowDep) -> Response:
    return workbook_response(exporting.export_return(session, actor, local_day(now)))


def _chart_texts(page: Page) -> ChartTexts:
    return ChartTexts(
        title=page.text(N_("Revenue and cash after costs against the investment")),
        description=page.text(N_("The same figures stand month by month in the table below.")),
        revenue=page.text(N_("Revenue in all")),
        cash=page.text(N_("Cash after costs")),
        investment=page.text(N_("The investment")),
        million=page.text(N_("million ₫")),
        as_now=page.text(N_("At the present pace")),
        as_tried=page.text(N_("With your figures")),
        number=lambda value: format_number(value, page.language),
    )


@router.get("/prices")
def show_prices(page: PageDep, session: SessionDep, actor: ActorDep, now: NowDep) -> Response:
    ensure_owner(actor)
    form = page.blank(PriceIn, valid_from=local_day(now), unit="cong", cong_m2=page.ours.cong_m2, minimum_vnd=0)
    return _prices(page, session, form, 200)


@router.post("/prices")
def add_price(page: PageDep, form: FormDep, session: SessionDep, actor: ActorDep, now: NowDep) -> Response:
    ensure_owner(actor)
    bound = page.bind(PriceIn, form)
    with bound.catching(session):
        billing_service.add_price(session, actor=actor, data=bound.value, now=now)
        return page.redirect("/prices", message=N_("The new price is saved."))
    return _prices(page, session, bound, bound.status)


def _prices(page: Page, session: SessionDep, form: Bound[PriceIn], status: int) -> Response:
    prices = billing_queries.list_prices(session, page.ours.id)
    return page.render("owner/prices.html", status=status, form=form, prices=prices, services=SERVICE_NAMES)


@router.get("/people")
def show_people(
    page: PageDep,
    session: SessionDep,
    actor: ActorDep,
    now: NowDep,
    role: Role | None = None,
    search: SearchQuery = "",
    after: AfterQuery = None,
) -> Response:
    ensure_owner(actor)
    blank = page.blank(PersonIn, language=page.language, roles=["farmer"])
    return _people(page, session, blank, 200, now, role, search, after)


@router.post("/people")
def add_person(page: PageDep, form: FormDep, session: SessionDep, actor: ActorDep, now: NowDep) -> Response:
    ensure_owner(actor)
    bound = page.bind(PersonIn, _typed(form))
    with bound.catching(session):
        access_service.add_person(session, actor=actor, data=bound.value)
        return page.redirect("/people", message=N_("The person is added."))
    return _people(page, session, bound, bound.status, now)


@router.get("/people/{person_id}")
def show_person(person_id: UUID, page: PageDep, session: SessionDep, actor: ActorDep) -> Response:
    ensure_owner(actor)
    person = access_queries.get_person(session, actor.cooperative_id, person_id)
    roles = access_queries.roles_of(session, actor.cooperative_id, person_id)
    shown = access_queries.person_out(person, roles)
    form = page.blank(PersonPatch, **shown.model_dump(), version=person.version)
    return _person(page, form, person_id, 200)


@router.post("/people/{person_id}")
def update_person(
    person_id: UUID, page: PageDep, form: FormDep, session: SessionDep, actor: ActorDep, now: NowDep
) -> Response:
    ensure_owner(actor)
    bound = page.bind(PersonPatch, _typed(form))
    with bound.catching(session):
        data = bound.value
        if form.get("licence_until") == "":
            # An empty place of a form is left as it was, but a date that was taken out is to go.
            data = data.model_copy(update={"licence_until": None})
        access_service.update_person(
            session, actor=actor, person_id=person_id, data=data, expected_version=version_of(form), now=now
        )
        return page.redirect("/people", message=N_("The change is saved."))
    person = access_queries.get_person(session, actor.cooperative_id, person_id)
    return _person(page, bound, person_id, bound.status, present=person.version)


def _people(
    page: Page,
    session: SessionDep,
    form: Bound[PersonIn],
    status: int,
    now: datetime,
    role: Role | None = None,
    search: str = "",
    after: UUID | None = None,
) -> Response:
    people, following = access_queries.list_people(session, page.signed_in, role=role, search=search, after=after)
    return page.render(
        "owner/people.html",
        status=status,
        form=form,
        people=people,
        next=following,
        roles=ROLE_NAMES,
        role=role,
        search=search,
        role_choices=role_choices(page),
        today=local_day(now),
    )


def _person(
    page: Page, form: Bound[PersonPatch], person_id: UUID, status: int, *, present: int | None = None
) -> Response:
    return page.render(
        "owner/person.html",
        status=status,
        form=form,
        person_id=person_id,
        present=present,
        role_choices=role_choices(page),
        service_choices=service_choices(page),
    )


def _typed(form: FormData) -> dict[str, Any]:
    # An empty password means "none" or "as it was", not a password of no letters.
    return {name: form.getlist(name) for name in form if name != "password" or form.get(name)}


def role_choices(page: Page) -> list[tuple[str, str, str]]:
    """Return the roles as the answers of a form."""
    return [(role.value, page.text(name), "") for role, name in ROLE_NAMES.items()]


def service_choices(page: Page) -> list[tuple[str, str, str]]:
    """Return the kinds of work as the answers of a form."""
    return [(service.value, page.text(name), "") for service, name in SERVICE_NAMES.items()]


@router.get("/settings")
def show_settings(page: PageDep, actor: ActorDep) -> Response:
    ensure_owner(actor)
    known = CooperativeOut.model_validate(page.ours).model_dump()
    form = page.blank(CooperativePatch, **known, version=page.ours.version)
    return page.render("owner/settings.html", form=form, present=None)


@router.post("/settings")
def update_settings(page: PageDep, form: FormDep, session: SessionDep, actor: ActorDep) -> Response:
    ensure_owner(actor)
    bound = page.bind(CooperativePatch, form)
    with bound.catching(session):
        access_service.update_cooperative(session, actor=actor, data=bound.value, expected_version=version_of(form))
        return page.redirect("/settings", message=N_("The change is saved."))
    return page.render("owner/settings.html", status=bound.status, form=bound, present=page.ours.version)
