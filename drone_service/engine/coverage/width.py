"""The width of the strips, where the caller left it open: wider if that saves a line, narrower where it is wasted."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from shapely.geometry import MultiPolygon, Polygon

from drone_service.engine.coverage.cover import Cover
from drone_service.engine.coverage.settings import FlightSettings
from drone_service.engine.coverage.swaths import best_layouts

WASTED_SHARE = 0.05
"""Strips that are doubled or outside by less than this share of the field stay as wide as they are."""
SPARE = 1.02
"""Lines are never without any overlap: by so much the strips are wider than the lines alone would need."""
NARROWEST = 0.7
"""Not narrower than this share of the planned width: the pattern of the nozzles overlaps badly below (k)."""
STEP_M = 0.05


def widened(field: Polygon | MultiPolygon, settings: FlightSettings) -> FlightSettings:
    """Return settings with wider strips if the aircraft has them and they cover the field with one line fewer in less
    time, else the same settings."""
    widest_m = settings.swath_range_m[1]
    if widest_m <= settings.swath_m:
        return settings
    usual = best_layouts(field, settings, 1)
    if not usual:
        return settings
    rows = int(usual[0].row.max()) + 1
    extent_m = float(usual[0].level.max() - usual[0].level.min()) + settings.swath_m
    wanted_m = math.ceil(extent_m / max(1, rows - 1) / STEP_M) * STEP_M
    if wanted_m > widest_m:
        return settings
    wide = settings.with_swath(wanted_m)
    found = best_layouts(field, wide, 1)
    return wide if found and found[0].price_s < usual[0].price_s else settings


def narrower(field: Polygon | MultiPolygon, cover: Cover, settings: FlightSettings) -> FlightSettings | None:
    """Return settings with strips that are just wide enough for lines of that length, None where little is wasted.

    The lines then have to move: what lay outside the field or was sprayed twice gets less of the product, and pumps
    that were the limit allow more speed.
    """
    low_m = max(settings.swath_range_m[0], NARROWEST * settings.swath_m)
    is_open = settings.swath_range_m[0] < settings.swath_range_m[1]
    if not is_open or wasted_m2(cover) < WASTED_SHARE * field.area:
        return None
    length_m = float(np.hypot(*(cover.lines[:, 1] - cover.lines[:, 0]).T).sum())
    wanted_m = math.ceil(cover.covered_m2 * SPARE / length_m / STEP_M) * STEP_M
    swath_m = round(max(low_m, wanted_m), 3)
    return settings.with_swath(swath_m) if swath_m < settings.swath_m else None


def at_open_speed(settings: FlightSettings) -> FlightSettings | None:
    """Return settings with strips so narrow that the pumps hold the speed down no more, None where they do not or the
    width is not open.

    As many hectares an hour are sprayed as before, but a load lasts for a longer way: it reaches further out and back.
    Wider they are no more, which would slow the flight down again.
    """
    narrowest_m = max(settings.swath_range_m[0], NARROWEST * settings.swath_m)
    bearable_m = settings.swath_m * settings.speed_m_s / settings.open_speed_m_s
    swath_m = round(max(narrowest_m, math.floor(bearable_m / STEP_M + 1e-9) * STEP_M), 3)
    is_open = settings.swath_range_m[0] < settings.swath_range_m[1]
    if not is_open or settings.speed_limited_by != "pump" or swath_m >= settings.swath_m:
        return None
    return replace(settings.with_swath(swath_m), swath_range_m=(narrowest_m, swath_m))


def wasted_m2(cover: Cover) -> float:
    """Return the area sprayed outside or twice."""
    return cover.outside_m2 + cover.overlap_m2
