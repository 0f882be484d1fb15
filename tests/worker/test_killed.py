"""Workers are killed in the middle of a run: no mail is lost, and none comes twice unnoticed."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import update

from campaigns.config import Settings
from campaigns.db import db, utcnow
from campaigns.mail.models import Delivery, DeliveryState, Priority
from tests.fixtures.servers import environment_of
from tests.mail.notes import queue_notes, states
from tests.mail.relay import Relay, running

MAILS, BATCH, CONNECTIONS = 200, 10, 3
NAMES = [f"n{number}" for number in range(MAILS)]
ADDRESSES = {f"{name}@example.org" for name in NAMES}
# Spread over the run.
KILLED_AFTER = range(8, 188, 24)
PATIENCE = 60.0

StartWorker = Callable[[], int]


@pytest.fixture
def relay() -> Iterator[Relay]:
    with running(Relay(delay=0.002)) as relay:
        yield relay


@pytest.fixture
def start_worker(app: Flask, settings: Settings, relay: Relay) -> Iterator[StartWorker]:
    """Start a worker and return its process id; all end with the test."""
    mail = {
        "CAMPAIGNS_MAIL_SERVER": "127.0.0.1",
        "CAMPAIGNS_MAIL_PORT": str(relay.port),
        "CAMPAIGNS_MAIL_CONNECTIONS": str(CONNECTIONS),
    }
    with subprocess.Popen(
        [sys.executable, "-m", "tests.worker.killable", str(MAILS), str(BATCH)],
        env=environment_of(settings) | mail,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin
        assert process.stdout
        asking, answers = process.stdin, process.stdout

        def start() -> int:
            asking.write("one more\n")
            asking.flush()
            return int(answers.readline())

        yield start


def kill(worker: int) -> None:
    os.kill(worker, signal.SIGKILL)
    until = time.monotonic() + PATIENCE
    while Path(f"/proc/{worker}").exists():
        assert time.monotonic() < until
        time.sleep(0.001)


def wait_for(relay: Relay, count: int) -> None:
    until = time.monotonic() + PATIENCE
    while len(relay.received) < count:
        assert time.monotonic() < until, f"only {len(relay.received)} mails arrived"
        time.sleep(0.001)


def wait_until_all_are_sent() -> None:
    until = time.monotonic() + PATIENCE
    while set(states().values()) != {"sent"}:
        assert time.monotonic() < until, Counter(states().values())
        db.session.rollback()
        time.sleep(0.02)


def let_leases_end() -> None:
    """Do what a minute's waiting would."""
    db.session.execute(
        update(Delivery).where(Delivery.state == DeliveryState.SENDING).values(next_at=utcnow())
    )
    db.session.commit()


def test_killing_workers_loses_no_mail_and_repeats_one_a_connection_and_kill_at_most(
    start_worker: StartWorker, relay: Relay
) -> None:
    queue_notes(NAMES, priority=Priority.NEWS)
    for count in KILLED_AFTER:
        worker = start_worker()
        wait_for(relay, count)
        kill(worker)
        let_leases_end()
    start_worker()
    wait_until_all_are_sent()
    first_ids: dict[str, str] = {}
    for received in relay.received:
        # Whatever comes again comes under the id it had at first.
        assert first_ids.setdefault(received.recipient, received.message_id) == received.message_id
    assert first_ids.keys() == ADDRESSES
    assert len(set(first_ids.values())) == MAILS
    assert len(relay.received) <= MAILS + CONNECTIONS * len(KILLED_AFTER)


def test_several_workers_at_once_send_each_mail_once(
    start_worker: StartWorker, relay: Relay
) -> None:
    queue_notes(NAMES, priority=Priority.NEWS)
    for _ in range(3):
        start_worker()
    wait_until_all_are_sent()
    assert relay.connections > CONNECTIONS
    assert {it.recipient for it in relay.received} == ADDRESSES
    assert len(relay.received) == MAILS
