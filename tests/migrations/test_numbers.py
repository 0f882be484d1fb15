"""What had a number before it was purged keeps it: nothing else gets it, before and after."""

import re

import pytest
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import text

from campaigns.db import db
from tests.migrations.test_goals import CAMPAIGN

UPDATE = """
    INSERT INTO "update" (campaign_id, title, text, translations, version, written_at)
    VALUES (1, 'News', '', '{}', 1, '2024-01-01 00:00:00+00:00')
"""
MAILED = """
    INSERT INTO delivery
    (kind, about_id, dedupe_key, priority, state, attempts, counted, created_at) VALUES
    ('update.send', '7', 'update.send:7:a', 10, 'sent', 1, true, '2024-01-01 00:00:00+00:00')
"""
ARTICLES = """
    INSERT INTO article (id, campaign_id, ref, position, title, outlet, language, kind, version,
    translation_of_id) VALUES (1, 1, 'a', 1, 'A', 'B', 'en', 'press', 1, NULL),
    (2, 1, 'b', 2, 'A', 'B', 'en', 'press', 1, 1)
"""

DETAINEE = """
    INSERT INTO detainee (id, campaign_id, ref, position, name, name_policy, proceedings)
    VALUES ({}, 1, 'a', 1, 'A', 'full', '[]')
"""
TOLD = """
    INSERT INTO audit_entry (number, at, campaign_id, action, about, detail, mac)
    VALUES (1, '2024-01-01 00:00:00', 9, 'detainee_removed', 'detainee:7', '{}', x'00')
"""


def test_an_update_gets_no_number_under_which_a_purged_one_was_mailed(empty_app: Flask) -> None:
    upgrade(revision="0017")
    _run(CAMPAIGN, MAILED)
    if db.engine.dialect.name == "postgresql":
        _run("SELECT setval('update_id_seq', 7)")
    upgrade()
    _run(UPDATE)
    assert _number('SELECT max(id) FROM "update"') == 8


@pytest.mark.database("sqlite")
def test_no_campaign_or_detainee_gets_a_number_the_audit_trail_tells_of(empty_app: Flask) -> None:
    upgrade(revision="0020")
    _run(CAMPAIGN, DETAINEE.format(2), TOLD)
    upgrade()
    assert _number("SELECT campaign_id FROM detainee WHERE id = 2") == 1
    _run("DELETE FROM campaign WHERE id = 1", CAMPAIGN.replace("1, 'free", "NULL, 'free"))
    assert _number("SELECT max(id) FROM campaign") == 10
    _run(DETAINEE.format("NULL").replace("(NULL, 1", "(NULL, 10"))
    assert _number("SELECT max(id) FROM detainee") == 8


def test_what_refers_to_a_table_made_anew_still_does(empty_app: Flask) -> None:
    upgrade(revision="0017")
    _run(CAMPAIGN, ARTICLES)
    upgrade()
    assert _number("SELECT translation_of_id FROM article WHERE id = 2") == 1
    _run("DELETE FROM article WHERE id = 1")
    assert _number("SELECT count(*) FROM article WHERE translation_of_id IS NULL") == 1
    downgrade(revision="0017")
    assert _number("SELECT max(id) FROM article") == 2


@pytest.mark.database("sqlite")
def test_no_later_change_of_a_table_lets_it_give_numbers_again(empty_app: Flask) -> None:
    upgrade()
    for table in db.metadata.sorted_tables:
        made = _number(f"SELECT sql FROM sqlite_master WHERE name = '{table.name}'")
        careful = table.dialect_options["sqlite"]["autoincrement"]
        assert ("AUTOINCREMENT" in str(made)) == bool(careful), table.name
        assert not re.search("_alembic", str(made)), table.name


def _run(*statements: str) -> None:
    with db.engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def _number(query: str) -> object:
    with db.engine.connect() as connection:
        return connection.execute(text(query)).scalar()
