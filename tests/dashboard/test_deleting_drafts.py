"""A draft nobody outside has seen can be deleted by its owners, with all that hangs on it."""

import pytest
from flask import Flask
from sqlalchemy import func, select

from campaigns.accounts.models import AuditEntry
from campaigns.accounts.roles import Role
from campaigns.cases.models import Campaign, Event
from campaigns.cases.vocabulary import CampaignState
from campaigns.db import db, utcnow
from campaigns.petitions.models import Petition
from campaigns.updates.models import Update
from campaigns.vault.models import IndexKey
from tests.accounts.factories import token_of
from tests.dashboard.desk import sign_in
from tests.dashboard.making import STATE
from tests.dashboard.test_states import change
from tests.factories import (
    make_article,
    make_campaign,
    make_detainee,
    make_event,
    make_organiser,
    make_petition,
    make_subscription,
    make_update,
)
from tests.fixtures.auditing import AuditingClient

BUTTON = "Delete this draft"


@pytest.fixture
def campaign(app: Flask, client: AuditingClient) -> Campaign:
    """A draft with something of everything, and its owner signed in."""
    make_campaign("other")
    campaign = make_campaign("watched", state=CampaignState.DRAFT, title="Free Zarina")
    person, report = make_detainee(campaign), make_article(campaign)
    make_event(campaign, date="2024-03-01", detainees=[person], sources=[report])
    make_petition(campaign, paper=3)
    make_subscription(campaign)
    make_update(campaign, published_at=None)
    sign_in(client, make_organiser(roles={campaign: Role.OWNER}))
    return campaign


def test_all_of_it_goes_and_its_number_is_not_given_again(
    campaign: Campaign, client: AuditingClient
) -> None:
    number, page = campaign.id, client.get(STATE).text
    assert "1 detainee, 1 entry, 1 article" in page
    answer = change(client, "delete", slug="watched")
    assert (answer.status_code, answer.location) == (303, "/console")
    start = client.get("/console").text
    assert "The draft is gone." in start
    assert "Free Zarina" not in start
    assert client.get(STATE).status_code == 404
    db.session.expire_all()
    for table in db.metadata.sorted_tables:
        if "campaign_id" in table.columns and table.name != "audit_entry":
            rows = select(func.count()).where(table.c.campaign_id == number)
            assert db.session.scalar(rows) == 0, table.name
    scopes = db.session.scalars(select(IndexKey.scope)).all()
    assert f"campaign:{number}" not in scopes
    for model, left in ((Campaign, 1), (Event, 0), (Petition, 0), (Update, 0)):
        assert db.session.scalar(select(func.count()).select_from(model)) == left
    told = db.session.scalars(select(AuditEntry).order_by(AuditEntry.number.desc())).first()
    assert told is not None
    assert (told.action, told.campaign_id, told.about) == ("campaign_deleted", number, None)
    assert told.detail == {"state": "draft"}
    assert make_campaign("watched").id > number


def test_a_slip_deletes_nothing(campaign: Campaign, client: AuditingClient) -> None:
    refused = change(client, "delete", slug="watchd")
    assert refused.status_code == 422
    assert "Type the campaign&#39;s short name exactly" in refused.text
    assert client.get(STATE).status_code == 200


def test_only_owners_delete_a_draft(campaign: Campaign, client: AuditingClient) -> None:
    token = {"csrf_token": token_of(client.get(STATE))}
    client.post("/logout", data=token)
    sign_in(client, make_organiser(roles={campaign: Role.EDITOR}))
    token = {"csrf_token": token_of(client.get("/console/campaigns/watched"))}
    answer = client.post(f"{STATE}/delete", data=token | {"slug": "watched"})
    assert answer.status_code == 403
    assert db.session.get(Campaign, campaign.id)


@pytest.mark.parametrize("state", list(CampaignState))
@pytest.mark.database("sqlite")
def test_what_was_ever_public_is_not_deleted(
    campaign: Campaign, client: AuditingClient, state: CampaignState
) -> None:
    campaign.state, campaign.published_at = state, utcnow()
    db.session.commit()
    assert BUTTON not in client.get(STATE).text
    assert change(client, "delete", slug="watched").status_code == 303
    assert client.get(STATE).status_code == 200
