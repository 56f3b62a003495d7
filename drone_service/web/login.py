"""Signing in and out, one's own sessions and language, and the outbox of the demonstration."""

from datetime import timedelta
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import Depends, Request
from fastapi.responses import RedirectResponse, Response

from drone_service.access import queries as access_queries
from drone_service.access import service as access_service
from drone_service.access.api import caller_address
from drone_service.access.deps import (
    SESSION_COOKIE,
    ActorDep,
    SettingsDep,
    SignInLimitDep,
    find_actor,
    session_length,
)
from drone_service.access.routes import page_router
from drone_service.access.rules import ensure_staff
from drone_service.access.schemas import CodeRequest, PersonPatch, SignInWithCode, SignInWithPassword
from drone_service.kit.clock import NowDep
from drone_service.kit.db import SessionDep
from drone_service.kit.errors import NotSignedIn
from drone_service.kit.i18n import LANGUAGE_COOKIE, LANGUAGES, N_
from drone_service.kit.settings import Settings
from drone_service.kit.text import latin_digits
from drone_service.notify import queries as notify_queries
from drone_service.notify import service as notify_service
from drone_service.web import navigation
from drone_service.web.forms import FormDep
from drone_service.web.pages import Page, PageDep

router = page_router()

PHONE_COOKIE = "phone"
_A_YEAR_S = 365 * 24 * 3600


def safe_path(path: str) -> str:
    """Return a path on this site, or nothing: `next` must never lead elsewhere."""
    inside = path.startswith("/") and not path.startswith(("//", "/\\")) and "\n" not in path and "\r" not in path
    return path if inside else ""


def next_path(request: Request) -> str:
    """Return where the reader was going."""
    return safe_path(request.query_params.get("next", ""))


NextDep = Annotated[str, Depends(next_path)]


@router.get("/login")
def show_login(page: PageDep, going_to: NextDep) -> Response:
    return page.render("login/phone.html", form=page.blank(CodeRequest), going_to=going_to)


@router.post("/login")
def send_code(
    request: Request,
    page: PageDep,
    form: FormDep,
    session: SessionDep,
    now: NowDep,
    settings: SettingsDep,
    limit: SignInLimitDep,
    going_to: NextDep,
) -> Response:
    bound = page.bind(CodeRequest, form)
    valid = timedelta(minutes=settings.sign_in_code_minutes)
    with bound.catching(session):
        phone = bound.value.phone
        limit.ensure(phone, caller_address(request))
        notify_service.send_sign_in_code(session, phone_e164=phone, language=page.language, valid=valid, now=now)
        response = page.redirect(f"/login/code?next={quote(going_to)}")
        # In a cookie and not in the address, because addresses are logged.
        _set_cookie(response, settings, PHONE_COOKIE, phone, max_age_s=int(valid.total_seconds()))
        return response
    return page.render("login/phone.html", status=bound.status, form=bound, going_to=going_to)


@router.get("/login/code")
def show_code(request: Request, page: PageDep, going_to: NextDep) -> Response:
    phone = request.cookies.get(PHONE_COOKIE)
    if not phone:
        return page.redirect("/login")
    return page.render("login/code.html", form=page.blank(SignInWithCode), phone=phone, going_to=going_to)


@router.post("/login/code")
def sign_in_with_code(
    request: Request,
    page: PageDep,
    form: FormDep,
    session: SessionDep,
    now: NowDep,
    settings: SettingsDep,
    limit: SignInLimitDep,
    going_to: NextDep,
) -> Response:
    phone = request.cookies.get(PHONE_COOKIE, "")
    digits = "".join(character for character in latin_digits(str(form.get("code", ""))) if character.isdigit())
    bound = page.bind(SignInWithCode, {"phone": phone, "code": digits, "label": _label_of(request)})
    with bound.catching(session):
        limit.ensure(bound.value.phone, caller_address(request))
        _, token = access_service.sign_in_with_code(
            session,
            phone_e164=bound.value.phone,
            code=bound.value.code,
            label=bound.value.label,
            valid=session_length(settings),
            now=now,
        )
        return _signed_in(page, session, token, now, going_to)
    return page.render("login/code.html", status=bound.status, form=bound, phone=phone, going_to=going_to)


@router.get("/login/password")
def show_password(page: PageDep, going_to: NextDep) -> Response:
    return page.render("login/password.html", form=page.blank(SignInWithPassword), going_to=going_to)


@router.post("/login/password")
def sign_in_with_password(
    request: Request,
    page: PageDep,
    form: FormDep,
    session: SessionDep,
    now: NowDep,
    settings: SettingsDep,
    limit: SignInLimitDep,
    going_to: NextDep,
) -> Response:
    bound = page.bind(SignInWithPassword, {**form, "label": _label_of(request)})
    with bound.catching(session):
        limit.ensure(bound.value.phone, caller_address(request))
        _, token = access_service.sign_in_with_password(
            session,
            phone_e164=bound.value.phone,
            password=bound.value.password,
            label=bound.value.label,
            valid=session_length(settings),
            now=now,
        )
        return _signed_in(page, session, token, now, going_to)
    return page.render("login/password.html", status=bound.status, form=bound, going_to=going_to)


@router.post("/logout")
def sign_out(page: PageDep, session: SessionDep, actor: ActorDep, now: NowDep) -> Response:
    if actor.session_id is not None:
        access_service.revoke_session(session, actor=actor, session_id=actor.session_id, now=now)
    response = page.redirect("/", message=N_("You have signed out."))
    response.delete_cookie(SESSION_COOKIE, path="/")
    return response


@router.get("/account")
def show_account(page: PageDep, session: SessionDep, actor: ActorDep, now: NowDep) -> Response:
    person = access_queries.get_person(session, actor.cooperative_id, actor.person_id)
    sessions = access_queries.list_sessions(session, actor, now)
    form = page.blank(PersonPatch, name=person.name, place=person.place)
    return page.render("login/account.html", person=person, sessions=sessions, form=form)


@router.post("/account")
def change_account(page: PageDep, form: FormDep, session: SessionDep, actor: ActorDep, now: NowDep) -> Response:
    bound = page.bind(PersonPatch, {name: form.get(name, "") for name in ("name", "place")})
    person = access_queries.get_person(session, actor.cooperative_id, actor.person_id)
    with bound.catching(session):
        access_service.update_person(
            session, actor=actor, person_id=person.id, data=bound.value, expected_version=person.version, now=now
        )
        return page.redirect("/account", message=N_("Saved."))
    sessions = access_queries.list_sessions(session, actor, now)
    return page.render("login/account.html", status=bound.status, person=person, sessions=sessions, form=bound)


@router.post("/sessions/{session_id}/revoke")
def revoke_session(session_id: UUID, page: PageDep, session: SessionDep, actor: ActorDep, now: NowDep) -> Response:
    access_service.revoke_session(session, actor=actor, session_id=session_id, now=now)
    return page.redirect("/account", message=N_("That device is signed out."))


@router.get("/menu")
def show_menu(page: PageDep, actor: ActorDep) -> Response:
    return page.render("login/menu.html", groups=navigation.menu_for(actor))


@router.post("/language")
def choose_language(page: PageDep, form: FormDep, session: SessionDep, settings: SettingsDep, now: NowDep) -> Response:
    language = str(form.get("language", ""))
    response = page.redirect(safe_path(str(form.get("next", ""))) or "/")
    if language not in LANGUAGES:
        return response
    _set_cookie(response, settings, LANGUAGE_COOKIE, language, max_age_s=_A_YEAR_S)
    if page.actor is not None:
        person = access_queries.get_person(session, page.actor.cooperative_id, page.actor.person_id)
        patch = PersonPatch.model_validate({"language": language})
        access_service.update_person(
            session, actor=page.actor, person_id=person.id, data=patch, expected_version=person.version, now=now
        )
    return response


@router.get("/outbox")
def show_outbox(page: PageDep, session: SessionDep) -> Response:
    """Show what was sent: to everybody in the demonstration, whose people are made up, else to staff."""
    if not page.settings.demo:
        ensure_staff(page.signed_in)
    return page.render("login/outbox.html", messages=notify_queries.list_newest(session, page.ours.id, 30))


def _signed_in(page: Page, session: SessionDep, token: str, now: NowDep, going_to: str) -> Response:
    actor = find_actor(session, token, now, page.language)
    if actor is None:
        raise NotSignedIn
    response = page.redirect(going_to or navigation.home_of(actor))
    length = session_length(page.settings)
    _set_cookie(response, page.settings, SESSION_COOKIE, token, max_age_s=int(length.total_seconds()))
    if LANGUAGE_COOKIE not in page.request.cookies:
        person = access_queries.get_person(session, actor.cooperative_id, actor.person_id)
        _set_cookie(response, page.settings, LANGUAGE_COOKIE, person.language, max_age_s=_A_YEAR_S)
    response.delete_cookie(PHONE_COOKIE, path="/")
    return response


def _set_cookie(response: RedirectResponse, settings: Settings, name: str, value: str, *, max_age_s: int) -> None:
    response.set_cookie(
        name, value, max_age=max_age_s, path="/", httponly=True, samesite="lax", secure=settings.cookie_secure
    )


def _label_of(request: Request) -> str:
    """Return words by which somebody recognises their own device."""
    agent = request.headers.get("user-agent", "")
    system = next((name for name in ("Android", "iPhone", "iPad", "Windows", "Mac OS", "Linux") if name in agent), "")
    names = (("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
    browser = next((name for mark, name in names if mark in agent), "")
    return " · ".join(part for part in (browser, system) if part) or agent[:60]
