"""Which pages are looked at in the browser, as whom, and how those are reached that no list holds."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from playwright.sync_api import Page

from drone_service.access.rules import Role
from drone_service.web.booking_steps import OWN_ANSWERS
from drone_service.web.site import PAGE_ROUTERS
from tests.browser.site import LOGINS

PAGES: dict[Role | None, tuple[str, ...]] = {
    None: ("/", "/login", "/login/password", "/outbox", "/problems/scheduling.slot_taken", "/nothing-here", "/offline"),
    Role.FARMER: ("/book/field", "/jobs", "/fields", "/fields/new", "/fields/import", "/account"),
    Role.OPERATOR: (
        "/today", "/tomorrow", "/week", "/board", "/board?show=map", "/board/turns", "/board/turns?kind=rain",
        "/gatherings", "/jobs", "/blocks",
        "/book/farmer", "/menu",
    ),
    Role.OWNER: (
        "/return", "/return?price_vnd=20.000&costs_vnd=6.000&cong=900",
        "/money", "/debts", "/costs", "/ledger", "/prices", "/products", "/products/new", "/aircraft",
        "/people", "/settings", "/settings/zones", "/settings/weather", "/weather", "/weather/score", "/menu",
        "/fields",
    ),
}  # fmt: skip

# Pages of one thing: the page they are reached from (the last one found, where none is named), the link there, and what
# follows its address.
DETAILS: dict[Role, tuple[tuple[str, str, tuple[str, ...]], ...]] = {
    Role.FARMER: (
        ("/fields", "main ul.cards h2 a", ("", "/edit", "/outline", "/log", "/weather", "/refills", "/zones/new")),
        ("/jobs?show=all", "main a.cover", ("", "/mix")),
        ("/jobs?show=owed", "main a.cover", ("",)),
    ),
    Role.OPERATOR: (
        ("/tomorrow", "main .visit h2 a", ("",)),
        ("/tomorrow", "main .days .wide", ("",)),
        ("/jobs", "main a.cover", ("", "/mix")),
        ("/board", "#waiting .board-job a", ("",)),
        ("", "main a.put", ("",)),
    ),
    Role.OWNER: (
        ("/money", "main a[href^='/invoices/']", ("",)),
        ("/money?open_only=true", "main a[href^='/invoices/']", ("",)),
        ("/people", "main a[href^='/people/']", ("",)),
        ("/products", "main th a", ("", "/weather")),
        ("/week", "main a[href^='/days/']", ("",)),
    ),
}

NOT_PAGES = {
    "/book": "sends on to the first step",
    "/docs": "drawn by a library, looked at in test_api_page.py",
    "/manifest.webmanifest": "a file for the phone",
    "/jobs.xlsx": "a file",
    "/jobs/{job_id}/mix.pdf": "a file",
    "/invoices.xlsx": "a file",
    "/payments.xlsx": "a file",
    "/costs.xlsx": "a file",
    "/return.xlsx": "a file",
}
"""Addresses that nobody looks at, with the reason."""


def paths_of(page: Page, role: Role | None) -> list[str]:
    """Return the pages of a role, with one example of each page of one thing."""
    found = list(PAGES[role])
    for path, link, suffixes in DETAILS.get(role, ()) if role else ():
        page.goto(path or found[-1])
        address = page.locator(link).first.get_attribute("href")
        assert address, path
        found += [address + suffix for suffix in suffixes]
    return found + [path for reach in REACHED[role] for path in reach(page)]


def route_of(path: str) -> str:
    """Return the address with its places (`/jobs/{job_id}`) of the page at a path; a booking's steps are pages each."""
    place = urlsplit(path).path
    routes = (route for router in PAGE_ROUTERS for route in router.routes if "GET" in route.methods)  # type: ignore[attr-defined]
    found = next((route.path for route in routes if route.path_regex.match(place)), place)  # type: ignore[attr-defined]
    return place if found == "/book/{step}" else str(found)


def routes_for_people() -> set[str]:
    """Return the addresses of all pages, with their places."""
    routes = {
        str(route.path)  # type: ignore[attr-defined]
        for router in PAGE_ROUTERS
        for route in router.routes
        if "GET" in route.methods  # type: ignore[attr-defined]
    }
    return routes - {"/book/{step}"} - set(NOT_PAGES) | {f"/book/{step}" for step in OWN_ANSWERS}


def _the_code(page: Page) -> list[str]:
    """Ask for no code, because a number gets only a few: the page knows whose it is by a cookie."""
    address = f"{page.context.request.get('/login').url}"
    page.context.add_cookies([{"name": "phone", "value": LOGINS[Role.FARMER].phone, "url": address}])
    return ["/login/code"]


def _booking(page: Page) -> list[str]:
    """Book as far as the price, with what is offered on the way, and as far as a refusal."""
    page.goto("/fields")
    address = page.locator("main ul.cards h2 a").first.get_attribute("href")
    assert address
    page.goto(f"/book/work?field={address.removeprefix('/fields/')}")
    found = [_here(page)]
    for choose in (None, page.locator("input[name=product]").last, None):
        if choose:
            choose.check()
        page.locator(".action-bar .button.main").last.click()
        found.append(_here(page))
    return [*found, re.sub("half=..", "", found[-1])]


def _a_zone(page: Page) -> list[str]:
    """Show a house near the first field; the second time it is there."""
    page.goto("/fields")
    page.locator("main ul.cards h2 a").first.click()
    if not page.locator("main a[href*='/zones/']:not([href$=new])").count():
        page.goto(page.url + "/zones/new")
        page.locator("input[name=kind][value=pole]").check(force=True)
        page.locator(".draw .map").click()
        page.locator(".action-bar .button.main").last.click()
    return [page.locator("main a[href*='/zones/']:not([href$=new])").first.get_attribute("href") or ""]


def _a_block(page: Page) -> list[str]:
    """Have the first fields that adjoin flown as one; the second time the block is there."""
    page.goto("/blocks")
    if not page.locator("main a.cover").count():
        page.locator("main .card form .button").first.click()
        page.goto("/blocks")
    return [page.locator("main a.cover").first.get_attribute("href") or ""]


def _a_comparison(page: Page) -> list[str]:
    """Return the search for a plan that `searched` has ended."""
    page.goto("/board")
    return [page.locator("main .callout a").first.get_attribute("href") or ""]


def _here(page: Page) -> str:
    address = urlsplit(page.url)
    return f"{address.path}?{address.query}"


REACHED: dict[Role | None, tuple[Callable[[Page], list[str]], ...]] = {
    None: (_the_code,),
    Role.FARMER: (_booking, _a_zone),
    Role.OPERATOR: (_a_block, _a_comparison),
    Role.OWNER: (),
}
"""Pages that no link leads to, or only after something was done."""
