"""Every page in a real browser: no fault that axe finds, no error of the policy, light, and inside the screen."""

import re
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from drone_service.access.rules import Role
from drone_service.kit.clock import local_day, utc_now
from tests.browser.site import DESK, LOGINS, PHONE, Site

pytestmark = pytest.mark.browser
LIMIT_BYTES = 150_000
_ID = re.compile("[0-9a-f]{8}-[0-9a-f-]{27}")
PICTURES = Path("test-results")
PAGES: dict[Role | None, tuple[str, ...]] = {
    None: ("/", "/login", "/login/password", "/outbox", "/nothing-here"),
    Role.FARMER: ("/book/field", "/jobs", "/fields", "/fields/new", "/fields/import", "/account"),
    Role.OPERATOR: (
        "/today", "/tomorrow", "/week", "/board", "/board/turns", "/board/turns?kind=rain", "/jobs", "/blocks",
        "/book/farmer", "/menu",
    ),
    Role.OWNER: (
        "/return", "/money", "/debts", "/costs", "/ledger", "/prices", "/products", "/products/new", "/aircraft",
        "/people", "/settings", "/settings/zones", "/settings/weather", "/weather", "/weather/score", "/menu",
        "/fields",
    ),
}  # fmt: skip

# Pages of one thing: the page they are reached from (the last one found, where none is named), the link there, and what
# follows its address.
DETAILS: dict[Role, tuple[tuple[str, str, tuple[str, ...]], ...]] = {
    Role.FARMER: (
        ("/fields", "main ul.cards h2 a", ("", "/edit", "/outline", "/log", "/weather", "/zones/new")),
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
        ("/products", "main th a", ("",)),
    ),
}


def paths_of(page: Page, role: Role | None) -> list[str]:
    """Return the pages of a role, with one example of each page of one thing."""
    found = list(PAGES[role])
    for path, link, suffixes in DETAILS.get(role, ()) if role else ():
        page.goto(path or found[-1])
        address = page.locator(link).first.get_attribute("href")
        assert address, path
        found += [address + suffix for suffix in suffixes]
    return found + [reach(page) for reach in REACHED.get(role, ())] if role else found


def days_of_booking(page: Page) -> str:
    """Book as far as the days, with what is offered there."""
    page.goto("/fields")
    address = page.locator("main ul.cards h2 a").first.get_attribute("href")
    assert address
    page.goto(f"/book/work?field={address.removeprefix('/fields/')}")
    page.locator(".action-bar .button.main").last.click()
    page.locator("input[name=product]").first.check()
    page.locator(".action-bar .button.main").last.click()
    page.wait_for_selector("[name=harvest]")
    return page.url.partition("/book")[1] + page.url.partition("/book")[2]


def a_block(page: Page) -> str:
    """Have the first fields that adjoin flown as one; the second time the block is there."""
    page.goto("/blocks")
    if not page.locator("main a.cover").count():
        page.locator("main .card form .button").first.click()
        page.goto("/blocks")
    return page.locator("main a.cover").first.get_attribute("href") or ""


def a_comparison(page: Page) -> str:
    """Return the search for a plan that `searched` has ended."""
    page.goto("/board")
    return page.locator("main .callout a").first.get_attribute("href") or ""


REACHED = {Role.FARMER: (days_of_booking,), Role.OPERATOR: (a_block, a_comparison)}
"""Pages that no link leads to."""


@pytest.fixture(scope="module", autouse=True)
def searched(site: Site) -> None:
    """End a search for the plan of the days to come, as the worker would."""
    login = LOGINS[Role.OPERATOR]
    with httpx.Client(base_url=f"{site.server.url}/api/v1") as client:
        signed = client.post("/sessions/by-password", json={"phone": login.phone, "password": login.password})
        client.headers["authorization"] = f"Bearer {signed.json()['token']}"
        days = [str(local_day(utc_now()) + timedelta(days=number)) for number in range(1, 5)]
        asked = client.post("/plan-runs", json={"days": days, "seconds": 1}).json()
    site.end_search(UUID(asked["run_id"]))


def open_as(site: Site, role: Role | None, language: str, viewport: dict[str, int]) -> Page:
    return site.sign_in(role, language, viewport) if role else site.visitor(language, viewport).new_page()


@pytest.mark.parametrize("role", PAGES, ids=lambda role: role.value if role else "visitor")
def test_pages_are_accessible_light_and_strict(site: Site, role: Role | None) -> None:
    page = open_as(site, role, "en", PHONE)
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if "Content Security" in message.text else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    for path in paths_of(page, role):
        page.goto(path)
        found = Axe().run(page).response["violations"]
        faults += [f"{path}: {fault['id']} {fault['nodes'][0]['html'][:160]}" for fault in found]
        if page.evaluate("document.documentElement.scrollWidth") > PHONE["width"]:
            faults.append(f"{path}: wider than the screen")
    page.context.close()
    assert faults == []


@pytest.mark.parametrize(("role", "path"), [(None, "/"), (Role.FARMER, "/fields/new"), (Role.OWNER, "/return")])
def test_a_first_visit_is_light(site: Site, role: Role | None, path: str) -> None:
    page = open_as(site, role, "en", PHONE)
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    sizes: list[float] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(path)
    page.wait_for_load_state("networkidle")
    page.context.close()
    assert 3_000 < sum(sizes) < LIMIT_BYTES


@pytest.mark.parametrize("language", ["vi", "km", "en"])
@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_pictures_of_every_page(site: Site, language: str, viewport: dict[str, int]) -> None:
    folder = PICTURES / f"{language}-{viewport['width']}"
    folder.mkdir(parents=True, exist_ok=True)
    for role in PAGES:
        page = open_as(site, role, language, viewport)
        for path in paths_of(page, role):
            page.goto(path)
            name = f"{role.value if role else 'visitor'}{_ID.sub('one', path).replace('/', '-').rstrip('-')}.png"
            page.screenshot(path=folder / name, full_page=True)
            assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], path
            assert page.locator("h1").count() == 1
            assert page.locator("html").get_attribute("lang") == language
        page.context.close()
