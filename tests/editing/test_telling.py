"""Telling subscribers of an entry that is written in full, once it may be read."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from campaigns.cases.models import Campaign, Event
from campaigns.cases.vocabulary import CampaignState
from campaigns.db import db, utcnow
from campaigns.updates.models import Update
from tests.editing.writing import filled, said, write
from tests.factories import make_subscription
from tests.fixtures.auditing import AuditingClient
from tests.fixtures.mail import Mailbox

LINE = "They were moved at night."


def updates() -> list[Update]:
    db.session.expire_all()
    return list(db.session.scalars(select(Update)))


def test_news_of_an_entry_that_is_kept_back_is_mailed_when_it_may_be_read(
    campaign: Campaign, client: AuditingClient, deliver: Callable[[], int], mailbox: Mailbox
) -> None:
    make_subscription(campaign, "amal@example.org")
    friday = utcnow() + timedelta(days=2)
    answer = write(
        client,
        summary=LINE,
        text="Nobody was **told**.",
        embargo_until=f"{friday + timedelta(hours=5):%Y-%m-%dT%H:%M}",
        tell="y",
        accepted="no_source",
    )
    assert answer.status_code == 303
    (update,) = updates()
    assert (update.title, update.text) == (LINE, "Nobody was **told**.")
    assert update.event_id is not None
    assert update.published_at == db.session.get_one(Event, update.event_id).embargo_until
    page = f"/campaigns/watched/updates/{update.id}"
    assert client.get(page).status_code == 404
    assert deliver() == 0
    with time_machine.travel(friday + timedelta(minutes=1), tick=False):
        assert deliver() == 1
        assert LINE in client.get(page).text
    assert mailbox.last("amal@example.org").subject == LINE


@pytest.mark.database("sqlite")
def test_nobody_is_told_unless_it_is_ticked(campaign: Campaign, client: AuditingClient) -> None:
    assert write(client, accepted="no_source").status_code == 303
    assert updates() == []


def test_subscribers_of_a_draft_are_not_told_and_nothing_is_entered(
    campaign: Campaign, client: AuditingClient
) -> None:
    campaign.state = CampaignState.DRAFT
    db.session.commit()
    answer = write(client, summary=LINE, tell="y", accepted="no_source")
    assert answer.status_code == 422
    assert "Publish the campaign first: subscribers could not read it." in said(answer)
    assert filled(answer)["tell"] == ["y"]
    assert db.session.scalars(select(Event.summary).where(Event.summary == LINE)).all() == []
    assert updates() == []


@pytest.mark.database("sqlite")
@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"summary": "x" * 201}, "It is the subject of the mail: shorten it to 200 characters."),
        ({"text": "x" * 50_001}, "This text is too long for a mail."),
    ],
)
def test_what_is_too_long_for_a_mail_is_an_entry_but_no_news(
    campaign: Campaign, client: AuditingClient, changed: dict[str, str], message: str
) -> None:
    answer = write(client, **changed, tell="y", accepted="no_source")
    assert answer.status_code == 422
    assert message in said(answer)
    assert write(client, **changed, accepted="no_source").status_code == 303
    assert updates() == []
