"""The application: routers, error handlers, start and stop. It decides nothing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from anyio import to_thread
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware

from drone_service import tables
from drone_service.access import api as access_api
from drone_service.access.deps import SignInLimit, language_of
from drone_service.billing import api as billing_api
from drone_service.booking import api as booking_api
from drone_service.farms import api as farms_api
from drone_service.farms import zone_api
from drone_service.fieldwork import api as fieldwork_api
from drone_service.fleet import api as fleet_api
from drone_service.investment import api as investment_api
from drone_service.kit import observability, openapi, tasks
from drone_service.kit.db import Database
from drone_service.kit.errors import DomainError
from drone_service.kit.head import HeadRequests
from drone_service.kit.problems import MEDIA_TYPE, problem_of, problem_schemas
from drone_service.kit.settings import Settings, get_settings
from drone_service.migrations import run as migrations
from drone_service.notify import api as notify_api
from drone_service.planning import api as planning_api
from drone_service.products import api as products_api
from drone_service.scheduling import api as scheduling_api
from drone_service.scheduling import board_api, gather_api, run_api
from drone_service.scheduling import weather_api as scheduling_weather_api
from drone_service.weather import api as weather_api
from drone_service.web import site

API_ROUTERS = (
    access_api.router,
    billing_api.router,
    booking_api.router,
    booking_api.planned_router,
    booking_api.block_router,
    farms_api.router,
    zone_api.router,
    fieldwork_api.router,
    fleet_api.router,
    investment_api.router,
    notify_api.router,
    planning_api.router,
    planning_api.planned_router,
    planning_api.block_router,
    products_api.router,
    scheduling_api.router,
    scheduling_api.planned_router,
    scheduling_api.public_router,
    board_api.router,
    board_api.planned_router,
    run_api.router,
    gather_api.router,
    scheduling_weather_api.router,
    weather_api.router,
)


class Application(FastAPI):
    """FastAPI whose description of the API knows what a problem looks like."""

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI document."""
        document = super().openapi()
        document["components"]["schemas"] |= problem_schemas()
        openapi.complete(document)
        return document


def create_app(settings: Settings | None = None, database: Database | None = None) -> FastAPI:
    """Build the application on a database; both default to the settings of the process."""
    settings = settings or get_settings()
    app = Application(
        title="drone_service",
        description="Booking, flight planning, scheduling, spray records, billing and return for drone-spraying teams.",
        version="0.1.0",
        lifespan=_lifespan,
        # FastAPI's own pages load scripts from elsewhere, which our content policy forbids; `/docs` is one of ours.
        docs_url=None,
        redoc_url=None,
    )
    app.state.settings = settings
    app.state.database = database or Database(settings.resolved_database_url)
    app.state.sign_in_limit = SignInLimit()
    for router in API_ROUTERS:
        app.include_router(router)
    for kind in (DomainError, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(kind, _answer_error)
    app.add_middleware(HeadRequests)
    app.add_middleware(GZipMiddleware, minimum_size=500, compresslevel=5)
    site.install(app, settings, _answer_error)
    observability.install(app, checks=_readiness(app.state.database))
    return app


def _readiness(database: Database) -> dict[str, observability.Check]:
    return {"database": database.answers, "migrations": lambda: migrations.is_current(database)}


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    database: Database = app.state.database
    if settings.worker_embedded:
        await to_thread.run_sync(_start_worker, settings, database)
    yield
    await to_thread.run_sync(tasks.stop_worker)
    database.engine.dispose()


def _start_worker(settings: Settings, database: Database) -> None:
    tasks.start_worker(
        database, concurrency=settings.task_concurrency, polling_s=settings.task_polling_s, name=settings.worker_name
    )


def _answer_error(request: Request, error: Exception) -> Response:
    answer = site.error_page(request, error) if site.is_for_people(request) else _problem(request, error)
    if answer.status_code == 500:
        # Starlette answers this one outside every middleware, so the request log cannot add its id.
        answer.headers[observability.REQUEST_ID] = request.state.request_id
    return answer


def _problem(request: Request, error: Exception) -> Response:
    problem = problem_of(error, language=language_of(request), instance=request.url.path)
    headers = {"Allow": _methods_of(request)} if problem.status == 405 else None
    content = problem.model_dump(mode="json", exclude_none=True)
    return JSONResponse(content, status_code=problem.status, headers=headers, media_type=MEDIA_TYPE)


def _methods_of(request: Request) -> str:
    """Return the methods of the address; Starlette knows those of the first handler that has the path."""
    route = request.scope.get("route")
    described = request.app.openapi()["paths"].get(getattr(route, "path", ""), {})
    return ", ".join(sorted(described or getattr(route, "methods", ()))).upper()


__all__ = ["create_app", "tables"]
