"""A change of the board may be a group that was put into a half-day.

Revision ID: 0011
Revises: 0010
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_OLD_KINDS = ("move", "take_off", "pin", "plan", "turn")


def upgrade() -> None:
    _allow_kinds(*_OLD_KINDS, "gather")


def _allow_kinds(*kinds: str) -> None:
    """Replace the check of the kinds of changes; SQLite knows no other way than a new table."""
    name = op.f("ck_schedule_changes_changekind")
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(name, "schedule_changes", type_="check")
        op.create_check_constraint(name, "schedule_changes", sa.column("kind").in_(kinds))
        return
    with op.batch_alter_table("schedule_changes", recreate="always") as batch:
        batch.drop_constraint(name, type_="check")
        batch.create_check_constraint(name, sa.column("kind").in_(kinds))


def downgrade() -> None:
    changes = sa.table("schedule_changes", sa.column("kind"))
    # Of every cooperative: the older program cannot read this kind.
    op.execute(
        sa.update(changes).where(changes.c.kind == "gather").values(kind="plan"),
        execution_options={"across_tenants": True},
    )
    _allow_kinds(*_OLD_KINDS)
