"""The stored plan of a field."""

from uuid import UUID

import sqlalchemy as sa

from drone_service.kit import db
from drone_service.planning.schemas import Estimate


class FlightPlan(db.Row, table=True):
    """A plan as it was made; it is never changed, another plan is another row."""

    __tablename__ = "flight_plans"
    __table_args__ = (
        db.tenant_fk("field_id", "fields"),
        sa.Index("ix_flight_plans_field", "cooperative_id", "field_id"),
    )

    field_id: UUID
    estimate: Estimate = db.json_of(Estimate)
