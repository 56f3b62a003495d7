"""The planned flight in a real browser: it flies by slider, keys and button, shows its layers, and needs no script."""

import base64

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from drone_service.access.rules import Role
from drone_service.engine.coverage.formats.colours import COLOURS
from drone_service.engine.coverage.formats.writers import WRITERS, ExportFormat
from tests.browser.site import DESK, LOGINS, PHONE, Site
from tests.browser.test_every_page import LIMIT_BYTES, PICTURES
from tests.engine.coverage.formats.fields import flown

pytestmark = pytest.mark.browser
SIDE_DEG = 0.0022


@pytest.fixture(scope="module")
def field(site: Site) -> str:
    """The path of a farmer's field of 6 ha with a pond and a stored plan of several flights."""
    farmer = LOGINS[Role.FARMER]
    with httpx.Client(base_url=f"{site.server.url}/api/v1", timeout=60) as client:
        signed = client.post("/sessions/by-password", json={"phone": farmer.phone, "password": farmer.password})
        client.headers["authorization"] = f"Bearer {signed.json()['token']}"
        outline = {"type": "Polygon", "coordinates": [ring(0, SIDE_DEG), ring(0.0008, 0.0003)]}
        made = client.post("/fields", json={"name": "Ruộng có ao", "geometry": outline})
        made.raise_for_status()
        client.post("/estimates", json={"field_id": made.json()["id"], "rate_per_ha": 20}).raise_for_status()
    return f"/fields/{made.json()['id']}"


def ring(offset: float, side: float) -> list[list[float]]:
    west, south = 105.61 + offset, 9.51 + offset
    corners = [(0, 0), (side, side * 0.1), (side, side), (0, side), (0, 0)]
    return [[west + east, south + north] for east, north in corners]


@pytest.fixture
def page(site: Site, field: str) -> Page:
    opened = site.sign_in(Role.FARMER)
    opened.goto(field)
    expect(opened.locator(".flight-map .aircraft")).to_be_visible()
    return opened


def told(page: Page, what: str) -> str:
    return page.locator(f"[data-flight-now={what}]").inner_text()


def slider(page: Page) -> Locator:
    return page.locator(".flight input[type=range]")


def aircraft(page: Page) -> str | None:
    return page.locator(".flight .aircraft").get_attribute("d")


def test_the_slider_flies_the_plan(page: Page) -> None:
    expect(page.locator(".flight-map .aircraft")).to_be_visible()
    expect(page.locator(".flight-picture")).to_be_hidden()
    rows = page.locator(".flight tbody tr").count()
    assert rows >= 3
    assert (told(page, "phase"), told(page, "number"), told(page, "battery")) == ("Setting up", f"1 / {rows}", "100 %")
    seen = {aircraft(page)}
    phases = set()
    end = int(slider(page).get_attribute("max") or 0)
    litres = []
    for share in range(0, 101, 2):
        slider(page).fill(str(end * share // 100))
        phases.add(told(page, "phase"))
        seen.add(aircraft(page))
        litres.append(float(told(page, "left").split()[0]))
    assert {"Setting up", "Filling and changing the battery", "Spraying"} <= phases
    assert len(seen) > 20
    assert told(page, "phase") == "Flying back"
    assert told(page, "number") == f"{rows} / {rows}"
    assert litres[-1] == 0
    assert max(litres) > 20
    page.context.close()


def test_the_aircraft_is_drawn_at_the_end_of_its_way(page: Page) -> None:
    slider(page).fill("500")
    # In pixels of the screen: a layer that is cut off or shifted is seen as little as one that is missing.
    dot, way, drawing = (
        page.evaluate(f"document.querySelector('.flight-map {one}').getBoundingClientRect().toJSON()")
        for one in (".aircraft", ".behind", ".leaflet-aircraft-pane svg")
    )
    end = page.evaluate(
        """() => { const way = document.querySelector('.flight-map .behind');
        const at = way.getPointAtLength(way.getTotalLength()).matrixTransform(way.getScreenCTM());
        return [at.x, at.y]; }"""
    )
    assert way["width"] > 20
    assert abs(dot["x"] + dot["width"] / 2 - end[0]) < 2
    assert abs(dot["y"] + dot["height"] / 2 - end[1]) < 2
    assert drawing["width"] > 300
    page.context.close()


def test_keys_move_it_and_say_where_it_is(page: Page) -> None:
    slider(page).focus()
    before = slider(page).get_attribute("aria-valuetext")
    for _ in range(60):
        page.keyboard.press("ArrowRight")
    after = slider(page).get_attribute("aria-valuetext")
    assert before is not None
    assert after is not None
    assert before.startswith("Setting up")
    assert after.startswith("Flight 1 of")
    page.keyboard.press("End")
    assert (slider(page).get_attribute("aria-valuetext") or "").endswith("of the battery left.")
    page.context.close()


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_play_and_pause(page: Page, motion: str) -> None:
    page.emulate_media(reduced_motion=motion)  # type: ignore[arg-type]
    page.reload()
    assert slider(page).input_value() == "0"
    button = page.locator("[data-flight-play]")
    button.focus()
    page.keyboard.press("Enter")
    expect(button).to_have_text("Pause")
    expect(slider(page)).not_to_have_value("0")
    page.keyboard.press("Enter")
    expect(button).to_have_text("Play")
    stopped = slider(page).input_value()
    page.wait_for_timeout(1_300)
    assert slider(page).input_value() == stopped
    page.context.close()


def test_layers_are_shown_and_hidden(page: Page) -> None:
    for name, drawn in {"strips": ".strip", "ways": ".way", "gaps": ".gaps", "overlaps": ".overlaps"}.items():
        box = page.locator(f"[data-flight-layer={name}]")
        box.check()
        expect(page.locator(f".flight-map {drawn}").first).to_be_attached()
        box.uncheck()
        expect(page.locator(f".flight-map {drawn}")).to_have_count(0)
    assert "m²" in page.locator(".flight-layers").inner_text()
    page.context.close()


def test_without_scripts_there_is_the_picture_and_the_table(site: Site, field: str) -> None:
    page = site.sign_in(Role.FARMER, java_script_enabled=False)
    page.goto(field)
    expect(page.locator(".flight-picture svg")).to_be_visible()
    expect(page.locator(".flight-legend")).to_contain_text("m²")
    expect(page.locator(".flight-map")).to_be_hidden()
    expect(page.locator(".flight-controls")).to_be_hidden()
    assert page.locator(".flight tbody tr").count() >= 3
    page.context.close()


def test_the_page_is_accessible_strict_and_light(site: Site, field: str) -> None:
    page = site.sign_in(Role.FARMER)
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    sizes: list[float] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(field)
    page.wait_for_load_state("networkidle")
    expect(page.locator(".flight-map .aircraft")).to_be_visible()
    assert 3_000 < sum(sizes) < LIMIT_BYTES
    faults += [f"{fault['id']} {fault['nodes'][0]['html'][:200]}" for fault in Axe().run(page).response["violations"]]
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.context.close()
    assert faults == []


@pytest.mark.parametrize("language", ["vi", "km", "en"])
@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_pictures_of_the_flight(site: Site, field: str, language: str, viewport: dict[str, int]) -> None:
    page = site.sign_in(Role.FARMER, language, viewport)
    page.goto(field)
    expect(page.locator(".flight-map .aircraft")).to_be_visible()
    slider(page).fill(str(int(slider(page).get_attribute("max") or 0) // 3))
    folder = PICTURES / f"{language}-{viewport['width']}"
    folder.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=folder / "flight.png", full_page=True)
    assert "{" not in page.locator(".flight").inner_text()
    page.context.close()


PIXELS = """async (url) => {
  const image = new Image();
  image.src = url;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [4 * image.width, 4 * image.height];
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  const data = context.getImageData(0, 0, canvas.width, canvas.height).data;
  const counts = {};
  for (let at = 0; at < data.length; at += 4) {
    const key = [data[at], data[at + 1], data[at + 2], data[at + 3]].join();
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}"""


def test_the_svg_file_is_drawn_as_it_is_meant(browser: Browser) -> None:
    """Pixels of the picture in Chromium: lines in the colours of the flights, the refill place, red gaps, strips."""
    svg = WRITERS[ExportFormat.SVG].write([flown()])
    page = browser.new_page()
    counts = page.evaluate(PIXELS, f"data:image/svg+xml;base64,{base64.b64encode(svg).decode()}")
    page.close()
    pixels = {tuple(map(int, key.split(","))): count for key, count in counts.items()}
    for wanted in (*COLOURS[: len(flown().flights)], "#8a1616"):
        assert pixels.get((*bytes.fromhex(wanted[1:]), 255), 0) >= 20, wanted
    assert sum(count for (r, g, b, a), count in pixels.items() if a == 255 and r > 190 and g < 110 and b < 110) > 50
    # The strips are the larger part of what is drawn; the margin for scale, zones and north stays clear.
    assert sum(count for pixel, count in pixels.items() if pixel[3] == 255) > 0.4 * sum(pixels.values())
    assert pixels[(0, 0, 0, 0)] > 0
