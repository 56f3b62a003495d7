"""Forecasts, the limits of weather that a cooperative changed, and the weather that crews found.

Revision ID: 0005
Revises: 0004
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_PROVIDERS = ("open_meteo", "met_norway", "example")
_OUTCOMES = ("open", "worked", "rain", "wind", "other")


def _json() -> sa.JSON:
    return sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(), "postgresql")


def _row() -> list[sa.Column[object]]:
    return [
        sa.Column("cooperative_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
    ]


def _choice(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=24)


def upgrade() -> None:
    op.create_table(
        "forecasts",
        *_row(),
        sa.Column("cell_x", sa.Integer(), nullable=False),
        sa.Column("cell_y", sa.Integer(), nullable=False),
        sa.Column("provider", _choice("provider", _PROVIDERS), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_modified", sa.String(length=64), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hours", _json(), nullable=False),
        sa.ForeignKeyConstraint(
            ["cooperative_id"], ["cooperatives.id"], name=op.f("fk_forecasts_cooperative_id")
        ),
        sa.PrimaryKeyConstraint("cooperative_id", "id", name=op.f("pk_forecasts")),
    )
    op.create_index("ix_forecasts_cell", "forecasts", ["cooperative_id", "cell_x", "cell_y", "fetched_at"])
    op.create_table(
        "weather_limits",
        *_row(),
        sa.Column("product_id", sa.Uuid(), nullable=True),
        sa.Column("changes", _json(), nullable=False),
        sa.ForeignKeyConstraint(
            ["cooperative_id"], ["cooperatives.id"], name=op.f("fk_weather_limits_cooperative_id")
        ),
        sa.ForeignKeyConstraint(
            ["cooperative_id", "product_id"],
            ["products.cooperative_id", "products.id"],
            name=op.f("fk_weather_limits_cooperative_id_product_id"),
        ),
        sa.PrimaryKeyConstraint("cooperative_id", "id", name=op.f("pk_weather_limits")),
    )
    op.create_index("uq_weather_limits_product", "weather_limits", ["cooperative_id", "product_id"], unique=True)
    op.create_index(
        "uq_weather_limits_own",
        "weather_limits",
        ["cooperative_id"],
        unique=True,
        sqlite_where=sa.text("product_id IS NULL"),
        postgresql_where=sa.text("product_id IS NULL"),
    )
    op.create_table(
        "site_weathers",
        *_row(),
        sa.Column("work_id", sa.Uuid(), nullable=False),
        sa.Column("lon", sa.Float(), nullable=False),
        sa.Column("lat", sa.Float(), nullable=False),
        sa.Column("sprays", sa.Boolean(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("wind_m_s", sa.Float(), nullable=True),
        sa.Column("temperature_c", sa.Float(), nullable=True),
        sa.Column("humidity_pct", sa.Float(), nullable=True),
        sa.Column("outcome", _choice("outcome", _OUTCOMES), nullable=False),
        sa.Column("limits", _json(), nullable=False),
        sa.Column("held", _json(), nullable=True),
        sa.Column("planned", _json(), nullable=True),
        sa.ForeignKeyConstraint(
            ["cooperative_id", "work_id"],
            ["works.cooperative_id", "works.id"],
            name=op.f("fk_site_weathers_cooperative_id_work_id"),
        ),
        sa.PrimaryKeyConstraint("cooperative_id", "id", name=op.f("pk_site_weathers")),
        sa.UniqueConstraint("cooperative_id", "work_id", name=op.f("uq_site_weathers_cooperative_id_work_id")),
    )
    op.create_index("ix_site_weathers_started", "site_weathers", ["cooperative_id", "started_at"])


def downgrade() -> None:
    op.drop_table("site_weathers")
    op.drop_table("weather_limits")
    op.drop_table("forecasts")
