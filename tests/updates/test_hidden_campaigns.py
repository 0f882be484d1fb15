"""What befalls a campaign while it is hidden for a report: nothing is lost, doubled or sent."""

import threading
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from campaigns.cases.models import Campaign
from campaigns.cases.retracting import retract_event
from campaigns.cases.states import archive_campaign
from campaigns.cases.vocabulary import EventKind
from campaigns.db import db, utcnow
from campaigns.mail.models import Delivery, DeliveryState
from campaigns.mail.operations import queue_deliveries_from
from campaigns.petitions.jobs import remind_signers
from campaigns.updates import jobs
from campaigns.updates.correction_queries import ALL_WRITTEN_DOWN
from campaigns.updates.drafts import send_test
from campaigns.updates.errors import UpdateHidden
from campaigns.updates.hiding import hide_campaign, show_campaign
from campaigns.updates.models import FAREWELL, SEND, Frequency
from campaigns.updates.operations import tell_of_event
from campaigns.updates.preferences import change_preferences
from campaigns.updates.removal import take_down
from campaigns.updates.runs import retry_update
from campaigns.updates.sealed import seal_test_address
from campaigns.vault.keyring import current_keyring
from campaigns.vault.tokens import TokenPurpose, make_token
from tests.factories import (
    make_event,
    make_petition,
    make_signature,
    make_subscription,
    make_update,
)
from tests.fixtures.auditing import AuditingClient
from tests.fixtures.mail import Mailbox

Deliver = Callable[[], int]


def hide(campaign: Campaign) -> None:
    hide_campaign(campaign)
    db.session.commit()


def show(campaign: Campaign) -> None:
    show_campaign(campaign)
    db.session.commit()


def test_what_is_retracted_meanwhile_is_set_right_once_it_is_shown_again(
    campaign: Campaign, clock: time_machine.Traveller, deliver: Deliver, mailbox: Mailbox
) -> None:
    make_subscription(campaign, "reader@example.org")
    event = make_event(campaign, EventKind.RELEASED, summary="She was released.")
    tell_of_event(campaign, event, "She was released this morning.")
    jobs.queue_updates()
    assert deliver() == 1
    hide(campaign)
    clock.shift(timedelta(seconds=1))
    version = event.version
    assert retract_event(campaign, event, reason="A mix-up.", version=version, organiser_id=1)
    db.session.commit()
    clock.shift(ALL_WRITTEN_DOWN)
    jobs.queue_corrections()
    assert deliver() == 0
    show(campaign)
    jobs.queue_corrections()
    assert deliver() == 1
    assert "A mix-up." in mailbox.last().text


def test_a_reminder_on_its_way_is_not_lost(
    campaign: Campaign, clock: time_machine.Traveller, deliver: Deliver
) -> None:
    make_signature(make_petition(campaign), "signer@example.org", confirmed=False)
    clock.shift(timedelta(days=4))
    remind_signers()
    hide(campaign)
    assert deliver() == 0
    show(campaign)
    assert deliver() == 1


def test_a_test_mail_waits_with_the_address_it_goes_to(
    campaign: Campaign, clock: time_machine.Traveller, deliver: Deliver
) -> None:
    update = make_update(campaign, published_at=None)
    row = uuid4()
    address = "editor@example.org"
    sealed = seal_test_address(current_keyring(), campaign.id, row, email=address, locale="en")
    send_test(campaign, update, row, sealed)
    hide(campaign)
    jobs.forget_test_mails()
    assert deliver() == 0
    show(campaign)
    assert deliver() == 1


def test_mail_that_failed_is_not_tried_again_before_it_is_shown(
    campaign: Campaign, deliver: Deliver
) -> None:
    make_subscription(campaign)
    update = make_update(campaign)
    jobs.queue_updates()
    delivery = db.session.scalars(select(Delivery).where(Delivery.kind == SEND)).one()
    delivery.state, delivery.next_at = DeliveryState.FAILED, None
    db.session.commit()
    hide(campaign)
    with pytest.raises(UpdateHidden):
        retry_update(update)
    show(campaign)
    assert retry_update(update) == 1
    db.session.commit()
    assert deliver() == 1


def test_what_is_owed_to_whoever_changes_how_often_they_are_mailed_waits_too(
    campaign: Campaign, clock: time_machine.Traveller, deliver: Deliver
) -> None:
    reader = make_subscription(campaign, frequency=Frequency.DAILY).id
    make_update(campaign, published_at=utcnow() + timedelta(hours=1))
    hide(campaign)
    clock.shift(timedelta(hours=2))
    weekly = Frequency.WEEKLY
    change_preferences(
        reader, frequency=weekly, plain_text=False, discreet=False, sealed_locale=None
    )
    db.session.commit()
    assert deliver() == 0
    show(campaign)
    assert deliver() == 1
    clock.shift(timedelta(days=8))
    jobs.queue_updates()
    jobs.queue_digests()
    assert deliver() == 0


def test_taken_down_and_brought_back_it_mails_nothing_that_waited(
    campaign: Campaign, deliver: Deliver
) -> None:
    make_subscription(campaign)
    make_update(campaign)
    jobs.queue_updates()
    hide(campaign)
    take_down(campaign)
    db.session.commit()
    show(campaign)
    jobs.queue_updates()
    assert deliver() == 0


def test_subscribers_leave_and_confirm_whatever_is_hidden(
    campaign: Campaign, client: AuditingClient
) -> None:
    leaving = make_subscription(campaign).id
    hide(campaign)
    path = f"/unsubscribe/{make_token(TokenPurpose.UNSUBSCRIBE, leaving)}"
    assert client.get(path).status_code == 200
    assert client.post(path, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    signature = make_signature(make_petition(campaign), confirmed=False).id
    path = f"/confirm/{make_token(TokenPurpose.CONFIRM_SIGNATURE, signature)}"
    assert client.get(path).status_code == 410
    joining = make_subscription(campaign, confirmed=False).id
    path = f"/confirm/{make_token(TokenPurpose.CONFIRM_SUBSCRIPTION, joining)}"
    assert client.get(path).status_code == 410


# On SQLite whoever writes has the database for itself.
@pytest.mark.database("postgresql")
def test_what_a_worker_queues_at_that_moment_waits_too(
    app: Flask, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_subscription(campaign)
    archive_campaign(campaign, campaign.today)
    queueing = threading.Event()

    def slowly(*some: object, **named: object) -> int:
        number = queue_deliveries_from(*some, **named)  # type: ignore[arg-type]
        queueing.set()
        threading.Event().wait(0.5)
        return number

    def work() -> None:
        with app.app_context():
            jobs.take_leave()

    monkeypatch.setattr(jobs, "queue_deliveries_from", slowly)
    db.session.commit()
    worker = threading.Thread(target=work)
    worker.start()
    assert queueing.wait(10)
    hide(campaign)
    worker.join()
    db.session.expire_all()
    states = select(Delivery.state).where(Delivery.kind == FAREWELL)
    assert db.session.scalars(states).all() == [DeliveryState.PAUSED]
