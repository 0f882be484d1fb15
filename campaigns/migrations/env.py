"""Runs migrations, or compares models with a database, on the running application's database."""

from typing import Any, Literal

from alembic import context
from flask import current_app
from sqlalchemy import Connection

from campaigns.db import UtcDateTime, db


def main() -> None:
    """Run what was asked for, all of it or nothing."""
    if context.is_offline_mode():
        raise SystemExit("Migrations need a database to run on.")
    with db.engine.connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        if sqlite:
            # SQLite alters a table by copying and dropping it, and dropping deletes, by cascade,
            # what refers to it. The switch does nothing inside a transaction.
            _enforce_foreign_keys(connection, False)
        try:
            with connection.begin():
                _run(connection)
                if sqlite:
                    _require_intact_references(connection)
        finally:
            if sqlite:
                _enforce_foreign_keys(connection, True)


def _run(connection: Connection) -> None:
    # The begin event of campaigns.db makes SQLite's schema changes part of the transaction.
    context.configure(
        connection=connection,
        target_metadata=db.metadata,
        transactional_ddl=True,
        render_item=_render_item,
        process_revision_directives=_make_no_empty_revision,
        **current_app.extensions["migrate"].configure_args,
    )
    with context.begin_transaction():
        context.run_migrations()


def _render_item(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    # A revision must not change when the code does.
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def _make_no_empty_revision(_context: Any, _revision: Any, directives: list[Any]) -> None:
    if directives and directives[0].upgrade_ops.is_empty():
        directives.clear()


def _enforce_foreign_keys(connection: Connection, enforce: bool) -> None:
    driver_connection: Any = connection.connection.driver_connection
    driver_connection.execute(f"PRAGMA foreign_keys={'ON' if enforce else 'OFF'}")


def _require_intact_references(connection: Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        tables = ", ".join(sorted({str(row[0]) for row in broken}))
        raise RuntimeError(f"The migration left rows that refer to nothing, in: {tables}.")


main()
