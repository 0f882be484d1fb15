"""What an installation knew before a migration it knows after it."""

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import text

from campaigns.db import db
from campaigns.vault.queries import keys_by_holder

KEY = """
    INSERT INTO sealing_key (id, seals_for, campaign_id, key_id, public_key, created_at)
    VALUES (:id, :seals_for, :campaign, :key, :key, '2026-03-01 00:00:00+00:00')
"""
HOLDER = """
    INSERT INTO key_holder (id, campaign_id, recipient, created_at)
    VALUES (:id, :campaign, 'age1', '2026-03-01 00:00:00+00:00')
"""


def test_who_held_a_campaigns_keys_still_does(empty_app: Flask) -> None:
    upgrade(revision="0001")
    keys = (
        {"id": 1, "seals_for": "mailer", "campaign": None, "key": b"mail"},
        {"id": 2, "seals_for": "campaign", "campaign": 7, "key": b"key7"},
        {"id": 3, "seals_for": "campaign", "campaign": 8, "key": b"key8"},
    )
    holders = ({"id": 1, "campaign": None}, {"id": 2, "campaign": 7})
    with db.engine.begin() as connection:
        connection.execute(text(KEY), keys)
        connection.execute(text(HOLDER), holders)
    upgrade()
    assert keys_by_holder(7) == {1: {b"key7"}, 2: {b"key7"}}
    assert keys_by_holder(8) == {1: {b"key8"}}
