"""Zipped shapefiles: .shp with its .dbf, .prj and .cpg. What is not WGS84 is brought there."""

import struct
from dataclasses import dataclass
from io import BytesIO

import numpy as np
import shapefile
import shapely
from shapely.geometry import Polygon

from drone_service.engine.geometry.outline import NotAnArea, Outline, Ring, Rings
from drone_service.engine.geometry.validate import MAX_VERTICES, TooManyVertices
from drone_service.farms.readers.projection import ensure_known, to_wgs84
from drone_service.farms.readers.rows import MAX_ROWS, BrokenFile, FileTooLarge, NoFields, ReadRow, read_row

PARTS = frozenset({".shp", ".dbf", ".prj", ".cpg"})
POLYGONS = frozenset({shapefile.POLYGON, shapefile.POLYGONZ, shapefile.POLYGONM})
UNREADABLE = (
    shapefile.ShapefileException,
    struct.error,
    ValueError,
    IndexError,
    KeyError,
    TypeError,
    OverflowError,
    EOFError,
    OSError,
)
"""What pyshp lets out for files that are not what they say."""


@dataclass(frozen=True)
class Layer:
    """The members of one shapefile."""

    shp: bytes
    dbf: bytes | None
    crs: str | None
    encoding: str


def read_shapefile(members: dict[str, bytes]) -> list[ReadRow]:
    """Read every shapefile among the unpacked members, rows numbered on. Raises a FileProblem."""
    rows: list[ReadRow] = []
    for name in sorted(members):
        if name.endswith(".shp"):
            rows += _read_layer(_layer(members, name.removesuffix(".shp")), first=len(rows) + 1)
    if not rows:
        raise NoFields
    return rows


def _layer(members: dict[str, bytes], stem: str) -> Layer:
    prj = members.get(f"{stem}.prj")
    return Layer(
        shp=members[f"{stem}.shp"],
        dbf=members.get(f"{stem}.dbf"),
        crs=prj.decode("utf-8", "replace").strip("\ufeff\0 \r\n") if prj else None,
        encoding=_encoding(members.get(f"{stem}.cpg")),
    )


def _encoding(cpg: bytes | None) -> str:
    name = (cpg or b"utf-8").decode("ascii", "replace").strip().lower()
    name = f"cp{name}" if name.isdigit() else name.replace("ansi ", "cp")
    try:
        b"".decode(name)
    except LookupError:
        return "utf-8"
    return name


def _read_layer(layer: Layer, *, first: int) -> list[ReadRow]:
    if layer.crs:
        ensure_known(layer.crs)
    # pyshp only warns of a file that is shorter than its header says, and then reads what is left.
    if layer.shp[24:28] != struct.pack(">i", len(layer.shp) // 2):
        raise BrokenFile("cut off")
    dbf = BytesIO(layer.dbf) if layer.dbf else None
    try:
        with shapefile.Reader(
            shp=BytesIO(layer.shp), dbf=dbf, encoding=layer.encoding, encodingErrors="replace"
        ) as reader:
            shapes = _capped_shapes(reader, first)
            records = [record.as_dict() for record in reader.records()] if dbf else []
    except FileTooLarge:
        raise
    except UNREADABLE as error:
        raise BrokenFile(str(error)[:200]) from error
    records += [{}] * (len(shapes) - len(records))
    return [_read_shape(first + index, shapes[index], records[index], layer.crs) for index in range(len(shapes))]


def _capped_shapes(reader: shapefile.Reader, first: int) -> list[shapefile.Shape]:
    shapes: list[shapefile.Shape] = []
    for shape in reader.iterShapes():
        if first + len(shapes) > MAX_ROWS:
            raise FileTooLarge(limit=MAX_ROWS)
        shapes.append(shape)
    return shapes


def _read_shape(number: int, shape: shapefile.Shape, record: dict[str, object], crs: str | None) -> ReadRow:
    def outline() -> Outline:
        found = _outline(shape)
        return to_wgs84(found, crs) if crs else found

    by_key = {key.lower(): value for key, value in record.items()}
    return read_row(number, read_outline=outline, source_id=by_key.get("id"), properties=record)


def _outline(shape: shapefile.Shape) -> Outline:
    if shape.shapeType not in POLYGONS or not shape.points:
        raise NotAnArea
    if len(shape.points) > MAX_VERTICES:
        raise TooManyVertices(vertices=len(shape.points), limit=MAX_VERTICES)
    points = np.array([point[:2] for point in shape.points], dtype=np.float64).reshape(-1, 2)
    starts = sorted({int(start) for start in shape.parts} - {0})
    rings = [ring for ring in np.split(points, starts) if len(ring)]
    return Outline(_nested(rings))


def _nested(rings: list[Ring]) -> tuple[Rings, ...]:
    """Give each hole to the smallest outer ring around it; outer rings run clockwise in a shapefile."""
    turning = [_twice_signed_area(ring) for ring in rings]
    outer = [index for index, area in enumerate(turning) if area <= 0] or list(range(len(rings)))
    holes = [index for index in range(len(rings)) if index not in set(outer)]
    parts: dict[int, list[Ring]] = {index: [rings[index]] for index in outer}
    if holes and any(len(rings[index]) < 4 for index in outer):
        raise NotAnArea
    around = np.array([Polygon(rings[index]) for index in outer]) if holes else np.array([])
    for hole in holes:
        lon, lat = rings[hole][0]
        owners = [outer[position] for position in np.flatnonzero(shapely.intersects_xy(around, lon, lat))]
        owner = min(owners, key=lambda index: abs(turning[index]), default=hole)
        parts.setdefault(owner, []).append(rings[hole])
    return tuple(tuple(found) for found in parts.values())


def _twice_signed_area(ring: Ring) -> float:
    x, y = (ring - ring[0]).T
    return float(np.dot(x[:-1], y[1:]) - np.dot(x[1:], y[:-1]))
