"""Every format a plan is written in, by the name that the command line and the API use."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from drone_service.engine.coverage.flown import FlownField
from drone_service.engine.coverage.formats.geojson import to_geojson
from drone_service.engine.coverage.formats.isoxml import to_isoxml
from drone_service.engine.coverage.formats.kml import to_boundary_kml, to_kml
from drone_service.engine.coverage.formats.mission import to_ardupilot, to_qgc
from drone_service.engine.coverage.formats.svg import to_svg


class ExportFormat(StrEnum):
    """The formats."""

    GEOJSON = "geojson"
    KML = "kml"
    BOUNDARY = "boundary"
    QGC = "qgc"
    ARDUPILOT = "ardupilot"
    ISOXML = "isoxml"
    SVG = "svg"


@dataclass(frozen=True)
class Writer:
    """How a format is written and what its files are called."""

    write: Callable[[Sequence[FlownField]], bytes]
    media_type: str
    suffix: str
    """What stands after the name of the field."""


WRITERS: Mapping[ExportFormat, Writer] = MappingProxyType(
    {
        ExportFormat.GEOJSON: Writer(to_geojson, "application/geo+json", ".geojson"),
        ExportFormat.KML: Writer(to_kml, "application/vnd.google-earth.kml+xml", ".kml"),
        ExportFormat.BOUNDARY: Writer(to_boundary_kml, "application/vnd.google-earth.kml+xml", "-boundary.kml"),
        ExportFormat.QGC: Writer(to_qgc, "application/json", ".plan"),
        ExportFormat.ARDUPILOT: Writer(to_ardupilot, "text/plain", ".waypoints"),
        ExportFormat.ISOXML: Writer(to_isoxml, "application/zip", "-taskdata.zip"),
        ExportFormat.SVG: Writer(to_svg, "image/svg+xml", ".svg"),
    }
)
