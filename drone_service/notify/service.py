"""Telling people: the message and the task that delivers it join the caller's transaction."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from drone_service.access import queries as access_queries
from drone_service.access import service as access_service
from drone_service.kit import tasks
from drone_service.kit.db import enter_tenant
from drone_service.notify.models import Message
from drone_service.notify.rules import MessageKind, Receiver, write_message

DELIVER = "notify.deliver"


def send(
    session: Session,
    *,
    cooperative_id: UUID,
    receiver: Receiver,
    kind: MessageKind,
    params: dict[str, str],
    now: datetime,
) -> Message:
    """Write a message and enqueue its delivery. Rolled back with the caller, delivered once it is committed."""
    message = Message(
        cooperative_id=cooperative_id,
        phone_e164=receiver.phone_e164,
        kind=kind,
        language=receiver.language,
        text=write_message(kind, receiver.language, params)[:500],
        params=params,
        created_at=now,
    )
    session.add(message)
    tasks.enqueue(session, DELIVER, cooperative_id=str(cooperative_id), message_id=str(message.id))
    return message


def send_to_person(
    session: Session,
    *,
    cooperative_id: UUID,
    person_id: UUID,
    kind: MessageKind,
    params: dict[str, str],
    now: datetime,
) -> Message:
    """Write to a person of the cooperative in their own language. Raises PersonNotFound."""
    person = access_queries.get_person(session, cooperative_id, person_id)
    receiver = Receiver(phone_e164=person.phone_e164, language=person.language)
    return send(session, cooperative_id=cooperative_id, receiver=receiver, kind=kind, params=params, now=now)


def send_sign_in_code(session: Session, *, phone_e164: str, language: str, valid: timedelta, now: datetime) -> datetime:
    """Send a one-time code and return when it ends. The answer is the same for known and unknown numbers."""
    person = access_queries.find_person_by_phone(session, phone_e164)
    cooperative_id = person.cooperative_id if person else access_queries.get_host_cooperative(session).id
    enter_tenant(session, cooperative_id)
    code = access_service.new_sign_in_code(session, phone_e164=phone_e164, valid=valid, now=now)
    send(
        session,
        cooperative_id=cooperative_id,
        receiver=Receiver(phone_e164=phone_e164, language=person.language if person else language),
        kind=MessageKind.SIGN_IN_CODE,
        params={"code": code, "minutes": str(int(valid.total_seconds() // 60))},
        now=now,
    )
    return now + valid
