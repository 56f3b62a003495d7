"""What the database itself forbids, put in place again after every migration.

Alembic's batch mode on SQLite drops triggers without a word and its comparison never sees them, so they are not
left to single revisions. `tests/test_guards.py` proves each by behaviour.
"""

import sqlalchemy as sa

from drone_service import tables

TENANT_SETTING = "app.cooperative_id"
APPEND_ONLY = ("transfers", "job_moves")
"""Tables whose rows are never changed nor deleted: the ledger and the history of jobs."""
CROSS_TENANT = frozenset({"people", "login_sessions"})
"""Read by phone number or token before the tenant is known; everything else is behind row-level security."""


def install(connection: sa.Connection) -> None:
    """Create every guard of the engine at hand. Safe to run again."""
    if connection.dialect.name == "postgresql":
        _forbid_changes_on_postgresql(connection)
        _wall_off_tenants(connection)
    else:
        _forbid_changes_on_sqlite(connection)


def walled_tables() -> list[str]:
    """Return the tables whose rows row-level security keeps apart."""
    return sorted(
        name
        for name, table in tables.metadata.tables.items()
        if "cooperative_id" in table.columns and name not in CROSS_TENANT
    )


def _append_only_tables() -> list[str]:
    return [name for name in APPEND_ONLY if name in tables.metadata.tables]


def _forbid_changes_on_sqlite(connection: sa.Connection) -> None:
    for table in _append_only_tables():
        for action in ("UPDATE", "DELETE"):
            name = f"forbid_{action.lower()}_{table}"
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")
            connection.exec_driver_sql(
                f"CREATE TRIGGER {name} BEFORE {action} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )


def _forbid_changes_on_postgresql(connection: sa.Connection) -> None:
    connection.exec_driver_sql(
        "CREATE OR REPLACE FUNCTION forbid_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is append-only', "
        "ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    for table in _append_only_tables():
        for action in ("UPDATE OR DELETE", "TRUNCATE"):
            name = f"forbid_{action.split()[0].lower()}_{table}"
            level = "STATEMENT" if action == "TRUNCATE" else "ROW"
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name} ON {table}")
            connection.exec_driver_sql(
                f"CREATE TRIGGER {name} BEFORE {action} ON {table} FOR EACH {level} EXECUTE FUNCTION forbid_change()"
            )


def _wall_off_tenants(connection: sa.Connection) -> None:
    # The owner of the tables passes the wall, as migrations must; the running application is another role.
    for table in walled_tables():
        connection.exec_driver_sql(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        connection.exec_driver_sql(f"DROP POLICY IF EXISTS tenant ON {table}")
        connection.exec_driver_sql(
            f"CREATE POLICY tenant ON {table} "
            f"USING (cooperative_id = NULLIF(current_setting('{TENANT_SETTING}', true), '')::uuid)"
        )
