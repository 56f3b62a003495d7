"""In which direction a group of places lies and how long and wide it is: a road or canal in words. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from drone_service.engine.schedule.travel import EARTH_RADIUS_KM
from drone_service.kit.i18n import N_


class Axis(StrEnum):
    """Between which points of the compass a line lies."""

    NORTH_SOUTH = "ns"
    NORTHEAST_SOUTHWEST = "ne_sw"
    EAST_WEST = "ew"
    NORTHWEST_SOUTHEAST = "nw_se"


AXIS_NAMES = {
    Axis.NORTH_SOUTH: N_("north–south"),
    Axis.NORTHEAST_SOUTHWEST: N_("northeast–southwest"),
    Axis.EAST_WEST: N_("east–west"),
    Axis.NORTHWEST_SOUTHEAST: N_("northwest–southeast"),
}


@dataclass(frozen=True)
class Corridor:
    """The strip that holds some places: the direction of its longer side, that side and the other one in metres."""

    axis: Axis
    length_m: int
    width_m: int


def corridor_of(places: Sequence[tuple[float, float]]) -> Corridor:
    """Return the strip of (lon, lat) places by their principal axis; within a district the earth is a plane."""
    degrees = np.asarray(places, dtype=np.float64)
    middle = degrees.mean(axis=0)
    scale = np.radians(1.0) * EARTH_RADIUS_KM * 1000 * np.array([np.cos(np.radians(middle[1])), 1.0])
    metres = (degrees - middle) * scale
    # The eigenvector of the larger eigenvalue comes last.
    axes = np.linalg.eigh(metres.T @ metres)[1]
    across, along = metres @ axes[:, 0], metres @ axes[:, 1]
    bearing = float(np.degrees(np.arctan2(axes[0, 1], axes[1, 1]))) % 180
    return Corridor(list(Axis)[round(bearing / 45) % 4], round(float(np.ptp(along))), round(float(np.ptp(across))))
