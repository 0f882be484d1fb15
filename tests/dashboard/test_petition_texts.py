"""What was signed stays what was signed: another text is another version, said so and dated."""

import pytest
from flask import Flask
from sqlalchemy import select

from campaigns.accounts.roles import Role
from campaigns.cases.models import Campaign
from campaigns.cases.vocabulary import NamePolicy
from campaigns.db import db
from campaigns.petitions.models import EarlierText, Petition, Signature
from campaigns.petitions.texts import put_petition
from campaigns.web.finished import expire_finished
from tests.dashboard.desk import sign_in
from tests.dashboard.making import EDIT, hidden, typed
from tests.factories import (
    make_campaign,
    make_detainee,
    make_organiser,
    make_petition,
    make_signature,
)
from tests.fixtures.auditing import AuditingClient

PATH = f"{EDIT}/petition"
OLD, NEW = "We ask you to release them.", "We demand that you release them today."


@pytest.fixture
def petition(app: Flask, client: AuditingClient) -> Petition:
    """A petition nobody has signed yet, and an editor of its campaign signed in."""
    campaign = make_campaign("watched")
    sign_in(client, make_organiser(roles={campaign: Role.EDITOR}))
    return make_petition(campaign)


def earlier() -> list[EarlierText]:
    return list(db.session.scalars(select(EarlierText).order_by(EarlierText.version)))


def sign(client: AuditingClient, name: str, **fields: str) -> Signature:
    """Sign as a browser does and return the signature."""
    before = set(db.session.scalars(select(Signature.id)))
    data = {"name": name, "email": f"{name.lower()}@example.org"} | fields
    assert client.post("/campaigns/watched/sign", data=data).status_code == 303
    return db.session.scalars(select(Signature).where(Signature.id.not_in(before))).one()


def test_before_the_first_signature_the_text_changes_freely(
    petition: Petition, client: AuditingClient
) -> None:
    assert client.post(PATH, data=typed(client, PATH, text=NEW)).status_code == 303
    assert (petition.text, petition.text_version, earlier()) == (NEW, 1, [])


@pytest.mark.parametrize("confirmed", [True, False], ids=["confirmed", "pending"])
def test_after_it_a_new_text_must_be_asked_for_as_a_new_version(
    petition: Petition, client: AuditingClient, confirmed: bool
) -> None:
    make_signature(petition, confirmed=confirmed)
    form = typed(client, PATH, text=NEW)
    answer = client.post(PATH, data=form)
    assert answer.status_code == 422
    assert "Tick this to publish the changed one" in answer.text
    assert NEW in answer.text
    assert petition.text == OLD
    assert client.post(PATH, data=form | {"as_new_version": "y"}).status_code == 303
    assert (petition.text, petition.text_version) == (NEW, 2)
    (kept,) = earlier()
    assert (kept.version, kept.text, kept.signed) == (1, OLD, int(confirmed))


def test_the_page_says_when_the_text_changed_and_how_many_signed_the_earlier_one(
    petition: Petition, client: AuditingClient
) -> None:
    make_signature(petition)
    make_signature(petition)
    assert "The text was changed" not in client.get("/campaigns/watched").text
    client.post(PATH, data=typed(client, PATH, text=NEW, as_new_version="y"))
    page = client.get("/campaigns/watched").text
    assert "The text was changed on" in page
    assert "2 people had signed the earlier one." in page
    texts = client.get("/campaigns/watched/petition").text
    assert texts.index(NEW) < texts.index(OLD)


def test_each_signature_says_which_text_was_signed(
    petition: Petition, client: AuditingClient
) -> None:
    first = sign(client, "Amal")
    read = hidden(client.get("/campaigns/watched").text, "text_version")
    client.post(PATH, data=typed(client, PATH, text=NEW, as_new_version="y"))
    # Read before the change, sent after it.
    second = sign(client, "Bilal", text_version=read)
    third = sign(client, "Celia", text_version="2")
    fourth = sign(client, "Dilan", text_version="7")
    assert [it.text_version for it in (first, second, third, fourth)] == [1, 1, 2, 2]


def test_the_addressee_stays_once_somebody_has_signed(
    petition: Petition, client: AuditingClient
) -> None:
    make_signature(petition)
    form = typed(client, PATH, addressee="the Secret Service", as_new_version="y")
    answer = client.post(PATH, data=form)
    assert answer.status_code == 422
    assert "the addressee stays" in answer.text
    assert petition.addressee == "the Minister of the Interior"


def test_goals_and_days_change_without_a_new_version(
    petition: Petition, client: AuditingClient
) -> None:
    make_signature(petition)
    form = typed(client, PATH, goals="1, 50", closes="2099-01-01")
    assert client.post(PATH, data=form).status_code == 303
    assert (petition.goals, petition.text_version) == ([1, 50], 1)
    status = client.get("/campaigns/watched.json").get_json()
    assert status["petition"]["goals_reached"] == [1]


def test_a_new_language_is_no_new_version_and_another_wording_in_one_is(
    petition: Petition, client: AuditingClient
) -> None:
    campaign = db.session.get_one(Campaign, petition.campaign_id)
    make_signature(petition)
    put_petition(campaign, translations={"ur": {"text": "ہم"}})
    assert petition.text_version == 1
    put_petition(campaign, translations={"ur": {"text": "تم"}}, as_new_version=True)
    assert petition.text_version == 2
    assert earlier()[0].translations == {"ur": {"text": "ہم"}}


def test_an_earlier_text_is_not_shown_when_it_says_a_name_hidden_since(
    petition: Petition, client: AuditingClient
) -> None:
    campaign = db.session.get_one(Campaign, petition.campaign_id)
    zarina = make_detainee(campaign)
    make_signature(petition)
    put_petition(campaign, text="Free Zarina Example.", as_new_version=True)
    put_petition(campaign, text=NEW, as_new_version=True)
    db.session.commit()
    assert "Zarina Example" in client.get("/campaigns/watched/petition").text
    zarina.name_policy = NamePolicy.WITHHELD
    campaign.version += 1
    expire_finished()
    page = client.get("/campaigns/watched/petition").text
    assert "Zarina" not in page
    assert "This text is not shown" in page
    assert OLD in page


def test_a_campaign_without_a_petition_has_no_such_page(
    petition: Petition, client: AuditingClient
) -> None:
    make_campaign("without")
    assert client.get("/campaigns/without/petition").status_code == 404
    assert client.get("/campaigns/nowhere/petition").status_code == 404
