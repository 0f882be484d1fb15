"""From draft to published, closed, archived, taken down and back: each says what it does."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from campaigns.accounts.models import AuditEntry
from campaigns.accounts.roles import Role
from campaigns.cases.models import Campaign
from campaigns.cases.vocabulary import CampaignState, NamePolicy
from campaigns.db import db, utcnow
from campaigns.mail.models import Delivery, DeliveryState
from campaigns.mail.operations import queue_asked_for
from campaigns.petitions.mails import CONFIRM
from campaigns.petitions.queries import petition_of
from campaigns.updates.operations import publish_update
from campaigns.vault.models import IndexKey, SealingKey
from campaigns.vault.operations import has_campaign_indexes
from tests.accounts.factories import token_of
from tests.dashboard.desk import sign_in
from tests.dashboard.making import STATE
from tests.factories import (
    make_campaign,
    make_detainee,
    make_event,
    make_organiser,
    make_petition,
    make_signature,
    make_subscription,
)
from tests.fixtures.auditing import AuditingClient
from tests.fixtures.mail import Mailbox

PREVIEW = "/console/campaigns/watched/preview"
DATA = (".json", "/timeline.json", "/count.json", "/feed.atom", "/hearings.ics")
SURFACES = ("", "/petition", *DATA)


@pytest.fixture
def campaign(app: Flask, client: AuditingClient) -> Campaign:
    """A complete draft, and its owner signed in."""
    campaign = make_campaign("watched", state=CampaignState.DRAFT)
    make_detainee(campaign)
    make_event(campaign, date="2024-03-01")
    make_petition(campaign)
    sign_in(client, make_organiser(roles={campaign: Role.OWNER}))
    return campaign


@pytest.fixture
def published(campaign: Campaign) -> Campaign:
    """The same, published."""
    campaign.state, campaign.published_at = CampaignState.PUBLISHED, utcnow()
    db.session.commit()
    return campaign


def change(client: AuditingClient, what: str, **fields: Any) -> TestResponse:
    """Send the small form of one change."""
    token = token_of(client.get(STATE))
    return client.post(f"{STATE}/{what}", data={"csrf_token": token} | fields)


def last_audited() -> str | None:
    """What was done last to the campaign by the audit trail."""
    entries = select(AuditEntry.action).where(AuditEntry.campaign_id.is_not(None))
    return db.session.scalars(entries.order_by(AuditEntry.number.desc()).limit(1)).one_or_none()


def test_a_draft_is_seen_as_the_public_will_see_it(
    campaign: Campaign, client: AuditingClient, app: Flask
) -> None:
    answer = client.get(PREVIEW)
    assert answer.status_code == 200
    assert "Draft: only organisers see this." in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    for words in ("Zarina Example", "What happened on 2024-03-01.", "Release the readers"):
        assert words in answer.text
    # Nothing can be sent from it.
    main = answer.text[answer.text.index("<main") :]
    assert 'method="post"' not in main
    visitor = app.test_client()
    assert visitor.get("/campaigns/watched").status_code == 404
    assert visitor.get(PREVIEW).status_code in (302, 303)
    client.post("/logout", data={"csrf_token": token_of(client.get(STATE))})
    sign_in(client, make_organiser(roles={campaign: Role.VIEWER}))
    assert client.get(PREVIEW).status_code == 200
    assert client.get(STATE).status_code == 403


def test_publishing_shows_it_to_everybody(campaign: Campaign, client: AuditingClient) -> None:
    assert client.get("/campaigns/watched").status_code == 404
    assert change(client, "publish").status_code == 303
    page = client.get("/campaigns/watched")
    assert page.status_code == 200
    assert "Draft: only organisers" not in page.text
    assert campaign.title in client.get("/").text
    assert campaign.published_at is not None
    assert last_audited() == "campaign_published"


@pytest.mark.parametrize(
    ("lacking", "words"),
    [
        ("detainees", "Add at least one detainee."),
        ("demand", "Say in one sentence what is demanded."),
        ("addressee", "Say whom the petition addresses."),
        ("contact", "Say who runs the campaign"),
        ("keys", "keys are missing"),
        ("indexes", "keys are missing"),
        ("brackets", "Replace what stands in [[double brackets]]"),
        ("basis", "Say who allowed that a full name is published."),
        ("name", "whose name is not public stands in a text"),
    ],
)
def test_publishing_is_refused_with_what_is_missing(
    campaign: Campaign, client: AuditingClient, lacking: str, words: str
) -> None:
    petition, detainee = petition_of(campaign.id), campaign.detainees[0]
    assert petition is not None
    if lacking == "detainees":
        campaign.detainees.clear()
    elif lacking == "demand":
        campaign.demand = ""
    elif lacking == "addressee":
        petition.addressee = " "
    elif lacking == "contact":
        campaign.run_by_contact = ""
    elif lacking in ("keys", "indexes"):
        model = SealingKey if lacking == "keys" else IndexKey
        for key in db.session.scalars(select(model)).all():
            db.session.delete(key)
    elif lacking == "brackets":
        petition.text = "We ask [[what?]]"
    elif lacking == "basis":
        detainee.consent_by = None
    else:
        detainee.name_policy = NamePolicy.WITHHELD
        campaign.body = "Zarina Example was taken."
    answer = change(client, "publish")
    assert answer.status_code == 422
    assert words in answer.text
    assert campaign.state == CampaignState.DRAFT
    assert words in client.get("/console/campaigns/watched/edit").text


def test_a_closed_campaign_is_as_last_known(published: Campaign, client: AuditingClient) -> None:
    tomorrow = (published.today + timedelta(days=1)).isoformat()
    assert change(client, "close", on=tomorrow).status_code == 422
    assert change(client, "close", on="").status_code == 422
    assert published.state == CampaignState.PUBLISHED
    assert change(client, "close", on="2024-03-11").status_code == 303
    assert last_audited() == "campaign_closed"
    status = client.get("/campaigns/watched.json").get_json()
    assert (status["state"], status["closed_on"]) == ("closed", "2024-03-11")
    assert status["detainees"][0]["status"]["days"]["current"] == {"min": 10, "max": 10}
    answer = client.post(
        "/campaigns/watched/sign", data={"name": "Amal", "email": "amal@example.org"}
    )
    assert answer.status_code == 409
    assert change(client, "reopen").status_code == 303
    status = client.get("/campaigns/watched.json").get_json()
    assert status["state"] == "published"
    assert "closed_on" not in status


def test_archiving_says_what_goes_when_and_starts_the_clock(
    published: Campaign, client: AuditingClient
) -> None:
    make_subscription(published)
    page = client.get(STATE).text
    assert "30 days later all that supporters gave is deleted" in page
    assert "1 subscription" in page
    assert change(client, "archive").status_code == 422
    assert change(client, "archive", slug="watche").status_code == 422
    assert published.state == CampaignState.PUBLISHED
    assert change(client, "archive", slug="watched").status_code == 303
    archived = db.session.get_one(Campaign, published.id)
    assert archived.state == CampaignState.ARCHIVED
    assert archived.archived_at is not None
    assert archived.closed_on == archived.today
    assert "is deleted from" in client.get(STATE).text
    assert client.get("/campaigns/watched").status_code == 200
    for key in db.session.scalars(select(IndexKey)).all():
        db.session.delete(key)
    assert change(client, "reopen").status_code == 303
    assert published.archived_at is None
    assert has_campaign_indexes(published.id)


def test_taking_down_ends_everything_at_once(
    published: Campaign,
    client: AuditingClient,
    deliver: Callable[[], int],
    mailbox: Mailbox,
) -> None:
    petition = petition_of(published.id)
    assert petition is not None
    signature = make_signature(petition, "amal@example.org", confirmed=False)
    queue_asked_for(kind=CONFIRM, about_id=signature.id, campaign_id=published.id)
    make_subscription(published, "bilal@example.org")
    publish_update(published, title="News", text="News.", token="0" * 32)
    for surface in (*SURFACES, "/embed"):
        assert client.get(f"/campaigns/watched{surface}").status_code == 200, surface
    assert change(client, "remove", slug="").status_code == 422
    assert change(client, "remove", slug="watched").status_code == 303
    assert last_audited() == "campaign_removed"
    for surface in (*SURFACES, "/embed"):
        assert client.get(f"/campaigns/watched{surface}").status_code == 410, surface
    for surface in ("/", "/feed.atom", "/campaigns.json", "/sitemap.xml"):
        assert "watched" not in client.get(surface).text
    waiting = select(Delivery).where(Delivery.next_at.is_not(None))
    assert not db.session.scalars(waiting).all()
    states = set(db.session.scalars(select(Delivery.state)))
    assert states == {DeliveryState.CANCELLED}
    assert deliver() == 0
    assert not mailbox.mails("amal@example.org")
    assert "Taken down: only organisers see this." in client.get(PREVIEW).text


@pytest.mark.parametrize(
    ("before", "fields"),
    [
        (CampaignState.PUBLISHED, {}),
        (CampaignState.CLOSED, {"closed_on": utcnow().date()}),
        (CampaignState.ARCHIVED, {"closed_on": utcnow().date(), "archived_at": utcnow()}),
    ],
)
def test_a_campaign_that_was_taken_down_comes_back_as_it_was(
    published: Campaign, client: AuditingClient, before: CampaignState, fields: dict[str, Any]
) -> None:
    published.state = before
    for name, value in fields.items():
        setattr(published, name, value)
    change(client, "remove", slug="watched")
    assert published.state == CampaignState.REMOVED
    assert change(client, "bring-back").status_code == 303
    assert published.state == before
    assert client.get("/campaigns/watched").status_code == 200


@pytest.mark.parametrize(
    ("what", "fields"),
    [("publish", {}), ("reopen", {}), ("bring-back", {})],
)
def test_what_does_not_fit_the_state_changes_nothing(
    published: Campaign, client: AuditingClient, what: str, fields: dict[str, str]
) -> None:
    assert change(client, what, **fields).status_code == 303
    assert published.state == CampaignState.PUBLISHED
    assert "That was done already" in client.get(STATE).text
    assert last_audited() is None


@pytest.mark.parametrize("state", ["closed", "delivered", "won"])
def test_a_petition_is_closed_and_reopened(
    published: Campaign, client: AuditingClient, state: str
) -> None:
    form = {"name": "Amal", "email": "amal@example.org"}
    assert change(client, "petition", state=state).status_code == 303
    assert last_audited() == "petition_closed"
    assert client.post("/campaigns/watched/sign", data=form).status_code == 409
    assert client.get("/campaigns/watched.json").get_json()["petition"]["state"] == state
    assert change(client, "petition", state="open").status_code == 303
    assert last_audited() == "petition_reopened"
    assert client.post("/campaigns/watched/sign", data=form).status_code == 303
    assert change(client, "petition", state="burnt").status_code == 422


def test_states_are_for_owners(published: Campaign, app: Flask) -> None:
    editor = app.test_client()
    assert isinstance(editor, AuditingClient)
    sign_in(editor, make_organiser(roles={published: Role.EDITOR}))
    token = token_of(editor.get("/console/campaigns/watched/post"))
    for what in ("publish", "close", "reopen", "archive", "remove", "bring-back", "petition"):
        data = {"csrf_token": token, "slug": "watched"}
        assert editor.post(f"{STATE}/{what}", data=data).status_code == 403
    assert published.state == CampaignState.PUBLISHED


@pytest.mark.parametrize("what", ["archive", "remove", "bring-back"])
def test_what_endangers_people_asks_for_the_password_again(
    published: Campaign, client: AuditingClient, what: str
) -> None:
    if what == "bring-back":
        published.state = CampaignState.REMOVED
        db.session.commit()
    before = published.state
    with time_machine.travel(utcnow() + timedelta(minutes=20)):
        assert change(client, what, slug="watched").status_code == 403
    db.session.expire_all()
    assert published.state == before
