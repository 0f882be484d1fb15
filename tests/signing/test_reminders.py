"""Who has not confirmed is reminded once, in time, and never where one mail was promised."""

from datetime import timedelta

import pytest
import time_machine

from campaigns.cases.models import Campaign
from campaigns.cases.vocabulary import CampaignState, Mode
from campaigns.db import db
from campaigns.petitions.models import Petition
from tests.factories import make_campaign, make_petition, make_signature
from tests.fixtures.auditing import AuditingClient
from tests.fixtures.mail import Mailbox, link_to
from tests.signing.own import Deliver
from tests.signing.visitors import ADDRESS, press, sign

pytestmark = pytest.mark.usefixtures("petition")


def test_three_days_after_signing_one_reminder_comes_and_its_link_confirms(
    client: AuditingClient,
    campaign: Campaign,
    petition: Petition,
    deliver: Deliver,
    mailbox: Mailbox,
    clock: time_machine.Traveller,
) -> None:
    sign(client, campaign)
    assert deliver() == 1
    clock.shift(timedelta(days=3, seconds=-1))
    assert deliver() == 0
    clock.shift(timedelta(seconds=1))
    assert deliver() == 1
    clock.shift(timedelta(days=1))
    assert deliver() == 0
    confirm, remind = mailbox.mails(ADDRESS)
    assert remind.subject.startswith("Not confirmed yet")
    assert link_to(confirm, "/confirm/") == link_to(remind, "/confirm/")
    press(client, link_to(remind, "/confirm/"))
    assert petition.tally.online == 1


def test_who_signs_again_is_not_reminded_twice(
    client: AuditingClient,
    campaign: Campaign,
    deliver: Deliver,
    mailbox: Mailbox,
    clock: time_machine.Traveller,
) -> None:
    for _ in range(5):
        sign(client, campaign)
        deliver()
        clock.shift(timedelta(days=5))
        deliver()
    subjects = [it.subject for it in mailbox.mails(ADDRESS)]
    assert len([it for it in subjects if it.startswith("Not confirmed yet")]) == 1


def test_who_has_confirmed_or_has_less_than_a_day_left_is_not_reminded(
    petition: Petition, deliver: Deliver, clock: time_machine.Traveller
) -> None:
    make_signature(petition)
    make_signature(petition, confirmed=False)
    clock.shift(timedelta(days=6))
    assert deliver() == 0


def test_who_confirms_before_the_reminder_leaves_gets_none(
    petition: Petition, deliver: Deliver, clock: time_machine.Traveller
) -> None:
    from campaigns.petitions.jobs import remind_signers
    from campaigns.petitions.operations import confirm_signature

    signature = make_signature(petition, confirmed=False)
    clock.shift(timedelta(days=3))
    remind_signers()
    confirm_signature(signature.id)
    db.session.commit()
    assert deliver() == 0


def test_nobody_is_reminded_of_what_is_promised_one_mail_or_cannot_be_seen(
    deliver: Deliver, clock: time_machine.Traveller
) -> None:
    for fields in ({"mode": Mode.HIGH_RISK}, {"state": CampaignState.REMOVED}):
        make_signature(make_petition(make_campaign(**fields)), confirmed=False)
    clock.shift(timedelta(days=4))
    assert deliver() == 0


def test_a_reminder_that_waits_stays_back_once_its_campaign_is_of_high_risk(
    campaign: Campaign, petition: Petition, deliver: Deliver, clock: time_machine.Traveller
) -> None:
    from campaigns.petitions.jobs import remind_signers
    from campaigns.updates.high_risk import switch_to_high_risk

    make_signature(petition, confirmed=False)
    clock.shift(timedelta(days=3))
    remind_signers()
    switch_to_high_risk(campaign)
    assert deliver() == 0


def test_reminders_count_among_the_three_mails_of_a_day(
    client: AuditingClient, deliver: Deliver, clock: time_machine.Traveller
) -> None:
    for _ in range(5):
        other = make_campaign()
        make_petition(other)
        sign(client, other)
    assert deliver() == 3
    clock.shift(timedelta(days=3))
    assert deliver() == 3
