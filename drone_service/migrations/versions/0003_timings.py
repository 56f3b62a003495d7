"""The times of finished jobs and what they teach.

Revision ID: 0003
Revises: 0002
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_NOTED = ("setup_min", "fill_min", "pack_up_min")


def _json() -> sa.JSON:
    return sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    for name in _NOTED:
        op.add_column("works", sa.Column(name, sa.Float(), nullable=True))
    op.create_table(
        "job_timings",
        sa.Column("cooperative_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("aircraft_id", sa.Uuid(), nullable=False),
        sa.Column("pilot_id", sa.Uuid(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("planned", _json(), nullable=False),
        sa.Column("actual", _json(), nullable=False),
        sa.Column("told", _json(), nullable=False),
        sa.Column("told_crew", _json(), nullable=False),
        sa.ForeignKeyConstraint(
            ["cooperative_id", "aircraft_id"],
            ["aircraft.cooperative_id", "aircraft.id"],
            name=op.f("fk_job_timings_cooperative_id_aircraft_id_aircraft"),
        ),
        sa.ForeignKeyConstraint(
            ["cooperative_id", "job_id"],
            ["jobs.cooperative_id", "jobs.id"],
            name=op.f("fk_job_timings_cooperative_id_job_id_jobs"),
        ),
        sa.ForeignKeyConstraint(
            ["cooperative_id", "pilot_id"],
            ["people.cooperative_id", "people.id"],
            name=op.f("fk_job_timings_cooperative_id_pilot_id_people"),
        ),
        sa.PrimaryKeyConstraint("cooperative_id", "id", name=op.f("pk_job_timings")),
        sa.UniqueConstraint("cooperative_id", "job_id", name=op.f("uq_job_timings_cooperative_id_job_id")),
    )
    op.create_index("ix_job_timings_aircraft", "job_timings", ["cooperative_id", "aircraft_id", "finished_at"])
    op.create_table(
        "aircraft_lessons",
        sa.Column("cooperative_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("aircraft_id", sa.Uuid(), nullable=False),
        sa.Column("lessons", _json(), nullable=False),
        sa.Column("crews", _json(), nullable=False),
        sa.Column("left_out", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["cooperative_id", "aircraft_id"],
            ["aircraft.cooperative_id", "aircraft.id"],
            name=op.f("fk_aircraft_lessons_cooperative_id_aircraft_id_aircraft"),
        ),
        sa.PrimaryKeyConstraint("cooperative_id", "id", name=op.f("pk_aircraft_lessons")),
        sa.UniqueConstraint(
            "cooperative_id", "aircraft_id", name=op.f("uq_aircraft_lessons_cooperative_id_aircraft_id")
        ),
    )


def downgrade() -> None:
    op.drop_table("aircraft_lessons")
    op.drop_index("ix_job_timings_aircraft", table_name="job_timings")
    op.drop_table("job_timings")
    for name in _NOTED:
        op.drop_column("works", name)
