"""Whoever says so is never mailed again, whoever types their address, and nobody is told."""

import pytest
from sqlalchemy import select

from campaigns.cases.models import Campaign
from campaigns.db import db
from campaigns.mail.models import Delivery, DeliveryState, Suppression
from campaigns.petitions.models import Petition
from tests.factories import make_signature, make_subscription, make_update
from tests.fixtures.auditing import AuditingClient
from tests.fixtures.mail import Mailbox, link_to
from tests.signing.own import Deliver, ask, own
from tests.signing.visitors import ADDRESS, count, look, path_of, press, sign

pytestmark = pytest.mark.usefixtures("petition", "clock")


def never(client: AuditingClient, mailbox: Mailbox, address: str = ADDRESS) -> None:
    answer = press(client, link_to(mailbox.last(address), "/never-mail/"))
    assert answer.status_code == 303
    assert "No more mail" in client.get(answer.headers["Location"]).get_data(as_text=True)


def test_no_mail_goes_to_a_mailbox_that_said_so_however_it_is_spelled(
    client: AuditingClient,
    campaign: Campaign,
    petition: Petition,
    deliver: Deliver,
    mailbox: Mailbox,
) -> None:
    sign(client, campaign, "amal.signer@gmail.com")
    deliver()
    link = link_to(mailbox.last(), "/confirm/")
    never(client, mailbox, "gmail.com")
    make_subscription(campaign, "AmalSigner+news@googlemail.com")
    make_update(campaign)
    ask(client, "amalsigner@gmail.com")
    assert deliver() == 0
    assert len(mailbox.mails()) == 1
    states = db.session.scalars(select(Delivery.state).order_by(Delivery.id)).all()
    assert states == [DeliveryState.SENT] + [DeliveryState.SUPPRESSED] * (len(states) - 1)
    assert len(states) == 3
    assert press(client, link).status_code == 303
    assert petition.tally.online == 1


def test_the_answer_to_signing_is_the_same(
    client: AuditingClient, campaign: Campaign, deliver: Deliver, mailbox: Mailbox
) -> None:
    sign(client, campaign)
    deliver()
    never(client, mailbox)
    answers = [sign(client, campaign), sign(client, campaign, "new@example.org")]
    answers += [ask(client), ask(client, "new@example.org")]
    seen = [
        (answer.status_code, answer.get_data(), tuple(sorted(answer.headers.items())))
        for answer in answers
    ]
    assert seen[0] == seen[1]
    assert seen[2] == seen[3]


def test_others_in_the_same_batch_are_mailed(
    client: AuditingClient, campaign: Campaign, deliver: Deliver, mailbox: Mailbox
) -> None:
    sign(client, campaign)
    deliver()
    never(client, mailbox)
    for number in range(3):
        make_subscription(campaign, f"reader{number}@example.org")
    make_subscription(campaign, ADDRESS)
    make_update(campaign)
    assert deliver() == 3
    assert len(mailbox.mails(ADDRESS)) == 1


def test_looking_at_the_link_changes_nothing(
    client: AuditingClient, campaign: Campaign, deliver: Deliver, mailbox: Mailbox
) -> None:
    sign(client, campaign)
    deliver()
    link = link_to(mailbox.last(), "/never-mail/")
    for method in ("GET", "HEAD", "OPTIONS"):
        assert look(client, method, link).status_code == 200
    assert count(Suppression) == 0


def test_every_mail_of_a_signature_has_the_link_and_none_has_the_address_in_it(
    client: AuditingClient,
    campaign: Campaign,
    petition: Petition,
    deliver: Deliver,
    mailbox: Mailbox,
) -> None:
    signature = make_signature(petition, ADDRESS)
    sign(client, campaign)
    sign(client, campaign, "pending@example.org")
    ask(client)
    client.post(f"{own(signature)}/address", data={"email": "new@example.org"})
    assert deliver() == 4
    links = {link_to(mail, "/never-mail/") for mail in mailbox.mails()}
    assert len(links) == 3
    assert not [it for it in links if "example" in it.partition("/never-mail/")[2]]
    assert count(Suppression) == 0


def test_a_link_with_anything_changed_does_nothing(
    client: AuditingClient, campaign: Campaign, deliver: Deliver, mailbox: Mailbox
) -> None:
    sign(client, campaign)
    deliver()
    path = path_of(link_to(mailbox.last(), "/never-mail/"))
    wrong = path[:-2] + ("A" if path[-2] != "A" else "Q") + path[-1]
    assert client.get(wrong).status_code == 404
    assert client.post(wrong).status_code == 404
    assert count(Suppression) == 0
