"""An archived campaign writes once more: that it ends, and when addresses are deleted."""

from collections.abc import Callable
from datetime import timedelta

import time_machine

from campaigns.cases.models import Campaign
from campaigns.cases.vocabulary import CampaignState
from campaigns.db import db, utcnow
from campaigns.updates import jobs
from campaigns.updates.models import Frequency
from tests.factories import make_subscription
from tests.fixtures.mail import Mailbox

Deliver = Callable[[], int]


def archive(campaign: Campaign) -> None:
    campaign.state = CampaignState.ARCHIVED
    campaign.closed_on = campaign.today
    campaign.archived_at = utcnow()
    db.session.commit()


def reopen(campaign: Campaign) -> None:
    campaign.state = CampaignState.PUBLISHED
    campaign.closed_on = campaign.archived_at = None
    db.session.commit()


def test_every_subscriber_gets_one_last_mail_with_the_day(
    campaign: Campaign, deliver: Deliver, mailbox: Mailbox, clock: time_machine.Traveller
) -> None:
    for frequency in Frequency:
        make_subscription(campaign, f"{frequency}@example.org", frequency=frequency)
    make_subscription(campaign, "pending@example.org", confirmed=False)
    archive(campaign)
    last = (utcnow() + timedelta(days=30)).date()
    for _ in range(3):
        deliver()
        clock.shift(timedelta(days=1))
    for frequency in Frequency:
        (mail,) = mailbox.mails(f"{frequency}@example.org")
        assert f"{last.day} {last:%B} {last.year}" in mail.text
        assert campaign.title in mail.subject
        assert "/unsubscribe/" in mail.text
    assert mailbox.mails("pending@example.org") == []


def test_one_that_is_open_takes_no_leave(
    campaign: Campaign, deliver: Deliver, mailbox: Mailbox
) -> None:
    make_subscription(campaign)
    assert deliver() == 0
    campaign.state, campaign.closed_on = CampaignState.CLOSED, campaign.today
    assert deliver() == 0
    assert mailbox.mails() == []


def test_reopened_before_it_was_sent_it_is_not_sent(
    campaign: Campaign, deliver: Deliver, mailbox: Mailbox
) -> None:
    make_subscription(campaign)
    archive(campaign)
    jobs.take_leave()
    reopen(campaign)
    assert deliver() == 0
    assert mailbox.mails() == []


def test_archived_a_second_time_it_takes_leave_a_second_time(
    campaign: Campaign, deliver: Deliver, mailbox: Mailbox, clock: time_machine.Traveller
) -> None:
    make_subscription(campaign, "reader@example.org")
    archive(campaign)
    assert deliver() == 1
    reopen(campaign)
    clock.shift(timedelta(days=3))
    archive(campaign)
    assert deliver() == 1
    first, second = mailbox.mails("reader@example.org")
    assert first.text != second.text
