"""A test mail: it comes as subscribers get it, and its address is kept nowhere."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from uuid import uuid4

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from campaigns.cases.models import Campaign
from campaigns.cases.vocabulary import Mode
from campaigns.config import Settings
from campaigns.db import db
from campaigns.mail.models import Delivery
from campaigns.updates import models
from campaigns.updates.drafts import send_test
from campaigns.updates.errors import TooManyTests
from tests.fixtures.auditing import AuditingClient
from tests.fixtures.databases import SQLITE_FILE
from tests.fixtures.mail import Mailbox, link_to
from tests.news.pages import make_draft, press

Deliver = Callable[[], int]
ADDRESS = "organiser.canary@example.org"


def test_it_says_test_in_its_subject_and_nobody_else_gets_it(
    campaign: Campaign, client: AuditingClient, deliver: Deliver, mailbox: Mailbox
) -> None:
    page = make_draft(client, title="Day {days}")
    assert press(client, page, "test", email=ADDRESS).status_code == 303
    assert deliver() == 1
    mail = mailbox.last(ADDRESS)
    assert mail.subject == "TEST: Day 0"
    assert "She thanks you all." in mail.text
    assert mailbox.mails("amal@example.org") == []
    # Its links are whole, and leave nobody.
    assert client.get(link_to(mail, "/unsubscribe/")).status_code == 200
    assert client.get(link_to(mail, "/preferences/")).status_code in (200, 404, 410)


def test_its_address_is_sealed_while_it_waits_and_gone_once_it_has_left(
    campaign: Campaign, client: AuditingClient, deliver: Deliver, settings: Settings
) -> None:
    page = make_draft(client)
    press(client, page, "test", email=ADDRESS)
    (waiting,) = db.session.scalars(select(models.TestMail)).all()
    assert b"canary" not in waiting.sealed_address
    if not settings.database_url.startswith("postgresql"):
        stored = _bytes_of(settings.instance_path / SQLITE_FILE)
        assert b"watched" in stored
        assert b"canary" not in stored
    deliver()
    deliver()
    assert db.session.scalars(select(models.TestMail)).all() == []
    assert db.session.scalars(select(Delivery.kind)).all() == ["update.test"]


@pytest.mark.database("sqlite")
def test_ten_an_hour_are_the_most(
    campaign: Campaign,
    client: AuditingClient,
    deliver: Deliver,
    mailbox: Mailbox,
    clock: time_machine.Traveller,
) -> None:
    page = make_draft(client)
    for number in range(10):
        address = f"organiser{number}@example.org"
        assert press(client, page, "test", email=address).status_code == 303
    refused = press(client, page, "test", email=ADDRESS)
    assert refused.status_code == 422
    assert "Ten tests within an hour are the most" in refused.text
    assert deliver() == 10
    for _ in range(2):
        clock.shift(timedelta(minutes=30))
        client.get(page)
    assert press(client, page, "test", email=ADDRESS).status_code == 303


def test_whose_address_is_typed_gets_three_mails_a_day_at_most(
    campaign: Campaign, client: AuditingClient, deliver: Deliver, mailbox: Mailbox
) -> None:
    page = make_draft(client)
    assert "An address gets three a day at most" in client.get(page).text
    for _ in range(4):
        assert press(client, page, "test", email=ADDRESS).status_code == 303
    assert deliver() == 3
    assert len(mailbox.mails(ADDRESS)) == 3


def test_whoever_asks_for_many_at_once_gets_no_more_than_ten(
    app: Flask, campaign: Campaign, client: AuditingClient
) -> None:
    update_id = int(make_draft(client).rpartition("/")[2])
    campaign_id = campaign.id
    for _ in range(8):
        send_test(campaign, db.session.get_one(models.Update, update_id), uuid4(), b"sealed")
    db.session.commit()
    together = Barrier(4)

    def ask(_number: int) -> bool:
        with app.app_context():
            together.wait(timeout=20)
            update = db.session.get_one(models.Update, update_id)
            try:
                send_test(db.session.get_one(Campaign, campaign_id), update, uuid4(), b"sealed")
            except TooManyTests:
                return False
            db.session.commit()
            return True

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(ask, range(4))) == [False, False, True, True]


@pytest.mark.database("sqlite")
def test_an_address_that_is_none_is_refused_in_a_sentence(
    campaign: Campaign, client: AuditingClient
) -> None:
    answer = press(client, make_draft(client), "test", email="nobody")
    assert answer.status_code == 422
    assert "Enter a mail address in the form name@example.org." in answer.text
    assert 'value="nobody"' in answer.text


@pytest.mark.database("sqlite")
def test_campaigns_of_high_risk_mail_no_tests_either(
    campaign: Campaign, client: AuditingClient
) -> None:
    campaign.mode = Mode.HIGH_RISK
    db.session.commit()
    page = make_draft(client)
    assert "Send a test" not in client.get(page).text
    assert press(client, page, "test", email=ADDRESS).status_code == 404


def _bytes_of(database: Path) -> bytes:
    log = database.with_name(f"{database.name}-wal")
    return database.read_bytes() + (log.read_bytes() if log.exists() else b"")
