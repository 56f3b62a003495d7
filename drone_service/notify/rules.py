"""What can be told to people, and by which way."""

from dataclasses import dataclass
from enum import StrEnum

from drone_service.kit.i18n import N_, translate


class MessageStatus(StrEnum):
    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"


class MessageKind(StrEnum):
    """What a message is about; its text, in which `%(name)s` places are filled, is in TEXTS."""

    SIGN_IN_CODE = "sign_in_code"
    JOB_REQUESTED = "job_requested"
    JOB_CONFIRMED = "job_confirmed"
    JOB_REFUSED = "job_refused"
    JOB_CANCELLED = "job_cancelled"
    JOB_SCHEDULED = "job_scheduled"
    JOB_DONE = "job_done"
    JOB_MOVED = "job_moved"
    JOB_POSTPONED = "job_postponed"
    DAY_PUBLISHED = "day_published"
    DAY_CHANGED = "day_changed"


TEXTS = {
    MessageKind.SIGN_IN_CODE: N_(
        "Your sign-in code is %(code)s. It is good for %(minutes)s minutes. Tell it to nobody."
    ),
    MessageKind.JOB_REQUESTED: N_(
        "We have your request for %(field)s, %(area)s, %(price)s. We will call you about the day."
    ),
    MessageKind.JOB_CONFIRMED: N_("Your job for %(field)s is confirmed at %(price)s."),
    MessageKind.JOB_REFUSED: N_("We cannot take your job for %(field)s: %(reason)s"),
    MessageKind.JOB_CANCELLED: N_("Your job for %(field)s is cancelled: %(reason)s"),
    MessageKind.JOB_SCHEDULED: N_("We come to %(field)s on %(day)s at about %(time)s."),
    MessageKind.JOB_MOVED: N_("New time for %(field)s: we come on %(day)s at about %(time)s. %(why)s"),
    MessageKind.JOB_POSTPONED: N_(
        "We cannot come to %(field)s on %(day)s as we said. %(why)s We will tell you the new time."
    ),
    MessageKind.DAY_PUBLISHED: N_("The plan of %(day)s is fixed: %(jobs)s jobs, the first at %(time)s."),
    MessageKind.DAY_CHANGED: N_("The plan of %(day)s has changed. Jobs still to do: %(jobs)s. Look at it again."),
    MessageKind.JOB_DONE: N_("%(field)s is done: %(area)s. To pay: %(price)s."),
}

SECRET_KINDS = frozenset({MessageKind.SIGN_IN_CODE})
"""Kinds whose text is wiped once it has left the house."""


@dataclass(frozen=True)
class Receiver:
    """Who a message goes to."""

    phone_e164: str
    language: str


def write_message(kind: MessageKind, language: str, params: dict[str, str]) -> str:
    """Write the text of a message in the receiver's language."""
    return translate(TEXTS[kind], language, params)
