"""Fields and their import under `/api/v1`."""

from typing import Annotated
from uuid import UUID

from fastapi import Form, Response, UploadFile
from fastapi.responses import JSONResponse

from drone_service.access.deps import ActorDep
from drone_service.access.routes import api_router
from drone_service.engine.coverage.formats.kml import boundary_kml
from drone_service.engine.geometry.walk import WalkReport
from drone_service.farms import imports, queries, service
from drone_service.farms.models import Field
from drone_service.farms.readers.reading import MAX_FILE_BYTES
from drone_service.farms.schemas import (
    FeatureOut,
    FieldIn,
    FieldOut,
    FieldPatch,
    ImportForm,
    ImportOut,
    WalkedAccuracy,
    feature_out,
    field_out,
)
from drone_service.kit.clock import NowDep
from drone_service.kit.db import SessionDep
from drone_service.kit.etag import IfMatchDep, send_etag
from drone_service.kit.paging import AfterQuery, LimitQuery, Page, SearchQuery

router = api_router(tag="fields")

GEOJSON = "application/geo+json"


class GeoJsonResponse(JSONResponse):
    """An answer of the media type of RFC 7946."""

    media_type = GEOJSON


class KmlResponse(Response):
    """An outline as globes and remotes read it."""

    media_type = "application/vnd.google-earth.kml+xml"


@router.get("/fields")
def list_fields(
    session: SessionDep,
    actor: ActorDep,
    farmer_id: UUID | None = None,
    search: SearchQuery = "",
    archived: bool = False,
    limit: LimitQuery = 50,
    after: AfterQuery = None,
) -> Page[FieldOut]:
    """List the fields you may see, newest first."""
    fields, following = queries.list_fields(
        session, actor, farmer_id=farmer_id, search=search, archived=archived, limit=limit, after=after
    )
    return Page(items=[field_out(field) for field in fields], next=following)


@router.post("/fields", status_code=201)
def create_field(data: FieldIn, session: SessionDep, actor: ActorDep, now: NowDep, response: Response) -> FieldOut:
    """Register a field by its outline."""
    stored = service.create_field(session, actor=actor, data=data, now=now)
    response.headers["Location"] = f"/api/v1/fields/{stored.field.id}"
    return _shown(stored.field, response, stored.cleaned)


@router.get("/fields/{field_id}/outline.geojson", response_class=GeoJsonResponse)
def get_field_geojson(field_id: UUID, session: SessionDep, actor: ActorDep) -> FeatureOut:
    """Return one field as a GeoJSON feature."""
    return feature_out(queries.get_field(session, actor, field_id))


@router.get("/fields/{field_id}/outline.kml", response_class=KmlResponse)
def get_field_kml(field_id: UUID, session: SessionDep, actor: ActorDep) -> Response:
    """Return the outline of a field as KML with nothing else in it, for the remote of an aircraft."""
    field = queries.get_field(session, actor, field_id)
    return KmlResponse(boundary_kml([(field.name, field.outline)]))


@router.get("/fields/{field_id}")
def get_field(field_id: UUID, session: SessionDep, actor: ActorDep, response: Response) -> FieldOut:
    """Return one field."""
    return _shown(queries.get_field(session, actor, field_id), response)


@router.patch("/fields/{field_id}")
def update_field(
    field_id: UUID, data: FieldPatch, session: SessionDep, actor: ActorDep, version: IfMatchDep, response: Response
) -> FieldOut:
    """Change a field."""
    stored = service.update_field(session, actor=actor, field_id=field_id, data=data, expected_version=version)
    return _shown(stored.field, response, stored.cleaned)


@router.delete("/fields/{field_id}", status_code=204)
def archive_field(field_id: UUID, session: SessionDep, actor: ActorDep, now: NowDep) -> None:
    """Put a field away. Its jobs and bills stay; `restore` brings it back."""
    service.archive_field(session, actor=actor, field_id=field_id, now=now)


@router.post("/fields/{field_id}/restore")
def restore_field(field_id: UUID, session: SessionDep, actor: ActorDep, response: Response) -> FieldOut:
    """Bring a field back that was put away."""
    return _shown(service.restore_field(session, actor=actor, field_id=field_id), response)


@router.post("/field-imports", status_code=201)
def import_fields(
    file: UploadFile,
    session: SessionDep,
    actor: ActorDep,
    now: NowDep,
    farmer_id: Annotated[UUID | None, Form(description="Whose fields they are; your own when left out.")] = None,
    walked_accuracy_m: Annotated[WalkedAccuracy | None, Form()] = None,
) -> ImportOut:
    """Import fields from GeoJSON, KML, KMZ, a zipped shapefile or GPX; the good rows are kept."""
    data = file.file.read(MAX_FILE_BYTES + 1)
    rows = imports.import_fields(
        session,
        actor=actor,
        sent=ImportForm(farmer_id=farmer_id, walked_accuracy_m=walked_accuracy_m),
        data=data,
        file_name=file.filename or "",
        now=now,
    )
    return imports.report_of(rows, actor.language)


def _shown(field: Field, response: Response, cleaned: WalkReport | None = None) -> FieldOut:
    send_etag(response, field)
    return field_out(field, cleaned)
