"""The zones of `drone-service plan --zones`: points, lines and areas with their kind and distances."""

import json
import math
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
    features = _features(path)
    zones = []
    for row in read_rows(path):
        label, feature = label_of(row, path), features[row.number - 1] if row.number <= len(features) else {}
        try:
            zones.append(_zone(label, _shape(row, feature), {**_named(row.properties), **_not_numbers(feature)}))
        except EngineError as error:
            reason = str(error) if isinstance(error, WrongZone) else f"{label}: {told(error)}"
            raise WrongOption(f"--zones: {reason}") from error
    return tuple(zones)


def _features(path: Path) -> list[Properties]:
    """Return the features of a GeoJSON file as they stand; nothing for other formats, which hold areas only.

    Points and lines are read in degrees, so in another projection there are none.
    """
    try:
        document = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return []
    if not isinstance(document, dict):
        return []
    features = [part if isinstance(part, dict) else {} for part in document.get("features", [document])]
    return features if document.get("crs") is None else [{**part, "geometry": None} for part in features]


def _not_numbers(feature: Properties) -> Properties:
    """Return the properties that are NaN or infinite: a row holds nothing in their place, as if they were not given."""
    given = feature.get("properties")
    named = _named(given) if isinstance(given, dict) else {}
    return {key: value for key, value in named.items() if isinstance(value, float) and not math.isfinite(value)}


def _named(properties: Properties) -> Properties:
    """Return properties by small letters: a table of a shapefile writes them large."""
    return {str(key).lower(): value for key, value in properties.items()}


def _shape(row: ReadRow, feature: Properties) -> BaseGeometry:
    if row.shape is not None:
        return row.shape
    mark = read_mark(feature.get("geometry", feature))
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
