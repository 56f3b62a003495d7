"""All pages put on the application: routers, static files, the security wall."""

from collections.abc import Callable

from fastapi import FastAPI, Request
from fastapi.responses import Response

from drone_service.kit.settings import Settings
from drone_service.web import (
    blocks,
    board,
    board_runs,
    book,
    catalogue,
    exports,
    fields,
    gather,
    jobs,
    login,
    mix_sheet,
    money,
    operator,
    owner,
    problems,
    public,
    weather,
    zones,
)
from drone_service.web.assets import StaticFolder
from drone_service.web.pages import error_page
from drone_service.web.security import SecurityMiddleware

PAGE_ROUTERS = (
    public.router,
    problems.router,
    login.router,
    board.router,
    board_runs.router,
    gather.router,
    book.router,
    book.planned_router,
    blocks.router,
    blocks.planned_router,
    exports.router,
    jobs.router,
    mix_sheet.router,
    owner.router,
    zones.router,
    weather.router,
    catalogue.router,
    money.router,
    operator.router,
    operator.planned_router,
    fields.router,
)

_MACHINES = ("/api/", "/openapi.json", "/static/", "/metrics", "/healthz", "/readyz", "/calendar/")


def install(app: FastAPI, settings: Settings, answer_error: Callable[[Request, Exception], Response]) -> None:
    """Add the pages. `answer_error` writes the refusal of a request that never reaches a handler."""
    for router in PAGE_ROUTERS:
        app.include_router(router)
    app.mount("/static", StaticFolder(), name="static")
    app.add_middleware(SecurityMiddleware, settings=settings, answer_error=answer_error)


def is_for_people(request: Request) -> bool:
    """Tell whether the answer to a request is read by a person, so that an error is a page and not JSON."""
    return not request.url.path.startswith(_MACHINES)


__all__ = ["error_page", "install", "is_for_people"]
