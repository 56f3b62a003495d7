"""Pages by role: an empty form tells nobody more than the page that it belongs to."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import uuid4

from fastapi.routing import APIRoute
from sqlmodel import Session

from drone_service.web.site import PAGE_ROUTERS
from tests.farms.factories import make_zone
from tests.people import People
from tests.scheduling.rows import make_farm

OWNERS = {"/return", "/return.xlsx", "/prices", "/people", "/people/{person_id}", "/settings", "/settings/zones"}
OWNERS |= {"/settings/weather", "/products/{product_id}/weather", "/ledger"}
BOOKERS = {"/book/farmer"}
EVERYBODY = {
    "/", "/problems/{code}", "/login", "/login/code", "/login/password", "/logout", "/account", "/menu", "/language",
    "/sessions/{session_id}/revoke", "/book", "/book/{step}", "/jobs.xlsx", "/invoices.xlsx", "/jobs", "/fields",
    "/fields/new", "/fields/import", "/docs", "/offline",
    "/manifest.webmanifest",
}  # fmt: skip
# What belongs to one farmer is found by that farmer and by those who book for others.
OWN = ("/jobs/{job_id}", "/fields/{field_id}", "/invoices/{invoice_id}")
QUERIES = {"/board/moves/{job_id}": f"?aircraft_id={uuid4()}&day=2026-03-11&half=am"}
STAFF_ONLY = {"/jobs/{job_id}/confirm", "/jobs/{job_id}/refuse", "/invoices/{invoice_id}/payments"}


def pages() -> list[tuple[str, str]]:
    routes = [route for one in PAGE_ROUTERS for route in one.routes if isinstance(route, APIRoute)]
    return sorted((route.path, method) for route in routes for method in route.methods or ())


def refused_to(path: str) -> tuple[str, ...]:
    """Return who has no business at an address."""
    if path in EVERYBODY:
        return ()
    if path in OWNERS:
        return ("farmer", "agent", "operator")
    if path in BOOKERS or (path.startswith(OWN) and path not in STAFF_ONLY):
        return ("neighbour",)
    return ("neighbour", "agent")


def test_nobody_is_shown_what_is_for_others(
    client: Callable[..., Any], session: Session, people: People, now: datetime
) -> None:
    """A form that is not valid is shown again, with the page round it: not to those who must not see that page."""
    farm = make_farm(session, people)
    known = {"field_id": farm.field.id, "job_id": farm.job().id, "product_id": farm.product.id, "day": "2026-03-11"}
    known |= {"person_id": people.owner.id, "aircraft_id": farm.aircraft.id}
    known |= dict.fromkeys(("invoice_id", "payment_id", "cost_id", "block_id", "run_id", "change_id"), uuid4())
    known["zone_id"] = make_zone(session, people.farmer, farm.field, now).id
    told = {}
    for path, method in pages():
        for who in refused_to(path):
            sent: dict[str, Any] = {"data": {"x": "1"}} if method == "POST" else {}
            status = (
                client(as_=getattr(people, who))
                .request(method, path.format_map(known) + QUERIES.get(path, ""), **sent)
                .status_code
            )
            if status not in {403, 404}:
                told[f"{method} {path} {who}"] = status
    assert told == {}
