"""Databases with nothing in them, for migrations to fill."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from campaigns.app import create_app
from campaigns.db import db
from tests.fixtures.databases import settings_of


@pytest.fixture
def empty_app(request: pytest.FixtureRequest, tmp_path: Path, database: str) -> Iterator[Flask]:
    """An application whose database is still empty; its context is open."""
    given = {"CAMPAIGNS_ENV": "development"}
    if database == "postgresql":
        given["CAMPAIGNS_DATABASE_URL"] = request.getfixturevalue(
            "postgresql_service"
        ).create_database()
    app = create_app(settings_of(tmp_path, given))
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()
