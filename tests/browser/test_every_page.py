"""Every page in a real browser: no fault that axe finds, no error of the policy, light, and inside the screen."""

import re
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from drone_service.access.rules import Role
from drone_service.kit.clock import local_day, utc_now
from tests.browser.pages import PAGES, paths_of, route_of, routes_for_people
from tests.browser.site import DESK, LOGINS, PHONE, Site

pytestmark = pytest.mark.browser
LIMIT_BYTES = 150_000
_ID = re.compile("[0-9a-f]{8}-[0-9a-f-]{27}")
PICTURES = Path("test-results")
# An amount that stands by itself; in a sentence it may end a line at its spaces.
BROKEN_AMOUNTS = """() => [...document.querySelectorAll("dd, td, strong, .amount")].flatMap((place) => {
    if (!/^[\\d.,\\s-]+₫$/u.test(place.textContent.trim())) return [];
    const words = document.createTreeWalker(place, NodeFilter.SHOW_TEXT);
    while (words.nextNode()) {
        const range = document.createRange();
        range.selectNodeContents(words.currentNode);
        const tops = new Set([...range.getClientRects()].map((box) => Math.round(box.top)));
        if (words.currentNode.data.trim() && tops.size > 1) return [place.textContent.trim()];
    }
    return [];
})"""


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


def _name_of(path: str) -> str:
    """Return a path as part of the name of a file; of long addresses the page and how many answers it has."""
    place, _, answers = path.partition("?")
    short = f"{place}?{answers}" if len(answers) < 30 else f"{place}-{answers.count('=')}"
    return _ID.sub("one", short).replace("/", "-").rstrip("-")


def open_as(site: Site, role: Role | None, language: str, viewport: dict[str, int], **options: Any) -> Page:
    if role:
        return site.sign_in(role, language, viewport, **options)
    return site.visitor(language, viewport, **options).new_page()


def test_no_page_is_left_out(site: Site) -> None:
    seen: set[str] = set()
    for role in PAGES:
        page = open_as(site, role, "en", PHONE)
        seen |= {route_of(path) for path in paths_of(page, role)}
        page.context.close()
    assert routes_for_people() - seen == set()


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
        faults += [f"{path}: {amount} breaks in two" for amount in page.evaluate(BROKEN_AMOUNTS)]
    page.context.close()
    assert faults == []


@pytest.mark.parametrize("role", PAGES, ids=lambda role: role.value if role else "visitor")
def test_text_of_twice_the_size_fits_on_a_phone(site: Site, chromium: str, role: Role | None) -> None:
    """People who do not see well set their letters large; the language was out of sight, and the names of the tabs."""
    arguments = ["--no-sandbox", "--blink-settings=defaultFontSize=32"]
    with closing(site.browser.browser_type.launch(executable_path=chromium, args=arguments)) as large:
        page = open_as(replace(site, browser=large), role, "vi", PHONE)
        wide = []
        for path in paths_of(page, role):
            page.goto(path)
            if page.evaluate("document.documentElement.scrollWidth") > PHONE["width"]:
                wide.append(path)
    assert wide == []


TARGETS = "a, button, summary, select, input:not([type=hidden])"
LOW_TARGETS = """(targets) => [...document.querySelectorAll(targets)].flatMap((control) => {
    const held = (["checkbox", "radio"].includes(control.type) && control.closest("label")) || control;
    const { width, height } = held.getBoundingClientRect();
    const inSentence = control.tagName === "A" && getComputedStyle(control).display === "inline";
    return width < 2 || height >= 43.5 || inSentence ? [] : [`${control.outerHTML.slice(0, 80)} ${height}`];
})"""


def test_the_crew_hits_what_it_taps_with_gloves_on(site: Site) -> None:
    page = open_as(site, Role.OPERATOR, "en", PHONE)
    low = []
    for path in paths_of(page, Role.OPERATOR):
        page.goto(path)
        low += [f"{path}: {target}" for target in page.evaluate(LOW_TARGETS, TARGETS)]
    page.context.close()
    assert low == []


def test_where_one_is_shows_in_colours_that_the_reader_chose(site: Site) -> None:
    """Grounds and shadows are taken away there; the tab and the choice that are open looked like all others."""
    page = site.sign_in(Role.FARMER, "en", PHONE, forced_colors="active")
    page.goto("/jobs")
    ground = "link => getComputedStyle(link).backgroundColor"
    for place in (".top-nav a", ".segments a"):
        here = page.locator(f"{place}[aria-current]").first.evaluate(ground)
        assert here != page.locator(f"{place}:not([aria-current])").first.evaluate(ground), place
    page.context.close()


@pytest.mark.parametrize(("role", "path"), [(None, "/"), (Role.FARMER, "/fields/new"), (Role.OWNER, "/return")])
def test_a_first_visit_is_light(site: Site, role: Role | None, path: str) -> None:
    # Behind a worker, which no first visit has, all that the page itself fetches weighs nothing.
    page = open_as(site, role, "en", PHONE, service_workers="block")
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
            name = f"{role.value if role else 'visitor'}{_name_of(path)}.png"
            # As high as the page, so that the bars at the bottom of the screen cover none of it.
            height = page.evaluate("document.documentElement.scrollHeight")
            page.set_viewport_size({"width": viewport["width"], "height": max(height, viewport["height"])})
            page.screenshot(path=folder / name, full_page=True)
            page.set_viewport_size({"width": viewport["width"], "height": viewport["height"]})
            assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], path
            assert page.locator("h1").count() == 1
            assert page.locator("html").get_attribute("lang") == language
        page.context.close()


def test_a_name_of_one_long_word_widens_no_page(site: Site) -> None:
    login = LOGINS[Role.FARMER]
    with httpx.Client(base_url=f"{site.server.url}/api/v1") as client:
        signed = client.post("/sessions/by-password", json={"phone": login.phone, "password": login.password})
        client.headers["authorization"] = f"Bearer {signed.json()['token']}"
        ring = [[105.70, 9.60], [105.701, 9.60], [105.701, 9.601], [105.70, 9.601], [105.70, 9.60]]
        outline = {"type": "Polygon", "coordinates": [ring]}
        made = client.post("/fields", json={"name": "Ruộ" + "n" * 80, "crop": "W" * 60, "geometry": outline}).json()
    page = open_as(site, Role.FARMER, "en", PHONE)
    wide = []
    for path in ("/fields", f"/fields/{made['id']}", f"/fields/{made['id']}/log", f"/book/work?field={made['id']}"):
        page.goto(path)
        if page.evaluate("document.documentElement.scrollWidth") > PHONE["width"]:
            wide.append(path)
    page.context.close()
    # Out of the way: the pages that are looked at take the first field of the list.
    with httpx.Client(base_url=f"{site.server.url}/api/v1", headers=client.headers) as after:
        after.delete(f"/fields/{made['id']}", headers={"if-match": '"1"'}).raise_for_status()
    assert wide == []
