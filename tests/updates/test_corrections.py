"""What was wrong is set right for exactly those who were mailed it."""

from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from campaigns.cases.models import Campaign, Correction, Event
from campaigns.cases.retracting import retract_event
from campaigns.cases.wording import date_in_words
from campaigns.db import db, utcnow
from campaigns.mail.models import Delivery, DeliveryState
from campaigns.updates import jobs
from campaigns.updates.correction_queries import ALL_WRITTEN_DOWN
from campaigns.updates.models import CORRECTION, Frequency, Subscription
from campaigns.updates.operations import (
    end_subscription,
    tell_of_event,
    tell_what_became_of,
)
from tests.factories import make_event, make_subscription, make_update
from tests.fixtures.mail import Mailbox

Deliver = Callable[[], int]
DAY = timedelta(days=1)


@pytest.fixture
def event(campaign: Campaign) -> Event:
    """An entry that subscribers are told of."""
    event = make_event(campaign, summary="She was released.")
    tell_of_event(campaign, event, "She was released this morning.")
    db.session.commit()
    return event


def retract(campaign: Campaign, event: Event, clock: time_machine.Traveller) -> None:
    # Mails are told apart by when they were written.
    clock.shift(timedelta(seconds=1))
    reason, version = "A mix-up of names.", event.version
    assert retract_event(campaign, event, reason=reason, version=version, organiser_id=1)
    db.session.commit()
    clock.shift(ALL_WRITTEN_DOWN)


def correct(event: Event, note: str = "It was the day after.") -> None:
    event.corrections.append(
        Correction(
            position=len(event.corrections) + 1,
            on=utcnow().date(),
            note=note,
            was={"date": "2024-02-29"},
            mail_at=utcnow(),
        )
    )
    db.session.commit()


def readers(mailbox: Mailbox, subject: str) -> list[str]:
    return sorted(mail.recipient for mail in mailbox.mails() if subject in mail.subject)


def test_a_retraction_reaches_exactly_those_who_were_mailed_and_still_subscribe(
    campaign: Campaign,
    event: Event,
    deliver: Deliver,
    mailbox: Mailbox,
    clock: time_machine.Traveller,
) -> None:
    make_subscription(campaign, "stays@example.org")
    leaves = make_subscription(campaign, "leaves@example.org")
    make_subscription(campaign, "only-status@example.org", frequency=Frequency.STATUS)
    make_subscription(campaign, "weekly@example.org", frequency=Frequency.WEEKLY)
    assert deliver() == 3
    clock.shift(DAY / 24)
    end_subscription(leaves.id)
    make_subscription(campaign, "later@example.org")
    paused = db.session.scalars(
        select(Subscription).where(Subscription.frequency == Frequency.STATUS)
    ).one()
    paused.paused_until = utcnow() + DAY
    retract(campaign, event, clock)
    assert deliver() == 2
    assert readers(mailbox, "Retracted: She was released.") == [
        "only-status@example.org",
        "stays@example.org",
    ]
    clock.shift(8 * DAY)
    deliver()
    assert len(readers(mailbox, "Retracted:")) == 2
    assert readers(mailbox, "She was released.").count("weekly@example.org") == 0


def test_readers_of_digests_are_told_like_all_others(
    campaign: Campaign,
    event: Event,
    deliver: Deliver,
    mailbox: Mailbox,
    clock: time_machine.Traveller,
) -> None:
    daily = make_subscription(campaign, "daily@example.org", frequency=Frequency.DAILY)
    make_update(campaign, title="Something else")
    clock.shift(DAY)
    deliver()
    assert len(mailbox.mails("daily@example.org")) == 1
    # How somebody is mailed from now on changes nothing of what they were told.
    daily.frequency, daily.frequency_since = Frequency.WEEKLY, utcnow()
    retract(campaign, event, clock)
    deliver()
    assert readers(mailbox, "Retracted:") == ["daily@example.org"]


def test_a_digest_that_did_not_tell_it_is_not_corrected(
    campaign: Campaign,
    event: Event,
    deliver: Deliver,
    mailbox: Mailbox,
    clock: time_machine.Traveller,
) -> None:
    clock.shift(timedelta(minutes=1))
    # Who was paused when it was published got the digest without it.
    make_subscription(
        campaign,
        "paused@example.org",
        frequency=Frequency.DAILY,
        confirmed_at=utcnow() - DAY,
        paused_until=utcnow(),
    )
    clock.shift(timedelta(minutes=1))
    make_update(campaign, title="Something else")
    clock.shift(DAY)
    deliver()
    assert [mail.subject for mail in mailbox.mails("paused@example.org")] == ["Something else"]
    retract(campaign, event, clock)
    deliver()
    assert readers(mailbox, "Retracted:") == []


def test_the_mail_gives_the_reason_leaves_by_one_click_and_joins_the_thread(
    app: Flask,
    campaign: Campaign,
    event: Event,
    deliver: Deliver,
    mailbox: Mailbox,
    clock: time_machine.Traveller,
) -> None:
    make_subscription(campaign, "reader@example.org")
    deliver()
    retract(campaign, event, clock)
    deliver()
    first, second = mailbox.mails("reader@example.org")
    assert "A mix-up of names." in second.text
    assert "She was released." in second.text
    raw = [
        message_from_bytes((mailbox.folder / mail.name).read_bytes()) for mail in (first, second)
    ]
    assert raw[0]["References"] == raw[1]["References"]
    assert raw[0]["List-Id"] == raw[1]["List-Id"]
    assert raw[1]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert raw[0]["Message-ID"] != raw[1]["Message-ID"]


def test_nobody_is_told_while_the_wrong_mail_is_still_on_its_way(
    campaign: Campaign,
    event: Event,
    deliver: Deliver,
    mailbox: Mailbox,
    clock: time_machine.Traveller,
) -> None:
    make_subscription(campaign, "slow@example.org")
    jobs.queue_updates()
    (delivery,) = db.session.scalars(select(Delivery)).all()
    delivery.state, delivery.next_at = DeliveryState.SENDING, utcnow() + DAY
    db.session.commit()
    retract(campaign, event, clock)
    deliver()
    assert readers(mailbox, "Retracted:") == []
    # The relay took it a moment before the retraction.
    delivery.state, delivery.next_at = DeliveryState.SENT, None
    deliver()
    assert readers(mailbox, "Retracted:") == ["slow@example.org"]


def test_who_was_to_be_mailed_and_was_not_hears_nothing(
    campaign: Campaign,
    event: Event,
    deliver: Deliver,
    mailbox: Mailbox,
    clock: time_machine.Traveller,
) -> None:
    make_subscription(campaign, "queued@example.org")
    jobs.queue_updates()
    retract(campaign, event, clock)
    assert deliver() == 0
    assert mailbox.mails() == []


def test_a_job_that_runs_twice_tells_once(
    campaign: Campaign, event: Event, deliver: Deliver, clock: time_machine.Traveller
) -> None:
    make_subscription(campaign, "once@example.org")
    deliver()
    retract(campaign, event, clock)
    jobs.queue_corrections()
    jobs.queue_corrections()
    assert deliver() == 1
    assert deliver() == 0


@pytest.mark.parametrize("retracted", [True, False])
def test_whoever_was_mailed_how_it_went_on_too_is_told_once_that_it_was_wrong(
    campaign: Campaign,
    event: Event,
    deliver: Deliver,
    mailbox: Mailbox,
    clock: time_machine.Traveller,
    retracted: bool,
) -> None:
    make_subscription(campaign, "both@example.org")
    deliver()
    clock.shift(timedelta(minutes=1))
    make_subscription(campaign, "later@example.org")
    title = "Held: She was released."
    tell_what_became_of(campaign, event, title=title, text="It was short.", token="1" * 32)
    db.session.commit()
    assert deliver() == 2
    if retracted:
        retract(campaign, event, clock)
    else:
        correct(event)
        clock.shift(ALL_WRITTEN_DOWN)
    assert deliver() == 2
    word = "Retracted: " if retracted else "Corrected: "
    assert readers(mailbox, word) == ["both@example.org", "later@example.org"]


def test_a_correction_is_mailed_when_an_organiser_asked_for_it(
    campaign: Campaign,
    event: Event,
    deliver: Deliver,
    mailbox: Mailbox,
    clock: time_machine.Traveller,
) -> None:
    make_subscription(campaign, "reader@example.org")
    deliver()
    correct(event)
    event.corrections[0].mail_at = None
    assert deliver() == 0
    clock.shift(ALL_WRITTEN_DOWN)
    event.corrections[0].mail_at = utcnow()
    assert deliver() == 1
    last = mailbox.last("reader@example.org")
    assert last.subject == "Corrected: She was released."
    assert "It was the day after." in last.text
    assert f"It now reads: {date_in_words(event.date)}: She was released." in last.text


def test_a_digest_written_after_the_correction_tells_it_and_is_not_corrected_again(
    campaign: Campaign,
    event: Event,
    deliver: Deliver,
    mailbox: Mailbox,
    clock: time_machine.Traveller,
) -> None:
    make_subscription(campaign, "daily@example.org", frequency=Frequency.DAILY)
    correct(event)
    assert deliver() == 0
    clock.shift(DAY)
    assert deliver() == 1
    assert "Corrected since: It was the day after." in mailbox.last("daily@example.org").text
    assert deliver() == 0
    kinds = db.session.scalars(select(Delivery.kind).where(Delivery.kind == CORRECTION)).all()
    assert list(kinds) == []
    retract(campaign, event, clock)
    assert deliver() == 1
    assert mailbox.last("daily@example.org").subject.startswith("Retracted:")
