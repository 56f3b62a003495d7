"""The owner's pages: the return on the investment, prices, products, aircraft, people and settings."""

from typing import Any
from uuid import UUID

from fastapi.responses import Response
from markupsafe import Markup
from starlette.datastructures import FormData

from drone_service.access import queries as access_queries
from drone_service.access import service as access_service
from drone_service.access.deps import ActorDep
from drone_service.access.routes import page_router
from drone_service.access.rules import ROLE_NAMES, Role, ensure_owner, ensure_staff
from drone_service.access.schemas import CooperativeOut, CooperativePatch, PersonIn, PersonPatch
from drone_service.billing import queries as billing_queries
from drone_service.billing import service as billing_service
from drone_service.billing.rules import SERVICE_NAMES
from drone_service.billing.schemas import PriceIn
from drone_service.fleet import queries as fleet_queries
from drone_service.fleet import service as fleet_service
from drone_service.fleet.catalogue import load_catalogue
from drone_service.fleet.schemas import AircraftIn, AircraftPatch
from drone_service.investment import exporting
from drone_service.investment import queries as investment_queries
from drone_service.investment.api import workbook_response
from drone_service.investment.chart import ChartTexts
from drone_service.investment.workbook import season_name
from drone_service.kit.clock import NowDep, local_day
from drone_service.kit.db import SessionDep
from drone_service.kit.etag import ANY_VERSION
from drone_service.kit.i18n import N_, format_number
from drone_service.kit.paging import AfterQuery
from drone_service.products import queries as products_queries
from drone_service.products import service as products_service
from drone_service.products.rules import GROUP_NAMES, DoseUnit, Formulation
from drone_service.products.schemas import ProductIn
from drone_service.web.forms import Bound, FormDep
from drone_service.web.pages import Page, PageDep

router = page_router()


@router.get("/return")
def show_return(page: PageDep, session: SessionDep, actor: ActorDep, now: NowDep) -> Response:
    today = local_day(now)
    overview = investment_queries.get_first_page(session, actor, today, _chart_texts(page))
    return page.render(
        "owner/return.html",
        data=overview.returns,
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
        number=lambda value: format_number(value, page.language),
    )


@router.get("/prices")
def show_prices(page: PageDep, session: SessionDep, actor: ActorDep, now: NowDep) -> Response:
    ensure_owner(actor)
    form = page.blank(PriceIn, valid_from=local_day(now), unit="cong", cong_m2=page.ours.cong_m2, minimum_vnd=0)
    return _prices(page, session, form, 200)


@router.post("/prices")
def add_price(page: PageDep, form: FormDep, session: SessionDep, actor: ActorDep, now: NowDep) -> Response:
    bound = page.bind(PriceIn, form)
    with bound.catching(session):
        billing_service.add_price(session, actor=actor, data=bound.value, now=now)
        return page.redirect("/prices", message=N_("The new price is saved."))
    return _prices(page, session, bound, bound.status)


def _prices(page: Page, session: SessionDep, form: Bound[PriceIn], status: int) -> Response:
    prices = billing_queries.list_prices(session, page.ours.id)
    return page.render("owner/prices.html", status=status, form=form, prices=prices, services=SERVICE_NAMES)


@router.get("/products")
def show_products(page: PageDep, session: SessionDep, actor: ActorDep, archived: bool = False) -> Response:
    ensure_staff(actor)
    products = products_queries.list_products(session, page.ours.id, archived=archived)
    return page.render("owner/products.html", products=products, archived=archived, groups=GROUP_NAMES)


@router.get("/products/new")
def new_product(page: PageDep, session: SessionDep, actor: ActorDep) -> Response:
    ensure_staff(actor)
    blank = page.blank(ProductIn, phi_days=0, rain_free_h=2, reentry_h=24, least_water_l_per_ha=0)
    return _product(page, session, blank, None, 200)


@router.post("/products/new")
def add_product(page: PageDep, form: FormDep, session: SessionDep, actor: ActorDep) -> Response:
    bound = page.bind(ProductIn, form)
    with bound.catching(session):
        products_service.add_product(session, actor=actor, data=bound.value)
        return page.redirect("/products", message=N_("The product is in the list."))
    return _product(page, session, bound, None, bound.status)


@router.get("/products/{product_id}")
def show_product(product_id: UUID, page: PageDep, session: SessionDep, actor: ActorDep) -> Response:
    ensure_staff(actor)
    product = products_queries.product_out(products_queries.get_product(session, actor.cooperative_id, product_id))
    return _product(page, session, page.blank(ProductIn, **product.model_dump()), product_id, 200, product.archived)


@router.post("/products/{product_id}")
def update_product(product_id: UUID, page: PageDep, form: FormDep, session: SessionDep, actor: ActorDep) -> Response:
    bound = page.bind(ProductIn, form)
    with bound.catching(session):
        products_service.update_product(
            session, actor=actor, product_id=product_id, data=bound.value, expected_version=ANY_VERSION
        )
        return page.redirect("/products", message=N_("The change is saved."))
    return _product(page, session, bound, product_id, bound.status)


@router.post("/products/{product_id}/archive")
def archive_product(product_id: UUID, page: PageDep, session: SessionDep, actor: ActorDep, now: NowDep) -> Response:
    products_service.archive_product(session, actor=actor, product_id=product_id, expected_version=ANY_VERSION, now=now)
    undo = f"/products/{product_id}/restore"
    return page.redirect("/products", message=N_("The product is no longer offered."), undo=undo)


@router.post("/products/{product_id}/restore")
def restore_product(product_id: UUID, page: PageDep, session: SessionDep, actor: ActorDep) -> Response:
    products_service.restore_product(session, actor=actor, product_id=product_id)
    return page.redirect("/products", message=N_("The product is back in the list."))


def _product(
    page: Page,
    session: SessionDep,
    form: Bound[ProductIn],
    product_id: UUID | None,
    status: int,
    archived: bool = False,
) -> Response:
    others = [one for one in products_queries.list_products(session, page.ours.id) if one.id != product_id]
    return page.render(
        "owner/product.html",
        status=status,
        form=form,
        product_id=product_id,
        archived=archived,
        crops=form.texts("crops"),
        others=others,
        groups=GROUP_NAMES,
        formulations=[item.value for item in Formulation],
        units=[item.value for item in DoseUnit],
    )


@router.get("/aircraft")
def show_aircraft(page: PageDep, session: SessionDep, actor: ActorDep) -> Response:
    ensure_staff(actor)
    return _aircraft(page, session, page.blank(AircraftIn, model="dji-agras-t40", battery_sets=3), 200)


@router.post("/aircraft")
def add_aircraft(page: PageDep, form: FormDep, session: SessionDep, actor: ActorDep, now: NowDep) -> Response:
    bound = page.bind(AircraftIn, form)
    with bound.catching(session):
        fleet_service.add_aircraft(session, actor=actor, data=bound.value, now=now)
        return page.redirect("/aircraft", message=N_("The aircraft is in the fleet."))
    return _aircraft(page, session, bound, bound.status)


@router.post("/aircraft/{aircraft_id}/active")
def set_aircraft_active(
    aircraft_id: UUID, page: PageDep, form: FormDep, session: SessionDep, actor: ActorDep
) -> Response:
    active = form.get("active") == "true"
    fleet_service.update_aircraft(
        session,
        actor=actor,
        aircraft_id=aircraft_id,
        data=AircraftPatch(active=active),
        expected_version=ANY_VERSION,
    )
    message = N_("The aircraft is in service again.") if active else N_("The aircraft is out of service.")
    return page.redirect("/aircraft", message=message)


def _aircraft(page: Page, session: SessionDep, form: Bound[AircraftIn], status: int) -> Response:
    fleet = fleet_queries.list_aircraft(session, page.ours.id)
    return page.render("owner/aircraft.html", status=status, form=form, fleet=fleet, models=load_catalogue())


@router.get("/people")
def show_people(
    page: PageDep, session: SessionDep, actor: ActorDep, role: Role | None = None, after: AfterQuery = None
) -> Response:
    ensure_owner(actor)
    blank = page.blank(PersonIn, language=page.language, roles=["farmer"])
    return _people(page, session, blank, 200, role, after)


@router.post("/people")
def add_person(page: PageDep, form: FormDep, session: SessionDep, actor: ActorDep) -> Response:
    bound = page.bind(PersonIn, _typed(form))
    with bound.catching(session):
        access_service.add_person(session, actor=actor, data=bound.value)
        return page.redirect("/people", message=N_("The person is added."))
    return _people(page, session, bound, bound.status)


@router.get("/people/{person_id}")
def show_person(person_id: UUID, page: PageDep, session: SessionDep, actor: ActorDep) -> Response:
    ensure_owner(actor)
    person = access_queries.get_person(session, actor.cooperative_id, person_id)
    roles = access_queries.roles_of(session, actor.cooperative_id, person_id)
    shown = access_queries.person_out(person, roles)
    return _person(page, page.blank(PersonPatch, **shown.model_dump()), person_id, 200)


@router.post("/people/{person_id}")
def update_person(
    person_id: UUID, page: PageDep, form: FormDep, session: SessionDep, actor: ActorDep, now: NowDep
) -> Response:
    bound = page.bind(PersonPatch, _typed(form))
    with bound.catching(session):
        access_service.update_person(
            session, actor=actor, person_id=person_id, data=bound.value, expected_version=ANY_VERSION, now=now
        )
        return page.redirect("/people", message=N_("The change is saved."))
    return _person(page, bound, person_id, bound.status)


def _people(
    page: Page,
    session: SessionDep,
    form: Bound[PersonIn],
    status: int,
    role: Role | None = None,
    after: UUID | None = None,
) -> Response:
    people, following = access_queries.list_people(session, page.signed_in, role=role, after=after)
    return page.render(
        "owner/people.html",
        status=status,
        form=form,
        people=people,
        next=following,
        roles=ROLE_NAMES,
        role=role,
        chosen=_roles(form),
    )


def _person(page: Page, form: Bound[PersonPatch], person_id: UUID, status: int) -> Response:
    return page.render(
        "owner/person.html", status=status, form=form, person_id=person_id, roles=ROLE_NAMES, chosen=_roles(form)
    )


def _typed(form: FormData) -> dict[str, Any]:
    # An empty password means "none" or "as it was", not a password of no letters.
    return {name: form.getlist(name) for name in form if name != "password" or form.get(name)}


def _roles(form: Bound[PersonIn] | Bound[PersonPatch]) -> list[str]:
    typed = form.typed.get("roles") or []
    return [str(role) for role in (typed if isinstance(typed, list | tuple | set) else [typed])]


@router.get("/settings")
def show_settings(page: PageDep, actor: ActorDep) -> Response:
    ensure_owner(actor)
    known = CooperativeOut.model_validate(page.ours).model_dump()
    return page.render("owner/settings.html", form=page.blank(CooperativePatch, **known))


@router.post("/settings")
def update_settings(page: PageDep, form: FormDep, session: SessionDep, actor: ActorDep) -> Response:
    bound = page.bind(CooperativePatch, form)
    with bound.catching(session):
        access_service.update_cooperative(session, actor=actor, data=bound.value, expected_version=ANY_VERSION)
        return page.redirect("/settings", message=N_("The change is saved."))
    return page.render("owner/settings.html", status=bound.status, form=bound)
