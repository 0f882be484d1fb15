"""Migrations make what the models describe, and can be taken back."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect

from campaigns.db import db


def test_the_migrated_schema_equals_the_models(empty_app: Flask) -> None:
    upgrade()
    assert _differences() == []


def test_every_migration_can_be_taken_back_and_applied_again(empty_app: Flask) -> None:
    upgrade()
    for _ in _revisions(empty_app):
        downgrade(revision="-1")
    assert _tables() <= {"alembic_version"}
    upgrade()
    assert _differences() == []


def test_migrating_twice_changes_nothing(empty_app: Flask) -> None:
    upgrade()
    before = _tables()
    upgrade()
    assert _tables() == before
    assert before > {"alembic_version"}


def test_migrations_form_one_line(empty_app: Flask) -> None:
    assert len(_script(empty_app).get_heads()) == 1


def _script(app: Flask) -> ScriptDirectory:
    return ScriptDirectory(app.extensions["migrate"].directory)


def _revisions(app: Flask) -> list[str]:
    return [revision.revision for revision in _script(app).walk_revisions()]


def _tables() -> set[str]:
    return set(inspect(db.engine).get_table_names())


def _differences() -> list[object]:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, db.metadata))
