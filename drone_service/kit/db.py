"""Tables, sessions and transactions.

One request, one task or one command is one transaction, opened and committed here and nowhere else.
SQLite is written by one transaction at a time: `BEGIN IMMEDIATE` under a lock of the process, because a
deferred BEGIN that reads before it writes fails with "database is locked" under load, whatever the timeout.
"""

import threading
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, ClassVar
from uuid import UUID

import shapely
import sqlalchemy as sa
import sqlalchemy.orm
import sqlmodel
from anyio import CapacityLimiter, to_thread
from fastapi import Depends, Request
from pydantic import BaseModel, TypeAdapter
from shapely.geometry.base import BaseGeometry
from sqlalchemy import event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, SQLModel

from drone_service.kit.clock import utc_now
from drone_service.kit.errors import DomainError
from drone_service.kit.ids import uuid7

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
REQUESTS_IN_TRANSACTION = 20
"""Half of the forty threads that handlers run in, and fewer than the connections of the pool."""
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Table(SQLModel):
    """What every table shares, tenant or not: one metadata with named constraints."""

    metadata: ClassVar[sa.MetaData] = sa.MetaData(naming_convention=NAMING_CONVENTION)
    model_config = {"arbitrary_types_allowed": True}


class Row(Table):
    """A row of one cooperative. The tenant leads the key, so the tables can be split by it later."""

    cooperative_id: UUID = sqlmodel.Field(primary_key=True)
    id: UUID = sqlmodel.Field(default_factory=uuid7, primary_key=True)
    created_at: datetime = sqlmodel.Field(default_factory=utc_now)
    version: int = sqlmodel.Field(default=1)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.id == getattr(other, "id", None)

    def __hash__(self) -> int:
        return hash(self.id)


@event.listens_for(Row, "before_update", propagate=True)
def _count_version(_mapper: object, _connection: sa.Connection, row: Row) -> None:
    # The ETag of a row is its version, so every update counts it, whoever makes the update. The event also
    # comes for rows that were touched and not changed.
    session = sa.orm.object_session(row)
    if session is not None and session.is_modified(row, include_collections=False):
        row.version += 1


class Geometry(sa.types.TypeDecorator[BaseGeometry]):
    """A shapely geometry stored as WKB, longitude before latitude, WGS84."""

    impl = sa.LargeBinary
    cache_ok = True

    def process_bind_param(self, value: BaseGeometry | None, _dialect: object) -> bytes | None:
        return None if value is None else shapely.to_wkb(value)

    def process_result_value(self, value: bytes | None, _dialect: object) -> BaseGeometry | None:
        return None if value is None else shapely.from_wkb(bytes(value))


class JsonOf(sa.types.TypeDecorator[Any]):
    """A pydantic type stored as JSON and replaced whole: a change in place would not be saved."""

    impl = sa.JSON
    cache_ok = True

    def __init__(self, schema: Any) -> None:
        super().__init__()
        self.schema = schema
        self._adapter: TypeAdapter[Any] = TypeAdapter(schema)

    def load_dialect_impl(self, dialect: sa.Dialect) -> Any:
        return dialect.type_descriptor(JSONB() if dialect.name == "postgresql" else sa.JSON(none_as_null=True))

    def process_bind_param(self, value: Any, _dialect: object) -> Any:
        return None if value is None else self._adapter.dump_python(value, mode="json")

    def process_result_value(self, value: Any, _dialect: object) -> Any:
        return None if value is None else self._adapter.validate_python(value)


def vnd(**field: Any) -> Any:
    """Declare a column of whole đồng: 64 bits, because 32 overflow at the price of a few aircraft."""
    return sqlmodel.Field(sa_type=sa.BigInteger, **field)


def choice(options: type[StrEnum], *, check: str = "", **field: Any) -> Any:
    """Declare a column of a StrEnum, stored by value in plain text and checked by the database.

    `check` names the constraint where a table has two columns of one enum.
    """
    kind = sa.Enum(
        options,
        name=check or options.__name__.lower(),
        native_enum=False,
        create_constraint=True,
        validate_strings=True,
        values_callable=lambda members: [member.value for member in members],
        length=24,
    )
    return sqlmodel.Field(sa_type=kind, **field)


def geometry(**field: Any) -> Any:
    """Declare a WKB column that reads and writes shapely geometries."""
    return sqlmodel.Field(sa_type=Geometry, **field)


def json_of(schema: type[BaseModel] | Any, **field: Any) -> Any:
    """Declare a JSON column that holds a pydantic type."""
    return sqlmodel.Field(sa_type=JsonOf(schema), **field)


_CAPITALS = "".join(
    letter
    for code in (*range(0xC0, 0x250), *range(0x1E00, 0x1F00))
    if (letter := chr(code)).isupper() and len(letter.lower()) == 1
)


def small_letters(text: Any) -> sa.ColumnElement[str]:
    """Return an expression in small letters, those of Vietnamese too, to be compared with `str.lower()`.

    SQLite's own `lower` knows ASCII alone, and PostgreSQL's what the locale of its database knows.
    """
    return sa.func.translate(sa.func.lower(text), _CAPITALS, _CAPITALS.lower())


def tenant_fk(column: str, table: str) -> sa.ForeignKeyConstraint:
    """Declare a reference inside the tenant: a row of one cooperative can never point into another."""
    return sa.ForeignKeyConstraint(["cooperative_id", column], [f"{table}.cooperative_id", f"{table}.id"])


class Database:
    """The engine of one process and the rule for who may write when."""

    def __init__(self, url: str) -> None:
        self.url = sa.make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _sqlite_engine(self.url) if self.is_sqlite else _postgres_engine(self.url)
        self._writing_engine = self.engine.execution_options(begin_immediate=True)
        self.write_lock = threading.Lock()
        # At most one thread of the pool waits for the lock; the other requests wait as coroutines. With all
        # forty threads waiting, the request that holds the lock would find no thread to run in.
        self._one_waiter = CapacityLimiter(1)
        # A request in a transaction holds a connection and needs one thread at a time, for its handler or for its
        # commit. With more of them than threads, every thread could wait for a connection or a row lock whose
        # holder finds no thread to go on in. Half of the forty threads leaves room on both sides.
        self._in_transaction = CapacityLimiter(REQUESTS_IN_TRANSACTION)

    def answers(self) -> bool:
        """Tell whether the database answers a question. Raises what the driver raises when it does not."""
        with self.engine.connect() as connection:
            return bool(connection.scalar(sa.text("SELECT 1")) == 1)

    def open_session(self, *, write: bool) -> Session:
        """Open a session; the caller holds the write lock if it is to write."""
        return Session(self._writing_engine if write else self.engine, expire_on_commit=False)

    @contextmanager
    def transaction(self, *, write: bool = True) -> Iterator[Session]:
        """Run one transaction of a command or a task: committed at the end, rolled back by any error."""
        locked = write and self.is_sqlite
        if locked:
            self.write_lock.acquire()
        try:
            with self.open_session(write=write) as session:
                yield session
                session.commit()
        finally:
            if locked:
                self.write_lock.release()

    @asynccontextmanager
    async def request_session(self, *, write: bool) -> AsyncIterator[Session]:
        """Run one transaction of a request. A refusal that `keeps_changes` is stored, any other error is not."""
        locked = write and self.is_sqlite
        if locked:
            await to_thread.run_sync(self.write_lock.acquire, limiter=self._one_waiter)
        try:
            async with self._place_in_transaction():
                session, keeps = self.open_session(write=write), False
                try:
                    yield session
                    keeps = True
                except DomainError as refusal:
                    keeps = refusal.keeps_changes
                    raise
                finally:
                    await to_thread.run_sync(_end, session, keeps)
        finally:
            if locked:
                self.write_lock.release()

    @asynccontextmanager
    async def _place_in_transaction(self) -> AsyncIterator[None]:
        # A token of its own for each request, because one task of the event loop may carry two of them.
        borrower = object()
        await self._in_transaction.acquire_on_behalf_of(borrower)
        try:
            yield
        finally:
            self._in_transaction.release_on_behalf_of(borrower)


def _end(session: Session, keeps_changes: bool) -> None:
    # In one go, because each visit to a thread costs a request as much as a small query.
    try:
        if keeps_changes:
            session.commit()
    finally:
        session.close()


def _sqlite_engine(url: sa.URL) -> sa.Engine:
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(
        url, connect_args={"timeout": 30, "check_same_thread": False}, pool_size=20, max_overflow=20
    )

    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the driver opens no transaction of its own; `_begin` does
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
            connection.execute(f"PRAGMA {pragma}")
        connection.create_function("translate", 3, _translate, deterministic=True)

    @event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        immediate = connection.get_execution_options().get("begin_immediate")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine


def _translate(text: str | None, letters: str, others: str) -> str | None:
    """Do what `translate` does on PostgreSQL, for as many letters as others."""
    return None if text is None else text.translate(str.maketrans(letters, others))


def _postgres_engine(url: sa.URL) -> sa.Engine:
    return sa.create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=20,
        max_overflow=20,
        connect_args={"options": "-c lock_timeout=10s -c timezone=UTC"},
    )


async def get_session(request: Request) -> AsyncIterator[Session]:
    """Give the request its transaction. Only ever used through `SessionDep`."""
    database: Database = request.app.state.database
    async with database.request_session(write=request.method not in SAFE_METHODS) as session:
        request.state.session = session
        yield session


# The scope matters: without it the commit runs after the answer has been sent, and a failed commit is a 201.
SessionDep = Annotated[Session, Depends(get_session, scope="function")]


def enter_tenant(session: Session, cooperative_id: UUID) -> None:
    """Bind a transaction to one cooperative: the second wall, row-level security, on PostgreSQL."""
    if session.info.get("cooperative_id") == cooperative_id:
        return
    session.info["cooperative_id"] = cooperative_id
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.text("SELECT set_config('app.cooperative_id', :id, true)"), {"id": str(cooperative_id)})


def flush_or_raise(session: Session, refusals: Mapping[str, DomainError]) -> None:
    """Flush, and turn the violation of a named constraint into the refusal that people understand.

    Keys are constraint names; on SQLite, whose messages hold no names for unique keys, `table.column` parts
    of the same constraint are looked up from the metadata. An unknown violation is a bug and is raised as it is.
    The transaction, or the savepoint around the call, is over after a violation and must be left.
    """
    try:
        session.flush()
    except IntegrityError as violation:
        for name, refusal in refusals.items():
            if _violates(violation, name):
                raise refusal from violation
        raise


def _violates(violation: IntegrityError, name: str) -> bool:
    diagnosis = getattr(violation.orig, "diag", None)
    if diagnosis is not None:
        return bool(diagnosis.constraint_name == name)
    message = str(violation.orig)
    return name in message or any(
        message.endswith(": " + ", ".join(f"{table.name}.{column.name}" for column in columns))
        for table in Table.metadata.tables.values()
        for columns in _columns_of(table, name)
    )


def _columns_of(table: sa.Table, name: str) -> Iterator[list[sa.Column[Any]]]:
    for constraint in table.constraints:
        if (
            isinstance(constraint, sa.UniqueConstraint | sa.PrimaryKeyConstraint)
            and _name_of(constraint, table) == name
        ):
            yield list(constraint.columns)
    for index in table.indexes:
        if index.unique and index.name == name:
            yield list(index.columns)


def _name_of(constraint: sa.UniqueConstraint | sa.PrimaryKeyConstraint, table: sa.Table) -> str:
    if isinstance(constraint, sa.PrimaryKeyConstraint):
        return f"pk_{table.name}"
    if constraint.name:
        return str(constraint.name)
    return f"uq_{table.name}_" + "_".join(column.name for column in constraint.columns)
