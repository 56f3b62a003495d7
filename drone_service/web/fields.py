"""Pages of fields: the list, one field, drawing a new one, and importing a file. For every role."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import shapely
from fastapi.responses import Response
from pydantic import BaseModel
from shapely.geometry import MultiPoint
from sqlmodel import Session
from starlette.datastructures import FormData, UploadFile

from drone_service.access import queries as access_queries
from drone_service.access.deps import ActorDep
from drone_service.access.routes import page_router
from drone_service.access.rules import Actor, Role
from drone_service.access.schemas import Schema
from drone_service.billing import queries as billing_queries
from drone_service.billing.rules import HECTARE_M2, NoPrice, PriceUnit
from drone_service.engine.geometry.walk import WalkReport
from drone_service.engine.operation import Service
from drone_service.farms import imports, queries, service
from drone_service.farms.models import Field
from drone_service.farms.readers.reading import ACCEPTED_SUFFIXES, MAX_FILE_BYTES
from drone_service.farms.schemas import FieldIn, FieldPatch, ImportForm, Refills
from drone_service.kit.clock import NowDep, local_day
from drone_service.kit.db import SessionDep
from drone_service.kit.geojson import AreaJson, to_geojson
from drone_service.kit.i18n import N_, format_number
from drone_service.kit.paging import AfterQuery, SearchQuery
from drone_service.web.corners import geometry_of_text, places_of_text
from drone_service.web.flight import flight_of_field
from drone_service.web.forms import Bound, FormDep, version_of
from drone_service.web.login import NextDep
from drone_service.web.pages import Page, PageDep
from drone_service.web.zones import zones_of

router = page_router()


class PlacesJson(BaseModel):
    """Places on a map."""

    type: Literal["MultiPoint"]
    coordinates: Refills


class RefillForm(Schema):
    """Where the tank of a field can be filled."""

    refills: PlacesJson


class OutlineForm(FieldPatch):
    """A new outline. Of an empty one the page would say that it is saved, and the old one would stay."""

    geometry: AreaJson


PAGE_LENGTH = 30
NEIGHBOURS_SHOWN = 60
USUAL_ACCURACY_M = 5
"""Metres that a phone or a hand-held device under a clear sky is sure to (k: 3 to 5 m)."""
SAVED_CLEANED = N_(
    "Saved. GPS noise taken out: %(before)s → %(after)s corners, %(area_before)s → %(area_after)s m², "
    "the line moved by at most %(moved)s m."
)
MAX_DRAWN_CORNERS = 400
"""More pins than this are neither told apart on a map nor quick to draw on a cheap phone."""


@router.get("/fields")
def list_fields(
    page: PageDep,
    session: SessionDep,
    actor: ActorDep,
    search: SearchQuery = "",
    find: SearchQuery = "",
    farmer: str = "",
    archived: bool = False,
    after: AfterQuery = None,
) -> Response:
    farmer_id = _uuid_of(farmer)
    fields, following = queries.list_fields(
        session, actor, farmer_id=farmer_id, search=search, archived=archived, limit=PAGE_LENGTH, after=after
    )
    owners = access_queries.names_of(session, actor.cooperative_id, {field.farmer_id for field in fields})
    return page.render(
        "fields/list.html",
        fields=fields,
        owners=owners,
        following=following,
        search=search,
        farmer=farmer_id,
        archived=archived,
        farmers=_farmers(session, actor, chosen=farmer_id, find=find),
        find=find,
    )


@router.get("/fields/new")
def show_new_field(
    page: PageDep, session: SessionDep, actor: ActorDep, now: NowDep, going_to: NextDep, farmer: str = ""
) -> Response:
    form = page.blank(FieldIn, farmer_id=_uuid_of(farmer) or actor.person_id)
    return _new_page(page, session, actor, form, going_to, now)


@router.post("/fields/new")
def add_field(
    page: PageDep, form: FormDep, session: SessionDep, actor: ActorDep, now: NowDep, going_to: NextDep
) -> Response:
    bound = page.bind(FieldIn, _with_outline(form))
    bound.typed["as_walked"] = form.get("as_walked", "")
    with bound.catching(session):
        stored = service.create_field(session, actor=actor, data=bound.value, now=now)
        path = _path_after(stored.field, going_to)
        if stored.cleaned:
            return page.redirect(path, message=SAVED_CLEANED, **_cleaning_in_words(page, stored.cleaned))
        return page.redirect(path, message=N_("The field is saved."))
    return _new_page(page, session, actor, bound, going_to, now, status=bound.status)


@router.get("/fields/import")
def show_import(page: PageDep, session: SessionDep, actor: ActorDep, farmer: str = "") -> Response:
    form = page.blank(ImportForm, farmer_id=_uuid_of(farmer) or actor.person_id, walked_accuracy_m=USUAL_ACCURACY_M)
    return _import_page(page, session, actor, form)


@router.post("/fields/import")
def import_fields(page: PageDep, form: FormDep, session: SessionDep, actor: ActorDep, now: NowDep) -> Response:
    bound = page.bind(ImportForm, {name: form.get(name, "") for name in ("farmer_id", "walked_accuracy_m")})
    data, file_name = _sent_file(form)
    with bound.catching(session):
        rows = imports.import_fields(session, actor=actor, sent=bound.value, data=data, file_name=file_name, now=now)
        return page.render("fields/report.html", report=imports.report_of(rows, page.language), file_name=file_name)
    return _import_page(page, session, actor, bound, status=bound.status)


@router.get("/fields/{field_id}")
def show_field(field_id: UUID, page: PageDep, session: SessionDep, actor: ActorDep) -> Response:
    field = queries.get_field(session, actor, field_id)
    owner = access_queries.get_person(session, actor.cooperative_id, field.farmer_id)
    flight = None if field.archived_at else flight_of_field(page, session, actor, field)
    found = zones_of(session, actor, field)
    shapes = _shapes([field])
    shapes["features"] += found.features
    refusal = found.clearing.refusal
    problem = page.text(refusal.detail, **refusal.params) if refusal else ""
    return page.render(
        "fields/field.html", field=field, owner=owner, shapes=shapes, zones=found, zone_problem=problem, flight=flight
    )


@router.get("/fields/{field_id}/edit")
def show_edit(field_id: UUID, page: PageDep, session: SessionDep, actor: ActorDep) -> Response:
    field = queries.get_field(session, actor, field_id)
    known = field.model_dump(include={"name", "crop", "planting_code", "harvest_on", "version"})
    return page.render("fields/edit.html", field=field, form=page.blank(FieldPatch, **known))


@router.post("/fields/{field_id}/edit")
def change_field(field_id: UUID, page: PageDep, form: FormDep, session: SessionDep, actor: ActorDep) -> Response:
    bound = page.bind(
        FieldPatch, {name: form.get(name, "") for name in ("name", "crop", "planting_code", "harvest_on")}
    )
    bound.typed["version"] = form.get("version", "")
    with bound.catching(session):
        # The form always shows all four, so an emptied date is a date that was taken away.
        data = FieldPatch(**bound.value.model_dump(exclude={"geometry", "refills", "walked_accuracy_m"}))
        service.update_field(session, actor=actor, field_id=field_id, data=data, expected_version=version_of(form))
        return page.redirect(f"/fields/{field_id}", message=N_("Saved."))
    field = queries.get_field(session, actor, field_id)
    return page.render("fields/edit.html", status=bound.status, field=field, form=bound)


@router.get("/fields/{field_id}/refills")
def show_refills(field_id: UUID, page: PageDep, session: SessionDep, actor: ActorDep) -> Response:
    field = queries.get_field(session, actor, field_id)
    places = to_geojson(MultiPoint(field.refills)) if field.refills else ""
    form = page.blank(RefillForm, refills=json.dumps(places) if places else "", version=field.version)
    return _refill_page(page, session, actor, field, form)


@router.post("/fields/{field_id}/refills")
def change_refills(field_id: UUID, page: PageDep, form: FormDep, session: SessionDep, actor: ActorDep) -> Response:
    text = str(form.get("refills", ""))
    places = {"type": "MultiPoint", "coordinates": places_of_text(text)}
    bound = page.bind(RefillForm, {"refills": json.dumps(places)})
    bound.typed |= {"version": form.get("version", ""), "refills": text}
    with bound.catching(session):
        data = FieldPatch(refills=bound.value.refills.coordinates)
        service.update_field(session, actor=actor, field_id=field_id, data=data, expected_version=version_of(form))
        return page.redirect(f"/fields/{field_id}", message=N_("Saved. Flights from now on are filled there."))
    field = queries.get_field(session, actor, field_id)
    return _refill_page(page, session, actor, field, bound, status=bound.status)


def _refill_page(
    page: Page, session: Session, actor: Actor, field: Field, form: Bound[RefillForm], *, status: int = 200
) -> Response:
    found = zones_of(session, actor, field)
    outline = {"type": "Feature", "geometry": to_geojson(field.outline), "properties": {"kind": "field"}}
    others = {"type": "FeatureCollection", "features": [outline, *found.features]}
    return page.render("fields/refills.html", status=status, field=field, form=form, others=others)


@router.get("/fields/{field_id}/outline")
def show_outline(field_id: UUID, page: PageDep, session: SessionDep, actor: ActorDep, now: NowDep) -> Response:
    field = queries.get_field(session, actor, field_id)
    form = page.blank(FieldPatch, geometry=json.dumps(to_geojson(field.outline)), version=field.version)
    return _outline_page(page, session, actor, field, form, now)


@router.post("/fields/{field_id}/outline")
def change_outline(
    field_id: UUID, page: PageDep, form: FormDep, session: SessionDep, actor: ActorDep, now: NowDep
) -> Response:
    typed = _with_outline(form)
    bound = page.bind(OutlineForm, {name: typed.get(name, "") for name in ("geometry", "walked_accuracy_m")})
    bound.typed |= {name: form.get(name, "") for name in ("version", "as_walked")}
    with bound.catching(session):
        stored = service.update_field(
            session, actor=actor, field_id=field_id, data=bound.value, expected_version=version_of(form)
        )
        if stored.cleaned:
            words = _cleaning_in_words(page, stored.cleaned)
            return page.redirect(f"/fields/{field_id}", message=SAVED_CLEANED, **words)
        return page.redirect(f"/fields/{field_id}", message=N_("The outline is saved."))
    field = queries.get_field(session, actor, field_id)
    return _outline_page(page, session, actor, field, bound, now, status=bound.status)


@router.post("/fields/{field_id}/archive")
def archive_field(field_id: UUID, page: PageDep, session: SessionDep, actor: ActorDep, now: NowDep) -> Response:
    field = service.archive_field(session, actor=actor, field_id=field_id, now=now)
    undo = f"/fields/{field_id}/restore"
    return page.redirect("/fields", message=N_("“%(name)s” was put away."), undo=undo, name=field.name)


@router.post("/fields/{field_id}/restore")
def restore_field(field_id: UUID, page: PageDep, session: SessionDep, actor: ActorDep) -> Response:
    service.restore_field(session, actor=actor, field_id=field_id)
    return page.redirect(f"/fields/{field_id}", message=N_("The field is back."))


def _new_page(
    page: Page,
    session: Session,
    actor: Actor,
    form: Bound[FieldIn],
    going_to: str,
    now: datetime,
    *,
    status: int = 200,
) -> Response:
    return page.render(
        "fields/new.html",
        status=status,
        form=form,
        going_to=going_to,
        farmers=_farmers(session, actor, chosen=_uuid_of(str(form.text("farmer_id")))),
        others=_neighbours(session, actor),
        price=_spray_price(page, session, now),
    )


def _import_page(page: Page, session: Session, actor: Actor, form: Bound[ImportForm], *, status: int = 200) -> Response:
    suffixes = ",".join(ACCEPTED_SUFFIXES)
    farmers = _farmers(session, actor, chosen=_uuid_of(str(form.text("farmer_id"))))
    return page.render("fields/import.html", status=status, form=form, farmers=farmers, suffixes=suffixes)


def _outline_page(
    page: Page,
    session: Session,
    actor: Actor,
    field: Field,
    form: Bound[FieldPatch],
    now: datetime,
    *,
    status: int = 200,
) -> Response:
    return page.render(
        "fields/outline.html",
        status=status,
        field=field,
        form=form,
        is_drawable=shapely.get_num_coordinates(field.outline) <= MAX_DRAWN_CORNERS,
        others=_neighbours(session, actor, besides=field),
        price=_spray_price(page, session, now),
    )


def _spray_price(page: Page, session: Session, now: datetime) -> dict[str, int] | None:
    """Return what the drawing needs to say the price of spraying while corners are set."""
    try:
        price = billing_queries.get_price_on(session, page.ours.id, Service.SPRAY, local_day(now))
    except NoPrice:
        return None
    priced_m2 = HECTARE_M2 if price.unit is PriceUnit.HECTARE else price.cong_m2 or page.ours.cong_m2
    return {"amount_vnd": price.amount_vnd, "priced_m2": priced_m2, "minimum_vnd": price.minimum_vnd}


def _neighbours(session: Session, actor: Actor, *, besides: Field | None = None) -> dict[str, Any]:
    fields, _ = queries.list_fields(session, actor, limit=NEIGHBOURS_SHOWN)
    return _shapes([field for field in fields if field != besides], kind="muted")


def _shapes(fields: Sequence[Field], kind: str = "field") -> dict[str, Any]:
    features = [
        {"type": "Feature", "geometry": to_geojson(field.outline), "properties": {"name": field.name, "kind": kind}}
        for field in fields
    ]
    return {"type": "FeatureCollection", "features": features}


@dataclass(frozen=True)
class Farmers:
    """Whom the actor may choose as the owner of a field; `are_all` is false where the list had to be cut."""

    options: tuple[tuple[UUID, str], ...] = ()
    are_all: bool = True


def _farmers(session: Session, actor: Actor, *, chosen: UUID | None = None, find: str = "") -> Farmers:
    """Return the farmers to choose from, the chosen one among them; nobody for a farmer, whose fields are their own."""
    if not actor.may_book_for_others:
        return Farmers()
    farmers, following = access_queries.list_people(session, actor, role=Role.FARMER, search=find)
    found = {person.id: f"{person.name} · {person.place}" if person.place else person.name for person in farmers}
    known = access_queries.names_of(session, actor.cooperative_id, {chosen} if chosen else set())
    found |= {person_id: person.name for person_id, person in known.items() if person_id not in found}
    found.setdefault(actor.person_id, actor.name)
    return Farmers(tuple(found.items()), are_all=following is None)


def _with_outline(form: FormData) -> dict[str, Any]:
    typed: dict[str, Any] = {name: form[name] for name in form if name != "as_walked"}
    if form.get("as_walked"):
        typed["walked_accuracy_m"] = ""
    geometry = geometry_of_text(str(form.get("geometry", "")))
    typed["geometry"] = geometry if isinstance(geometry, str) else json.dumps(geometry)
    return typed


def _cleaning_in_words(page: Page, report: WalkReport) -> dict[str, str]:
    numbers = {
        "before": (report.points_before, 0),
        "after": (report.points_after, 0),
        "area_before": (report.area_before_m2, 0),
        "area_after": (report.area_after_m2, 0),
        "moved": (report.moved_m, 1),
    }
    return {name: format_number(value, page.language, decimals) for name, (value, decimals) in numbers.items()}


def _sent_file(form: FormData) -> tuple[bytes, str]:
    sent = form.get("file")
    if not isinstance(sent, UploadFile):
        return b"", ""
    with sent.file as content:
        return content.read(MAX_FILE_BYTES + 1), sent.filename or ""


def _uuid_of(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _path_after(field: Field, going_to: str) -> str:
    """Return where to go on after drawing: back to the booking that asked for a field, else to the field."""
    if not going_to.startswith("/book"):
        return f"/fields/{field.id}"
    return f"{going_to}{'&' if '?' in going_to else '?'}field={field.id}"
