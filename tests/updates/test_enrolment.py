"""A signer who ticked "Email me news" and confirmed is subscribed, once and for all."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from campaigns.cases.models import Campaign
from campaigns.db import db, utcnow
from campaigns.petitions.models import Petition, Signature
from campaigns.updates.jobs import enrol_signers
from campaigns.updates.models import (
    EnrolledSignature,
    Frequency,
    Subscription,
    SubscriptionState,
)
from campaigns.updates.operations import end_subscription, enrol_signer
from campaigns.updates.sealed import open_subscriber, seal_subscription
from campaigns.vault.errors import KeyMissing
from campaigns.vault.keyring import current_keyring, mailer_keys
from tests.factories import make_petition, make_signature, make_subscription, make_update
from tests.fixtures.mail import Mailbox

Deliver = Callable[[], int]
ADDRESS = "amal@example.org"


@pytest.fixture
def petition(campaign: Campaign) -> Petition:
    return make_petition(campaign)


def subscriptions() -> list[Subscription]:
    db.session.expire_all()
    return list(db.session.scalars(select(Subscription)))


def test_only_confirmed_signers_who_ticked_it_are_subscribed(
    campaign: Campaign, petition: Petition
) -> None:
    make_signature(petition, ADDRESS, updates=True, locale="ur")
    make_signature(petition, updates=True, confirmed=False)
    make_signature(petition)
    enrol_signers()
    (subscription,) = subscriptions()
    opened = open_subscriber(
        subscription.sealed_address, mailer_keys(), campaign.id, subscription.id
    )
    assert opened == (ADDRESS, "ur")
    assert subscription.state == SubscriptionState.CONFIRMED
    assert subscription.frequency == Frequency.IMMEDIATE
    assert subscription.expires_at is None


def test_an_enrolled_signer_is_told_what_comes_after(
    campaign: Campaign,
    petition: Petition,
    deliver: Deliver,
    mailbox: Mailbox,
    clock: time_machine.Traveller,
) -> None:
    make_update(campaign)
    clock.shift(timedelta(seconds=1))
    make_signature(petition, ADDRESS, updates=True)
    assert deliver() == 0
    make_update(campaign, title="What came after")
    assert deliver() == 1
    assert mailbox.last(ADDRESS).subject == "What came after"


def test_whoever_has_left_is_not_subscribed_again(petition: Petition) -> None:
    make_signature(petition, ADDRESS, updates=True)
    enrol_signers()
    end_subscription(subscriptions()[0].id)
    db.session.commit()
    enrol_signers()
    assert subscriptions() == []


def test_a_worker_that_read_a_signer_before_they_left_does_not_subscribe_them_again(
    campaign: Campaign, petition: Petition
) -> None:
    signature = make_signature(petition, ADDRESS, updates=True)
    sealed = seal_subscription(current_keyring(), campaign.id, email=ADDRESS, locale="en")
    enrol_signers()
    end_subscription(subscriptions()[0].id)
    enrol_signer(signature.id, campaign.id, sealed)
    assert subscriptions() == []


def test_a_tick_or_signature_withdrawn_meanwhile_is_obeyed(
    campaign: Campaign, petition: Petition
) -> None:
    unticked = make_signature(petition, updates=True)
    erased = make_signature(petition, updates=True)
    identities = [unticked.id, erased.id]
    unticked.updates = False
    db.session.delete(erased)
    db.session.commit()
    for identity in identities:
        sealed = seal_subscription(current_keyring(), campaign.id, email=ADDRESS, locale="en")
        enrol_signer(identity, campaign.id, sealed)
    assert subscriptions() == []


def test_a_subscription_there_was_stays_as_its_owner_chose(
    campaign: Campaign, petition: Petition
) -> None:
    known = make_subscription(campaign, ADDRESS, frequency=Frequency.WEEKLY)
    before = (known.id, known.confirmed_at)
    make_signature(petition, "Amal+petition@example.org", updates=True)
    enrol_signers()
    (subscription,) = subscriptions()
    assert (subscription.id, subscription.confirmed_at) == before
    assert subscription.frequency == Frequency.WEEKLY


def test_confirming_the_signature_confirms_a_subscription_that_was_pending(
    campaign: Campaign, petition: Petition
) -> None:
    make_subscription(campaign, ADDRESS, confirmed=False)
    make_signature(petition, ADDRESS, updates=True)
    enrol_signers()
    (subscription,) = subscriptions()
    assert subscription.state == SubscriptionState.CONFIRMED
    assert subscription.confirmed_at == utcnow()
    assert subscription.expires_at is None


def test_an_address_that_does_not_open_stops_no_other_and_is_logged(
    petition: Petition, caplog: pytest.LogCaptureFixture
) -> None:
    broken = make_signature(petition, "canary@example.org", updates=True)
    broken.sealed_address = b"\1damaged"
    make_signature(petition, ADDRESS, updates=True)
    db.session.commit()
    enrol_signers()
    assert len(subscriptions()) == 1
    assert "does not open" in caplog.text
    assert "canary" not in caplog.text
    assert len(db.session.scalars(select(EnrolledSignature.signature_id)).all()) == 2


def test_while_the_mailers_key_is_missing_signers_wait(petition: Petition) -> None:
    from campaigns.config import current_settings

    make_signature(petition, ADDRESS, updates=True)
    path = current_settings().mailer_key_file
    key = path.read_text()
    path.unlink()
    with pytest.raises(KeyMissing):
        enrol_signers()
    db.session.rollback()
    assert db.session.scalars(select(EnrolledSignature.signature_id)).all() == []
    path.write_text(key)
    enrol_signers()
    assert len(subscriptions()) == 1


def test_erasing_a_signature_forgets_that_it_was_enrolled(petition: Petition) -> None:
    signature = make_signature(petition, ADDRESS, updates=True)
    enrol_signers()
    db.session.delete(db.session.get_one(Signature, signature.id))
    db.session.commit()
    assert db.session.scalars(select(EnrolledSignature.signature_id)).all() == []
    assert len(subscriptions()) == 1
