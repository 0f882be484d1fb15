"""What failed of a correction, or of the mail of a day, is told and can be tried once more."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select, update

from campaigns.accounts.models import AuditEntry
from campaigns.accounts.roles import Role
from campaigns.cases.models import Campaign
from campaigns.cases.retracting import retract_event
from campaigns.db import db
from campaigns.mail.models import Delivery, DeliveryState
from campaigns.updates.correction_queries import ALL_WRITTEN_DOWN
from campaigns.updates.models import CORRECTION, DIGEST, Frequency
from campaigns.updates.operations import tell_of_event
from tests.accounts.factories import token_of
from tests.dashboard.desk import sign_in
from tests.factories import make_event, make_organiser, make_subscription, make_update
from tests.fixtures.auditing import AuditingClient
from tests.news.pages import the_update, words_of

Deliver = Callable[[], int]
RETRIES = "/console/campaigns/watched/mails"
AGAIN = "Try the failed once more"
A_DAY = "1 mail of a day or week did not arrive Free Zarina"


@pytest.fixture
def digest(
    campaign: Campaign, client: AuditingClient, deliver: Deliver, clock: time_machine.Traveller
) -> str:
    """Where the mail of a day, which failed, is tried again."""
    make_subscription(campaign, "daily@example.org", frequency=Frequency.DAILY)
    make_update(campaign)
    deliver()
    clock.shift(timedelta(days=1))
    assert deliver() == 1
    # The session before has ended by now.
    sign_in(client, make_organiser("amina", roles={campaign: Role.EDITOR}))
    return f"{RETRIES}/digest/{fail(DIGEST)}/retry"


@pytest.fixture
def correction(campaign: Campaign, deliver: Deliver, clock: time_machine.Traveller) -> str:
    """Where the mail that retracts an entry, which failed, is tried again."""
    event = make_event(campaign, summary="She was released.")
    tell_of_event(campaign, event, "")
    db.session.commit()
    assert deliver() == 1
    clock.shift(timedelta(minutes=1))
    retract_event(campaign, event, reason="A mix-up.", version=event.version, organiser_id=1)
    db.session.commit()
    clock.shift(ALL_WRITTEN_DOWN)
    assert deliver() == 1
    return f"{RETRIES}/correction/{fail(CORRECTION)}/retry"


def fail(kind: str) -> str:
    """Let the only mail of a kind have failed; return the number of what it is about."""
    db.session.execute(
        update(Delivery)
        .where(Delivery.kind == kind)
        .values(state=DeliveryState.FAILED, sent_at=None, next_at=None, smtp_code="554 5.7.1")
    )
    db.session.commit()
    return db.session.scalars(select(Delivery.about_id).where(Delivery.kind == kind)).one()


def retry(client: AuditingClient, address: str) -> str:
    """Press the button; return what is said then."""
    token = {"csrf_token": token_of(client.get("/console"))}
    assert client.post(address, data=token).location == "/console"
    return words_of(client.get("/console"))


def test_the_mail_of_a_day_is_tried_once_more(
    digest: str, client: AuditingClient, deliver: Deliver
) -> None:
    start = client.get("/console")
    assert f'action="{digest}"' in start.text
    assert A_DAY in words_of(start)
    said = retry(client, digest)
    assert "What failed is tried once more." in said
    assert A_DAY not in said
    assert deliver() == 1
    assert "it has gone further" in retry(client, digest)
    assert deliver() == 0
    about = f"digest:{digest.split('/')[-2]}"
    told = select(AuditEntry.about).where(AuditEntry.action == "mail_retried")
    assert db.session.scalars(told).all() == [about]


def test_a_correction_is_tried_once_more(
    correction: str, client: AuditingClient, deliver: Deliver
) -> None:
    start = words_of(client.get("/console"))
    assert "1 mail with a correction did not arrive Free Zarina “She was released.”." in start
    assert "What failed is tried once more." in retry(client, correction)
    assert deliver() == 1
    assert AGAIN not in client.get("/console").text


def test_what_is_hidden_is_not_tried_until_that_is_decided(
    digest: str, client: AuditingClient
) -> None:
    the_update().hidden_at = the_update().published_at
    db.session.commit()
    said = retry(client, digest)
    assert "What it tells is paused or cannot be seen now" in said
    assert A_DAY in said


def test_viewers_are_told_and_cannot_try(
    correction: str, campaign: Campaign, client: AuditingClient
) -> None:
    client.post("/logout", data={"csrf_token": token_of(client.get("/console"))})
    sign_in(client, make_organiser("vera", roles={campaign: Role.VIEWER}))
    start = client.get("/console").text
    assert "1 mail with a correction did not arrive" in start
    assert AGAIN not in start
    token = {"csrf_token": token_of(client.get("/console"))}
    assert client.post(correction, data=token).status_code == 403
