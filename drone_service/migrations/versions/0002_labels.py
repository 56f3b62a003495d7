"""What labels say about sharing a tank.

Revision ID: 0002
Revises: 0001
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_LISTS = ("not_with_groups", "not_with_products")


def upgrade() -> None:
    op.add_column("products", sa.Column("least_water_l_per_ha", sa.Float(), nullable=False, server_default="0"))
    for name in _LISTS:
        kind = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
        op.add_column("products", sa.Column(name, kind, nullable=False, server_default="[]"))


def downgrade() -> None:
    for name in (*_LISTS, "least_water_l_per_ha"):
        op.drop_column("products", name)
