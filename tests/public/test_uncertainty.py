"""What is uncertain is told as uncertain, the same on every surface."""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
import time_machine
from flask import Flask

from campaigns.cases.models import Campaign
from campaigns.cases.vocabulary import Confidence, EventKind, Stance
from campaigns.db import db
from tests.factories import make_article, make_campaign, make_detainee, make_event
from tests.fixtures.auditing import AuditingClient
from tests.public.stories import words

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def now(app: Flask) -> Iterator[None]:
    """The first of March 2026."""
    with time_machine.travel(NOW, tick=True):
        yield


def somebody(kind: EventKind, when: str, **fields: Any) -> Campaign:
    """A campaign for one person of whom one thing is told."""
    campaign = make_campaign("amal")
    make_event(campaign, kind, when, detainees=[make_detainee(campaign, "Amal Person")], **fields)
    return campaign


def entry(client: AuditingClient) -> dict[str, Any]:
    (found,) = client.get("/campaigns/amal/timeline.json").get_json()["events"]
    return dict(found)


def row(client: AuditingClient) -> dict[str, str]:
    text = client.get("/campaigns/amal/timeline.csv").get_data().decode("utf-8-sig")
    (found,) = csv.DictReader(StringIO(text))
    return found


@pytest.mark.parametrize(
    ("when", "in_words", "since", "bounds", "days"),
    [
        (
            "2025-10-25/2025-10-28",
            "between 25 October and 28 October 2025",
            "since a day between 25 October and 28 October 2025",
            ("2025-10-25", "2025-10-28", "day", False),
            ({"min": 124, "max": 127}, "124–127 days held"),
        ),
        (
            "2025-10~",
            "about October 2025",
            "since about October 2025",
            ("2025-10-01", "2025-10-31", "month", True),
            ({"min": 121, "max": 151, "approximate": True}, "about 121–151 days held"),
        ),
        (
            "../2025-10-28",
            "by 28 October 2025",
            "since 28 October 2025 at the latest",
            (None, "2025-10-28", "day", False),
            ({"min": 124, "max": 124, "at_least": True}, "at least 124 days held"),
        ),
        (
            "2025",
            "2025",
            "since 2025",
            ("2025-01-01", "2025-12-31", "year", False),
            ({"min": 60, "max": 424}, "60–424 days held"),
        ),
        (
            "",
            "date unknown",
            "since an unknown date",
            (None, None, "unknown", False),
            ({"min": 0, "max": 0, "at_least": True}, "held number of days unknown"),
        ),
    ],
)
@pytest.mark.database("sqlite")
def test_a_date_is_told_as_far_as_it_is_known(
    app: Flask,
    client: AuditingClient,
    when: str,
    in_words: str,
    since: str,
    bounds: tuple[str | None, str | None, str, bool],
    days: tuple[dict[str, Any], str],
) -> None:
    somebody(EventKind.ABDUCTED, when)
    page = words(client.get("/campaigns/amal").text)
    assert since in page
    assert days[1] in page
    earliest, latest, precision, approximate = bounds
    assert entry(client)["date"] == when
    assert entry(client)["date_bounds"] == {
        "earliest": earliest,
        "latest": latest,
        "precision": precision,
        "approximate": approximate,
    }
    found = row(client)
    assert (found["date"], found["earliest"], found["latest"]) == (
        when,
        earliest or "",
        latest or "",
    )
    assert (found["precision"], found["approximate"]) == (precision, "yes" if approximate else "no")
    assert f"&lt;p&gt;{in_words}&lt;/p&gt;" in client.get("/campaigns/amal/feed.atom").text
    status = client.get("/campaigns/amal.json").get_json()["detainees"][0]["status"]
    assert (status["since"], status["days"]["total"]) == (when, days[0])


def test_who_says_what_is_told_where_sources_differ(app: Flask, client: AuditingClient) -> None:
    campaign = make_campaign("amal")
    reports = [
        make_article(campaign, title="Taken on Monday", outlet="The Morning"),
        make_article(campaign, title="Taken on Tuesday", outlet="The Evening", url=None),
    ]
    event = make_event(
        campaign,
        EventKind.ARRESTED,
        "2025-02-10/2025-02-11",
        detainees=[make_detainee(campaign, "Amal Person")],
        sources=reports,
    )
    event.sources[1].stance, event.sources[1].note = Stance.CONTRADICTS, "It says the 11th."
    db.session.commit()
    html = client.get("/campaigns/amal").text
    assert f'<a href="/campaigns/amal/events/{event.id}">sources differ</a>' in html
    status = client.get("/campaigns/amal.json").get_json()["detainees"][0]["status"]
    assert (status["sources_differ"], status["disputed"]) == (True, [event.id])
    assert entry(client)["sources_differ"] is True
    assert row(client)["sources differ"] == "yes"
    assert row(client)["sources"].splitlines() == [
        "supports: The Morning, Taken on Monday, https://news.example.org/1",
        "contradicts: The Evening, Taken on Tuesday, It says the 11th.",
    ]
    feed = client.get("/campaigns/amal/feed.atom").text
    for text in (words(html), feed):
        assert "Sources differ." in text
        assert "Contradicts this:" in text
        assert "It says the 11th." in text


@pytest.mark.parametrize(
    ("confidence", "says"),
    [
        (Confidence.LIKELY, "Likely."),
        (Confidence.POSSIBLE, "Possible."),
        (Confidence.UNLIKELY, "Unlikely."),
        (Confidence.UNKNOWN, "Confidence unknown."),
    ],
)
@pytest.mark.database("sqlite")
def test_how_sure_an_entry_is_is_told_and_only_sure_ones_count(
    app: Flask, client: AuditingClient, confidence: Confidence, says: str
) -> None:
    campaign = somebody(EventKind.ARRESTED, "2025-02-10", confidence=confidence)
    counts = confidence is Confidence.LIKELY
    assert says in words(client.get("/campaigns/amal").text)
    assert says in client.get("/campaigns/amal/feed.atom").text
    assert (entry(client)["confidence"], entry(client)["counts"]) == (confidence.value, counts)
    assert (row(client)["confidence"], row(client)["counts"]) == (
        confidence.value,
        "yes" if counts else "no",
    )
    status = client.get("/campaigns/amal.json").get_json()["detainees"][0]["status"]
    assert status["custody"] == ("police_custody" if counts else "unknown")
    assert status.get("unconfirmed") == (None if counts else [campaign.events[0].id])


@pytest.mark.database("sqlite")
def test_each_part_of_a_status_leads_to_the_entry_it_rests_on(
    app: Flask, client: AuditingClient
) -> None:
    campaign = make_campaign("amal")
    amal = make_detainee(campaign, "Amal Person")
    happened: tuple[tuple[EventKind, str, dict[str, Any]], ...] = (
        (EventKind.ABDUCTED, "2025-01-05", {}),
        (EventKind.CUSTODY_ACKNOWLEDGED, "2025-05-01", {}),
        (EventKind.CHARGED, "2025-05-03", {"proceeding": "FIR 1/25"}),
        (EventKind.BAIL_DENIED, "2025-05-04", {"proceeding": "FIR 2/25"}),
        (EventKind.TRANSFERRED, "2025-06-01", {"place": "Camp Jail"}),
        (EventKind.INCOMMUNICADO_BEGAN, "2025-06-02", {}),
        (EventKind.PROTEST, "2026-02-20", {}),
    )
    for kind, day, fields in happened:
        make_event(campaign, kind, day, detainees=[amal], **fields)
    abducted, admitted, charged, denied, moved, cut_off, _ = (it.id for it in campaign.events)
    html = client.get("/campaigns/amal").text

    def link(event_id: int, text: str) -> str:
        return f'<a href="/campaigns/amal/events/{event_id}">{text}</a>'

    for text in (
        link(admitted, "since 1 May 2025"),
        link(abducted, "held since 5 January 2025"),
        f"<bdi>FIR 1/25</bdi>: Charged ({link(charged, 'since 3 May 2025')})",
        f"<bdi>FIR 2/25</bdi>: Bail denied ({link(denied, 'since 4 May 2025')})",
        f"<bdi>Camp Jail</bdi> ({link(moved, 'since 1 June 2025')})",
        f"Held incommunicado {link(cut_off, 'since 2 June 2025')}",
    ):
        assert text in html, text
    status = client.get("/campaigns/amal.json").get_json()["detainees"][0]["status"]
    assert status["evidence"] == admitted
    assert status["spell"] == {"since": "2025-01-05", "evidence": abducted}
    assert [it.get("evidence") for it in status["legal"]] == [charged, None]
    assert [it.get("evidence") for it in status["bail"]] == [None, denied]
    assert status["place"] == {
        "text": "Camp Jail",
        "disclosure": "disclosed",
        "since": "2025-06-01",
        "evidence": moved,
    }
