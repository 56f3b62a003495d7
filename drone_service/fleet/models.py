"""The cooperative's own aircraft."""

from uuid import UUID

import sqlalchemy as sa
import sqlmodel

from drone_service.engine.operation import Service
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
    services: list[Service] = db.json_of(list[Service], default_factory=lambda: list(Service))
    """What it is fit for: it has the tank, the spreader, the seed plate."""
    needs_licence: bool = sqlmodel.Field(default=False)
    """Whether somebody of its crew must hold a licence on the day."""


class CrewMember(db.Table, table=True):
    """Somebody who flies or fills one aircraft. An aircraft without any is flown by every operator."""

    __tablename__ = "crew_members"
    __table_args__ = (db.tenant_fk("aircraft_id", "aircraft"), db.tenant_fk("person_id", "people"))

    cooperative_id: UUID = sqlmodel.Field(primary_key=True)
    aircraft_id: UUID = sqlmodel.Field(primary_key=True)
    person_id: UUID = sqlmodel.Field(primary_key=True)
