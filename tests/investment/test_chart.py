"""The chart is sound SVG that a strict policy shows."""

from datetime import date

import pytest
from defusedxml import ElementTree

from drone_service.investment.chart import DESK, PHONE, ChartTexts, Sheet, draw

TEXTS = ChartTexts("A <title>", "words & more", "Revenue", "Cash", "Investment", "million", lambda v: f"{v:.0f}")


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
