"""Sign-in, sessions, people and the cooperative under `/api/v1`."""

from uuid import UUID

from fastapi import Request, Response

from drone_service.access import queries, service
from drone_service.access.deps import (
    ActorDep,
    SettingsDep,
    SignInLimitDep,
    session_length,
)
from drone_service.access.models import Cooperative, Person
from drone_service.access.routes import FOR_VISITORS, api_router
from drone_service.access.rules import Role
from drone_service.access.schemas import (
    CooperativeOut,
    CooperativePatch,
    PersonIn,
    PersonOut,
    PersonPatch,
    SessionOut,
    SignedIn,
    SignInWithCode,
    SignInWithPassword,
)
from drone_service.kit.clock import NowDep
from drone_service.kit.db import SessionDep
from drone_service.kit.etag import IfMatchDep, send_etag
from drone_service.kit.paging import AfterQuery, LimitQuery, Page, SearchQuery

router = api_router(tag="access")


def caller_address(request: Request) -> str:
    """Return the address a request comes from."""
    return request.client.host if request.client else ""


@router.post("/sessions/by-code", status_code=201, openapi_extra=FOR_VISITORS)
def sign_in_with_code(
    data: SignInWithCode,
    request: Request,
    session: SessionDep,
    now: NowDep,
    settings: SettingsDep,
    limit: SignInLimitDep,
) -> SignedIn:
    """Sign in with the six digits sent to a phone."""
    limit.ensure(data.phone, caller_address(request))
    login, token = service.sign_in_with_code(
        session, phone_e164=data.phone, code=data.code, label=data.label, valid=session_length(settings), now=now
    )
    return SignedIn(session_id=login.id, token=token, expires_at=login.expires_at)


@router.post("/sessions/by-password", status_code=201, openapi_extra=FOR_VISITORS)
def sign_in_with_password(
    data: SignInWithPassword,
    request: Request,
    session: SessionDep,
    now: NowDep,
    settings: SettingsDep,
    limit: SignInLimitDep,
) -> SignedIn:
    """Sign in with a phone number and a password."""
    limit.ensure(data.phone, caller_address(request))
    login, token = service.sign_in_with_password(
        session,
        phone_e164=data.phone,
        password=data.password,
        label=data.label,
        valid=session_length(settings),
        now=now,
    )
    return SignedIn(session_id=login.id, token=token, expires_at=login.expires_at)


@router.get("/sessions")
def list_sessions(session: SessionDep, actor: ActorDep, now: NowDep) -> list[SessionOut]:
    """List your own live sessions, newest first and two hundred at most."""
    return [
        SessionOut(
            id=login.id,
            label=login.label,
            created_at=login.created_at,
            expires_at=login.expires_at,
            current=login.id == actor.session_id,
        )
        for login in queries.list_sessions(session, actor, now)
    ]


# The converter, because `/sessions/by-code` is a sign-in and no session that could be deleted.
@router.delete("/sessions/{session_id:uuid}", status_code=204)
def revoke_session(session_id: UUID, session: SessionDep, actor: ActorDep, now: NowDep) -> None:
    """Sign out one of your own sessions."""
    service.revoke_session(session, actor=actor, session_id=session_id, now=now)


@router.get("/me")
def get_me(session: SessionDep, actor: ActorDep, response: Response) -> PersonOut:
    """Return who you are."""
    person = queries.get_person(session, actor.cooperative_id, actor.person_id)
    return _shown(person, actor.roles, response)


@router.get("/people")
def list_people(
    session: SessionDep,
    actor: ActorDep,
    role: Role | None = None,
    search: SearchQuery = "",
    limit: LimitQuery = 50,
    after: AfterQuery = None,
) -> Page[PersonOut]:
    """List the people of the cooperative by name."""
    people, following = queries.list_people(session, actor, role=role, search=search, limit=limit, after=after)
    return Page(items=people, next=following)


@router.post("/people", status_code=201)
def add_person(data: PersonIn, session: SessionDep, actor: ActorDep, response: Response) -> PersonOut:
    """Add a person, such as a farmer who called."""
    person = service.add_person(session, actor=actor, data=data)
    response.headers["Location"] = f"/api/v1/people/{person.id}"
    return _shown(person, frozenset(data.roles), response)


@router.get("/people/{person_id}")
def get_person(person_id: UUID, session: SessionDep, actor: ActorDep, response: Response) -> PersonOut:
    """Return one person."""
    person = queries.get_visible_person(session, actor, person_id)
    return _shown(person, queries.roles_of(session, person.cooperative_id, person.id), response)


@router.patch("/people/{person_id}")
def update_person(
    person_id: UUID,
    data: PersonPatch,
    session: SessionDep,
    actor: ActorDep,
    version: IfMatchDep,
    now: NowDep,
    response: Response,
) -> PersonOut:
    """Change a person."""
    person = service.update_person(
        session, actor=actor, person_id=person_id, data=data, expected_version=version, now=now
    )
    return _shown(person, queries.roles_of(session, person.cooperative_id, person.id), response)


@router.get("/cooperative")
def get_cooperative(session: SessionDep, actor: ActorDep, response: Response) -> CooperativeOut:
    """Return the settings of your cooperative."""
    return _settings(queries.get_cooperative(session, actor.cooperative_id), response)


@router.patch("/cooperative")
def update_cooperative(
    data: CooperativePatch, session: SessionDep, actor: ActorDep, version: IfMatchDep, response: Response
) -> CooperativeOut:
    """Change the settings of your cooperative. Owners only."""
    changed = service.update_cooperative(session, actor=actor, data=data, expected_version=version)
    return _settings(changed, response)


def _shown(person: Person, roles: frozenset[Role], response: Response) -> PersonOut:
    send_etag(response, person)
    return queries.person_out(person, roles)


def _settings(cooperative: Cooperative, response: Response) -> CooperativeOut:
    send_etag(response, cooperative)
    return CooperativeOut.model_validate(cooperative)
