"""Writes area_vectors.json: fields of all sizes and latitudes with the area that server and browser must agree on.

Run `python tests/data/make_area_vectors.py` after a change here; the file is committed so that the browser's test
reads the same numbers.
"""

import json
import math
import random
from pathlib import Path

from pyproj import Geod
from shapely.geometry import MultiPolygon, Polygon, mapping
from shapely.geometry.polygon import orient

GEOD = Geod(ellps="WGS84")
SEED = 20261124
LATITUDES = (-89.5, -72.0, -45.5, -10.2, 0.0, 9.46, 10.8, 21.0, 37.5, 51.9, 66.5, 80.1, 89.2)
SIDES_M = (11.0, 71.0, 245.0, 1_000.0, 2_900.0)


def ring_around(lon: float, lat: float, radius_m: float, corners: int, random_: random.Random) -> list[list[float]]:
    """Walk round a point and stop at uneven distances."""
    positions = []
    for corner in range(corners):
        azimuth = 360 * (corner + random_.uniform(-0.3, 0.3)) / corners
        away_m = radius_m * random_.uniform(0.7, 1.0)
        there_lon, there_lat, _ = GEOD.fwd(lon, lat, azimuth, away_m)
        positions.append([round(there_lon, 7), round(there_lat, 7)])
    return [*positions, positions[0]]


def exact_area_m2(shape: Polygon | MultiPolygon) -> float:
    parts = shape.geoms if isinstance(shape, MultiPolygon) else [shape]
    return sum(abs(GEOD.geometry_area_perimeter(orient(part))[0]) for part in parts)


def shapes(random_: random.Random) -> list[tuple[str, Polygon | MultiPolygon]]:
    found: list[tuple[str, Polygon | MultiPolygon]] = []
    for lat in LATITUDES:
        for side_m in SIDES_M:
            lon = random_.uniform(-170, 170)
            radius_m = side_m / math.sqrt(2)
            outer = ring_around(lon, lat, radius_m, random_.randint(4, 30), random_)
            holes = [ring_around(lon, lat, radius_m / 4, 6, random_)] if random_.random() < 0.4 else []
            found.append((f"{side_m:.0f} m at {lat}°, {len(holes)} holes", Polygon(outer, holes)))
    for index, lat in enumerate((9.5, 10.3, 20.9, -33.0, 60.2)):
        beside = GEOD.fwd(105.7, lat, 90, 900)[0]
        parts = [
            Polygon(ring_around(105.7, lat, 300, 7, random_), [ring_around(105.7, lat, 60, 5, random_)]),
            Polygon(ring_around(beside, lat, 250, 9, random_)),
        ]
        found.append((f"two parts {index}", MultiPolygon(parts)))
    found.append(("over the antimeridian", Polygon(ring_around(179.999, -16.5, 400, 11, random_))))
    found.append(("round the north pole", Polygon(ring_around(0.0, 90.0, 900, 12, random_))))
    found.append(("clockwise", Polygon(ring_around(105.7, 9.46, 150, 8, random_)[::-1])))
    found.append(("a dyke of 3 m", Polygon([(105.7, 9.5), (105.71, 9.5), (105.71, 9.500027), (105.7, 9.500027)])))
    return found


def main() -> None:
    vectors = [
        {"name": name, "geometry": mapping(shape), "area_m2": exact_area_m2(shape)}
        for name, shape in shapes(random.Random(SEED))
    ]
    lines = ",\n".join(json.dumps(vector, separators=(",", ":"), ensure_ascii=False) for vector in vectors)
    Path(__file__).with_name("area_vectors.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
