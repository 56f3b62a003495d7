"""Reads of the outbox."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import Session, col, select

from drone_service.notify.models import Message


def list_newest(session: Session, cooperative_id: UUID, limit: int = 50) -> Sequence[Message]:
    """List the newest messages of a cooperative."""
    statement = select(Message).where(col(Message.cooperative_id) == cooperative_id)
    return session.exec(statement.order_by(col(Message.created_at).desc(), col(Message.id).desc()).limit(limit)).all()
