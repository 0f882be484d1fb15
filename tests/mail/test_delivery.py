"""The delivery loop over real SMTP: nothing lost, nothing doubled, nobody penalised wrongly."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import NullPool, create_engine

from campaigns.db import db, utcnow
from campaigns.mail import delivery
from campaigns.mail.claims import claim_deliveries
from campaigns.mail.composing import Letter, composer_of
from campaigns.mail.delivery import DeliveryLoop, deliver_due
from campaigns.mail.messages import message_id_for
from campaigns.mail.models import PauseReason, Priority
from campaigns.mail.operations import cancel_deliveries, queue_delivery
from campaigns.mail.queries import active_pauses
from campaigns.mail.transport import mail
from tests.mail import notes
from tests.mail.conftest import RelayedApp
from tests.mail.notes import delivery_of, queue_notes, states
from tests.mail.relay import DROP, Relay


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(utcnow(), tick=True) as traveller:
        yield traveller


def minutes_until_next(name: str) -> float:
    next_at = delivery_of(name).next_at
    assert next_at is not None
    return (next_at - utcnow()).total_seconds() / 60


def recipients(relay: Relay) -> list[str]:
    return [received.recipient.partition("@")[0] for received in relay.received]


def test_due_mail_is_sent_and_recorded(mailing: Flask, relay: Relay) -> None:
    queue_notes(["one", "two"])
    assert deliver_due() == 2
    assert sorted(recipients(relay)) == ["one", "two"]
    assert states() == {"one": "sent", "two": "sent"}
    sent = delivery_of("one")
    assert sent.sent_at is not None
    assert sent.next_at is None
    assert sent.message_id in relay.message_ids
    assert deliver_due() == 0
    assert len(relay.received) == 2


def test_each_reply_leads_to_its_state(mailing: Flask, relay: Relay) -> None:
    queue_notes(["later", "unknown", "fine"])
    relay.answers["RCPT"] = ["450 4.2.0 greylisted", "550 5.1.1 unknown"]
    assert deliver_due() == 1
    assert states() == {"later": "deferred", "unknown": "failed", "fine": "sent"}
    assert delivery_of("later").smtp_code == "450 4.2.0"
    assert delivery_of("unknown").smtp_code == "550 5.1.1"
    assert 4 < minutes_until_next("later") < 6


def test_a_deferred_mail_is_sent_later_under_its_first_id(
    mailing: Flask, relay: Relay, clock: time_machine.Traveller
) -> None:
    queue_notes(["one"])
    relay.answers["RCPT"] = ["450 4.2.0 greylisted"]
    assert deliver_due() == 0
    first = delivery_of("one").message_id
    clock.shift(timedelta(minutes=6))
    assert deliver_due() == 1
    assert relay.message_ids == [first]
    assert delivery_of("one").attempts == 1


def test_a_broken_connection_costs_nobody_an_attempt(
    mailing: Flask, relay: Relay, clock: time_machine.Traveller
) -> None:
    queue_notes(["one", "two"])
    relay.answers["MAIL"] = [DROP]
    assert deliver_due() == 1
    assert sorted(states().values()) == ["queued", "sent"]
    clock.shift(timedelta(seconds=6))
    assert deliver_due() == 1
    assert {delivery_of(name).attempts for name in ("one", "two")} == {0}
    assert relay.connections >= 2


def test_a_relay_that_drops_after_the_final_dot_gets_the_same_message_id_again(
    mailing: Flask, relay: Relay, clock: time_machine.Traveller
) -> None:
    queue_notes(["one"])
    relay.answers["DATA"] = [DROP]
    assert deliver_due() == 0
    assert states() == {"one": "queued"}
    clock.shift(timedelta(seconds=6))
    assert deliver_due() == 1
    assert len(relay.received) == 2
    assert len(set(relay.message_ids)) == 1


def test_a_relay_that_is_down_costs_nobody_an_attempt_and_is_left_alone_for_a_while(
    mailing: Flask, relay: Relay, clock: time_machine.Traveller
) -> None:
    queue_notes(["one"])
    relay.answers["MAIL"] = [DROP] * 5
    loop = DeliveryLoop(threading.Event())
    for _ in range(5):
        assert not active_pauses(utcnow())
        loop.turn()
        clock.shift(timedelta(seconds=6))
    (pause,) = active_pauses(utcnow())
    assert (pause.reason, pause.kind) == (PauseReason.UNREACHABLE, None)
    assert pause.until - pause.since == timedelta(minutes=1)
    assert not loop.turn()
    clock.shift(timedelta(minutes=1))
    assert loop.turn()
    loop.close()
    assert states() == {"one": "sent"}
    assert delivery_of("one").attempts == 0


@pytest.mark.parametrize("priority", list(Priority))
def test_a_relay_that_refuses_our_sender_rests_all_mail_and_blames_nobody(
    mailing: Flask, relay: Relay, clock: time_machine.Traveller, priority: Priority
) -> None:
    queue_notes(["one", "two", "three"], priority=priority)
    relay.answers["MAIL"] = ["550 5.7.1 not from you"]
    assert deliver_due() == 0
    assert set(states().values()) == {"queued"}
    (pause,) = active_pauses(utcnow())
    assert (pause.reason, pause.smtp_code) == (PauseReason.SENDER_REFUSED, "550 5.7.1")
    clock.shift(timedelta(minutes=15))
    assert deliver_due() == 3


def test_a_relay_that_refuses_our_password_rests_all_mail(
    relayed_app: RelayedApp, relay: Relay
) -> None:
    with relayed_app(relay, mail_username="site", mail_password="wrong"):
        queue_notes(["one"])
        assert deliver_due() == 0
        assert states() == {"one": "queued"}
        (pause,) = active_pauses(utcnow())
        assert pause.reason is PauseReason.SIGN_IN_REFUSED


def test_a_relays_rule_against_news_rests_that_campaigns_news_only(
    mailing: Flask, relay: Relay
) -> None:
    queue_notes(["news1", "news2"], priority=Priority.NEWS)
    relay.answers["RCPT"] = ["550 5.7.1 looks like spam"]
    assert deliver_due() == 0
    assert sorted(states().values()) == ["deferred", "queued"]
    (pause,) = active_pauses(utcnow())
    assert (pause.reason, pause.kind, pause.campaign_id) == (PauseReason.POLICY, "test.news", 1)
    queue_notes(["confirmation"])
    assert deliver_due() == 1


def test_one_strangers_address_cannot_stop_confirmations(mailing: Flask, relay: Relay) -> None:
    queue_notes(["one", "two"])
    relay.answers["RCPT"] = ["550 5.7.1 nobody may write here"]
    assert deliver_due() == 1
    assert sorted(states().values()) == ["deferred", "sent"]
    assert not active_pauses(utcnow())


def test_a_confirmation_overtakes_a_queue_of_news(
    mailing: Flask, relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "LARGEST_BATCH", 100)
    queue_notes((f"news{number}" for number in range(150)), priority=Priority.NEWS)
    loop = DeliveryLoop(threading.Event())
    loop.turn()
    queue_notes(["confirmation"])
    loop.turn()
    assert "confirmation" in recipients(relay)
    assert len(relay.received) <= 101
    loop.close()


# Time passes alike on both databases.
@pytest.mark.database("sqlite")
def test_a_slow_relay_gets_ever_smaller_batches(
    mailing: Flask, relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "BATCH_SECONDS", 0.5)
    relay.delay = 0.05
    queue_notes((f"n{number}" for number in range(100)), priority=Priority.NEWS)
    loop = DeliveryLoop(threading.Event())
    loop.turn()
    loop.close()
    assert 1 <= len(relay.received) < 20
    assert "sending" not in states().values()


def test_what_is_no_longer_wanted_is_cancelled_before_its_recipient_is_named(
    mailing: Flask, relay: Relay
) -> None:
    queue_notes(["one", "two"])
    del notes.ADDRESSES["one"]
    assert deliver_due() == 1
    assert states() == {"one": "cancelled", "two": "sent"}


def test_whoever_leaves_while_the_mails_are_going_out_gets_none(
    mailing: Flask, relay: Relay
) -> None:
    queue_notes(["one", "two", "three"])

    def leave(recipient: str) -> None:
        for name in {"one", "two", "three"} - {recipient.partition("@")[0]}:
            notes.ADDRESSES.pop(name, None)

    relay.on_recipient = leave
    assert deliver_due() == 1
    assert sorted(states().values()) == ["cancelled", "cancelled", "sent"]
    assert relay.commands.count("RCPT") == 1


def test_a_cancelled_delivery_is_not_sent_though_it_was_claimed(
    mailing: Flask, relay: Relay
) -> None:
    queue_notes(["one", "two"])

    def cancel(_recipient: str) -> None:
        with mailing.app_context():
            cancel_deliveries(about_id="two")
            db.session.commit()

    relay.on_recipient = cancel
    relay.answers["RCPT"] = ["450 4.2.0 later"]
    deliver_due()
    assert relay.received == []
    assert states() == {"one": "deferred", "two": "cancelled"}


def test_one_mail_that_cannot_be_composed_stops_no_other(
    mailing: Flask, relay: Relay, caplog: pytest.LogCaptureFixture
) -> None:
    queue_notes(["one", "broken", "unreadable", "two"])
    notes.BROKEN.add("broken")
    notes.UNREADABLE.add("unreadable")
    assert deliver_due() == 2
    assert states() == {
        "one": "sent",
        "two": "sent",
        "broken": "deferred",
        "unreadable": "failed",
    }
    assert f"Delivery {delivery_of('broken').id}" in caplog.text
    assert f"Delivery {delivery_of('unreadable').id}" in caplog.text
    assert "example.org" not in caplog.text


def test_an_address_no_mail_can_reach_fails_alone(
    mailing: Flask, relay: Relay, caplog: pytest.LogCaptureFixture
) -> None:
    queue_notes(["one", "two"])
    notes.ADDRESSES["one"] = "jürgen@example.org"
    assert deliver_due() == 1
    assert states() == {"one": "failed", "two": "sent"}
    assert "rgen" not in caplog.text


def test_mail_of_a_kind_nobody_composes_waits_and_is_named_in_the_log(
    mailing: Flask, relay: Relay, caplog: pytest.LogCaptureFixture
) -> None:
    assert composer_of("test.unknown") is None
    queue_delivery(
        kind="test.unknown", about_id="one", dedupe_key="one", priority=Priority.ASKED_FOR
    )
    db.session.commit()
    assert deliver_due() == 0
    assert states() == {"one": "deferred"}
    assert "test.unknown" in caplog.text


def test_a_worker_asked_to_stop_finishes_its_mail_and_gives_the_rest_back(
    mailing: Flask, relay: Relay
) -> None:
    queue_notes(["one", "two", "three"])
    stop = threading.Event()
    relay.on_recipient = lambda _recipient: stop.set()
    loop = DeliveryLoop(stop)
    loop.turn()
    loop.close()
    assert sorted(states().values()) == ["queued", "queued", "sent"]
    assert len(relay.received) == 1


def test_a_rate_holds_mail_back(relayed_app: RelayedApp, relay: Relay) -> None:
    with relayed_app(relay, mail_rate=5):
        queue_notes(f"n{number}" for number in range(50))
        assert 5 <= deliver_due() <= 25
        assert "sending" not in states().values()


def test_several_workers_at_once_send_each_mail_once(mailing: Flask, relay: Relay) -> None:
    expected = [f"n{number}" for number in range(60)]
    queue_notes(expected)

    def work() -> None:
        with mailing.app_context():
            deliver_due()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(recipients(relay)) == sorted(expected)
    assert set(states().values()) == {"sent"}


def test_a_run_with_dead_workers_loses_nothing_and_doubles_only_under_the_same_id(
    mailing: Flask, relay: Relay, clock: time_machine.Traveller
) -> None:
    expected = [f"n{number}" for number in range(10)]
    queue_notes(expected)
    # One worker died before it sent anything, another after the relay took its first mail.
    claim_deliveries("dead before", 3, message_id_for)
    db.session.commit()
    (killed,) = claim_deliveries("dead after", 1, message_id_for)
    db.session.commit()
    with mail.connect() as connection:
        letter = notes.compose_note(killed)
        assert isinstance(letter, Letter)
        connection.send_letter(letter)
    assert deliver_due() == 6
    assert list(states().values()).count("sending") == 4
    clock.shift(timedelta(seconds=60))
    assert deliver_due() == 4
    assert set(recipients(relay)) == set(expected)
    assert len(relay.received) == 11
    assert len(set(relay.message_ids)) == 10


# SQLite lives in this process and cannot go away.
@pytest.mark.database("postgresql")
def test_the_database_going_away_for_a_moment_does_not_have_mail_sent_twice(
    mailing: Flask, relay: Relay
) -> None:
    queue_notes(["one", "two"])

    def cut_all_connections(_recipient: str) -> None:
        relay.on_recipient = None
        engine = create_engine(mailing.config["SQLALCHEMY_DATABASE_URI"], poolclass=NullPool)
        with engine.connect() as connection:
            connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        engine.dispose()

    relay.on_recipient = cut_all_connections
    assert deliver_due() == 2
    assert states() == {"one": "sent", "two": "sent"}
    assert len(relay.received) == 2
