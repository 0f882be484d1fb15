"""Where a signature can bring somebody to prison, as little as possible is kept and told."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from campaigns.cases.models import Campaign
from campaigns.cases.vocabulary import Mode
from campaigns.db import db
from campaigns.mail.models import Delivery
from campaigns.petitions.models import Petition, PublicSigner, Signature, SignatureState, Tally
from campaigns.updates.models import Subscription
from campaigns.vault.addresses import canonical_address
from campaigns.vault.keyring import IndexPurpose, current_keyring
from tests.factories import make_campaign, make_petition
from tests.fixtures.auditing import AuditingClient
from tests.fixtures.mail import Mailbox, link_to
from tests.signing.visitors import ADDRESS, count, press, sign, subscribe

pytestmark = pytest.mark.usefixtures("petition", "clock")
Deliver = Callable[[], int]
EVERYTHING = {"public": "y", "hand_over": "y", "updates": "y", "country": "PK", "comment": "Free!"}


@pytest.fixture
def campaign(app: Flask) -> Campaign:
    return make_campaign(title="Free the poets", mode=Mode.HIGH_RISK)


@pytest.fixture
def petition(campaign: Campaign) -> Petition:
    return make_petition(campaign)


def stored() -> Signature:
    return db.session.scalars(select(Signature)).one()


def test_no_tick_no_country_and_no_comment_is_taken(
    client: AuditingClient, campaign: Campaign
) -> None:
    assert sign(client, campaign, **EVERYTHING).status_code == 303
    signature = stored()
    ticks = (signature.show_name, signature.hand_over, signature.updates)
    assert ticks == (False, False, False)
    assert signature.country is None
    assert signature.sealed_public is None
    page = client.get(f"/campaigns/{campaign.slug}").get_data(as_text=True)
    for field in ("country", "public", "hand_over", "updates", "comment"):
        assert f'name="{field}"' not in page


def test_the_address_is_gone_as_soon_as_the_signature_is_confirmed(
    client: AuditingClient,
    campaign: Campaign,
    petition: Petition,
    deliver: Deliver,
    mailbox: Mailbox,
) -> None:
    sign(client, campaign, **EVERYTHING)
    deliver()
    assert stored().sealed_address is not None
    answer = press(client, link_to(mailbox.last(ADDRESS), "/confirm/"))
    assert client.get(answer.headers["Location"]).status_code == 200
    db.session.refresh(signature := stored())
    assert signature.state == SignatureState.CONFIRMED
    assert signature.sealed_address is None
    assert db.session.get_one(Tally, petition.id).online == 1
    deliver()
    assert count(Subscription) == count(PublicSigner) == 0


def test_a_second_signing_is_recognised_answered_alike_and_not_mailed_about(
    client: AuditingClient, campaign: Campaign, deliver: Deliver, mailbox: Mailbox
) -> None:
    first = sign(client, campaign)
    deliver()
    press(client, link_to(mailbox.last(ADDRESS), "/confirm/"))
    second = sign(client, campaign, "Amal+again@example.org")
    assert (second.status_code, second.headers["Location"]) == (303, first.headers["Location"])
    assert count(Signature) == 1
    assert deliver() == 0
    states = db.session.execute(select(Delivery.kind, Delivery.state)).all()
    assert {tuple(row) for row in states} == {
        ("petition.confirm", "sent"),
        ("petition.repeat", "cancelled"),
    }


def test_the_one_mail_tells_neither_campaign_nor_cause_but_by_its_link(
    client: AuditingClient, campaign: Campaign, deliver: Deliver, mailbox: Mailbox
) -> None:
    sign(client, campaign)
    deliver()
    mail = mailbox.last(ADDRESS)
    assert mail.subject == "Please confirm"
    told = "\n".join([mail.text, mail.html, *(value for _, value in mail.headers)]).lower()
    for word in ("poets", "sign", "petition", "free", "committee", campaign.slug):
        assert word not in told.replace("design", "")
    assert link_to(mail, "/confirm/")


def test_nobody_can_subscribe_and_the_feed_is_named(
    client: AuditingClient, campaign: Campaign
) -> None:
    answer = subscribe(client, campaign)
    assert answer.status_code == 409
    assert f"/campaigns/{campaign.slug}/feed.atom" in answer.get_data(as_text=True)
    assert count(Subscription) == count(Delivery) == 0


def test_the_index_keys_alone_do_not_tell_quickly_who_signed(
    client: AuditingClient, campaign: Campaign
) -> None:
    sign(client, campaign)
    quick = current_keyring().index(
        IndexPurpose.SIGNATURES, f"campaign:{campaign.id}", canonical_address(ADDRESS)
    )
    assert stored().email_index != quick
    assert len(stored().email_index) == 32
