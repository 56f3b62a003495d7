"""Every file is opened again by a program that had no part in writing it."""

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import jsonschema
import numpy as np
import pyogrio
import pytest
import shapely
from isoxml.converter.shapely_geom import ShapelyConverterV3
from isoxml.models.base.v3 import Iso11783TaskData, PolygonType
from lxml import etree
from pymavlink import mavutil, mavwp
from pyproj import Geod
from shapely.geometry import LineString, Polygon, shape
from shapely.geometry.base import BaseGeometry
from xsdata.formats.dataclass.parsers import XmlParser
from xsdata.formats.dataclass.parsers.config import ParserConfig

from drone_service.engine.coverage.flown import FlownField, NoSuchFlight, OneFieldOnly
from drone_service.engine.coverage.formats.writers import WRITERS, ExportFormat
from drone_service.engine.operation import Service
from tests.engine.coverage.formats.fields import LABEL, PLANE, ZONE_M, canal, flown, hole, plan, zone

MAV = mavutil.mavlink
Files = Callable[[ExportFormat, FlownField], Path]
PLAN_SCHEMA = {
    "type": "object",
    "required": ["fileType", "version", "groundStation", "geoFence", "rallyPoints", "mission"],
    "properties": {
        "fileType": {"const": "Plan"},
        "version": {"const": 1},
        "geoFence": {
            "required": ["version", "circles", "polygons"],
            "properties": {
                "version": {"const": 2},
                "polygons": {"items": {"required": ["version", "inclusion", "polygon"], "properties": {
                    "version": {"const": 1},
                    "inclusion": {"type": "boolean"},
                    "polygon": {"minItems": 3, "items": {"$ref": "#/$defs/place"}},
                }}},
            },
        },
        "rallyPoints": {
            "required": ["version", "points"],
            "properties": {"version": {"const": 2}, "points": {"items": {"$ref": "#/$defs/place3"}}},
        },
        "mission": {
            "required": [
                "version", "firmwareType", "globalPlanAltitudeMode", "vehicleType", "cruiseSpeed", "hoverSpeed",
                "items", "plannedHomePosition",
            ],
            "properties": {
                "version": {"const": 2},
                "plannedHomePosition": {"$ref": "#/$defs/place3"},
                "items": {"minItems": 1, "items": {
                    "required": [
                        "type", "autoContinue", "command", "doJumpId", "frame", "params", "Altitude", "AltitudeMode",
                        "AMSLAltAboveTerrain",
                    ],
                    "properties": {
                        "type": {"const": "SimpleItem"},
                        "command": {"type": "integer"},
                        "frame": {"type": "integer"},
                        "params": {"minItems": 7, "maxItems": 7, "items": {"type": ["number", "null"]}},
                    },
                }},
            },
        },
    },
    "$defs": {
        "place": {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
        "place3": {"type": "array", "items": {"type": "number"}, "minItems": 3, "maxItems": 3},
    },
}  # fmt: skip
"""What QGroundControl's developer guide asks of a `.plan`."""


@pytest.fixture
def files(tmp_path: Path) -> Files:
    def write(output: ExportFormat, field: FlownField) -> Path:
        path = tmp_path / f"plan{WRITERS[output].suffix}"
        path.write_bytes(WRITERS[output].write([field]))
        return path

    return write


def read_gdal(path: Path, layer: str | None = None) -> tuple[list[str], list[BaseGeometry]]:
    """Return the names and the shapes that GDAL finds."""
    meta, _, wkb, values = pyogrio.raw.read(path, layer=layer)
    names = {name.lower(): number for number, name in enumerate(meta["fields"])}
    return list(values[names["name"]]) if "name" in names else [], list(shapely.from_wkb(wkb))


def flat(geometry: BaseGeometry) -> BaseGeometry:
    return shapely.force_2d(geometry)


def test_gdal_reads_the_geojson(files: Files) -> None:
    field = flown()
    meta, _, wkb, values = pyogrio.raw.read(files(ExportFormat.GEOJSON, field))
    kinds = list(values[list(meta["fields"]).index("kind")])
    shapes = shapely.from_wkb(wkb)
    assert meta["crs"] == "EPSG:4326"
    assert kinds[:7] == ["field", "refill", "zone", "buffer", "no_fly", "zone", "buffer"]
    assert shapes[5].equals_exact(canal().shape, 1e-8, normalize=True)
    assert shapes[6].equals_exact(canal().buffer, 1e-8, normalize=True)
    assert list(values[list(meta["fields"]).index("buffer_m")][5:7]) == [20, 20]
    area_m2 = abs(Geod(ellps="WGS84").geometry_area_perimeter(shapes[0])[0])
    assert area_m2 == pytest.approx(field.area_m2, rel=1e-6)
    sprayed = [line for line, kind in zip(shapes, kinds, strict=True) if kind == "spray"]
    metres = sum(Geod(ellps="WGS84").geometry_length(line) for line in sprayed)
    assert metres == pytest.approx(sum(sortie.spray_m for sortie in plan().sorties), rel=1e-4)
    assert all(shapes[0].covers(line) for line in sprayed)


def test_a_place_that_no_flight_needs_is_told_apart(files: Files) -> None:
    spare = PLANE.to_lonlat(shapely.Point(250, 10))
    field = replace(flown(), unused=((spare.x, spare.y),))
    meta, _, wkb, values = pyogrio.raw.read(files(ExportFormat.GEOJSON, field))
    names = list(meta["fields"])
    rows = zip(values[names.index("kind")], values[names.index("used")], shapely.from_wkb(wkb), strict=True)
    places = [(bool(used), shape) for kind, used, shape in rows if kind == "refill"]
    assert [used for used, _ in places] == [True, False]
    assert places[1][1].equals_exact(spare, 1e-8, normalize=True)
    path = files(ExportFormat.KML, field)
    found, shapes = read_gdal(path, str(pyogrio.list_layers(path)[0][0]))
    assert flat(shapes[found.index("refill, not used")]).equals_exact(spare, 1e-7)
    rally = json.loads(files(ExportFormat.QGC, field).read_text())["rallyPoints"]["points"]
    assert len(rally) == len(field.refills)
    assert b"refill, not used" in zipfile.ZipFile(files(ExportFormat.ISOXML, field)).read("TASKDATA/TASKDATA.XML")
    picture = etree.fromstring(files(ExportFormat.SVG, field).read_bytes())
    marks = [mark.get("class") for mark in picture.iter("{*}circle") if "refill" in str(mark.get("class"))]
    assert marks == ["refill unused", "refill"]


def test_gdal_reads_the_kml(files: Files) -> None:
    field = flown()
    path = files(ExportFormat.KML, field)
    layers = [str(name) for name, _ in pyogrio.list_layers(path)]
    names, shapes = read_gdal(path, layers[0])
    # A line that may be flown over has no area of its own, so it is known by its buffer.
    assert names == [LABEL, "zone 1", "zone 1: 0 m", "canal 1: 20 m", "refill"]
    assert flat(shapes[0]).equals_exact(field.shape, 1e-8, normalize=True)
    assert flat(shapes[1]).equals_exact(zone().shape, 1e-8, normalize=True)
    assert flat(shapes[3]).equals_exact(canal().buffer, 1e-8, normalize=True)
    assert layers[1:] == [f"flight {flight.number}" for flight in field.flights]
    for flight, layer in zip(field.flights, layers[1:], strict=True):
        names, (way, sprayed) = read_gdal(path, layer)
        assert names == [f"flight {flight.number}", f"sprayed {flight.number}"]
        assert flat(way).equals_exact(LineString([vertex[:2] for vertex in flight.path]), 1e-8, normalize=True)
        assert sprayed.geom_type.startswith("Multi")


def test_a_remote_gets_nothing_but_polygons(files: Files) -> None:
    path = files(ExportFormat.BOUNDARY, flown())
    names, shapes = read_gdal(path)
    assert names == [LABEL]
    assert flat(shapes[0]).equals_exact(flown().shape, 1e-8, normalize=True)
    root = etree.parse(path).getroot()
    assert {etree.QName(one).localname for one in root.iter()} == {
        "kml", "Document", "name", "Placemark", "Polygon", "outerBoundaryIs", "innerBoundaryIs", "LinearRing",
        "coordinates",
    }  # fmt: skip


def test_mavlink_loads_the_waypoints(files: Files) -> None:
    field = flown()
    loader = mavwp.MAVWPLoader()
    count = loader.load(str(files(ExportFormat.ARDUPILOT, field)))
    rows = [loader.wp(number) for number in range(count)]
    home, speed, *flights = rows
    assert (home.seq, home.frame, home.command) == (0, MAV.MAV_FRAME_GLOBAL, MAV.MAV_CMD_NAV_WAYPOINT)
    assert (speed.command, speed.param1) == (MAV.MAV_CMD_DO_CHANGE_SPEED, 1)
    assert speed.param2 == pytest.approx(field.settings.speed_m_s, abs=1e-6)
    assert all(row.frame == MAV.MAV_FRAME_GLOBAL_RELATIVE_ALT for row in flights)
    assert [row.seq for row in rows] == list(range(count))
    commands = [row.command for row in flights]
    assert commands.count(MAV.MAV_CMD_NAV_TAKEOFF) == commands.count(MAV.MAV_CMD_NAV_LAND) == len(field.flights)
    _ensure_pumps([(row.command, row.param1, row.y, row.x) for row in flights])


def _ensure_pumps(rows: list[tuple[int, float, float, float]]) -> None:
    """The pump is on over the sprayed lines and off elsewhere, in the air and on the ground."""
    pumping, at, on_m = 0.0, rows[0][2:], 0.0
    for command, first, lon, lat in rows:
        if command == MAV.MAV_CMD_DO_SPRAYER:
            assert first != pumping
            pumping = first
        elif command in (MAV.MAV_CMD_NAV_WAYPOINT, MAV.MAV_CMD_NAV_TAKEOFF, MAV.MAV_CMD_NAV_LAND):
            length_m = float(np.hypot(*np.diff(PLANE.points_to_m(np.array([at, (lon, lat)])), axis=0)[0]))
            on_m += length_m if pumping else 0.0
            at = (lon, lat)
            assert command == MAV.MAV_CMD_NAV_WAYPOINT or not pumping
    assert on_m == pytest.approx(sum(sortie.spray_m for sortie in plan().sorties), rel=1e-3)


def test_the_plan_file_is_what_its_guide_describes(files: Files) -> None:
    field = flown()
    document = json.loads(files(ExportFormat.QGC, field).read_text())
    jsonschema.validate(document, PLAN_SCHEMA)
    items = document["mission"]["items"]
    assert [item["doJumpId"] for item in items] == list(range(1, len(items) + 1))
    assert document["rallyPoints"]["points"] == [[field.refills[0][1], field.refills[0][0], field.settings.height_m]]
    rows = [(item["command"], item["params"][0], item["params"][5], item["params"][4]) for item in items[1:]]
    _ensure_pumps(rows)


def test_the_fence_holds_the_flights_and_leaves_the_obstacles_out(files: Files) -> None:
    field = flown()
    fences = json.loads(files(ExportFormat.QGC, field).read_text())["geoFence"]["polygons"]
    inside, *outside = [Polygon([(lon, lat) for lat, lon in fence["polygon"]]) for fence in fences]
    assert [fence["inclusion"] for fence in fences] == [True, False, False]
    assert all(not polygon.exterior.is_ccw for polygon in (inside, *outside))
    for flight in field.flights:
        way = LineString([vertex[:2] for vertex in flight.path])
        assert inside.covers(way)
        assert not any(polygon.intersects(way) for polygon in outside)
    assert hole().buffer(1e-9).covers(outside[0])
    assert PLANE.to_lonlat(ZONE_M).buffer(1e-9).covers(outside[1])


def _task_data(path: Path) -> tuple[Iso11783TaskData, bytes]:
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == ["TASKDATA/TASKDATA.XML"]
        text = archive.read("TASKDATA/TASKDATA.XML")
    strict = ParserConfig(fail_on_unknown_properties=True, fail_on_unknown_attributes=True)
    return XmlParser(strict).from_bytes(text, Iso11783TaskData), text


@pytest.mark.parametrize(
    ("service", "rate", "ddi", "value"),
    [
        # 30 L/ha = 3 mL/m² = 3,000 mm³/m², in steps of 0.01. 120 kg/ha = 12 g/m² = 12,000 mg/m².
        (Service.SPRAY, 30.0, b"\x00\x01", 300_000),
        (Service.SPREAD, 120.0, b"\x00\x06", 12_000),
    ],
)
def test_farm_software_reads_the_isoxml(files: Files, service: Service, rate: float, ddi: bytes, value: int) -> None:
    field = flown(service, rate)
    read, text = _task_data(files(ExportFormat.ISOXML, field))
    (partfield,), (task,) = read.partfields, read.tasks
    boundary, plain, around, buffer = partfield.polygons
    assert (boundary.type, plain.type) == (PolygonType.PartfieldBoundary, PolygonType.Obstacle)
    assert (around.type, buffer.type) == (PolygonType.Other, PolygonType.Other)
    assert (plain.designator, buffer.designator) == ("zone 1", "canal 1: 20 m")
    assert ShapelyConverterV3().to_shapely_polygon(buffer).equals_exact(canal().buffer, 1e-8, normalize=True)
    assert ShapelyConverterV3().to_shapely_polygon(boundary).equals_exact(field.shape, 1e-8, normalize=True)
    assert partfield.area == round(field.area_m2)
    outside, sprayed = task.treatment_zones
    assert [one.process_data_value for one in outside.process_data_variables] == [0]
    (rate_of_zone,) = sprayed.process_data_variables
    assert (rate_of_zone.process_data_ddi, rate_of_zone.process_data_value) == (ddi, value)
    assert (task.partfield_id_ref, rate_of_zone.product_id_ref) == (partfield.id, read.products[0].id)
    assert (task.default_treatment_zone_code, task.out_of_field_treatment_zone_code) == (sprayed.code, outside.code)
    assert len(partfield.designator) <= 32
    assert text == _task_data(files(ExportFormat.ISOXML, field))[1]


@pytest.mark.parametrize("output", [ExportFormat.QGC, ExportFormat.ARDUPILOT, ExportFormat.SVG])
def test_formats_of_one_field_refuse_more(output: ExportFormat) -> None:
    with pytest.raises(OneFieldOnly):
        WRITERS[output].write([flown(), flown()])


def test_one_flight_is_a_mission_of_its_own(files: Files) -> None:
    field = flown()
    loader = mavwp.MAVWPLoader()
    for flight in field.flights:
        loader.load(str(files(ExportFormat.ARDUPILOT, field.only(flight.number))))
        commands = [loader.wp(number).command for number in range(loader.count())]
        assert commands.count(MAV.MAV_CMD_NAV_TAKEOFF) == commands.count(MAV.MAV_CMD_NAV_LAND) == 1
        assert loader.wp(0).x == pytest.approx(flight.start[1], abs=1e-5)
    with pytest.raises(NoSuchFlight):
        field.only(len(field.flights) + 1)


def test_rings_turn_as_readers_expect() -> None:
    """RFC 7946: some readers take an outer ring that runs clockwise for all the world around it."""
    asked = replace(flown(), shape=shapely.reverse(shapely.orient_polygons(flown().shape)))
    features = json.loads(WRITERS[ExportFormat.GEOJSON].write([asked]))["features"]
    areas = [shape(one["geometry"]) for one in features if one["geometry"]["type"].endswith("Polygon")]
    root = etree.fromstring(WRITERS[ExportFormat.BOUNDARY].write([asked]))
    rings = [
        [tuple(map(float, place.split(","))) for place in ring.text.split()] for ring in root.iter("{*}coordinates")
    ]
    for area in (*areas, Polygon(rings[0], rings[1:])):
        for part in shapely.get_parts(area):
            assert part.exterior.is_ccw
            assert not any(hole.is_ccw for hole in part.interiors)


def test_text_that_xml_cannot_hold_is_left_out() -> None:
    odd = FlownField("a\x00\x1b\ufffe<b>", flown().shape, flown().settings, 1.0, flown().flights)
    for output in (ExportFormat.KML, ExportFormat.BOUNDARY, ExportFormat.SVG):
        assert b"a&lt;b&gt;" in etree.tostring(etree.fromstring(WRITERS[output].write([odd])))
    with zipfile.ZipFile(io.BytesIO(WRITERS[ExportFormat.ISOXML].write([odd]))) as archive:
        assert b"a&lt;b&gt;" in etree.tostring(etree.fromstring(archive.read("TASKDATA/TASKDATA.XML")))


def test_places_near_zero_have_no_exponent() -> None:
    here = Polygon([(1e-7, 0), (1e-3, 0), (1e-3, 1e-3), (1e-7, 1e-3)])
    odd = FlownField("Null Island", here, flown().settings, 1.0, ())
    assert b"0.00000010,0.00000000" in WRITERS[ExportFormat.BOUNDARY].write([odd])
