"""Fields for tests: squares near the base of the test cooperative."""

from datetime import datetime
from math import cos, radians
from uuid import UUID

from sqlmodel import Session

from drone_service.access.rules import Actor
from drone_service.farms import service
from drone_service.farms.models import Field, Zone
from drone_service.farms.schemas import FieldIn, ZoneIn
from tests.people import Who

BASE_LON, BASE_LAT = 105.72, 9.43
METRES_PER_LAT = 110_600.0


def square_ring(
    east_m: float = 0.0, north_m: float = 0.0, side_m: float = 100.0, *, lon: float = BASE_LON, lat: float = BASE_LAT
) -> list[list[float]]:
    """The closed ring of a square whose south-west corner lies that far from a place."""
    per_lon = METRES_PER_LAT * cos(radians(lat)) * 1.0067
    west, south = lon + east_m / per_lon, lat + north_m / METRES_PER_LAT
    east, north = west + side_m / per_lon, south + side_m / METRES_PER_LAT
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def square(east_m: float = 0.0, north_m: float = 0.0, side_m: float = 100.0) -> dict[str, object]:
    """A square as a GeoJSON polygon."""
    return {"type": "Polygon", "coordinates": [square_ring(east_m, north_m, side_m)]}


def make_field(
    session: Session,
    owner: Who,
    now: datetime,
    *,
    east_m: float = 0.0,
    side_m: float = 100.0,
    name: str = "Ruộng sau nhà",
    actor: Actor | None = None,
    farmer_id: UUID | None = None,
) -> Field:
    """Store a square field of a farmer."""
    data = FieldIn.model_validate({"name": name, "geometry": square(east_m, 0, side_m), "farmer_id": farmer_id})
    return service.create_field(session, actor=actor or owner.actor, data=data, now=now).field


def place(east_m: float, north_m: float) -> list[float]:
    """A place so many metres from the south-west corner of the square fields."""
    return square_ring(east_m, north_m, 1)[0]


def make_zone(
    session: Session, who: Who, field: Field, now: datetime, *, kind: str = "pole", at: tuple[float, float] = (50, 50)
) -> Zone:
    """Store a zone of one point near a field."""
    data = ZoneIn.model_validate({"kind": kind, "geometry": {"type": "Point", "coordinates": place(*at)}})
    return service.create_zone(session, actor=who.actor, field_id=field.id, data=data, now=now)
