"""The area that people see while they draw is the one they are billed by: the same to a square centimetre."""

import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Route
from shapely.geometry import shape

from drone_service.engine.geometry.area import measure
from drone_service.web import assets

ROOT = Path(__file__).parents[2]
STATIC = Path(assets.__file__).parent / "static"
VECTORS = json.loads((ROOT / "tests" / "data" / "area_vectors.json").read_text(encoding="utf-8"))
FIELDS = json.loads((ROOT / "tests" / "data" / "fields" / "fields_vietnam.geojson").read_text(encoding="utf-8"))
MEASURE = """async ([module, fields]) => {
  const { areaM2, perimeterM } = await import(module);
  return fields.map((field) => [areaM2(field), perimeterM(field)]);
}"""

pytestmark = pytest.mark.browser


def serve_built_files(route: Route) -> None:
    path = urlsplit(route.request.url).path
    if path == "/":
        route.fulfill(body="<!doctype html><title>area</title>", content_type="text/html")
    else:
        route.fulfill(path=STATIC / path.removeprefix("/static/"), content_type="text/javascript")


def measured_in_browser(browser: Browser, geometries: list[object]) -> list[tuple[float, float]]:
    manifest = json.loads((STATIC / "dist" / ".vite" / "manifest.json").read_text(encoding="utf-8"))
    module = "/static/dist/" + manifest["src/area.ts"]["file"]
    page = browser.new_page()
    try:
        page.route("http://area.test/**", serve_built_files)
        page.goto("http://area.test/")
        return [(area, perimeter) for area, perimeter in page.evaluate(MEASURE, [module, geometries])]
    finally:
        page.close()


@pytest.mark.parametrize("source", ["vectors", "real fields"])
def test_browser_and_server_agree_to_a_square_centimetre(browser: Browser, source: str) -> None:
    rows = VECTORS if source == "vectors" else FIELDS["features"]
    geometries = [row["geometry"] for row in rows]
    in_browser = measured_in_browser(browser, geometries)
    assert len(in_browser) == len(geometries) >= 60
    for geometry, (area_m2, perimeter_m) in zip(geometries, in_browser, strict=True):
        on_server = measure(shape(geometry))
        assert area_m2 == pytest.approx(on_server.area_m2, abs=0.01)
        assert perimeter_m == pytest.approx(on_server.perimeter_m, abs=0.001)
