"""Workers are killed in the middle of a run: no mail is lost, and none comes twice unnoticed."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from sqlalchemy import update

from campaigns.config import Settings
from campaigns.db import db, utcnow
from campaigns.mail.models import Delivery, DeliveryState, Priority
from tests.fixtures.servers import environment_of
from tests.mail.notes import queue_notes, states
from tests.mail.relay import Relay, running

MAILS = 40
KILLED_AFTER = (7, 23)
PATIENCE = 30.0


@pytest.fixture
def relay() -> Iterator[Relay]:
    with running(Relay(delay=0.01)) as relay:
        yield relay


@contextmanager
def worker(settings: Settings, relay: Relay) -> Iterator[subprocess.Popen[bytes]]:
    mail = {"CAMPAIGNS_MAIL_SERVER": "127.0.0.1", "CAMPAIGNS_MAIL_PORT": str(relay.port)}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.worker.killable", str(MAILS)],
        env=environment_of(settings) | mail,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_for(relay: Relay, count: int) -> None:
    until = time.monotonic() + PATIENCE
    while len(relay.received) < count:
        assert time.monotonic() < until, f"only {len(relay.received)} mails arrived"
        time.sleep(0.001)


def let_leases_end() -> None:
    """Do what a minute's waiting would."""
    db.session.execute(
        update(Delivery).where(Delivery.state == DeliveryState.SENDING).values(next_at=utcnow())
    )
    db.session.commit()


def test_killing_workers_loses_no_mail_and_repeats_one_a_kill_at_most(
    app: Flask, settings: Settings, relay: Relay
) -> None:
    queue_notes((f"n{number}" for number in range(MAILS)), priority=Priority.NEWS)
    for count in KILLED_AFTER:
        with worker(settings, relay):
            wait_for(relay, count)
        let_leases_end()
    with worker(settings, relay):
        until = time.monotonic() + PATIENCE
        while set(states().values()) != {"sent"}:
            assert time.monotonic() < until, states()
            db.session.rollback()
            time.sleep(0.05)
    recipients = {received.recipient for received in relay.received}
    assert recipients == {f"n{number}@example.org" for number in range(MAILS)}
    assert len(relay.received) <= MAILS + len(KILLED_AFTER)
    assert len(set(relay.message_ids)) == MAILS
