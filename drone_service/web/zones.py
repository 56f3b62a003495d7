"""Pages of what a field keeps clear of: adding it by tapping the map, its distance, putting it away."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi.responses import Response
from sqlmodel import Session
from starlette.datastructures import FormData

from drone_service.access import service as access_service
from drone_service.access.deps import ActorDep
from drone_service.access.routes import page_router
from drone_service.access.rules import Actor, ZoneRule, ensure_owner
from drone_service.access.schemas import CooperativePatch, Schema
from drone_service.engine.coverage.zones import Zone as EngineZone
from drone_service.engine.coverage.zones import ZoneKind
from drone_service.farms import queries, service
from drone_service.farms.models import Field, Zone
from drone_service.farms.schemas import ZoneIn, ZonePatch
from drone_service.farms.zoning import KIND_NAMES, rules_by_kind
from drone_service.kit.clock import NowDep
from drone_service.kit.db import SessionDep
from drone_service.kit.geojson import to_geojson
from drone_service.kit.i18n import N_
from drone_service.planning.clearing import Clearing, clearing_of
from drone_service.web.corners import thing_of_text
from drone_service.web.forms import Bound, FormDep, version_of
from drone_service.web.pages import Page, PageDep

router = page_router()

SHAPES = {
    ZoneKind.HOUSE: "Polygon",
    ZoneKind.TREE: "Point",
    ZoneKind.POLE: "Point",
    ZoneKind.POWER_LINE: "LineString",
    ZoneKind.POND: "Polygon",
    ZoneKind.CANAL: "LineString",
    ZoneKind.AQUACULTURE: "Polygon",
    ZoneKind.BEEHIVE: "Point",
    ZoneKind.ROAD: "LineString",
    ZoneKind.NEIGHBOUR_CROP: "Polygon",
}
"""What each kind is drawn as on the map."""


@dataclass(frozen=True, eq=False)
class ZoneRow:
    """A zone as the page of a field shows it: with the distance that holds and what it takes."""

    zone: Zone
    kept: EngineZone
    name: str
    lost_m2: float
    may_change: bool


@dataclass(frozen=True, eq=False)
class FieldZones:
    """What the page of a field shows of its zones."""

    rows: list[ZoneRow]
    clearing: Clearing
    features: list[dict[str, Any]]


class ZoneRulesForm(Schema):
    """The distances of all kinds, as the owner types them."""

    house: ZoneRule
    road: ZoneRule
    pond: ZoneRule
    canal: ZoneRule
    aquaculture: ZoneRule
    beehive: ZoneRule
    neighbour_crop: ZoneRule
    tree: ZoneRule
    pole: ZoneRule
    power_line: ZoneRule


def zones_of(session: Session, actor: Actor, field: Field) -> FieldZones:
    """Return the zones near a field with what they take from it."""
    zones = queries.zones_near(session, actor.cooperative_id, field.outline)
    kept = queries.kept_clear(session, actor.cooperative_id, zones)
    clearing = clearing_of(field.outline, kept)
    rows = [
        ZoneRow(
            zone=zone,
            kept=one,
            name=KIND_NAMES[zone.kind],
            lost_m2=clearing.lost_by[one.label],
            may_change=actor.is_staff or zone.added_by == actor.person_id,
        )
        for zone, one in zip(zones, kept, strict=True)
    ]
    features = [
        _feature(shape, kind)
        for zone in zones
        for shape, kind in ((clearing.buffers[str(zone.id)], "buffer"), (zone.geometry, "zone"))
    ]
    return FieldZones(rows, clearing, features)


@router.get("/fields/{field_id}/zones/new")
def show_new_zone(field_id: UUID, page: PageDep, session: SessionDep, actor: ActorDep) -> Response:
    field = queries.get_field(session, actor, field_id)
    return _new_page(page, session, actor, field, page.blank(ZoneIn))


@router.post("/fields/{field_id}/zones/new")
def add_zone(
    field_id: UUID, page: PageDep, form: FormDep, session: SessionDep, actor: ActorDep, now: NowDep
) -> Response:
    bound = page.bind(ZoneIn, _with_place(form))
    with bound.catching(session):
        zone = service.create_zone(session, actor=actor, field_id=field_id, data=bound.value, now=now)
        undo = f"/fields/{field_id}/zones/{zone.id}/archive"
        return page.redirect(f"/fields/{field_id}", message=N_("It is kept clear of from now on."), undo=undo)
    field = queries.get_field(session, actor, field_id)
    return _new_page(page, session, actor, field, bound, status=bound.status)


@router.get("/fields/{field_id}/zones/{zone_id}")
def show_zone(field_id: UUID, zone_id: UUID, page: PageDep, session: SessionDep, actor: ActorDep) -> Response:
    zone = queries.get_zone(session, actor, zone_id)
    known = zone.model_dump(include={"kind", "note", "buffer_m", "version"}) | {"may_overfly": _choice(zone)}
    return _edit_page(page, session, actor, field_id, zone, page.blank(ZonePatch, **known))


@router.post("/fields/{field_id}/zones/{zone_id}")
def change_zone(
    field_id: UUID, zone_id: UUID, page: PageDep, form: FormDep, session: SessionDep, actor: ActorDep
) -> Response:
    names = ("kind", "note", "buffer_m", "may_overfly") if actor.is_staff else ("kind", "note")
    bound = page.bind(ZonePatch, {name: form.get(name, "") for name in names})
    bound.typed["version"] = form.get("version", "")
    with bound.catching(session):
        # The form shows all of these, so an emptied distance goes back to that of the kind.
        data = ZonePatch(**{name: getattr(bound.value, name) for name in names})
        service.update_zone(session, actor=actor, zone_id=zone_id, data=data, expected_version=version_of(form))
        return page.redirect(f"/fields/{field_id}", message=N_("Saved."))
    zone = queries.get_zone(session, actor, zone_id)
    return _edit_page(page, session, actor, field_id, zone, bound, status=bound.status)


@router.post("/fields/{field_id}/zones/{zone_id}/archive")
def archive_zone(
    field_id: UUID, zone_id: UUID, page: PageDep, session: SessionDep, actor: ActorDep, now: NowDep
) -> Response:
    service.archive_zone(session, actor=actor, zone_id=zone_id, now=now)
    undo = f"/fields/{field_id}/zones/{zone_id}/restore"
    return page.redirect(f"/fields/{field_id}", message=N_("It is not kept clear of any more."), undo=undo)


@router.post("/fields/{field_id}/zones/{zone_id}/restore")
def restore_zone(field_id: UUID, zone_id: UUID, page: PageDep, session: SessionDep, actor: ActorDep) -> Response:
    service.restore_zone(session, actor=actor, zone_id=zone_id)
    return page.redirect(f"/fields/{field_id}", message=N_("It is kept clear of again."))


@router.get("/settings/zones")
def show_rules(page: PageDep, actor: ActorDep) -> Response:
    ensure_owner(actor)
    rules = rules_by_kind(page.ours.zone_rules)
    known = {
        f"{kind}.{name}": getattr(rules[ZoneKind(kind)], name)
        for kind in ZoneRulesForm.model_fields
        for name in ZoneRule.model_fields
    }
    return _rules_page(page, page.blank(ZoneRulesForm, **known, version=page.ours.version))


@router.post("/settings/zones")
def change_rules(page: PageDep, form: FormDep, session: SessionDep, actor: ActorDep) -> Response:
    ensure_owner(actor)
    bound = page.bind(ZoneRulesForm, {name: form[name] for name in form if name != "version"})
    bound.typed["version"] = form.get("version", "")
    with bound.catching(session):
        rules = {ZoneKind(kind): getattr(bound.value, kind) for kind in ZoneRulesForm.model_fields}
        data = CooperativePatch(zone_rules=rules)
        access_service.update_cooperative(session, actor=actor, data=data, expected_version=version_of(form))
        return page.redirect("/settings/zones", message=N_("The change is saved."))
    return _rules_page(page, bound, status=bound.status)


def _rules_page(page: Page, form: Bound[ZoneRulesForm], *, status: int = 200) -> Response:
    kinds = [(kind, KIND_NAMES[ZoneKind(kind)]) for kind in ZoneRulesForm.model_fields]
    return page.render("owner/zones.html", status=status, form=form, kinds=kinds, present=page.ours.version)


def _new_page(
    page: Page, session: Session, actor: Actor, field: Field, form: Bound[ZoneIn], *, status: int = 200
) -> Response:
    found = zones_of(session, actor, field)
    others = {"type": "FeatureCollection", "features": [_feature(field.outline, "field"), *found.features]}
    return page.render(
        "fields/zone_new.html", status=status, field=field, form=form, others=others, kinds=KIND_NAMES, shapes=SHAPES
    )


def _edit_page(
    page: Page, session: Session, actor: Actor, field_id: UUID, zone: Zone, form: Bound[ZonePatch], *, status: int = 200
) -> Response:
    field = queries.get_field(session, actor, field_id)
    rule = rules_by_kind(page.ours.zone_rules)[zone.kind]
    return page.render(
        "fields/zone.html", status=status, field=field, zone=zone, form=form, kinds=KIND_NAMES, rule=rule
    )


def _feature(shape: Any, kind: str) -> dict[str, Any]:
    return {"type": "Feature", "geometry": to_geojson(shape), "properties": {"kind": kind}}


def _choice(zone: Zone) -> str:
    return "" if zone.may_overfly is None else str(zone.may_overfly).lower()


def _with_place(form: FormData) -> dict[str, Any]:
    typed: dict[str, Any] = {name: form[name] for name in form if form[name] != ""}
    kind = str(form.get("kind", ""))
    is_line = kind in list(ZoneKind) and SHAPES[ZoneKind(kind)] == "LineString"
    geometry = thing_of_text(str(form.get("geometry", "")), is_line=is_line)
    typed["geometry"] = geometry if isinstance(geometry, str) else json.dumps(geometry)
    return typed
