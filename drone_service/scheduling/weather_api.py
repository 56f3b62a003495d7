"""The weather of fields and jobs, and the limits of products, under `/api/v1`."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from drone_service.access.deps import ActorDep
from drone_service.access.routes import api_router
from drone_service.kit.clock import LocalDate, NowDep, local_day
from drone_service.kit.db import SessionDep
from drone_service.kit.etag import IfMatchDep, send_etag
from drone_service.scheduling import forecasting, weather
from drone_service.weather.schemas import ForecastOut, LimitsIn, LimitsOut, RefreshOut

router = api_router(tag="weather")

DayQuery = Annotated[LocalDate | None, Query(description="The first local day; today where it is left out.")]
DaysQuery = Annotated[int, Query(ge=1, le=weather.MAX_DAYS, description="How many days.")]


@router.get("/fields/{field_id}/weather")
def get_field_weather(
    field_id: UUID, session: SessionDep, actor: ActorDep, now: NowDep, day: DayQuery = None, days: DaysQuery = 3
) -> ForecastOut:
    """Return the hours of a field by the cooperative's limits, and how old the forecast is."""
    return weather.field_forecast(session, actor, field_id, first_day=day or local_day(now), days=days, now=now)


@router.get("/jobs/{job_id}/weather")
def get_job_weather(
    job_id: UUID, session: SessionDep, actor: ActorDep, now: NowDep, day: DayQuery = None, days: DaysQuery = 3
) -> ForecastOut:
    """Return the hours of a job's field by the limits and rain-free hours of its products."""
    return weather.job_forecast(session, actor, job_id, first_day=day or local_day(now), days=days, now=now)


@router.post("/weather-refresh", status_code=202)
def refresh(session: SessionDep, actor: ActorDep) -> RefreshOut:
    """Have the forecasts that are due fetched now, in the background."""
    return RefreshOut(cells=forecasting.ask_refresh(session, actor=actor))


@router.get("/products/{product_id}/weather-limits")
def get_product_limits(product_id: UUID, session: SessionDep, actor: ActorDep, response: Response) -> LimitsOut:
    """Return the limits for work with a product, with what they are inherited from."""
    found = weather.product_limits(session, actor, product_id)
    send_etag(response, found)
    return found.shown


@router.put("/products/{product_id}/weather-limits")
def set_product_limits(
    product_id: UUID, data: LimitsIn, session: SessionDep, actor: ActorDep, version: IfMatchDep, response: Response
) -> LimitsOut:
    """Replace what is other for work with a product; a limit that is left out is the cooperative's again."""
    changed = weather.set_product_limits(
        session, actor=actor, product_id=product_id, data=data, expected_version=version
    )
    send_etag(response, changed)
    return changed.shown
