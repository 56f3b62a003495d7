"""The weather of jobs and fields: what the rules need to know of them, from booking, products, farms and fleet."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session

from drone_service.booking.models import Job
from drone_service.engine.operation import Service
from drone_service.farms import queries as farms_queries
from drone_service.farms.models import Field
from drone_service.fleet import queries as fleet_queries
from drone_service.fleet.catalogue import find_model
from drone_service.products import queries as products_queries
from drone_service.weather import queries as weather_queries
from drone_service.weather import service as weather_service
from drone_service.weather.queries import LimitBook
from drone_service.weather.rules import Place
from drone_service.weather.service import Hours


def hours_of_jobs(
    session: Session, cooperative_id: UUID, jobs: Sequence[Job], *, starts_at: datetime, ends_at: datetime
) -> Hours:
    """Return what each hour of a period means for each job (rows, in order), by its products and its harvest."""
    places = places_of_jobs(session, cooperative_id, jobs)
    return weather_service.hours_for(
        session, cooperative_id=cooperative_id, places=places, starts_at=starts_at, ends_at=ends_at
    )


def hours_of_field(
    session: Session, field: Field, *, starts_at: datetime, ends_at: datetime, sprays: bool = True
) -> Hours:
    """Return what each hour of a period means for a field, by the cooperative's own limits."""
    place = place_of_field(load_limits(session, field.cooperative_id), field, sprays=sprays)
    return weather_service.hours_for(
        session, cooperative_id=field.cooperative_id, places=[place], starts_at=starts_at, ends_at=ends_at
    )


def places_of_jobs(session: Session, cooperative_id: UUID, jobs: Sequence[Job]) -> list[Place]:
    """Return the jobs as the rules of the weather see them. A handful of queries, whatever the number of jobs."""
    book = load_limits(session, cooperative_id)
    product_ids = sorted({product.product_id for job in jobs for product in job.quote.products})
    labels = {one.id: one.rain_free_h for one in products_queries.get_many(session, cooperative_id, product_ids)}
    harvests = _harvests(session, cooperative_id, jobs)
    return [
        Place(
            lon=job.lon,
            lat=job.lat,
            limits=book.of((product.product_id, labels[product.product_id]) for product in job.quote.products),
            sprays=job.service is Service.SPRAY,
            harvest_on=harvests[job.id],
        )
        for job in jobs
    ]


def load_limits(session: Session, cooperative_id: UUID) -> LimitBook:
    """Return the limits of a cooperative with those of its aircraft in service."""
    aircraft = fleet_queries.list_aircraft(session, cooperative_id, in_service_only=True)
    specs = [find_model(one.model) for one in aircraft]
    return weather_queries.get_limits(session, cooperative_id).with_machines(
        spec.max_wind_m_s for spec in specs if spec is not None
    )


def place_of_field(book: LimitBook, field: Field, *, sprays: bool = True) -> Place:
    """Return a field, without a product, as the rules of the weather see it."""
    lon, lat = (field.west + field.east) / 2, (field.south + field.north) / 2
    return Place(lon=lon, lat=lat, limits=book.own, sprays=sprays, harvest_on=field.harvest_on)


def _harvests(session: Session, cooperative_id: UUID, jobs: Sequence[Job]) -> dict[UUID, date | None]:
    unsaid = {job.field_id for job in jobs if job.planned_harvest_on is None}
    fields = farms_queries.names_of(session, cooperative_id, unsaid) if unsaid else {}
    return {
        job.id: job.planned_harvest_on or (fields[job.field_id].harvest_on if job.field_id in fields else None)
        for job in jobs
    }
