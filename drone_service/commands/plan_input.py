"""What `drone-service plan` works on: fields read from files, zones cut out of them, neighbours made one block."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import shapely
from shapely.geometry import MultiPolygon, Polygon

from drone_service.engine.coverage.aircraft import AircraftSpec
from drone_service.engine.coverage.check import Surroundings, check
from drone_service.engine.coverage.document import PlannedField, kept_clear
from drone_service.engine.coverage.planner import WindTooStrong, plan_field
from drone_service.engine.coverage.settings import FlightSettings
from drone_service.engine.coverage.sprayable import FLIGHT_REACH_M, Sprayable, keep_clear
from drone_service.engine.coverage.wind import Wind
from drone_service.engine.coverage.zones import Zone
from drone_service.engine.errors import EngineError
from drone_service.engine.geometry.antimeridian import unwrap
from drone_service.engine.geometry.area import area_m2
from drone_service.engine.geometry.plane import LocalPlane
from drone_service.engine.geometry.repair import union_m
from drone_service.engine.geometry.validate import ensure_size
from drone_service.farms.readers.reading import read_fields
from drone_service.farms.readers.rows import ReadRow

ADJOIN_M = 0.5
"""Fields this close adjoin: surveyed outlines of neighbours seldom share their corners (k)."""


class WrongOption(EngineError):
    """An option of the command line that makes no sense."""

    code = "wrong_option"


class PlanFailedCheck(EngineError):
    """A fault of ours: the plan is not printed."""

    code = "plan_failed_check"


@dataclass(frozen=True, eq=False)
class Block:
    """A field, or adjoining fields flown as one, in degrees."""

    label: str
    shape: Polygon | MultiPolygon
    members: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, eq=False)
class FlightWishes:
    """What holds for every field of the command."""

    settings: FlightSettings
    refill: tuple[float, float] | None
    zones: tuple[Zone, ...]
    """Their shapes are in degrees."""
    wind: Wind | None


def read_pair(option: str, text: str | None) -> tuple[float, float] | None:
    """Read `LON,LAT`. Raises WrongOption."""
    if text is None:
        return None
    try:
        lon, lat = (float(part) for part in text.split(","))
    except ValueError as error:
        raise WrongOption(f"{option}: {text!r} is not LON,LAT") from error
    if not (abs(lon) <= 180 and abs(lat) <= 90):
        raise WrongOption(f"{option}: {text!r} is not a place on Earth; longitude comes first")
    return lon, lat


def wind_of(spec: AircraftSpec, from_deg: float | None, speed_m_s: float | None) -> Wind | None:
    """Return the wind of two options that go together. Raises WrongOption, WindTooStrong."""
    if from_deg is None and speed_m_s is None:
        return None
    if from_deg is None or speed_m_s is None:
        raise WrongOption("--wind-from and --wind-m-s go together")
    if not (0 <= from_deg <= 360 and math.isfinite(speed_m_s) and speed_m_s >= 0):
        raise WrongOption("--wind-from lies between 0 and 360 and --wind-m-s is not below 0")
    if speed_m_s > spec.max_wind_m_s:
        raise WindTooStrong(f"wind {speed_m_s:g} m/s is above the {spec.max_wind_m_s:g} m/s of the {spec.name}")
    return Wind(from_deg, speed_m_s)


def read_blocks(paths: Sequence[Path], *, merge: bool) -> tuple[list[Block], list[str]]:
    """Read the fields of all files, and what is wrong with the rest."""
    blocks, faults = [], []
    for path in paths:
        try:
            rows = read_rows(path)
        except EngineError as error:
            faults.append(str(error))
            continue
        for row in rows:
            try:
                if row.shape is None:
                    raise row.problem or WrongOption("not an area")
                size_m2 = area_m2(row.shape)
                ensure_size(size_m2)
                blocks.append(Block(label_of(row, path), row.shape, ((label_of(row, path), size_m2),)))
            except EngineError as error:
                faults.append(f"{label_of(row, path)}: {error}")
    return (_merged(blocks) if merge else [Block(block.label, block.shape) for block in blocks]), faults


def read_rows(path: Path) -> list[ReadRow]:
    """Read what a file holds. Raises WrongOption."""
    try:
        return read_fields(path.read_bytes(), path.name)
    except (OSError, EngineError) as error:
        raise WrongOption(f"{path}: {error}") from error


def label_of(row: ReadRow, path: Path) -> str:
    """Return what a row of a file is called in the answer."""
    return row.source_id or row.name or f"{path.stem}-{row.number}"


def _merged(blocks: Sequence[Block]) -> list[Block]:
    """Unite fields that adjoin, directly or through others; a block stands where its first field stood."""
    group = list(range(len(blocks)))
    tree = shapely.STRtree([block.shape for block in blocks])
    reach_deg = 2 * ADJOIN_M / 100_000
    for one, block in enumerate(blocks):
        for other in tree.query(shapely.box(*block.shape.bounds).buffer(reach_deg)).tolist():
            if other > one and _adjoin(block.shape, blocks[other].shape):
                low, high = sorted((group[one], group[other]))
                group = [low if number == high else number for number in group]
    return [_united([blocks[i] for i, number in enumerate(group) if number == first]) for first in sorted(set(group))]


def _adjoin(one: Polygon | MultiPolygon, other: Polygon | MultiPolygon) -> bool:
    plane = LocalPlane.around(one)
    return bool(plane.to_m(one).distance(plane.to_m(other)) <= ADJOIN_M)


def _united(blocks: Sequence[Block]) -> Block:
    if len(blocks) == 1:
        return Block(blocks[0].label, blocks[0].shape)
    plane = LocalPlane.around(MultiPolygon([part for block in blocks for part in shapely.get_parts(block.shape)]))
    united = plane.to_lonlat(union_m([plane.to_m(block.shape) for block in blocks]))
    return Block("+".join(block.label for block in blocks), united, tuple(m for block in blocks for m in block.members))


def plan_block(block: Block, wishes: FlightWishes) -> PlannedField:
    """Plan one field or block and check the plan. Raises EngineError, PlanFailedCheck."""
    plane = LocalPlane.around(block.shape)
    field = plane.to_m(unwrap(block.shape))
    zones = [replace(zone, shape=plane.to_m(zone.shape)) for zone in wishes.zones]
    zones = [zone for zone in zones if zone.shape.distance(field) < FLIGHT_REACH_M]
    left = keep_clear(field, zones, wishes.wind)
    sprayed = plane.to_lonlat(left.shape)
    refill = _refill_m(plane, wishes, left)
    plan = plan_field(left.task(area_m2(sprayed), wishes.settings, refill=refill, wind=wishes.wind))
    faults = check(left.shape, plan, Surroundings(field, zones, wishes.wind))
    if faults:
        raise PlanFailedCheck(f"the plan did not pass our own check: {faults[0].code}: {faults[0].message}")
    clear = kept_clear(area_m2(block.shape), area_m2(sprayed), left) if wishes.zones else None
    return PlannedField(
        block.label, sprayed, plan, plane, block.members, tuple(map(plane.to_lonlat, left.barred)), clear
    )


def _refill_m(plane: LocalPlane, wishes: FlightWishes, left: Sprayable) -> tuple[float, float] | None:
    if wishes.refill is None:
        return None
    x_m, y_m = plane.points_to_m(np.array([wishes.refill]))[0]
    if any(area.contains(shapely.Point(x_m, y_m)) for area in left.barred):
        raise WrongOption("--refill lies in a zone that is not flown over")
    return float(x_m), float(y_m)
