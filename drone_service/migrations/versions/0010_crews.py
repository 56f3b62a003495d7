"""Who flies which aircraft, what each may do, and licences with their last day.

Revision ID: 0010
Revises: 0009
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_EVERYTHING = '["spray", "spread", "sow"]'
"""What everybody and every aircraft could do before anybody said otherwise."""


def upgrade() -> None:
    services = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    op.add_column("people", sa.Column("services", services, nullable=False, server_default=_EVERYTHING))
    op.add_column("people", sa.Column("licence", sa.String(60), nullable=False, server_default=""))
    op.add_column("people", sa.Column("licence_until", sa.Date(), nullable=True))
    op.add_column("aircraft", sa.Column("services", services, nullable=False, server_default=_EVERYTHING))
    op.add_column("aircraft", sa.Column("needs_licence", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "crew_members",
        sa.Column("cooperative_id", sa.Uuid(), nullable=False),
        sa.Column("aircraft_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["cooperative_id", "aircraft_id"],
            ["aircraft.cooperative_id", "aircraft.id"],
            name=op.f("fk_crew_members_cooperative_id_aircraft_id"),
        ),
        sa.ForeignKeyConstraint(
            ["cooperative_id", "person_id"],
            ["people.cooperative_id", "people.id"],
            name=op.f("fk_crew_members_cooperative_id_person_id"),
        ),
        sa.PrimaryKeyConstraint("cooperative_id", "aircraft_id", "person_id", name=op.f("pk_crew_members")),
    )


def downgrade() -> None:
    op.drop_table("crew_members")
    for table, columns in (("aircraft", ("needs_licence", "services")), ("people", ("licence_until", "licence", "services"))):
        for column in columns:
            op.drop_column(table, column)
