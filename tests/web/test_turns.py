"""Whoever writes to SQLite lets the next one write, whatever happens meanwhile."""

import time

import pytest
from flask import Flask
from sqlalchemy import text

from campaigns.db import db

pytestmark = pytest.mark.database("sqlite")
WRITE = text("UPDATE campaign SET version = version + 1")


def test_a_connection_that_breaks_in_the_middle_of_its_turn_holds_nobody_up(app: Flask) -> None:
    db.session.execute(WRITE)
    db.session.connection().invalidate()
    db.session.rollback()
    begun = time.monotonic()
    db.session.execute(WRITE)
    db.session.commit()
    assert time.monotonic() - begun < 1
