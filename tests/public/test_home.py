"""The list of campaigns: what stands above it, what narrows it, and in which order it comes."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask

from campaigns.cases.models import Campaign
from campaigns.cases.vocabulary import CampaignState, EventKind, HearingStatus
from campaigns.db import utcnow
from campaigns.public.listing import PAGE_LENGTH
from campaigns.web.finished import expire_finished
from tests.factories import make_campaign, make_detainee, make_event, make_petition
from tests.fixtures.auditing import AuditingClient

AN_AGE = utcnow() - timedelta(days=90)


def campaign_of(
    slug: str,
    *kinds: EventKind,
    days: tuple[str, ...] = ("2024-03-01", "2024-04-01"),
    **fields: Any,
) -> Campaign:
    """A campaign for one person to whom these things happened, one after the other."""
    campaign = make_campaign(slug, title=fields.pop("title", f"Free {slug}"), **fields)
    person = make_detainee(campaign, f"{slug.title()} Person")
    for kind, day in zip(kinds, days, strict=False):
        make_event(campaign, kind, day, detainees=[person], published_at=AN_AGE, updated_at=AN_AGE)
    return campaign


HELD, FREED = (EventKind.ARRESTED,), (EventKind.ARRESTED, EventKind.RELEASED)


def slugs(page: str) -> list[str]:
    """The campaigns of the list, in its order."""
    return re.findall(r'<h3 class="cause__title"><a href="/campaigns/([a-z0-9-]+)', page)


def headline(page: str) -> str:
    found = re.search(r"<h1.*?</h1>", page, re.DOTALL)
    assert found
    return " ".join(re.sub(r"<[^>]+>", "", found.group()).split())


def others(page: str) -> str:
    """The sentence on everybody whom the headline does not count."""
    return " ".join(page.split('<p class="home__others">')[1].split("</p>", maxsplit=1)[0].split())


def test_it_counts_who_is_held_now_and_who_was_released(app: Flask, client: AuditingClient) -> None:
    assert headline(client.get("/").text) == "0 held · 0 released"
    campaign_of("amal", *HELD)
    campaign_of("badr", *HELD)
    campaign_of("celal", *FREED)
    campaign_of("dilan", EventKind.ARRESTED, EventKind.RELEASED_ON_BAIL)
    campaign_of("emre", EventKind.ARRESTED, EventKind.DIED_IN_CUSTODY)
    campaign_of("farah", EventKind.MISSING)
    # As last known: nobody can say that they are held now.
    campaign_of("gul", *HELD, state=CampaignState.CLOSED, closed_on=date(2024, 5, 1))
    campaign_of("hana", *FREED, state=CampaignState.CLOSED, closed_on=date(2024, 5, 1))
    expire_finished()
    page = client.get("/").text
    assert headline(page) == "2 held · 3 released"
    assert len(slugs(page)) == 8
    assert "as last known on" in page
    assert others(page) == (
        "1 more person was held when their campaign closed: nothing is known since. "
        "1 person died. Nothing certain is known of 1 person."
    )


def test_everybody_is_counted_once_above_the_list(app: Flask, client: AuditingClient) -> None:
    closed: dict[str, Any] = {"state": CampaignState.CLOSED, "closed_on": date(2024, 5, 1)}
    campaign = campaign_of("several", *HELD)
    for kind in (EventKind.ESCAPED, EventKind.EXILED, EventKind.DIED, EventKind.DIED_IN_CUSTODY):
        make_event(campaign, kind, "2024-04-02", detainees=[make_detainee(campaign)])
    for number in range(2):
        campaign_of(f"held-{number}", *HELD, **closed)
        campaign_of(f"unknown-{number}", **closed)
        campaign_of(f"out-{number}", EventKind.ARRESTED, EventKind.RELEASED_CONDITIONALLY)
    expire_finished()
    page = client.get("/").text
    assert headline(page) == "1 held · 2 released"
    assert others(page) == (
        "2 more people were held when their campaign closed: nothing is known since. "
        "2 people escaped or went into exile. 2 people died. "
        "Nothing certain is known of 2 people."
    )


@pytest.mark.database("sqlite")
def test_where_the_headline_counts_everybody_no_more_is_said(
    app: Flask, client: AuditingClient
) -> None:
    campaign_of("amal", *HELD)
    campaign_of("celal", *FREED)
    page = client.get("/").text
    assert headline(page) == "1 held · 1 released"
    assert "home__others" not in page


def test_without_any_campaign_it_says_so(client: AuditingClient) -> None:
    page = client.get("/").text
    assert slugs(page) == []
    assert "No campaign has been published yet." in page


@pytest.fixture
def three(app: Flask) -> None:
    """Three campaigns that differ in all that narrows the list."""
    campaign_of("amal", *HELD, days=("2024-01-01",), country="PK", tags=["press"])
    ur = {"ur": {"title": "باران کو رہا کرو"}}
    campaign_of("baran", *HELD, days=("2023-01-01",), country="TR", locale="tr", translations=ur)
    campaign_of("celal", *FREED, country="TR", locale="ar")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["amal", "baran", "celal"]),
        ("q=baran", ["baran"]),
        ("q=BARAN+person", ["baran"]),
        ("q=bar%C3%A1n", ["baran"]),
        ("q=press", ["amal"]),
        ("q=pakistan", ["amal"]),
        ("q=person", ["amal", "baran", "celal"]),
        ("q=person+nobody", []),
        ("status=held", ["amal", "baran"]),
        ("status=free", ["celal"]),
        ("status=dead", []),
        ("country=TR", ["baran", "celal"]),
        ("lang=en", ["amal"]),
        ("lang=ur", ["baran"]),
        ("country=TR&status=held", ["baran"]),
    ],
)
@pytest.mark.database("sqlite")
def test_the_list_is_narrowed_by_what_is_asked(
    three: None, client: AuditingClient, query: str, found: list[str]
) -> None:
    page = client.get(f"/?{query}").text
    assert sorted(slugs(page)) == found
    assert headline(page) == "2 held · 1 released"
    if not found:
        assert "No campaign is like that." in page
        assert '<a href="/">Show all campaigns</a>' in page


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("days", ["baran", "amal", "celal"]),
        ("title", ["amal", "baran", "celal"]),
        ("signatures", ["celal", "amal", "baran"]),
        ("updated", ["baran", "amal", "celal"]),
        ("nonsense", ["baran", "amal", "celal"]),
    ],
)
@pytest.mark.database("sqlite")
def test_the_list_comes_in_the_order_asked_for(
    app: Flask, client: AuditingClient, sort: str, order: list[str]
) -> None:
    campaign_of("amal", *HELD, days=("2024-01-01",))
    baran = campaign_of("baran", *HELD, days=("2023-01-01",))
    celal = campaign_of("celal", *FREED, state=CampaignState.CLOSED, closed_on=date(2024, 5, 1))
    make_event(baran, EventKind.PROTEST, "2024-02-01", published_at=utcnow())
    make_petition(celal, paper=12)
    assert slugs(client.get(f"/?sort={sort}").text) == order


@pytest.mark.parametrize(
    "query",
    [
        "status=nonsense",
        "status=detainees",
        "status=__class__",
        "country=ZZ",
        "country=%00",
        "lang=klingon",
        "sort=__init__",
        "page=0",
        "page=-1",
        "page=x",
        "page=99999999999999999999",
        "page=%D9%A3",
        "status=held&status=free&page=1&page=2",
        "q=%22%3E%3Cscript%3Ealert(1)%3C/script%3Eperson",
        "unknown=1",
    ],
)
@pytest.mark.database("sqlite")
def test_nonsense_is_as_if_it_was_not_asked(
    three: None, client: AuditingClient, query: str
) -> None:
    response = client.get(f"/?{query}")
    assert response.status_code == 200
    assert "<script>alert" not in response.text
    if not query.startswith(("q=", "status=held")):
        assert len(slugs(response.text)) == 3
        assert "filters__active" not in response.text


@pytest.mark.database("sqlite")
def test_each_thing_asked_for_can_be_taken_off_again(three: None, client: AuditingClient) -> None:
    page = client.get("/?q=person&status=held&country=TR&sort=days&page=1").text
    removable = re.search(r'<ul class="filters__active".*?</ul>', page, re.DOTALL)
    assert removable
    links = re.findall(r'href="([^"]+)".*?<bdi>([^<]+)</bdi>', removable.group(), re.DOTALL)
    assert {words: address.replace("&amp;", "&") for address, words in links} == {
        "person": "/?status=held&country=TR&sort=days",
        "Held": "/?q=person&country=TR&sort=days",
        "Türkiye": "/?q=person&status=held&sort=days",
    }
    # What was asked for stays in the form.
    assert '<option selected value="TR">' in page
    assert 'value="person"' in page


@pytest.mark.database("sqlite")
def test_a_long_list_comes_in_pages_that_keep_what_was_asked(
    app: Flask, client: AuditingClient
) -> None:
    for number in range(PAGE_LENGTH + 3):
        make_campaign(f"number-{number:02}", title=f"Free number {number:02}")
    first = client.get("/?sort=title").text
    assert slugs(first) == [f"number-{number:02}" for number in range(PAGE_LENGTH)]
    assert 'href="/?sort=title&amp;page=2" rel="next"' in first
    assert 'rel="prev"' not in first
    for page in ("2", "77"):
        last = client.get(f"/?sort=title&page={page}").text
        assert slugs(last) == ["number-20", "number-21", "number-22"]
        assert 'href="/?sort=title&amp;page=1" rel="prev"' in last
        assert 'rel="next"' not in last


def _now(page: str) -> list[str]:
    found = re.search(r'<ul class="home__calls">.*?</ul>', page, re.DOTALL)
    return re.findall(r'href="/campaigns/([a-z0-9-]+)', found.group()) if found else []


@pytest.mark.database("sqlite")
def test_what_needs_visitors_now_stands_first(app: Flask, client: AuditingClient) -> None:
    assert _now(client.get("/").text) == []
    soon, late = utcnow() + timedelta(days=6), utcnow() + timedelta(days=8)
    for slug, starts_at in (("amal", soon), ("baran", late)):
        make_event(
            campaign_of(slug, *HELD),
            EventKind.HEARING,
            starts_at.date().isoformat(),
            published_at=AN_AGE,
            hearing_starts_at=starts_at,
            hearing_court="Sessions Court",
            hearing_status=HearingStatus.SCHEDULED,
        )
    make_event(campaign_of("celal", *HELD), EventKind.PROTEST, "2024-05-01")
    make_event(campaign_of("dilan", *HELD), EventKind.PROTEST, retracted_on=utcnow().date())
    closed = campaign_of("emre", *HELD, state=CampaignState.CLOSED, closed_on=date(2024, 5, 1))
    make_event(closed, EventKind.STATEMENT, "2024-06-01")
    expire_finished()
    assert _now(client.get("/").text) == ["amal", "celal"]


@pytest.mark.database("sqlite")
def test_only_the_newest_news_need_visitors_now(app: Flask, client: AuditingClient) -> None:
    for number in range(7):
        make_event(
            make_campaign(f"number-{number}"),
            EventKind.PROTEST,
            published_at=utcnow() - timedelta(hours=number),
        )
    page = client.get("/").text
    assert _now(page) == [f"number-{number}" for number in range(5)]
    assert "0 of 0" not in page


@pytest.mark.database("sqlite")
def test_no_number_of_signatures_is_shown_at_nought(app: Flask, client: AuditingClient) -> None:
    campaign = campaign_of("amal", *HELD)
    make_petition(campaign)
    row = re.search(r'<li class="cause .*?</li>', client.get("/").text, re.DOTALL)
    assert row
    assert "Signatures" not in row.group()
