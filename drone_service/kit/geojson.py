"""GeoJSON (RFC 7946) polygons at the doors: shape and size are checked here, geometry in `engine.geometry`."""

from typing import Annotated, Literal

import shapely.geometry
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
# The range is not checked here: latitude before longitude is a mistake with an answer of its own.
Degrees = Annotated[float, Field(ge=-1_000_000_000, le=1_000_000_000, allow_inf_nan=False)]
Position = tuple[Degrees, Degrees] | tuple[Degrees, Degrees, Degrees]
Ring = Annotated[list[Position], Field(max_length=50_000)]
Rings = Annotated[list[Ring], Field(min_length=1, max_length=200)]


class PolygonJson(BaseModel):
    """A polygon: the outer ring, then the holes."""

    model_config = ConfigDict(extra="ignore")
    type: Literal["Polygon"]
    coordinates: Rings


class MultiPolygonJson(BaseModel):
    """Several polygons that are one field."""

    model_config = ConfigDict(extra="ignore")
    type: Literal["MultiPolygon"]
    coordinates: Annotated[list[Rings], Field(min_length=1, max_length=100)]


class PointJson(BaseModel):
    """One place."""

    model_config = ConfigDict(extra="ignore")
    type: Literal["Point"]
    coordinates: Position


class LineJson(BaseModel):
    """A line along places."""

    model_config = ConfigDict(extra="ignore")
    type: Literal["LineString"]
    coordinates: Annotated[list[Position], Field(max_length=5_000)]


ThingJson = Annotated[PointJson | LineJson | PolygonJson | MultiPolygonJson, Field(discriminator="type")]
"""A schema field that takes whatever can stand on a map: a point, a line or an area."""

AreaJson = Annotated[PolygonJson | MultiPolygonJson, Field(discriminator="type")]
"""A schema field that takes a GeoJSON polygon or multipolygon."""


_THING: TypeAdapter[PointJson | LineJson | PolygonJson | MultiPolygonJson] = TypeAdapter(ThingJson)


def area_json(area: Polygon | MultiPolygon) -> PolygonJson | MultiPolygonJson:
    """Return an area as the schema field takes it."""
    document = to_geojson(area)
    return (
        PolygonJson.model_validate(document)
        if area.geom_type == "Polygon"
        else MultiPolygonJson.model_validate(document)
    )


def thing_json(shape: BaseGeometry) -> PointJson | LineJson | PolygonJson | MultiPolygonJson:
    """Return a point, a line or an area as the schema field takes it."""
    thing: PointJson | LineJson | PolygonJson | MultiPolygonJson = _THING.validate_python(to_geojson(shape))
    return thing


def to_geojson(area: BaseGeometry) -> dict[str, object]:
    """Return a shapely geometry as a GeoJSON geometry: outer rings anticlockwise, holes clockwise (RFC 7946)."""
    return dict(shapely.geometry.mapping(shapely.orient_polygons(area)))
