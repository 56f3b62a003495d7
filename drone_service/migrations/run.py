"""Running the migrations from the program itself, and telling whether a database is up to date."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from drone_service.kit import tasks
from drone_service.kit.db import Database
from drone_service.migrations import guards


def _config(connection: sa.Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def upgrade(database: Database, revision: str = "head") -> None:
    """Bring the tables of a database, and those of its task queue, up to date."""
    with database.engine.begin() as connection:
        command.upgrade(_config(connection), revision)
        guards.install(connection)
    tasks.migrate(database)


def downgrade(database: Database, revision: str) -> None:
    """Take the tables back to an older revision."""
    with database.engine.begin() as connection:
        command.downgrade(_config(connection), revision)


def head() -> str:
    """Return the newest revision that this program knows."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def revision_of(database: Database) -> str:
    """Return the revision of a database, empty where there are no tables yet."""
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() or ""


def is_current(database: Database) -> bool:
    """Tell whether a database has every table this program expects."""
    return revision_of(database) == head()
