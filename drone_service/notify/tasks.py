"""Delivery in the background. No transaction is open while the gateway is called."""

from uuid import UUID

import httpx

from drone_service.kit.db import enter_tenant
from drone_service.kit.settings import get_settings
from drone_service.kit.tasks import TaskRun, task
from drone_service.notify.channels import Letter, notifier_of
from drone_service.notify.models import Message
from drone_service.notify.rules import SECRET_KINDS, MessageStatus
from drone_service.notify.service import DELIVER


@task(DELIVER)
def deliver(run: TaskRun, *, cooperative_id: UUID, message_id: UUID) -> None:
    """Deliver one message. Safe to run again: a message that was sent stays sent."""
    with run.transaction(write=False) as session:
        enter_tenant(session, cooperative_id)
        message = session.get(Message, (cooperative_id, message_id))
        if message is None or message.status is MessageStatus.SENT:
            return
        letter = Letter(str(message.id), message.phone_e164, message.text, message.params)
    with httpx.Client() as client:
        notifier = notifier_of(get_settings(), client)
        notifier.send(letter)
    with run.transaction() as session:
        enter_tenant(session, cooperative_id)
        sent = session.get(Message, (cooperative_id, message_id))
        if sent is not None:
            sent.status, sent.sent_at = MessageStatus.SENT, run.clock()
            if sent.kind in SECRET_KINDS and not notifier.keeps_text:
                sent.text, sent.params = "", {}
