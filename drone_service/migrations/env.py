"""Alembic's entry point: which database to migrate and how our types are written into migrations."""

from typing import Any, Literal

import sqlalchemy as sa
from alembic import context
from alembic.autogenerate.api import AutogenContext

from drone_service import tables
from drone_service.kit.db import Database, Geometry, JsonOf
from drone_service.kit.settings import get_settings


def render_plain(kind: str, item: Any, autogen: AutogenContext) -> str | Literal[False]:
    """Write our column types as plain SQLAlchemy ones, so that a migration imports nothing of ours."""
    del autogen
    if kind != "type":
        return False
    if isinstance(item, Geometry):
        return "sa.LargeBinary()"
    if isinstance(item, JsonOf):
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    name = type(item).__name__
    if name == "UTCDateTime":
        return "sa.DateTime(timezone=True)"
    if name == "AutoString":
        return f"sa.String(length={item.length})" if item.length else "sa.String()"
    return False


def _configure(connection: sa.Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=tables.metadata,
        render_item=render_plain,
        render_as_batch=connection.dialect.name == "sqlite",
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


connection: sa.Connection | None = context.config.attributes.get("connection")
if connection is not None:
    _configure(connection)
else:
    database = Database(get_settings().resolved_database_url)
    with database.engine.begin() as opened:
        _configure(opened)
    database.engine.dispose()
