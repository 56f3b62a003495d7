"""What goes in and out of the doors about aircraft and their models."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from drone_service.access.schemas import Schema
from drone_service.engine.coverage.aircraft import AircraftSpec
from drone_service.engine.operation import Service
from drone_service.fleet.catalogue import load_catalogue
from drone_service.kit.openapi import example
from drone_service.kit.text import Line

ModelSlug = Annotated[
    str,
    Field(pattern=r"^[a-z0-9-]{1,60}$", json_schema_extra=lambda schema: schema.update(enum=list(load_catalogue()))),
]
BatterySets = Annotated[int, Field(ge=1, le=100)]
Name = Annotated[Line, Field(min_length=1, max_length=80)]
Serial = Annotated[Line, Field(max_length=60)]


class AircraftIn(Schema):
    """A machine of the cooperative."""

    model_config = example({"model": "dji-agras-t40", "name": "T40 số 2", "battery_sets": 4})
    model: ModelSlug
    name: Name
    serial: Serial = ""
    battery_sets: BatterySets = 3
    """Batteries that go round while others are charged."""


class AircraftPatch(Schema):
    """What may change. The model stays: another model is another machine."""

    name: Name | None = None
    serial: Serial | None = None
    battery_sets: BatterySets | None = None
    active: bool | None = None
    services: Annotated[set[Service] | None, Field(min_length=1, description="What it is fit for.")] = None
    needs_licence: Annotated[
        bool | None, Field(description="Whether somebody of its crew must hold a licence on the day of a job.")
    ] = None
    crew: Annotated[
        set[UUID] | None,
        Field(max_length=20, description="Who flies and fills it; with nobody every operator does. Replaces all."),
    ] = None


class AircraftOut(BaseModel):
    """A machine of the cooperative."""

    model_config = ConfigDict(from_attributes=True)
    id: UUID
    model: str
    name: str
    serial: str
    battery_sets: int
    active: bool
    services: list[Service]
    needs_licence: bool
    crew: list[UUID] = []


class FigureOut(BaseModel):
    """A figure of a model and where it comes from.

    Origins: m maker, p press, r research, k common knowledge, c computed, default: a cautious guess to be set.
    """

    value: float | list[tuple[float, float]]
    origin: str


class AircraftModelOut(BaseModel):
    """A model of the catalogue with every figure and its origin."""

    slug: str
    name: str
    maker: str
    sources: list[str]
    figures: dict[str, FigureOut]


def model_out(spec: AircraftSpec) -> AircraftModelOut:
    """Return a model as it is shown."""
    return AircraftModelOut(
        slug=spec.slug,
        name=spec.name,
        maker=spec.maker,
        sources=list(spec.sources),
        figures={
            figure: FigureOut(value=getattr(spec, figure), origin=origin) for figure, origin in spec.origins.items()
        },
    )
