"""Fields in metres for the planner's tests, and a plan of one."""

import json
from pathlib import Path

import shapely
from shapely.geometry import MultiPolygon, Polygon, box, shape

from drone_service.engine.coverage.plan import Plan
from drone_service.engine.coverage.planner import plan_field
from drone_service.engine.coverage.settings import Wishes, settle
from drone_service.engine.coverage.task import Task
from drone_service.engine.coverage.wind import Wind
from drone_service.engine.geometry.plane import LocalPlane
from drone_service.engine.operation import Service
from drone_service.fleet.catalogue import load_catalogue

DATA = Path(__file__).parents[2] / "data"
T40 = load_catalogue()["dji-agras-t40"]
SHAPES: dict[str, Polygon] = {
    "square": box(0, 0, 100, 100),
    "rectangle": box(0, 0, 300, 80),
    "rotated": shapely.affinity.rotate(box(0, 0, 300, 80), 27),
    "L": Polygon([(0, 0), (200, 0), (200, 60), (70, 60), (70, 180), (0, 180)]),
    "U": Polygon([(0, 0), (150, 0), (150, 120), (100, 120), (100, 50), (50, 50), (50, 120), (0, 120)]),
    "comb": Polygon(
        [
            (0, 0),
            (180, 0),
            (180, 90),
            (150, 90),
            (150, 30),
            (110, 30),
            (110, 90),
            (70, 90),
            (70, 30),
            (30, 30),
            (30, 90),
            (0, 90),
        ]
    ),
    "triangle": Polygon([(0, 0), (160, 0), (40, 120)]),
    "sliver": box(0, 0, 250, 5),
    "tiny": box(0, 0, 10, 10),
    "pond": box(0, 0, 200, 140).difference(shapely.Point(90, 70).buffer(25, quad_segs=4)),
    "two holes": box(0, 0, 240, 120).difference(shapely.union_all([box(40, 30, 80, 80), box(150, 50, 190, 90)])),
}


def vietnamese_fields() -> dict[str, Polygon | MultiPolygon]:
    """The hundred real fields, in degrees."""
    document = json.loads((DATA / "fields" / "fields_vietnam.geojson").read_text(encoding="utf-8"))
    return {feature["id"]: shape(feature["geometry"]) for feature in document["features"]}


def in_metres(field: Polygon | MultiPolygon) -> Polygon | MultiPolygon:
    return LocalPlane.around(field).to_m(field)


def plan_of(
    field: Polygon | MultiPolygon,
    rate: float = 20.0,
    *,
    service: Service = Service.SPRAY,
    refill: tuple[float, float] | None = None,
    wind: Wind | None = None,
    **wishes: float,
) -> Plan:
    """Plan a field in metres with the T40."""
    settings = settle(T40, service, rate, Wishes(**wishes))
    return plan_field(Task(field, field.area, settings, refill=refill, wind=wind))
