"""Sheets for paper as PDF files, set by typst with fonts of our own: nothing of the machine's is used.

What is set goes in as JSON, so a text is never taken for markup, whoever typed it.
"""

import json
from functools import cache
from pathlib import Path

import fontpkg_noto_sans
import fontpkg_noto_sans_khmer
import typst

MEDIA_TYPE = "application/pdf"


@cache
def _fonts() -> typst.Fonts:
    """Noto Sans and Noto Sans Khmer, under the SIL Open Font License that comes with each package."""
    folders: list[Path] = [package.ROOT / "files" for package in (fontpkg_noto_sans, fontpkg_noto_sans_khmer)]
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)


def set_pdf(template: Path, data: object) -> bytes:
    """Return the PDF of a typst template, which reads `data` as JSON from `sys.inputs.data`."""
    inputs = {"data": json.dumps(data, ensure_ascii=False, allow_nan=False)}
    return typst.compile(template.read_bytes(), font_paths=_fonts(), format="pdf", sys_inputs=inputs)
