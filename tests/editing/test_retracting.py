"""What is not true is struck through with its reason, for good, and counts no more."""

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from campaigns.accounts.models import AuditEntry
from campaigns.cases.models import Campaign, Event
from campaigns.cases.vocabulary import CampaignState, EventKind, NamePolicy
from campaigns.db import db
from tests.editing.writing import EVENTS, filled, mend, said
from tests.factories import make_detainee, make_event
from tests.fixtures.auditing import AuditingClient


@pytest.fixture
def released(campaign: Campaign) -> Event:
    """An entry that is not true: both were released."""
    return make_event(campaign, EventKind.RELEASED, "2024-05-01", summary="Both are free.")


def retract(client: AuditingClient, event: Event, reason: str = "A rumour.") -> TestResponse:
    path = f"{EVENTS}/{event.id}/retraction"
    return client.post(path, data=filled(client.get(path), reason=reason))


def feed_entry(client: AuditingClient, event: Event) -> str:
    feed = client.get("/campaigns/watched/feed.atom").text
    return next(it for it in feed.split("<entry>") if f"/events/{event.id}" in it)


def test_a_retracted_entry_stays_struck_through_with_its_reason_and_counts_no_more(
    client: AuditingClient, campaign: Campaign, released: Event
) -> None:
    before = feed_entry(client, released)
    assert client.get("/campaigns/watched.json").get_json()["totals"]["free"] == 2
    answer = retract(client, released)
    assert answer.status_code == 303
    history = client.get(answer.location)
    assert "Retracted: it stands struck through" in said(history)
    assert "Changed by amina" in said(history)
    assert client.get("/campaigns/watched.json").get_json()["totals"]["free"] == 0
    page = client.get("/campaigns/watched").text
    assert "<del>Both are free.</del>" in page
    assert "A rumour." in page
    after = feed_entry(client, released)
    assert "Retracted: Both are free." in after
    for part in ("id", "published"):
        assert (
            before.split(f"<{part}>")[1].split("<")[0] == after.split(f"<{part}>")[1].split("<")[0]
        )
    assert before.split("<updated>")[1].split("<")[0] < after.split("<updated>")[1].split("<")[0]


def test_it_is_on_record_without_what_it_said(
    client: AuditingClient, campaign: Campaign, released: Event
) -> None:
    retract(client, released)
    entry = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "event_retracted")
    ).one()
    assert (entry.about, entry.campaign_id, entry.detail) == (
        f"event:{released.id}",
        campaign.id,
        {},
    )


def test_it_cannot_be_taken_back_and_the_first_reason_stays(
    client: AuditingClient, campaign: Campaign, released: Event
) -> None:
    path = f"{EVENTS}/{released.id}/retraction"
    again = filled(client.get(path), reason="Another.")
    retract(client, released)
    answer = client.post(path, data=again)
    assert "was retracted already" in said(client.get(answer.location))
    db.session.expire_all()
    assert released.retracted_reason == "A rumour."
    assert client.get(path).status_code == 303
    assert client.get(f"{EVENTS}/{released.id}").status_code == 303


@pytest.mark.database("sqlite")
def test_a_retraction_says_why_and_names_nobody_whose_name_is_hidden(
    client: AuditingClient, campaign: Campaign, released: Event
) -> None:
    make_detainee(campaign, "Shirin Canaria", name_policy=NamePolicy.WITHHELD)
    assert "Say why" in said(retract(client, released, ""))
    answer = retract(client, released, "It was Shirin Canaria.")
    assert answer.status_code == 422
    assert "Somebody is named here" in said(answer)
    assert "It was Shirin Canaria." in answer.text
    db.session.expire_all()
    assert released.retracted_on is None


def test_who_retracts_what_was_changed_meanwhile_reads_it_first(
    client: AuditingClient, campaign: Campaign, released: Event
) -> None:
    path = f"{EVENTS}/{released.id}/retraction"
    opened = filled(client.get(path), reason="A rumour.")
    mend(client, released.id, summary="One of them is free.", note="Only one.")
    answer = client.post(path, data=opened)
    assert answer.status_code == 409
    assert "One of them is free." in answer.text
    assert "A rumour." in answer.text
    assert client.post(path, data=filled(answer)).status_code == 303


def test_what_nobody_can_have_read_is_not_retracted(
    client: AuditingClient, campaign: Campaign, released: Event
) -> None:
    campaign.state = CampaignState.DRAFT
    db.session.commit()
    answer = retract(client, released)
    assert answer.status_code == 422
    assert "mend it, or purge it" in said(answer)
    db.session.expire_all()
    assert released.retracted_on is None
