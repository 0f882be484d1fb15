"""Several connections to the relay at once, and how fast each domain may be mailed."""

import threading
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from time import monotonic

import pytest
import time_machine
from flask import Flask

from campaigns.db import utcnow
from campaigns.mail.delivery import DeliveryLoop, deliver_due
from campaigns.mail.models import Priority
from campaigns.mail.queries import active_pauses
from tests.mail import notes
from tests.mail.conftest import RelayedApp
from tests.mail.notes import delivery_of, queue_notes, states
from tests.mail.relay import DROP, SILENT, Relay

CONNECTIONS = 4


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(utcnow(), tick=True) as traveller:
        yield traveller


@pytest.fixture
def several(relayed_app: RelayedApp, relay: Relay) -> Iterator[Flask]:
    with relayed_app(relay, mail_connections=CONNECTIONS) as app:
        yield app


def queue_news(*names: str, domain: str = "example.org") -> None:
    queue_notes(names, priority=Priority.NEWS)
    notes.ADDRESSES.update({name: f"{name}@{domain}" for name in names})


def numbered(number: int) -> list[str]:
    return [f"n{count}" for count in range(number)]


def recipients(relay: Relay) -> list[str]:
    return [received.recipient.partition("@")[0] for received in relay.received]


def test_each_mail_goes_once_over_as_many_connections_as_are_allowed(
    several: Flask, relay: Relay
) -> None:
    queue_news(*numbered(50))
    assert deliver_due() == 50
    assert sorted(recipients(relay)) == sorted(numbered(50))
    assert relay.connections == CONNECTIONS


def test_a_single_mail_opens_a_single_connection(several: Flask, relay: Relay) -> None:
    queue_notes(["one"])
    assert deliver_due() == 1
    assert relay.connections == 1


def test_a_recipient_the_relay_thinks_long_about_holds_up_no_other(
    relayed_app: RelayedApp, relay: Relay, clock: time_machine.Traveller
) -> None:
    with relayed_app(relay, timeout=1, mail_connections=2):
        queue_news(*numbered(30))
        relay.answers["RCPT"] = [SILENT]
        assert deliver_due() == 29
        assert Counter(states().values()) == {"sent": 29, "queued": 1}
        clock.shift(timedelta(seconds=6))
        assert deliver_due() == 1
        assert sorted(recipients(relay)) == sorted(numbered(30))


def test_a_relay_that_takes_few_connections_is_sent_to_over_those(
    several: Flask, relay: Relay
) -> None:
    relay.most_connections = 2
    queue_news(*numbered(20))
    assert deliver_due() == 20
    assert relay.connections == 3
    assert not active_pauses(utcnow())


def test_a_relay_that_leaves_more_connections_unanswered_holds_up_nothing(
    several: Flask, relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("campaigns.mail.sending.ANOTHER_SECONDS", 0.2)
    relay.most_connections, relay.leaves_waiting = 1, True
    queue_news(*numbered(20))
    begun = monotonic()
    assert deliver_due() == 20
    assert monotonic() - begun < 5
    # It is not asked anew for each batch.
    assert relay.connections == 2
    assert not active_pauses(utcnow())


def test_a_relay_that_breaks_off_all_connections_at_once_is_no_relay_that_is_down(
    several: Flask, relay: Relay, clock: time_machine.Traveller
) -> None:
    queue_news(*numbered(CONNECTIONS))
    relay.answers["DATA"] = [DROP] * CONNECTIONS
    for _ in range(3):
        relay.answers["DATA"] = [DROP] * CONNECTIONS
        assert deliver_due() == 0
        assert not active_pauses(utcnow())
        clock.shift(timedelta(seconds=6))
    assert deliver_due() == CONNECTIONS
    # It had taken each of them, and gets each again under its first id.
    assert len(set(relay.message_ids)) == CONNECTIONS
    assert {delivery_of(name).attempts for name in numbered(CONNECTIONS)} == {0}


def test_whoever_leaves_while_the_mails_are_going_out_gets_none_unless_named_already(
    several: Flask, relay: Relay
) -> None:
    queue_news(*numbered(30))

    def all_leave(_recipient: str) -> None:
        notes.ADDRESSES.clear()

    relay.on_recipient = all_leave
    assert 1 <= deliver_due() <= CONNECTIONS
    assert Counter(states().values())["cancelled"] >= 30 - CONNECTIONS
    assert relay.commands.count("RCPT") <= CONNECTIONS


def test_a_worker_asked_to_stop_finishes_what_is_under_way_on_every_connection(
    several: Flask, relay: Relay
) -> None:
    queue_news(*numbered(30))
    stop = threading.Event()
    relay.on_recipient = lambda _recipient: stop.set()
    loop = DeliveryLoop(stop)
    loop.turn()
    loop.close()
    assert Counter(states().values()) == {"sent": len(relay.received), "queued": 30 - loop.sent}
    assert 1 <= len(relay.received) <= CONNECTIONS


def test_a_domain_with_a_limit_waits_and_holds_up_no_other(
    relayed_app: RelayedApp, relay: Relay
) -> None:
    with relayed_app(relay, mail_domain_rates={"slow.example": 0.5}):
        queue_news("a", "b", "c", "d", domain="Slow.Example")
        queue_news("x", "y", "z")
        begin = utcnow()
        assert deliver_due() == 4
        waiting = sorted(
            (delivery_of(name).next_at or begin) - begin
            for name, state in states().items()
            if state == "queued"
        )
        # One every two seconds, each at a time of its own.
        assert [round(wait.total_seconds() / 2) for wait in waiting] == [1, 2, 3]
        assert {"x", "y", "z"} < set(recipients(relay))
        assert {delivery_of(name).attempts for name in "abcd"} == {0}


def test_what_waits_for_its_domain_goes_in_its_turn(
    relayed_app: RelayedApp, relay: Relay, clock: time_machine.Traveller
) -> None:
    with relayed_app(relay, mail_domain_rates={"slow.example": 0.5}):
        queue_news("a", "b", "c", domain="slow.example")
        for sent in (1, 2, 3):
            assert deliver_due() == 1
            assert len(relay.received) == sent
            assert deliver_due() == 0
            clock.shift(timedelta(seconds=2.5))
    assert sorted(recipients(relay)) == ["a", "b", "c"]


# Time passes alike on both databases.
@pytest.mark.database("sqlite")
def test_a_confirmation_does_not_queue_behind_the_news_to_its_domain(
    relayed_app: RelayedApp, relay: Relay
) -> None:
    with relayed_app(relay, mail_domain_rates={"slow.example": 10.0}):
        queue_news(*numbered(60), domain="slow.example")
        loop = DeliveryLoop(threading.Event())
        assert loop.turn()
        queue_notes(["confirmation"])
        notes.ADDRESSES["confirmation"] = "confirmation@slow.example"
        until = monotonic() + 10
        while "confirmation" not in recipients(relay):
            assert monotonic() < until
            loop.turn()
        loop.close()
    # The news alone takes five seconds.
    assert len(relay.received) < 40
