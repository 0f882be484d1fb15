"""Taking back what was just posted: wholly, and only while nobody was told."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from campaigns.accounts.actions import Action
from campaigns.accounts.models import AuditEntry
from campaigns.accounts.roles import Role
from campaigns.cases.models import Article, Campaign, Event
from campaigns.db import Base, db, utcnow
from campaigns.updates.models import Update
from campaigns.updates.operations import UNDO_WITHIN, UNTOLD_FOR
from tests.accounts.factories import token_of
from tests.dashboard.desk import sign_in
from tests.factories import make_campaign, make_detainee, make_organiser, make_subscription
from tests.fixtures.auditing import AuditingClient

LINE = "Zarina came home this evening."
LINK = "https://www.example-news.org/zarina-free"


@pytest.fixture
def campaign(app: Flask, client: AuditingClient) -> Campaign:
    """A campaign with a subscriber, and one of its editors signed in."""
    campaign = make_campaign("watched")
    make_detainee(campaign)
    make_subscription(campaign, "amal@example.org")
    sign_in(client, make_organiser("amina", roles={campaign: Role.EDITOR}))
    return campaign


def post(client: AuditingClient, **changed: Any) -> None:
    """Post something."""
    path = "/console/campaigns/watched/post"
    page = client.get(path)
    token = re.findall(r'name="token" type="hidden" value="([0-9a-f]{32})"', page.text)[0]
    form = {
        "csrf_token": token_of(page),
        "token": token,
        "kind": "released",
        "date": "2024-03-09",
        "summary": LINE,
        **changed,
    }
    assert client.post(path, data=form).status_code == 303


def undo_address(client: AuditingClient) -> str:
    """Where the button of the start page leads; fails when there is none."""
    found = re.search(r'action="([^"]+/undo)"', client.get("/console").text)
    assert found, "nothing can be undone"
    return found[1]


def press(client: AuditingClient, address: str) -> str:
    """Press a button of the console; what the next page says."""
    answer = client.post(address, data={"csrf_token": token_of(client.get("/console"))})
    assert answer.status_code == 303
    return client.get(answer.location).text


def rows(model: type[Base]) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_entry_update_and_article_go_wholly_and_nobody_is_mailed(
    campaign: Campaign, client: AuditingClient, deliver: Callable[[], int]
) -> None:
    post(client, tell="y", link=LINK)
    assert (rows(Event), rows(Update), rows(Article)) == (1, 1, 1)
    assert deliver() == 0
    assert "Undone: the entry is gone" in press(client, undo_address(client))
    assert (rows(Event), rows(Update), rows(Article)) == (0, 0, 0)
    assert LINE not in client.get("/campaigns/watched").text
    with time_machine.travel(utcnow() + UNTOLD_FOR):
        assert deliver() == 0
    actions = list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.number)))
    assert actions[-2:] == [Action.EVENT_RECORDED, Action.EVENT_UNDONE]


@pytest.mark.database("sqlite")
def test_an_article_another_entry_rests_on_stays(
    campaign: Campaign, client: AuditingClient
) -> None:
    post(client, link=LINK)
    post(client, link=LINK, summary="And another thing.")
    assert rows(Article) == 1
    press(client, undo_address(client))
    assert (rows(Event), rows(Article)) == (1, 1)


@pytest.mark.database("sqlite")
def test_after_thirty_seconds_it_is_corrected_instead(
    campaign: Campaign, client: AuditingClient
) -> None:
    post(client)
    address = undo_address(client)
    with time_machine.travel(utcnow() + UNDO_WITHIN + timedelta(seconds=1)):
        assert "Undo" not in client.get("/console").text
        assert "Correct the entry instead." in press(client, address)
    assert rows(Event) == 1


@pytest.mark.database("sqlite")
def test_pressed_twice_it_is_gone_once(campaign: Campaign, client: AuditingClient) -> None:
    post(client)
    address = undo_address(client)
    for _ in range(2):
        assert "Undone" in press(client, address)
    assert rows(Event) == 0


@pytest.mark.database("sqlite")
def test_only_who_posted_it_can_take_it_back(
    campaign: Campaign, client: AuditingClient, app: Flask
) -> None:
    post(client)
    address = undo_address(client)
    other = app.test_client()
    assert isinstance(other, AuditingClient)
    sign_in(other, make_organiser("olga", roles={campaign: Role.OWNER}))
    assert "Undo" not in other.get("/console").text
    form = {"csrf_token": token_of(other.get("/console"))}
    assert other.post(address, data=form).status_code == 404
    assert rows(Event) == 1


@pytest.mark.database("sqlite")
def test_a_resend_after_it_was_told_is_not_audited_twice(
    campaign: Campaign, client: AuditingClient
) -> None:
    page = client.get("/console/campaigns/watched/post")
    form = {
        "csrf_token": token_of(page),
        "token": "0123456789abcdef" * 2,
        "kind": "released",
        "date": "2024-03-09",
        "summary": LINE,
    }
    for _ in range(2):
        assert client.post("/console/campaigns/watched/post", data=form).status_code == 303
    recorded = select(func.count()).where(AuditEntry.action == Action.EVENT_RECORDED)
    assert db.session.scalar(recorded) == 1
