"""What was erased leaves the files of SQLite within a minute, whoever reads at that moment."""

import os
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import update

from campaigns.cases.models import Campaign
from campaigns.config import Settings
from campaigns.db import db, empty_log
from campaigns.petitions.erasure import erase_signatures
from campaigns.petitions.models import Petition, PublicSigner, Signature
from campaigns.updates.erasure import erase_subscriptions
from campaigns.updates.models import Subscription
from campaigns.worker import JOBS, forget_erased
from tests.factories import make_campaign, make_petition, make_signature, make_subscription
from tests.fixtures.databases import SQLITE_FILE

# PostgreSQL vacuums by itself, in files that are not ours.
pytestmark = pytest.mark.database("sqlite")
MANY = 60


@pytest.fixture
def campaign(app: Flask) -> Campaign:
    return make_campaign()


@pytest.fixture
def petition(campaign: Campaign) -> Petition:
    return make_petition(campaign)


def found(settings: Settings, *canaries: bytes) -> list[tuple[str, bytes]]:
    """Which canaries lie in which file of the database."""
    files: list[Path] = list(settings.instance_path.glob(f"{SQLITE_FILE}*"))
    # The database, its log, the log's index, and the file by which writers take turns.
    assert len(files) == 4
    return [(it.name, canary) for it in files for canary in canaries if canary in it.read_bytes()]


def canary_signatures(petition: Petition) -> list[tuple[Signature, bytes]]:
    """Signatures, the longer of which fill pages of their own, among others that stay."""
    rows = []
    for number in range(MANY):
        canary = b"CANARY%03d" % number
        length = (1, 60, 700, 2000)[number % 4]
        signature = make_signature(
            petition,
            sealed_details=canary * length,
            sealed_address=canary * (length // 2 + 1),
            email_index=canary + os.urandom(23),
        )
        db.session.add(
            PublicSigner(signature_id=signature.id, petition_id=petition.id, name=canary.decode())
        )
        rows.append((signature, canary))
        make_signature(petition)
    db.session.commit()
    return rows


def test_erased_rows_are_gone_from_the_file_and_its_log(
    petition: Petition, campaign: Campaign, settings: Settings
) -> None:
    rows = canary_signatures(petition)
    subscription = make_subscription(campaign, sealed_address=b"CANARY-NEWS" * 500).id
    canaries = [canary for _, canary in rows] + [b"CANARY-NEWS"]
    assert found(settings, *canaries)
    erase_signatures(petition.id, Signature.id.in_([row.id for row, _ in rows]))
    erase_subscriptions(Subscription.id == subscription)
    db.session.commit()
    assert found(settings, *canaries)
    assert empty_log()
    assert found(settings, *canaries) == []


def test_what_a_change_replaced_is_gone_too(petition: Petition, settings: Settings) -> None:
    rows = canary_signatures(petition)
    for number, (row, _) in enumerate(rows):
        new = b"n" * (number * 40)
        db.session.execute(
            update(Signature)
            .where(Signature.id == row.id)
            .values(sealed_address=None, sealed_details=new, email_index=os.urandom(32))
        )
        db.session.execute(
            update(PublicSigner).where(PublicSigner.signature_id == row.id).values(name="Another")
        )
    db.session.commit()
    assert empty_log()
    assert found(settings, *(canary for _, canary in rows)) == []


def test_a_reader_is_waited_for_and_nobody_waits_for_us(
    app: Flask, petition: Petition, settings: Settings
) -> None:
    signature = make_signature(petition, sealed_details=b"CANARY" * 100)
    with closing(sqlite3.connect(settings.instance_path / SQLITE_FILE)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM signature").fetchone()
        erase_signatures(petition.id, Signature.id == signature.id)
        db.session.commit()
        assert not empty_log()
        began = time.monotonic()
        make_signature(petition)
        assert time.monotonic() - began < 2
        waiting = in_background(app, forget_erased)
        time.sleep(1)
        assert waiting.is_alive()
        reader.rollback()
        waiting.join(10)
    assert not waiting.is_alive()
    assert found(settings, b"CANARY") == []


def in_background(app: Flask, work: Callable[[], None]) -> threading.Thread:
    def run() -> None:
        with app.app_context():
            work()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_the_worker_sees_to_it_several_times_a_minute() -> None:
    (job,) = [job for job in JOBS if job.run is forget_erased]
    assert job.every.total_seconds() <= 20
