"""Writes the small files of tests/data/fields: the same two fields in every format we read, and one file of faults.

Run `python tests/data/make_fields.py` after a change here.
Zip members carry a fixed date, so that nothing changes by itself.
"""

import json
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import shapefile
from pyproj import CRS, Transformer

HERE = Path(__file__).parent / "fields"
Position = tuple[float, float]
Rings = list[list[Position]]

HOUSE: Rings = [
    [(105.7451, 9.4601), (105.7468, 9.4603), (105.7466, 9.4619), (105.745, 9.4617), (105.7451, 9.4601)],
    [(105.7456, 9.4607), (105.7456, 9.461), (105.746, 9.461), (105.746, 9.4607), (105.7456, 9.4607)],
]
CANAL: list[Rings] = [
    [[(105.751, 9.4601), (105.752, 9.4601), (105.752, 9.4612), (105.751, 9.4612), (105.751, 9.4601)]],
    [[(105.7523, 9.4601), (105.7531, 9.4601), (105.7531, 9.461), (105.7523, 9.461), (105.7523, 9.4601)]],
]
BOW_TIE: Rings = [[(105.76, 9.46), (105.761, 9.461), (105.761, 9.46), (105.76, 9.461), (105.76, 9.46)]]
FIBOA = {
    "id": "tt-house",
    "name": "Ruộng sau nhà",
    "crop:name": "OM 5451",
    "determination_datetime": "2026-03-01T00:00:00Z",
    "metrics:area": 28000.5,
}


def feature(geometry: object, **properties: object) -> dict[str, object]:
    return {"type": "Feature", "id": properties.get("id"), "properties": properties, "geometry": geometry}


def polygon(rings: object) -> dict[str, object]:
    return {"type": "Polygon", "coordinates": rings}


def geojson() -> bytes:
    features = [
        feature(polygon(HOUSE), **FIBOA),
        feature({"type": "MultiPolygon", "coordinates": CANAL}, id="tt-canal", name="Ruộng bờ kênh"),
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False, indent=1).encode()


def faulty_geojson() -> bytes:
    tiny = [[(105.77, 9.46), (105.77005, 9.46), (105.77005, 9.46005), (105.77, 9.46)]]
    swapped = [[(lat, lon) for lon, lat in HOUSE[0]]]
    features = [
        feature(polygon(HOUSE), id="good", name="Good"),
        feature(polygon(BOW_TIE), id="bow-tie"),
        feature(polygon([HOUSE[0][:-1]]), id="open"),
        feature(polygon(tiny), id="tiny"),
        feature(polygon(swapped), id="swapped"),
        feature({"type": "Point", "coordinates": HOUSE[0][0]}, id="point"),
        feature(None, id="nothing"),
        feature(polygon([[*HOUSE[0][:2], (float("nan"), 9.46), *HOUSE[0][2:]]]), id="nan"),
        feature(polygon(CANAL[0]), id="good-too"),
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, indent=1).encode()


def kml_ring(tag: str, ring: list[Position]) -> str:
    positions = " ".join(f"{lon},{lat},0" for lon, lat in ring)
    return f"<{tag}><LinearRing><coordinates>{positions}</coordinates></LinearRing></{tag}>"


def kml_polygon(rings: Rings) -> str:
    holes = "".join(kml_ring("innerBoundaryIs", ring) for ring in rings[1:])
    return f"<Polygon>{kml_ring('outerBoundaryIs', rings[0])}{holes}</Polygon>"


def kml() -> bytes:
    canal = "".join(kml_polygon(rings) for rings in CANAL)
    crop = '<ExtendedData><Data name="crop"><value>OM 5451</value></Data></ExtendedData>'
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Folder>\n'
        f'<Placemark id="tt-house"><name>Ruộng sau nhà</name>{crop}{kml_polygon(HOUSE)}</Placemark>\n'
        f"<Placemark><name>Ruộng bờ kênh</name><MultiGeometry>{canal}</MultiGeometry></Placemark>\n"
        "<Placemark><name>Nhà</name><Point><coordinates>105.7451,9.46</coordinates></Point></Placemark>\n"
        "</Folder></Document></kml>\n"
    ).encode()


def gpx() -> bytes:
    def points(tag: str, ring: list[Position]) -> str:
        return "".join(f'<{tag} lat="{lat}" lon="{lon}"><ele>2</ele></{tag}>' for lon, lat in ring)

    walk = HOUSE[0]
    return (
        '<?xml version="1.0"?>\n<gpx version="1.1" creator="test" xmlns="http://www.topografix.com/GPX/1/1">\n'
        f"<trk><name>Ruộng sau nhà</name><trkseg>{points('trkpt', walk[:2])}</trkseg>"
        f"<trkseg>{points('trkpt', walk[2:4])}</trkseg></trk>\n"
        f"<rte><name>Ruộng bờ kênh</name>{points('rtept', CANAL[0][0])}</rte>\n</gpx>\n"
    ).encode()


def shape_members(epsg: int, stem: str) -> dict[str, bytes]:
    transformer = Transformer.from_crs(4326, epsg, always_xy=True)
    shp, shx, dbf = BytesIO(), BytesIO(), BytesIO()
    with shapefile.Writer(shp=shp, shx=shx, dbf=dbf, shapeType=shapefile.POLYGON, encoding="utf-8") as writer:
        writer.field("id", "C", 20)
        writer.field("ten", "C", 60)
        for source_id, name, parts in (("tt-house", "Ruộng sau nhà", [HOUSE]), ("tt-canal", "Ruộng bờ kênh", CANAL)):
            rings = [ring for rings in parts for ring in clockwise_first(rings)]
            writer.poly([[transformer.transform(*position) for position in ring] for ring in rings])
            writer.record(source_id, name)
    prj = CRS.from_epsg(epsg).to_wkt("WKT1_ESRI").encode()
    return {f"{stem}.shp": shp.getvalue(), f"{stem}.shx": shx.getvalue(), f"{stem}.dbf": dbf.getvalue(),
            f"{stem}.prj": prj, f"{stem}.cpg": b"UTF-8"}  # fmt: skip


def clockwise_first(rings: Rings) -> Rings:
    """The outer rings above run counter-clockwise and the hole clockwise; shapefiles want it the other way."""
    return [ring[::-1] for ring in rings]


def zipped(members: dict[str, bytes]) -> bytes:
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(ZipInfo(name, (2026, 1, 1, 0, 0, 0)), content, ZIP_DEFLATED)
    return packed.getvalue()


def files() -> dict[str, bytes]:
    return {
        "two.geojson": geojson(),
        "faulty.geojson": faulty_geojson(),
        "two.kml": kml(),
        "two.kmz": zipped({"doc.kml": kml()}),
        "two.gpx": gpx(),
        "two_wgs84.zip": zipped(shape_members(4326, "ruong/two")),
        "two_utm48.zip": zipped(shape_members(32648, "two")),
        "two_vn2000.zip": zipped(shape_members(3405, "two")),
    }


if __name__ == "__main__":
    for name, content in files().items():
        (HERE / name).write_bytes(content)
