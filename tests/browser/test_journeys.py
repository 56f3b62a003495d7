"""The three journeys in a real browser: a farmer draws and books, an operator flies, the owner sees the money."""

import json
import re
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from drone_service.access.rules import Role
from drone_service.kit.clock import local_day, utc_now
from tests.browser.site import DESK, Site

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


def test_a_drawing_that_is_not_whole_stays_on_the_page(site: Site) -> None:
    """What cannot be sent is not sent: the page would come back empty, with a word that all of it is still there."""
    page = site.sign_in(Role.FARMER)
    page.goto("/fields/new")
    page.fill("[name=name]", "Crossed")
    a, b, c, d = CORNERS
    for corners, said in (((a,), "1 corners. At least three are needed."), ((c, b, d), "The lines cross.")):
        tap(page, corners)
        page.locator(".action-bar .button.main").click()
        expect(page.locator(".draw-status.wrong")).to_contain_text(said)
        expect(page.locator(".draw-status")).to_be_focused()
        expect(page.locator(".draw-status")).to_be_in_viewport()
    expect(page.locator(".corner-pin")).to_have_count(4)
    page.locator(".draw-undo").click()
    expect(page.locator(".draw-status.wrong")).to_have_count(0)
    continue_(page)
    page.wait_for_url(re.compile(r"/fields/[0-9a-f-]{36}$"))
    page.context.close()


def test_a_pond_is_cut_out_and_still_there_when_the_outline_is_opened_again(site: Site) -> None:
    page = site.sign_in(Role.FARMER)
    page.goto("/fields/new")
    tap(page, CORNERS)
    whole = page.inner_text(".draw-status")
    assert "₫" in whole, "the price stands beside the area"
    page.locator(".draw-finish").click()
    page.wait_for_timeout(500)  # the map moves to the field
    page.locator(".draw-hole").click()
    tap(page, ((0.4, 0.4), (0.6, 0.42), (0.5, 0.6)))
    outer, hole = json.loads(page.input_value("[name=geometry]"))["coordinates"]
    assert (len(outer), len(hole)) == (5, 4)
    assert page.inner_text(".draw-status") != whole
    page.fill("[name=name]", "Round the pond")
    continue_(page)
    page.wait_for_url(re.compile(r"/fields/[0-9a-f-]{36}$"))
    page.goto(page.url + "/outline")
    kept = json.loads(page.input_value("[name=geometry]"))["coordinates"]
    assert [len(ring) for ring in kept] == [5, 4]
    page.context.close()


def test_every_step_is_undone_and_a_hole_stays_inside(site: Site) -> None:
    page = site.sign_in(Role.FARMER)
    page.goto("/fields/new")
    tap(page, ((0.2, 0.2), (0.8, 0.2), (0.8, 0.8)))
    whole = page.inner_text(".draw-status")
    page.locator(".draw-finish").click()
    page.wait_for_timeout(500)  # the map moves to the field
    page.locator(".draw-hole").click()
    tap(page, ((0.6, 0.3), (0.75, 0.35), (0.75, 0.55)))
    assert page.inner_text(".draw-status") != whole
    for _ in range(4):
        page.locator(".draw-undo").click()
    assert page.inner_text(".draw-status") == whole
    page.locator(".draw-hole").click()
    tap(page, ((0.1, 0.8),))
    expect(page.locator(".draw-status")).to_have_text("What is cut out must lie inside the field, away from its edge.")
    assert page.input_value("[name=geometry]") == ""
    page.context.close()


def test_khmer_digits_are_digits(site: Site) -> None:
    page = site.sign_in(Role.OWNER, "km")
    page.goto("/settings")
    page.locator("[name=investment_vnd]").fill("")
    page.locator("[name=investment_vnd]").press_sequentially("៤៨០០០០០០០")
    assert page.input_value("[name=investment_vnd]") == "480.000.000"
    page.context.close()


@pytest.mark.parametrize(("pasted", "held"), [("19995", "19,995"), ("19.995,00 ₫", "19.995,00 ₫"), ("12,5", "12,5")])
def test_a_pasted_fraction_does_not_become_a_hundred_times_as_much(site: Site, pasted: str, held: str) -> None:
    page = site.sign_in(Role.OWNER, "en")
    page.goto("/settings")
    field = page.locator("[name=investment_vnd]")
    field.fill("")
    field.evaluate(
        """(field, text) => {
            field.value = text;
            field.dispatchEvent(new InputEvent("input", { bubbles: true, inputType: "insertFromPaste" }));
        }""",
        pasted,
    )
    assert field.input_value() == held
    page.context.close()


def test_zooming_leaves_the_page_where_it_is(site: Site) -> None:
    """A page that jumps under the finger lets the next tap press something else: it was the button below the map."""
    page = site.sign_in(Role.FARMER, viewport=DESK)
    page.goto("/fields/new")
    button = page.locator(".leaflet-control-zoom-in")
    box = button.bounding_box()
    assert box is not None
    for _ in range(2):
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        expect(page.locator(".leaflet-zoom-anim")).to_have_count(0)
        assert page.evaluate("scrollY") == 0
    expect(page.locator(".draw .map")).to_be_focused()
    page.context.close()


def test_a_corner_is_moved_added_and_removed_by_taps(site: Site) -> None:
    page = site.sign_in(Role.FARMER)
    page.goto("/fields/new")
    tap(page, CORNERS)
    page.locator(".draw-finish").click()
    page.wait_for_timeout(500)  # the map moves to the field

    def count() -> int:
        return len(json.loads(page.input_value("[name=geometry]"))["coordinates"][0]) - 1

    page.locator(".middle-pin").first.click()
    assert count() == 5
    page.locator(".draw-remove").click()
    assert count() == 4
    before = page.input_value("[name=geometry]")
    page.locator(".corner-pin").first.click()
    tap(page, ((0.3, 0.3),))
    assert (count(), page.input_value("[name=geometry]") == before) == (4, False)
    page.context.close()


def test_the_dyke_is_walked(site: Site) -> None:
    """A corner every few metres; saved, the noise is taken out and the person reads what was done."""
    here = {"latitude": 9.43, "longitude": 105.72, "accuracy": 4.0}
    page = site.sign_in(Role.FARMER, permissions=["geolocation"], geolocation=here)
    page.goto("/fields/new")
    page.locator(".draw-walk").click()
    expect(page.locator(".draw-advice")).to_have_text("Position to ±4 m: good.")
    for lat, lon in ((9.4302, 105.72), (9.4304, 105.72), (9.4304, 105.7203), (9.4304, 105.7206), (9.43, 105.7206)):
        corners = page.locator(".corner-pin").count()
        page.context.set_geolocation({"latitude": lat, "longitude": lon, "accuracy": 4.0})
        expect(page.locator(".corner-pin")).to_have_count(corners + 1)
    page.context.set_geolocation({"latitude": 9.4308, "longitude": 105.73, "accuracy": 80.0})
    expect(page.locator(".draw-advice")).to_contain_text("±80 m: poor")
    expect(page.locator("[data-walked]")).to_be_visible()
    page.locator(".draw-walk").click()
    expect(page.locator(".corner-pin")).to_have_count(6)
    assert page.input_value("[name=walked_accuracy_m]") == "4.0"
    page.locator(".draw-finish").click()
    page.locator("[name=name]").fill("Walked")
    continue_(page)
    expect(page.locator(".notice")).to_contain_text("GPS noise taken out: 6 → 4 corners")


def test_a_walk_that_is_undone_leaves_nothing_to_clean(site: Site) -> None:
    """What is tapped afterwards is meant as it is: the service must not move it as if a phone had been unsure."""
    here = {"latitude": 9.43, "longitude": 105.72, "accuracy": 4.0}
    page = site.sign_in(Role.FARMER, permissions=["geolocation"], geolocation=here)
    page.goto("/fields/new")
    page.locator(".draw-walk").click()
    expect(page.locator("[data-walked]")).to_be_visible()
    page.locator(".draw-walk").click()
    page.locator(".draw-undo").click()
    tap(page, CORNERS)
    expect(page.locator("[data-walked]")).to_be_hidden()
    assert page.input_value("[name=walked_accuracy_m]") == ""


def test_a_thing_to_keep_clear_of_is_tapped_on_the_map(site: Site) -> None:
    page = site.sign_in(Role.FARMER)
    page.goto("/fields")
    page.locator("main a[href^='/fields/0']", has_not_text="pond").first.click()
    page.locator("a[href$='/zones/new']").click()
    page.locator("input[name=kind][value=house]").check(force=True)
    tap(page, CORNERS)
    expect(page.locator(".draw-status")).to_have_text("4 points are placed.")
    assert page.input_value("[name=geometry]").startswith('{"type":"Polygon"')
    page.locator("input[name=kind][value=canal]").check(force=True)
    expect(page.locator(".draw-status")).to_have_text("4 points are placed.")
    assert page.input_value("[name=geometry]").startswith('{"type":"LineString"')
    page.locator("input[name=kind][value=pole]").check(force=True)
    expect(page.locator(".draw-status")).to_have_text("One point is placed.")
    tap(page, ((0.5, 0.5),))
    assert page.input_value("[name=geometry]").startswith('{"type":"Point"')
    faults = Axe().run(page).response["violations"]
    assert [fault["id"] for fault in faults] == []
    page.fill("[name=note]", "leaning pole")
    continue_(page)
    expect(page.locator("main")).to_contain_text("leaning pole")
    expect(page.locator("main")).to_contain_text("takes 29 m²")
    expect(page.locator(".map path.zone")).to_have_count(1)
    page.context.close()


def test_without_scripts_the_outline_is_typed(site: Site) -> None:
    page = site.sign_in(Role.FARMER, java_script_enabled=False)
    page.goto("/fields/new")
    expect(page.locator("textarea[name=geometry]")).to_be_visible()
    page.context.close()


def test_slow_sending_says_so_and_a_second_tap_sends_nothing(site: Site) -> None:
    page = site.sign_in(Role.FARMER)
    page.goto("/account")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.route("**/account", lambda route: None if route.request.method == "POST" else route.continue_())
    # Seen from inside: while a page waits to be left, Playwright asks it nothing.
    words = page.evaluate(
        """() => new Promise((done) => {
            const words = document.querySelector("[data-wait]");
            new MutationObserver(() => done(words.textContent)).observe(words, { childList: true });
            const button = document.querySelector("form[action='/account'] .button");
            button.click();
            button.click();
        })"""
    )
    assert words == "One moment, it is being sent…"
    assert len(sent) == 1
    page.context.close()


def test_what_was_typed_stays_when_the_language_is_changed(site: Site) -> None:
    page = site.sign_in(Role.FARMER)
    page.goto("/fields/new")
    for _ in range(2):
        page.locator(".leaflet-control-zoom-in").click()
    tap(page, CORNERS)
    drawn = page.locator(".draw-status").inner_text()
    page.fill("[name=name]", "Behind the house")
    page.locator(".languages button[value=km]").click()
    expect(page.locator("html")).to_have_attribute("lang", "km")
    expect(page.locator("[name=name]")).to_have_value("Behind the house")
    numbers = re.findall(r"\d[\d.,]*", drawn)
    assert len(re.findall(r"\d[\d.,]*", page.locator(".draw-status").inner_text())) == len(numbers) > 2
    page.reload()
    expect(page.locator("[name=name]")).to_have_value("")
    page.locator(".languages button[value=en]").click()
    page.context.close()


def test_an_end_that_is_half_filled_in_stays_when_a_load_is_recorded(site: Site) -> None:
    page = site.sign_in(Role.OPERATOR)
    page.goto("/tomorrow")
    page.locator(".visit:not(:has(.chip)) h2 a").first.click()
    page.locator("form[action$='/start'] .button.main").click()
    page.fill("#finish [name=signed_by]", "The neighbour")
    page.locator("#finish summary").last.click()
    page.fill("#finish [name=note]", "Wet in the north")
    page.locator("details.adder summary").first.click()
    page.fill("[name=area_m2]", "10")
    page.fill("#load-quantity", "1")
    page.locator("form[action$='/loads'] .button").click()
    expect(page.locator(".notice")).to_contain_text("The load is recorded")
    expect(page.locator("#finish [name=signed_by]")).to_have_value("The neighbour")
    expect(page.locator("#finish [name=note]")).to_be_visible()
    expect(page.locator("#finish [name=note]")).to_have_value("Wet in the north")
    expect(page.locator("[name=area_m2]")).to_have_value("")
    page.context.close()
