"""Zones to keep clear of, and the cooperative's own distances.

Revision ID: 0004
Revises: 0003
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_KINDS = (
    "house", "tree", "pole", "power_line", "pond", "canal", "aquaculture", "beehive", "road", "neighbour_crop",
)  # fmt: skip


def upgrade() -> None:
    kind = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    op.add_column("cooperatives", sa.Column("zone_rules", kind, nullable=False, server_default="{}"))
    op.create_table(
        "zones",
        sa.Column("cooperative_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("added_by", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(*_KINDS, name="zonekind", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("geometry", sa.LargeBinary(), nullable=False),
        sa.Column("west", sa.Float(), nullable=False),
        sa.Column("south", sa.Float(), nullable=False),
        sa.Column("east", sa.Float(), nullable=False),
        sa.Column("north", sa.Float(), nullable=False),
        sa.Column("buffer_m", sa.Float(), nullable=True),
        sa.Column("may_overfly", sa.Boolean(), nullable=True),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("buffer_m >= 0 AND buffer_m <= 500", name=op.f("ck_zones_buffer")),
        sa.CheckConstraint("south <= north", name=op.f("ck_zones_box")),
        sa.ForeignKeyConstraint(
            ["cooperative_id", "added_by"],
            ["people.cooperative_id", "people.id"],
            name=op.f("fk_zones_cooperative_id_added_by"),
        ),
        sa.PrimaryKeyConstraint("cooperative_id", "id", name=op.f("pk_zones")),
    )
    op.create_index("ix_zones_box", "zones", ["cooperative_id", "west", "east"])
    op.create_index("ix_zones_added_by", "zones", ["cooperative_id", "added_by"])


def downgrade() -> None:
    op.drop_table("zones")
    op.drop_column("cooperatives", "zone_rules")
