"""Programs that only look at mailed links change nothing; those that leave by them are heard."""

import html
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, insert, select

from campaigns.cases.vocabulary import CampaignState
from campaigns.config import Settings
from campaigns.db import Base, db, utcnow
from campaigns.mail.models import Delivery, Priority
from campaigns.mail.operations import queue_delivery
from campaigns.updates.models import Frequency, Subscription, SubscriptionState
from campaigns.updates.sealed import seal_subscription
from campaigns.vault.keyring import current_keyring
from campaigns.vault.tokens import TokenPurpose, make_token
from tests.factories import (
    make_campaign,
    make_petition,
    make_signature,
    make_subscription,
    make_update,
)
from tests.fixtures.auditing import AuditingClient
from tests.mail.wellformed import assert_well_formed
from tests.signing.own import ask, own
from tests.signing.visitors import look

KINDS = {
    "petition.confirm",
    "petition.repeat",
    "petition.remind",
    "petition.links",
    "petition.move",
    "subscription.confirm",
    "subscription.repeat",
    "subscription.preferences",
    "update.send",
    "digest.send",
    "farewell.send",
}
LINK = re.compile(r"https?://[^\s<>\")]+")
ONE_CLICK = {"List-Unsubscribe": "One-Click"}
READERS = 1000

Deliver = Callable[[], int]


@pytest.fixture
def clock(app: Flask) -> Iterator[time_machine.Traveller]:
    noon = utcnow().replace(hour=12, minute=0) + timedelta(days=1)
    with time_machine.travel(noon, tick=False) as traveller:
        yield traveller


def queue(kind: str, row: UUID) -> None:
    queue_delivery(kind=kind, about_id=row, dedupe_key=kind, priority=Priority.ASKED_FOR)


def everything_stored() -> dict[str, list[str]]:
    db.session.rollback()
    return {
        table.name: sorted(map(repr, db.session.execute(select(table)).all()))
        for table in Base.metadata.sorted_tables
    }


def cause_every_kind(
    client: AuditingClient, deliver: Deliver, clock: time_machine.Traveller
) -> None:
    campaign = make_campaign(run_by_contact="organisers@example.org")
    petition = make_petition(campaign)
    confirmed = make_signature(petition)
    queue("petition.confirm", make_signature(petition, confirmed=False).id)
    queue("petition.repeat", confirmed.id)
    queue("petition.remind", make_signature(petition, confirmed=False).id)
    make_signature(petition, "links@example.org")
    ask(client, "links@example.org")
    client.post(f"{own(confirmed)}/address", data={"email": "moved@example.org"})
    queue("subscription.confirm", make_subscription(campaign, confirmed=False).id)
    queue("subscription.repeat", make_subscription(campaign).id)
    make_subscription(campaign, "choosing@example.org")
    client.post("/preferences", data={"email": "choosing@example.org"})
    make_subscription(campaign, frequency=Frequency.DAILY)
    make_update(campaign)
    ended = make_campaign()
    make_subscription(ended)
    ended.state, ended.closed_on = CampaignState.ARCHIVED, ended.today
    ended.archived_at = utcnow()
    deliver()
    clock.shift(timedelta(days=1))
    deliver()


def test_looking_at_any_link_of_any_mail_changes_nothing(
    client: AuditingClient, deliver: Deliver, settings: Settings, clock: time_machine.Traveller
) -> None:
    cause_every_kind(client, deliver, clock)
    sent = set(db.session.scalars(select(Delivery.kind).where(Delivery.state == "sent")))
    assert sent == KINDS
    links: set[str] = set()
    for path in sorted(Path(settings.mailbox_path).glob("*.eml")):
        mail = assert_well_formed(path.read_bytes())
        texts = [str(part.get_content()) for part in mail.walk() if not part.is_multipart()]
        headers = [str(value) for name, value in mail.items() if name.startswith("List-")]
        links |= {html.unescape(link) for it in (*texts, *headers) for link in LINK.findall(it)}
    assert len(links) > 2 * len(KINDS)
    before = everything_stored()
    for link in sorted(links):
        for method in ("GET", "HEAD"):
            assert look(client, method, link).status_code == 200, link
    assert everything_stored() == before


# One of both counts requests as the other does.
@pytest.mark.database("sqlite")
def test_a_thousand_one_click_requests_from_one_address_are_all_heard(app: Flask) -> None:
    campaign = make_campaign()
    rows = []
    for number in range(READERS):
        sealed = seal_subscription(
            current_keyring(), campaign.id, email=f"reader{number}@example.org", locale="en"
        )
        rows.append(
            {
                "id": sealed.id,
                "campaign_id": campaign.id,
                "state": SubscriptionState.CONFIRMED,
                "email_index": sealed.email_index,
                "sealed_address": sealed.address,
                "frequency": Frequency.IMMEDIATE,
                "confirmed_at": utcnow(),
            }
        )
    db.session.execute(insert(Subscription), rows)
    db.session.commit()
    tokens = [make_token(TokenPurpose.UNSUBSCRIBE, UUID(str(row["id"]))) for row in rows]
    # One mail provider's server, which is no browser and knows no cookie.
    provider = app.test_client(use_cookies=False)
    for token in tokens:
        answer = provider.post(f"/unsubscribe/{token}", data=ONE_CLICK)
        assert answer.status_code == 200
        assert "Set-Cookie" not in answer.headers
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(Subscription)) == 0
