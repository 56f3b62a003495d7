"""The return as a file, in the language of who asks."""

from datetime import date

from sqlmodel import Session

from drone_service.access.queries import get_cooperative
from drone_service.access.rules import Actor
from drone_service.investment import queries, workbook


def export_return(session: Session, actor: Actor, today: date) -> bytes:
    """Return the XLSX file of the return. Raises RoleNeeded."""
    cooperative = get_cooperative(session, actor.cooperative_id)
    return workbook.write(queries.get_return(session, actor, today), cooperative.name, actor.language)
