"""`drone-service area`: the size of every field of a file, one JSON object a line."""

import json
from pathlib import Path
from typing import Annotated

import typer

from drone_service.commands.terminal import WRONG_INPUT, WalkedOption, tell, told, told_cleaning
from drone_service.engine.errors import EngineError
from drone_service.engine.geometry.area import measure
from drone_service.engine.geometry.validate import ensure_size
from drone_service.farms.readers.reading import read_fields
from drone_service.farms.readers.rows import FileProblem, ReadRow


def area(
    files: Annotated[list[Path], typer.Argument(help="GeoJSON, KML, KMZ, zipped shapefile or GPX.", metavar="FILE...")],
    cong_m2: Annotated[int, typer.Option(min=1, help="Square metres of one công: 1000 or 1296.")] = 1296,
    walked_accuracy_m: WalkedOption = None,
) -> None:
    """Print the geodesic area of every field. Ends with 2 if a file or a field is not right, after printing all."""
    faults = 0
    for file in files:
        try:
            rows = read_fields(file.read_bytes(), file.name, walked_accuracy_m=walked_accuracy_m)
        except (OSError, FileProblem) as error:
            tell(f"{file}: {told(error)}")
            faults += 1
            continue
        for row in rows:
            line = area_line(row, file.stem, cong_m2)
            faults += not line["valid"]
            if row.cleaned:
                tell(f"{line['id']}: {told_cleaning(row.cleaned)}")
            typer.echo(json.dumps(line, ensure_ascii=False))
    if faults:
        raise typer.Exit(WRONG_INPUT)


def area_line(row: ReadRow, stem: str, cong_m2: int) -> dict[str, object]:
    """Return what is printed of a row. Without a sound outline there is no area, so the numbers are null."""
    label = row.source_id or row.name or f"{stem}-{row.number}"
    if row.shape is None:
        sizes: dict[str, object] = dict.fromkeys(("area_m2", "area_ha", "area_cong", "perimeter_m"))
        return {"id": label, **sizes, "valid": False, "problems": [row.problem.code if row.problem else "not_an_area"]}
    size = measure(row.shape)
    problems = _size_problems(size.area_m2)
    return {
        "id": label,
        "area_m2": round(size.area_m2, 6),
        "area_ha": round(size.area_m2 / 10_000, 10),
        "area_cong": round(size.area_m2 / cong_m2, 9),
        "perimeter_m": round(size.perimeter_m, 6),
        "valid": not problems,
        "problems": problems,
    }


def _size_problems(area_m2: float) -> list[str]:
    try:
        ensure_size(area_m2)
    except EngineError as problem:
        return [problem.code]
    return []
