"""What goes in and out of the doors about fields."""

from dataclasses import asdict
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from drone_service.access.schemas import Schema
from drone_service.engine.coverage import zones as engine_zones
from drone_service.engine.coverage.sorties import MAX_PLACES
from drone_service.engine.coverage.zones import MAX_BUFFER_M, ZoneKind
from drone_service.engine.geometry.outline import Outline, outline_of_geojson
from drone_service.engine.geometry.walk import MAX_ACCURACY_M, WalkReport
from drone_service.farms import models
from drone_service.kit.clock import LocalDate
from drone_service.kit.geojson import AreaJson, Latitude, Longitude, ThingJson, to_geojson
from drone_service.kit.openapi import example
from drone_service.kit.text import Line

Name = Annotated[Line, Field(min_length=1, max_length=120)]
Crop = Annotated[Line, Field(max_length=80)]
PlantingCode = Annotated[Line, Field(max_length=40, description="The planting-area code (mã số vùng trồng).")]


WalkedAccuracy = Annotated[
    float,
    Field(
        gt=0,
        le=MAX_ACCURACY_M,
        allow_inf_nan=False,
        description="The outline was walked with a GPS this sure of its fixes, in metres: take its noise out, keep its "
        "area, and say in `cleaned` what was done. Left out: the outline is stored as it was sent.",
    ),
]
ZoneNote = Annotated[Line, Field(max_length=200)]
Buffer = Annotated[float, Field(ge=0, le=MAX_BUFFER_M, allow_inf_nan=False)]


Refills = Annotated[list[tuple[Longitude, Latitude]], Field(max_length=MAX_PLACES)]


class FieldIn(Schema):
    """A new field. Without `farmer_id` it is the caller's own."""

    model_config = example(
        {
            "name": "Ruộng sau nhà",
            "crop": "ST25",
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[105.72, 9.43], [105.721, 9.43], [105.721, 9.431], [105.72, 9.431], [105.72, 9.43]]],
            },
        }
    )

    farmer_id: UUID | None = None
    name: Name
    crop: Crop = ""
    planting_code: PlantingCode = ""
    harvest_on: LocalDate | None = None
    geometry: AreaJson
    walked_accuracy_m: WalkedAccuracy | None = None

    def outline(self) -> Outline:
        """Return the rings as they were sent."""
        return outline_of_geojson(self.geometry.model_dump())


class FieldPatch(Schema):
    """What is left out stays as it is; `harvest_on: null` takes the date away."""

    model_config = example({"crop": "OM 18", "harvest_on": "2027-02-20"})

    name: Name | None = None
    crop: Crop | None = None
    planting_code: PlantingCode | None = None
    harvest_on: LocalDate | None = None
    geometry: AreaJson | None = None
    walked_accuracy_m: WalkedAccuracy | None = None
    """Without `geometry`, the outline that is stored is cleaned."""
    refills: Refills | None = None
    """Where the tank can be filled, longitude and latitude, the usual place first; `[]`: the planner proposes one."""

    def outline(self) -> Outline | None:
        """Return the new rings as they were sent, if there are any."""
        return outline_of_geojson(self.geometry.model_dump()) if self.geometry else None


class ImportForm(Schema):
    """What goes with a file to import. Without `farmer_id` the fields are the caller's own."""

    farmer_id: UUID | None = None
    walked_accuracy_m: WalkedAccuracy | None = None


class CleaningOut(BaseModel):
    """What was done to a walked outline, areas in m²; no point of the line moved by more than `moved_m`."""

    points_before: int
    points_after: int
    area_before_m2: float
    area_after_m2: float
    loops_removed: int
    spikes_removed: int
    moved_m: float


class FieldOut(BaseModel):
    """A field. `area_m2` is geodesic on WGS84 and the number that is billed by."""

    id: UUID
    farmer_id: UUID
    name: str
    crop: str
    planting_code: str
    harvest_on: LocalDate | None
    area_m2: float
    area_ha: float
    perimeter_m: float
    bbox: tuple[float, float, float, float]
    geometry: AreaJson
    properties: dict[str, Any]
    refills: list[tuple[float, float]]
    """Where the tank can be filled; empty where the planner proposes a place on the bank."""
    archived: bool
    created_at: AwareDatetime
    version: int
    cleaned: CleaningOut | None = None
    """Only in the answer to a request with `walked_accuracy_m`."""


class FeatureOut(BaseModel):
    """A field as a GeoJSON feature, its own properties beside what was imported with it."""

    type: Literal["Feature"] = "Feature"
    id: UUID
    bbox: tuple[float, float, float, float]
    geometry: AreaJson
    properties: dict[str, Any]


class ImportedRowOut(BaseModel):
    """What became of one feature of a file; `code` and `detail` say why it was left out."""

    number: int
    name: str | None
    field_id: UUID | None = None
    area_m2: float | None = None
    code: str | None = None
    detail: str | None = None
    cleaned: CleaningOut | None = None
    """What was done to a GPX track, where it was asked for."""


class ImportOut(BaseModel):
    """The report of an import: how many rows were kept and left out, and each of them."""

    kept: int
    left_out: int
    rows: list[ImportedRowOut]


def cleaning_out(report: WalkReport | None) -> CleaningOut | None:
    """Return what the doors show of a cleaning, if there was one."""
    return CleaningOut(**asdict(report)) if report else None


def field_out(field: models.Field, cleaned: WalkReport | None = None) -> FieldOut:
    """Return what the doors show of a field, and of the cleaning of its outline where one was asked for."""
    return FieldOut(
        **field.model_dump(
            include={"id", "farmer_id", "name", "crop", "planting_code", "harvest_on", "area_m2", "perimeter_m"}
        ),
        area_ha=field.area_m2 / 10_000,
        bbox=(field.west, field.south, field.east, field.north),
        geometry=to_geojson(field.outline),
        properties=field.properties,
        refills=field.refills,
        archived=field.archived_at is not None,
        created_at=field.created_at,
        version=field.version,
        cleaned=cleaning_out(cleaned),
    )


def feature_out(field: models.Field) -> FeatureOut:
    """Return a field as a GeoJSON feature."""
    own = {
        "name": field.name,
        "crop": field.crop,
        "planting_code": field.planting_code,
        "harvest_on": field.harvest_on.isoformat() if field.harvest_on else None,
        "metrics:area": field.area_m2,
        "metrics:perimeter": field.perimeter_m,
    }
    return FeatureOut(
        id=field.id,
        bbox=(field.west, field.south, field.east, field.north),
        geometry=to_geojson(field.outline),
        properties={**field.properties, **own},
    )


class ZoneIn(Schema):
    """Something to keep clear of. Without `buffer_m` and `may_overfly`, which only staff may set, its kind decides."""

    model_config = example({"kind": "house", "geometry": {"type": "Point", "coordinates": [105.7205, 9.4305]}})

    kind: ZoneKind
    geometry: ThingJson
    buffer_m: Buffer | None = None
    may_overfly: bool | None = None
    note: ZoneNote = ""


class ZonePatch(Schema):
    """What is left out stays as it is; null takes `buffer_m` or `may_overfly` back to what holds for the kind."""

    kind: ZoneKind | None = None
    geometry: ThingJson | None = None
    buffer_m: Buffer | None = None
    may_overfly: bool | None = None
    note: ZoneNote | None = None

    @property
    def sets_distance(self) -> bool:
        """Tell whether it touches what only staff may set."""
        return bool(self.model_fields_set & {"buffer_m", "may_overfly"})


class ZoneOut(BaseModel):
    """A zone with the distances that hold for it now: its own or those of its kind."""

    id: UUID
    kind: ZoneKind
    geometry: ThingJson
    buffer_m: float
    downwind_m: float
    may_overfly: bool
    own_buffer_m: float | None
    own_may_overfly: bool | None
    note: str
    added_by: UUID
    archived: bool
    created_at: AwareDatetime
    version: int


def zone_out(zone: models.Zone, kept: engine_zones.Zone) -> ZoneOut:
    """Return what the doors show of a zone."""
    return ZoneOut(
        **zone.model_dump(include={"id", "kind", "note", "added_by", "created_at", "version"}),
        geometry=to_geojson(zone.geometry),
        buffer_m=kept.buffer_m,
        downwind_m=kept.downwind_m,
        may_overfly=kept.may_overfly,
        own_buffer_m=zone.buffer_m,
        own_may_overfly=zone.may_overfly,
        archived=zone.archived_at is not None,
    )
