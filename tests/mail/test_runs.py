"""A run of mail is changed while a worker is sending it over a real connection: nobody gets two."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from campaigns.cases.models import Campaign
from campaigns.db import db, utcnow
from campaigns.mail.delivery import deliver_due
from campaigns.mail.models import Delivery
from campaigns.updates import jobs
from campaigns.updates.drafts import edit_update
from campaigns.updates.models import Update
from campaigns.updates.run_queries import lock_update
from campaigns.updates.runs import cancel_update, pause_update, resume_update
from tests.factories import make_campaign, make_subscription, make_update
from tests.mail.relay import Relay

Step = Callable[[Campaign, Update], None]


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(utcnow(), tick=False) as traveller:
        yield traveller


@pytest.fixture
def told(mailing: Flask, clock: time_machine.Traveller) -> Update:
    """An update whose five mails are queued."""
    campaign = make_campaign("watched")
    for _ in range(5):
        make_subscription(campaign)
    update = make_update(campaign, title="Before")
    jobs.queue_updates()
    return update


def at_the_third_recipient(mailing: Flask, relay: Relay, update: Update, step: Step) -> None:
    """Do something in another process, as it were, when the third recipient is named."""
    about, seen = update.id, []
    db.session.commit()

    def act(recipient: str) -> None:
        seen.append(recipient)
        if len(seen) == 3:
            with mailing.app_context():
                found = db.session.get_one(Update, about)
                step(db.session.get_one(Campaign, found.campaign_id), found)
                db.session.commit()

    relay.on_recipient = act


def edit(campaign: Campaign, update: Update) -> None:
    lock_update(update)
    edit_update(campaign, update, title="After", text="x", translations={}, organiser_id=1)


def pause_and_resume(campaign: Campaign, update: Update) -> None:
    pause_update(update)
    resume_update(campaign, update)


def subjects(relay: Relay) -> Counter[str]:
    recipients = [received.recipient for received in relay.received]
    assert len(recipients) == len(set(recipients)), "somebody got two"
    return Counter(str(received.mail["Subject"]) for received in relay.received)


def test_what_was_edited_is_sent_to_all_who_were_not_named_to_the_relay_yet(
    mailing: Flask, relay: Relay, told: Update, clock: time_machine.Traveller
) -> None:
    at_the_third_recipient(mailing, relay, told, edit)
    assert deliver_due() == 3
    clock.shift(timedelta(seconds=61))
    assert deliver_due() == 2
    assert subjects(relay) == {"Before": 3, "After": 2}
    versions = db.session.scalars(select(Delivery.version)).all()
    assert sorted(versions, key=str) == [1, 1, 1, 2, 2]


def test_what_is_paused_and_resumed_at_that_moment_is_sent_once(
    mailing: Flask, relay: Relay, told: Update, clock: time_machine.Traveller
) -> None:
    at_the_third_recipient(mailing, relay, told, pause_and_resume)
    assert deliver_due() == 3
    clock.shift(timedelta(seconds=61))
    assert deliver_due() == 2
    assert subjects(relay) == {"Before": 5}


@pytest.mark.parametrize(
    "step", [lambda _, update: pause_update(update), lambda _, update: cancel_update(update)]
)
def test_what_is_stopped_leaves_for_nobody_who_was_not_named_yet(
    mailing: Flask, relay: Relay, told: Update, clock: time_machine.Traveller, step: Step
) -> None:
    at_the_third_recipient(mailing, relay, told, step)
    assert deliver_due() == 3
    clock.shift(timedelta(hours=1))
    assert deliver_due() == 0
    assert subjects(relay) == {"Before": 3}
