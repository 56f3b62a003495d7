"""The same two fields come out of every format with the same area, name and properties."""

import json
from pathlib import Path

import pytest

from drone_service.engine.geometry.area import area_m2
from drone_service.engine.geometry.validate import SelfCrossing
from drone_service.farms.readers.reading import read_fields
from drone_service.farms.readers.rows import NoFields, ReadRow, UnknownFormat, UnknownProjection

FIELDS = Path(__file__).parents[2] / "data" / "fields"
HOUSE_M2, CANAL_M2 = 30_972.3863, 22_105.8065
NAMES = ["Ruộng sau nhà", "Ruộng bờ kênh"]


def read(name: str, under: str = "") -> list[ReadRow]:
    return read_fields((FIELDS / name).read_bytes(), under or name)


@pytest.mark.parametrize(
    "name", ["two.geojson", "two.kml", "two.kmz", "two_wgs84.zip", "two_utm48.zip", "two_vn2000.zip"]
)
def test_every_format_gives_the_same_fields(name: str) -> None:
    rows = read(name)[:2]
    assert [row.name for row in rows] == NAMES
    assert [area_m2(row.shape) for row in rows] == pytest.approx([HOUSE_M2, CANAL_M2], abs=1e-3)
    assert [row.shape.geom_type for row in rows if row.shape] == ["Polygon", "MultiPolygon"]
    assert [row.number for row in rows] == [1, 2]


def test_the_content_decides_not_the_name() -> None:
    assert [row.name for row in read("two.kml", under="fields.txt")][:2] == NAMES
    assert [row.name for row in read("two.kmz", under="fields.geojson")][:2] == NAMES


def test_fiboa_properties_are_kept() -> None:
    properties = read("two.geojson")[0].properties
    assert properties["crop:name"] == "OM 5451"
    assert properties["determination_datetime"] == "2026-03-01T00:00:00Z"
    assert properties["metrics:area"] == 28000.5


def test_a_walk_in_two_segments_is_closed_to_one_field() -> None:
    """The hole is not walked, so the area is the one of the outer ring."""
    row = read("two.gpx")[0]
    assert row.shape is not None
    assert area_m2(row.shape) == pytest.approx(32_429.911, abs=1e-2)


def test_a_placemark_that_is_a_point_is_named_and_the_others_kept() -> None:
    rows = read("two.kml")
    assert [row.problem.code if row.problem else None for row in rows] == [None, None, "not_an_area"]
    assert rows[2].name == "Nhà"


def test_extended_data_is_kept() -> None:
    assert read("two.kml")[0].properties == {"crop": "OM 5451"}


def test_bad_rows_are_named_and_good_ones_kept() -> None:
    rows = read("faulty.geojson")
    assert [row.number for row in rows if row.shape is not None] == [1, 4, 9]
    assert isinstance(rows[1].problem, SelfCrossing)


@pytest.mark.parametrize("wrapped", [True, False])
def test_a_feature_or_a_bare_geometry_is_enough(wrapped: bool) -> None:
    feature = json.loads((FIELDS / "two.geojson").read_text(encoding="utf-8"))["features"][0]
    rows = read_fields(json.dumps(feature if wrapped else feature["geometry"]).encode(), "one.json")
    assert len(rows) == 1
    assert area_m2(rows[0].shape) == pytest.approx(HOUSE_M2, abs=1e-3)


def test_a_byte_order_mark_is_no_obstacle() -> None:
    assert len(read_fields(b"\xef\xbb\xbf" + (FIELDS / "two.geojson").read_bytes(), "x")) == 2
    assert len(read_fields(b"\xef\xbb\xbf" + (FIELDS / "two.kml").read_bytes(), "x")) == 3


def test_the_old_crs_member_is_understood() -> None:
    ring = [[582_000, 1_046_000], [582_100, 1_046_000], [582_100, 1_046_100], [582_000, 1_046_000]]
    document = {
        "type": "FeatureCollection",
        "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32648"}},
        "features": [{"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}}],
    }
    row = read_fields(json.dumps(document).encode(), "utm.geojson")[0]
    assert row.problem is None
    # UTM is about 0.07 % off here: its scale at 82 km from the middle meridian is 0.99968 (c).
    assert area_m2(row.shape) == pytest.approx(5_000, rel=1e-3)
    document["crs"] = {"type": "name", "properties": {"name": "+proj=longlat +nadgrids=/etc/hostname"}}
    with pytest.raises(UnknownProjection):
        read_fields(json.dumps(document).encode(), "x.geojson")


@pytest.mark.parametrize("content", [b"", b"hello", b"\x00\x01\x02", b"<html></html>", b"PDF-1.4"])
def test_what_is_no_map_file_says_so(content: bytes) -> None:
    with pytest.raises(UnknownFormat):
        read_fields(content, "fields.bin")


@pytest.mark.parametrize(
    "content",
    [
        b"[]",
        b"{}",
        b'{"type":"FeatureCollection","features":[]}',
        b'{"type":"FeatureCollection","features":5}',
        b"<kml></kml>",
        b"<gpx></gpx>",
    ],
)
def test_a_file_without_fields_says_so(content: bytes) -> None:
    with pytest.raises(NoFields):
        read_fields(content, "fields")
