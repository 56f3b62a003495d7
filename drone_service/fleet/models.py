"""The cooperative's own aircraft."""

import sqlalchemy as sa
import sqlmodel

from drone_service.kit import db


class Aircraft(db.Row, table=True):
    """One machine. Never deleted, since visits and spray logs point to it: it is taken out of service instead."""

    __tablename__ = "aircraft"
    __table_args__ = (
        sa.ForeignKeyConstraint(["cooperative_id"], ["cooperatives.id"]),
        sa.CheckConstraint("battery_sets >= 1", name="battery_sets"),
        # One row of a serial number; machines whose number is not known yet do not stand in each other's way.
        sa.Index(
            "uq_aircraft_serial",
            "cooperative_id",
            "serial",
            unique=True,
            sqlite_where=sa.text("serial <> ''"),
            postgresql_where=sa.text("serial <> ''"),
        ),
    )

    model: str = sqlmodel.Field(max_length=60)
    """Slug of the model in the catalogue."""
    name: str = sqlmodel.Field(max_length=80)
    serial: str = sqlmodel.Field(default="", max_length=60)
    battery_sets: int = sqlmodel.Field(default=3)
    active: bool = sqlmodel.Field(default=True)
