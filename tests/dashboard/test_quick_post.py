"""Posting what happened: one row, at once on the page, and told only if asked."""

import re
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from campaigns.accounts.roles import Role
from campaigns.cases.models import Campaign, Event
from campaigns.cases.vocabulary import CampaignState, EventKind, NamePolicy
from campaigns.db import db, utcnow
from campaigns.updates.models import Update
from campaigns.updates.operations import UNTOLD_FOR
from tests.accounts.factories import token_of
from tests.dashboard.desk import sign_in
from tests.factories import (
    make_article,
    make_campaign,
    make_detainee,
    make_event,
    make_organiser,
    make_subscription,
)
from tests.fixtures.auditing import AuditingClient
from tests.fixtures.mail import Mailbox

PATH = "/console/campaigns/watched/post"
LINE = "Zarina came home this evening, on bail."


@pytest.fixture
def campaign(app: Flask, client: AuditingClient) -> Campaign:
    """A campaign for two, and one of its editors signed in."""
    campaign = make_campaign("watched")
    zarina = make_detainee(campaign)
    make_detainee(campaign, "Karim Example")
    make_event(campaign, EventKind.ARRESTED, "2024-03-01")
    make_article(campaign)
    sign_in(client, make_organiser(roles={campaign: Role.EDITOR}))
    assert zarina.position == 1
    return campaign


def fill_in(client: AuditingClient, **changed: Any) -> dict[str, Any]:
    """Open the form and return what a browser would send of it."""
    page = client.get(PATH)
    return {
        "csrf_token": token_of(page),
        "token": re.findall(r'name="token" type="hidden" value="([0-9a-f]{32})"', page.text)[0],
        "kind": "released_on_bail",
        "date": "2024-03-09",
        "summary": LINE,
        "source": "",
    } | changed


def entries() -> list[Event]:
    """All entries but the first, as they were entered."""
    found = db.session.scalars(select(Event).order_by(Event.position)).all()
    return list(found)[1:]


def test_an_entry_stands_on_the_page_at_once_and_moves_the_status(
    campaign: Campaign, client: AuditingClient
) -> None:
    zarina, article = campaign.detainees[0].id, campaign.articles[0].id
    assert LINE not in client.get("/campaigns/watched").text
    form = fill_in(client, detainees=[zarina], source=str(article))
    answer = client.post(PATH, data=form)
    assert (answer.status_code, answer.location) == (303, "/console")
    assert "Posted. The page shows it now. It is dated 9 March 2024." in client.get("/console").text
    page = client.get("/campaigns/watched").text
    assert LINE in page
    status = client.get("/campaigns/watched.json").get_json()
    assert [it["status"]["custody"] for it in status["detainees"]] == [
        "released_on_bail",
        "police_custody",
    ]
    (event,) = entries()
    assert [person.id for person in event.detainees] == [zarina]
    assert [source.article_id for source in event.sources] == [article]
    assert event.learned_at is not None
    assert not db.session.scalar(select(func.count()).select_from(Update))


def test_nobody_ticked_means_everybody(campaign: Campaign, client: AuditingClient) -> None:
    client.post(PATH, data=fill_in(client, kind="released"))
    (event,) = entries()
    assert event.everyone
    assert client.get("/campaigns/watched.json").get_json()["totals"]["free"] == 2


def test_the_same_form_sent_twice_makes_one_row(campaign: Campaign, client: AuditingClient) -> None:
    form = fill_in(client)
    for _ in range(3):
        assert client.post(PATH, data=form).status_code == 303
    assert len(entries()) == 1
    # Told after all: with the same form, for the answer may have been lost.
    assert client.post(PATH, data=form | {"tell": "y"}).status_code == 303
    assert client.post(PATH, data=form | {"tell": "y"}).status_code == 303
    assert len(entries()) == 1
    assert db.session.scalar(select(func.count()).select_from(Update)) == 1


def test_subscribers_are_told_when_it_is_ticked(
    campaign: Campaign, client: AuditingClient, deliver: Callable[[], int], mailbox: Mailbox
) -> None:
    make_subscription(campaign, "amal@example.org")
    client.post(PATH, data=fill_in(client, tell="y", text="She is **tired** and well."))
    # Nobody is told while it can be taken back.
    assert deliver() == 0
    with time_machine.travel(utcnow() + UNTOLD_FOR):
        assert deliver() == 1
        assert LINE in client.get("/campaigns/watched/updates").text
    mail = mailbox.last("amal@example.org")
    assert LINE in mail.subject
    assert "She is tired and well." in re.sub(r"[*<>/a-z]*strong[*<>]*|\*", "", mail.text)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"kind": ""}, "Choose what happened."),
        ({"kind": "nonsense"}, "Not a valid choice"),
        ({"kind": "hearing"}, "Not a valid choice"),
        ({"date": "the other day"}, "Write the date like"),
        ({"date": "3/4/2024"}, "This can be two different days"),
        ({"date": "2024-02-30"}, "There is no such day in the calendar."),
        ({"date": "2999-01-01"}, "This day is still to come"),
        ({"summary": ""}, "Say in one line what happened."),
        ({"summary": "   "}, "Say in one line what happened."),
        ({"summary": "x" * 201}, "Shorten the line to 200 characters or fewer."),
        ({"summary": "two\nlines"}, "Remove the invisible control characters"),
        ({"summary": "\u202egnirts"}, "Remove the invisible control characters"),
        ({"text": "x" * 50_001}, "This text is too long for a mail."),
        ({"text": "a\x00b"}, "Remove the invisible control characters"),
        ({"source": "999999"}, "Not a valid choice"),
        ({"detainees": ["999999"]}, "choice"),
        ({"detainees": ["x"]}, "choice"),
    ],
)
@pytest.mark.database("sqlite")
def test_a_fault_is_named_and_what_was_typed_is_kept(
    campaign: Campaign, client: AuditingClient, changed: dict[str, Any], message: str
) -> None:
    answer = client.post(PATH, data=fill_in(client, **{"text": "Kept <b>text</b>", **changed}))
    assert answer.status_code == 422
    assert answer.text.split("<title>")[1].startswith("Error: Post what happened")
    assert message in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    if "summary" not in changed:
        assert f'value="{LINE}"' in answer.text
    if "text" not in changed:
        assert "Kept &lt;b&gt;text&lt;/b&gt;" in answer.text
    assert entries() == []


def test_an_address_as_source_makes_one_article_called_by_its_host(
    campaign: Campaign, client: AuditingClient
) -> None:
    link = "https://www.example-news.org/2024/03/zarina"
    form = fill_in(client, link=link)
    for _ in range(2):
        assert client.post(PATH, data=form).status_code == 303
    (event,) = entries()
    article = event.sources[0].article
    assert (article.url, article.title, article.outlet) == (link, *["example-news.org"] * 2)
    assert len(campaign.articles) == 2
    # The next entries rest on the same article, however its address is written.
    for number, same in enumerate((link, f"{link.replace('https', 'http')}?utm_source=x#top")):
        client.post(PATH, data=fill_in(client, link=same, summary=f"She spoke {number} times."))
    assert len(entries()) == 3
    assert {source.article_id for event in entries() for source in event.sources} == {article.id}
    assert link in client.get("/campaigns/watched").text


@pytest.mark.parametrize(
    ("link", "message"),
    [
        ("a friend", "Paste the whole address"),
        ("news.example.org/x", "Paste the whole address"),
        ("ftp://news.example.org/x", "Paste the whole address"),
        ("https://user:secret@news.example.org/", "Paste the whole address"),
        ("https://[::1/", "Paste the whole address"),
        ("https://news.example.org/a b", "Paste the whole address"),
        ("https://news.example.org/" + "x" * 2000, "This address is too long."),
        ("https://news.example.org/shirin-canaria-free", "Somebody is named"),
        ("https://news.example.org/shirincanaria", "Somebody is named in this address"),
    ],
)
@pytest.mark.database("sqlite")
def test_an_address_that_is_none_or_names_somebody_is_refused(
    campaign: Campaign, client: AuditingClient, link: str, message: str
) -> None:
    make_detainee(campaign, "Shirin Canaria", name_policy=NamePolicy.WITHHELD)
    answer = client.post(PATH, data=fill_in(client, link=link))
    assert answer.status_code == 422
    assert message in answer.text
    assert entries() == []
    assert len(campaign.articles) == 1


@pytest.mark.database("sqlite")
def test_two_sources_are_one_too_many(campaign: Campaign, client: AuditingClient) -> None:
    article = str(campaign.articles[0].id)
    form = fill_in(client, link="https://news.example.org/x", source=article)
    answer = client.post(PATH, data=form)
    assert answer.status_code == 422
    assert "Choose one source for now" in answer.text
    assert re.search(r"<details class=\"quick-post__more\" open", answer.text)


@pytest.mark.database("sqlite")
def test_four_questions_are_asked_and_the_rest_is_folded_away(
    campaign: Campaign, client: AuditingClient
) -> None:
    asked, folded = client.get(PATH).text.split("<details")
    assert re.findall(r'<(?:input|select|textarea)[^>]* name="(\w+)"', asked)[-5:] == [
        "token",
        "kind",
        "date",
        "summary",
        "link",
    ]
    assert 'name="tell"' in folded


@pytest.mark.database("sqlite")
def test_what_happens_most_often_here_is_offered_first(
    campaign: Campaign, client: AuditingClient
) -> None:
    for _ in range(2):
        make_event(campaign, EventKind.HUNGER_STRIKE_BEGAN, "2024-03-02")
    page = client.get(PATH).text
    kinds = re.findall(r'<option (?:selected )?value="(\w*)"', page.split('name="date"')[0])
    assert kinds[:4] == ["", "hunger_strike_began", "arrested", "bail_granted"]
    assert len(kinds) == len(set(kinds)) == len(EventKind)


@pytest.mark.parametrize("token", [None, "", "x", "A" * 32, "0" * 33])
@pytest.mark.database("sqlite")
def test_without_its_token_a_form_is_not_taken(
    campaign: Campaign, client: AuditingClient, token: str | None
) -> None:
    form = fill_in(client)
    form = {name: value for name, value in form.items() if name != "token"}
    assert client.post(PATH, data=form | ({"token": token} if token else {})).status_code == 422
    assert entries() == []


@pytest.mark.database("sqlite")
def test_without_the_session_s_token_nothing_is_taken(
    campaign: Campaign, client: AuditingClient
) -> None:
    form = fill_in(client)
    assert client.post(PATH, data=form | {"csrf_token": "x"}).status_code == 400
    assert entries() == []


@pytest.mark.database("sqlite")
def test_people_and_articles_of_another_campaign_are_no_choice(
    campaign: Campaign, client: AuditingClient
) -> None:
    other = make_campaign("other")
    stranger, article = make_detainee(other, "A Stranger"), make_article(other)
    for changed in ({"detainees": [stranger.id]}, {"source": str(article.id)}):
        assert client.post(PATH, data=fill_in(client, **changed)).status_code == 422
    assert "A Stranger" not in client.get(PATH).text
    assert entries() == []


@pytest.mark.parametrize("policy", [NamePolicy.WITHHELD, NamePolicy.INITIALS])
@pytest.mark.parametrize("field", ["summary", "text"])
@pytest.mark.parametrize("name", ["Shirin Canaria", "SHIRÍN  canaria", "شیرین کناریا"])
@pytest.mark.database("sqlite")
def test_a_name_that_is_not_public_does_not_slip_out(
    campaign: Campaign, client: AuditingClient, policy: NamePolicy, field: str, name: str
) -> None:
    make_detainee(campaign, "شیرین کناریا", name_romanised="Shirin Canaria", name_policy=policy)
    typed = f"{name} came home."
    answer = client.post(PATH, data=fill_in(client, **{field: typed}))
    assert answer.status_code == 422
    assert "Somebody is named here whose name is not public: take it out." in answer.text
    assert entries() == []


@pytest.mark.database("sqlite")
def test_nobody_is_told_what_they_could_not_read(
    campaign: Campaign, client: AuditingClient
) -> None:
    campaign.state = CampaignState.DRAFT
    db.session.commit()
    answer = client.post(PATH, data=fill_in(client, tell="y"))
    assert answer.status_code == 422
    assert "Publish the campaign first" in answer.text
    assert f'value="{LINE}"' in answer.text
    assert entries() == []
    assert client.post(PATH, data=fill_in(client)).status_code == 303
    assert len(entries()) == 1
    assert client.get("/campaigns/watched").status_code == 404


def _form(client: AuditingClient, path: str) -> TestResponse:
    return client.post(path, data={"csrf_token": token_of(client.get("/console"))})


@pytest.mark.parametrize("page", ["post", "updates/new"])
@pytest.mark.database("sqlite")
def test_only_editors_of_a_campaign_may_write_in_it(
    campaign: Campaign, client: AuditingClient, page: str
) -> None:
    make_campaign("other")
    for slug in ("other", "nobody"):
        path = f"/console/campaigns/{slug}/{page}"
        assert client.get(path).status_code == 404
        assert _form(client, path).status_code == 404
    missing, others = (
        client.get(f"/console/campaigns/{slug}/{page}").text for slug in ("nobody", "other")
    )
    assert re.sub("nobody|other", "", missing) == re.sub("nobody|other", "", others)


@pytest.mark.parametrize("page", ["post", "updates/new"])
@pytest.mark.database("sqlite")
def test_a_viewer_may_look_and_not_write(app: Flask, client: AuditingClient, page: str) -> None:
    campaign = make_campaign("watched")
    sign_in(client, make_organiser(roles={campaign: Role.VIEWER}))
    assert client.get("/console").status_code == 200
    path = f"/console/campaigns/watched/{page}"
    assert client.get(path).status_code == 403
    assert _form(client, path).status_code == 403


@pytest.mark.database("sqlite")
def test_the_form_begins_with_today_where_it_happens(
    campaign: Campaign, client: AuditingClient
) -> None:
    page = client.get(PATH).text
    assert f'name="date" type="text" value="{campaign.today.isoformat()}"' in page
    assert len(set(re.findall(r'name="token"[^>]*value="(\w+)"', page))) == 1
    assert fill_in(client)["token"] != fill_in(client)["token"]
