"""Cooperatives (the tenants), people, roles, sessions, and what keeps a repeated request from acting twice."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from drone_service.access.rules import Role, WorkWindow, ZoneRule
from drone_service.engine.coverage.zones import ZoneKind
from drone_service.engine.operation import Service
from drone_service.kit import db
from drone_service.kit.ids import uuid7


class Cooperative(db.Table, table=True):
    """A tenant and its settings. Its own id is the `cooperative_id` of everything it has."""

    __tablename__ = "cooperatives"
    __table_args__ = (
        sa.CheckConstraint("cong_m2 IN (1000, 1296)", name="cong_m2"),
        sa.CheckConstraint("investment_vnd >= 0", name="investment"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    created_at: datetime
    version: int = Field(default=1)
    name: str = Field(max_length=120)
    short_name: str = Field(max_length=40, unique=True)
    address: str = Field(default="", max_length=200)
    phone_e164: str = Field(max_length=16)
    language: str = Field(default="vi", max_length=2)
    cong_m2: int = Field(default=1296)
    centre_lon: float
    centre_lat: float
    service_radius_km: float = Field(default=40.0)
    base_lon: float
    base_lat: float
    travel_km_h: float = Field(default=25.0)
    travel_factor: float = Field(default=1.4)
    wash_out_min: int = Field(default=20)
    moved_promise_pct: int = Field(default=3)
    """What it costs a plan to move a job whose time was told, in hundredths of what the job brings."""
    investment_vnd: int = db.vnd(default=480_000_000)
    work_windows: list[WorkWindow] = db.json_of(list[WorkWindow])
    zone_rules: dict[ZoneKind, ZoneRule] = db.json_of(dict[ZoneKind, ZoneRule], default_factory=dict)
    """The cooperative's own distances; kinds that are not in it have ours."""
    bank_bin: str = Field(default="", max_length=6)
    bank_account: str = Field(default="", max_length=19)
    bank_account_holder: str = Field(default="", max_length=80)


class Person(db.Row, table=True):
    """Somebody with a phone number, unique over all cooperatives because it is what they sign in with."""

    __tablename__ = "people"
    __table_args__ = (
        sa.ForeignKeyConstraint(["cooperative_id"], ["cooperatives.id"]),
        sa.UniqueConstraint("phone_e164", name="uq_people_phone"),
    )

    name: str = Field(max_length=120)
    phone_e164: str = Field(max_length=16)
    language: str = Field(default="vi", max_length=2)
    place: str = Field(default="", max_length=120)
    password_hash: str = Field(default="", max_length=200)
    active: bool = Field(default=True)
    services: list[Service] = db.json_of(list[Service], default_factory=lambda: list(Service))
    """What an operator may do; of no account for others."""
    licence: str = Field(default="", max_length=60)
    licence_until: date | None = Field(default=None)
    """The last day on which the licence holds. None where no licence is known."""


class PersonRole(db.Table, table=True):
    """One role of one person."""

    __tablename__ = "person_roles"
    __table_args__ = (db.tenant_fk("person_id", "people"),)

    cooperative_id: UUID = Field(primary_key=True)
    person_id: UUID = Field(primary_key=True)
    role: Role = db.choice(Role, primary_key=True)


class LoginSession(db.Row, table=True):
    """A signed-in browser or an API client: only the hash of its token is kept."""

    __tablename__ = "login_sessions"
    __table_args__ = (
        db.tenant_fk("person_id", "people"),
        sa.UniqueConstraint("token_hash", name="uq_login_sessions_token"),
    )

    person_id: UUID = Field(index=True)
    token_hash: str = Field(max_length=64)
    label: str = Field(default="", max_length=200)
    expires_at: datetime
    revoked_at: datetime | None = Field(default=None)


class SignInCode(db.Table, table=True):
    """The open code of a phone number; a new one replaces it. Not a tenant's: the person may be new."""

    __tablename__ = "sign_in_codes"

    phone_e164: str = Field(primary_key=True, max_length=16)
    code_hash: str = Field(max_length=64)
    expires_at: datetime
    attempts_left: int
    sent_at: datetime


class IdempotencyKey(db.Table, table=True):
    """A changing request that was carried out, with its answer, in the transaction of its effect."""

    __tablename__ = "idempotency_keys"

    cooperative_id: UUID = Field(primary_key=True)
    person_id: UUID = Field(primary_key=True)
    key: str = Field(primary_key=True, max_length=80)
    fingerprint: str = Field(max_length=64)
    created_at: datetime
    status: int = Field(default=0)
    headers: dict[str, str] = db.json_of(dict[str, str])
    body: bytes = Field(default=b"", sa_type=sa.LargeBinary)
