"""The pictures of the planner can be drawn again, and every one of them is shown in the documents."""

import runpy
from pathlib import Path

from lxml import etree

DOCS = Path(__file__).parents[1] / "docs"


def test_the_pictures_of_the_planner_are_drawn_by_the_planner() -> None:
    drawn = runpy.run_path(str(DOCS / "images" / "make_plan_pictures.py"))["pictures"]()
    text = (DOCS / "planner.md").read_text(encoding="utf-8")
    for name, picture in drawn.items():
        assert f"(images/{name})" in text
        kept = (DOCS / "images" / name).read_bytes()
        assert len(kept) < 30_000
        for document in (picture.encode(), kept):
            root = etree.fromstring(document)
            assert root.findtext("{*}title")
            assert len(root.findall(".//{*}path")) >= 2
