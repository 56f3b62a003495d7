"""Distances between places on the ellipsoid."""

from __future__ import annotations

from drone_service.engine.geometry.area import WGS84


def distance_m(lon: float, lat: float, other_lon: float, other_lat: float) -> float:
    """Return the geodesic distance in metres between two places in degrees."""
    _, _, away_m = WGS84.inv(lon, lat, other_lon, other_lat)
    return float(away_m)
