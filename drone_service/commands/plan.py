"""`drone-service plan`: the flight over every field of a file, checked before it is printed."""

import json
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from drone_service.commands.plan_input import (
    Block,
    FlightWishes,
    WrongOption,
    far_zones,
    plan_block,
    read_blocks,
    read_places,
    wind_of,
)
from drone_service.commands.terminal import FAILURE, WRONG_INPUT, WalkedOption, fail, tell
from drone_service.commands.zone_input import read_zones
from drone_service.engine.coverage.blocks import SLIT_M
from drone_service.engine.coverage.document import PlannedField, plan_document
from drone_service.engine.coverage.flown import flown_of
from drone_service.engine.coverage.formats.writers import WRITERS, ExportFormat
from drone_service.engine.coverage.settings import Wishes, settle
from drone_service.engine.coverage.sprayable import FLIGHT_REACH_M
from drone_service.engine.errors import EngineError
from drone_service.engine.operation import Service
from drone_service.fleet.catalogue import DEFAULT_MODEL, load_catalogue


class Format(StrEnum):
    """What is printed: a line of JSON for each field, or a file of another program."""

    JSON = "json"
    GEOJSON = "geojson"
    KML = "kml"
    BOUNDARY = "boundary"
    QGC = "qgc"
    ARDUPILOT = "ardupilot"
    ISOXML = "isoxml"
    SVG = "svg"


GapOption: TypeAlias = Annotated[
    float | None,
    typer.Option(help=f"With --merge: gaps of up to so many metres are flown over unsprayed; {SLIT_M:g} without it."),
]


def plan(
    files: Annotated[list[Path], typer.Argument(help="GeoJSON, KML, KMZ, zipped shapefile or GPX.", metavar="FILE...")],
    rate_l_per_ha: Annotated[float | None, typer.Option(help="Litres per hectare, for spraying.")] = None,
    rate_kg_per_ha: Annotated[float | None, typer.Option(help="Kilograms per hectare, for spread and sow.")] = None,
    service: Annotated[Service, typer.Option(help="What the aircraft does.")] = Service.SPRAY,
    aircraft: Annotated[str, typer.Option(help="Model of the catalogue.")] = DEFAULT_MODEL,
    refill: Annotated[
        list[str] | None, typer.Option(metavar="LON,LAT", help="Where the tank is filled; may be given several times.")
    ] = None,
    zones: Annotated[
        Path | None,
        typer.Option(help="What to keep clear of, with kind, buffer_m, overfly."),
    ] = None,
    wind_from: Annotated[float | None, typer.Option(help="Degrees clockwise from north.")] = None,
    wind_m_s: Annotated[float | None, typer.Option(help="Speed of the wind.")] = None,
    height_m: Annotated[float | None, typer.Option(help="Height above the crop.")] = None,
    speed_m_s: Annotated[float | None, typer.Option(help="Speed over the field.")] = None,
    swath_m: Annotated[float | None, typer.Option(help="Working width.")] = None,
    min_coverage: Annotated[float, typer.Option(help="Share of the field to cover where its shape allows.")] = 0.98,
    no_overspray: Annotated[bool, typer.Option("--no-overspray", help="Spray nothing outside the field.")] = False,
    headland: Annotated[bool, typer.Option("--headland", help="Fly one pass along the bank as well.")] = False,
    merge: Annotated[bool, typer.Option("--merge", help="Fly adjoining fields as one block.")] = False,
    merge_gap_m: GapOption = None,
    walked_accuracy_m: WalkedOption = None,
    output: Annotated[Format, typer.Option("--format", help="What to print.")] = Format.JSON,
    flight: Annotated[int | None, typer.Option(min=1, help="Only this flight, in a file for another program.")] = None,
) -> None:
    """Plan every field and print the plans. Ends with 2 if a field cannot be planned, after printing the others."""
    try:
        spec = load_catalogue().get(aircraft)
        if spec is None:
            raise WrongOption(f"--aircraft: there is no {aircraft!r}; there are {', '.join(load_catalogue())}")
        rate = _rate(service, rate_l_per_ha, rate_kg_per_ha)
        _ensure_used(merge=merge, merge_gap_m=merge_gap_m, output=output, flight=flight)
        wishes = FlightWishes(
            settings=settle(
                spec,
                service,
                rate,
                Wishes(speed_m_s, swath_m, height_m, min_coverage, overspray=not no_overspray, headland=headland),
            ),
            refills=read_places("--refill", refill or []),
            zones=read_zones(zones),
            wind=wind_of(spec, wind_from, wind_m_s),
        )
        gap_m = (SLIT_M if merge_gap_m is None else merge_gap_m) if merge else None
        blocks, faults = read_blocks(files, merge_gap_m=gap_m, walked_accuracy_m=walked_accuracy_m)
    except EngineError as error:
        fail(str(error), WRONG_INPUT)
    _tell_far(blocks, wishes)
    planned: list[PlannedField] = []
    for block in blocks:
        try:
            planned.append(plan_block(block, wishes))
        except EngineError as error:
            faults.append(f"{block.label}: {error}")
            continue
        if output is Format.JSON:
            typer.echo(json.dumps(plan_document(planned[-1]), ensure_ascii=False))
    _finish(planned, output, flight, faults)


def _rate(service: Service, rate_l_per_ha: float | None, rate_kg_per_ha: float | None) -> float:
    wanted, other = ("--rate-l-per-ha", "--rate-kg-per-ha")
    rate, left = rate_l_per_ha, rate_kg_per_ha
    if service is not Service.SPRAY:
        (wanted, other), (rate, left) = (other, wanted), (left, rate)
    if left is not None:
        raise WrongOption(f"{other} does not go with {service.value}")
    if rate is None:
        raise WrongOption(f"{wanted} is needed")
    return rate


def _ensure_used(*, merge: bool, merge_gap_m: float | None, output: Format, flight: int | None) -> None:
    """Refuse options that would change nothing. Raises WrongOption."""
    if merge_gap_m is not None and not merge:
        raise WrongOption("--merge-gap-m goes with --merge")
    if flight is not None and output is Format.JSON:
        raise WrongOption("--flight goes with a --format for another program; json holds every flight")


def _tell_far(blocks: Sequence[Block], wishes: FlightWishes) -> None:
    for label in far_zones(blocks, wishes.zones):
        tell(f"--zones: {label} lies {FLIGHT_REACH_M / 1000:g} km or more from every field and takes nothing")


def _finish(planned: Sequence[PlannedField], output: Format, flight: int | None, faults: Sequence[str]) -> None:
    if planned and output is not Format.JSON:
        fields = [flown_of(field) for field in planned]
        try:
            chosen = fields if flight is None else [field.only(flight) for field in fields]
            typer.echo(WRITERS[ExportFormat(output.value)].write(chosen), nl=False)
        except EngineError as error:
            fail(str(error), WRONG_INPUT)
    for fault in faults:
        tell(fault)
    if any("our own check" in fault for fault in faults):
        raise typer.Exit(FAILURE)
    if faults:
        raise typer.Exit(WRONG_INPUT)
