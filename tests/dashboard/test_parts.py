"""Editing a campaign part by part: what is saved, what is refused, and nothing overwritten."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from campaigns.accounts.models import AuditEntry
from campaigns.accounts.roles import Role
from campaigns.cases.models import Campaign
from campaigns.cases.vocabulary import CampaignState, Colour, EventKind, NamePolicy
from campaigns.db import db
from campaigns.petitions.models import HandoverNames, Petition
from tests.dashboard.desk import sign_in
from tests.dashboard.making import EDIT, fields_of, typed
from tests.factories import (
    make_campaign,
    make_detainee,
    make_event,
    make_organiser,
    make_petition,
)
from tests.fixtures.auditing import AuditingClient

TEXTS, ABOUT, PETITION = f"{EDIT}/texts", f"{EDIT}/about", f"{EDIT}/petition"


@pytest.fixture
def campaign(app: Flask, client: AuditingClient) -> Campaign:
    """A published campaign, and one of its editors signed in."""
    campaign = make_campaign("watched")
    make_detainee(campaign)
    sign_in(client, make_organiser(roles={campaign: Role.EDITOR}))
    return campaign


def test_texts_are_saved_and_stand_on_the_page_at_once(
    campaign: Campaign, client: AuditingClient
) -> None:
    assert "Let them go home." not in client.get("/campaigns/watched").text
    form = typed(client, TEXTS, demand="Let them go home.", body="One.\r\n\r\n**Two.**")
    assert client.post(TEXTS, data=form).status_code == 303
    page = client.get("/campaigns/watched").text
    assert "Let them go home." in page
    assert "<strong>Two.</strong>" in page
    entry = db.session.scalars(select(AuditEntry).order_by(AuditEntry.number.desc())).first()
    assert entry is not None
    assert entry.action == "campaign_edited"
    assert entry.detail["fields"] == ["demand", "body"]


@pytest.mark.settings(LOCALES="en,ur,de")
def test_a_language_into_which_an_entry_is_translated_does_not_become_its_own(
    campaign: Campaign, client: AuditingClient
) -> None:
    entry = make_event(campaign, EventKind.PROTEST, translations={"ur": {"summary": "لوگ آئے۔"}})
    refused = client.post(ABOUT, data=typed(client, ABOUT, locale="ur"))
    assert refused.status_code == 422
    assert "take these translations out first" in refused.text
    assert client.post(ABOUT, data=typed(client, ABOUT, locale="de")).status_code == 303
    entry.translations = {}
    db.session.commit()
    assert client.post(ABOUT, data=typed(client, ABOUT, locale="ur")).status_code == 303


def test_nothing_changed_is_no_change(campaign: Campaign, client: AuditingClient) -> None:
    for path in (TEXTS, ABOUT):
        before = campaign.version
        assert client.post(path, data=typed(client, path)).status_code == 303
        assert campaign.version == before


def test_what_somebody_else_saved_meanwhile_is_not_overwritten(
    campaign: Campaign, client: AuditingClient
) -> None:
    mine = typed(client, TEXTS, summary="Mine.")
    client.post(TEXTS, data=typed(client, TEXTS, summary="Theirs.", demand="Theirs too."))
    answer = client.post(TEXTS, data=mine)
    assert answer.status_code == 409
    assert campaign.summary == "Theirs."
    assert "Somebody else saved this meanwhile" in answer.text
    for text in ("Theirs.", "Theirs too.", "Mine."):
        assert text in answer.text
    # Both were seen: now it is saved knowingly.
    assert client.post(TEXTS, data=fields_of(answer.text)).status_code == 303
    assert (campaign.summary, campaign.demand) == ("Mine.", "Release them now.")


def test_a_form_sent_twice_is_no_conflict(campaign: Campaign, client: AuditingClient) -> None:
    form = typed(client, TEXTS, summary="Mine.")
    assert [client.post(TEXTS, data=form).status_code for _ in range(3)] == [303] * 3


def test_another_part_saved_meanwhile_is_no_conflict(
    campaign: Campaign, client: AuditingClient
) -> None:
    form = typed(client, TEXTS, summary="Mine.")
    client.post(ABOUT, data=typed(client, ABOUT, tags="readers, students , readers"))
    assert client.post(TEXTS, data=form).status_code == 303
    assert campaign.tags == ["readers", "students"]


@pytest.mark.parametrize("state", [CampaignState.DRAFT, CampaignState.PUBLISHED])
def test_a_short_name_changes_only_in_a_draft(
    campaign: Campaign, client: AuditingClient, state: CampaignState
) -> None:
    if state == CampaignState.DRAFT:
        campaign.state, campaign.published_at = state, None
    make_campaign("taken")
    form = typed(client, TEXTS)
    assert ("slug" in form) == (state == CampaignState.DRAFT)
    client.post(TEXTS, data=form | {"slug": "moved"})
    assert campaign.slug == ("moved" if state == CampaignState.DRAFT else "watched")
    if state == CampaignState.DRAFT:
        path = "/console/campaigns/moved/edit/texts"
        answer = client.post(path, data=typed(client, path, slug="taken"))
        assert answer.status_code == 422
        assert "Another campaign has this short name" in answer.text


def test_where_it_is_at_home_how_it_looks_and_who_runs_it(
    campaign: Campaign, client: AuditingClient
) -> None:
    form = typed(
        client,
        ABOUT,
        country="TR",
        timezone="Europe/Istanbul",
        locale="tr",
        colour="pine",
        run_by_name="Friends of Amal",
        run_by_contact="friends@example.org",
        run_by_url="https://friends.example.org/amal",
    )
    assert client.post(ABOUT, data=form).status_code == 303
    assert (campaign.country, campaign.timezone, campaign.locale) == ("TR", "Europe/Istanbul", "tr")
    assert campaign.colour == Colour.PINE
    page = client.get("/campaigns/watched").text
    assert "Friends of Amal" in page
    assert 'lang="tr"' in page


@pytest.mark.parametrize(
    ("path", "changed", "words"),
    [
        (TEXTS, {"title": " "}, "Give the campaign a title."),
        (TEXTS, {"summary": "Karim Example is held."}, "whose name is not public"),
        (ABOUT, {"run_by_url": "ftp://example.org"}, "Write the whole address"),
        (ABOUT, {"run_by_url": "https://me:secret@example.org"}, "Write the whole address"),
        (ABOUT, {"country": "ZZ"}, "Choose a country from the list"),
        (ABOUT, {"tags": "karim-example"}, "whose name is not public"),
        (ABOUT, {"run_by_name": "\u202eabc"}, "invisible control characters"),
        (PETITION, {"goals": "many"}, "Write whole numbers"),
        (PETITION, {"goals": "0"}, "Write whole numbers"),
        (PETITION, {"closes": "2020-01-01"}, "It cannot end before it begins."),
        (PETITION, {"text": "Free Karim Example"}, "whose name is not public"),
        (PETITION, {"opens": ""}, "Give a day."),
    ],
)
def test_what_is_wrong_is_said_and_stored_nowhere(
    campaign: Campaign, client: AuditingClient, path: str, changed: dict[str, Any], words: str
) -> None:
    make_detainee(campaign, "Karim Example", name_policy=NamePolicy.WITHHELD)
    filled = {"title": "Free them", "text": "We ask.", "addressee": "the Minister"}
    before = campaign.version
    form = typed(client, path, **(filled if path == PETITION else {}) | changed)
    answer = client.post(path, data=form)
    assert answer.status_code == 422
    assert words in answer.text
    assert campaign.version == before


def test_a_petition_is_added(campaign: Campaign, client: AuditingClient) -> None:
    form = typed(
        client,
        PETITION,
        title="Free them",
        text="We ask you to release them.",
        addressee="the Minister of Justice",
        handover_names="ticked",
        goals="500, 100, 100",
    )
    assert client.post(PETITION, data=form).status_code == 303
    petition = db.session.scalars(select(Petition)).one()
    assert petition.goals == [100, 500]
    assert petition.handover_names == HandoverNames.TICKED
    page = client.get("/campaigns/watched").text
    assert "To the Minister of Justice" in page
    assert client.post(PETITION, data=form).status_code == 303
    answer = client.post(
        "/campaigns/watched/sign", data={"name": "Amal", "email": "amal@example.org"}
    )
    assert answer.status_code == 303


@pytest.mark.settings(LOCALES="en,ur")
def test_a_translation_is_shown_to_whoever_chose_its_language(
    campaign: Campaign, client: AuditingClient
) -> None:
    make_petition(campaign)
    assert "/edit/translations/ur" in client.get(f"{EDIT}/translations").text
    path = f"{EDIT}/translations/ur"
    form = typed(client, path, title="قیدیوں کو رہا کرو", petition_text="ہم مطالبہ کرتے ہیں")
    assert client.post(path, data=form).status_code == 303
    urdu = client.get("/campaigns/watched?locale=ur").text
    assert "قیدیوں کو رہا کرو" in urdu
    assert "ہم مطالبہ کرتے ہیں" in urdu
    assert "قیدیوں کو رہا کرو" not in client.get("/campaigns/watched").text
    client.post(path, data=typed(client, path, title="", petition_text=""))
    assert campaign.translations == {}
    for code in ("fr", campaign.locale):
        assert client.get(f"{EDIT}/translations/{code}").status_code == 404


def test_parts_are_for_editors(campaign: Campaign, app: Flask) -> None:
    viewer, stranger = app.test_client(), app.test_client()
    assert isinstance(viewer, AuditingClient)
    assert isinstance(stranger, AuditingClient)
    sign_in(viewer, make_organiser(roles={campaign: Role.VIEWER}))
    sign_in(stranger, make_organiser(roles={make_campaign("other"): Role.OWNER}))
    for path in (EDIT, TEXTS, ABOUT, PETITION, f"{EDIT}/detainees", f"{EDIT}/translations"):
        assert viewer.get(path).status_code == 403
        assert stranger.get(path).status_code == 404


def test_a_public_campaign_loses_nothing_it_needed_to_be_published(
    campaign: Campaign, client: AuditingClient
) -> None:
    before = campaign.demand
    for demand in ("", "Free [[name]] at once."):
        answer = client.post(f"{EDIT}/texts", data=typed(client, f"{EDIT}/texts", demand=demand))
        assert answer.status_code == 422
        assert client.get("/campaigns/watched.json").get_json()["demand"] == before
