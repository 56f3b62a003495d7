"""What `drone-service plan` works on: fields read from files, zones cut out of them, neighbours made one block."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import shapely
from shapely.geometry import MultiPolygon, Polygon

from drone_service.commands.terminal import tell, told, told_cleaning
from drone_service.engine.coverage.aircraft import AircraftSpec
from drone_service.engine.coverage.blocks import (
    MOST_GAP_M,
    SLIT_M,
    Member,
    NotABlock,
    disjoint,
    joined,
    share_block,
)
from drone_service.engine.coverage.document import PlannedField
from drone_service.engine.coverage.on_map import Ground, PlanFailedCheck, ground_of
from drone_service.engine.coverage.settings import FlightSettings
from drone_service.engine.coverage.sprayable import FLIGHT_REACH_M
from drone_service.engine.coverage.wind import Wind, ensure_wind
from drone_service.engine.coverage.zones import Zone
from drone_service.engine.errors import EngineError
from drone_service.engine.geometry.antimeridian import unwrap
from drone_service.engine.geometry.area import area_m2
from drone_service.engine.geometry.plane import LocalPlane, TooCloseToPole
from drone_service.engine.geometry.validate import ensure_size
from drone_service.farms.readers.reading import read_fields
from drone_service.farms.readers.rows import ReadRow

METRES_PER_DEGREE = 100_000
"""Less than a degree of latitude is anywhere, so that no neighbour is overlooked."""


class WrongOption(EngineError):
    """An option of the command line that makes no sense."""

    code = "wrong_option"


@dataclass(frozen=True, eq=False)
class Block:
    """A field, or adjoining fields flown as one, in degrees."""

    label: str
    shape: Polygon | MultiPolygon
    members: tuple["Block", ...] = ()
    """The fields of a block, without what one named before them covers."""


@dataclass(frozen=True, eq=False)
class FlightWishes:
    """What holds for every field of the command."""

    settings: FlightSettings
    refills: tuple[tuple[float, float], ...]
    zones: tuple[Zone, ...]
    """Their shapes are in degrees."""
    wind: Wind | None


def read_places(option: str, texts: Sequence[str]) -> tuple[tuple[float, float], ...]:
    """Read `LON,LAT` of each place, once where one is named twice. Raises WrongOption."""
    return tuple(dict.fromkeys(_read_place(option, text) for text in texts))


def _read_place(option: str, text: str) -> tuple[float, float]:
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
    wind = Wind(from_deg, speed_m_s)
    ensure_wind(wind, spec)
    return wind


def read_blocks(
    paths: Sequence[Path], *, merge_gap_m: float | None, walked_accuracy_m: float | None = None
) -> tuple[list[Block], list[str]]:
    """Read the fields of all files, and what is wrong with the rest.

    With a gap, fields that lie no further apart become one block. Raises WrongOption for an impossible gap.
    """
    if merge_gap_m is not None and not 0 <= merge_gap_m <= MOST_GAP_M:
        raise WrongOption(f"--merge-gap-m lies between 0 and {MOST_GAP_M:g}")
    blocks, faults = [], []
    for path in paths:
        try:
            rows = read_rows(path, walked_accuracy_m)
        except EngineError as error:
            faults.append(told(error))
            continue
        for row in rows:
            try:
                if row.shape is None:
                    raise row.problem or WrongOption("not an area")
                ensure_size(area_m2(row.shape))
                blocks.append(Block(label_of(row, path), row.shape))
            except EngineError as error:
                faults.append(f"{label_of(row, path)}: {told(error)}")
    return (blocks if merge_gap_m is None else _merged(blocks, merge_gap_m, faults)), faults


def read_rows(path: Path, walked_accuracy_m: float | None = None) -> list[ReadRow]:
    """Read what a file holds, and tell of every walk that was cleaned. Raises WrongOption."""
    try:
        rows = read_fields(path.read_bytes(), path.name, walked_accuracy_m=walked_accuracy_m)
    except (OSError, EngineError) as error:
        raise WrongOption(f"{path}: {told(error)}") from error
    for row in rows:
        if row.cleaned:
            tell(f"{label_of(row, path)}: {told_cleaning(row.cleaned)}")
    return rows


def label_of(row: ReadRow, path: Path) -> str:
    """Return what a row of a file is called in the answer."""
    return row.source_id or row.name or f"{path.stem}-{row.number}"


def _merged(blocks: Sequence[Block], gap_m: float, faults: list[str]) -> list[Block]:
    """Unite fields that adjoin, directly or through others; a block stands where its first field stood."""
    found: list[Block] = []
    for cluster in _clusters(blocks, gap_m):
        try:
            found.append(_united(cluster))
        except EngineError as error:
            faults.append(f"{'+'.join(block.label for block in cluster)}: {error}")
    return found


def _clusters(blocks: Sequence[Block], gap_m: float) -> list[list[Block]]:
    """Return the fields that may be one block. A file may hold many places, so each pair has a plane of its own."""
    group = list(range(len(blocks)))
    tree = shapely.STRtree([block.shape for block in blocks])
    reach_deg = 2 * max(gap_m, SLIT_M) / METRES_PER_DEGREE
    for one, block in enumerate(blocks):
        reach = shapely.box(*block.shape.bounds).buffer(reach_deg / math.cos(math.radians(_latitude(block))))
        for other in tree.query(reach).tolist():
            if other > one and _adjoin(block, blocks[other], gap_m):
                low, high = sorted((group[one], group[other]))
                group = [low if number == high else number for number in group]
    return [[blocks[i] for i, number in enumerate(group) if number == first] for first in sorted(set(group))]


def _latitude(block: Block) -> float:
    _, south, _, north = block.shape.bounds
    return float(min(max(abs(south), abs(north)), 89.0))


def _adjoin(one: Block, other: Block, gap_m: float) -> bool:
    plane = LocalPlane.around(one.shape)
    return bool(plane.to_m(one.shape).distance(plane.to_m(other.shape)) <= max(gap_m, SLIT_M))


def _united(blocks: Sequence[Block]) -> Block:
    if len(blocks) == 1:
        return blocks[0]
    plane = LocalPlane.around(MultiPolygon([part for block in blocks for part in shapely.get_parts(block.shape)]))
    shapes = disjoint([plane.to_m(block.shape) for block in blocks])
    members = [Block(block.label, plane.to_lonlat(shape)) for block, shape in zip(blocks, shapes, strict=True)]
    return Block("+".join(block.label for block in blocks), plane.to_lonlat(joined(shapes)), tuple(members))


def plan_block(block: Block, wishes: FlightWishes) -> PlannedField:
    """Plan one field or block and check the plan. Raises EngineError, PlanFailedCheck."""
    ground = ground_of(block.shape, wishes.zones, wishes.wind)
    members = [_member(member, ground, wishes) for member in block.members]
    # What is sprayed over a slit between two members is nobody's: the rate is meant for the fields.
    sprayed_m2 = math.fsum(member.area_m2 for member in members) or None
    planned = ground.plan(wishes.settings, wishes.refills, sprayed_m2=sprayed_m2)
    clear = planned.clear
    if sprayed_m2:
        whole_m2 = math.fsum(area_m2(one.shape) for one in block.members)
        clear = replace(clear, field_m2=whole_m2, sprayable_m2=sprayed_m2)
    return PlannedField(
        label=block.label,
        shape=planned.sprayed,
        plan=planned.plan,
        plane=planned.plane,
        block=share_block(planned.plan, members) if members else None,
        zones=planned.zones,
        clear=clear if wishes.zones else None,
    )


def far_zones(blocks: Sequence[Block], zones: Sequence[Zone]) -> list[str]:
    """Return the labels of zones within reach of no field: mostly a file of another place, or of swapped numbers."""
    far = list(zones)
    for block in blocks:
        if not far:
            break
        try:
            plane = LocalPlane.around(block.shape)
        except TooCloseToPole:
            continue
        field = plane.to_m(unwrap(block.shape))
        far = [zone for zone in far if plane.to_m(zone.shape).distance(field) >= FLIGHT_REACH_M]
    return [zone.label for zone in far]


def _member(member: Block, ground: Ground, wishes: FlightWishes) -> Member:
    """Return a field of a block as it is shared out, with the seconds of flying it alone. Raises NotABlock."""
    shape = ground.plane.to_m(unwrap(member.shape)).intersection(ground.left.shape)
    if not shape.area > 0:
        raise NotABlock(f"the zones leave nothing of {member.label}; plan the others without it")
    try:
        alone_s = plan_block(member, wishes).plan.total_s
    except PlanFailedCheck:
        raise
    except EngineError:
        alone_s = None
    return Member(member.label, shape, area_m2(ground.plane.to_lonlat(shape)), alone_s)
