"""A campaign's desk: how its detainees are, what is still true, and the way to all pages."""

import re
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from campaigns.accounts.actions import Action
from campaigns.accounts.models import AuditEntry
from campaigns.accounts.roles import Role
from campaigns.cases.models import Campaign, Confirmation
from campaigns.cases.vocabulary import CampaignState, EventKind, Mode, SourceKind
from campaigns.db import db, utcnow
from tests.accounts.factories import token_of
from tests.dashboard.desk import sign_in
from tests.factories import (
    make_campaign,
    make_detainee,
    make_event,
    make_organiser,
    make_petition,
)
from tests.fixtures.auditing import AuditingClient

DESK = "/console/campaigns/watched"


@pytest.fixture
def campaign(app: Flask) -> Campaign:
    """Two are held, one of whom the page says is out on bail."""
    campaign = make_campaign("watched", title="Free them")
    zarina = make_detainee(campaign)
    make_detainee(campaign, "Karim Example")
    make_event(campaign, EventKind.ARRESTED, "2024-03-01")
    make_event(campaign, EventKind.RELEASED_ON_BAIL, "2024-03-09", detainees=[zarina])
    return campaign


def tap(client: AuditingClient, path: str, **form: str) -> int:
    """Press a button of the desk."""
    return client.post(path, data={"csrf_token": token_of(client.get(DESK)), **form}).status_code


def confirmations() -> list[tuple[int, SourceKind | None]]:
    rows = db.session.scalars(select(Confirmation).order_by(Confirmation.id))
    return [(row.detainee.position, row.source_kind) for row in rows]


def test_it_says_of_each_detainee_what_the_page_says(
    campaign: Campaign, client: AuditingClient
) -> None:
    sign_in(client, make_organiser(roles={campaign: Role.EDITOR}))
    page = re.sub(r"<[^>]+>|\s+", " ", client.get(DESK).text)
    page = re.sub(r"\s+", " ", page)
    assert "Zarina Example : Released on bail" in page
    assert "Karim Example : In police custody" in page
    assert "No news for more than 30 days" in page


@pytest.mark.database("sqlite")
def test_no_news_is_missed_before_there_was_any_nor_of_a_draft(
    app: Flask, client: AuditingClient
) -> None:
    campaign = make_campaign("watched")
    make_detainee(campaign)
    sign_in(client, make_organiser(roles={campaign: Role.EDITOR}))
    page = client.get(DESK).text
    assert "No entry yet." in page
    for told in (page, client.get("/campaigns/watched").text, client.get("/").text):
        assert "more than 30 days" not in told
    assert "Nothing is known yet: say what happened" in client.get("/console").text
    campaign.state = CampaignState.DRAFT
    make_event(campaign, EventKind.ARRESTED, "2024-03-01")
    assert "more than 30 days" not in client.get(DESK).text
    campaign.state = CampaignState.PUBLISHED
    db.session.commit()
    assert "more than 30 days" in client.get(DESK).text


def test_one_tap_confirms_all_and_a_double_tap_is_one(
    campaign: Campaign, client: AuditingClient
) -> None:
    sign_in(client, make_organiser(roles={campaign: Role.EDITOR}))
    for _ in range(2):
        assert tap(client, f"{DESK}/still-true") == 303
    assert confirmations() == [(1, None), (2, None)]
    assert "That was noted today already." in client.get(DESK).text
    confirmed = client.get("/campaigns/watched.json").get_json()["detainees"]
    assert [it["status"]["last_confirmed"]["on"] for it in confirmed] == [
        campaign.today.isoformat()
    ] * 2
    audited = select(AuditEntry.about).where(AuditEntry.action == Action.STATUS_CONFIRMED)
    assert len(db.session.scalars(audited).all()) == 1


@pytest.mark.database("sqlite")
def test_who_says_so_is_told_only_when_chosen_and_can_be_taken_back(
    campaign: Campaign, client: AuditingClient
) -> None:
    sign_in(client, make_organiser(roles={campaign: Role.EDITOR}))
    one = f"{DESK}/detainees/{campaign.detainees[0].id}/still-true"
    tap(client, one, source_kind="family")
    assert confirmations() == [(1, SourceKind.FAMILY)]
    tap(client, one)
    assert confirmations() == [(1, None)]
    assert tap(client, one, source_kind="nonsense") == 404


@pytest.mark.database("sqlite")
def test_the_next_day_it_can_be_confirmed_anew(campaign: Campaign, client: AuditingClient) -> None:
    organiser = make_organiser(roles={campaign: Role.EDITOR})
    sign_in(client, organiser)
    tap(client, f"{DESK}/still-true")
    with time_machine.travel(utcnow() + timedelta(days=1)):
        sign_in(client, organiser)
        tap(client, f"{DESK}/still-true")
        assert len(confirmations()) == 4


@pytest.mark.database("sqlite")
def test_somebody_else_s_detainee_and_a_closed_campaign_are_no_choice(
    campaign: Campaign, client: AuditingClient
) -> None:
    stranger = make_detainee(make_campaign("other"))
    sign_in(client, make_organiser(roles={campaign: Role.EDITOR}))
    assert tap(client, f"{DESK}/detainees/{stranger.id}/still-true") == 404
    campaign.state, campaign.closed_on = CampaignState.CLOSED, utcnow().date()
    db.session.commit()
    assert "Still true" not in client.get(DESK).text
    assert tap(client, f"{DESK}/still-true") == 404
    assert confirmations() == []


@pytest.mark.parametrize(
    ("role", "there", "missing"),
    [
        (Role.VIEWER, ["statistics", "signatures"], ["post", "still-true", "updates/new"]),
        (Role.EDITOR, ["post", "still-true", "updates/new"], ["exports", "high-risk"]),
        (Role.OWNER, ["exports", "high-risk"], []),
    ],
)
@pytest.mark.database("sqlite")
def test_it_leads_where_somebody_s_role_lets_them(
    campaign: Campaign, client: AuditingClient, role: Role, there: list[str], missing: list[str]
) -> None:
    make_petition(campaign)
    sign_in(client, make_organiser(roles={campaign: role}))
    page = client.get(DESK).text
    for name in there:
        assert f'="{DESK}/{name}"' in page
    for name in missing:
        assert f'="{DESK}/{name}"' not in page


@pytest.mark.database("sqlite")
def test_every_page_about_a_campaign_leads_back_to_its_desk(
    campaign: Campaign, client: AuditingClient
) -> None:
    make_petition(campaign)
    sign_in(client, make_organiser(roles={campaign: Role.OWNER}, second_factor=True))
    for name in ("post", "statistics", "signatures", "exports", "updates/new", "high-risk"):
        assert f'<a href="{DESK}"><bdi>Free them' in client.get(f"{DESK}/{name}").text


@pytest.mark.database("sqlite")
def test_the_steps_to_a_published_campaign_tick_themselves_and_go(
    app: Flask, client: AuditingClient
) -> None:
    campaign = make_campaign("watched", state=CampaignState.DRAFT, demand="")
    sign_in(client, make_organiser("olga", roles={campaign: Role.OWNER}))
    assert "1 step of 7 is done." in client.get(DESK).text
    make_detainee(campaign)
    make_event(campaign)
    assert "3 steps of 7 are done." in client.get(DESK).text
    make_petition(campaign)
    campaign.demand = "Release [[her]]."
    assert "4 steps of 7 are done." in client.get(DESK).text
    campaign.demand, campaign.state = "Release her.", CampaignState.PUBLISHED
    assert "6 steps of 7 are done." in client.get(DESK).text
    make_organiser("omid", password=None, roles={campaign: Role.OWNER})
    assert "From nothing to a published campaign" not in client.get(DESK).text


@pytest.mark.database("sqlite")
def test_a_name_needs_a_basis_to_be_ticked(app: Flask, client: AuditingClient) -> None:
    campaign = make_campaign("watched", state=CampaignState.DRAFT)
    make_detainee(campaign, consent_by=None)
    sign_in(client, make_organiser("olga", roles={campaign: Role.OWNER}))
    assert "2 steps of 7 are done." in client.get(DESK).text


@pytest.mark.database("sqlite")
def test_a_site_admin_is_shown_that_the_recovery_identity_lies_on_the_server(
    app: Flask, client: AuditingClient
) -> None:
    make_campaign("watched")
    sign_in(client, make_organiser(site_admin=True))
    assert "Take the recovery identity off the server" in client.get(DESK).text


@pytest.mark.database("sqlite")
def test_each_page_is_called_the_same_where_it_is_linked_and_on_it(
    client: AuditingClient, campaign: Campaign
) -> None:
    sign_in(client, make_organiser("olga", roles={campaign: Role.OWNER}))
    for address, name in (
        (f"{DESK}/updates/new", "Write to subscribers"),
        (f"{DESK}/state", "Publish or close"),
    ):
        assert f'<a href="{address}">{name}</a>' in client.get(DESK).text
        assert f"<title>{name} " in client.get(address).text
    campaign.mode = Mode.HIGH_RISK
    db.session.commit()
    assert f'<a href="{DESK}/updates/new">Write news</a>' in client.get(DESK).text
