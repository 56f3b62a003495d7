"""Asking for a sign-in code under `/api/v1`."""

from datetime import timedelta

from fastapi import Request

from drone_service.access.api import caller_address
from drone_service.access.deps import LanguageDep, SettingsDep, SignInLimitDep
from drone_service.access.routes import FOR_VISITORS, api_router
from drone_service.access.schemas import CodeRequest, CodeSent
from drone_service.kit.clock import NowDep
from drone_service.kit.db import SessionDep
from drone_service.notify import service

router = api_router(tag="access")


@router.post("/sign-in-codes", status_code=202, openapi_extra=FOR_VISITORS)
def send_sign_in_code(
    data: CodeRequest,
    request: Request,
    session: SessionDep,
    now: NowDep,
    language: LanguageDep,
    settings: SettingsDep,
    limit: SignInLimitDep,
) -> CodeSent:
    """Send six digits to a phone, to sign in with."""
    limit.ensure(data.phone, caller_address(request))
    valid = timedelta(minutes=settings.sign_in_code_minutes)
    ends_at = service.send_sign_in_code(session, phone_e164=data.phone, language=language, valid=valid, now=now)
    return CodeSent(phone=data.phone, expires_at=ends_at)
