"""What every answer says to the browser, and the guard against requests sent from other sites."""

from collections.abc import Callable
from typing import ClassVar
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from drone_service.kit.db import SAFE_METHODS
from drone_service.kit.errors import DomainError, NotAllowed, TooLarge
from drone_service.kit.i18n import N_
from drone_service.kit.settings import Settings, TileSource

OSM_TILES = "https://tile.openstreetmap.org/{z}/{x}/{y}.png"
_TRUSTED_FETCH_SITES = frozenset({"same-origin", "none"})


class CrossSite(NotAllowed):
    code = "web.cross_site"
    title: ClassVar[str] = N_("Sent from another site")
    detail: ClassVar[str] = N_("This request came from a page that is not ours, so nothing was done.")


def tile_url(settings: Settings) -> str:
    """Return the address pattern of the map tiles; empty where the host chose none."""
    return {TileSource.NONE: "", TileSource.OSM: OSM_TILES, TileSource.URL: settings.tile_url}[settings.tile_source]


def content_security_policy(settings: Settings) -> str:
    """Return the policy: everything from here, nothing inline, pictures also from the tile server."""
    tiles = urlsplit(tile_url(settings).replace("{s}", "*"))
    pictures = f" {tiles.scheme}://{tiles.netloc}" if tiles.netloc else ""
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; font-src 'self'; "
        f"manifest-src 'self'; img-src 'self' data:{pictures}; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )


def is_cross_site(method: str, headers: Headers) -> bool:
    """Tell whether a browser says that another site made it send a changing request.

    Every current browser sends `Sec-Fetch-Site`, older ones at least `Origin`. A program that sends neither
    carries no cookie of ours that a stranger's page could ride on.
    """
    if method in SAFE_METHODS:
        return False
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in _TRUSTED_FETCH_SITES
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != headers.get("host")


class SecurityMiddleware:
    """Refuses cross-site changes and too large bodies before anything runs; puts its headers on every answer."""

    def __init__(
        self, app: ASGIApp, *, settings: Settings, answer_error: Callable[[Request, Exception], Response]
    ) -> None:
        self.app = app
        self.answer_error = answer_error
        self.limit_bytes = settings.upload_limit_bytes
        self.headers = {
            "Content-Security-Policy": content_security_policy(settings),
            "X-Content-Type-Options": "nosniff",
            # The tile servers ask for a referrer; the origin is all that leaves this site.
            "Referrer-Policy": "strict-origin-when-cross-origin",
            "Permissions-Policy": "geolocation=(self), camera=(), microphone=()",
            "Cross-Origin-Opener-Policy": "same-origin",
        }
        if settings.cookie_secure:
            self.headers["Strict-Transport-Security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
            await send(message)

        left = self.limit_bytes

        async def receive_within_limit() -> Message:
            nonlocal left
            message = await receive()
            left -= len(message.get("body", b""))
            if left < 0:
                raise HTTPException(TooLarge.status)  # of all errors the one that FastAPI lets through when it reads
            return message

        refusal = self._refusal(scope["method"], Headers(scope=scope))
        answer = self.answer_error(Request(scope, receive), refusal) if refusal else self.app
        await answer(scope, receive_within_limit, send_with_headers)

    def _refusal(self, method: str, headers: Headers) -> DomainError | None:
        if is_cross_site(method, headers):
            return CrossSite()
        # A body that does not say how large it is, is counted while it is read.
        said = headers.get("content-length", "")
        return TooLarge() if said.isdecimal() and int(said) > self.limit_bytes else None
