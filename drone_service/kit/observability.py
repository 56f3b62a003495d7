"""What a host sees: one log line and one measurement for each request, health, readiness and metrics."""

import re
import time
from collections.abc import Callable, Mapping
from uuid import uuid4

import structlog
from fastapi import FastAPI
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.exposition import generate_latest
from sqlalchemy.exc import SQLAlchemyError
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger(__name__)

REQUEST_ID = "x-request-id"
QUIET_PATHS = frozenset({"/healthz", "/readyz", "/metrics"})
_SAFE_ID = re.compile(r"[A-Za-z0-9._\-]{1,64}")
# From a cached page to a day plan; Prometheus adds +Inf.
_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

Check = Callable[[], bool]


class Measurements:
    """The counters of one application."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        labels = ("method", "route")
        self.requests = Counter("http_requests", "Requests answered", (*labels, "status"), registry=self.registry)
        self.seconds = Histogram(
            "http_request_duration_seconds", "Time to the answer", labels, buckets=_BUCKETS_S, registry=self.registry
        )

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        self.requests.labels(method, route, str(status)).inc()
        self.seconds.labels(method, route).observe(seconds)

    def write(self) -> str:
        return generate_latest(self.registry).decode()


class RequestLog:
    """ASGI middleware: takes or makes the request id, and writes and measures each request when it ends."""

    def __init__(self, app: ASGIApp, measurements: Measurements) -> None:
        self.app = app
        self.measurements = measurements

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        status = 500  # what it is if the application fails before it answers

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[REQUEST_ID] = request_id
            await send(message)

        started = time.perf_counter()
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self.app(scope, receive, send_with_id)
            except Exception:
                log.exception("request.failed", method=scope["method"], path=_path_of(scope))
                raise
            finally:
                self._finish(scope, status, time.perf_counter() - started)

    def _finish(self, scope: Scope, status: int, seconds: float) -> None:
        method, route = scope["method"], _route_of(scope)
        self.measurements.count(method, route, status, seconds)
        if scope["path"] not in QUIET_PATHS:
            log.info("request", method=method, path=_path_of(scope), status=status, ms=round(seconds * 1000, 1))


def _request_id(scope: Scope) -> str:
    """Return the id that a proxy sent if it is harmless, else a new one."""
    for name, value in scope["headers"]:
        if name == REQUEST_ID.encode():
            given = value.decode("latin-1")
            if _SAFE_ID.fullmatch(given):
                return str(given)
    return uuid4().hex


def _path_of(scope: Scope) -> str:
    """Return the path without the secret in it, if it holds one: a log must not open what it tells about."""
    secret = scope.get("path_params", {}).get("secret")
    return str(scope["path"].replace(secret, "[secret]") if secret else scope["path"])


def _route_of(scope: Scope) -> str:
    """Return the pattern of the route, never the path: ids in labels would grow without end."""
    return str(getattr(scope.get("route"), "path", "unmatched"))


def install(app: FastAPI, *, checks: Mapping[str, Check]) -> Measurements:
    """Add the request log, `/healthz`, `/readyz` and `/metrics`. A check says whether something works; it may raise."""
    measurements = Measurements()
    app.add_middleware(RequestLog, measurements=measurements)

    @app.get("/healthz", include_in_schema=False)
    def healthz() -> PlainTextResponse:
        return PlainTextResponse("ok")

    @app.get("/readyz", include_in_schema=False)
    def readyz() -> JSONResponse:
        results = {name: _passes(name, check) for name, check in checks.items()}
        return JSONResponse({"ready": all(results.values()), "checks": results}, 200 if all(results.values()) else 503)

    @app.get("/metrics", include_in_schema=False)
    def metrics() -> Response:
        return Response(measurements.write(), media_type=CONTENT_TYPE_LATEST)

    return measurements


def _passes(name: str, check: Check) -> bool:
    try:
        return check()
    except (SQLAlchemyError, OSError):
        log.warning("readiness.failed", check=name, exc_info=True)
        return False
