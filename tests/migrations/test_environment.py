"""How migrations are run: whole or not at all, and without loss."""

import shutil
from pathlib import Path

import pytest
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import inspect, text

from campaigns.app import MIGRATIONS
from campaigns.db import db

HEAD = """
import sqlalchemy as sa
from alembic import op

revision = {revision!r}
down_revision = {before!r}
branch_labels = depends_on = None


def downgrade():
    pass


def upgrade():
"""
PARENT_AND_CHILD = """
    op.create_table("parent", sa.Column("id", sa.Integer, primary_key=True),
                    sa.Column("name", sa.Text))
    parent = sa.ForeignKey("parent.id", ondelete="CASCADE", name="fk_child_parent")
    op.create_table("child", sa.Column("id", sa.Integer, primary_key=True),
                    sa.Column("parent_id", sa.Integer, parent))
    op.execute("INSERT INTO parent VALUES (1, 'Zarina')")
    op.execute("INSERT INTO child VALUES (1, 1)")
"""
# SQLite cannot do this to a table that exists: it is copied and dropped.
PARENT_REMADE = """
    with op.batch_alter_table("parent") as batch:
        batch.alter_column("name", nullable=False)
"""
FAILS_HALFWAY = """
    op.create_table("first", sa.Column("id", sa.Integer, primary_key=True))
    op.execute("INSERT INTO a_table_that_is_not_there VALUES (1)")
"""
LEAVES_AN_ORPHAN = """
    op.execute("DELETE FROM parent")
"""


@pytest.fixture
def migrations(tmp_path: Path) -> Path:
    """A folder of migrations run as ours are."""
    folder = tmp_path / "migrations"
    (folder / "versions").mkdir(parents=True)
    shutil.copy(MIGRATIONS / "env.py", folder)
    return folder


def test_altering_a_table_keeps_the_rows_that_refer_to_it(
    empty_app: Flask, migrations: Path
) -> None:
    _write(migrations, PARENT_AND_CHILD, PARENT_REMADE)
    upgrade(directory=str(migrations))
    assert _count("child") == 1


def test_foreign_keys_are_enforced_again_after_migrating(
    empty_app: Flask, migrations: Path
) -> None:
    _write(migrations, PARENT_AND_CHILD)
    upgrade(directory=str(migrations))
    with db.engine.begin() as connection:
        connection.execute(text("DELETE FROM parent"))
    assert _count("child") == 0


def test_a_migration_that_fails_leaves_nothing_behind(empty_app: Flask, migrations: Path) -> None:
    _write(migrations, FAILS_HALFWAY)
    with pytest.raises(Exception, match="a_table_that_is_not_there"):
        upgrade(directory=str(migrations))
    assert "first" not in inspect(db.engine).get_table_names()


@pytest.mark.database("sqlite")  # PostgreSQL refuses such a change by itself
def test_a_migration_that_would_leave_orphans_is_refused(
    empty_app: Flask, migrations: Path
) -> None:
    _write(migrations, PARENT_AND_CHILD)
    upgrade(directory=str(migrations))
    _write(migrations, PARENT_AND_CHILD, LEAVES_AN_ORPHAN)
    with pytest.raises((SystemExit, RuntimeError)):
        upgrade(directory=str(migrations))
    assert _count("parent") == 1


def _write(folder: Path, *bodies: str) -> None:
    before = None
    for number, body in enumerate(bodies, start=1):
        head = HEAD.format(revision=str(number), before=before)
        (folder / "versions" / f"{number}_step.py").write_text(head + body)
        before = str(number)


def _count(table: str) -> int:
    with db.engine.connect() as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())
