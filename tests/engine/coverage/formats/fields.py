"""A planned field with a pond, a zone and several flights, in degrees."""

from functools import cache

import shapely
from shapely.geometry import Polygon, box

from drone_service.engine.coverage.document import PlannedField
from drone_service.engine.coverage.flown import FlownField, flown_of
from drone_service.engine.coverage.kept import PLAIN, KeptZone
from drone_service.engine.coverage.plan import Plan
from drone_service.engine.coverage.planner import plan_field
from drone_service.engine.coverage.settings import settle
from drone_service.engine.coverage.task import Task
from drone_service.engine.geometry.area import area_m2
from drone_service.engine.geometry.plane import LocalPlane
from drone_service.engine.operation import Service
from tests.engine.coverage.shapes import SHAPES, T40

PLANE = LocalPlane.at(105.72, 9.43)
ZONE_M = box(212, 60, 224, 80)
LABEL = 'Ruộng <"sau nhà"> & ao'


@cache
def planned(service: Service = Service.SPRAY, rate: float = 30.0) -> PlannedField:
    shape = SHAPES["pond"]
    degrees = PLANE.to_lonlat(shape)
    task = Task(shape, area_m2(degrees), settle(T40, service, rate), refill=(0.0, 0.0), forbidden=[ZONE_M])
    plan = plan_field(task)
    return PlannedField(LABEL, degrees, plan, PLANE, zones=(zone(), canal()))


def zone() -> KeptZone:
    """A plain zone without a buffer, beside the field."""
    shape = PLANE.to_lonlat(ZONE_M)
    return KeptZone("z", PLAIN, 0.0, 0.0, shape, shape, shape)


def canal() -> KeptZone:
    """A line that may be flown over, with a buffer."""
    line = shapely.LineString([(-40, -30), (-40, 150)])
    return KeptZone("c", "canal", 20.0, 40.0, PLANE.to_lonlat(line), PLANE.to_lonlat(line.buffer(20.0)), None)


def flown(service: Service = Service.SPRAY, rate: float = 30.0) -> FlownField:
    found = flown_of(planned(service, rate))
    assert len(found.flights) >= 2
    return found


def plan() -> Plan:
    return planned().plan


def hole() -> Polygon:
    return Polygon(shapely.get_parts(flown().shape)[0].interiors[0])
