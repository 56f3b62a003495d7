"""The dependencies that tell a handler who is asking."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, TypeVar

from fastapi import Depends, Request
from limits import RateLimitItemPerHour
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from sqlmodel import Session

from drone_service.access import queries, tokens
from drone_service.access.rules import Actor
from drone_service.kit.clock import NowDep
from drone_service.kit.db import Database, SessionDep, enter_tenant
from drone_service.kit.errors import DomainError, NotSignedIn, TooManyRequests
from drone_service.kit.i18n import LANGUAGE_COOKIE, choose_language
from drone_service.kit.settings import Settings

SESSION_COOKIE = "session"
Found = TypeVar("Found")


def language_of(request: Request) -> str:
    """Return the language a request is answered in."""
    return choose_language(request.cookies.get(LANGUAGE_COOKIE), request.headers.get("accept-language"))


# Dependencies that wait for nothing are `async`: FastAPI sends the others to a thread and back, each on its own.
async def _language(request: Request) -> str:
    return language_of(request)


LanguageDep = Annotated[str, Depends(_language)]


async def settings_of(request: Request) -> Settings:
    """Return the settings the running program was built with."""
    settings: Settings = request.app.state.settings
    return settings


SettingsDep = Annotated[Settings, Depends(settings_of)]


def token_of(request: Request) -> str | None:
    """Return the token of a request: the bearer token, else the cookie of the pages."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        return token.strip()
    return request.cookies.get(SESSION_COOKIE)


def find_actor(session: Session, token: str, now: NowDep, language: str) -> Actor | None:
    """Find who a token stands for and bind the transaction to their cooperative."""
    login = queries.find_live_session(session, tokens.hash_token(token), now)
    if login is None:
        return None
    enter_tenant(session, login.cooperative_id)
    return queries.find_caller(session, login, language)


def optional_actor(request: Request, session: SessionDep, now: NowDep, language: LanguageDep) -> Actor | None:
    """Return who is asking, or None for a visitor."""
    token = token_of(request)
    return find_actor(session, token, now, language) if token else None


OptionalActorDep = Annotated[Actor | None, Depends(optional_actor)]


async def current_actor(request: Request, actor: OptionalActorDep) -> Actor:
    """Return who is asking. Raises NotSignedIn."""
    if actor is None:
        raise NotSignedIn
    request.state.actor = replace(actor)
    return actor


ActorDep = Annotated[Actor, Depends(current_actor)]


def look_ahead(request: Request, now: datetime, read: Callable[[Session, Actor], Found]) -> Found | None:
    """Read something for the caller in a short transaction of its own, before that of the request begins.

    For work that takes long and changes nothing, so that no lock is held meanwhile. None for a visitor, and where a
    refusal stands in the way: the request itself will come upon it and say so, or answer what it answered before.
    """
    token = token_of(request)
    if token is None:
        return None
    database: Database = request.app.state.database
    try:
        with database.transaction(write=False) as session:
            actor = find_actor(session, token, now, language_of(request))
            return read(session, actor) if actor is not None else None
    except DomainError:
        return None


class SignInLimit:
    """How often one number and one address may try to sign in; kept in the memory of the process."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._per_phone = RateLimitItemPerHour(30)
        self._per_address = RateLimitItemPerHour(200)

    def ensure(self, phone_e164: str, address: str) -> None:
        """Count one try. Raises TooManyRequests."""
        by_phone = self._limiter.hit(self._per_phone, "phone", phone_e164)
        if not (by_phone and self._limiter.hit(self._per_address, "address", address)):
            raise TooManyRequests(wait_minutes=60)


async def sign_in_limit(request: Request) -> SignInLimit:
    """Return the limit of the running program."""
    limit: SignInLimit = request.app.state.sign_in_limit
    return limit


SignInLimitDep = Annotated[SignInLimit, Depends(sign_in_limit)]


def session_length(settings: Settings) -> timedelta:
    """Return how long a new session lasts."""
    return timedelta(days=settings.session_days)
