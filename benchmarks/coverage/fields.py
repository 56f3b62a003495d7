"""The fields of the comparison: recorded ones with what another planner made of them, and large ones made here."""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import shapely
from shapely import affinity
from shapely.geometry import MultiPolygon, Polygon, shape

from benchmarks.coverage.measure import Result
from drone_service.engine.geometry.plane import LocalPlane

DATA = Path(__file__).parents[1] / "data"
VIETNAM = Path(__file__).parents[2] / "tests" / "data" / "fields" / "fields_vietnam.geojson"
SEED = 20


@dataclass(frozen=True, eq=False)
class Case:
    """A field in metres, and the recorded results of Fields2Cover where there are any."""

    name: str
    shape: Polygon | MultiPolygon
    recorded: list[Result] = field(default_factory=list)


def shapes(swath_m: int) -> Iterator[Case]:
    """Yield the 20 synthetic shapes with the five configurations recorded at a swath of 11 or 6 m."""
    for line in (DATA / "shapes.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        peers = row["fields2cover"][str(swath_m)].values()
        recorded = [Result(peer["T"], peer["cov"], peer["over_share"]) for peer in peers]
        yield Case(row["id"], shapely.from_wkt(row["wkt"]), recorded)


def vietnamese_fields() -> Iterator[Case]:
    """Yield the 100 smallholder fields with the three configurations recorded at 11 m."""
    collection = json.loads(VIETNAM.read_text(encoding="utf-8"))
    outlines = {feature["id"]: shape(feature["geometry"]) for feature in collection["features"]}
    for line in (DATA / "fields2cover_vietnam.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        outline = outlines[row["id"]]
        peers = [row[name] for name in ("f2c_single", "f2c_fit", "f2c_route") if row[name]]
        recorded = [Result(peer["T"], peer["cov"], peer["over"]) for peer in peers]
        yield Case(row["id"], LocalPlane.around(outline).to_m(outline), recorded)


def large_fields(count: int = 20) -> Iterator[Case]:
    """Yield fields of 10 to 100 ha: quadrilaterals, L shapes and curved banks at odd angles, some with a pond."""
    chance = np.random.default_rng(SEED)
    for number in range(count):
        area_m2 = 100_000 * 10 ** chance.uniform(0, 1)
        made = (_quadrilateral, _angled, _curved)[number % 3](chance)
        made = affinity.rotate(made, chance.uniform(0, 180), origin=(0, 0))
        scale = math.sqrt(area_m2 / made.area)
        made = affinity.scale(made, scale, scale, origin=(0, 0))
        if number % 4 == 3:
            made = made.difference(made.representative_point().buffer(chance.uniform(8, 40), quad_segs=4))
        yield Case(f"large-{number:02}", made)


def _quadrilateral(chance: np.random.Generator) -> Polygon:
    long = chance.uniform(1, 5)
    corners = np.array([[0, 0], [long, 0], [long, 1], [0, 1]]) + chance.uniform(-0.15, 0.15, (4, 2))
    return Polygon(corners)


def _angled(chance: np.random.Generator) -> Polygon:
    notch_x, notch_y = chance.uniform(0.3, 0.8, 2)
    return Polygon([(0, 0), (1.5, 0), (1.5, notch_y), (1.5 * notch_x, notch_y), (1.5 * notch_x, 1), (0, 1)])


def _curved(chance: np.random.Generator) -> Polygon:
    along = np.linspace(0, 3, 40)
    bend = chance.uniform(0.1, 0.4) * np.sin(along * chance.uniform(0.8, 2))
    walked = chance.normal(0, 0.003, (2, 40))
    lower, upper = np.column_stack((along, bend + walked[0])), np.column_stack((along, bend + 1 + walked[1]))
    return Polygon(np.concatenate((lower, upper[::-1])))
