"""The connection to the relay: verified, awaited, and no address where it does not belong."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask_mail import BadHeaderError, Message, email_dispatched

from campaigns.config import Settings, SettingsError
from campaigns.mail.composing import Letter
from campaigns.mail.connections import LetterConnection, MailNotSent, RelayFailed
from campaigns.mail.replies import Outcome, Verdict
from campaigns.mail.smtp import check_relay, stuff_dots
from campaigns.mail.transport import mail
from tests.mail.conftest import RelayedApp
from tests.mail.relay import DROP, SILENT, Relay, running, server_tls, signing_in

# Nothing here asks the database.
pytestmark = pytest.mark.database("sqlite")

PAYLOAD = b"Subject: Note\r\nMessage-ID: <%d@example.org>\r\n\r\nText\r\n"
SENT = Outcome(Verdict.SENT)


def note(number: int = 1, recipient: str = "a@example.org") -> Letter:
    return Letter(number, recipient, PAYLOAD % number)


@contextmanager
def connected() -> Iterator[LetterConnection]:
    with mail.connect() as connection:
        assert isinstance(connection, LetterConnection)
        yield connection


def test_a_letter_arrives_as_it_is(mailing: Flask, relay: Relay) -> None:
    payload = b"Subject: x\r\n\r\n.\r\n..\r\n.dot\r\n" + b"x" * 990 + b"\r\n"
    with connected() as connection:
        assert connection.send_letter(Letter(1, "a@example.org", payload)) == SENT
    (received,) = relay.received
    assert (received.sender, received.recipient) == ("campaigns@localhost", "a@example.org")
    assert received.payload == payload


def test_one_connection_takes_many_letters(mailing: Flask, relay: Relay) -> None:
    with connected() as connection:
        assert [connection.send_letter(note(number)) for number in range(5)] == [SENT] * 5
    assert relay.connections == 1
    assert len(set(relay.message_ids)) == 5


def test_a_relay_without_pipelining_gets_one_command_at_a_time(
    mailing: Flask, relay: Relay
) -> None:
    relay.pipelining = False
    with connected() as connection:
        assert connection.send_letter(note(1)) == SENT
        relay.answers["RCPT"] = ["550 5.1.1 unknown"]
        assert connection.send_letter(note(2)) == Outcome(Verdict.UNKNOWN, "550 5.1.1")
        assert connection.send_letter(note(3)) == SENT
    assert relay.commands == ["MAIL", "RCPT", "DATA", "MAIL", "RCPT", "MAIL", "RCPT", "DATA"]


@pytest.mark.parametrize(
    ("command", "reply", "outcome"),
    [
        ("RCPT", "450 4.2.0 later", Outcome(Verdict.DEFERRED, "450 4.2.0")),
        ("RCPT", "550 5.1.1 unknown", Outcome(Verdict.UNKNOWN, "550 5.1.1")),
        ("RCPT", "550 5.7.1 no", Outcome(Verdict.POLICY, "550 5.7.1")),
        ("DATA", "452 4.3.1 full", Outcome(Verdict.DEFERRED, "452 4.3.1")),
        ("DATA", "552 5.3.4 too large", Outcome(Verdict.REFUSED, "552 5.3.4")),
        ("MAIL", "550 5.7.1 not you", Outcome(Verdict.SENDER_REFUSED, "550 5.7.1")),
    ],
)
@pytest.mark.parametrize("pipelining", [True, False])
def test_a_refusal_leaves_the_connection_fit_for_the_next_letter(
    mailing: Flask, relay: Relay, pipelining: bool, command: str, reply: str, outcome: Outcome
) -> None:
    relay.pipelining = pipelining
    relay.answers[command] = [reply]
    with connected() as connection:
        assert connection.send_letter(note(1)) == outcome
        assert connection.usable
        assert connection.send_letter(note(2)) == SENT
    assert relay.message_ids == ["<2@example.org>"]


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("behaviour", [DROP, SILENT, "421 4.3.2 closing"])
def test_a_relay_that_breaks_off_or_keeps_silent_is_the_connections_fault(
    relayed_app: RelayedApp, relay: Relay, command: str, behaviour: str
) -> None:
    relay.answers[command] = behaviour
    with relayed_app(relay, timeout=0.2), connected() as connection:
        begin = time.monotonic()
        assert connection.send_letter(note()).verdict is Verdict.FAULT
        assert not connection.usable
        assert time.monotonic() - begin < 2


def test_a_relay_that_takes_a_connection_and_says_nothing_is_not_awaited_for_ever(
    relayed_app: RelayedApp,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        relay = Relay(port=server.getsockname()[1])
        with relayed_app(relay, timeout=0.2), pytest.raises(RelayFailed) as failed, connected():
            pytest.fail("It must not connect.")
    assert failed.value.outcome.verdict is Verdict.FAULT


def test_a_relay_that_takes_data_for_nobody_is_given_nothing(relayed_app: RelayedApp) -> None:
    with scripted_relay(["250 ok", "550 5.1.1 unknown", "354 go ahead", "554 nobody"]) as relay:
        with relayed_app(relay), connected() as connection:
            outcome = connection.send_letter(note())
        assert outcome == Outcome(Verdict.UNKNOWN, "550 5.1.1")
        assert b"Text" not in relay.heard
        assert b"DATA\r\n.\r\nRSET\r\n" in relay.heard


def test_commands_go_out_in_one_write(relayed_app: RelayedApp) -> None:
    with scripted_relay(["250 ok", "250 ok", "354 go ahead", "250 taken"]) as relay:
        with relayed_app(relay), connected() as connection:
            assert connection.send_letter(note()) == SENT
        assert (
            b"MAIL FROM:<campaigns@localhost>\r\nRCPT TO:<a@example.org>\r\nDATA\r\n" in relay.reads
        )


def test_an_unencrypted_relay_elsewhere_is_refused_at_the_start(settings: Settings) -> None:
    for server in ("mail.example.org", "192.0.2.1", "::ffff:192.0.2.1"):
        with pytest.raises(SettingsError, match="MAIL_SERVER is another machine"):
            check_relay(replace(settings, mail_server=server))
        check_relay(replace(settings, mail_server=server, mail_use_tls=True))
        check_relay(replace(settings, mail_server=server, mail_use_ssl=True))
    for server in ("localhost", "127.0.0.1", "::1"):
        check_relay(replace(settings, mail_server=server))


@pytest.mark.parametrize("mode", ["mail_use_tls", "mail_use_ssl"])
def test_a_certificate_nobody_vouches_for_gets_no_address(
    relayed_app: RelayedApp, certificate: Path, mode: str
) -> None:
    with tls_relay(certificate, mode) as relay:
        with relayed_app(relay, **{mode: True}), pytest.raises(RelayFailed) as failed, connected():
            pytest.fail("It must not connect.")
        assert relay.commands == []
    assert failed.value.outcome.verdict is Verdict.FAULT


@pytest.mark.parametrize("mode", ["mail_use_tls", "mail_use_ssl"])
def test_a_certificate_the_settings_vouch_for_is_believed(
    relayed_app: RelayedApp, certificate: Path, mode: str
) -> None:
    with tls_relay(certificate, mode) as relay:
        with (
            relayed_app(relay, mail_ca_file=certificate, **{mode: True}),
            connected() as connection,
        ):
            assert connection.send_letter(note()) == SENT
        assert len(relay.received) == 1


def test_a_certificate_for_another_name_is_not_believed(
    relayed_app: RelayedApp, certificate: Path
) -> None:
    with tls_relay(certificate, "mail_use_ssl") as relay:
        changes = {"mail_server": "localhost", "mail_ca_file": certificate, "mail_use_ssl": True}
        with relayed_app(relay, **changes), pytest.raises(RelayFailed), connected():
            pytest.fail("It must not connect.")
        assert relay.commands == []


def test_a_relay_that_does_not_offer_encryption_gets_no_address(
    relayed_app: RelayedApp, relay: Relay
) -> None:
    with relayed_app(relay, mail_use_tls=True), pytest.raises(RelayFailed) as failed, connected():
        pytest.fail("It must not connect.")
    assert failed.value.outcome.verdict is Verdict.FAULT
    assert relay.commands == []


def test_signing_in_works_and_a_refusal_is_told_apart(relayed_app: RelayedApp) -> None:
    with running(Relay(), **signing_in("site", "right")) as relay:
        account = {"mail_username": "site", "mail_password": "right"}
        with relayed_app(relay, **account), connected() as connection:
            assert connection.send_letter(note()) == SENT
        account["mail_password"] = "wrong"
        with relayed_app(relay, **account), pytest.raises(RelayFailed) as failed, connected():
            pytest.fail("It must not connect.")
        assert failed.value.outcome == Outcome(Verdict.SIGN_IN_REFUSED, "535 5.7.8")


def test_a_relay_that_offers_no_signing_in_is_told_apart(
    relayed_app: RelayedApp, relay: Relay
) -> None:
    account = {"mail_username": "site", "mail_password": "right"}
    with relayed_app(relay, **account), pytest.raises(RelayFailed), connected():
        pytest.fail("It must not connect.")


def test_suppressed_mail_goes_nowhere_and_is_announced(mailing: Flask, relay: Relay) -> None:
    mailing.extensions["mail"].suppress = True
    with mail.record_messages() as outbox, connected() as connection:
        assert connection.send_letter(note()) == SENT
        mail.send(Message("Plain", recipients=["b@example.org"], body="Text"))
    assert [message.subject for message in outbox] == ["Note", "Plain"]
    assert relay.connections == 0


def test_what_is_sent_is_announced_with_its_recipient(mailing: Flask, relay: Relay) -> None:
    with mail.record_messages() as outbox, connected() as connection:
        connection.send_letter(note())
        relay.answers["RCPT"] = "550 5.1.1 unknown"
        connection.send_letter(note(2))
    (message,) = outbox
    assert (message.recipients, message.msgId) == (["a@example.org"], "<1@example.org>")


def test_a_listener_that_fails_does_not_have_mail_sent_again(
    mailing: Flask, relay: Relay, caplog: pytest.LogCaptureFixture
) -> None:
    def listen(_app: Flask, message: Message) -> None:
        raise RuntimeError(f"cannot cope with {message.recipients}")

    with email_dispatched.connected_to(listen), connected() as connection:
        assert connection.send_letter(note()) == SENT
    assert "RuntimeError" in caplog.text
    assert "example.org" not in caplog.text


def test_flask_mails_own_sending_takes_the_same_way(mailing: Flask, relay: Relay) -> None:
    mail.send(Message("Plain", recipients=["A <a@example.org>", "b@example.org"], body="Text"))
    assert [received.recipient for received in relay.received] == [
        "a@example.org",
        "b@example.org",
    ]
    relay.answers["RCPT"] = "550 5.1.1 <c@example.org> unknown"
    with pytest.raises(MailNotSent) as not_sent:
        mail.send(Message("Plain", recipients=["c@example.org"], body="Text"))
    assert str(not_sent.value) == "The relay answered 550 5.1.1."


def test_flask_mails_own_sending_refuses_a_line_break_in_a_header(
    mailing: Flask, relay: Relay
) -> None:
    message = Message("Plain", recipients=["a@example.org"], body="Text")
    message.extra_headers = {"X-Note": "x\r\nBcc: b@example.org"}
    with pytest.raises(BadHeaderError):
        mail.send(message)
    assert relay.received == []


def test_no_conversation_is_printed(
    mailing: Flask, relay: Relay, capfd: pytest.CaptureFixture[str]
) -> None:
    mailing.debug = True
    with connected() as connection:
        connection.send_letter(note())
    assert "example.org" not in "".join(capfd.readouterr())


def test_dots_are_stuffed_and_the_end_is_marked() -> None:
    assert stuff_dots(b".\r\na\r\n..b") == b"..\r\na\r\n...b\r\n.\r\n"
    assert stuff_dots(b"a\r\n") == b"a\r\n.\r\n"


@contextmanager
def tls_relay(certificate: Path, mode: str) -> Iterator[Relay]:
    context = server_tls(certificate)
    options = {"ssl_context": context} if mode == "mail_use_ssl" else {"tls_context": context}
    with running(Relay(), **options) as relay:
        yield relay


class ScriptedRelay(Relay):
    """Says what it is told to, whatever it hears; for what no honest relay does."""

    heard = b""
    reads: list[bytes]


@contextmanager
def scripted_relay(replies: list[str]) -> Iterator[ScriptedRelay]:
    relay = ScriptedRelay()
    relay.reads = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        relay.port = server.getsockname()[1]
        thread = threading.Thread(target=_follow_script, args=(server, relay, replies))
        thread.start()
        yield relay
        thread.join(5)


def _follow_script(server: socket.socket, relay: ScriptedRelay, replies: list[str]) -> None:
    connection, _ = server.accept()
    with connection:
        connection.settimeout(5)
        connection.sendall(b"220 relay.test\r\n")
        relay.heard += connection.recv(4096)
        connection.sendall(b"250-relay.test\r\n250 PIPELINING\r\n")
        waiting = list(replies)
        while received := connection.recv(4096):
            relay.reads.append(received)
            relay.heard += received
            answered = received.count(b"\r\n") if b"Text" not in received else 1
            for _ in range(answered):
                reply = waiting.pop(0) if waiting else "250 2.0.0 fine"
                connection.sendall(reply.encode() + b"\r\n")
