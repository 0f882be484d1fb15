"""Updates that were published before there were drafts, and drafts when there are none again."""

from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import text

from campaigns.db import db
from tests.migrations.test_goals import CAMPAIGN

UPDATE = """
    INSERT INTO "update" (id, campaign_id, title, text, translations, published_at)
    VALUES (1, 1, 'News', '', '{}', '2024-01-01 00:00:00+00:00')
"""
DRAFT = """
    INSERT INTO "update" (id, campaign_id, title, text, translations, version, written_at)
    VALUES (2, 1, 'Draft', '', '{}', 1, '2024-01-01 00:00:00+00:00')
"""


def test_what_was_published_stays_so_and_drafts_go_with_the_way_back(empty_app: Flask) -> None:
    upgrade(revision="0015")
    _run(CAMPAIGN, UPDATE)
    upgrade()
    same = 'SELECT count(*) FROM "update" WHERE written_at = published_at AND version = 1'
    assert _number(same) == 1
    _run(DRAFT)
    downgrade(revision="0015")
    assert _number('SELECT count(*) FROM "update" WHERE published_at IS NOT NULL') == 1
    assert _number('SELECT count(*) FROM "update"') == 1


def _run(*statements: str) -> None:
    with db.engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def _number(query: str) -> object:
    with db.engine.connect() as connection:
        return connection.execute(text(query)).scalar()
