"""Rows of a table prepared for a narrow screen, where each row is a card and each cell says its own heading."""

import re
from collections.abc import Sequence

from markupsafe import Markup, escape

_CELL = re.compile(r"<(tr|th|td)(?=[\s>])([^>]*)>")


def labelled(rows: str, heads: Sequence[tuple[str, bool]]) -> Markup:
    """Give every cell the name of its column and every part its role.

    The style sheet shows the names and lays the rows out as cards on a phone; browsers then no longer take a table
    for one, so the roles are written down. Cells that span columns get no name.
    """
    place = 0

    def named(tag: re.Match[str]) -> str:
        nonlocal place
        name, attributes = tag[1], tag[2]
        if name == "tr":
            place = 0
            return f'<tr role="row"{attributes}>'
        role = "rowheader" if name == "th" else "cell"
        label = heads[place][0] if place < len(heads) and "colspan" not in attributes else ""
        place += 1
        return f'<{name} role="{role}" data-label="{escape(label)}"{attributes}>'

    # The rows come out of a template block, where everything that people typed is escaped already.
    return Markup(_CELL.sub(named, str(rows)))  # noqa: S704
