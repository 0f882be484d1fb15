"""Whether the database is there and at the revision this version of the program needs."""

from pathlib import Path

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask

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


def newest_revision(app: Flask) -> str | None:
    """Return the revision the migrations lead to."""
    config = Config()
    config.set_main_option("script_location", app.extensions["migrate"].directory)
    return ScriptDirectory.from_config(config).get_current_head()
