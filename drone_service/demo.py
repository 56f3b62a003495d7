"""The demonstration cooperative: made by code with a fixed seed, so that everybody sees the same one."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session

from drone_service.access import service as access
from drone_service.access.models import Cooperative
from drone_service.access.rules import WorkWindow
from drone_service.access.schemas import PersonIn
from drone_service.kit.db import Database, enter_tenant
from drone_service.web.demonstration import DEMO_LOGINS

LOG_INS = DEMO_LOGINS


def load_if_empty(database: Database, *, now: datetime) -> bool:
    """Load the demonstration into a database without a cooperative, and tell whether it did."""
    with database.transaction() as session:
        if session.execute(sa.select(sa.func.count()).select_from(Cooperative)).scalar_one():
            return False
        _load(session, now)
    return True


def _load(session: Session, now: datetime) -> None:
    cooperative = Cooperative(
        created_at=now,
        name="Demonstration cooperative",
        short_name="demo",
        phone_e164="+84900000000",
        centre_lon=105.72,
        centre_lat=9.43,
        base_lon=105.72,
        base_lat=9.43,
        work_windows=[
            WorkWindow.model_validate({"starts": "05:00", "ends": "10:00"}),
            WorkWindow.model_validate({"starts": "15:00", "ends": "18:00"}),
        ],
    )
    session.add(cooperative)
    session.flush()
    enter_tenant(session, cooperative.id)
    for log_in in LOG_INS:
        data = PersonIn(name=log_in.name, phone=log_in.phone, roles={log_in.role}, password=log_in.password)
        access.create_person(session, cooperative_id=cooperative.id, data=data)
