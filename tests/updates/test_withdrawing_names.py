"""A withdrawn name stands nowhere: not in any text, translation, history, ref or address."""

import re
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from campaigns.accounts.models import AuditEntry
from campaigns.accounts.roles import Role
from campaigns.cases.models import Campaign, Correction
from campaigns.cases.replacing import NameReplacer
from campaigns.cases.revisions import record_revision
from campaigns.cases.vocabulary import NamePolicy, RevisedPart
from campaigns.db import Base, db
from campaigns.petitions.models import EarlierText
from campaigns.petitions.moderation import approve_comment
from campaigns.petitions.operations import show_signer
from tests.dashboard.desk import sign_in
from tests.editing.writing import filled, said
from tests.factories import (
    make_article,
    make_campaign,
    make_detainee,
    make_event,
    make_organiser,
    make_petition,
    make_report,
    make_signature,
    make_update,
)
from tests.fixtures.auditing import AuditingClient
from tests.public.surfaces import read_everything

LATIN, PERSIAN = "Shirin Canaria", "شیرین کناریا"
NAMES = ("shirin", "canaria", "شیرین", "کناریا")
SPELLINGS = "Canaria\nShirin"


@pytest.fixture
def campaign(app: Flask, client: AuditingClient) -> Campaign:
    """A campaign that names somebody in every place there is, and its owner signed in."""
    campaign = make_campaign(
        "free-shirin-canaria",
        title=f"Free {LATIN}!",
        summary=f"{LATIN} and one more reader are held.",
        body=f"**{PERSIAN}** was taken. Miss Canaria is ill.",
        demand="Release SHIRIN  CANARIA now.",
        tags=["canaria"],
        run_by_name=f"Friends of {LATIN}",
        run_by_url="https://friends-of-shirincanaria.example.org/",
        translations={
            "ur": {"title": f"{PERSIAN} کو رہا کرو", "summary": PERSIAN, "body": "", "demand": ""}
        },
    )
    make_detainee(
        campaign,
        PERSIAN,
        name_romanised=LATIN,
        ref="shirin-canaria",
        consent_scope=f"{LATIN} said so",
        proceedings=["State v. Canaria"],
    )
    make_detainee(campaign, "Karim Example")
    tell_of(campaign)
    ask_for(campaign)
    db.session.commit()
    sign_in(client, make_organiser(roles={campaign: Role.OWNER}))
    return campaign


def tell_of(campaign: Campaign) -> None:
    """An article, an entry that rests on it, its correction, its history and an update of it."""
    article = make_article(
        campaign,
        ref="canaria-arrested",
        title=f"{LATIN}’s arrest",
        url="https://news.example.org/2024/shirin-canaria-arrested",
        excerpt=f"{PERSIAN} …",
        author=LATIN,
    )
    event = make_event(
        campaign,
        detainees=list(campaign.detainees),
        sources=[article],
        ref="canaria-arrested",
        summary=f"{LATIN} was arrested.",
        text=f"They took {PERSIAN}.",
        proceeding="State v. Canaria",
        place="Canaria House",
        translations={"ur": {"summary": PERSIAN}},
    )
    event.sources[0].note = f"Names {LATIN}."
    was = {
        "summary": f"{LATIN} was taken.",
        "detainees": ["shirin-canaria"],
        "sources": [{"article": "canaria-arrested", "stance": "supports", "note": LATIN}],
    }
    event.corrections.append(
        Correction(position=1, on=date(2024, 5, 2), note=f"{LATIN}, not Karim.", was=was)
    )
    record_revision(
        RevisedPart.EVENT, event.id, campaign_id=campaign.id, organiser_id=None, was=was
    )
    make_update(campaign, title=f"{LATIN} is ill", text=PERSIAN, event_id=event.id)


def ask_for(campaign: Campaign) -> None:
    """A petition, and what it said before."""
    petition = make_petition(
        campaign, title=f"Free {LATIN}", text=f"Free {PERSIAN}.", addressee="The court of Canaria"
    )
    petition.translations = {"ur": {"title": PERSIAN, "text": PERSIAN}}
    petition.earlier.append(
        EarlierText(
            version=1,
            title=LATIN,
            text=LATIN,
            replaced_on=date(2024, 5, 2),
            signed=2,
            translations={"ur": {"title": PERSIAN, "text": PERSIAN}},
        )
    )
    petition.text_version = 2
    signature = make_signature(petition, show_name=True)
    show_signer(
        signature.id,
        campaign.id,
        "Amal Signer",
        f"I am with {LATIN}.",
        sealed=signature.sealed_public or b"",
    )
    approve_comment(campaign, signature.id)
    make_report(campaign, text=f"My sister {LATIN} did not agree.")


def path_of(campaign: Campaign) -> str:
    detainee = campaign.detainees[0]
    return f"/console/campaigns/{campaign.slug}/edit/detainees/{detainee.id}/withdrawal"


def withdraw(client: AuditingClient, campaign: Campaign, **typed: str) -> TestResponse:
    path = path_of(campaign)
    given = {"others": SPELLINGS, "slug": "free-the-readers"} | typed
    sent = filled(client.get(path), **given)
    sent.pop("look", None)
    return client.post(path, data=sent)


def stored_texts() -> str:
    """All the database holds, but for the names themselves."""
    return "\n".join(
        str({k: v for k, v in row.items() if table.name != "detainee" or "name" not in k})
        for table in Base.metadata.sorted_tables
        for row in db.session.execute(select(table)).mappings()
    ).lower()


def test_every_place_is_listed_before_anything_is_changed(
    client: AuditingClient, campaign: Campaign
) -> None:
    page = client.get(path_of(campaign))
    words = said(page)
    for place in (
        "The campaign: its address",
        "The campaign: title",
        "The campaign: translations",
        "An entry: summary",
        "A source of an entry: note",
        "A correction: what it said before",
        "An article: web address",
        "An article: title",
        "An update: title",
        "The petition: text",
        "An earlier text of the petition: text",
        "What a signer added: comment · Amal Signer",
        "A history: what it said before",
    ):
        assert place in words, place
    assert "One of the names alone stands in" in words
    more = client.post(path_of(campaign), data=filled(page, others=SPELLINGS) | {"look": "1"})
    assert len(more.text) > len(page.text)
    assert "Canaria\nShirin" in more.text.replace("\r", "")
    db.session.expire_all()
    assert campaign.title == f"Free {LATIN}!"
    assert campaign.detainees[0].name_policy == NamePolicy.FULL


def test_the_name_stands_nowhere_any_more(
    app: Flask, client: AuditingClient, campaign: Campaign
) -> None:
    assert withdraw(client, campaign).status_code == 303
    db.session.expire_all()
    assert campaign.slug == "free-the-readers"
    visitor = app.test_client()
    assert isinstance(visitor, AuditingClient)
    for address, (status, page) in read_everything(app, visitor, campaign).items():
        # Yesterday nobody knew of the entry.
        assert status == 200 or "known_on" in address, address
        assert not [name for name in NAMES if name in page.lower()], address
    kept = stored_texts()
    assert [name for name in NAMES if name in kept] == []
    assert campaign.title == "Free Name withheld (1)!"
    event = campaign.events[0]
    assert event.proceeding == campaign.detainees[0].proceedings[0]
    assert "I am with Name withheld (1)." in visitor.get("/campaigns/free-the-readers").text
    timeline = visitor.get("/campaigns/free-the-readers/timeline.json").get_json()["events"]
    was = timeline[0]["corrections"][0]["was"]
    assert was["sources"][0]["article"] == timeline[0]["sources"][0]["article"]
    assert was["detainees"] == ["detainee-1"]


def test_the_old_address_is_gone_on_every_surface_and_leads_nowhere(
    app: Flask, client: AuditingClient, campaign: Campaign
) -> None:
    visitor = app.test_client()
    assert isinstance(visitor, AuditingClient)
    before = [it for it in read_everything(app, visitor, campaign) if "/free-shirin" in it]
    withdraw(client, campaign)
    assert len(before) > 20
    for address in before:
        answer = visitor.get(address)
        assert answer.status_code == 410, address
        assert "free-the-readers" not in answer.text
    for action in ("sign", "subscribe"):
        assert visitor.post(f"/campaigns/free-shirin-canaria/{action}", data={}).status_code == 410
    assert visitor.get("/campaigns/never-there").status_code == 404


def test_initials_may_stand_instead(client: AuditingClient, campaign: Campaign) -> None:
    withdraw(client, campaign, policy="initials")
    db.session.expire_all()
    assert campaign.title == "Free S. C.!"
    detainee = campaign.detainees[0]
    assert (detainee.name_policy, detainee.consent_by) == (NamePolicy.INITIALS, None)
    assert detainee.name == PERSIAN


def test_the_trail_tells_of_it_without_the_name(client: AuditingClient, campaign: Campaign) -> None:
    withdraw(client, campaign)
    entry = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "name_withdrawn")
    ).one()
    assert entry.about == f"detainee:{campaign.detainees[0].id}"
    assert entry.detail["places"] > 25
    assert entry.detail.keys() == {"places"}


@pytest.mark.database("sqlite")
@pytest.mark.parametrize(
    ("slug", "words"),
    [
        ("canaria-again", "This tells the name too"),
        ("Not A Slug", "Write small letters"),
        ("taken", "Another campaign has this short name"),
    ],
)
def test_a_new_address_that_will_not_do_changes_nothing(
    client: AuditingClient, campaign: Campaign, slug: str, words: str
) -> None:
    make_campaign("taken")
    answer = withdraw(client, campaign, slug=slug)
    assert answer.status_code == 422
    assert words in said(answer)
    assert slug in answer.text
    db.session.expire_all()
    assert campaign.title == f"Free {LATIN}!"


@pytest.mark.database("sqlite")
def test_a_campaign_whose_address_tells_nothing_keeps_it(
    client: AuditingClient, app: Flask
) -> None:
    campaign = make_campaign("readers", title=f"Free {LATIN}")
    make_detainee(campaign, LATIN)
    sign_in(client, make_organiser(roles={campaign: Role.OWNER}))
    assert withdraw(client, campaign, slug="readers", others="").status_code == 303
    db.session.expire_all()
    assert (campaign.slug, campaign.title) == ("readers", "Free Name withheld")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Free Shirin Canaria’s friends", "Free X’s friends"),
        ("SHIRIN  CANARIA!", "X!"),
        ("Shirin-Canaria", "X"),
        ("شِیرین کناریا", "X"),
        ("شيرين كناريا.", "X."),
        ("Canarian Shirins", "Canarian Shirins"),
        ("Canaria alone", "X alone"),
        ("#FreeShirinCanaria now", "#X now"),
        ("[here](https://example.org/shirincanaria?x=1).", "[here](X)."),
        ("https://example.org/other", "https://example.org/other"),
        ("", ""),
    ],
)
def test_names_are_found_however_they_are_written(before: str, after: str) -> None:
    assert NameReplacer([LATIN, PERSIAN, "Canaria"], "X").replace(before) == after


def test_first_names_that_were_left_are_counted_instead_of_denied(
    campaign: Campaign, client: AuditingClient
) -> None:
    people = f"/console/campaigns/{campaign.slug}/edit/detainees"
    path = path_of(campaign)
    assert withdraw(client, campaign, others="", slug="free-the-readers").status_code == 303
    people, path = (it.replace("free-shirin-canaria", "free-the-readers") for it in (people, path))
    told = said(client.get(people))
    assert "Withdrawn: the whole name stands nowhere any more but with you." in told
    number = re.search(r"One of the names alone still stands in (\d+) places", told)
    assert number is not None
    looked = said(client.get(path))
    assert f"One of the names alone stands in {number[1]} more places." in looked
    sent = filled(client.get(path), others=SPELLINGS)
    sent.pop("look", None)
    client.post(path, data=sent)
    assert "the name stands nowhere any more but with you" in said(client.get(people))
