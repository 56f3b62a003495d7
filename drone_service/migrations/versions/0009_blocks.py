"""Jobs that are flown as one block.

Revision ID: 0009
Revises: 0008
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "blocks",
        sa.Column("cooperative_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("made_by_id", sa.Uuid(), nullable=False),
        sa.Column("shared_percent", sa.Integer(), nullable=False),
        sa.Column("plan", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.CheckConstraint("shared_percent BETWEEN 0 AND 100", name=op.f("ck_blocks_shared")),
        sa.ForeignKeyConstraint(
            ["cooperative_id", "made_by_id"],
            ["people.cooperative_id", "people.id"],
            name=op.f("fk_blocks_cooperative_id_made_by_id"),
        ),
        sa.PrimaryKeyConstraint("cooperative_id", "id", name=op.f("pk_blocks")),
    )
    op.create_table(
        "block_jobs",
        sa.Column("cooperative_id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("block_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["cooperative_id", "block_id"],
            ["blocks.cooperative_id", "blocks.id"],
            name=op.f("fk_block_jobs_cooperative_id_block_id"),
        ),
        sa.ForeignKeyConstraint(
            ["cooperative_id", "job_id"],
            ["jobs.cooperative_id", "jobs.id"],
            name=op.f("fk_block_jobs_cooperative_id_job_id"),
        ),
        sa.PrimaryKeyConstraint("cooperative_id", "job_id", name=op.f("pk_block_jobs")),
    )
    op.create_index("ix_block_jobs_block", "block_jobs", ["cooperative_id", "block_id"])


def downgrade() -> None:
    op.drop_table("block_jobs")
    op.drop_table("blocks")
