"""What the cooperative works with: the products that farmers bring, and its own aircraft."""

from uuid import UUID

from fastapi.responses import Response

from drone_service.access import queries as access_queries
from drone_service.access.deps import ActorDep
from drone_service.access.routes import page_router
from drone_service.access.rules import ensure_staff
from drone_service.billing.rules import SERVICE_NAMES
from drone_service.fleet import queries as fleet_queries
from drone_service.fleet import service as fleet_service
from drone_service.fleet.catalogue import DEFAULT_MODEL, load_catalogue
from drone_service.fleet.schemas import AircraftIn, AircraftPatch
from drone_service.kit.clock import NowDep
from drone_service.kit.db import SessionDep
from drone_service.kit.i18n import N_
from drone_service.kit.paging import AfterQuery, split_page
from drone_service.planning import queries as planning_queries
from drone_service.products import queries as products_queries
from drone_service.products import service as products_service
from drone_service.products.models import Product
from drone_service.products.rules import FORMULATION_NAMES, GROUP_NAMES, DoseUnit, Formulation
from drone_service.products.schemas import ProductIn
from drone_service.web.forms import Bound, FormDep, version_of
from drone_service.web.pages import Page, PageDep

router = page_router()

AIRCRAFT_SHOWN = 50


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
    ensure_staff(actor)
    bound = page.bind(ProductIn, form)
    with bound.catching(session):
        products_service.add_product(session, actor=actor, data=bound.value)
        return page.redirect("/products", message=N_("The product is in the list."))
    return _product(page, session, bound, None, bound.status)


@router.get("/products/{product_id}")
def show_product(product_id: UUID, page: PageDep, session: SessionDep, actor: ActorDep) -> Response:
    ensure_staff(actor)
    product = products_queries.get_product(session, actor.cooperative_id, product_id)
    known = products_queries.product_out(product).model_dump()
    return _product(page, session, page.blank(ProductIn, **known, version=product.version), product, 200)


@router.post("/products/{product_id}")
def update_product(product_id: UUID, page: PageDep, form: FormDep, session: SessionDep, actor: ActorDep) -> Response:
    ensure_staff(actor)
    bound = page.bind(ProductIn, form)
    with bound.catching(session):
        products_service.update_product(
            session, actor=actor, product_id=product_id, data=bound.value, expected_version=version_of(form)
        )
        return page.redirect("/products", message=N_("The change is saved."))
    product = products_queries.get_product(session, actor.cooperative_id, product_id)
    return _product(page, session, bound, product, bound.status)


@router.post("/products/{product_id}/archive")
def archive_product(
    product_id: UUID, page: PageDep, form: FormDep, session: SessionDep, actor: ActorDep, now: NowDep
) -> Response:
    products_service.archive_product(
        session, actor=actor, product_id=product_id, expected_version=version_of(form), now=now
    )
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
    product: Product | None,
    status: int,
) -> Response:
    product_id = product.id if product else None
    others = [one for one in products_queries.list_products(session, page.ours.id) if one.id != product_id]
    return page.render(
        "owner/product.html",
        status=status,
        form=form,
        product_id=product_id,
        archived=product is not None and product.archived_at is not None,
        present=product.version if product else None,
        crops=form.texts("crops"),
        others=others,
        groups=GROUP_NAMES,
        group_options=[(group.value, page.text(name)) for group, name in GROUP_NAMES.items()],
        formulations=[(item.value, page.text(FORMULATION_NAMES.get(item, item.value))) for item in Formulation],
        units=[(item.value, item.value) for item in DoseUnit],
    )


@router.get("/aircraft")
def show_aircraft(page: PageDep, session: SessionDep, actor: ActorDep, after: AfterQuery = None) -> Response:
    ensure_staff(actor)
    return _aircraft(page, session, page.blank(AircraftIn, model=DEFAULT_MODEL, battery_sets=3), 200, after)


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
        expected_version=version_of(form),
    )
    message = N_("The aircraft is in service again.") if active else N_("The aircraft is out of service.")
    return page.redirect("/aircraft", message=message)


@router.post("/aircraft/{aircraft_id}/crew")
def set_crew(aircraft_id: UUID, page: PageDep, form: FormDep, session: SessionDep, actor: ActorDep) -> Response:
    ensure_staff(actor)
    bound = page.bind(AircraftPatch, form)
    with bound.catching(session):
        fleet_service.update_aircraft(
            session, actor=actor, aircraft_id=aircraft_id, data=bound.value, expected_version=version_of(form)
        )
        return page.redirect("/aircraft", message=N_("The change is saved."))
    return _aircraft(page, session, page.blank(AircraftIn), bound.status, refused=bound, of=aircraft_id)


def _aircraft(
    page: Page,
    session: SessionDep,
    form: Bound[AircraftIn],
    status: int,
    after: UUID | None = None,
    *,
    refused: Bound[AircraftPatch] | None = None,
    of: UUID | None = None,
) -> Response:
    rows = fleet_queries.list_aircraft(session, page.ours.id, limit=AIRCRAFT_SHOWN + 1, after=after)
    fleet, last = split_page(rows, AIRCRAFT_SHOWN)
    timings = planning_queries.timings_of(session, page.signed_in, [one.id for one in fleet])
    crews = fleet_queries.crews_of(session, page.ours.id)
    flyers = access_queries.list_operators(session, page.ours.id)
    members = access_queries.names_of(session, page.ours.id, {one for crew in crews.values() for one in crew})
    pilots = {crew.pilot_id for told in timings.values() for crew in told.crews}
    return page.render(
        "owner/aircraft.html",
        status=status,
        form=form,
        fleet=fleet,
        next=last.id if last else None,
        models=load_catalogue(),
        timings=timings,
        crews=crews,
        flyers=sorted({*flyers, *members.values()}, key=lambda one: one.name),
        service_names=SERVICE_NAMES,
        refused=refused,
        refused_id=of,
        pilots=access_queries.names_of(session, page.ours.id, pilots),
    )
