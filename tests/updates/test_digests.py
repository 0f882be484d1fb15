"""A digest tells what happened in a stretch of time, once, and nothing is left untold."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from campaigns.cases.models import Campaign
from campaigns.db import db, utcnow
from campaigns.updates.models import Digest, Frequency
from campaigns.updates.operations import open_digests
from campaigns.updates.runs import cancel_update, pause_update, resume_update
from tests.factories import make_campaign, make_event, make_subscription, make_update
from tests.fixtures.mail import Mailbox

Deliver = Callable[[], int]
# A Wednesday.
BEGIN = datetime(2031, 1, 1, 12, tzinfo=UTC)
SIX = datetime(2031, 1, 2, 6, 1, tzinfo=UTC)
A_DAY = timedelta(days=1)


@pytest.fixture
def clock(app: Flask) -> Iterator[time_machine.Traveller]:
    with time_machine.travel(BEGIN, tick=False) as traveller:
        yield traveller


def windows(frequency: Frequency = Frequency.DAILY) -> list[tuple[datetime, datetime]]:
    rows = db.session.scalars(
        select(Digest).where(Digest.frequency == frequency).order_by(Digest.ends_at)
    )
    return [(it.begins_at, it.ends_at) for it in rows]


def test_a_days_updates_come_in_one_mail_at_six_the_next_morning(
    campaign: Campaign, deliver: Deliver, mailbox: Mailbox, clock: time_machine.Traveller
) -> None:
    make_subscription(campaign, "daily@example.org", frequency=Frequency.DAILY)
    make_update(campaign, title="First")
    clock.shift(timedelta(hours=1))
    make_update(campaign, title="Second")
    clock.move_to(SIX - timedelta(minutes=1))
    assert deliver() == 0
    clock.move_to(SIX)
    assert deliver() == 1
    mail = mailbox.last("daily@example.org")
    assert mail.subject == f"2 updates: {campaign.title}"
    assert mail.text.index("First") < mail.text.index("Second")
    assert deliver() == 0
    assert mail.text.count("/unsubscribe/") == 1


def test_a_digest_waits_for_what_is_paused_and_leaves_out_what_was_stopped(
    campaign: Campaign, deliver: Deliver, mailbox: Mailbox, clock: time_machine.Traveller
) -> None:
    make_subscription(campaign, frequency=Frequency.DAILY)
    make_update(campaign, title="Goes on")
    stopped = make_update(campaign, title="Stopped")
    for update in (stopped, paused := make_update(campaign, title="Paused")):
        pause_update(update)
    cancel_update(stopped)
    clock.move_to(SIX)
    assert deliver() == 0
    resume_update(campaign, paused)
    assert deliver() == 1
    text = mailbox.last().text
    assert "Goes on" in text
    assert "Paused" in text
    assert "Stopped" not in text


def test_one_update_alone_lends_a_digest_its_title(
    campaign: Campaign, deliver: Deliver, mailbox: Mailbox, clock: time_machine.Traveller
) -> None:
    make_subscription(campaign, frequency=Frequency.DAILY)
    make_update(campaign, title="Bail was granted")
    clock.move_to(SIX)
    assert deliver() == 1
    assert mailbox.last().subject == "Bail was granted"


def test_a_weeks_updates_come_on_monday(
    campaign: Campaign, deliver: Deliver, mailbox: Mailbox, clock: time_machine.Traveller
) -> None:
    make_subscription(campaign, "weekly@example.org", frequency=Frequency.WEEKLY)
    make_update(campaign)
    sent = []
    for day in range(7):
        clock.move_to(SIX + day * A_DAY)
        sent.append(deliver())
    # Thursday, Friday, Saturday, Sunday, Monday, Tuesday, Wednesday.
    assert sent == [0, 0, 0, 0, 1, 0, 0]


def test_a_day_without_news_makes_no_digest(
    campaign: Campaign, deliver: Deliver, clock: time_machine.Traveller
) -> None:
    make_subscription(campaign, frequency=Frequency.DAILY)
    for day in range(3):
        clock.move_to(SIX + day * A_DAY)
        assert deliver() == 0
    assert windows() == []
    make_update(campaign)
    clock.shift(A_DAY)
    assert deliver() == 1
    clock.shift(A_DAY)
    assert deliver() == 0
    assert len(windows()) == 1


def test_windows_that_were_missed_are_told_in_the_next_digest(
    campaign: Campaign, deliver: Deliver, mailbox: Mailbox, clock: time_machine.Traveller
) -> None:
    make_subscription(campaign, frequency=Frequency.DAILY)
    for number in range(4):
        make_update(campaign, title=f"Number {number}")
        clock.shift(A_DAY)
    clock.move_to(SIX + 5 * A_DAY)
    assert deliver() == 1
    assert all(f"Number {number}" in mailbox.last().text for number in range(4))
    make_update(campaign, title="Number 4")
    clock.shift(A_DAY)
    assert deliver() == 1
    assert "Number 3" not in mailbox.last().text
    (_, first_end), (second_begin, _) = windows()
    assert first_end == second_begin


def test_opening_twice_opens_nothing_twice(
    campaign: Campaign, clock: time_machine.Traveller
) -> None:
    make_update(campaign)
    make_update(make_campaign())
    clock.move_to(SIX)
    for _ in range(3):
        open_digests(utcnow())
        db.session.commit()
    assert len(windows()) == 2
    assert {ends for _, ends in windows()} == {SIX - timedelta(minutes=1)}


def test_an_update_on_the_border_is_told_once(
    campaign: Campaign, deliver: Deliver, mailbox: Mailbox, clock: time_machine.Traveller
) -> None:
    make_subscription(campaign, frequency=Frequency.DAILY)
    border = SIX - timedelta(minutes=1)
    for offset, title in ((-1, "Just before"), (0, "On the stroke"), (1, "Just after")):
        make_update(campaign, title=title, published_at=border + timedelta(microseconds=offset))
    told = []
    for day in range(3):
        clock.move_to(SIX + day * A_DAY)
        if deliver():
            told.append([it for it in ("before", "stroke", "after") if it in mailbox.last().text])
    assert told == [["before", "stroke"], ["after"]]


def test_whoever_confirms_after_a_window_ended_does_not_get_its_digest(
    campaign: Campaign, deliver: Deliver, clock: time_machine.Traveller
) -> None:
    make_update(campaign)
    clock.move_to(SIX + timedelta(seconds=1))
    make_subscription(campaign, frequency=Frequency.DAILY)
    assert deliver() == 0
    assert len(windows()) == 1


def test_campaigns_are_never_told_in_one_mail(
    campaign: Campaign, deliver: Deliver, mailbox: Mailbox, clock: time_machine.Traveller
) -> None:
    other = make_campaign()
    for one in (campaign, other):
        make_subscription(one, "amal@example.org", frequency=Frequency.DAILY)
        make_update(one, title=f"News of {one.slug}")
    clock.move_to(SIX)
    assert deliver() == 2
    for mail in mailbox.mails("amal@example.org"):
        assert (campaign.slug in mail.text) != (other.slug in mail.text)


def test_a_digest_leaves_out_what_was_struck_through(
    campaign: Campaign, deliver: Deliver, mailbox: Mailbox, clock: time_machine.Traveller
) -> None:
    make_subscription(campaign, frequency=Frequency.DAILY)
    struck = make_event(campaign)
    make_update(campaign, title="She is free", event_id=struck.id)
    make_update(campaign, title="A letter from Zarina")
    struck.retracted_on = utcnow().date()
    clock.move_to(SIX)
    assert deliver() == 1
    assert mailbox.last().subject == "A letter from Zarina"
    assert "She is free" not in mailbox.last().text


def test_a_day_whose_only_news_was_struck_through_makes_no_digest(
    campaign: Campaign, deliver: Deliver, clock: time_machine.Traveller
) -> None:
    make_subscription(campaign, frequency=Frequency.DAILY)
    struck = make_event(campaign)
    make_update(campaign, event_id=struck.id)
    struck.retracted_on = utcnow().date()
    clock.move_to(SIX)
    assert deliver() == 0
    assert windows() == []
