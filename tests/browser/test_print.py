"""What is printed: A4, nothing cut at the side, no page left empty, no light letters on the white of the paper."""

import re

import pytest
from playwright.sync_api import Page

from drone_service.access.rules import Role
from tests.browser.site import DESK, Site

pytestmark = pytest.mark.browser
# The width of A4 between margins of 12 mm, in the pixels of a printed page (96 to the inch).
UPRIGHT_PX, ACROSS_PX = round(186 / 25.4 * 96), round(273 / 25.4 * 96)
PAGES = (
    ("/week", "main a[href^='/days/'] >> nth=1", "/print", ACROSS_PX),
    ("/fields", "main ul.cards h2 a", "/log", ACROSS_PX),
    ("/money?open_only=true", "main a[href^='/invoices/']", "", UPRIGHT_PX),
    ("/jobs?show=all", "main a.cover", "/mix", UPRIGHT_PX),
    ("/return", "", "", UPRIGHT_PX),
    ("/debts", "", "", UPRIGHT_PX),
    ("/costs", "", "", UPRIGHT_PX),
)
PALE = """() => [...document.querySelectorAll("main *")].filter((one) => {
    const says = [...one.childNodes].some((part) => part.nodeType === 3 && part.textContent.trim());
    if (!says || !one.checkVisibility()) return false;
    const [red, green, blue] = getComputedStyle(one).color.match(/[\\d.]+/g).map(Number);
    return (red + green + blue) / 3 > 170;
}).map((one) => one.outerHTML.slice(0, 120))"""


@pytest.fixture(scope="module")
def owner(site: Site) -> Page:
    return site.sign_in(Role.OWNER, "vi", DESK)


@pytest.mark.parametrize(("path", "link", "suffix", "width_px"), PAGES, ids=lambda value: str(value).strip("/"))
def test_paper_holds_the_page(owner: Page, path: str, link: str, suffix: str, width_px: int) -> None:
    owner.goto(path)
    if link:
        owner.goto((owner.locator(link).first.get_attribute("href") or "") + suffix)
    owner.emulate_media(media="print")
    owner.set_viewport_size({"width": width_px, "height": 900})
    assert owner.evaluate("document.documentElement.scrollWidth") <= width_px
    assert owner.evaluate(PALE) == []
    owner.set_viewport_size({"width": DESK["width"], "height": DESK["height"]})


def test_the_list_of_a_day_begins_on_its_first_sheet(owner: Page) -> None:
    owner.goto("/week")
    owner.goto((owner.locator("main a[href^='/days/']").nth(1).get_attribute("href") or "") + "/print")
    assert owner.locator("tbody tr").count() > 10
    sheets = re.findall(rb"/Type\s*/Page\b", owner.pdf(format="A4", prefer_css_page_size=True))
    assert 1 <= len(sheets) <= 2
