"""The three journeys in a real browser: a farmer draws and books, an operator flies, the owner sees the money."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from drone_service.access.rules import Role
from drone_service.kit.clock import local_day, utc_now
from tests.browser.site import Site

pytestmark = pytest.mark.browser
CORNERS = ((0.36, 0.42), (0.56, 0.43), (0.55, 0.58), (0.37, 0.57))


def tap(page: Page, places: tuple[tuple[float, float], ...]) -> None:
    ground = page.locator(".draw .map")
    ground.scroll_into_view_if_needed()
    for x, y in places:
        box = ground.bounding_box()
        assert box is not None
        ground.click(position={"x": box["width"] * x, "y": box["height"] * y})


def continue_(page: Page) -> None:
    page.locator(".action-bar .button.main").last.click()


def books(site: Site) -> str:
    """A farmer draws a field and books it; returns the path of the job."""
    page = site.sign_in(Role.FARMER)
    page.goto("/fields/new?next=/book/work")
    for _ in range(2):
        page.locator(".leaflet-control-zoom-in").click()
    tap(page, CORNERS)
    expect(page.locator(".draw-status")).to_contain_text("ha ·")
    page.fill("[name=name]", "Behind the house")
    continue_(page)
    expect(page.locator("h1")).to_have_text("What shall we do?")
    continue_(page)
    expect(page.locator("h1")).to_have_text("With what?")
    page.locator("input[name=product]").first.check()
    continue_(page)
    continue_(page)
    expect(page.locator(".amount")).to_contain_text("₫")
    continue_(page)
    expect(page.locator("main .chip").first).to_have_text("Requested")
    path = page.url.removeprefix(site.server.url)
    page.context.close()
    return path


def test_the_three_journeys(site: Site) -> None:
    path = books(site)
    page = site.sign_in(Role.OPERATOR)
    page.goto(path)
    continue_(page)
    expect(page.locator("main .chip").first).to_have_text("Confirmed")
    page.goto(path.replace("/jobs/", "/work/"))
    page.fill("#day", (local_day(utc_now()) + timedelta(days=2)).isoformat())
    page.fill("#at", "06:00")
    page.locator("form[action$='/place'] button").click()
    page.goto(path.replace("/jobs/", "/work/"))
    page.locator("form[action$='/start'] .button.main").click()
    page.goto(path.replace("/jobs/", "/work/"))
    page.locator("#finish .action-bar .button.main").click()
    page.goto(path)
    expect(page.locator("main .chip").first).to_have_text("Invoiced")
    page.context.close()

    page = site.sign_in(Role.OWNER)
    page.goto("/money")
    expect(page.locator("main")).to_contain_text(re.compile(r"\d\s₫"))
    page.goto(path)
    page.get_by_role("link", name="Bill and payment code").click()
    expect(page.locator("main")).to_contain_text("₫")
    page.context.close()


def test_a_crossing_is_said_at_once_and_taken_back(site: Site) -> None:
    page = site.sign_in(Role.FARMER)
    page.goto("/fields/new")
    a, b, c, d = CORNERS
    tap(page, (a, c, b, d))
    expect(page.locator(".draw-status")).to_have_text("The lines cross. Take back the last point.")
    assert page.input_value("[name=geometry]") == ""
    page.locator(".draw-undo").click()
    expect(page.locator(".draw-status")).to_contain_text("ha ·")
    assert page.input_value("[name=geometry]").startswith('{"type":"Polygon"')
    page.context.close()


def test_without_scripts_the_outline_is_typed(site: Site) -> None:
    page = site.sign_in(Role.FARMER, java_script_enabled=False)
    page.goto("/fields/new")
    expect(page.locator("textarea[name=geometry]")).to_be_visible()
    page.context.close()
