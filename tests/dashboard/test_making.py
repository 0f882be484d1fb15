"""From nothing to a draft: its keys, its owner, its texts, once however often it is sent."""

import pytest
from flask import Flask
from sqlalchemy import func, select

from campaigns.accounts.models import AuditEntry, CampaignRole, Organiser
from campaigns.accounts.roles import Role
from campaigns.cases.models import Campaign, Detainee
from campaigns.cases.vocabulary import CampaignState, NamePolicy
from campaigns.db import db
from campaigns.petitions.queries import petition_of
from campaigns.vault.operations import has_campaign_indexes
from campaigns.vault.queries import keys_of
from tests.dashboard.desk import sign_in
from tests.dashboard.making import NEW, hidden, new_campaign
from tests.factories import make_campaign, make_organiser
from tests.fixtures.auditing import AuditingClient


@pytest.fixture
def admin(app: Flask, client: AuditingClient) -> Organiser:
    """A site admin, signed in."""
    admin = make_organiser(site_admin=True)
    sign_in(client, admin)
    return admin


def made() -> Campaign:
    return db.session.scalars(select(Campaign)).one()


def test_a_draft_has_its_keys_its_first_detainee_and_its_maker_for_owner(
    admin: Organiser, client: AuditingClient
) -> None:
    answer = client.post(NEW, data=new_campaign(client))
    assert (answer.status_code, answer.location) == (303, "/console/campaigns/watched/edit")
    campaign = made()
    assert campaign.state == CampaignState.DRAFT
    assert campaign.published_at is None
    assert keys_of(campaign.id)
    assert has_campaign_indexes(campaign.id)
    (detainee,) = campaign.detainees
    assert (detainee.name, detainee.name_policy) == ("Zarina Example", NamePolicy.WITHHELD)
    assert "zarina" not in detainee.ref
    role = db.session.scalars(select(CampaignRole)).one()
    assert (role.organiser_id, role.campaign_id, role.role) == (admin.id, campaign.id, Role.OWNER)
    actions = db.session.scalars(select(AuditEntry.action)).all()
    assert "campaign_created" in actions
    assert client.get("/campaigns/watched").status_code == 404


def test_a_form_sent_twice_makes_one_campaign(admin: Organiser, client: AuditingClient) -> None:
    form = new_campaign(client)
    for _ in range(3):
        answer = client.post(NEW, data=form)
        assert (answer.status_code, answer.location) == (303, "/console/campaigns/watched/edit")
    assert len(made().detainees) == 1
    again = client.post(NEW, data=form | {"slug": "another"})
    assert again.status_code == 422
    assert db.session.scalar(select(func.count()).select_from(Campaign)) == 1


def test_a_short_name_comes_from_the_title_and_is_unique(
    admin: Organiser, client: AuditingClient
) -> None:
    client.post(NEW, data=new_campaign(client, title="Free Ayşe & Co.", slug=""))
    assert made().slug == "free-ayse-co"
    answer = client.post(NEW, data=new_campaign(client, slug="free-ayse-co"))
    assert answer.status_code == 422
    assert "Another campaign has this short name" in answer.text
    assert "Zarina Example" in answer.text


@pytest.mark.parametrize("starter", ["arrest", "disappearance", "trial"])
def test_a_starter_gives_texts_that_must_be_completed(
    admin: Organiser, client: AuditingClient, starter: str
) -> None:
    client.post(NEW, data=new_campaign(client, starter=starter))
    campaign = made()
    petition = petition_of(campaign.id)
    assert petition is not None
    assert petition.goals
    assert "[[" in campaign.summary
    assert "[[" in petition.addressee
    page = client.get("/console/campaigns/watched/edit").text
    assert "Replace what stands in [[double brackets]]" in page


def test_an_empty_campaign_has_no_petition(admin: Organiser, client: AuditingClient) -> None:
    client.post(NEW, data=new_campaign(client, starter="empty"))
    assert petition_of(made().id) is None


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"title": ""}, "Give the campaign a title."),
        ({"slug": "Free Amal"}, "Write small letters"),
        ({"slug": "new"}, "Write small letters"),
        ({"title": "!!!", "slug": ""}, "Give a short name."),
        ({"name": ""}, "Give a name."),
        ({"title": "Free Zarina Example"}, "whose name is not public"),
        ({"slug": "free-zarina-example"}, "whose name is not public"),
        ({"slug": "freezarinaexample"}, "whose name is not public"),
        ({"policy": "full"}, "A full name is published only with a basis"),
        ({"timezone": "Mars/Olympus"}, "Not a valid choice"),
        ({"locale": "xx-nothing"}, "Choose a language"),
        ({"run_by_contact": "nobody"}, "Enter a mail address"),
        ({"run_by_name": "Zarina Example"}, "whose name is not public"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    admin: Organiser, client: AuditingClient, changed: dict[str, str], words: str
) -> None:
    form = new_campaign(client, **changed)
    answer = client.post(NEW, data=form)
    assert answer.status_code == 422
    assert words in answer.text
    assert "<title>Error:" in answer.text
    kept = form["run_by_name"] if changed.get("run_by_contact") else form["run_by_contact"]
    assert kept in answer.text
    assert not db.session.scalar(select(func.count()).select_from(Campaign))


@pytest.mark.database("sqlite")
def test_only_zones_of_places_and_languages_of_known_direction_are_offered(
    admin: Organiser, client: AuditingClient
) -> None:
    page = client.get(NEW).text
    for there in ("Asia/Karachi", "UTC", "ur"):
        assert f'value="{there}">' in page
    # Babel knows the name of Akkadian, and nothing else of it.
    for nowhere in ("Factory", "localtime", "akk"):
        assert f'value="{nowhere}">' not in page


@pytest.mark.database("sqlite")
def test_a_name_in_the_title_is_said_once_with_both_ways_out(
    admin: Organiser, client: AuditingClient
) -> None:
    form = new_campaign(client, title="Free Zarina Example", slug="")
    page = client.post(NEW, data=form).text
    field = page.split('class="field field--wrong"')
    assert len(field) == 2
    assert "take it out, or choose “Full name” below." in field[1]
    assert hidden(page, "slug") == ""
    client.post(NEW, data=form | {"title": "Free the teacher"})
    assert made().slug == "free-the-teacher"


def test_a_full_name_is_kept_with_its_basis(admin: Organiser, client: AuditingClient) -> None:
    basis = {"consent_by": "family", "consent_on": "2024-03-01", "consent_scope": "this campaign"}
    client.post(NEW, data=new_campaign(client, policy="full", title="Free Zarina Example", **basis))
    detainee = db.session.scalars(select(Detainee)).one()
    assert detainee.name_policy == NamePolicy.FULL
    assert (detainee.consent_by, detainee.consent_scope) == ("family", "this campaign")


def test_only_site_admins_make_campaigns(app: Flask, client: AuditingClient) -> None:
    sign_in(client, make_organiser(roles={make_campaign("watched"): Role.OWNER}))
    assert client.get(NEW).status_code == 404
    assert client.post(NEW, data={"csrf_token": "x"}).status_code in (400, 403, 404)
    assert db.session.scalar(select(func.count()).select_from(Campaign)) == 1
