"""Whether the database is there and at the revision this version of the program needs."""

from pathlib import Path

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import text

from campaigns.db import db


def database_file() -> Path | None:
    """Return the file of an embedded database; None when it is not named by a plain path."""
    url = db.engine.url
    plain = url.get_backend_name() == "sqlite" and url.database and "file:" not in url.database
    return Path(url.database or "") if plain else None


def database_revision() -> str | None:
    """Return the revision the database is at; None when it was never set up."""
    with db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def try_writing() -> None:
    """Write to the database and take it back. Raises DBAPIError where nothing can be written.

    SQLite begins even a transaction that is to write without a word when the file is read-only.
    """
    db.session.execute(text("UPDATE alembic_version SET version_num = version_num"))
    db.session.rollback()


def newest_revision(app: Flask) -> str | None:
    """Return the revision the migrations lead to."""
    return _migrations(app).get_current_head()


def is_known_revision(app: Flask, revision: str) -> bool:
    """Return whether this version of the program has a revision; a newer one may have made it."""
    return any(known.revision == revision for known in _migrations(app).walk_revisions())


def _migrations(app: Flask) -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", app.extensions["migrate"].directory)
    return ScriptDirectory.from_config(config)
