"""The ways out, against a gateway that answers as real ones do: well, with an error, or with a refusal inside a 200."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from drone_service.kit.errors import Unavailable
from drone_service.kit.i18n import LANGUAGES
from drone_service.kit.settings import NotifierKind, Settings
from drone_service.notify.channels import Letter, OutboxNotifier, notifier_of
from drone_service.notify.rules import MessageKind, write_message

LETTER = Letter("m-1", "+84912000001", "Mã của bạn là 123456", {"code": "123456"})
SET = {
    "sms_url": "https://sms.invalid/send",
    "sms_token": SecretStr("s"),
    "sms_sender": "DRONE",
    "zns_url": "https://zns.invalid/template",
    "zns_token": SecretStr("z"),
    "zns_template_id": "77",
}


def send(kind: NotifierKind, handler: Callable[[httpx.Request], httpx.Response]) -> None:
    settings = Settings(_env_file=None, notifier=kind, **SET)
    with httpx.Client(transport=httpx.MockTransport(handler)) as client:
        notifier_of(settings, client).send(LETTER)


def test_the_default_is_the_outbox() -> None:
    with httpx.Client() as client:
        assert isinstance(notifier_of(Settings(_env_file=None), client), OutboxNotifier)


def test_sms_is_posted_with_its_token() -> None:
    seen: list[httpx.Request] = []

    def gateway(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(202)

    send(NotifierKind.SMS, gateway)
    body: dict[str, Any] = json.loads(seen[0].content)
    assert body == {"to": "+84912000001", "from": "DRONE", "text": LETTER.text, "id": "m-1"}
    assert seen[0].headers["authorization"] == "Bearer s"


def test_zns_takes_the_number_without_a_plus_and_the_places_of_its_template() -> None:
    seen: list[httpx.Request] = []

    def zalo(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"error": 0})

    send(NotifierKind.ZNS, zalo)
    body: dict[str, Any] = json.loads(seen[0].content)
    assert (body["phone"], body["template_id"], body["template_data"]["code"]) == ("84912000001", "77", "123456")
    assert seen[0].headers["access_token"] == "z"


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        (NotifierKind.SMS, httpx.Response(500)),
        (NotifierKind.SMS, httpx.Response(200, content=b"x" * 1_000_001)),
        (NotifierKind.ZNS, httpx.Response(200, json={"error": -124})),
        (NotifierKind.ZNS, httpx.Response(200, text="not JSON")),
        (NotifierKind.ZNS, httpx.Response(200, json=[])),
    ],
)
def test_what_did_not_go_out_is_tried_again(kind: NotifierKind, answer: httpx.Response) -> None:
    with pytest.raises(Unavailable):
        send(kind, lambda _request: answer)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", MessageKind)
def test_every_message_fits_one_text(kind: MessageKind, language: str) -> None:
    names = ("code", "minutes", "field", "area", "price", "reason", "day", "time", "jobs", "why")
    text = write_message(kind, language, dict.fromkeys(names, "x"))
    assert 10 < len(text) <= 400
    assert "%(" not in text
