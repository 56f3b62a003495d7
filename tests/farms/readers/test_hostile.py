"""Files made to hurt: each is refused with its own answer, in bounded time and memory."""

import json
import struct
import zlib
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drone_service.farms.readers import archive, xml
from drone_service.farms.readers.reading import MAX_FILE_BYTES, read_fields
from drone_service.farms.readers.rows import (
    BrokenFile,
    FileProblem,
    FileTooLarge,
    NoFields,
    ReadRow,
    UnknownProjection,
    UnsafeFile,
)

FIELDS = Path(__file__).parents[2] / "data" / "fields"
SAMPLES = sorted(path.name for path in FIELDS.iterdir() if path.stem.startswith("two"))
KML = (FIELDS / "two.kml").read_bytes()


def zipped(members: dict[str, bytes]) -> bytes:
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as written:
        for name, content in members.items():
            written.writestr(name, content)
    return packed.getvalue()


def unzipped(name: str) -> dict[str, bytes]:
    with ZipFile(FIELDS / name) as members:
        return {member: members.read(member) for member in members.namelist()}


def outcome(data: bytes, name: str) -> str | list[ReadRow]:
    try:
        return read_fields(data, name)
    except FileProblem as problem:
        return problem.code


@pytest.mark.parametrize("root", ["kml", "gpx"])
def test_billion_laughs(root: str) -> None:
    levels = zip("bcdefghij", "abcdefghi", strict=True)
    entities = '<!ENTITY a "ha">' + "".join(f'<!ENTITY {name} "{f"&{below};" * 10}">' for name, below in levels)
    content = f"<?xml version='1.0'?><!DOCTYPE x [{entities}]><{root}><name>&j;</name></{root}>"
    with pytest.raises(UnsafeFile):
        read_fields(content.encode(), f"x.{root}")


def test_an_external_entity() -> None:
    content = (
        b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><kml><Placemark><name>&f;</name></Placemark></kml>'
    )
    with pytest.raises(UnsafeFile):
        read_fields(content, "x.kml")


def test_two_million_elements_stop_early(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FileTooLarge):
        read_fields(b"<kml>" + b"<a/>" * 2_000_000 + b"</kml>", "x.kml")
    # The control: with a higher limit a file over it is read to its end.
    quarter = b"<kml>" + b"<a/>" * 250_000 + b"</kml>"
    with pytest.raises(FileTooLarge):
        read_fields(quarter, "x.kml")
    monkeypatch.setattr(xml, "MAX_ELEMENTS", 300_000)
    with pytest.raises(NoFields):
        read_fields(quarter, "x.kml")


def test_deep_xml() -> None:
    with pytest.raises(FileTooLarge):
        read_fields(b"<kml>" + b"<a>" * 100_000, "x.kml")


def test_deep_json() -> None:
    with pytest.raises((BrokenFile, NoFields)):
        read_fields(b"[" * 200_000, "x.json")
    collection = b'{"type":"GeometryCollection","geometries":[' * 300 + b"]}" * 300
    assert outcome(collection, "x.json") in ("broken_file", "no_fields") or read_fields(collection, "x")[0].problem


def test_a_zip_whose_directory_begins_before_the_file() -> None:
    content = bytearray((FIELDS / "two_wgs84.zip").read_bytes())
    size_at = content.rindex(b"PK\x05\x06") + 12
    content[size_at : size_at + 4] = struct.pack("<I", len(content) + 65_536)
    with pytest.raises(BrokenFile):
        read_fields(bytes(content), "two.zip")


def test_a_zip_bomb(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_UNPACKED_BYTES", 1_000_000)
    bomb = zipped({"doc.kml": b"<kml>" + b" " * 5_000_000 + b"</kml>"})
    assert len(bomb) < 10_000
    with pytest.raises(FileTooLarge):
        read_fields(bomb, "bomb.kmz")
    monkeypatch.setattr(archive, "MAX_UNPACKED_BYTES", 10_000_000)
    with pytest.raises(NoFields):
        read_fields(bomb, "bomb.kmz")


def test_a_bomb_spread_over_members(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_UNPACKED_BYTES", 1_000_000)
    with pytest.raises(FileTooLarge):
        read_fields(zipped({f"{i}.kml": b" " * 300_000 for i in range(10)}), "bomb.zip")


def test_a_size_that_lies_is_not_believed() -> None:
    """The directory says ten bytes; what comes out is cut there or refused, never a gigabyte."""
    packed = bytearray(zipped({"doc.kml": KML}))
    at = packed.index(b"PK\x01\x02")
    packed[at + 24 : at + 28] = struct.pack("<I", 10)
    assert outcome(bytes(packed), "x.kmz") == "broken_file"


def test_too_many_members() -> None:
    with pytest.raises(FileTooLarge):
        read_fields(zipped({f"{i}.kml": b"" for i in range(600)}), "x.zip")


def test_a_password() -> None:
    packed = bytearray(zipped({"doc.kml": KML}))
    packed[packed.index(b"PK\x01\x02") + 8] |= 1
    packed[6] |= 1
    with pytest.raises(UnsafeFile):
        read_fields(bytes(packed), "x.kmz")


def test_a_file_over_the_limit() -> None:
    with pytest.raises(FileTooLarge):
        read_fields(b"{" + b" " * MAX_FILE_BYTES, "x.json")


def test_more_features_than_we_take() -> None:
    features = [{"type": "Feature", "geometry": None}] * 5_001
    with pytest.raises(FileTooLarge):
        read_fields(json.dumps({"type": "FeatureCollection", "features": features}).encode(), "x.json")


@pytest.mark.parametrize("token", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_odd_numbers_stay_in_their_row(token: str) -> None:
    good = json.loads((FIELDS / "two.geojson").read_text(encoding="utf-8"))
    text = json.dumps(good).replace("105.7451", token, 1)
    rows = read_fields(text.encode(), "x.geojson")
    assert [row.problem.code if row.problem else None for row in rows] == ["not_finite", None]


def test_text_that_no_database_holds_is_cleaned() -> None:
    good = json.loads((FIELDS / "two.geojson").read_text(encoding="utf-8"))["features"][0]
    good["properties"] = {"name": "a\x00b\ud800c", "big": 2**70, "odd": float("inf"), "\x00key": "\x07"}
    row = read_fields(json.dumps(good).encode(), "x.geojson")[0]
    assert row.name == "abc"
    assert row.properties == {"name": "abc", "big": str(2**70), "odd": None, "key": ""}
    json.dumps(row.properties, allow_nan=False, ensure_ascii=False).encode()


def test_a_novel_in_the_properties() -> None:
    good = json.loads((FIELDS / "two.geojson").read_text(encoding="utf-8"))
    good["features"][0]["properties"]["story"] = "x" * 20_000
    rows = read_fields(json.dumps(good).encode(), "x.geojson")
    assert [row.problem.code if row.problem else None for row in rows] == ["properties_too_large", None]


def test_an_unknown_projection() -> None:
    members = unzipped("two_wgs84.zip")
    with pytest.raises(UnknownProjection):
        read_fields(zipped(members | {"ruong/two.prj": b'PROJCS["nonsense"]'}), "x.zip")


def test_a_shapefile_without_its_projection_is_taken_as_degrees() -> None:
    degrees = unzipped("two_wgs84.zip")
    del degrees["ruong/two.prj"]
    metres = unzipped("two_utm48.zip")
    del metres["two.prj"]
    assert [row.problem for row in read_fields(zipped(degrees), "x.zip")] == [None, None]
    found = [row.problem.code for row in read_fields(zipped(metres), "x.zip") if row.problem]
    assert found == ["out_of_range", "out_of_range"]


@pytest.mark.parametrize("name", SAMPLES)
def test_truncated_anywhere(name: str) -> None:
    whole = (FIELDS / name).read_bytes()
    for cut in range(0, len(whole), max(1, len(whole) // 60)):
        assert outcome(whole[:cut], name)


@pytest.mark.parametrize("member", ["ruong/two.shp", "ruong/two.dbf", "ruong/two.cpg"])
def test_a_shapefile_cut_inside_the_zip(member: str) -> None:
    members = unzipped("two_wgs84.zip")
    for cut in range(0, len(members[member]), 7):
        assert outcome(zipped(members | {member: members[member][:cut]}), "x.zip")


@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_flipped_bytes_never_escape(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(SAMPLES))
    content = bytearray((FIELDS / name).read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    assert outcome(bytes(content), name)


@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_flipped_bytes_of_a_shapefile_never_escape(data: st.DataObject) -> None:
    members = unzipped("two_wgs84.zip")
    member = data.draw(st.sampled_from(["ruong/two.shp", "ruong/two.dbf"]))
    content = bytearray(members[member])
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    assert outcome(zipped(members | {member: bytes(content)}), "x.zip")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(
        ["type", "coordinates", "geometry", "features", "geometries", "properties", "id", "crs", "name"]
    ), inner | st.sampled_from(["Feature", "FeatureCollection", "Polygon", "MultiPolygon", "GeometryCollection"])),
    max_leaves=20,
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(JSON)
def test_any_json_is_rows_or_a_named_problem(document: object) -> None:
    for prefix in ("", " "):
        assert outcome((prefix + json.dumps(document)).encode(), "x.geojson")


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes(content: bytes) -> None:
    for head in (b"", b"{", b"<kml>", b"<gpx>", b"PK\x03\x04"):
        assert outcome(head + content, "x")


def test_deflate_that_breaks_off() -> None:
    packed = bytearray(zipped({"doc.kml": KML * 3}))
    packed[60:90] = zlib.compress(b"x" * 99)[:30].ljust(30, b"\xff")
    assert outcome(bytes(packed), "x.kmz") == "broken_file"
