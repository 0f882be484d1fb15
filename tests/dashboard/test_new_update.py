"""Writing to subscribers without an entry of the timeline."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from campaigns.accounts.roles import Role
from campaigns.cases.models import Campaign
from campaigns.cases.vocabulary import CampaignState, NamePolicy
from campaigns.db import db
from campaigns.updates.models import Update
from tests.accounts.factories import token_of
from tests.dashboard.desk import sign_in
from tests.factories import make_campaign, make_detainee, make_organiser, make_subscription
from tests.fixtures.auditing import AuditingClient
from tests.fixtures.mail import Mailbox

PATH = "/console/campaigns/watched/updates/new"


@pytest.fixture
def campaign(app: Flask, client: AuditingClient) -> Campaign:
    """A campaign with a subscriber, and one of its editors signed in."""
    campaign = make_campaign("watched")
    make_subscription(campaign, "amal@example.org")
    sign_in(client, make_organiser(roles={campaign: Role.EDITOR}))
    return campaign


def fill_in(client: AuditingClient, **changed: Any) -> dict[str, Any]:
    """Open the form and return what a browser would send of it."""
    page = client.get(PATH)
    return {
        "csrf_token": token_of(page),
        "token": re.findall(r'name="token" type="hidden" value="([0-9a-f]{32})"', page.text)[0],
        "title": "A letter from Zarina",
        "text": "She thanks you **all**.",
    } | changed


def updates() -> list[str]:
    """The title of every update."""
    return list(db.session.scalars(select(Update.title)))


def test_news_are_mailed_once_and_stay_to_be_read(
    campaign: Campaign, client: AuditingClient, deliver: Callable[[], int], mailbox: Mailbox
) -> None:
    form = fill_in(client)
    for _ in range(2):
        answer = client.post(PATH, data=form)
        assert (answer.status_code, answer.location) == (303, "/console")
    assert "Published. The mails are on their way." in client.get("/console").text
    assert updates() == ["A letter from Zarina"]
    assert deliver() == 1
    assert deliver() == 0
    assert "A letter from Zarina" in mailbox.last("amal@example.org").subject
    page = client.get("/campaigns/watched").text
    assert "A letter from Zarina" in page


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"title": ""}, "Say in one line what is new."),
        ({"title": " \t "}, "Say in one line what is new."),
        ({"text": " \r\n "}, "Write what subscribers should read."),
        ({"title": "x" * 151}, "Shorten the subject to 150 characters or fewer."),
        ({"title": "a\r\nBcc: x@evil.example"}, "Remove the invisible control characters"),
        ({"text": ""}, "Write what subscribers should read."),
        ({"text": "x" * 50_001}, "This text is too long for a mail."),
        ({"title": "Shirin Canaria is free"}, "Somebody is named here"),
        ({"text": "Her name is Shirin Canaria."}, "Somebody is named here"),
    ],
)
@pytest.mark.database("sqlite")
def test_a_fault_is_named_and_nothing_is_sent(
    campaign: Campaign, client: AuditingClient, changed: dict[str, Any], message: str
) -> None:
    make_detainee(campaign, "Shirin Canaria", name_policy=NamePolicy.WITHHELD)
    answer = client.post(PATH, data=fill_in(client, **changed))
    assert answer.status_code == 422
    assert answer.text.split("<title>")[1].startswith("Error: Write to subscribers")
    assert message in answer.text
    assert updates() == []


@pytest.mark.database("sqlite")
def test_nobody_is_told_what_they_could_not_read(
    campaign: Campaign, client: AuditingClient
) -> None:
    campaign.state = CampaignState.DRAFT
    db.session.commit()
    answer = client.post(PATH, data=fill_in(client))
    assert answer.status_code == 422
    assert "Publish the campaign first" in answer.text
    assert "She thanks you **all**." in answer.text
    assert updates() == []
