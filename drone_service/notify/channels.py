"""The ways out: the outbox page and the log, an SMS gateway, and Zalo's notification service (ZNS)."""

from dataclasses import dataclass
from typing import Protocol

import httpx
import structlog

from drone_service.kit.errors import Unavailable
from drone_service.kit.http import Answer, CallFailed, call
from drone_service.kit.settings import NotifierKind, Settings

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Letter:
    """A message ready to leave; `tracking_id` is the same at every try, so that a gateway can drop repeats."""

    tracking_id: str
    phone_e164: str
    text: str
    params: dict[str, str]


class Notifier(Protocol):
    """A way to reach a phone."""

    keeps_text: bool
    """True where the outbox itself is how the text is read."""

    def send(self, letter: Letter) -> None:
        """Send one letter. Raises Unavailable, after which it is tried again."""
        ...


class OutboxNotifier:
    """Leaves the message in the outbox, where the demonstration shows it, and a line in the log without the number."""

    keeps_text = True

    def send(self, letter: Letter) -> None:
        log.info("notify.outbox", message_id=letter.tracking_id)


@dataclass(frozen=True)
class SmsNotifier:
    """Posts JSON to an SMS gateway: `{to, from, text, id}` with a bearer token."""

    client: httpx.Client
    url: str
    token: str
    sender: str
    deadline_s: float
    keeps_text = False

    def send(self, letter: Letter) -> None:
        body = {"to": letter.phone_e164, "from": self.sender, "text": letter.text, "id": letter.tracking_id}
        _post(self.client, self.url, body, {"Authorization": f"Bearer {self.token}"}, self.deadline_s)


@dataclass(frozen=True)
class ZnsNotifier:
    """Sends through a ZNS template that Zalo has approved; the places of the template are our parameters."""

    client: httpx.Client
    url: str
    token: str
    template_id: str
    deadline_s: float
    keeps_text = False

    def send(self, letter: Letter) -> None:
        body = {
            "phone": letter.phone_e164.removeprefix("+"),
            "template_id": self.template_id,
            "template_data": {**letter.params, "content": letter.text[:400]},
            "tracking_id": letter.tracking_id,
        }
        answer = _post(self.client, self.url, body, {"access_token": self.token}, self.deadline_s)
        try:
            result = answer.json()
        except CallFailed as error:
            raise Unavailable from error
        # ZNS answers 200 for refusals too; the outcome is in the body.
        if not isinstance(result, dict) or result.get("error") != 0:
            raise Unavailable


def _post(client: httpx.Client, url: str, body: object, headers: dict[str, str], deadline_s: float) -> Answer:
    try:
        return call(client, "POST", url, json=body, headers=headers, deadline_s=deadline_s)
    except CallFailed as error:
        raise Unavailable from error


def notifier_of(settings: Settings, client: httpx.Client) -> Notifier:
    """Return the way out that the host has set."""
    if settings.notifier is NotifierKind.SMS:
        return SmsNotifier(
            client,
            settings.sms_url,
            settings.sms_token.get_secret_value(),
            settings.sms_sender,
            settings.http_timeout_s,
        )
    if settings.notifier is NotifierKind.ZNS:
        return ZnsNotifier(
            client,
            settings.zns_url,
            settings.zns_token.get_secret_value(),
            settings.zns_template_id,
            settings.http_timeout_s,
        )
    return OutboxNotifier()
