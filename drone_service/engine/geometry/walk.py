"""A line that somebody walked round a field, without the noise of the GPS and with the area that was walked.

Only what the accuracy of the fixes explains is taken away: places recorded twice, spikes out and back, and small loops.
Then corners are merged two by two, cheapest first, each pair into the point that keeps the area (r: Kronenfeld and
others 2020, "Simplification of polylines by segment collapse: minimizing areal displacement while preserving area").
A loop too large for the accuracy is left alone and refused: which side was meant is for a person to say.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray

from drone_service.engine.errors import EngineError
from drone_service.engine.geometry.area import measure, measure_rings
from drone_service.engine.geometry.merging import merged
from drone_service.engine.geometry.outline import Outline, Ring
from drone_service.engine.geometry.plane import LocalPlane
from drone_service.engine.geometry.tangles import Line, cut_loops, drop_repeats, drop_spikes
from drone_service.engine.geometry.validate import MAX_VERTICES, TooManyVertices, checked_shape, ensure_ring

MAX_ACCURACY_M = 15.0
"""A worse fix is no corner of a field; the pages do not take it either (c)."""
MERGE_SHARE = 0.5
"""One merge moves the line by at most this share of the accuracy, so that all of them together stay within it (c)."""
MAX_CHANGE_SHARE = 0.02
"""Spikes and loops that make out more of the area than this are no noise (c)."""
MAX_ROUNDS = 8
MAX_HALVINGS = 6
SAMPLE_M = 0.5


class AccuracyOutOfRange(EngineError):
    code = "walk_accuracy"


class TooMuchToClean(EngineError):
    """What would be taken away is too large a part of the field to be noise."""

    code = "walk_too_noisy"


@dataclass(frozen=True)
class WalkReport:
    """What the cleaning did. Points are counted without the closing one."""

    points_before: int
    points_after: int
    loops_removed: int
    spikes_removed: int
    area_before_m2: float
    area_after_m2: float
    moved_m: float
    """How far the new line is from the walked one at most, what was cut off as a loop or spike left out."""


@dataclass(frozen=True, eq=False)
class CleanedWalk:
    """The new ring, closed and in degrees, and what was done to it."""

    ring: Ring
    report: WalkReport


@dataclass
class _Cleaning:
    line: Line
    loops: int = 0
    spikes: int = 0
    cut_off: set[int] = field(default_factory=set)
    """Numbers of the walked points that went with a loop or a spike."""


def clean_walk(ring: Ring, accuracy_m: float) -> CleanedWalk:
    """Take the noise of the GPS out of a closed ring in degrees; `accuracy_m` says how sure its fixes are, in metres.

    Merging corners keeps the area to a millionth; what loops and spikes enclosed is lost, at most 2 % of the field.
    The line moves by no more than the accuracy. Areas are geodesic; that of a walk that crosses itself counts what
    was walked the other way round as less. A ring that is clean comes back as it is.

    Raises AccuracyOutOfRange (not over 0 and up to 15 m), TooManyVertices (over 5,000), TooMuchToClean, or what
    checked_shape raises where the ring is none or still crosses itself.
    """
    if not 0 < accuracy_m <= MAX_ACCURACY_M:
        raise AccuracyOutOfRange(accuracy_m=accuracy_m, limit_m=MAX_ACCURACY_M)
    if len(ring) > MAX_VERTICES:
        raise TooManyVertices(vertices=len(ring), limit=MAX_VERTICES)
    ensure_ring(ring)
    plane = LocalPlane.around(shapely.LineString(ring))
    cleaning, moved_m = _cleaned_within(plane.points_to_m(ring[:-1]), accuracy_m)
    new = _in_degrees(cleaning.line, ring, plane)
    before_m2, after_m2 = measure_rings(((ring,),)), measure(checked_shape(Outline(((new,),)))).area_m2
    if abs(after_m2 - before_m2) > MAX_CHANGE_SHARE * max(before_m2, after_m2):
        raise TooMuchToClean(before_m2=round(before_m2), after_m2=round(after_m2))
    report = WalkReport(
        points_before=len(ring) - 1,
        points_after=len(new) - 1,
        loops_removed=cleaning.loops,
        spikes_removed=cleaning.spikes,
        area_before_m2=before_m2,
        area_after_m2=after_m2,
        moved_m=moved_m,
    )
    return CleanedWalk(new, report)


def clean_outline(outline: Outline, accuracy_m: float) -> tuple[Outline, WalkReport]:
    """Clean every ring of an outline; the report is of all of them, the holes' areas taken off.

    Raises what clean_walk raises. Whether the rings still fit together is for checked_shape to say.
    """
    parts = tuple(tuple(clean_walk(ring, accuracy_m) for ring in rings) for rings in outline.parts)
    cleaned = Outline(tuple(tuple(walk.ring for walk in rings) for rings in parts))
    reports = [walk.report for rings in parts for walk in rings]
    return cleaned, WalkReport(
        points_before=sum(report.points_before for report in reports),
        points_after=sum(report.points_after for report in reports),
        loops_removed=sum(report.loops_removed for report in reports),
        spikes_removed=sum(report.spikes_removed for report in reports),
        area_before_m2=measure_rings(outline.parts),
        area_after_m2=measure_rings(cleaned.parts),
        moved_m=max((report.moved_m for report in reports), default=0.0),
    )


def _cleaned_within(walked_m: NDArray[np.float64], accuracy_m: float) -> tuple[_Cleaning, float]:
    """Clean with ever shorter merges until the whole line stays within the accuracy; the last try merges nothing."""
    for halving in range(MAX_HALVINGS + 1):
        reach_m = accuracy_m * MERGE_SHARE / 2**halving if halving < MAX_HALVINGS else 0.0
        cleaning = _cleaned(walked_m, accuracy_m, reach_m)
        moved_m = _moved_m(walked_m, cleaning)
        if moved_m <= accuracy_m:
            break
    return cleaning, moved_m


def _cleaned(walked_m: NDArray[np.float64], accuracy_m: float, reach_m: float) -> _Cleaning:
    cleaning = _Cleaning(Line.walked(walked_m))
    for _ in range(MAX_ROUNDS):
        before = cleaning.line
        _untangle(cleaning, accuracy_m)
        if reach_m > 0:
            cleaning.line = merged(cleaning.line, reach_m)
        if len(cleaning.line.points) == len(before.points):
            break
    return cleaning


def _untangle(cleaning: _Cleaning, accuracy_m: float) -> None:
    while True:
        line = drop_repeats(cleaning.line)
        line, spikes, with_spikes = drop_spikes(line, accuracy_m)
        line, loops, with_loops = cut_loops(line, accuracy_m)
        cleaning.spikes += spikes
        cleaning.loops += loops
        cleaning.cut_off |= with_spikes | with_loops
        unchanged = len(line.points) == len(cleaning.line.points) and not loops
        cleaning.line = line
        if unchanged:
            return


def _moved_m(walked_m: NDArray[np.float64], cleaning: _Cleaning) -> float:
    """Return how far the two lines are apart at most, loops and spikes left out."""
    line, walked = shapely.LinearRing(cleaning.line.points), shapely.LinearRing(walked_m)
    samples = shapely.points(shapely.get_coordinates(shapely.segmentize(line, SAMPLE_M)))
    kept = np.setdiff1d(np.arange(len(walked_m)), list(cleaning.cut_off))
    shapely.prepare([line, walked])
    there = shapely.distance(samples, walked).max()
    back = shapely.distance(shapely.points(walked_m[kept]), line).max(initial=0.0)
    return float(max(there, back))


def _in_degrees(line: Line, ring: Ring, plane: LocalPlane) -> Ring:
    """Bring the line back to degrees; a point that nobody moved keeps its digits."""
    new = plane.points_to_lonlat(line.points)
    kept = line.source >= 0
    new[kept] = ring[line.source[kept]]
    return np.vstack((new, new[:1]))
