"""Goals are a ladder: each is reached once and stays so."""

from datetime import date, timedelta

import pytest
import time_machine
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import select

from campaigns.cases.models import Campaign
from campaigns.db import db, utcnow
from campaigns.petitions.cli import recount
from campaigns.petitions.models import GoalReached, Petition, Signature, SignatureState
from campaigns.petitions.moderation import release_held
from campaigns.petitions.operations import confirm_signature
from campaigns.petitions.tallies import record_goals
from campaigns.updates.erasure import erase_supporter
from campaigns.vault.keyring import current_keyring
from campaigns.web.finished import expire_finished
from tests.factories import make_campaign, make_petition, make_signature
from tests.fixtures.auditing import AuditingClient


@pytest.fixture
def campaign(app: Flask) -> Campaign:
    return make_campaign("free-amal")


def recorded(petition: Petition) -> list[int]:
    query = select(GoalReached.goal).where(GoalReached.petition_id == petition.id)
    return sorted(db.session.scalars(query))


def confirm(signature: Signature) -> None:
    confirm_signature(signature.id)
    db.session.commit()


def told(client: AuditingClient) -> tuple[int, list[int], int | None]:
    """Count, goals reached and next goal as anybody can read them."""
    expire_finished()
    petition = client.get("/campaigns/free-amal.json").json["petition"]  # type: ignore[index]
    return petition["count"], petition["goals_reached"], petition["goal"]


def test_a_goal_is_reached_by_the_signature_that_makes_it_full(
    client: AuditingClient, campaign: Campaign
) -> None:
    petition = make_petition(campaign, goals=[2, 5])
    first, second = (make_signature(petition, confirmed=False) for _ in range(2))
    confirm(first)
    assert told(client) == (1, [], 2)
    confirm(second)
    assert told(client) == (2, [2], 5)


def test_the_day_a_goal_was_reached_stays(app: Flask, campaign: Campaign) -> None:
    petition = make_petition(campaign, goals=[1, 3])
    today = utcnow().date()
    confirm(make_signature(petition, confirmed=False))
    with time_machine.travel(utcnow() + timedelta(days=3)):
        for _ in range(2):
            confirm(make_signature(petition, confirmed=False))
    days = select(GoalReached.goal, GoalReached.reached_on).order_by(GoalReached.goal)
    assert [tuple(row) for row in db.session.execute(days)] == [
        (1, today),
        (3, today + timedelta(days=3)),
    ]


def test_goals_jumped_over_are_reached_too(client: AuditingClient, campaign: Campaign) -> None:
    petition = make_petition(campaign, goals=[2, 3, 4, 50])
    for _ in range(5):
        make_signature(petition, state=SignatureState.HELD, held=True)
    assert recorded(petition) == []
    release_held(petition)
    db.session.commit()
    assert told(client) == (5, [2, 3, 4], 50)


def test_a_goal_stays_reached_when_a_signature_goes(
    client: AuditingClient, campaign: Campaign
) -> None:
    petition = make_petition(campaign, goals=[2, 5])
    make_signature(petition, "amal@example.org")
    make_signature(petition)
    erase_supporter(current_keyring(), campaign, "amal@example.org")
    db.session.commit()
    assert told(client) == (1, [2], 5)
    confirm(make_signature(petition, confirmed=False))
    assert recorded(petition) == [2]


def test_a_last_goal_that_was_reached_is_no_next_one(
    client: AuditingClient, campaign: Campaign
) -> None:
    petition = make_petition(campaign, goals=[2])
    make_signature(petition, "amal@example.org")
    assert "Next goal: 2" in client.get("/campaigns/free-amal").text
    make_signature(petition)
    erase_supporter(current_keyring(), campaign, "amal@example.org")
    db.session.commit()
    assert told(client) == (1, [2], 2)
    assert "Next goal" not in client.get("/campaigns/free-amal").text


def test_paper_reaches_goals_and_brings_the_next_nearer(
    client: AuditingClient, campaign: Campaign
) -> None:
    petition = make_petition(campaign, goals=[10, 12, 20], paper=10)
    assert told(client) == (10, [10], 12)
    for _ in range(2):
        confirm(make_signature(petition, confirmed=False))
    assert told(client) == (12, [10, 12], 20)


def test_a_goal_no_longer_on_the_ladder_is_not_told(
    client: AuditingClient, campaign: Campaign
) -> None:
    petition = make_petition(campaign, goals=[2, 5], paper=3)
    petition.goals = [3, 7]
    campaign.version += 1
    db.session.commit()
    record_goals(petition.id)
    assert told(client) == (3, [3], 7)


def test_repairing_a_count_reaches_goals(app: Flask, campaign: Campaign) -> None:
    petition = make_petition(campaign, goals=[3, 10])
    for _ in range(4):
        make_signature(petition)
    db.session.execute(db.delete(GoalReached))
    petition.tally.online = 1
    db.session.commit()
    assert CliRunner().invoke(recount, ["--repair"]).exit_code == 0
    db.session.rollback()
    assert recorded(petition) == [3]


# Nothing of it is asked of a database.
@pytest.mark.database("sqlite")
def test_a_petition_without_goals_reaches_none(client: AuditingClient, campaign: Campaign) -> None:
    petition = make_petition(campaign, goals=[], opens=date(2024, 1, 1))
    confirm(make_signature(petition, confirmed=False))
    nothing: list[int] = []
    assert told(client) == (1, nothing, None)
