"""A signer withdraws or has everything erased: at once, in two steps, as often as they like."""

import pytest
from flask import Flask
from sqlalchemy import select

from campaigns.cases.models import Campaign
from campaigns.db import db
from campaigns.mail.models import Delivery, DeliveryState
from campaigns.petitions.models import (
    AddressChange,
    Petition,
    PublicSigner,
    Signature,
    SignatureState,
)
from campaigns.petitions.operations import recount
from campaigns.updates.models import EnrolledSignature, Subscription
from campaigns.vault.erasures import Erased, ledger_path, read_ledger
from tests.factories import make_signature, make_subscription, make_update
from tests.fixtures.auditing import AuditingClient
from tests.fixtures.mail import Mailbox, link_to
from tests.signing.own import Deliver, own, read
from tests.signing.test_at_once import at_once
from tests.signing.visitors import ADDRESS, count, press, sign

pytestmark = pytest.mark.usefixtures("petition", "clock")
BOTH = pytest.mark.parametrize("step", ["withdrawal", "erasure"])


def count_on(client: AuditingClient, campaign: Campaign) -> int:
    return int(client.get(f"/campaigns/{campaign.slug}/count.json").get_json()["count"])


@BOTH
def test_the_signature_goes_and_the_count_and_the_page_follow_at_once(
    client: AuditingClient, campaign: Campaign, petition: Petition, deliver: Deliver, step: str
) -> None:
    make_signature(petition, "other@example.org")
    signature = make_signature(petition, ADDRESS, show_name=True)
    path = own(signature)
    deliver()
    assert "Amal Signer" in client.get(f"/campaigns/{campaign.slug}").get_data(as_text=True)
    assert count_on(client, campaign) == 2
    answer = press(client, f"{path}/{step}")
    assert answer.status_code == 303
    assert answer.headers["Cache-Control"] == "no-store"
    done = client.get(answer.headers["Location"])
    assert "You can sign again" in done.get_data(as_text=True)
    assert done.headers["Cache-Control"] == "no-store"
    assert count_on(client, campaign) == 1
    assert "Amal Signer" not in client.get(f"/campaigns/{campaign.slug}").get_data(as_text=True)
    assert count(Signature) == 1
    assert count(PublicSigner) == 0


@BOTH
def test_pressing_again_does_nothing_more_and_the_link_says_so_kindly(
    client: AuditingClient, petition: Petition, step: str
) -> None:
    make_signature(petition, "other@example.org")
    path = own(make_signature(petition, ADDRESS))
    press(client, f"{path}/{step}")
    for _ in range(2):
        assert client.post(f"{path}/{step}").status_code == 303
    for answer in (client.get(path), client.post(path), client.post(f"{path}/address")):
        assert answer.status_code == 410
        assert "This signature is gone" in answer.get_data(as_text=True)
    assert recount(petition.id, repair=False) == (1, 1)


def test_pressed_sixteen_times_at_once_it_is_taken_from_the_count_once(
    app: Flask, petition: Petition
) -> None:
    make_signature(petition, "other@example.org")
    path = own(make_signature(petition, ADDRESS, updates=True))
    presses = [
        lambda client: client.post(f"{path}/withdrawal").status_code,
        lambda client: client.post(f"{path}/erasure").status_code,
    ]
    assert set(at_once(app, presses * 8)) == {303}
    assert recount(petition.id, repair=False) == (1, 1)


@BOTH
def test_the_same_address_can_sign_again(
    client: AuditingClient,
    campaign: Campaign,
    petition: Petition,
    deliver: Deliver,
    mailbox: Mailbox,
    step: str,
) -> None:
    press(client, f"{own(make_signature(petition, ADDRESS))}/{step}")
    sign(client, campaign)
    deliver()
    press(client, link_to(mailbox.last(ADDRESS), "/confirm/"))
    assert db.session.scalars(select(Signature.state)).one() == SignatureState.CONFIRMED
    assert recount(petition.id, repair=False) == (1, 1)


def test_withdrawing_leaves_the_news(
    client: AuditingClient, campaign: Campaign, petition: Petition, deliver: Deliver
) -> None:
    signature = make_signature(petition, ADDRESS, updates=True)
    deliver()
    press(client, f"{own(signature)}/withdrawal")
    deliver()
    assert count(Subscription) == 1


def test_erasing_ends_the_news_the_signature_began_and_all_mail_that_waits(
    client: AuditingClient, campaign: Campaign, petition: Petition, deliver: Deliver
) -> None:
    make_subscription(campaign, "other@example.org")
    signature = make_signature(petition, ADDRESS, updates=True)
    deliver()
    subscription = db.session.scalars(select(EnrolledSignature.subscription_id)).one()
    make_update(campaign)
    from campaigns.updates.jobs import queue_updates

    queue_updates()
    client.post(f"{own(signature)}/address", data={"email": "new@example.org"})
    press(client, f"{own(signature)}/erasure")
    assert count(Subscription) == 1
    assert count(EnrolledSignature) == count(AddressChange) == 0
    assert deliver() == 1
    waiting = db.session.scalars(
        select(Delivery.state).where(
            Delivery.recipient_id == str(subscription and subscription.hex)
        )
    )
    assert set(waiting) == {DeliveryState.CANCELLED}


def test_what_is_taken_back_is_written_down_so_that_no_restore_brings_it_back(
    client: AuditingClient, petition: Petition, deliver: Deliver
) -> None:
    withdrawn = make_signature(petition, "first@example.org").id
    erased = make_signature(petition, ADDRESS, updates=True).id
    deliver()
    subscription = db.session.scalars(select(Subscription.id)).one()
    for step, row in (("withdrawal", withdrawn), ("erasure", erased)):
        press(client, f"{own(db.session.get_one(Signature, row))}/{step}")
    ledger = read_ledger(ledger_path())
    assert ledger[Erased.SIGNATURE] == [withdrawn.hex, erased.hex]
    assert ledger[Erased.SUBSCRIPTION] == [subscription.hex]


def test_each_page_says_what_it_does_and_lets_one_go_back(
    client: AuditingClient, petition: Petition
) -> None:
    path = own(make_signature(petition, ADDRESS))
    page = read(client, path)
    for step in ("withdrawal", "erasure"):
        assert f'href="{path}/{step}"' in page
        assert f'href="{path}"' in read(client, f"{path}/{step}")
    assert count(Signature) == 1
