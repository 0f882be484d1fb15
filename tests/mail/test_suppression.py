"""Mailboxes that get no mail: their owners said so, or they do not exist."""

import pytest
from flask import Flask
from sqlalchemy import delete, select

from campaigns.db import db
from campaigns.mail.delivery import deliver_due
from campaigns.mail.models import Suppression
from campaigns.mail.operations import suppress_mailbox
from campaigns.vault.errors import KeyMissing
from campaigns.vault.keyring import current_keyring, suppression_index
from campaigns.vault.models import IndexKey
from campaigns.worker import renew_daily_keys
from tests.mail import notes
from tests.mail.notes import delivery_of, queue_notes, states
from tests.mail.relay import Relay


def suppressed() -> int:
    return len(db.session.scalars(select(Suppression.mailbox)).all())


def test_a_mailbox_that_wants_none_is_not_even_named_to_the_relay(
    mailing: Flask, relay: Relay
) -> None:
    queue_notes(["one", "two"])
    for _ in range(2):
        suppress_mailbox(suppression_index(current_keyring(), "One+news@EXAMPLE.org"))
    db.session.commit()
    assert deliver_due() == 1
    assert states() == {"one": "suppressed", "two": "sent"}
    assert delivery_of("one").next_at is None
    assert [it.recipient for it in relay.received] == ["two@example.org"]


def test_one_that_wants_none_from_now_on_is_not_named_though_its_mail_was_written(
    mailing: Flask, relay: Relay
) -> None:
    queue_notes(["one", "two"])

    def never_again(recipient: str) -> None:
        other = "two" if recipient.startswith("one") else "one"
        with mailing.app_context():
            suppress_mailbox(suppression_index(current_keyring(), f"{other}@example.org"))
            db.session.commit()

    relay.on_recipient = never_again
    assert deliver_due() == 1
    assert sorted(states().values()) == ["sent", "suppressed"]
    assert relay.commands.count("RCPT") == 1


@pytest.mark.parametrize(
    "reply", ["550 5.1.1 unknown", "553 5.1.2 no domain", "550 5.1.10 null MX", "550 unknown"]
)
def test_one_that_does_not_exist_is_tried_once(mailing: Flask, relay: Relay, reply: str) -> None:
    queue_notes(["one"])
    relay.answers["RCPT"] = [reply]
    assert deliver_due() == 0
    assert states() == {"one": "failed"}
    queue_notes(["again"])
    notes.ADDRESSES["again"] = "one@example.org"
    deliver_due()
    assert states() == {"one": "failed", "again": "suppressed"}


@pytest.mark.parametrize(
    "reply", ["550 5.7.1 spam", "552 5.2.2 full", "450 4.2.0 greylisted", "553 no"]
)
def test_no_other_reply_says_that_there_is_no_mailbox(
    mailing: Flask, relay: Relay, reply: str
) -> None:
    queue_notes(["one"])
    relay.answers["RCPT"] = [reply]
    deliver_due()
    assert suppressed() == 0


def test_nobody_loses_their_mail_because_somebody_typed_a_tag_their_provider_does_not_know(
    mailing: Flask, relay: Relay
) -> None:
    queue_notes(["one+typed-by-somebody"])
    relay.answers["RCPT"] = ["550 5.1.1 unknown"]
    deliver_due()
    assert suppressed() == 0


def test_without_its_key_no_mail_leaves_until_the_worker_has_made_one(
    mailing: Flask, relay: Relay
) -> None:
    db.session.execute(delete(IndexKey).where(IndexKey.scope == "site"))
    queue_notes(["one"])
    with pytest.raises(KeyMissing):
        deliver_due()
    assert relay.received == []
    renew_daily_keys()
    assert deliver_due() == 1
