"""What befalls a campaign while it is hidden for a report: nothing is lost, doubled or sent."""

from collections.abc import Callable
from datetime import timedelta

import time_machine

from campaigns.cases.models import Campaign
from campaigns.cases.retracting import retract_event
from campaigns.cases.vocabulary import EventKind
from campaigns.db import db
from campaigns.updates import jobs
from campaigns.updates.correction_queries import ALL_WRITTEN_DOWN
from campaigns.updates.hiding import hide_campaign, show_campaign
from campaigns.updates.operations import tell_of_event
from tests.factories import (
    make_event,
    make_subscription,
)
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
