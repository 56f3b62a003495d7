"""Whether an outline is a field that can be worked with. Nothing is repaired here: a wrong outline is refused.

The noise of a walk is taken out in walk.py, only where somebody asks for it.

`make_valid` needed 35 s for a tangle of 300 points and then guesses which side was meant, so the checks run from
cheap to dear and stop at the first kind that would make the next one meaningless.
"""

from __future__ import annotations

import numpy as np
import shapely

from drone_service.engine.errors import EngineError
from drone_service.engine.geometry.antimeridian import unwrap_outline
from drone_service.engine.geometry.outline import NotAnArea, Outline, Ring, Shape
from drone_service.engine.geometry.repair import merge_parts

MIN_AREA_M2 = 100.0
MAX_AREA_M2 = 10_000_000.0
MAX_VERTICES = 5_000
POLAR_LAT = 88.0
"""Beyond this a ring may go round the pole, so it is looked at from above instead of on the map."""


class OutlineProblem(EngineError):
    """Why an outline is not a field."""

    code = "outline"


class TooManyVertices(OutlineProblem):
    code = "too_many_vertices"


class NotFinite(OutlineProblem):
    code = "not_finite"


class OutOfRange(OutlineProblem):
    code = "out_of_range"


class SwappedLonLat(OutOfRange):
    """Latitude came first: in this part of the world the longitude is no latitude at all."""

    code = "swapped_lon_lat"


class OpenRing(OutlineProblem):
    code = "open_ring"


class SelfCrossing(OutlineProblem):
    code = "self_crossing"


class TooSmall(OutlineProblem):
    code = "too_small"


class TooLarge(OutlineProblem):
    code = "too_large"


def checked_shape(outline: Outline) -> Shape:
    """Return the outline as a valid shapely geometry, parts that only touch along an edge made one.

    The size is not looked at. Raises NotAnArea (nothing, or fewer than three corners), TooManyVertices
    (more than 5,000), NotFinite, OutOfRange, SwappedLonLat, OpenRing or SelfCrossing, the first that applies.
    """
    if not outline.parts or any(not rings for rings in outline.parts):
        raise NotAnArea
    if outline.vertex_count > MAX_VERTICES:
        raise TooManyVertices(vertices=outline.vertex_count, limit=MAX_VERTICES)
    for ring in outline.rings():
        ensure_ring(ring)
    return _ensure_simple(outline)


def ensure_size(area_m2: float) -> None:
    """Refuse a field of less than 100 m² or more than 1,000 ha. Raises TooSmall, TooLarge."""
    if not area_m2 >= MIN_AREA_M2:
        raise TooSmall(area_m2=round(area_m2, 2), limit_m2=MIN_AREA_M2)
    if area_m2 > MAX_AREA_M2:
        raise TooLarge(area_m2=round(area_m2), limit_m2=MAX_AREA_M2)


def ensure_ring(ring: Ring) -> None:
    """Refuse a ring that is no closed line: NotFinite, OutOfRange, SwappedLonLat, NotAnArea or OpenRing."""
    if not np.isfinite(ring).all():
        raise NotFinite
    if (np.abs(ring) > (180, 90)).any():
        lon, lat = ring[(np.abs(ring) > (180, 90)).any(axis=1)][0]
        swapped = bool((np.abs(ring) <= (90, 180)).all())
        raise (SwappedLonLat if swapped else OutOfRange)(lon=float(lon), lat=float(lat))
    if len(np.unique(ring, axis=0)) < 3:
        raise NotAnArea
    if not (ring[0] == ring[-1]).all():
        raise OpenRing


def _ensure_simple(outline: Outline) -> Shape:
    laid_out = _from_above(outline) if _is_polar(outline) else unwrap_outline(outline)
    looked_at = laid_out.to_shape()
    if shapely.is_valid(looked_at):
        return outline.to_shape()
    parts = [Outline((rings,)).to_shape() for rings in laid_out.parts]
    if len(parts) > 1 and not _is_polar(outline) and all(part.is_valid for part in parts):
        merged = merge_parts(parts)
        if merged is not None:
            return merged
    raise SelfCrossing(where=shapely.is_valid_reason(looked_at))


def _is_polar(outline: Outline) -> bool:
    return any(bool((np.abs(ring[:, 1]) > POLAR_LAT).any()) for ring in outline.rings())


def _from_above(outline: Outline) -> Outline:
    side = 1.0 if outline.parts[0][0][0, 1] > 0 else -1.0

    def look(ring: Ring) -> Ring:
        turn, away = np.radians(ring[:, 0]), 90 - side * ring[:, 1]
        flat = np.column_stack((away * np.cos(turn), away * np.sin(turn)))
        flat[-1] = flat[0]  # −180° and 180° are one place, and the sine of a turn is not quite zero
        return flat

    return Outline(tuple(tuple(look(ring) for ring in rings) for rings in outline.parts))
