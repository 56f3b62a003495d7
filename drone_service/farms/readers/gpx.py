"""GPX: a dyke that somebody walked. Each track and each route is closed into one outline."""

from xml.etree.ElementTree import Element

import numpy as np

from drone_service.engine.geometry.outline import NotAnArea, Outline, Ring, UnreadableCoordinates
from drone_service.farms.readers.rows import MAX_ROWS, FileTooLarge, NoFields, ReadRow, read_row
from drone_service.farms.readers.xml import child_text, descendants, local_name, read_elements

WALKS = frozenset({"trk", "rte"})


def read_gpx(data: bytes, walked_accuracy_m: float | None = None) -> list[ReadRow]:
    """Read every track and route; with an accuracy in metres the noise is taken out of tracks.

    Routes are set by hand and stay. Raises BrokenFile, UnsafeFile, FileTooLarge or NoFields.
    """
    rows: list[ReadRow] = []
    for walk in read_elements(data, WALKS):
        if len(rows) == MAX_ROWS:
            raise FileTooLarge(limit=MAX_ROWS)
        rows.append(_read_walk(len(rows) + 1, walk, walked_accuracy_m))
    if not rows:
        raise NoFields
    return rows


def _read_walk(number: int, walk: Element, walked_accuracy_m: float | None) -> ReadRow:
    return read_row(
        number,
        read_outline=lambda: Outline(((_closed(walk),),)),
        name=child_text(walk, "name"),
        walked_accuracy_m=walked_accuracy_m if local_name(walk) == "trk" else None,
    )


def _closed(walk: Element) -> Ring:
    # A pause cuts a track in segments; the walk goes on where it stopped, so they are one line.
    points = descendants(walk, "trkpt" if local_name(walk) == "trk" else "rtept")
    try:
        positions = [(float(point.attrib["lon"]), float(point.attrib["lat"])) for point in points]
    except (KeyError, ValueError) as error:
        raise UnreadableCoordinates from error
    if len(positions) < 3:
        raise NotAnArea
    if positions[0] != positions[-1]:
        positions.append(positions[0])
    return np.array(positions, dtype=np.float64)
