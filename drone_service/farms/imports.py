"""Fields from a file, row by row: the good ones are kept, the others are named with their reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlmodel import Session

from drone_service.access.rules import Actor
from drone_service.engine.errors import EngineError
from drone_service.engine.geometry.walk import WalkReport
from drone_service.farms import queries, rules, service
from drone_service.farms.models import Field
from drone_service.farms.readers import rows as read_rows
from drone_service.farms.readers.reading import read_fields
from drone_service.farms.readers.rows import FileProblem, ReadRow
from drone_service.farms.schemas import ImportedRowOut, ImportForm, ImportOut, cleaning_out
from drone_service.kit.errors import DomainError, Invalid
from drone_service.kit.i18n import N_, translate

MAX_IMPORT_ROWS = 1_000


class FileRefused(Invalid):
    code = "farms.file"
    title: ClassVar[str] = N_("The file cannot be used")
    detail: ClassVar[str] = N_("Send GeoJSON, KML, KMZ, a zipped shapefile or GPX.")


class NoMapFile(FileRefused):
    code = "farms.no_file"
    title: ClassVar[str] = N_("No file was chosen")
    detail: ClassVar[str] = N_("Choose a file of your map program or GPS device and import it again.")


class UnknownFileFormat(FileRefused):
    code = "farms.unknown_format"
    detail: ClassVar[str] = N_("This is none of the formats we read: GeoJSON, KML, KMZ, zipped shapefile, GPX.")


class BrokenMapFile(FileRefused):
    code = "farms.broken_file"
    detail: ClassVar[str] = N_("The file is damaged or was cut off on the way. Export it again and send it once more.")


class MapFileTooLarge(FileRefused):
    code = "farms.file_too_large"
    detail: ClassVar[str] = N_("The file holds more than we read at once. Send it in several parts.")


class UnsafeMapFile(FileRefused):
    code = "farms.unsafe_file"
    detail: ClassVar[str] = N_(
        "The file holds a password or entities, which we do not read. Export it again without them."
    )


class EmptyMapFile(FileRefused):
    code = "farms.no_fields"
    detail: ClassVar[str] = N_("There is no field in this file.")


class UnknownMapProjection(FileRefused):
    code = "farms.unknown_projection"
    detail: ClassVar[str] = N_(
        "The coordinate system of the file is not known. Export it as WGS84, longitude and latitude."
    )


_ANSWERS: dict[str, type[FileRefused]] = {
    read_rows.UnknownFormat.code: UnknownFileFormat,
    read_rows.BrokenFile.code: BrokenMapFile,
    read_rows.FileTooLarge.code: MapFileTooLarge,
    read_rows.UnsafeFile.code: UnsafeMapFile,
    read_rows.NoFields.code: EmptyMapFile,
    read_rows.UnknownProjection.code: UnknownMapProjection,
}


@dataclass(frozen=True)
class ImportedRow:
    """What became of one row: the field that was stored, or the refusal."""

    number: int
    name: str
    field: Field | None
    refusal: DomainError | None
    cleaned: WalkReport | None = None


def import_fields(
    session: Session, *, actor: Actor, sent: ImportForm, data: bytes, file_name: str, now: datetime
) -> list[ImportedRow]:
    """Store the fields of a file for a farmer, each in a savepoint of its own, and tell what became of every row.

    Takes up to 1,000 rows. Raises RoleNeeded, PersonNotFound, or a FileRefused when nothing of the file can be
    used; faults of single rows are in their rows.
    """
    farmer_id = service.farmer_for(session, actor, sent.farmer_id)
    if not data and not file_name:
        raise NoMapFile  # what a browser sends of a file that nobody chose
    rows = _read(data, file_name, sent.walked_accuracy_m)
    service.lock_land(session, actor)
    area = queries.get_service_area(session, actor.cooperative_id)
    stem = file_name.rsplit("/", 1)[-1].rsplit(".", 1)[0][:80]
    return [_import_row(session, actor, farmer_id, row, stem, area, now) for row in rows]


def report_of(rows: Sequence[ImportedRow], language: str) -> ImportOut:
    """Write what became of the rows in a language."""
    kept = sum(row.field is not None for row in rows)
    return ImportOut(kept=kept, left_out=len(rows) - kept, rows=[_row_out(row, language) for row in rows])


def refusal_of(problem: EngineError) -> Invalid:
    """Return the refusal that people read for a file that is not right, or for one row of it."""
    if isinstance(problem, FileProblem):
        return _ANSWERS.get(problem.code, FileRefused)(**problem.params)
    return rules.answer_to(problem)


def _read(data: bytes, file_name: str, walked_accuracy_m: float | None) -> list[ReadRow]:
    try:
        rows = read_fields(data, file_name, walked_accuracy_m=walked_accuracy_m)
    except FileProblem as problem:
        raise refusal_of(problem) from problem
    if len(rows) > MAX_IMPORT_ROWS:
        raise MapFileTooLarge(limit=MAX_IMPORT_ROWS)
    return rows


def _import_row(
    session: Session,
    actor: Actor,
    farmer_id: UUID,
    row: ReadRow,
    stem: str,
    area: rules.ServiceArea,
    now: datetime,
) -> ImportedRow:
    name = (row.name or row.source_id or f"{stem} {row.number}".strip())[:120]
    try:
        if row.shape is None:
            raise rules.answer_to(row.problem) if row.problem else rules.NoArea
        shape, size = rules.accept_shape(row.shape, area)
        field = service.new_field(
            actor, farmer_id, shape=shape, size=size, name=name, properties=row.properties, now=now
        )
        with session.begin_nested():
            service.add_field(session, actor, field)
    except DomainError as refusal:
        return ImportedRow(row.number, name, None, refusal)
    return ImportedRow(row.number, name, field, None, row.cleaned)


def _row_out(row: ImportedRow, language: str) -> ImportedRowOut:
    if row.field is not None:
        return ImportedRowOut(
            number=row.number,
            name=row.name,
            field_id=row.field.id,
            area_m2=row.field.area_m2,
            cleaned=cleaning_out(row.cleaned),
        )
    refusal = row.refusal or FileRefused()
    detail = translate(refusal.detail, language, refusal.params)
    return ImportedRowOut(number=row.number, name=row.name, code=refusal.code, detail=detail)
