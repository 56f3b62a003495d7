"""The page for programs: the description of the API to read and to try, under the same policy as every page."""

import re

import pytest
from playwright.sync_api import Page, expect

from drone_service.access.rules import Role
from tests.browser.site import PHONE, Site

pytestmark = pytest.mark.browser
PATIENCE_MS = 60_000
"""The library reads and draws a hundred operations, which takes a busy machine a while."""


def _faults(page: Page) -> list[str]:
    found: list[str] = []
    page.on("console", lambda message: found.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


def test_the_api_is_read_and_tried_with_the_session_of_the_reader(site: Site) -> None:
    page = site.sign_in(Role.OWNER)
    faults = _faults(page)
    page.goto("/docs")
    page.locator("#operations-tag-fields").click(timeout=PATIENCE_MS)
    operation = page.locator(".opblock", has=page.get_by_text("List Fields", exact=True))
    operation.locator(".opblock-summary").click()
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_role("button", name="Execute").click()
    expect(operation.locator(".live-responses-table tbody .response-col_status").first).to_have_text(
        re.compile("200"), timeout=PATIENCE_MS
    )
    page.context.close()
    assert faults == []


def test_the_page_fits_a_phone_and_loads_nothing_from_elsewhere(site: Site) -> None:
    page = site.visitor(viewport=PHONE).new_page()
    faults, asked = _faults(page), []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/docs")
    expect(page.locator("#operations-tag-booking")).to_be_visible(timeout=PATIENCE_MS)
    width_px = page.evaluate("document.documentElement.scrollWidth")
    page.context.close()
    assert width_px <= PHONE["width"]
    assert [url for url in asked if not url.startswith((site.server.url, "data:"))] == []
    assert faults == []
