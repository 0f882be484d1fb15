"""What is stopped, hidden or taken away leaves in no mail; what only waits is not lost."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from campaigns.cases.models import Campaign
from campaigns.cases.retracting import retract_event
from campaigns.cases.states import bring_back
from campaigns.cases.vocabulary import CampaignState, NamePolicy
from campaigns.db import db, utcnow
from campaigns.mail.claims import ClaimedDelivery, claim_deliveries, complete_sent, hold, release
from campaigns.mail.composing import composer_of
from campaigns.mail.models import Delivery, DeliveryState
from campaigns.updates import jobs
from campaigns.updates.correction_queries import ALL_WRITTEN_DOWN
from campaigns.updates.errors import CampaignNotPublic
from campaigns.updates.hiding import set_hidden
from campaigns.updates.models import CORRECTION, DIGEST, SEND, Frequency, Update
from campaigns.updates.operations import tell_of_event
from campaigns.updates.purging import purge_update
from campaigns.updates.removal import take_down
from campaigns.updates.runs import cancel_update, pause_update, resume_update
from campaigns.updates.withdrawal import withdraw_name
from tests.factories import make_detainee, make_event, make_subscription, make_update
from tests.fixtures.mail import Mailbox

Deliver = Callable[[], int]
# A Wednesday.
BEGIN = datetime(2031, 1, 1, 12, tzinfo=UTC)
SIX = datetime(2031, 1, 2, 6, 2, tzinfo=UTC)
A_DAY = timedelta(days=1)


@pytest.fixture
def clock(app: Flask) -> Iterator[time_machine.Traveller]:
    with time_machine.travel(BEGIN, tick=False) as traveller:
        yield traveller


@pytest.fixture
def told(campaign: Campaign, clock: time_machine.Traveller) -> Update:
    """An update that waits to be mailed: once at once, and once in the mail of the day."""
    make_subscription(campaign, "now@example.org")
    make_subscription(campaign, "daily@example.org", frequency=Frequency.DAILY)
    make_update(campaign, title="A letter from Zarina", queued_at=utcnow())
    told = make_update(campaign, title="She is free")
    clock.move_to(SIX)
    jobs.queue_updates()
    jobs.queue_digests()
    return told


def in_hand() -> list[ClaimedDelivery]:
    """What a worker has taken and written, and not sent yet."""
    claims = claim_deliveries("worker", 100, lambda key: f"<{key}@example.org>")
    db.session.commit()
    return claims


def still_going(claims: Sequence[ClaimedDelivery], kind: str) -> int:
    """How many of some mails the worker goes on with, asked just before it sends them."""
    some = [it for it in claims if it.kind == kind]
    held = hold(some)
    composer = composer_of(kind)
    assert composer
    wanted = composer.still_wanted([it for it in some if it.id in held])
    release(some)
    db.session.commit()
    return len(wanted)


def state_of(kind: str) -> list[DeliveryState]:
    db.session.expire_all()
    return list(db.session.scalars(select(Delivery.state).where(Delivery.kind == kind)))


def test_a_pause_holds_the_digests_that_are_queued_already(
    campaign: Campaign, told: Update, deliver: Deliver, mailbox: Mailbox
) -> None:
    pause_update(told)
    assert deliver() == 0
    resume_update(campaign, told)
    assert deliver() == 2
    assert "She is free" in mailbox.last("daily@example.org").text


def test_a_digest_goes_on_only_once_nothing_in_it_is_paused(
    campaign: Campaign, told: Update, deliver: Deliver, mailbox: Mailbox
) -> None:
    other = db.session.scalars(select(Update).where(Update.id != told.id)).one()
    pause_update(told)
    other.paused_at = utcnow()
    db.session.flush()
    resume_update(campaign, told)
    assert deliver() == 1
    assert mailbox.mails("daily@example.org") == []
    purge_update(campaign, other)
    assert deliver() == 1
    assert mailbox.last("daily@example.org").subject == "She is free"


@pytest.mark.parametrize("paused_before", [False, True])
@pytest.mark.parametrize("gone", ["cancelled", "purged"])
def test_a_digest_in_hand_is_written_anew_without_what_was_stopped_or_purged(
    campaign: Campaign,
    told: Update,
    deliver: Deliver,
    mailbox: Mailbox,
    clock: time_machine.Traveller,
    gone: str,
    paused_before: bool,
) -> None:
    claims = in_hand()
    if paused_before:
        pause_update(told)
    if gone == "cancelled":
        cancel_update(told)
    else:
        purge_update(campaign, told)
    assert still_going(claims, DIGEST) == 0
    sent = 0
    # First it goes on, then the lease of the worker that had it ends.
    for _ in range(2):
        clock.shift(timedelta(minutes=2))
        sent += deliver()
    assert sent == 1
    assert mailbox.last("daily@example.org").subject == "A letter from Zarina"
    assert "She is free" not in mailbox.last("daily@example.org").text


def test_a_digest_in_hand_is_written_anew_without_what_was_retracted(
    campaign: Campaign, told: Update, clock: time_machine.Traveller
) -> None:
    event = make_event(campaign)
    told.event_id = event.id
    db.session.commit()
    claims = in_hand()
    assert retract_event(campaign, event, reason="Wrong.", version=event.version, organiser_id=1)
    db.session.commit()
    jobs.queue_corrections()
    assert still_going(claims, DIGEST) == 0
    assert state_of(DIGEST) == [DeliveryState.QUEUED]


def test_a_name_that_is_withdrawn_leaves_in_no_mail_written_before(
    campaign: Campaign,
    told: Update,
    deliver: Deliver,
    mailbox: Mailbox,
    clock: time_machine.Traveller,
) -> None:
    zarina = make_detainee(campaign, "Zarina Example")
    told.text = "Zarina Example is free."
    db.session.commit()
    claims = in_hand()
    withdraw_name(
        campaign,
        zarina,
        others=["Zarina"],
        policy=NamePolicy.WITHHELD,
        replacement="Somebody",
        slug=campaign.slug,
    )
    db.session.commit()
    assert still_going(claims, SEND) == still_going(claims, DIGEST) == 0
    clock.shift(timedelta(minutes=2))
    assert deliver() == 2
    for mail in mailbox.mails():
        assert "Somebody is free." in mail.text
        assert "Zarina" not in mail.text


@pytest.mark.parametrize("state", [CampaignState.DRAFT, CampaignState.REMOVED])
def test_nothing_goes_on_that_nobody_could_read(
    campaign: Campaign, told: Update, state: CampaignState
) -> None:
    event = make_event(campaign)
    told.published_at, told.paused_at, told.overtaken_by_id = None, utcnow(), event.id
    campaign.state = state
    db.session.commit()
    with pytest.raises(CampaignNotPublic):
        resume_update(campaign, told)


def test_a_digest_tells_an_update_whose_embargo_was_moved_over_its_windows_end(
    campaign: Campaign, deliver: Deliver, mailbox: Mailbox, clock: time_machine.Traveller
) -> None:
    make_subscription(campaign, "daily@example.org", frequency=Frequency.DAILY)
    make_update(campaign, title="Something else")
    event = make_event(campaign, embargo_until=BEGIN + timedelta(hours=2))
    update = tell_of_event(campaign, event, "She was released.")
    event.embargo_until = SIX + timedelta(hours=6)
    clock.move_to(SIX)
    assert deliver() == 1
    assert update.published_at == SIX + timedelta(hours=6)
    clock.shift(A_DAY)
    assert deliver() == 1
    assert "She was released." in mailbox.last("daily@example.org").text


def test_what_was_to_go_out_while_a_campaign_is_taken_down_goes_once_it_is_back(
    campaign: Campaign, deliver: Deliver, mailbox: Mailbox, clock: time_machine.Traveller
) -> None:
    make_subscription(campaign, "now@example.org")
    make_subscription(campaign, "daily@example.org", frequency=Frequency.DAILY)
    make_update(campaign, title="Planned", published_at=BEGIN + timedelta(hours=1))
    take_down(campaign)
    clock.move_to(SIX)
    assert deliver() == 0
    assert state_of(SEND) == state_of(DIGEST) == []
    bring_back(campaign)
    assert deliver() == 2
    assert {mail.subject for mail in mailbox.mails()} == {"Planned"}


def test_nothing_in_hand_leaves_once_a_campaign_is_taken_down(
    campaign: Campaign, told: Update
) -> None:
    claims = in_hand()
    assert {it.kind for it in claims} == {SEND, DIGEST}
    # Not by cancelling: a worker may queue at that very moment.
    campaign.state = CampaignState.REMOVED
    db.session.commit()
    assert still_going(claims, SEND) == still_going(claims, DIGEST) == 0


@pytest.mark.parametrize("end", ["pause", "cancel"])
def test_who_gets_a_mail_in_the_moment_it_is_stopped_is_told_when_it_was_wrong(
    campaign: Campaign,
    told: Update,
    deliver: Deliver,
    mailbox: Mailbox,
    clock: time_machine.Traveller,
    end: str,
) -> None:
    event = make_event(campaign, summary="She was released.")
    told.event_id = event.id
    db.session.commit()
    claims = [it for it in in_hand() if it.kind == SEND]
    assert hold(claims)
    if end == "pause":
        pause_update(told)
    else:
        cancel_update(told)
    assert retract_event(campaign, event, reason="Wrong.", version=event.version, organiser_id=1)
    db.session.commit()
    jobs.queue_corrections()
    clock.shift(timedelta(seconds=30))
    assert complete_sent(claims, version=1)
    db.session.commit()
    clock.shift(ALL_WRITTEN_DOWN)
    deliver()
    assert mailbox.last("now@example.org").subject.startswith("Retracted:")


@pytest.mark.parametrize("queued", [False, True])
@pytest.mark.parametrize("part_is_update", [False, True])
def test_a_correction_waits_while_what_it_corrects_is_hidden(
    campaign: Campaign,
    told: Update,
    deliver: Deliver,
    mailbox: Mailbox,
    clock: time_machine.Traveller,
    queued: bool,
    part_is_update: bool,
) -> None:
    event = make_event(campaign, summary="She was released.")
    told.event_id = event.id
    assert deliver() == 2
    assert retract_event(campaign, event, reason="Wrong.", version=event.version, organiser_id=1)
    db.session.commit()
    jobs.queue_corrections()
    if queued:
        clock.shift(ALL_WRITTEN_DOWN)
        jobs.queue_corrections()
    part = told if part_is_update else event
    set_hidden(campaign, part, hidden=True)
    clock.shift(ALL_WRITTEN_DOWN)
    assert deliver() == 0
    assert state_of(CORRECTION) == [DeliveryState.PAUSED] * (2 * queued)
    set_hidden(campaign, part, hidden=False)
    assert deliver() == 2
    assert mailbox.last("now@example.org").subject.startswith("Retracted:")
