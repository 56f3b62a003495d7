"""The board in a real browser: tapped on a phone, dragged on a desk; nothing is changed before it is confirmed."""

from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from drone_service.access.rules import Role
from tests.browser.site import DESK, Site

pytestmark = pytest.mark.browser
POSSIBLE = "main a.put:not(.hurts)"


def waiting(page: Page) -> str:
    """Return the number of the first job that waits, as it is written."""
    page.goto("/board")
    text = page.locator("#waiting .board-job strong").first.inner_text()
    return text.split()[0]


def test_a_job_is_put_into_a_half_day_and_taken_back_on_a_phone(site: Site) -> None:
    page = site.sign_in(Role.OPERATOR)
    number = waiting(page)
    page.locator("#waiting .board-job a").first.click()
    expect(page.locator("#chosen h2")).to_contain_text(number)
    page.locator(POSSIBLE).first.click()
    expect(page.locator("h1")).to_have_text(f"Move job {number}?")
    expect(page.locator("main dl.figures")).to_contain_text("Kilometres")
    confirm, tabs = page.locator(".action-bar .button.main"), page.locator("nav.top-nav")
    bar, below = confirm.bounding_box(), tabs.bounding_box()
    assert bar
    assert below
    assert bar["y"] + bar["height"] <= below["y"]
    confirm.click()
    expect(page.locator(".notice")).to_contain_text("The job is moved to")
    expect(page.locator(f".board .board-job:has-text('{number} ')")).to_have_count(1)
    page.locator(".notice button").first.click()
    expect(page.locator(f"#waiting .board-job:has-text('{number} ')")).to_have_count(1)
    page.context.close()


def test_the_map_is_one_tap_away_on_a_phone(site: Site) -> None:
    page = site.sign_in(Role.OPERATOR)
    page.goto("/board")
    expect(page.locator("#map")).to_be_hidden()
    page.get_by_role("link", name="Map", exact=True).click()
    expect(page.locator("#map .leaflet-container")).to_be_visible()
    expect(page.locator(".board")).to_be_hidden()
    page.locator(".board-jump a[href*='#day-']").first.click()
    expect(page.locator(".board")).to_be_visible()
    expect(page.locator("#map")).to_be_hidden()
    page.context.close()


@pytest.mark.parametrize("language", ["vi", "km", "en"])
def test_a_week_fits_a_desk_and_its_headings_stay(site: Site, language: str) -> None:
    page = site.sign_in(Role.OPERATOR, language, viewport=DESK)
    page.goto("/board")
    last = page.locator(".board-day").last.bounding_box()
    assert page.locator(".board-day").count() == 7
    assert last
    assert last["x"] + last["width"] <= DESK["width"]
    faults = page.evaluate(FAULTS)
    assert faults == []
    page.evaluate("window.scrollTo(0, document.querySelector('.board').getBoundingClientRect().top + 300)")
    for day in page.locator(".board-head").all():
        box = day.bounding_box()
        assert box
        assert abs(box["y"]) < 8
    # The map stays beside the week, however many jobs wait above it.
    route = page.locator("#map .map").bounding_box()
    assert route
    assert route["y"] + route["height"] <= DESK["height"]
    page.context.close()


FAULTS = """[...document.querySelectorAll('.board-day')].flatMap(day => {
  const head = day.querySelector('.board-head').getBoundingClientRect();
  const wide = [...day.querySelectorAll('*')].filter(one => one.scrollWidth > one.clientWidth + 1
    && getComputedStyle(one).overflow === 'visible' && one.clientWidth > 0);
  const hidden = [...day.querySelectorAll('h3')].filter(one => one.getBoundingClientRect().top < head.bottom);
  return [...wide.map(one => 'wide: ' + one.className), ...hidden.map(one => 'under the heading: ' + one.textContent)];
})"""
"""What sticks out of its column, or lies under the heading of its day."""


def test_dragging_asks_before_it_moves(site: Site) -> None:
    page = site.sign_in(Role.OPERATOR, viewport=DESK)
    number = waiting(page)
    half_day = page.locator(".board-day:nth-child(3) [data-drop]").first
    page.locator("#waiting .board-job").first.drag_to(half_day, target_position={"x": 60, "y": 40})
    expect(page.locator("h1")).to_have_text(f"Move job {number}?")
    page.goto("/board")
    expect(page.locator(f"#waiting .board-job:has-text('{number} ')")).to_have_count(1)
    page.context.close()


def test_a_search_that_ends_shows_what_may_be_accepted(site: Site) -> None:
    """Whoever watches the progress need not load the page again."""
    page = site.sign_in(Role.OPERATOR)
    page.goto("/board")
    page.locator("#run-seconds option").first.evaluate("option => { option.value = '1'; option.selected = true; }")
    page.locator(".board-tools form .button").click()
    stop = page.get_by_role("button", name="Stop now, keep the best")
    expect(stop).to_be_visible()
    site.end_search(UUID(page.url.rsplit("/", 1)[1]))
    expect(page.get_by_role("button", name="Accept this plan")).to_be_visible()
    expect(stop).to_have_count(0)
    page.context.close()
