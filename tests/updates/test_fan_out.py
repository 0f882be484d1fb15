"""Every subscriber an update is for gets one mail of it, whatever happens to the worker."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import event, select

from campaigns.cases.models import Campaign
from campaigns.cases.vocabulary import CampaignState, EventKind
from campaigns.db import db
from campaigns.mail.models import Delivery
from campaigns.updates import jobs
from campaigns.updates.models import Frequency, Subscription, Update
from campaigns.updates.operations import end_subscription, tell_of_event
from tests.factories import make_campaign, make_event, make_subscription, make_update
from tests.fixtures.mail import Mailbox

Deliver = Callable[[], int]


class Killed(BaseException):
    """The worker ends in the middle of its work."""


def subscribers(campaign: Campaign, number: int) -> set[str]:
    return {make_subscription(campaign).id.hex for _ in range(number)}


def recipients(update: Update) -> list[str | None]:
    return list(
        db.session.scalars(
            select(Delivery.recipient_id).where(
                Delivery.kind == "update.send", Delivery.about_id == str(update.id)
            )
        )
    )


def kill_at_commit(number: int) -> Callable[[], None]:
    """Have the session's next commits counted and the one of this number fail; returns the end."""
    left = [number]

    def count_down(_session: Any) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise Killed

    event.listen(db.session, "before_commit", count_down)
    return lambda: event.remove(db.session, "before_commit", count_down)


def test_each_confirmed_subscriber_gets_one_mail_of_an_update(
    campaign: Campaign, deliver: Deliver, mailbox: Mailbox
) -> None:
    for name in ("one", "two", "three"):
        make_subscription(campaign, f"{name}@example.org")
    make_subscription(campaign, "pending@example.org", confirmed=False)
    make_subscription(make_campaign(), "elsewhere@example.org")
    make_update(campaign)
    assert deliver() == 3
    assert deliver() == 0
    assert sorted(mail.recipient for mail in mailbox.mails()) == [
        "one@example.org",
        "three@example.org",
        "two@example.org",
    ]


def test_a_worker_killed_between_two_chunks_leaves_nobody_out_and_doubles_nobody(
    campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "CHUNK", 3)
    expected = subscribers(campaign, 10)
    for killed_at, queued in enumerate((0, 0, 3, 6, 9, 10), start=1):
        update = make_update(campaign)
        end = kill_at_commit(killed_at)
        with pytest.raises(Killed):
            jobs.queue_updates()
        end()
        db.session.rollback()
        assert len(recipients(update)) == queued
        assert update.queued_at is None
        jobs.queue_updates()
        assert len(recipients(update)) == 10
        assert set(recipients(update)) == expected
        assert update.queued_at is not None


def test_two_workers_that_queue_the_same_update_double_nobody(campaign: Campaign) -> None:
    expected = subscribers(campaign, 5)
    update = make_update(campaign)
    jobs.queue_updates()
    update.queued_at = update.queued_up_to = None
    db.session.commit()
    jobs.queue_updates()
    assert sorted(filter(None, recipients(update))) == sorted(expected)


def test_whoever_confirms_after_an_update_is_not_mailed_it(
    campaign: Campaign, deliver: Deliver, clock: time_machine.Traveller
) -> None:
    make_update(campaign)
    clock.shift(timedelta(seconds=1))
    make_subscription(campaign)
    assert deliver() == 0
    make_update(campaign)
    assert deliver() == 1


def test_a_subscriber_is_mailed_at_once_only_if_asked_for(
    campaign: Campaign, deliver: Deliver, mailbox: Mailbox
) -> None:
    for frequency in Frequency:
        make_subscription(campaign, f"{frequency}@example.org", frequency=frequency)
    make_update(campaign)
    assert deliver() == 1
    assert mailbox.last().recipient == "immediate@example.org"


def test_news_of_somebodys_custody_reaches_those_who_asked_for_that_alone(
    campaign: Campaign, deliver: Deliver, mailbox: Mailbox
) -> None:
    for frequency in Frequency:
        make_subscription(campaign, f"{frequency}@example.org", frequency=frequency)
    for kind in (EventKind.HEARING, EventKind.STATEMENT):
        tell_of_event(campaign, make_event(campaign, kind), "")
    assert deliver() == 2
    assert {mail.recipient for mail in mailbox.mails()} == {"immediate@example.org"}
    tell_of_event(campaign, make_event(campaign, EventKind.RELEASED_ON_BAIL), "")
    assert deliver() == 2
    assert len(mailbox.mails("status@example.org")) == 1


def test_whoever_leaves_between_queueing_and_sending_gets_nothing(
    campaign: Campaign, deliver: Deliver, mailbox: Mailbox
) -> None:
    leaving = make_subscription(campaign, "leaving@example.org")
    make_subscription(campaign, "staying@example.org")
    make_update(campaign)
    jobs.queue_updates()
    # Without cancelling what is queued, as if it had been queued a moment after leaving.
    db.session.delete(leaving)
    assert deliver() == 1
    assert mailbox.last().recipient == "staying@example.org"


def test_ending_a_subscription_cancels_its_queued_mail_and_no_other(campaign: Campaign) -> None:
    leaving, staying = make_subscription(campaign), make_subscription(campaign)
    make_update(campaign)
    jobs.queue_updates()
    end_subscription(leaving.id)
    states = db.session.execute(select(Delivery.recipient_id, Delivery.state)).all()
    assert {tuple(row) for row in states} == {
        (leaving.id.hex, "cancelled"),
        (staying.id.hex, "queued"),
    }


def test_a_campaign_taken_down_after_queueing_mails_nobody(
    campaign: Campaign, deliver: Deliver
) -> None:
    make_subscription(campaign)
    make_update(campaign)
    jobs.queue_updates()
    campaign.state = CampaignState.REMOVED
    assert deliver() == 0
    assert db.session.scalars(select(Delivery.state)).all() == ["cancelled"]


def test_an_address_that_does_not_open_stops_nobody_elses_mail(
    campaign: Campaign, deliver: Deliver, mailbox: Mailbox, caplog: pytest.LogCaptureFixture
) -> None:
    broken = make_subscription(campaign, "canary@example.org")
    other = make_subscription(campaign, "other@example.org")
    broken.sealed_address = other.sealed_address
    make_update(campaign)
    assert deliver() == 1
    assert [mail.recipient for mail in mailbox.mails()] == ["other@example.org"]
    assert set(db.session.scalars(select(Delivery.state))) == {"sent", "failed"}
    assert "cannot be sent" in caplog.text
    assert "example.org" not in caplog.text


def test_pending_subscriptions_go_after_seven_days(
    campaign: Campaign, clock: time_machine.Traveller
) -> None:
    confirmed = make_subscription(campaign).id
    make_subscription(campaign, confirmed=False)
    clock.shift(timedelta(days=6, hours=23))
    jobs.purge()
    assert len(db.session.scalars(select(Subscription.id)).all()) == 2
    clock.shift(timedelta(hours=1))
    jobs.purge()
    assert db.session.scalars(select(Subscription.id)).all() == [confirmed]
