"""What a field must be: its outline, its place, and that nobody has registered the same land already.

The engine says what is wrong with an outline; here every answer gets the words that people read.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from drone_service.engine.errors import EngineError
from drone_service.engine.geometry import marks, validate, walk
from drone_service.engine.geometry import outline as engine_outline
from drone_service.engine.geometry.antimeridian import unwrap
from drone_service.engine.geometry.area import Measure, measure
from drone_service.engine.geometry.distance import distance_m
from drone_service.engine.geometry.outline import Outline, Shape
from drone_service.engine.geometry.plane import LocalPlane
from drone_service.kit.errors import Conflict, Invalid, NotFound
from drone_service.kit.i18n import N_

DUPLICATE_SHARE = 0.9
"""From this share of both fields in common they are the same land. A plot inside a larger field is not."""


class FieldNotFound(NotFound):
    code = "farms.field_not_found"


class OutlineRefused(Invalid):
    code = "farms.outline"
    title: ClassVar[str] = N_("The outline of the field is not right")


class NoArea(OutlineRefused):
    code = "farms.not_an_area"
    detail: ClassVar[str] = N_(
        "A field needs a closed line with at least three corners. Points and open lines have no area."
    )


class UnreadableOutline(OutlineRefused):
    code = "farms.unreadable_coordinates"
    detail: ClassVar[str] = N_("The coordinates cannot be read. Each corner is a longitude and a latitude in degrees.")


class TooManyCorners(OutlineRefused):
    code = "farms.too_many_vertices"
    detail: ClassVar[str] = N_("The outline has %(vertices)s corners, more than %(limit)s. Draw it with fewer.")


class OddNumbers(OutlineRefused):
    code = "farms.not_finite"
    detail: ClassVar[str] = N_("A coordinate of the outline is not a number.")


class NotOnEarth(OutlineRefused):
    code = "farms.out_of_range"
    detail: ClassVar[str] = N_("Longitude %(lon)s, latitude %(lat)s is not a place on Earth.")


class SwappedCoordinates(OutlineRefused):
    code = "farms.swapped_lon_lat"
    title: ClassVar[str] = N_("Longitude and latitude look swapped")
    detail: ClassVar[str] = N_(
        "The outline would fit with longitude first and latitude second. Swap the two and send it again."
    )


class OpenOutline(OutlineRefused):
    code = "farms.open_ring"
    detail: ClassVar[str] = N_(
        "The line does not come back to where it starts. Repeat the first corner as the last one."
    )


class CrossingOutline(OutlineRefused):
    code = "farms.self_crossing"
    title: ClassVar[str] = N_("The outline crosses itself")
    detail: ClassVar[str] = N_(
        "Two sides cross, a hole lies outside, or parts overlap. Move the corners so that no sides cross."
    )


class LineTooShort(OutlineRefused):
    code = "farms.line_too_short"
    detail: ClassVar[str] = N_("A line needs at least two different places.")


class FieldTooSmall(OutlineRefused):
    code = "farms.too_small"
    title: ClassVar[str] = N_("The field is too small")
    detail: ClassVar[str] = N_("The outline holds %(area_m2)s m²; we need at least %(limit_m2)s m².")


class FieldTooLarge(OutlineRefused):
    code = "farms.too_large"
    title: ClassVar[str] = N_("The field is too large")
    detail: ClassVar[str] = N_("The outline holds more than 1,000 ha. Draw it as several fields.")


class WalkTooNoisy(OutlineRefused):
    code = "farms.walk_too_noisy"
    title: ClassVar[str] = N_("The walk cannot be cleaned")
    detail: ClassVar[str] = N_(
        "Loops and spikes make out too much of it: %(before_m2)s m² as walked, %(after_m2)s m² without them. "
        "Correct the corners by hand, or keep the line as walked."
    )


class TooManyProperties(Invalid):
    code = "farms.properties_too_large"
    title: ClassVar[str] = N_("Too much text beside the outline")
    detail: ClassVar[str] = N_("The properties of a field may hold at most %(limit)s characters.")


class OutsideServiceArea(Invalid):
    code = "farms.outside_service_area"
    title: ClassVar[str] = N_("The field is outside our area")
    detail: ClassVar[str] = N_(
        "It lies %(away_km)s km away; we fly within %(radius_km)s km. Check the place, or call us."
    )


class DuplicateField(Conflict):
    code = "farms.duplicate"
    title: ClassVar[str] = N_("This field is there already")
    detail: ClassVar[str] = N_("%(percent)s %% of the outline is the same land as the field “%(name)s”.")


class LandTaken(Conflict):
    code = "farms.land_taken"
    title: ClassVar[str] = N_("Somebody has registered this land")
    detail: ClassVar[str] = N_(
        "Another farmer has a field with the same outline. Call us, and we will sort it out together."
    )


class FieldNotArchived(Conflict):
    code = "farms.not_archived"
    title: ClassVar[str] = N_("The field is in use")
    detail: ClassVar[str] = N_("Only a field that was put away can be brought back.")


class FieldArchived(Conflict):
    code = "farms.archived"
    title: ClassVar[str] = N_("The field was put away")
    detail: ClassVar[str] = N_("Bring the field back before you change it.")


_ANSWERS: dict[str, type[Invalid]] = {
    engine_outline.NotAnArea.code: NoArea,
    engine_outline.UnreadableCoordinates.code: UnreadableOutline,
    validate.TooManyVertices.code: TooManyCorners,
    validate.NotFinite.code: OddNumbers,
    validate.OutOfRange.code: NotOnEarth,
    validate.SwappedLonLat.code: SwappedCoordinates,
    validate.OpenRing.code: OpenOutline,
    validate.SelfCrossing.code: CrossingOutline,
    marks.LineTooShort.code: LineTooShort,
    walk.TooMuchToClean.code: WalkTooNoisy,
    validate.TooSmall.code: FieldTooSmall,
    validate.TooLarge.code: FieldTooLarge,
    "properties_too_large": TooManyProperties,
}


@dataclass(frozen=True)
class ServiceArea:
    """Where the cooperative flies: a circle around its centre, in degrees and kilometres."""

    lon: float
    lat: float
    radius_km: float

    def away_km(self, lon: float, lat: float) -> float:
        """Return how far a place is from the centre."""
        return distance_m(self.lon, self.lat, lon, lat) / 1_000


@dataclass(frozen=True)
class Registered:
    """A field that is there already, as far as the search for duplicates needs it."""

    field_id: UUID
    name: str
    outline: BaseGeometry
    is_visible: bool


def answer_to(problem: EngineError) -> Invalid:
    """Return the refusal that people read for what the engine or a reader found wrong."""
    return _ANSWERS.get(problem.code, OutlineRefused)(**problem.params)


def accept_outline(outline: Outline, area: ServiceArea) -> tuple[Shape, Measure]:
    """Return the geometry and the size of a field inside the service area.

    Raises an OutlineRefused for the first fault of the outline, or OutsideServiceArea.
    """
    try:
        shape = validate.checked_shape(outline)
        return accept_shape(shape, area)
    except EngineError as problem:
        raise answer_to(problem) from problem


def clean_walked(outline: Outline, accuracy_m: float | None) -> tuple[Outline, walk.WalkReport | None]:
    """Return the outline without the noise of the GPS where its accuracy is given, and what was done to it.

    Raises WalkTooNoisy or another OutlineRefused.
    """
    if accuracy_m is None:
        return outline, None
    try:
        return walk.clean_outline(outline, accuracy_m)
    except EngineError as problem:
        raise answer_to(problem) from problem


def accept_shape(shape: Shape, area: ServiceArea) -> tuple[Shape, Measure]:
    """Return a checked geometry and its size. Raises FieldTooSmall, FieldTooLarge, OutsideServiceArea."""
    size = measure(shape)
    try:
        validate.ensure_size(size.area_m2)
    except EngineError as problem:
        raise answer_to(problem) from problem
    ensure_in_area(shape, area)
    return shape, size


def ensure_in_area(shape: Shape, area: ServiceArea) -> None:
    """Refuse a field whose middle is outside the service area, with a hint when swapping the axes would help.

    Raises OutsideServiceArea, SwappedCoordinates.
    """
    west, south, east, north = unwrap(shape).bounds
    lon, lat = (west + east) / 2, (south + north) / 2
    away_km = area.away_km(lon, lat)
    if away_km <= area.radius_km:
        return
    if abs(lon) <= 90 and area.away_km(lat, lon) <= area.radius_km:
        raise SwappedCoordinates(lon=round(lon, 6), lat=round(lat, 6))
    raise OutsideServiceArea(away_km=round(away_km), radius_km=round(area.radius_km))


def shared_part(shape: BaseGeometry, other: BaseGeometry) -> float:
    """Return the share of the larger of two fields that both cover, from 0 to 1.

    Measured against the larger one, so 90 % means 90 % of both: a plot cut out of a large field is not that field.
    """
    plane = LocalPlane.around(shape)
    # Snapped to a micrometre: outlines that are nearly the same are what GEOS stumbles over.
    flat, other_flat = (shapely.set_precision(plane.to_m(one), 1e-6) for one in (shape, other))
    larger_m2 = max(flat.area, other_flat.area)
    return float(flat.intersection(other_flat).area / larger_m2) if larger_m2 > 0 else 0.0


def ensure_new_land(shape: BaseGeometry, registered: Iterable[Registered]) -> None:
    """Refuse land that is registered already. Raises DuplicateField, or LandTaken where the actor may not see whose."""
    found = list(registered)
    shares = [shared_part(shape, one.outline) for one in found]
    if not shares or max(shares) < DUPLICATE_SHARE:
        return
    same = found[int(np.argmax(shares))]
    if not same.is_visible:
        raise LandTaken
    raise DuplicateField(percent=round(100 * max(shares)), name=same.name, field_id=same.field_id)
