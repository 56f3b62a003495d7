"""From the coordinate system a file names to longitude and latitude on WGS84."""

import re
from functools import lru_cache

import numpy as np
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError

from drone_service.engine.geometry.outline import Outline, Ring
from drone_service.farms.readers.rows import UnknownProjection

WGS84 = CRS.from_epsg(4326)
MAX_CRS_LENGTH = 20_000
CRS_TEXT = re.compile(r"(?:[A-Z]{2,12}:\w{1,12}|urn:ogc:def:crs:[\w.:]{1,40})$|[A-Z]{4,20}\s*\[", re.IGNORECASE)


def to_wgs84(outline: Outline, crs: str) -> Outline:
    """Return the outline in degrees on WGS84. Raises UnknownProjection for a system nobody knows."""
    transformer = _transformer(crs)
    if transformer is None:
        return outline
    return Outline(tuple(tuple(_ring_to_wgs84(ring, transformer) for ring in rings) for rings in outline.parts))


def ensure_known(crs: str) -> None:
    """Refuse a file whose coordinate system cannot be understood. Raises UnknownProjection."""
    _transformer(crs)


def _ring_to_wgs84(ring: Ring, transformer: Transformer) -> Ring:
    try:
        lon, lat = transformer.transform(ring[:, 0], ring[:, 1])
    except ProjError as error:
        raise UnknownProjection from error
    return np.column_stack((lon, lat)).reshape(-1, 2)


@lru_cache(maxsize=16)
def _transformer(crs: str) -> Transformer | None:
    # Making one costs 45 ms, so it is made once for a file. None: already degrees on WGS84, nothing is touched.
    # Only names of an authority and WKT: a PROJ string may name files of this machine.
    if len(crs) > MAX_CRS_LENGTH or not CRS_TEXT.match(crs):
        raise UnknownProjection
    try:
        source = CRS.from_user_input(crs)
        if source.is_geographic and not source.is_bound and source.ellipsoid == WGS84.ellipsoid and _is_wgs84(source):
            return None
        return Transformer.from_crs(source, WGS84, always_xy=True)
    except (CRSError, ProjError) as error:
        raise UnknownProjection(str(error)[:200]) from error


def _is_wgs84(source: CRS) -> bool:
    name = (source.datum.name if source.datum else source.name).lower().replace("_", " ")
    return "1984" in name or ("wgs" in name and "84" in name)
