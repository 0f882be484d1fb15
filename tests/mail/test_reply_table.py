"""Each reply of a relay and what becomes of the mail: at once, and at the next run of the loop."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask

from campaigns.db import db, utcnow
from campaigns.mail import delivery
from campaigns.mail.claims import end_pauses
from campaigns.mail.delivery import DeliveryLoop, deliver_due
from campaigns.mail.models import PauseReason, Priority
from campaigns.mail.operations import GIVE_UP_AFTER_DAYS
from campaigns.mail.queries import active_pauses
from tests.mail import notes
from tests.mail.conftest import RelayedApp
from tests.mail.notes import delivery_of, queue_notes, states
from tests.mail.relay import DROP, SILENT, Relay, running, server_tls, signing_in

FULL = "552 5.2.2 mailbox full"


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(utcnow(), tick=True) as traveller:
        yield traveller


def recipients(relay: Relay) -> list[str]:
    return [received.recipient.partition("@")[0] for received in relay.received]


def test_a_recipient_refused_for_now_is_given_up_after_three_days(
    mailing: Flask, relay: Relay, clock: time_machine.Traveller
) -> None:
    queue_notes(["one"])
    relay.answers["RCPT"] = "450 4.2.0 later"
    begin, tries = utcnow(), 0
    while states() == {"one": "queued"} or states() == {"one": "deferred"}:
        clock.move_to(delivery_of("one").next_at or utcnow())
        deliver_due()
        tries += 1
        assert relay.commands.count("RCPT") == tries
    assert states() == {"one": "failed"}
    assert timedelta(hours=65) < utcnow() - begin < timedelta(hours=85)
    relay.answers.clear()
    clock.shift(timedelta(days=1))
    assert deliver_due() == 0


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("behaviour", [DROP, SILENT, "421 4.3.2 closing"])
def test_a_connection_that_breaks_costs_nobody_anything(
    relayed_app: RelayedApp,
    relay: Relay,
    clock: time_machine.Traveller,
    command: str,
    behaviour: str,
) -> None:
    with relayed_app(relay, timeout=0.2):
        queue_notes(["one"])
        relay.answers[command] = [behaviour]
        assert deliver_due() == 0
        assert states() == {"one": "queued"}
        clock.shift(timedelta(seconds=6))
        assert deliver_due() == 1
        assert delivery_of("one").attempts == 0
        assert len(set(relay.message_ids)) == 1


def test_a_relay_that_keeps_breaking_off_is_left_alone_for_one_five_and_fifteen_minutes(
    mailing: Flask, relay: Relay, clock: time_machine.Traveller
) -> None:
    queue_notes(["one"])
    relay.answers["MAIL"] = DROP
    loop = DeliveryLoop(threading.Event())
    for _ in range(4):
        loop.turn()
        clock.shift(timedelta(seconds=6))
    for minutes in (1, 5, 15, 15):
        loop.turn()
        (pause,) = active_pauses(utcnow())
        assert (pause.until - pause.since) == timedelta(minutes=minutes)
        tried = relay.connections
        assert not loop.turn()
        assert relay.connections == tried
        clock.move_to(pause.until)
    relay.answers.clear()
    assert loop.turn()
    loop.close()
    assert states() == {"one": "sent"}
    assert delivery_of("one").attempts == 0


def test_a_full_mailbox_is_given_up_after_days_of_it_however_often_it_is_tried_a_day(
    mailing: Flask, relay: Relay, clock: time_machine.Traveller
) -> None:
    relay.answers["RCPT"] = FULL
    for day in range(GIVE_UP_AFTER_DAYS):
        for time_of_day in ("morning", "evening"):
            name = f"{time_of_day}{day}"
            queue_notes([name], priority=Priority.NEWS)
            notes.ADDRESSES[name] = "full@example.org"
            deliver_due()
            expected = "failed"
            if day == GIVE_UP_AFTER_DAYS - 1 and time_of_day == "evening":
                expected = "suppressed"
            assert states()[name] == expected
        clock.shift(timedelta(days=1))
    assert relay.commands.count("RCPT") == 2 * GIVE_UP_AFTER_DAYS - 1
    assert not active_pauses(utcnow())


def test_a_mailbox_that_is_full_once_gets_the_next_mail(mailing: Flask, relay: Relay) -> None:
    queue_notes(["one"], priority=Priority.NEWS)
    relay.answers["RCPT"] = [FULL]
    assert deliver_due() == 0
    queue_notes(["again"], priority=Priority.NEWS)
    notes.ADDRESSES["again"] = "one@example.org"
    assert deliver_due() == 1
    assert states() == {"one": "failed", "again": "sent"}


@pytest.mark.parametrize("command", ["RCPT", "DATA"])
def test_a_rule_of_the_relay_against_news_holds_it_back_and_blames_no_address(
    mailing: Flask, relay: Relay, clock: time_machine.Traveller, command: str
) -> None:
    queue_notes(["one", "two"], priority=Priority.NEWS)
    relay.answers[command] = ["550 5.7.1 looks like spam"]
    assert deliver_due() == 0
    (pause,) = active_pauses(utcnow())
    assert (pause.reason, pause.smtp_code) == (PauseReason.POLICY, "550 5.7.1")
    clock.move_to(pause.until)
    assert deliver_due() == 2
    assert states() == {"one": "sent", "two": "sent"}


def test_a_mail_that_is_too_large_fails_and_blames_no_address(
    mailing: Flask, relay: Relay, clock: time_machine.Traveller
) -> None:
    queue_notes(["one"])
    relay.answers["DATA"] = ["552 5.3.4 too large"]
    assert deliver_due() == 0
    assert states() == {"one": "failed"}
    clock.shift(timedelta(days=1))
    assert deliver_due() == 0
    queue_notes(["again"], priority=Priority.NEWS)
    notes.ADDRESSES["again"] = "one@example.org"
    assert deliver_due() == 1
    assert recipients(relay) == ["one"]


def test_mail_refused_for_our_password_goes_once_that_is_right(relayed_app: RelayedApp) -> None:
    with running(Relay(), **signing_in("site", "right")) as relay:
        account = {"mail_username": "site", "mail_password": "wrong"}
        with relayed_app(relay, **account):
            queue_notes(["one", "two"])
            assert deliver_due() == 0
            (pause,) = active_pauses(utcnow())
            assert pause.reason is PauseReason.SIGN_IN_REFUSED
            assert set(states().values()) == {"queued"}
        account["mail_password"] = "right"
        with relayed_app(relay, **account):
            # As whoever restarts the worker does.
            end_pauses()
            db.session.commit()
            assert deliver_due() == 2


@contextmanager
def stripped(_certificate: Path) -> Iterator[Relay]:
    """A relay whose offer of encryption somebody in between has cut out."""
    with running(Relay()) as relay:
        yield relay


@contextmanager
def self_signed(certificate: Path) -> Iterator[Relay]:
    with running(Relay(), tls_context=server_tls(certificate)) as relay:
        yield relay


@contextmanager
def silent(_certificate: Path) -> Iterator[Relay]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield Relay(port=server.getsockname()[1])


@pytest.mark.parametrize("untrusted", [stripped, self_signed, silent])
def test_no_address_goes_to_a_relay_that_cannot_be_trusted_and_no_mail_is_lost(
    relayed_app: RelayedApp,
    relay: Relay,
    certificate: Path,
    untrusted: Callable[[Path], AbstractContextManager[Relay]],
) -> None:
    with untrusted(certificate) as other, relayed_app(other, timeout=0.1, mail_use_tls=True):
        queue_notes(["one", "two"])
        loop = DeliveryLoop(threading.Event())
        for _ in range(5):
            assert not loop.turn()
        assert other.commands == []
        (pause,) = active_pauses(utcnow())
        assert pause.reason is PauseReason.UNREACHABLE
        assert states() == {"one": "queued", "two": "queued"}
        assert {delivery_of(name).attempts for name in ("one", "two")} == {0}
    with relayed_app(relay):
        end_pauses()
        db.session.commit()
        assert deliver_due() == 2


# Time passes alike on both databases.
@pytest.mark.database("sqlite")
def test_a_sign_ups_mail_leaves_soon_though_the_queue_is_full_and_the_relay_slow(
    mailing: Flask, relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    # It waits for one batch at most, and for the mails that are under way then.
    assert (
        delivery.BATCH_SECONDS + 2 * delivery.INSIST_SECONDS > 10 > 2 * delivery.BATCH_SECONDS - 1
    )
    monkeypatch.setattr(delivery, "BATCH_SECONDS", 0.2)
    relay.delay = 0.05
    queue_notes((f"news{number}" for number in range(200)), priority=Priority.NEWS)
    loop = DeliveryLoop(threading.Event())
    loop.turn()
    queue_notes(["sign-up"])
    sent_before = len(relay.received)
    loop.turn()
    loop.close()
    assert "sign-up" in recipients(relay)
    assert sent_before <= 6
