"""Which stored plan a job takes its figures from.

A table of its own and no column of the jobs: SQLite cannot add a key of two columns to a table that others point to.

Revision ID: 0006
Revises: 0005
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "job_flights",
        sa.Column("cooperative_id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("flight_plan_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["cooperative_id", "flight_plan_id"],
            ["flight_plans.cooperative_id", "flight_plans.id"],
            name=op.f("fk_job_flights_cooperative_id_flight_plan_id_flight_plans"),
        ),
        sa.ForeignKeyConstraint(
            ["cooperative_id", "job_id"],
            ["jobs.cooperative_id", "jobs.id"],
            name=op.f("fk_job_flights_cooperative_id_job_id_jobs"),
        ),
        sa.PrimaryKeyConstraint("cooperative_id", "job_id", name=op.f("pk_job_flights")),
    )
    op.create_index("ix_job_flights_plan", "job_flights", ["cooperative_id", "flight_plan_id"])


def downgrade() -> None:
    op.drop_table("job_flights")
