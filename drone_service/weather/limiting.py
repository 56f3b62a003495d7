"""Changing limits: the cooperative's own, and those of its work with one product."""

from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session, col, select

from drone_service.access.rules import Actor, ensure_owner, ensure_staff
from drone_service.kit.db import flush_or_raise
from drone_service.kit.errors import PreconditionFailed
from drone_service.kit.etag import ensure_version
from drone_service.weather import queries
from drone_service.weather.limits import DEFAULTS, LIMITS, Limits, ensure_order
from drone_service.weather.models import LimitSet
from drone_service.weather.schemas import LimitOut, LimitsIn, LimitsOut

UNCHANGED = 1
"""The version of limits that nobody has changed yet: there is no row, and the first one has version 2."""


@dataclass
class LimitView:
    """Limits with their version, for the ETag and for forms."""

    version: int
    shown: LimitsOut


def show_limits(session: Session, *, actor: Actor, product_id: UUID | None = None) -> LimitView:
    """Return the limits for those who run the cooperative. Raises RoleNeeded. The product is known to exist."""
    ensure_staff(actor)
    row = _find(session, actor.cooperative_id, product_id)
    inherited = _inherited(session, actor.cooperative_id, product_id)
    changes = row.changes if row else {}
    limits = [
        LimitOut(
            name=name,
            value=changes.get(name, getattr(inherited, name)),
            inherited=getattr(inherited, name),
            default=getattr(DEFAULTS, name),
            is_changed=name in changes,
            unit=spec.unit,
            least=spec.least,
            most=spec.most,
            origin=spec.origin,
            source=spec.source,
        )
        for name, spec in LIMITS.items()
    ]
    return LimitView(row.version if row else UNCHANGED, LimitsOut(product_id=product_id, limits=limits))


def set_limits(
    session: Session, *, actor: Actor, data: LimitsIn, expected_version: int, product_id: UUID | None = None
) -> LimitView:
    """Replace what differs from the inherited limits. Owners only. The product is known to exist.

    Raises RoleNeeded, PreconditionFailed, LimitsContradict.
    """
    ensure_owner(actor)
    row = _find(session, actor.cooperative_id, product_id, locked=True)
    ensure_version(row or _Unchanged(), expected_version)
    inherited = _inherited(session, actor.cooperative_id, product_id)
    wanted = {name: value for name, value in data.model_dump().items() if value is not None}
    changes = {name: value for name, value in wanted.items() if value != getattr(inherited, name)}
    ensure_order(inherited.changed(changes))
    if row is None:
        row = LimitSet(
            cooperative_id=actor.cooperative_id, product_id=product_id, changes=changes, version=UNCHANGED + 1
        )
        session.add(row)
    else:
        row.changes = changes
    flush_or_raise(session, dict.fromkeys(("uq_weather_limits_own", "uq_weather_limits_product"), PreconditionFailed()))
    return show_limits(session, actor=actor, product_id=product_id)


class _Unchanged:
    version = UNCHANGED


def _find(session: Session, cooperative_id: UUID, product_id: UUID | None, *, locked: bool = False) -> LimitSet | None:
    of = col(LimitSet.product_id)
    statement = select(LimitSet).where(
        col(LimitSet.cooperative_id) == cooperative_id, of.is_(None) if product_id is None else of == product_id
    )
    return session.exec(statement.with_for_update() if locked else statement).first()


def _inherited(session: Session, cooperative_id: UUID, product_id: UUID | None) -> Limits:
    return DEFAULTS if product_id is None else queries.get_limits(session, cooperative_id).own
