"""The hook that fails a statement which touches a tenant's table without naming the tenant."""

import re
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from drone_service import tables

TENANT_TABLES = frozenset(name for name, table in tables.metadata.tables.items() if "cooperative_id" in table.columns)
# Signing in is how the tenant becomes known, so these two look-ups cross all of them.
GLOBAL_KEYS = ("token_hash", "phone_e164")
_TABLE = re.compile(r'\b(?:FROM|JOIN|INTO|UPDATE)\s+"?(\w+)"?', re.IGNORECASE)


class TenantMissing(AssertionError):
    """A statement that would read or write the rows of every cooperative."""


def check_statement(statement: str) -> None:
    """Raise TenantMissing where a tenant's table is used and the tenant is not part of the condition."""
    used = TENANT_TABLES.intersection(_TABLE.findall(statement))
    if not used:
        return
    first = statement.lstrip().split(None, 1)[0].upper()
    # The list of selected columns always holds the tenant, so only what follows it counts.
    condition = statement if first == "INSERT" else _after(statement, r"\bWHERE\b|\bON\b")
    if "cooperative_id" not in condition and not any(key in condition for key in GLOBAL_KEYS):
        raise TenantMissing(f"{', '.join(sorted(used))} without cooperative_id: {statement}")


def _after(statement: str, words: str) -> str:
    found = re.search(words, statement, re.IGNORECASE)
    return statement[found.start() :] if found else ""


def watch(engine: sa.Engine) -> None:
    """Check every statement of an engine, but those that say they cross the tenants on purpose."""

    @event.listens_for(engine, "before_cursor_execute")
    def _check(_connection: Any, _cursor: Any, statement: str, _values: Any, context: Any, _many: bool) -> None:
        if not (context and context.execution_options.get("across_tenants")):
            check_statement(statement)
