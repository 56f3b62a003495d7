"""The public pages: what it costs, where we fly and how to begin; and what programs can ask for."""

from dataclasses import dataclass
from datetime import date

from fastapi.responses import JSONResponse, Response

from drone_service.access.routes import page_router
from drone_service.billing import queries as billing_queries
from drone_service.billing.models import Price
from drone_service.billing.rules import HECTARE_M2, SERVICE_NAMES, NoPrice, PriceUnit
from drone_service.engine.operation import Service
from drone_service.kit.clock import NowDep, local_day
from drone_service.kit.db import SessionDep
from drone_service.kit.i18n import N_
from drone_service.kit.money import round_vnd
from drone_service.web.booking_steps import SERVICE_ICONS
from drone_service.web.demonstration import DEMO_LOGINS
from drone_service.web.pages import Page, PageDep

router = page_router()
ICON_SIZES = (192, 512)


@dataclass(frozen=True)
class Offer:
    """A price as the start page says it: per hectare and per công of the size used here."""

    label: str
    icon: str
    per_ha_vnd: int
    per_cong_vnd: int
    minimum_vnd: int


@router.get("/")
def show_home(page: PageDep, session: SessionDep, now: NowDep) -> Response:
    logins = DEMO_LOGINS if page.settings.demo else ()
    return page.render("public/home.html", prices=_offers(page, session, local_day(now)), logins=logins)


@router.get("/offline")
def show_offline(page: PageDep) -> Response:
    """Say that there is no signal: a phone keeps this page for the pages that it has not kept."""
    return page.render("public/offline.html")


@router.get("/manifest.webmanifest")
def show_manifest(page: PageDep) -> Response:
    """Say how the crew's day looks on the home screen of a phone: its own icon, and no bars of a browser round it."""
    icons = [
        {"src": f"/static/icon-{size}.png", "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
        for size in ICON_SIZES
        for purpose in ("any", "maskable")
    ]
    manifest = {
        "id": "/today",
        "name": page.ours.name,
        "short_name": page.text(N_("Today")),
        "lang": page.language,
        "start_url": "/today",
        "scope": "/",
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": "#0f4d33",
        "icons": icons,
    }
    return JSONResponse(manifest, media_type="application/manifest+json")


@router.get("/docs")
def show_api(page: PageDep) -> Response:
    return page.render("public/api.html")


def _offers(page: Page, session: SessionDep, today: date) -> list[Offer]:
    found = []
    for service in Service:
        try:
            price = billing_queries.get_price_on(session, page.ours.id, service, today)
        except NoPrice:
            continue
        found.append(offer_of(price, service, page.ours.cong_m2))
    return found


def offer_of(price: Price, service: Service, cong_m2: int) -> Offer:
    """Return a price for both measures; 180,000 ₫ per ha is 23,328 ₫ per công of 1,296 m²."""
    priced_m2 = HECTARE_M2 if price.unit is PriceUnit.HECTARE else price.cong_m2 or cong_m2
    return Offer(
        label=SERVICE_NAMES[service],
        icon=SERVICE_ICONS[service],
        per_ha_vnd=round_vnd(price.amount_vnd * HECTARE_M2 / priced_m2),
        per_cong_vnd=round_vnd(price.amount_vnd * cong_m2 / priced_m2),
        minimum_vnd=price.minimum_vnd,
    )
