"""Routers whose changing requests act once: `Idempotency-Key`, its answer and its effect share one transaction."""

import hashlib
from collections.abc import Callable, Coroutine
from typing import Annotated, Any, ClassVar

from fastapi import APIRouter, Depends, Header, Request, Response
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from drone_service.access.deps import OptionalActorDep
from drone_service.access.models import IdempotencyKey
from drone_service.kit.clock import NowDep
from drone_service.kit.db import SAFE_METHODS, SessionDep
from drone_service.kit.errors import Conflict
from drone_service.kit.i18n import N_
from drone_service.kit.problems import REFUSALS

FORM_FIELD = "idempotency_key"
_FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")
_KEPT_HEADERS = ("content-type", "location", "etag")
# Declared for the readers of the API only: who is asking is found by `access.deps`, which takes the cookie as well.
_BEARER = HTTPBearer(auto_error=False, description="The token that signing in returned.")
HUNG_UP = 499
"""What the log says of a request whose sender left in the middle of it; the number is nginx's, and nobody gets it."""
FOR_VISITORS: dict[str, Any] = {"security": [{}]}
"""What an operation that asks for no sign-in adds to its description, as `openapi_extra`."""


class KeyReused(Conflict):
    code = "idempotency.key_reused"
    title: ClassVar[str] = N_("This key was used for something else")
    detail: ClassVar[str] = N_("The Idempotency-Key belongs to another request. Make a new one for each action.")


class Replay(Exception):
    """The request was carried out before; this is the answer it got."""

    def __init__(self, answer: Response) -> None:
        super().__init__()
        self.answer = answer


async def carry_out_once(
    request: Request,
    session: SessionDep,
    actor: OptionalActorDep,
    now: NowDep,
    idempotency_key: Annotated[
        str | None,
        Header(min_length=1, max_length=80, description="A key of your own making; repeating it repeats the answer."),
    ] = None,
) -> None:
    """Take the key of a changing request, or answer with what the same request got before.

    Signing in stands outside: there is no actor to keep the key for, and a repeated sign-in harms nobody.
    Raises KeyReused, Replay.
    """
    if request.method in SAFE_METHODS or actor is None:
        return
    key = idempotency_key or await _key_of_form(request)
    if not key:
        return
    row = IdempotencyKey(
        cooperative_id=actor.cooperative_id,
        person_id=actor.person_id,
        key=key[:80],
        fingerprint=await _fingerprint(request),
        created_at=now,
        headers={},
    )
    await run_in_threadpool(_take, session, row)
    request.state.idempotency = row


def _take(session: Session, row: IdempotencyKey) -> None:
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError:
        # The second of two simultaneous requests waits here until the first has committed.
        before = session.get(IdempotencyKey, (row.cooperative_id, row.person_id, row.key), populate_existing=True)
        if before is None:
            raise
        if before.fingerprint != row.fingerprint:
            raise KeyReused from None
        headers = {**before.headers, "Idempotency-Replayed": "true"}
        raise Replay(Response(before.body, status_code=before.status, headers=headers)) from None


async def _key_of_form(request: Request) -> str | None:
    if not _is_form(request):
        return None
    value = (await request.form()).get(FORM_FIELD)
    return value if isinstance(value, str) and value else None


def _is_form(request: Request) -> bool:
    return request.headers.get("content-type", "").startswith(_FORM_TYPES)


async def _fingerprint(request: Request) -> str:
    digest = hashlib.sha256(f"{request.method} {request.url.path}?{request.url.query}\n".encode())
    if _is_form(request):
        # The parts and not the body: the form was read before, which uses the body up, and the boundary of a
        # multipart body differs from one sending to the next.
        for name, value in (await request.form()).multi_items():
            digest.update(f"{name}={value if isinstance(value, str) else (value.filename, value.size)}\n".encode())
    else:
        digest.update(await request.body())
    return digest.hexdigest()


async def _read_body(request: Request) -> None:
    """Read what is sent before the transaction begins: a phone with one bar would hold its locks all that while.

    Starlette keeps what it has read, so that whoever asks for the body or the form later finds it there.
    """
    if request.method not in SAFE_METHODS:
        await (request.form() if _is_form(request) else request.body())


class OnceRoute(APIRoute):
    """A route that stores its answer beside its effect when the request came with a key."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the handler. It runs inside the transaction, which is committed after it returns."""
        handle = super().get_route_handler()

        async def handle_once(request: Request) -> Response:
            try:
                await _read_body(request)
            except ClientDisconnect:
                return Response(status_code=HUNG_UP)
            try:
                response = await handle(request)
            except Replay as replay:
                return replay.answer
            row: IdempotencyKey | None = getattr(request.state, "idempotency", None)
            if row is not None:
                row.status = response.status_code
                row.body = bytes(response.body)
                row.headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
                await run_in_threadpool(request.state.session.flush)
            return response

        return handle_once


def api_router(*, tag: str, ahead: Callable[..., object] | None = None) -> APIRouter:
    """Make the router of a domain, under `/api/v1`; `ahead` runs before the transaction of each request begins."""
    first = [Depends(ahead)] if ahead is not None else []
    return APIRouter(
        prefix="/api/v1",
        tags=[tag],
        route_class=OnceRoute,
        dependencies=[*first, Depends(_BEARER), Depends(carry_out_once)],
        responses=REFUSALS,
    )


def page_router(*, ahead: Callable[..., object] | None = None, **options: Any) -> APIRouter:
    """Make the router of a journey of pages; its forms carry the key in a hidden field. `ahead` as in `api_router`."""
    first = [Depends(ahead)] if ahead is not None else []
    return APIRouter(
        route_class=OnceRoute, dependencies=[*first, Depends(carry_out_once)], include_in_schema=False, **options
    )
