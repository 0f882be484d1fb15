"""Mail that comes back is acted upon, and only by whoever was sent it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from campaigns.config import SettingsError, load_settings
from campaigns.db import db, utcnow
from campaigns.mail.cli import mail
from campaigns.mail.delivery import deliver_due
from campaigns.mail.models import SoftBounce, Suppression
from campaigns.mail.operations import GIVE_UP_AFTER_DAYS
from campaigns.updates.retention import KINDS
from tests.mail import notes
from tests.mail.conftest import RelayedApp
from tests.mail.notes import queue_notes, states
from tests.mail.relay import Relay

BOUNCES = "bounces@example.org"
REPORT = """\
Return-Path: <>
To: {address}
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=_report"

--=_report
Content-Type: text/plain

I am sorry to have to tell you.

--=_report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: rfc822; somebody-else@example.net
Action: {action}
Status: {status}

--=_report
Content-Type: message/rfc822

From: news@example.org
Subject: Note one

--=_report--
"""
COMPLAINT = """\
To: abuse@example.org
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="=_report"

--=_report
Content-Type: text/plain

This is a complaint.

--=_report
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: Example/1
Version: 1
Original-Mail-From: <{address}>

--=_report
Content-Type: text/rfc822-headers

Subject: Note one

--=_report--
"""


@pytest.fixture
def bouncing(relayed_app: RelayedApp, relay: Relay) -> Iterator[Flask]:
    with relayed_app(relay, mail_bounce_address=BOUNCES) as app:
        yield app


def sent_from(relay: Relay, name: str = "one") -> str:
    """Send a note and return the address it is to come back to."""
    queue_notes([name])
    assert deliver_due() == 1
    return relay.received[-1].sender


def ingest(app: Flask, text: str, *options: str) -> str:
    result = app.test_cli_runner().invoke(mail, ["ingest-bounce", *options], input=text)
    assert result.exit_code == 0, result.output
    return result.output


def suppressed() -> int:
    return len(db.session.scalars(select(Suppression.mailbox)).all())


def report(address: str, status: str = "5.1.1", action: str = "failed") -> str:
    return REPORT.format(address=address, status=status, action=action)


def test_each_mail_has_an_address_of_its_own_to_come_back_to(bouncing: Flask, relay: Relay) -> None:
    first, second = sent_from(relay, "one"), sent_from(relay, "two")
    assert first != second
    for address in (first, second):
        local, domain = address.split("@")
        assert local.startswith("bounces+")
        assert domain == "example.org"
        assert len(local) <= 64
        assert address == address.lower()


def test_without_the_setting_it_comes_back_to_the_sender(mailing: Flask, relay: Relay) -> None:
    assert sent_from(relay) == "campaigns@localhost"


def test_a_mailbox_that_does_not_exist_gets_no_more_mail(bouncing: Flask, relay: Relay) -> None:
    assert "No mail goes to this mailbox" in ingest(bouncing, report(sent_from(relay)))
    assert states() == {"one": "failed"}
    queue_notes(["again"])
    notes.ADDRESSES["again"] = "one@example.org"
    deliver_due()
    assert states()["again"] == "suppressed"


def test_the_mailbox_is_the_one_that_was_mailed_whatever_the_report_says(
    bouncing: Flask, relay: Relay
) -> None:
    ingest(bouncing, report(sent_from(relay)))
    queue_notes(["other"])
    notes.ADDRESSES["other"] = "somebody-else@example.net"
    assert deliver_due() == 1


def test_a_server_that_changes_case_or_says_the_recipient_aside_is_understood(
    bouncing: Flask, relay: Relay
) -> None:
    address = sent_from(relay)
    assert "No mail goes" in ingest(bouncing, report("a@b.org"), "--recipient", address.upper())


def test_a_forged_address_changes_nothing(bouncing: Flask, relay: Relay) -> None:
    address = sent_from(relay)
    local, domain = address.split("@")
    number, mac = local.removeprefix("bounces+").split("-")
    forged = f"bounces+{int(number, 16) + 1:x}-{mac}@{domain}"
    wrong = f"bounces+{number}-{'a' * len(mac)}@{domain}"
    for text in (report(forged), report(wrong), report("bounces@example.org")):
        assert "Ignored" in ingest(bouncing, text)
    assert suppressed() == 0
    assert states() == {"one": "sent"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\x00\xff not a mail at all",
        "To: {address}\n\nI am on holiday.",
        REPORT.replace("{action}", "delayed").replace("{status}", "4.4.1"),
        REPORT.replace("{action}", "delivered").replace("{status}", "2.0.0"),
        REPORT.replace("{action}", "failed").replace("{status}", "nonsense"),
        REPORT.replace("delivery-status; boundary", "strange; boundary"),
    ],
)
def test_what_is_no_report_of_a_failure_is_ignored(
    bouncing: Flask, relay: Relay, text: str
) -> None:
    address = sent_from(relay)
    assert "Ignored" in ingest(bouncing, text.replace("{address}", address))
    assert suppressed() == 0
    assert states() == {"one": "sent"}


@pytest.mark.parametrize("status", ["5.7.1", "5.3.4", "5.0.0"])
def test_a_refusal_that_says_nothing_of_the_mailbox_suppresses_none(
    bouncing: Flask, relay: Relay, status: str
) -> None:
    assert "Noted" in ingest(bouncing, report(sent_from(relay), status))
    assert suppressed() == 0
    assert states() == {"one": "failed"}


@pytest.mark.parametrize("status", ["5.2.2", "4.4.1"])
def test_a_full_mailbox_is_given_up_after_days_of_it_however_many_reports_a_day(
    bouncing: Flask, relay: Relay, status: str
) -> None:
    text = report(sent_from(relay), status)
    now = utcnow()
    for day in range(GIVE_UP_AFTER_DAYS - 1):
        with time_machine.travel(now + timedelta(days=day), tick=False):
            for _ in range(3):
                ingest(bouncing, text)
    assert suppressed() == 0
    with time_machine.travel(now + timedelta(days=GIVE_UP_AFTER_DAYS), tick=False):
        ingest(bouncing, text)
    assert suppressed() == 1


def test_that_a_mailbox_was_full_is_forgotten_after_a_month(bouncing: Flask, relay: Relay) -> None:
    ingest(bouncing, report(sent_from(relay), "5.2.2"))
    kind = next(it for it in KINDS if it.model is SoftBounce)
    assert kind.count(utcnow() + timedelta(days=30)) == 0
    assert kind.purge_some(utcnow() + timedelta(days=31)) == 1


def test_whoever_calls_a_mail_unwanted_gets_no_more(bouncing: Flask, relay: Relay) -> None:
    text = COMPLAINT.format(address=sent_from(relay))
    assert "No mail goes to this mailbox" in ingest(bouncing, text)
    assert states() == {"one": "sent"}


def test_a_mail_whose_recipient_is_gone_is_noted(bouncing: Flask, relay: Relay) -> None:
    text = report(sent_from(relay))
    notes.ADDRESSES.clear()
    assert "Noted" in ingest(bouncing, text)
    assert suppressed() == 0


@pytest.mark.parametrize("address", ["bounces", "a b@example.org", "x" * 23 + "@example.org", "@"])
def test_a_bounce_address_that_leaves_no_room_is_refused(address: str) -> None:
    with pytest.raises(SettingsError, match="MAIL_BOUNCE_ADDRESS"):
        load_settings({"CAMPAIGNS_ENV": "development", "CAMPAIGNS_MAIL_BOUNCE_ADDRESS": address})
