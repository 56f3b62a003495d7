"""Messages to people: the outbox."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field

from drone_service.kit import db
from drone_service.notify.rules import MessageKind, MessageStatus


class Message(db.Row, table=True):
    """One message to one phone, written in the transaction of what it tells."""

    __tablename__ = "messages"
    __table_args__ = (
        sa.ForeignKeyConstraint(["cooperative_id"], ["cooperatives.id"]),
        sa.Index("ix_messages_newest", "cooperative_id", "created_at"),
    )

    phone_e164: str = Field(max_length=16)
    kind: MessageKind = db.choice(MessageKind)
    language: str = Field(max_length=2)
    text: str = Field(max_length=500)
    params: dict[str, str] = db.json_of(dict[str, str])
    status: MessageStatus = db.choice(MessageStatus, default=MessageStatus.QUEUED)
    sent_at: datetime | None = Field(default=None)
