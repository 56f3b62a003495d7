"""A plan as ISOXML (ISO 11783-10, version 3.3): a ZIP with TASKDATA/TASKDATA.XML for farm software and terminals.

It holds the boundary of each field as a partfield and a planned task with the rate; no flight path, since terminals
steer tractors by other things, and no name of a person. Version 3.3 is what old terminals read as well (k).
"""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Sequence
from typing import NamedTuple

import shapely
from shapely.geometry import Polygon

from drone_service.engine.coverage.flown import FlownField
from drone_service.engine.coverage.formats.markup import clean, degrees, document, element, rings
from drone_service.engine.coverage.kept import PLAIN, titles
from drone_service.engine.coverage.zones import ZoneKind
from drone_service.engine.operation import Service

SOFTWARE, SOFTWARE_VERSION = "drone_service", "1"
LONGEST_NAME = 32
FROM_FARM_SOFTWARE = "1"
PLANNED = "1"
BOUNDARY, TREATMENT, OTHER = "1", "2", "8"
WATER, BUILDING, ROAD, OBSTACLE = "3", "4", "5", "6"
ZONE_TYPES = {
    ZoneKind.HOUSE: BUILDING,
    ZoneKind.ROAD: ROAD,
    ZoneKind.POND: WATER,
    ZoneKind.CANAL: WATER,
    ZoneKind.AQUACULTURE: WATER,
    ZoneKind.TREE: OBSTACLE,
    ZoneKind.POLE: OBSTACLE,
    ZoneKind.POWER_LINE: OBSTACLE,
    PLAIN: OBSTACLE,
}
"""Types of polygons; version 3 has none for buffers, bees and crops, which are "other"."""
EXTERIOR, INTERIOR = "1", "2"
OTHER_POINT = "2"
SPRAYED_ZONE, OUTSIDE_ZONE = "1", "0"


class Setpoint(NamedTuple):
    """A process variable of the data dictionary, and how many of its steps a unit per hectare is."""

    ddi: str
    steps_per_unit: int


VOLUME = Setpoint("0001", 10_000)
"""Setpoint volume per area: steps of 0.01 mm³/m²; 1 L/ha is 100 mm³/m² (c)."""
MASS = Setpoint("0006", 100)
"""Setpoint mass per area: steps of 1 mg/m²; 1 kg/ha is 100 mg/m² (c)."""


def to_isoxml(fields: Sequence[FlownField]) -> bytes:
    """Return the ZIP. The same fields give the same bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("TASKDATA/TASKDATA.XML"), document(_task_data(fields)))
    return packed.getvalue()


def _task_data(fields: Sequence[FlownField]) -> ET.Element:
    root = ET.Element(
        "ISO11783_TaskData",
        VersionMajor="3",
        VersionMinor="3",
        ManagementSoftwareManufacturer=SOFTWARE,
        ManagementSoftwareVersion=SOFTWARE_VERSION,
        TaskControllerManufacturer="",
        TaskControllerVersion="",
        DataTransferOrigin=FROM_FARM_SOFTWARE,
    )
    element(root, "CTR", A="CTR1", B=SOFTWARE)
    element(root, "FRM", A="FRM1", B=SOFTWARE, I="CTR1")
    for number, field in enumerate(fields, start=1):
        _partfield(root, number, field)
    for number, field in enumerate(fields, start=1):
        element(root, "PDT", A=f"PDT{number}", B=_product(field))
    for number, field in enumerate(fields, start=1):
        _task(root, number, field)
    return root


def _partfield(root: ET.Element, number: int, field: FlownField) -> None:
    name = clean(field.label, LONGEST_NAME) or f"field {number}"
    made = element(root, "PFD", A=f"PFD{number}", C=name, D=str(round(field.area_m2)), E="CTR1", F="FRM1")
    for part in shapely.get_parts(field.shape):
        _polygon(made, part, BOUNDARY)
    for title, zone in zip(titles(field.zones), field.zones, strict=True):
        for part in zone.body:
            _polygon(made, part, ZONE_TYPES.get(zone.kind, OTHER), title)
        for part in shapely.get_parts(zone.buffer):
            _polygon(made, part, OTHER, f"{title}: {zone.buffer_m:g} m")
    for lon, lat in (*field.refills, *field.unused):
        name = "refill, not used" if (lon, lat) in field.unused else "refill"
        element(made, "PNT", A=OTHER_POINT, B=name, C=degrees(lat), D=degrees(lon))


def _product(field: FlownField) -> str:
    what = "spray mix" if field.settings.service is Service.SPRAY else "granules or seed"
    return clean(", ".join(field.products), LONGEST_NAME) or what


def _task(root: ET.Element, number: int, field: FlownField) -> None:
    made = element(
        root,
        "TSK",
        A=f"TSK{number}",
        B=clean(field.label, LONGEST_NAME) or f"field {number}",
        C="CTR1",
        D="FRM1",
        E=f"PFD{number}",
        G=PLANNED,
        H=SPRAYED_ZONE,
        I=OUTSIDE_ZONE,
        J=OUTSIDE_ZONE,
    )
    kind = VOLUME if field.settings.service is Service.SPRAY else MASS
    steps = round(field.settings.rate_per_ha * kind.steps_per_unit)
    outside = element(made, "TZN", A=OUTSIDE_ZONE, B="outside")
    element(outside, "PDV", A=kind.ddi, B="0", C=f"PDT{number}")
    sprayed = element(made, "TZN", A=SPRAYED_ZONE, B="field")
    for part in shapely.get_parts(field.shape):
        _polygon(sprayed, part, TREATMENT)
    element(sprayed, "PDV", A=kind.ddi, B=str(steps), C=f"PDT{number}")


def _polygon(parent: ET.Element, polygon: Polygon, kind: str, name: str = "") -> None:
    made = element(parent, "PLN", A=kind, **({"B": clean(name, LONGEST_NAME)} if name else {}))
    for is_outer, places in rings(polygon):
        line = element(made, "LSG", A=EXTERIOR if is_outer else INTERIOR)
        for lon, lat in places:
            element(line, "PNT", A=OTHER_POINT, C=degrees(lat), D=degrees(lon))
