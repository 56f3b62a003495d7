"""What every page handler is given: rendering in the reader's language, redirects, messages, error pages.

There is one Jinja environment per language, built once: installing translations on a shared one per request
would be a race between threads.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Any, TypeVar
from urllib.parse import quote, unquote

import jinja2
from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import pass_context
from jinja2.runtime import Context
from pydantic import BaseModel
from starlette.datastructures import FormData
from starlette.routing import Match

from drone_service.access import queries as access_queries
from drone_service.access.deps import LanguageDep, OptionalActorDep, language_of
from drone_service.access.models import Cooperative
from drone_service.access.rules import Actor, NoCooperative
from drone_service.farms.zoning import KIND_NAMES
from drone_service.kit import i18n
from drone_service.kit.clock import local_day
from drone_service.kit.db import SAFE_METHODS, SessionDep, enter_tenant
from drone_service.kit.errors import NotSignedIn
from drone_service.kit.ids import uuid7
from drone_service.kit.problems import domain_error_of, problem_of
from drone_service.kit.settings import Settings
from drone_service.web import navigation
from drone_service.web.assets import Assets
from drone_service.web.forms import Bound, bind, blank
from drone_service.web.outline import outline_path
from drone_service.web.security import tile_url
from drone_service.web.tables import labelled

TEMPLATES = Path(__file__).parent / "templates"
MESSAGE_COOKIE = "message"
_MESSAGE_SECONDS = 60

SchemaT = TypeVar("SchemaT", bound=BaseModel)


@dataclass(frozen=True)
class Page:
    """One request for a page: who reads it, in which language, for which cooperative."""

    request: Request
    settings: Settings
    language: str
    actor: Actor | None = None
    cooperative: Cooperative | None = None

    @property
    def wants_part(self) -> bool:
        """True when htmx asked for a part of the page."""
        return self.request.headers.get("hx-request") == "true"

    @property
    def address(self) -> str:
        """The address that shows this page: of the answer to a form the page that holds it, not where it was sent."""
        url = self.request.url
        path = url.path
        while self.request.method not in SAFE_METHODS and path.count("/") > 1 and not _is_shown(self.request, path):
            path = path.rpartition("/")[0]
        return f"{path}?{url.query}".removesuffix("?")

    @property
    def signed_in(self) -> Actor:
        """The person who reads. Raises NotSignedIn."""
        if self.actor is None:
            raise NotSignedIn
        return self.actor

    @property
    def ours(self) -> Cooperative:
        """The cooperative the page speaks for. Raises NoCooperative."""
        if self.cooperative is None:
            raise NoCooperative
        return self.cooperative

    def text(self, message: str, **params: object) -> str:
        """Translate a marked text into the reader's language and fill its named places."""
        return i18n.translate(message, self.language, params)

    def render(self, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
        """Answer with a template; a message left by the page before is shown once."""
        shown = _message_of(self.request)
        environment = _environment(self.language)
        html = environment.get_template(template).render(**_page_context(self), message=shown, **context)
        response = HTMLResponse(html, status_code=status)
        response.headers["Cache-Control"] = "private, no-store"
        if shown:
            response.delete_cookie(MESSAGE_COOKIE, path="/")
        return response

    def redirect(self, path: str, *, message: str = "", undo: str = "", **params: object) -> RedirectResponse:
        """Send the reader on (303). `message` is a marked text, `undo` the path that takes the deed back by POST."""
        response = RedirectResponse(path, status_code=303)
        if message:
            value = json.dumps({"text": self.text(message, **params), "undo": undo})
            response.set_cookie(
                MESSAGE_COOKIE,
                quote(value),
                max_age=_MESSAGE_SECONDS,
                httponly=True,
                samesite="lax",
                secure=self.settings.cookie_secure,
            )
        return response

    def bind(self, schema: type[SchemaT], form: FormData | Mapping[str, Any]) -> Bound[SchemaT]:
        """Validate what was typed against the schema of the API; messages come in the reader's language."""
        return bind(schema, form, language=self.language)

    def blank(self, schema: type[SchemaT], **initial: object) -> Bound[SchemaT]:
        """Return an untouched form with initial values."""
        return blank(schema, initial, language=self.language)


def _is_shown(request: Request, path: str) -> bool:
    scope = {"type": "http", "method": "GET", "path": path, "root_path": ""}
    return any(route.matches(scope)[0] is Match.FULL for route in request.app.routes)


def page_of(request: Request, session: SessionDep, actor: OptionalActorDep, language: LanguageDep) -> Page:
    """Build the page of a request; a visitor reads about the host's cooperative. Raises NoCooperative."""
    if actor is None:
        cooperative = access_queries.get_host_cooperative(session)
        enter_tenant(session, cooperative.id)
    else:
        cooperative = access_queries.get_cooperative(session, actor.cooperative_id)
    return Page(request, request.app.state.settings, language, actor, cooperative)


PageDep = Annotated[Page, Depends(page_of)]


def error_page(request: Request, error: Exception) -> Response:
    """Answer any error with a page: what happened, what to do, whom to call. Needs no database."""
    refusal = domain_error_of(error)
    if type(refusal) is NotSignedIn:
        return _sign_in_first(request)
    page = Page(request, request.app.state.settings, language_of(request), getattr(request.state, "actor", None))
    problem = problem_of(error, language=page.language, instance=request.url.path)
    fields = problem.errors if isinstance(error, RequestValidationError) else None
    return page.render("error.html", status=problem.status, problem=problem, fields=fields or ())


def _sign_in_first(request: Request) -> Response:
    """Send the reader to the sign-in; a form that was sent meanwhile is kept on a page, to be sent again."""
    # With its query: a booking keeps its answers there.
    here = f"{request.url.path}?{request.url.query}".removesuffix("?")
    typed = [] if request.method in SAFE_METHODS else _typed_in(request)
    if typed:
        page = Page(request, request.app.state.settings, language_of(request))
        return page.render("login/again.html", status=NotSignedIn.status, action=here, typed=typed)
    target = here if request.method in SAFE_METHODS else "/"
    return RedirectResponse(f"/login?next={quote(target)}", status_code=303)


def _typed_in(request: Request) -> list[tuple[str, str]]:
    """Return what a form held, without files: those have to be chosen again."""
    form: FormData | None = getattr(request, "_form", None)
    fields = form.multi_items() if form else []
    return [(name, value) for name, value in fields if isinstance(value, str)]


def _message_of(request: Request) -> dict[str, str] | None:
    try:
        message = json.loads(unquote(request.cookies.get(MESSAGE_COOKIE, "")))
        text, undo = str(message["text"])[:400], str(message.get("undo", ""))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    # A path and nothing else: the cookie is the reader's own, yet it never sends a form elsewhere.
    return {"text": text, "undo": undo if undo.startswith("/") and not undo.startswith("//") else ""}


def _page_context(page: Page) -> dict[str, Any]:
    return {
        "page": page,
        "actor": page.actor,
        "cooperative": page.cooperative,
        "cong_m2": page.cooperative.cong_m2 if page.cooperative else 1296,
        "language": page.language,
        "path": page.request.url.path,
        "tabs": navigation.tabs_for(page.actor),
        "help_phone": page.settings.help_phone,
        "demo": page.settings.demo,
        "tile_url": tile_url(page.settings),
        "tile_attribution": page.settings.tile_attribution or "© OpenStreetMap",
    }


@cache
def _environment(language: str) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_translations(i18n.translations(language), newstyle=True)  # type: ignore[attr-defined]
    assets = Assets()
    environment.globals.update(
        script=assets.script,
        style=assets.style,
        files_of_the_day=_files_of_the_day(assets),
        new_key=lambda: str(uuid7()),
        languages=i18n.LANGUAGE_NAMES,
        outline_path=outline_path,
        zone_names=KIND_NAMES,
    )
    environment.filters.update(_filters(language))
    return environment


def _files_of_the_day(assets: Assets) -> list[str]:
    """Return what the pages of the crew are made of, for a phone to keep."""
    sources = (f"src/{name}" for name in ("page.ts", "offline.ts", "map.ts", "flight.ts", "style.css", "map_style.css"))
    return [*assets.files(*sources, "src/ground.svg", "src/chevron.svg"), "/static/icons.svg", "/static/favicon.svg"]


def _filters(language: str) -> dict[str, Any]:
    @pass_context
    def area(context: Context, area_m2: float) -> str:
        return i18n.format_area(area_m2, context["cong_m2"], language)

    @pass_context
    def cong(context: Context, area_m2: float) -> str:
        return i18n.format_number(area_m2 / context["cong_m2"], language, 2)

    def hectares(area_m2: float) -> str:
        return i18n.format_number(area_m2 / 10_000, language, 2)

    def number(value: float, decimals: int = 0) -> str:
        return i18n.format_number(value, language, decimals)

    def measure(value: float, decimals: int = 2) -> str:
        return i18n.format_measure(value, language, decimals)

    def typed(value: float) -> str:
        return i18n.format_typed(value, language)

    def money(amount_vnd: int) -> str:
        return i18n.format_vnd(amount_vnd, language)

    def day(value: date) -> str:
        return i18n.format_weekday_date(value, language)

    def weekday(value: date) -> str:
        return i18n.format_weekday(value, language)

    def short_date(value: date) -> str:
        return i18n.format_date(value, language)

    def moment(value: datetime) -> str:
        return i18n.format_moment(value, language)

    return {
        "area": area,
        "cong": cong,
        "hectares": hectares,
        "number": number,
        "measure": measure,
        "typed": typed,
        "money": money,
        "day": day,
        "weekday": weekday,
        "date": short_date,
        "local_day": local_day,
        "time": i18n.format_time,
        "moment": moment,
        "phone": _readable_phone,
        "labelled": labelled,
    }


def _readable_phone(phone: str) -> str:
    digits = "0" + phone.removeprefix("+84") if phone.startswith("+84") else phone
    # Spaces that do not break: half a number at the end of a line is read as a number.
    return f"{digits[:4]}\u00a0{digits[4:7]}\u00a0{digits[7:]}" if len(digits) == 10 else digits
