"""Whether the database is there and at the revision this version of the program needs."""

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask

from campaigns.db import db


def database_revision() -> str | None:
    """Return the revision the database is at; None when it was never set up."""
    with db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest_revision(app: Flask) -> str | None:
    """Return the revision the migrations lead to."""
    config = Config()
    config.set_main_option("script_location", app.extensions["migrate"].directory)
    return ScriptDirectory.from_config(config).get_current_head()
