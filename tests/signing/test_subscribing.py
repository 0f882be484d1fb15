"""A subscriber asks for news, confirms, and leaves with one click."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from campaigns.cases.models import Campaign
from campaigns.db import db
from campaigns.mail.models import Delivery
from campaigns.updates.jobs import queue_updates
from campaigns.updates.models import Frequency, Subscription, SubscriptionState
from campaigns.vault.tokens import TokenPurpose, make_token
from tests.factories import make_signature, make_subscription, make_update
from tests.fixtures.auditing import AuditingClient
from tests.fixtures.mail import Mailbox, link_to, links_in
from tests.signing.visitors import ADDRESS, count, look, path_of, press, sign, subscribe

pytestmark = pytest.mark.usefixtures("campaign", "clock")
Deliver = Callable[[], int]
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
A_PROVIDER = {"Sec-Fetch-Site": "cross-site", "Origin": "https://mail.example"}


def leaving(subscription: Subscription) -> str:
    return f"/unsubscribe/{make_token(TokenPurpose.UNSUBSCRIBE, subscription.id)}"


def states() -> set[str]:
    return {state.value for state in db.session.scalars(select(Delivery.state))}


def test_subscribing_confirming_being_told_and_leaving(
    client: AuditingClient,
    campaign: Campaign,
    deliver: Deliver,
    mailbox: Mailbox,
    clock: time_machine.Traveller,
) -> None:
    answer = subscribe(client, campaign, frequency="status")
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/campaigns/{campaign.slug}/subscribed"
    assert client.get(answer.headers["Location"]).status_code == 200
    deliver()
    link = link_to(mailbox.last(ADDRESS), "/confirm/")
    assert link in mailbox.last(ADDRESS).text.splitlines()
    welcome = client.get(press(client, link).headers["Location"])
    assert "You will hear from us" in welcome.get_data(as_text=True)
    subscription = db.session.scalars(select(Subscription)).one()
    assert subscription.state == SubscriptionState.CONFIRMED
    assert subscription.frequency == Frequency.STATUS
    subscription.frequency = Frequency.IMMEDIATE
    clock.shift(timedelta(minutes=1))
    make_update(campaign)
    assert deliver() == 1
    leave = link_to(mailbox.last(ADDRESS), "/unsubscribe/")
    gone = client.get(press(client, leave).headers["Location"])
    assert "No more mail about this case" in gone.get_data(as_text=True)
    assert count(Subscription) == 0
    make_update(campaign)
    assert deliver() == 0


def test_the_answer_is_the_same_for_new_pending_and_confirmed_addresses_and_for_programs(
    client: AuditingClient, campaign: Campaign
) -> None:
    make_subscription(campaign, "known@example.org")
    answers = [
        subscribe(client, campaign, "new@example.org"),
        subscribe(client, campaign, "new@example.org"),
        subscribe(client, campaign, "KNOWN@example.org"),
        subscribe(client, campaign, "program@example.org", website="spam"),
    ]
    seen = {
        (answer.status_code, answer.get_data(), tuple(sorted(answer.headers.items())))
        for answer in answers
    }
    assert len(seen) == 1
    assert count(Subscription) == 2


def test_a_subscriber_who_asks_again_is_told_once_a_day_and_nothing_changes(
    client: AuditingClient, campaign: Campaign, deliver: Deliver, mailbox: Mailbox
) -> None:
    known = make_subscription(campaign, ADDRESS)
    for _ in range(2):
        subscribe(client, campaign, frequency="weekly")
    assert deliver() == 1
    mail = mailbox.last(ADDRESS)
    assert "You are subscribed already" in mail.subject
    assert path_of(link_to(mail, "/unsubscribe/")) == leaving(known)
    assert not [link for link in links_in(mail) if "/confirm/" in link]
    assert known.frequency == Frequency.IMMEDIATE


def test_a_subscription_waits_seven_days_for_its_button(
    client: AuditingClient,
    campaign: Campaign,
    deliver: Deliver,
    mailbox: Mailbox,
    clock: time_machine.Traveller,
) -> None:
    subscribe(client, campaign)
    deliver()
    old = path_of(link_to(mailbox.last(), "/confirm/"))
    clock.shift(timedelta(days=6))
    subscribe(client, campaign)
    clock.shift(timedelta(days=6))
    deliver()
    assert count(Subscription) == 1
    clock.shift(timedelta(days=1))
    assert client.post(old).status_code == 410
    deliver()
    assert client.get(old).status_code == 410
    subscribe(client, campaign)
    deliver()
    new = path_of(link_to(mailbox.last(), "/confirm/"))
    assert client.post(old).status_code == 410
    assert client.post(new).status_code == 303
    clock.shift(timedelta(days=30))
    deliver()
    assert count(Subscription) == 1


def test_a_mail_providers_one_click_ends_a_subscription_at_once(
    client: AuditingClient, campaign: Campaign
) -> None:
    links = [leaving(make_subscription(campaign)) for _ in range(2)]
    make_update(campaign)
    queue_updates()
    assert states() == {"queued"}
    encodings = ("application/x-www-form-urlencoded", "multipart/form-data")
    for link, encoding in zip(links, encodings, strict=True):
        answer = client.post(link, data=ONE_CLICK, content_type=encoding, headers=A_PROVIDER)
        assert (answer.status_code, answer.get_data()) == (200, b"")
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Cache-Control"] == "no-store"
    assert count(Subscription) == 0
    assert states() == {"cancelled"}
    again = client.post(links[0], data=ONE_CLICK, headers=A_PROVIDER)
    assert again.status_code == 200


def test_only_one_click_may_come_from_elsewhere(client: AuditingClient, campaign: Campaign) -> None:
    subscription = make_subscription(campaign)
    button = client.post(leaving(subscription), headers=A_PROVIDER)
    assert button.status_code == 403
    confirm = f"/confirm/{make_token(TokenPurpose.CONFIRM_SUBSCRIPTION, subscription.id)}"
    assert client.post(confirm, data=ONE_CLICK, headers=A_PROVIDER).status_code == 403
    assert count(Subscription) == 1


def test_looking_at_a_link_to_leave_ends_nothing(
    client: AuditingClient, campaign: Campaign, deliver: Deliver, mailbox: Mailbox
) -> None:
    make_subscription(campaign)
    make_update(campaign)
    deliver()
    for link in links_in(mailbox.last()):
        for method in ("GET", "HEAD", "OPTIONS"):
            assert look(client, method, link).status_code == 200
    assert count(Subscription) == 1


def test_leaving_one_campaign_leaves_no_other(client: AuditingClient, campaign: Campaign) -> None:
    one, other = make_subscription(campaign), make_subscription(campaign)
    make_update(campaign)
    queue_updates()
    client.post(leaving(one), data=ONE_CLICK)
    left = db.session.scalars(select(Delivery.recipient_id).where(Delivery.state == "queued")).all()
    assert left == [other.id.hex]


def test_whoever_leaves_before_confirming_gets_no_mail_that_asks_to(
    client: AuditingClient, campaign: Campaign
) -> None:
    subscribe(client, campaign)
    subscription = db.session.scalars(select(Subscription)).one()
    client.post(leaving(subscription))
    assert states() == {"cancelled"}


def test_a_token_of_one_purpose_is_worthless_for_another(
    client: AuditingClient, campaign: Campaign
) -> None:
    subscription = make_subscription(campaign, confirmed=False)
    for purpose, path in (
        (TokenPurpose.UNSUBSCRIBE, "/confirm/"),
        (TokenPurpose.CONFIRM_SIGNATURE, "/unsubscribe/"),
        (TokenPurpose.CONFIRM_SUBSCRIPTION, "/unsubscribe/"),
    ):
        assert client.post(path + make_token(purpose, subscription.id)).status_code == 404
    assert subscription.state == SubscriptionState.PENDING
    assert count(Subscription) == 1


def test_a_signature_and_a_subscription_of_one_person_cannot_be_linked(
    client: AuditingClient, campaign: Campaign, petition: object
) -> None:
    sign(client, campaign)
    subscribe(client, campaign)
    subscription = db.session.scalars(select(Subscription)).one()
    signature = make_signature(petition, "other@example.org")  # type: ignore[arg-type]
    assert subscription.email_index != signature.email_index
    assert subscription.id != signature.id
