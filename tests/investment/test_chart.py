"""The chart is sound SVG that a strict policy shows."""

from datetime import date

import pytest
from defusedxml import ElementTree

from drone_service.investment.chart import DESK, PHONE, ChartTexts, Forecast, Sheet, draw

TEXTS = ChartTexts(
    "A <title>", "words & more", "Revenue", "Cash", "Investment", "million", "Now", "Tried", lambda v: f"{v:.0f}"
)


@pytest.mark.parametrize("sheet", [DESK, PHONE], ids=lambda sheet: sheet.name)
@pytest.mark.parametrize(
    "points",
    [
        [],
        [(date(2026, 1, 1), 0, 0)],
        [(date(2026, 1, 1), 5_000_000, -9_000_000), (date(2026, 6, 1), 900_000_000, 510_000_000)],
    ],
)
def test_it_is_xml_with_a_title_and_no_style(points: list[tuple[date, int, int]], sheet: Sheet) -> None:
    drawn = draw(points, 480_000_000, TEXTS, sheet)
    root = ElementTree.fromstring(drawn)
    names = [element.tag.split("}")[1] for element in root.iter()]
    assert names[1:3] == ["title", "desc"]
    assert names.count("path") == (2 if points else 0)
    for one in root.iter():
        assert 0 <= float(one.get("x", 0)) < sheet.width
        assert 0 <= float(one.get("y", 0)) < sheet.height
    assert all("style" not in element.attrib for element in root.iter())


def test_the_cash_ends_at_its_height() -> None:
    # Amounts 0 to 480 M: steps of 100 M, so 0 to 500 M over 280 units from y = 86. 240 M is at 86 + 280 x 260 / 500.
    drawn = draw([(date(2026, 1, 1), 0, 0), (date(2026, 2, 1), 0, 240_000_000)], 480_000_000, TEXTS)
    assert "V231.6" in drawn


@pytest.mark.parametrize("sheet", [DESK, PHONE], ids=lambda sheet: sheet.name)
def test_a_forecast_leads_from_the_cash_to_the_investment(sheet: Sheet) -> None:
    points = [(date(2026, 1, 1), 0, 0), (date(2026, 2, 1), 0, 240_000_000)]
    ahead = [Forecast("Now", "#111111", date(2028, 1, 1)), Forecast("Tried", "#222222", date(2027, 1, 1))]
    root = ElementTree.fromstring(draw(points, 480_000_000, TEXTS, sheet, ahead))
    lines = [
        one for one in root.iter() if one.get("stroke") in {"#111111", "#222222"} and one.get("y1") != one.get("y2")
    ]
    level = next(
        one for one in root.iter() if one.get("stroke-dasharray") == "2 4" and one.get("stroke-width") == "2.5"
    )
    assert [line.get("y2") for line in lines] == [level.get("y1")] * 2
    now, tried = (float(line.get("x2") or 0) for line in lines)
    assert tried < now <= sheet.width
    names = [one.text for one in root.iter() if one.text in {"Now", "Tried"}]
    assert names == ["Now", "Tried"]
    height = float(str(root.get("viewBox")).split()[3])
    assert all(float(one.get("y", 0)) < height for one in root.iter())
