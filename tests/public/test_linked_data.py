"""What search engines and messengers are told of a page: no more than the page says."""

import json
import re
import struct
from collections.abc import Iterator
from datetime import UTC, date, datetime
from html import unescape
from typing import Any

import pytest
import time_machine
from flask import Flask

from campaigns.cases.vocabulary import Colour, EventKind, NamePolicy, SourceKind
from campaigns.db import db
from tests.factories import make_article, make_campaign, make_detainee, make_event, make_update
from tests.fixtures.auditing import AuditingClient
from tests.public.stories import STORIES, held, words

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LINKED = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)
META = re.compile(r'<meta (?:property|name)="((?:og|twitter):[^"]+)" content="([^"]*)">')


@pytest.fixture(autouse=True)
def now(app: Flask) -> Iterator[None]:
    """The first of March 2026."""
    with time_machine.travel(NOW, tick=True):
        yield


def linked(html: str) -> dict[str, Any]:
    (text,) = LINKED.findall(html)
    assert not set("<>&") & set(text)
    found: dict[str, Any] = json.loads(text)
    assert found["@context"] == "https://schema.org"
    return found


def opengraph(html: str) -> dict[str, str]:
    return {name: unescape(content) for name, content in META.findall(html)}


def texts(value: Any) -> Iterator[str]:
    """Every text a thing of schema.org tells, without what only names its kind."""
    if isinstance(value, dict):
        for name, item in value.items():
            if not name.startswith("@") and name not in ("eventStatus", "inLanguage"):
                yield from texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)
    else:
        yield str(value)


def test_a_page_tells_who_it_is_about_what_was_reported_and_the_next_hearing(
    app: Flask, client: AuditingClient
) -> None:
    campaign = held()
    make_article(campaign, title="Day known", published="2025-01-14")
    make_article(campaign, title="About then", published="2025-01~", url=None)
    make_article(campaign, title="Her own letter", published="2025-01", kind=SourceKind.FAMILY)
    found = linked(client.get("/campaigns/held").text)
    assert found["@type"] == "WebPage"
    assert found["about"] == [
        {"@type": "Person", "name": "زرینہ مثال", "alternateName": "Zarina Example"}
    ]
    (hearing,) = found["mentions"]
    assert hearing["@type"] == "Event"
    assert hearing["startDate"].endswith("+05:00")
    assert hearing["eventStatus"] == "https://schema.org/EventRescheduled"
    assert hearing["location"] == {"@type": "Place", "name": "Sessions Court"}
    assert [(it["@type"], it["headline"], it.get("datePublished")) for it in found["citation"]] == [
        ("NewsArticle", "Day known", "2025-01-14"),
        # There is no way to say “about”, nor a month without a day.
        ("NewsArticle", "About then", None),
        ("Article", "Her own letter", None),
    ]


@pytest.mark.parametrize("story", STORIES)
@pytest.mark.database("sqlite")
def test_nothing_is_told_that_the_page_does_not_say(
    app: Flask, client: AuditingClient, story: str
) -> None:
    campaign = STORIES[story]()
    html = client.get(f"/campaigns/{campaign.slug}").text
    on_the_page = words(html)
    told = linked(html)
    machine = {told["url"], told["datePublished"], told["dateModified"]}
    for text in texts({name: item for name, item in told.items() if name != "mentions"}):
        assert text in machine or text in on_the_page or f'"{text}"' in html, text
    for hearing in told.get("mentions", ()):
        assert hearing["name"] in on_the_page
        assert hearing["location"]["name"] in on_the_page
        assert f'datetime="{hearing["startDate"]}"' in html
    graph = opengraph(html)
    assert graph["og:title"] in on_the_page
    assert graph.get("og:description", "") in on_the_page


@pytest.mark.database("sqlite")
def test_a_hidden_name_and_an_earlier_day_are_told_to_nobody(
    app: Flask, client: AuditingClient
) -> None:
    campaign = held()
    campaign.detainees[0].name_policy = NamePolicy.INITIALS
    html = client.get("/campaigns/held").text
    assert linked(html)["about"] == [{"@type": "Person", "name": "Z. E."}]
    for query in ("?as_of=2025-06-01", "?known_on=2025-06-01"):
        assert not LINKED.findall(client.get(f"/campaigns/held{query}").text)


@pytest.mark.database("sqlite")
def test_an_update_is_an_article_until_it_is_retracted(app: Flask, client: AuditingClient) -> None:
    campaign = make_campaign("told")
    event = make_event(campaign, EventKind.RELEASED, detainees=[make_detainee(campaign)])
    update = make_update(campaign, event_id=event.id, title="She is <free> & well")
    path = f"/campaigns/told/updates/{update.id}"
    html = client.get(path).text
    found = linked(html)
    assert (found["@type"], found["headline"]) == ("NewsArticle", "She is <free> & well")
    assert opengraph(html)["og:title"] == "She is <free> & well"
    event.retracted_on, event.retracted_reason = date(2026, 3, 1), "It was another."
    campaign.version += 1
    db.session.commit()
    client.application.extensions["fresh"].clear()
    html = client.get(path).text
    assert not LINKED.findall(html)
    assert not opengraph(html)


@pytest.mark.parametrize("colour", Colour)
@pytest.mark.database("sqlite")
def test_a_shared_link_comes_with_a_picture_of_its_colour(
    app: Flask, client: AuditingClient, colour: Colour
) -> None:
    campaign = make_campaign("shared", colour=colour)
    event = make_event(campaign, EventKind.PROTEST, "2025-10/2025-11", summary="They came.")
    graph = opengraph(client.get("/campaigns/shared").text)
    assert graph["twitter:card"] == "summary_large_image"
    assert graph["og:image"].endswith(f"/static/images/share-{colour.value}.png")
    picture = client.get(graph["og:image"])
    assert picture.mimetype == "image/png"
    assert struct.unpack(">II", picture.data[16:24]) == (1200, 630)
    assert len(picture.data) < 100_000
    own = opengraph(client.get(f"/campaigns/shared/events/{event.id}").text)
    assert own["og:title"] == "They came."
    assert own["og:description"] == "Protest, between October and November 2025"


def test_news_of_an_entry_leads_to_it_and_says_a_single_sentence_once(
    client: AuditingClient,
) -> None:
    campaign = make_campaign("told")
    event = make_event(campaign, EventKind.STATEMENT, summary="They are well.")
    update = make_update(campaign, title="They are well.", text="They are well.", event_id=event.id)
    page = client.get(f"/campaigns/told/updates/{update.id}").text
    assert f'href="/campaigns/told/events/{event.id}"' in page
    assert "<p>They are well.</p>" not in page
