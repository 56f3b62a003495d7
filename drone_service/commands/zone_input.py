"""The zones of `drone-service plan --zones`: points, lines and areas with their kind and distances."""

import json
from pathlib import Path

from shapely.geometry.base import BaseGeometry

from drone_service.commands.plan_input import WrongOption, label_of, read_rows
from drone_service.commands.terminal import told
from drone_service.engine.coverage.zones import WrongZone, Zone, ZoneKind, zone_of
from drone_service.engine.errors import EngineError
from drone_service.engine.geometry.marks import read_mark
from drone_service.farms.readers.rows import Properties, ReadRow

TRUE, FALSE = ("true", "yes", "1"), ("false", "no", "0")


def read_zones(path: Path | None) -> tuple[Zone, ...]:
    """Read the zones of a file, in degrees. Properties: `kind`, `buffer_m`, `overfly`; all may be missing.

    Raises WrongOption where one of them cannot be read.
    """
    if path is None:
        return ()
    geometries = _geometries(path)
    zones = []
    for row in read_rows(path):
        label = label_of(row, path)
        try:
            zones.append(_zone(label, _shape(row, geometries), row.properties))
        except EngineError as error:
            reason = str(error) if isinstance(error, WrongZone) else f"{label}: {told(error)}"
            raise WrongOption(f"--zones: {reason}") from error
    return tuple(zones)


def _geometries(path: Path) -> list[object]:
    """Return the geometries of a GeoJSON file as they stand; nothing for other formats, which hold areas only."""
    try:
        document = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return []
    if not isinstance(document, dict) or document.get("crs") is not None:
        return []
    features = document.get("features", [document])
    return [part.get("geometry", part) if isinstance(part, dict) else None for part in features]


def _shape(row: ReadRow, geometries: list[object]) -> BaseGeometry:
    if row.shape is not None:
        return row.shape
    mark = read_mark(geometries[row.number - 1]) if row.number <= len(geometries) else None
    if mark is None:
        raise row.problem or WrongZone("not_an_area")
    return mark


def _zone(label: str, shape: BaseGeometry, properties: Properties) -> Zone:
    return zone_of(
        label,
        shape,
        _kind(label, properties.get("kind")),
        buffer_m=_number(label, properties.get("buffer_m")),
        may_overfly=_choice(label, properties.get("overfly")),
    )


def _kind(label: str, value: object) -> ZoneKind | None:
    if value is None or value == "":
        return None
    word = str(value).strip().lower().replace("-", "_").replace(" ", "_")
    if word not in list(ZoneKind):
        raise WrongZone(f"{label}: there is no kind {value!r}; there are {', '.join(ZoneKind)}")
    return ZoneKind(word)


def _number(label: str, value: object) -> float | None:
    if value is None or value == "":
        return None
    try:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise ValueError
        return float(value)
    except ValueError as error:
        raise WrongZone(f"{label}: buffer_m is a number of metres, not {value!r}") from error


def _choice(label: str, value: object) -> bool | None:
    word = str(value).strip().lower()
    if value is None or word == "":
        return None
    if word not in (*TRUE, *FALSE):
        raise WrongZone(f"{label}: overfly is true or false, not {value!r}")
    return word in TRUE
