"""The weather of jobs and fields: what the rules need to know of them, from booking, products, farms and fleet."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from drone_service.access import queries as access_queries
from drone_service.access.rules import Actor, ensure_owner, ensure_staff
from drone_service.booking import queries as booking_queries
from drone_service.booking.models import Job
from drone_service.engine.operation import Service
from drone_service.farms import queries as farms_queries
from drone_service.farms.models import Field
from drone_service.fleet import queries as fleet_queries
from drone_service.fleet.catalogue import find_model
from drone_service.kit.clock import day_bounds
from drone_service.products import queries as products_queries
from drone_service.weather import limiting
from drone_service.weather import queries as weather_queries
from drone_service.weather import service as weather_service
from drone_service.weather.limiting import LimitView
from drone_service.weather.queries import LimitBook
from drone_service.weather.rules import Place, ensure_reach
from drone_service.weather.schemas import ForecastOut, ForecastSourceOut, LimitsIn
from drone_service.weather.service import Hours

MAX_DAYS = 9


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


def field_forecast(
    session: Session, actor: Actor, field_id: UUID, *, first_day: date, days: int, now: datetime
) -> ForecastOut:
    """Return the hours of a field to those who may see it. Raises FieldNotFound."""
    field = farms_queries.get_field(session, actor, field_id)
    starts_at, ends_at = _period(first_day, days)
    return weather_service.forecast_out(hours_of_field(session, field, starts_at=starts_at, ends_at=ends_at), 0, now)


def job_forecast(
    session: Session, actor: Actor, job_id: UUID, *, first_day: date, days: int, now: datetime
) -> ForecastOut:
    """Return the hours of a job's field, by its products, to those who may see the job. Raises JobNotFound."""
    job = booking_queries.get_job(session, actor, job_id)
    starts_at, ends_at = _period(first_day, days)
    found = hours_of_jobs(session, actor.cooperative_id, [job], starts_at=starts_at, ends_at=ends_at)
    return weather_service.forecast_out(found, 0, now)


def base_forecast(session: Session, actor: Actor, *, first_day: date, days: int, now: datetime) -> ForecastOut:
    """Return the hours of spraying at the cooperative's base, for pages about a day. Raises RoleNeeded."""
    ensure_staff(actor)
    cooperative = access_queries.get_cooperative(session, actor.cooperative_id)
    place = Place(cooperative.base_lon, cooperative.base_lat, load_limits(session, actor.cooperative_id).own)
    starts_at, ends_at = _period(first_day, days)
    found = weather_service.hours_for(
        session, cooperative_id=actor.cooperative_id, places=[place], starts_at=starts_at, ends_at=ends_at
    )
    return weather_service.forecast_out(found, 0, now)


def source_of_work(
    session: Session, actor: Actor, places: Sequence[tuple[float, float]], now: datetime
) -> ForecastSourceOut | None:
    """Return the oldest forecast behind a plan: that of the base or of any (lon, lat) place. Raises RoleNeeded."""
    ensure_staff(actor)
    cooperative = access_queries.get_cooperative(session, actor.cooperative_id)
    base = (cooperative.base_lon, cooperative.base_lat)
    return weather_service.oldest_source(session, cooperative_id=actor.cooperative_id, places=[base, *places], now=now)


def _period(first_day: date, days: int) -> tuple[datetime, datetime]:
    ensure_reach(first_day)
    return day_bounds(first_day)[0], day_bounds(first_day + timedelta(days=days - 1))[1]


def product_limits(session: Session, actor: Actor, product_id: UUID) -> LimitView:
    """Return the limits for work with a product, for those who run the cooperative. Raises ProductNotFound."""
    ensure_staff(actor)
    products_queries.get_product(session, actor.cooperative_id, product_id)
    return limiting.show_limits(session, actor=actor, product_id=product_id)


def set_product_limits(
    session: Session, *, actor: Actor, product_id: UUID, data: LimitsIn, expected_version: int
) -> LimitView:
    """Replace what is other for work with a product. Raises RoleNeeded, ProductNotFound, LimitsContradict."""
    ensure_owner(actor)
    products_queries.get_product(session, actor.cooperative_id, product_id)
    return limiting.set_limits(
        session, actor=actor, data=data, expected_version=expected_version, product_id=product_id
    )
