"""The crew's pages without a signal: the day is on the phone, what is recorded waits there and is sent once."""

import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from drone_service.access.rules import Role
from tests.browser.site import LOGINS, PHONE, Site

pytestmark = pytest.mark.browser


def opens_the_day(page: Page) -> None:
    """Open the day as in the morning, with a signal, and wait until it is on the phone."""
    page.goto("/tomorrow")
    expect(page.locator("[data-sync]")).to_contain_text("works without a signal", timeout=60_000)


def opens_a_job(page: Page) -> str:
    """Open the first job that may be started; returns its path."""
    page.goto("/tomorrow")
    page.locator(".visit:not(:has(.chip)) h2 a").first.click()
    page.wait_for_url("**/work/*")
    return "/work/" + page.url.rpartition("/")[2]


def starts(page: Page) -> None:
    page.locator("form[action$='/start'] .button.main").click()
    expect(page.locator("#finish")).to_be_visible()


def records_a_load(page: Page, area_m2: str) -> None:
    page.locator("details.adder summary").first.click()
    page.fill("[name=area_m2]", area_m2)
    page.fill("#load-quantity", "1")
    with page.expect_navigation():
        page.locator("form[action$='/loads'] .button").click()


def signal(page: Page, *, is_there: bool) -> None:
    """Cut the phone off, or let it have its signal back.

    The worker is spoken to first: Playwright tells it as well and waits without a limit, while Chromium answers for a
    worker that is stopped only once somebody has woken it.
    """
    page.evaluate("async () => (await navigator.serviceWorker.ready).active.postMessage({ do: 'send' })")
    page.context.set_offline(not is_there)


def waits(page: Page, count: int) -> None:
    expect(page.locator("[data-sync]")).to_contain_text(f"Waiting to be sent: {count}")


def work_of(site: Site, path: str) -> Any:
    with httpx.Client(base_url=f"{site.server.url}/api/v1") as client:
        login = LOGINS[Role.OPERATOR]
        signed = client.post("/sessions/by-password", json={"phone": login.phone, "password": login.password})
        headers = {"authorization": f"Bearer {signed.json()['token']}"}
        return client.get(f"/jobs/{path.removeprefix('/work/')}/work", headers=headers).json()


def test_work_recorded_without_a_signal_is_sent_once(site: Site) -> None:
    page = site.sign_in(Role.OPERATOR)
    opens_the_day(page)
    signal(page, is_there=False)
    path = opens_a_job(page)
    starts(page)
    expect(page.locator(".page-head .chip")).to_have_text("In progress")
    page.fill("#finish [name=signed_by]", "The neighbour")
    for number in (2, 3):
        records_a_load(page, "10")
        waits(page, number)
    expect(page.locator("#finish [name=signed_by]")).to_have_value("The neighbour")
    page.reload()
    waits(page, 3)
    page.goto("/costs")
    expect(page.locator("h1")).to_have_text("No signal here")
    page.goto(path)
    page.locator(".languages button[value=km]").click()
    expect(page.locator("h1")).to_have_text("No signal here")
    page.goto(path)
    page.locator("#finish .stop-reasons button[value=rain]").click()
    waits(page, 4)
    expect(page.locator("#finish")).to_have_count(0)
    signal(page, is_there=True)
    expect(page.locator("[data-sync]")).to_contain_text("Everything is sent")
    page.goto(path)
    expect(page.locator("[data-sync]")).not_to_contain_text("Waiting")
    page.context.close()
    work = work_of(site, path)
    assert [load["area_m2"] for load in work["loads"]] == [10, 10]
    assert (work["area_done_m2"], work["stop_reason"]) == (20, "rain")


def test_what_waits_survives_the_browser(site: Site, chromium: str, tmp_path: Path) -> None:
    def opened() -> BrowserContext:
        return site.browser.browser_type.launch_persistent_context(
            tmp_path,
            executable_path=chromium,
            args=["--no-sandbox"],
            viewport=PHONE,
            base_url=site.server.url,  # type: ignore[arg-type]
        )

    signed_in = site.sign_in(Role.OPERATOR).context
    cookies = signed_in.cookies()
    signed_in.close()
    with opened() as context:
        context.add_cookies(cookies)
        page = context.new_page()
        opens_the_day(page)
        signal(page, is_there=False)
        path = opens_a_job(page)
        starts(page)
        waits(page, 1)
    with opened() as context:
        page = context.new_page()
        page.goto(path)
        expect(page.locator("[data-sync]")).not_to_contain_text("Waiting", timeout=30_000)
        page.goto(path)
        expect(page.locator("#finish")).to_be_visible()
    assert work_of(site, path)["state"] == "in_progress"


def test_what_is_refused_stays_in_words_and_nobody_signs_out_over_it(site: Site) -> None:
    page = site.sign_in(Role.OPERATOR)
    opens_the_day(page)
    signal(page, is_there=False)
    path = opens_a_job(page)
    starts(page)
    office = site.sign_in(Role.OWNER)
    office.goto(path)
    office.locator("form[action$='/remove'] button").click()
    office.wait_for_url("**/days/*")
    office.context.close()
    page.goto("/tomorrow")
    signal(page, is_there=True)
    bar = page.locator("[data-sync]")
    expect(bar).to_contain_text(re.compile(r"Not accepted: \d\d:\d\d · Start"))
    page.goto("/account")
    page.locator("form[action='/logout'] button").click()
    expect(page).to_have_url(re.compile("/account$"))
    bar.get_by_role("button", name="See why").click()
    expect(page.locator("[role=alert]")).to_be_visible()
    page.locator("[data-sync]").get_by_role("button", name="Throw away").click()
    expect(page.locator("[data-sync]")).not_to_contain_text("Not accepted")
    page.context.close()


def test_what_another_page_sends_does_not_wait_to_be_sent_as_ours(site: Site) -> None:
    page = site.sign_in(Role.OPERATOR)
    opens_the_day(page)
    signal(page, is_there=False)
    path = opens_a_job(page)
    page.goto("about:blank")
    page.set_content(f'<form method="post" action="{site.server.url}{path}/start"><button>Win a prize</button></form>')
    page.get_by_role("button").click()
    page.wait_for_url("chrome-error://**")
    page.goto(path)
    expect(page.locator("[data-sync]")).to_contain_text("No signal")
    expect(page.locator("[data-sync]")).not_to_contain_text("Waiting")
    page.context.close()
