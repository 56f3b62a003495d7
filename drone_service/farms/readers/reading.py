"""One door for all formats: bytes and a file name in, rows out. The content decides, the name only breaks ties."""

from collections.abc import Callable

from drone_service.farms.readers import archive
from drone_service.farms.readers.geojson import read_geojson
from drone_service.farms.readers.gpx import read_gpx
from drone_service.farms.readers.kml import read_kml
from drone_service.farms.readers.rows import FileTooLarge, NoFields, ReadRow, UnknownFormat
from drone_service.farms.readers.shapefile import PARTS, read_shapefile

MAX_FILE_BYTES = 10_000_000
HEAD_BYTES = 4_000
ZIP_HEADS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
UNICODE_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
ACCEPTED_SUFFIXES = (".geojson", ".json", ".kml", ".kmz", ".zip", ".gpx")


def read_fields(data: bytes, file_name: str, *, walked_accuracy_m: float | None = None) -> list[ReadRow]:
    """Read GeoJSON, KML, KMZ, zipped shapefile or GPX into rows, at least one.

    With an accuracy in metres the noise of the GPS is taken out of the tracks of a GPX, and their rows say what was
    done. A fault of one feature stays in its row. Raises a FileProblem when nothing of the file can be used:
    FileTooLarge (over 10 MB, or more inside than we read), UnknownFormat, BrokenFile, UnsafeFile, NoFields,
    UnknownProjection.
    """
    if len(data) > MAX_FILE_BYTES:
        raise FileTooLarge(limit=MAX_FILE_BYTES)
    reader = _reader_for(data, file_name.lower())
    return read_gpx(data, walked_accuracy_m) if reader is read_gpx else reader(data)


def _reader_for(data: bytes, file_name: str) -> Callable[[bytes], list[ReadRow]]:
    if data.startswith(ZIP_HEADS):
        return _read_zip
    head = _head(data)
    if head.startswith(("{", "[")):
        return read_geojson
    if head.startswith("<"):
        if "<gpx" in head:
            return read_gpx
        if "<kml" in head or file_name.endswith(".kml"):
            return read_kml
        if file_name.endswith(".gpx"):
            return read_gpx
    raise UnknownFormat


def _head(data: bytes) -> str:
    start = data[:HEAD_BYTES]
    encoding = "utf-16" if start.startswith(UNICODE_MARKS[1:]) else "utf-8-sig"
    return start.decode(encoding, "replace").lstrip()


def _read_zip(data: bytes) -> list[ReadRow]:
    members = archive.unpack(data, PARTS | {".kml"})
    if any(name.endswith(".shp") for name in members):
        return read_shapefile(members)
    placemarks = sorted((name for name in members if name.endswith(".kml")), key=lambda name: (name != "doc.kml", name))
    if not placemarks:
        raise NoFields
    return read_kml(members[placemarks[0]])
