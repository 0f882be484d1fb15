"""The database: declarative base, session, SQLite's pragmas and transactions, aware times."""

import enum
import os
import sqlite3
from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, cast

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    ColumnElement,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Enum,
    Integer,
    MetaData,
    Text,
    any_,
    bindparam,
    event,
    func,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, registry
from sqlalchemy.pool import ConnectionPoolEntry, Pool
from sqlalchemy.types import TypeDecorator

from campaigns.turns import Turn, open_turns, take_turn

BUSY_TIMEOUT = "PRAGMA busy_timeout=5000"
CHECKPOINT_MILLISECONDS = 200
NUMBERED: Mapping[str, Any] = {"sqlite": "qmark", "postgresql": "numeric_dollar"}
PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    BUSY_TIMEOUT,
    "PRAGMA secure_delete=ON",
    "PRAGMA trusted_schema=OFF",
)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: aware in Python, UTC in the database (SQLite keeps no zone by itself)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A time without a zone cannot be stored.")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        # PostgreSQL gives times in the zone of its session, SQLite without any.
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


# SQLite numbers rows by itself only in a column whose type is exactly INTEGER.
BigId = BigInteger().with_variant(Integer, "sqlite")

# For tables whose numbers stand elsewhere too, in deliveries or at readers': SQLite would give the
# number of a row that was deleted last to the next one. PostgreSQL never does.
NEVER_AGAIN: Mapping[str, Any] = {"sqlite_autoincrement": True}


NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

TYPES: dict[Any, Any] = {
    datetime: UtcDateTime,
    str: Text,
    list[str]: JSON,
    list[int]: JSON,
    dict[str, Any]: JSON,
    enum.StrEnum: Enum(
        enum.StrEnum,
        native_enum=False,
        length=40,
        values_callable=lambda members: [member.value for member in members],
    ),
}


class Base(DeclarativeBase):
    """The base of every model."""

    registry = registry(
        metadata=MetaData(naming_convention=NAMING_CONVENTION), type_annotation_map=TYPES
    )


db = SQLAlchemy(model_class=Base, disable_autonaming=True)

TURN, TURNS = "turn", "turns"
_reading: ContextVar[bool] = ContextVar("reading", default=False)


def utcnow() -> datetime:
    """Return the present moment, aware, in UTC."""
    return datetime.now(UTC)


def set_reading(reading: bool) -> None:
    """Say whether the transactions that follow only read, or hold no lock while they hash.

    On SQLite those begin deferred and all others IMMEDIATE: a deferred transaction that reads and
    then writes fails under load, an immediate one waits its turn.
    """
    _reading.set(reading)


@contextmanager
def only_reading() -> Iterator[None]:
    """Let the transactions begun inside read without SQLite's write lock, and end them."""
    token = _reading.set(True)
    try:
        yield
    finally:
        db.session.rollback()
        _reading.reset(token)


def insert_into(model: type[Base]) -> Any:
    """Return an INSERT that knows ON CONFLICT, which both databases write alike."""
    dialect = postgresql if db.engine.dialect.name == "postgresql" else sqlite
    return dialect.insert(model.__table__)


class Prepared:
    """A statement built and compiled once for each kind of database; values come by their names.

    Building one, and even looking up what it compiles to, costs more than running it: what every
    signature goes through is prepared. No default of a column is filled in, and no IN may be in it.
    """

    def __init__(self, build: Callable[[], Any]) -> None:
        self._build = build
        self._compiled: dict[str, _Compiled] = {}

    def first(self, values: Mapping[str, Any], connection: Connection | None = None) -> Any | None:
        """Return the first row of what `all` returns, if any."""
        rows = self.all(values, connection)
        return rows[0] if rows else None

    def all(self, values: Mapping[str, Any], connection: Connection | None = None) -> list[Any]:
        """Return the rows of what it returns.

        It runs in the session's transaction unless a connection with one of its own is given.
        """
        connection = connection or db.session.connection()
        compiled = self._compiled.get(connection.dialect.name)
        if compiled is None:
            compiled = _Compiled(self._build(), connection.dialect, list(values))
            self._compiled[connection.dialect.name] = compiled
        return compiled.all(connection, values)


class _Compiled:
    def __init__(self, statement: Any, dialect: Dialect, names: list[str]) -> None:
        # Parameters by number: finding names in a long statement costs more than running it.
        numbered: type[DefaultDialect] = type(dialect)  # type: ignore[assignment]
        by_number = numbered(paramstyle=NUMBERED[dialect.name])
        compiled = statement.compile(dialect=by_number, column_keys=names)
        self._sql = str(compiled)
        self._in_order = compiled.positiontup
        # Values that are part of the statement itself, and how each kind of value is written.
        self._constants = {
            name: bind.effective_value
            for name, bind in compiled.binds.items()
            if not bind.required and name not in names
        }
        self._writers = {
            name: write
            for name, bind in compiled.binds.items()
            if (write := bind.type.dialect_impl(dialect).bind_processor(dialect))
        }
        returned = statement.exported_columns
        self._row = namedtuple("Row", returned.keys())  # type: ignore[misc]
        self._readers = [
            column.type.dialect_impl(dialect).result_processor(dialect, None) for column in returned
        ]

    def all(self, connection: Connection, values: Mapping[str, Any]) -> list[Any]:
        given = {**self._constants, **values}
        for name, write in self._writers.items():
            given[name] = write(given[name])
        rows = _execute(connection, self._sql, [given[name] for name in self._in_order])
        return [
            self._row(
                *(
                    reader(value) if reader else value
                    for reader, value in zip(self._readers, row, strict=True)
                )
            )
            for row in rows
        ]


def _execute(connection: Connection, sql: str, parameters: Any) -> Any:
    """Run a statement as the driver does, which costs a third of what it costs through SQLAlchemy.

    Errors come as SQLAlchemy's own, without the parameters; a broken connection is given up.
    """
    dialect, driver = connection.dialect, connection.dialect.loaded_dbapi
    if dialect.name == "postgresql":
        cursor = driver.RawCursor(connection.connection.driver_connection)
    else:
        cursor = connection.connection.cursor()
    try:
        cursor.execute(sql, parameters)
        return cursor.fetchall()
    except driver.Error as error:
        broken = dialect.is_disconnect(error, connection.connection, cursor)
        if broken:
            connection.invalidate(error)
        raise DBAPIError.instance(
            sql,
            None,
            error,
            driver.Error,
            hide_parameters=True,
            connection_invalidated=broken,
            dialect=dialect,
        ) from None
    finally:
        cursor.close()


def prepared(build: Callable[[], Any]) -> Prepared:
    """Turn a function that builds a statement into the statement, ready to be run often."""
    return Prepared(build)


def is_one_of(column: Any, name: str) -> ColumnElement[bool]:
    """Return the condition that a column is in a list given by its name to a prepared statement.

    The list holds numbers, texts, or the hex digits of UUIDs.
    """
    if db.engine.dialect.name == "postgresql":
        return cast(
            "ColumnElement[bool]", column == any_(bindparam(name, type_=ARRAY(column.type)))
        )
    values = func.json_each(bindparam(name, type_=JSON)).table_valued("value")
    return cast("ColumnElement[bool]", column.in_(select(values.c.value)))


def empty_log() -> bool:
    """Bring SQLite's write-ahead log into the database file and cut it to nothing.

    Until then it holds what was erased. Returns whether it is done: not while somebody reads or
    writes, for nobody who signs may wait for this. On other databases there is nothing to do.
    """
    if db.engine.dialect.name != "sqlite":
        return True
    pooled = db.engine.raw_connection()
    try:
        # The driver's own: a checkpoint within a transaction is refused.
        connection: Any = pooled.driver_connection
        # Most of it without keeping anybody waiting, then the rest.
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
        connection.execute(f"PRAGMA busy_timeout={CHECKPOINT_MILLISECONDS}")
        try:
            busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            connection.execute(BUSY_TIMEOUT)
    finally:
        pooled.close()
    return not busy


@event.listens_for(Engine, "connect")
def _prepare(connection: Any, record: ConnectionPoolEntry) -> None:
    if not isinstance(connection, sqlite3.Connection):
        # Days are those of UTC in what the database counts by day, too.
        connection.autocommit = True
        connection.execute("SET TIME ZONE 'UTC'")
        connection.autocommit = False
        return
    # Python's driver opens transactions too late: BEGIN is emitted below instead.
    connection.isolation_level = None
    for pragma in PRAGMAS:
        connection.execute(pragma)
    database = connection.execute("PRAGMA database_list").fetchone()[2]
    record.info[TURNS] = open_turns(database)


@event.listens_for(Engine, "close")
def _close_turns(connection: Any, record: ConnectionPoolEntry) -> None:
    # A connection that breaks, or is interrupted, is closed in the middle of its turn.
    _end_turn(connection, record)
    if (turns := record.info.pop(TURNS, None)) is not None:
        os.close(turns)


@event.listens_for(Engine, "begin")
def _begin_sqlite(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        return
    if _reading.get():
        connection.exec_driver_sql("BEGIN")
        return
    connection.info[TURN] = take_turn(connection.info[TURNS])
    connection.exec_driver_sql("BEGIN IMMEDIATE")


@event.listens_for(Pool, "checkin")
def _end_turn(_connection: Any, record: ConnectionPoolEntry) -> None:
    turn: Turn | None = record.info.pop(TURN, None)
    if turn is not None:
        turn.end()
