"""What was signed before goals were recorded and signatures held."""

from datetime import date

from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import text

from campaigns.db import db, utcnow

CAMPAIGN = """
    INSERT INTO campaign (
        id, slug, title, summary, body, demand, country, timezone, locale, mode, state, colour,
        run_by_name, run_by_contact, tags, translations, version, created_at
    ) VALUES (
        1, 'free-amal', '', '', '', '', 'PK', 'UTC', 'en', 'standard', 'published', 'pine',
        '', '', '[]', '{}', 1, '2024-01-01 00:00:00'
    )
"""
PETITION = """
    INSERT INTO petition (
        id, campaign_id, title, text, addressee, handover_names, goals, opens, state,
        translations, address_rules
    ) VALUES (1, 1, '', '', '', 'none', '[5, 12, 20]', '2024-01-01', 'open', '{}', 1)
"""
TALLY = "INSERT INTO tally (petition_id, online) VALUES (1, 9)"
PAPER = """
    INSERT INTO paper_batch (petition_id, position, "on", count, note)
    VALUES (1, 1, '2024-01-01', 3, '')
"""
HELD = """
    INSERT INTO signature (
        id, petition_id, state, email_index, sealed_details, show_name, hand_over, updates,
        consent_version, confirmed_on, held, slow_index
    ) VALUES (
        '00000000000000000000000000000000', 1, 'held', '', '', false, false, false, 1,
        '2024-05-01', true, false
    )
"""
ROWS = (CAMPAIGN, PETITION, TALLY, PAPER)


def test_goals_reached_before_are_on_record(empty_app: Flask) -> None:
    upgrade(revision="0001")
    _run(*ROWS)
    upgrade()
    assert _rows("SELECT goal FROM goal_reached ORDER BY goal") == [(5,), (12,)]
    assert _rows("SELECT goal_due, countries_of FROM tally") == [(17, 0)]


def test_held_signatures_can_be_confirmed_anew_once_nobody_knows_of_them(
    empty_app: Flask,
) -> None:
    upgrade(revision="0005")
    purged = PETITION.replace("address_rules\n", "address_rules, signatures_purged\n")
    _run(CAMPAIGN, purged.replace("1)", "1, 0)"), TALLY, PAPER, HELD)
    downgrade(revision="0001")
    ((state, confirmed_on, expires),) = _rows(
        "SELECT state, confirmed_on, expires_at FROM signature"
    )
    assert (state, confirmed_on) == ("pending", None)
    assert date.fromisoformat(str(expires)[:10]) > utcnow().date()


def _run(*statements: str) -> None:
    with db.engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def _rows(query: str) -> list[tuple[object, ...]]:
    with db.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]
