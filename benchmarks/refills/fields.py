"""Fields above 2 ha and the places where tanks are filled: those of the comparison of coverage, and made ones."""

import math
from collections.abc import Callable, Iterator

import numpy as np
import shapely
from shapely import affinity
from shapely.geometry import Point, Polygon, box

from benchmarks.coverage.fields import large_fields, shapes

LEAST_M2 = 20_000.0
OFF_M = 150.0
SEED = 20_261_124
Rng = np.random.Generator
Place = tuple[float, float]


def quad(rng: Rng) -> Polygon:
    return box(0, 0, rng.uniform(1, 4), 1)


def trapezoid(rng: Rng) -> Polygon:
    return Polygon([(0, 0), (rng.uniform(1.5, 3), 0), (rng.uniform(0.8, 1.4), 1), (rng.uniform(0, 0.5), 1)])


def bent(rng: Rng) -> Polygon:
    long, arm = rng.uniform(1.2, 2.5), rng.uniform(0.3, 0.7)
    return Polygon([(0, 0), (long, 0), (long, arm), (arm, arm), (arm, 1), (0, 1)])


def horseshoe(rng: Rng) -> Polygon:
    long, arm = rng.uniform(1.5, 2.5), rng.uniform(0.3, 0.5)
    return box(0, 0, long, 1).difference(box(arm, rng.uniform(0.3, 0.5), long - arm, 2))


def cross(rng: Rng) -> Polygon:
    arm = rng.uniform(0.3, 0.45)
    return shapely.union_all([box(0, arm, 1, 1 - arm), box(arm, 0, 1 - arm, 1)], grid_size=1e-9)


def curved(rng: Rng) -> Polygon:
    along, bow = np.linspace(0, rng.uniform(1.5, 3), 24), rng.uniform(0.1, 0.3)
    edge = bow * np.sin(along * rng.uniform(0.8, 1.6))
    bank = np.concatenate((np.stack((along, edge), 1), np.stack((along, edge + rng.uniform(0.7, 1)), 1)[::-1]))
    return Polygon(bank)


def holed(rng: Rng) -> Polygon:
    field = box(0, 0, rng.uniform(1, 2.5), 1)
    for _ in range(rng.integers(1, 4)):
        x, y = rng.uniform(0.2, 0.8, 2) * (field.bounds[2], 1)
        field = field.difference(Point(x, y).buffer(rng.uniform(0.04, 0.12), quad_segs=3))
    return field


KINDS: dict[str, Callable[[Rng], Polygon]] = {
    "quad": quad,
    "trapezoid": trapezoid,
    "L": bent,
    "U": horseshoe,
    "plus": cross,
    "curved": curved,
    "holed": holed,
}


def fields(of_a_kind: int) -> Iterator[tuple[str, Polygon]]:
    """Yield the fields of the comparison of coverage above 2 ha, or where a number is given so many of each kind."""
    if not of_a_kind:
        known = [case for case in (*shapes(11), *large_fields()) if case.shape.area > LEAST_M2]
        yield from ((case.name, case.shape) for case in known if isinstance(case.shape, Polygon))
    rng = np.random.default_rng(SEED)
    for kind, make in KINDS.items():
        # 2 to 100 ha, evenly on a scale of doublings, so that small fields do not hide the large ones nor the reverse.
        for area_ha in 2 * 50 ** ((np.arange(of_a_kind) + rng.uniform(0, 1, of_a_kind)) / max(1, of_a_kind)):
            outline = make(rng)
            scale = math.sqrt(area_ha * 10_000 / outline.area)
            turned = affinity.rotate(affinity.scale(outline, scale, scale), rng.uniform(0, 180))
            if isinstance(turned, Polygon):
                yield f"{kind} {area_ha:.1f} ha", turned


def places(field: Polygon) -> dict[str, Place]:
    """Return a corner, the middle of the longest edge, and a place 150 m off it."""
    corners = shapely.get_coordinates(shapely.orient_polygons(field).exterior)
    edges = np.diff(corners, axis=0)
    longest = int(np.argmax(np.hypot(edges[:, 0], edges[:, 1])))
    middle = corners[longest] + edges[longest] / 2
    unit = edges[longest] / np.hypot(*edges[longest])
    off = middle + OFF_M * np.array([unit[1], -unit[0]])
    return {name: (float(x), float(y)) for name, (x, y) in (("corner", corners[0]), ("edge", middle), ("off", off))}
