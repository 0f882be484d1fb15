"""Feeds, the calendar of hearings, and what machines ask every site for."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
import time_machine
from flask import Flask
from icalendar import Calendar

from campaigns.cases.models import Campaign, Correction
from campaigns.cases.vocabulary import CampaignState, EventKind, HearingStatus
from campaigns.db import db, utcnow
from campaigns.public.feeds import ENTRIES
from tests.factories import make_campaign, make_event
from tests.fixtures.auditing import AuditingClient

ATOM = "{http://www.w3.org/2005/Atom}"


def feed(client: AuditingClient, path: str) -> ElementTree.Element:
    """Fetch a feed, which must be well-formed and have what RFC 4287 asks of one."""
    response = client.get(path)
    assert response.status_code == 200
    assert response.mimetype == "application/atom+xml"
    root = ElementTree.fromstring(response.data)
    assert root.tag == f"{ATOM}feed"
    for element in (root, *root.iter(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            assert (element.findtext(f"{ATOM}{name}") or "").strip(), name
        assert urlsplit(element.findtext(f"{ATOM}id") or "").scheme in ("http", "tag")
        assert datetime.fromisoformat(element.findtext(f"{ATOM}updated") or "").tzinfo
        assert element.find(f"{ATOM}author/{ATOM}name") is not None
    return root


def titles(root: ElementTree.Element) -> list[str]:
    return [entry.findtext(f"{ATOM}title") or "" for entry in root.iter(f"{ATOM}entry")]


def ids(root: ElementTree.Element) -> list[str]:
    return [element.findtext(f"{ATOM}id") or "" for element in root.iter() if element.tag in
            (f"{ATOM}entry", f"{ATOM}feed")]  # fmt: skip


@pytest.fixture
def campaign(app: Flask) -> Campaign:
    """Three entries, the oldest of them published last."""
    campaign = make_campaign("fed", title="Free <Zarina> & all", run_by_name="A & B")
    now = utcnow()
    for day, ago, summary in (
        ("2024-05-01", 3, "The court & the judge <sat>."),
        ("2024-06-01", 2, "Two hundred came."),
        ("2024-03-01", 1, "An earlier entry was added."),
    ):
        make_event(
            campaign,
            EventKind.PROTEST,
            day,
            summary=summary,
            text="**They** stayed.",
            published_at=now - timedelta(hours=ago),
        )
    return campaign


def test_the_newest_published_comes_first(campaign: Campaign, client: AuditingClient) -> None:
    root = feed(client, "/campaigns/fed/feed.atom")
    assert root.findtext(f"{ATOM}title") == "Free <Zarina> & all"
    assert titles(root) == [
        "An earlier entry was added.",
        "Two hundred came.",
        "The court & the judge <sat>.",
    ]
    site = feed(client, "/feed.atom")
    assert titles(site)[0] == "Free <Zarina> & all: An earlier entry was added."
    content = root.find(f"{ATOM}entry/{ATOM}content")
    assert content is not None
    assert content.get("type") == "html"
    assert "<p><strong>They</strong> stayed.</p>" in (content.text or "")
    for entry in root.iter(f"{ATOM}entry"):
        link = entry.find(f"{ATOM}link")
        assert link is not None
        assert client.get(link.get("href") or "").status_code == 200


@pytest.mark.settings(LOCALES="en,ur")
def test_what_an_entry_is_known_by_never_changes(
    campaign: Campaign, client: AuditingClient
) -> None:
    before = ids(feed(client, "/campaigns/fed/feed.atom"))
    assert len(set(before)) == len(before) == 4
    event = campaign.events[1]
    event.summary, campaign.title = "Two thousand came.", "Another title"
    event.corrections.append(Correction(position=1, on=date(2024, 6, 2), note="A nought", was={}))
    campaign.events[0].retracted_on = date(2024, 6, 3)
    campaign.events[0].retracted_reason = "It was another court."
    campaign.version += 1
    db.session.commit()
    assert ids(feed(client, "/campaigns/fed/feed.atom")) == before
    assert ids(feed(client, "/campaigns/fed/feed.atom?locale=ur")) == before
    other = client.get("/campaigns/fed/feed.atom", headers={"Host": "localhost"})
    assert ids(ElementTree.fromstring(other.data)) == before
    assert set(before[1:]) <= set(ids(feed(client, "/feed.atom")))
    campaign.slug = "fed-elsewhere"
    db.session.commit()
    assert ids(feed(client, "/campaigns/fed-elsewhere/feed.atom"))[1:] == before[1:]


def test_a_retracted_entry_says_so_in_its_place(campaign: Campaign, client: AuditingClient) -> None:
    was = feed(client, "/campaigns/fed/feed.atom")
    event = campaign.events[1]
    event.retracted_on, event.retracted_reason = date(2024, 6, 3), "It was another square."
    campaign.version += 1
    root = feed(client, "/campaigns/fed/feed.atom")
    assert titles(root)[1] == "Retracted: Two hundred came."
    entries = [list(feed_of.iter(f"{ATOM}entry"))[1] for feed_of in (was, root)]
    updated = [entry.findtext(f"{ATOM}updated") or "" for entry in entries]
    assert datetime.fromisoformat(updated[0]) < datetime.fromisoformat(updated[1])
    assert entries[1].findtext(f"{ATOM}summary") == "It was another square."
    assert entries[1].find(f"{ATOM}content") is None


@pytest.mark.database("sqlite")
def test_a_feed_without_entries_is_still_a_feed(app: Flask, client: AuditingClient) -> None:
    make_campaign("silent")
    assert titles(feed(client, "/campaigns/silent/feed.atom")) == []
    assert titles(feed(client, "/feed.atom")) == []


def links(root: ElementTree.Element) -> dict[str, str]:
    return {it.get("rel") or "": it.get("href") or "" for it in root.findall(f"{ATOM}link")}


@pytest.mark.parametrize("path", ["/campaigns/fed/feed.atom", "/feed.atom"])
@pytest.mark.database("sqlite")
def test_a_long_feed_comes_in_pages(campaign: Campaign, client: AuditingClient, path: str) -> None:
    published_at = utcnow()
    for number in range(2 * ENTRIES):
        # All at one moment, as an import makes them.
        make_event(campaign, EventKind.LETTER, summary=f"L{number}", published_at=published_at)
    first = feed(client, path)
    own = {rel: urlsplit(href).path + "?" + urlsplit(href).query for rel, href in
           links(first).items()}  # fmt: skip
    assert own == {
        "alternate": own["alternate"],
        "self": f"{path}?",
        "first": f"{path}?",
        "last": f"{path}?page=3",
        "next": f"{path}?page=2",
    }
    seen, page = ids(first)[1:], first
    while (address := links(page).get("next")) is not None:
        page = feed(client, address)
        assert links(page)["self"] == address
        assert links(page)["previous"]
        assert page.findtext(f"{ATOM}id") == first.findtext(f"{ATOM}id")
        seen += ids(page)[1:]
    assert len(seen) == len(set(seen)) == 2 * ENTRIES + 3
    assert titles(page)[-1].endswith("The court & the judge <sat>.")
    assert links(page)["last"] == links(page)["self"]


@pytest.mark.parametrize("page", ["0", "-1", "x", "1.5", "", "１", "1" * 30, "%00", "1;drop"])
@pytest.mark.database("sqlite")
def test_nonsense_of_feed_readers_is_answered_clearly(
    campaign: Campaign, client: AuditingClient, page: str
) -> None:
    for path in ("/campaigns/fed/feed.atom", "/feed.atom"):
        response = client.get(f"{path}?page={page}")
        assert response.status_code == 400
        assert "After page= there must be a number" in response.text
        assert client.get(f"{path}?page=2").status_code == 404
        # What is asked of the server beside the address, and makes no sense, changes nothing.
        for headers in (
            {"If-Modified-Since": "yesterday"},
            {"If-Modified-Since": "9" * 500},
            {"If-None-Match": "\x7f,,"},
            {"Accept": "nonsense"},
            {"Range": "bytes=0-0,-1"},
            {"A-IM": "feed"},
        ):
            assert client.get(path, headers=headers).status_code == 200


@pytest.mark.database("sqlite")
def test_a_feed_reads_the_same_until_something_happens(
    campaign: Campaign, app: Flask, client: AuditingClient
) -> None:
    make_campaign("silent")
    paths = ("/campaigns/fed/feed.atom", "/campaigns/silent/feed.atom", "/feed.atom")
    before = [client.get(path).headers["ETag"] for path in paths]
    with time_machine.travel(utcnow() + timedelta(minutes=5), tick=True):
        app.extensions["finished"].clear()
        assert [client.get(path).headers["ETag"] for path in paths] == before


@pytest.mark.database("sqlite")
def test_pages_say_where_the_feeds_are(campaign: Campaign, client: AuditingClient) -> None:
    page = client.get("/campaigns/fed").text
    for kind, path in (
        ("application/atom+xml", "/campaigns/fed/feed.atom"),
        ("text/calendar", "/campaigns/fed/hearings.ics"),
        ("application/json", "/campaigns/fed.json"),
        ("text/csv", "/campaigns/fed/timeline.csv"),
    ):
        assert re.search(rf'<link rel="alternate" type="{re.escape(kind)}"[^>]*href="{path}"', page)
    assert '<link rel="service-desc" type="application/json" href="/openapi.json">' in page
    event = campaign.events[0].id
    for address in ("/", "/campaigns/fed/timeline", f"/campaigns/fed/events/{event}"):
        assert 'type="application/atom+xml"' in client.get(address).text


def calendar(client: AuditingClient, slug: str) -> list[Any]:
    """Fetch a calendar, which must be one, and return its events."""
    response = client.get(f"/campaigns/{slug}/hearings.ics")
    assert response.status_code == 200
    assert response.mimetype == "text/calendar"
    assert all(len(line) <= 75 for line in response.data.split(b"\r\n"))
    parsed = Calendar.from_ical(response.data)
    assert parsed["version"] == "2.0"
    assert parsed["prodid"]
    return [part for part in parsed.walk() if part.name == "VEVENT"]


def hearing(campaign: Campaign, starts_at: datetime) -> None:
    """Enter a hearing."""
    make_event(
        campaign,
        EventKind.HEARING,
        starts_at.date().isoformat(),
        summary="The court hears, again; the charge: “sedition”.",
        hearing_starts_at=starts_at,
        hearing_court="Sessions Court, Room 5",
        hearing_status=HearingStatus.SCHEDULED,
    )


def test_hearings_are_told_in_the_zone_of_the_court(app: Flask, client: AuditingClient) -> None:
    campaign = make_campaign("heard")
    starts_at = datetime(2027, 1, 15, 4, 30, tzinfo=UTC)
    hearing(campaign, starts_at)
    (event,) = calendar(client, "heard")
    start = event.decoded("dtstart")
    assert start == starts_at
    assert (start.hour, event["dtstart"].params["TZID"]) == (9, "Asia/Karachi")
    assert "BEGIN:VTIMEZONE" in client.get("/campaigns/heard/hearings.ics").text
    assert event.decoded("dtend") > start
    assert str(event["summary"]) == "The court hears, again; the charge: “sedition”."
    assert str(event["location"]) == "Sessions Court, Room 5"
    assert event["status"] == "CONFIRMED"
    assert client.get(str(event["url"])).status_code == 200


def test_a_moved_or_cancelled_hearing_is_the_same_event(app: Flask, client: AuditingClient) -> None:
    campaign = make_campaign("heard")
    hearing(campaign, utcnow() + timedelta(days=3))
    (before,) = calendar(client, "heard")
    event = campaign.events[0]
    event.hearing_starts_at = utcnow() + timedelta(days=9)
    event.hearing_status = HearingStatus.CANCELLED
    event.corrections.append(Correction(position=1, on=utcnow().date(), note="Moved", was={}))
    campaign.version += 1
    (after,) = calendar(client, "heard")
    assert after["uid"] == before["uid"]
    assert (before["sequence"], after["sequence"]) == (0, 1)
    assert after["status"] == "CANCELLED"
    assert after.decoded("dtstart") > before.decoded("dtstart")


@pytest.mark.database("sqlite")
def test_without_hearings_the_calendar_is_empty(campaign: Campaign, client: AuditingClient) -> None:
    assert calendar(client, "fed") == []


@pytest.mark.database("sqlite")
def test_robots_are_asked_to_leave_personal_pages_alone(client: AuditingClient) -> None:
    response = client.get("/robots.txt")
    assert response.mimetype == "text/plain"
    lines = response.text.splitlines()
    assert lines[0] == "User-agent: *"
    for path in ("/confirm/", "/unsubscribe/", "/console"):
        assert f"Disallow: {path}" in lines
    assert "Disallow: /" not in lines
    sitemap = next(line for line in lines if line.startswith("Sitemap: "))
    assert client.get(sitemap.removeprefix("Sitemap: ")).status_code == 200


def test_the_sitemap_lists_what_can_be_read(campaign: Campaign, client: AuditingClient) -> None:
    make_campaign("draft", state=CampaignState.DRAFT)
    make_campaign("removed", state=CampaignState.REMOVED)
    response = client.get("/sitemap.xml")
    assert response.mimetype == "application/xml"
    root = ElementTree.fromstring(response.data)
    found = [urlsplit(it.text or "").path for it in root.iter() if it.tag.endswith("}loc")]
    assert found == ["/", "/campaigns/fed"]


@pytest.mark.database("sqlite")
def test_whom_to_tell_of_a_weakness_can_be_found(client: AuditingClient) -> None:
    response = client.get("/.well-known/security.txt")
    assert response.mimetype == "text/plain"
    fields = dict(line.split(": ", 1) for line in response.text.splitlines())
    assert client.get(fields["Contact"]).status_code == 200
    expires = datetime.fromisoformat(fields["Expires"])
    assert utcnow() < expires < utcnow() + timedelta(days=366)
