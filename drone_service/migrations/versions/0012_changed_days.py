"""A message may be that a published day has changed.

Revision ID: 0012
Revises: 0011
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_OLD_KINDS = (
    "sign_in_code", "job_requested", "job_confirmed", "job_refused", "job_cancelled", "job_scheduled", "job_done",
    "job_moved", "job_postponed", "day_published",
)  # fmt: skip


def upgrade() -> None:
    _allow_kinds(*_OLD_KINDS, "day_changed")


def _allow_kinds(*kinds: str) -> None:
    """Replace the check of the kinds of messages; SQLite knows no other way than a new table."""
    name = op.f("ck_messages_messagekind")
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(name, "messages", type_="check")
        op.create_check_constraint(name, "messages", sa.column("kind").in_(kinds))
        return
    with op.batch_alter_table("messages", recreate="always") as batch:
        batch.drop_constraint(name, type_="check")
        batch.create_check_constraint(name, sa.column("kind").in_(kinds))


def downgrade() -> None:
    messages = sa.table("messages", sa.column("kind"))
    # Of every cooperative: the older program cannot read this kind.
    op.execute(sa.delete(messages).where(messages.c.kind == "day_changed"), execution_options={"across_tenants": True})
    _allow_kinds(*_OLD_KINDS)
