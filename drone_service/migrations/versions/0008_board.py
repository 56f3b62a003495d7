"""The board: what farmers were told, locked and published days, changes that can be undone, plans in the background.

Revision ID: 0008
Revises: 0007
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_OLD_KINDS = (
    "sign_in_code", "job_requested", "job_confirmed", "job_refused", "job_cancelled", "job_scheduled", "job_done",
)  # fmt: skip
_NEW_KINDS = ("job_moved", "job_postponed", "day_published")


def _json() -> sa.JSON:
    return sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(), "postgresql")


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=True)


def _row_columns() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("cooperative_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
    )


def _choice(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=24)


def upgrade() -> None:
    op.add_column("visits", _moment("told_from"))
    op.add_column("visits", _moment("told_until"))
    op.add_column("cooperatives", sa.Column("moved_promise_pct", sa.Integer(), nullable=False, server_default="3"))
    op.create_table(
        "day_states",
        sa.Column("cooperative_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        _moment("locked_at"),
        _moment("published_at"),
        sa.ForeignKeyConstraint(["cooperative_id"], ["cooperatives.id"], name=op.f("fk_day_states_cooperative_id")),
        sa.PrimaryKeyConstraint("cooperative_id", "day", name=op.f("pk_day_states")),
    )
    _create_changes()
    _create_runs()
    _allow_kinds(*_OLD_KINDS, *_NEW_KINDS)


def _create_changes() -> None:
    op.create_table(
        "schedule_changes",
        *_row_columns(),
        sa.Column("made_by_id", sa.Uuid(), nullable=False),
        sa.Column("kind", _choice("changekind", "move", "take_off", "pin", "plan", "turn"), nullable=False),
        sa.Column("before", _json(), nullable=False),
        sa.Column("after", _json(), nullable=False),
        _moment("undone_at"),
        sa.ForeignKeyConstraint(
            ["cooperative_id", "made_by_id"],
            ["people.cooperative_id", "people.id"],
            name=op.f("fk_schedule_changes_cooperative_id_made_by_id"),
        ),
        sa.PrimaryKeyConstraint("cooperative_id", "id", name=op.f("pk_schedule_changes")),
    )
    op.create_index("ix_schedule_changes_newest", "schedule_changes", ["cooperative_id", "created_at"])
    op.create_index("ix_schedule_changes_made_by_id", "schedule_changes", ["cooperative_id", "made_by_id"])


def _create_runs() -> None:
    states = _choice("runstate", "waiting", "running", "ready", "accepted", "discarded", "failed")
    op.create_table(
        "plan_runs",
        *_row_columns(),
        sa.Column("requested_by_id", sa.Uuid(), nullable=False),
        sa.Column("days", _json(), nullable=False),
        sa.Column("active_key", sa.String(length=120), nullable=True),
        sa.Column("state", states, nullable=False),
        sa.Column("turn", _json(), nullable=True),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("progress", sa.Float(), nullable=False),
        _moment("started_at"),
        _moment("seen_at"),
        _moment("finished_at"),
        sa.Column("stop_asked", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("base", sa.String(length=64), nullable=False),
        sa.Column("best", _json(), nullable=True),
        sa.Column("failure", sa.String(length=80), nullable=False),
        sa.CheckConstraint("progress >= 0 AND progress <= 1", name=op.f("ck_plan_runs_progress")),
        sa.ForeignKeyConstraint(
            ["cooperative_id", "requested_by_id"],
            ["people.cooperative_id", "people.id"],
            name=op.f("fk_plan_runs_cooperative_id_requested_by_id"),
        ),
        sa.PrimaryKeyConstraint("cooperative_id", "id", name=op.f("pk_plan_runs")),
        sa.UniqueConstraint("cooperative_id", "active_key", name="uq_plan_runs_active"),
    )
    op.create_index("ix_plan_runs_newest", "plan_runs", ["cooperative_id", "created_at"])
    op.create_index("ix_plan_runs_requested_by_id", "plan_runs", ["cooperative_id", "requested_by_id"])


def _allow_kinds(*kinds: str) -> None:
    """Replace the check of the kinds of messages; SQLite knows no other way than a new table."""
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(op.f("ck_messages_messagekind"), "messages", type_="check")
        op.create_check_constraint(op.f("ck_messages_messagekind"), "messages", sa.column("kind").in_(kinds))
        return
    with op.batch_alter_table("messages", recreate="always") as batch:
        batch.drop_constraint(op.f("ck_messages_messagekind"), type_="check")
        batch.create_check_constraint(op.f("ck_messages_messagekind"), sa.column("kind").in_(kinds))


def downgrade() -> None:
    messages = sa.table("messages", sa.column("kind"))
    # Of every cooperative: the older program cannot read these kinds.
    op.execute(
        sa.delete(messages).where(messages.c.kind.in_(_NEW_KINDS)), execution_options={"across_tenants": True}
    )
    _allow_kinds(*_OLD_KINDS)
    for name in ("plan_runs", "schedule_changes", "day_states"):
        op.drop_table(name)
    op.drop_column("cooperatives", "moved_promise_pct")
    op.drop_column("visits", "told_until")
    op.drop_column("visits", "told_from")
