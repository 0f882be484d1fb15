"""The documents outsiders build on: every key, its type, and what is left out."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from flask import Flask

from campaigns.cases.vocabulary import CampaignState, Condition, Confidence, EventKind
from campaigns.db import db
from campaigns.public.data import PAGE_LENGTH
from tests.factories import (
    make_article,
    make_campaign,
    make_detainee,
    make_event,
    make_petition,
    make_signature,
)
from tests.fixtures.auditing import AuditingClient
from tests.public.stories import STORIES, arrested_again, bare, corrected, held, several

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
CAMPAIGN = {
    "slug", "title", "summary", "demand", "country", "timezone", "state", "published_at",
    "version", "as_of", "detainees", "totals", "links",
}  # fmt: skip
STATUS = {
    "custody", "since", "conditions", "place", "legal", "bail", "days", "sources_differ", "stale"
}  # fmt: skip
TOTALS = {"detainees", "held", "free", "on_bail", "dead", "unknown"}


@pytest.fixture(autouse=True)
def now(app: Flask) -> Any:
    """The first of March 2026."""
    with time_machine.travel(NOW, tick=True):
        yield


def get(client: AuditingClient, path: str) -> Any:
    """Return a document."""
    response = client.get(path)
    assert response.status_code == 200
    assert response.mimetype == "application/json"
    return response.get_json()


def moment(text: str) -> datetime:
    """Return a time that must be in ISO 8601 with its zone."""
    read = datetime.fromisoformat(text)
    assert read.tzinfo
    return read


def test_a_campaign_has_every_key_and_type_of_the_contract(
    app: Flask, client: AuditingClient
) -> None:
    campaign = held()
    document = get(client, "/campaigns/held.json")
    assert document.keys() == CAMPAIGN | {"next_hearing", "petition"}
    assert (document["slug"], document["country"], document["timezone"], document["state"]) == (
        "held",
        "PK",
        "Asia/Karachi",
        "published",
    )
    assert document["as_of"] == "2026-03-01"
    assert moment(document["published_at"]) < NOW
    assert isinstance(document["version"], int)
    (detainee,) = document["detainees"]
    assert detainee.keys() == {"id", "name", "name_romanised", "status"}
    assert (detainee["name"], detainee["name_romanised"]) == ("زرینہ مثال", "Zarina Example")
    status = detainee["status"]
    arrest, charge, strike = (event.id for event in campaign.events[:3])
    assert status == {
        "custody": "police_custody",
        "since": "2025-01-13",
        "evidence": arrest,
        "spell": {"since": "2025-01-13", "evidence": arrest},
        "conditions": [Condition.HUNGER_STRIKE],
        "condition_intervals": [
            {"condition": "hunger_strike", "began": "2026-02-20", "began_evidence": strike}
        ],
        "place": {"disclosure": None},
        "legal": [
            {"proceeding": None, "status": "charged", "since": "2025-02-01", "evidence": charge}
        ],
        "bail": [{"proceeding": None, "status": "none", "since": None}],
        "days": {"current": {"min": 412, "max": 412}, "total": {"min": 412, "max": 412}},
        "last_confirmed": {"on": "2026-02-27", "source_kind": "family"},
        "sources_differ": False,
        "stale": False,
        "days_since_news": 0,
    }
    assert document["totals"] == {
        "detainees": 1, "held": 1, "free": 0, "on_bail": 0, "dead": 0, "unknown": 0
    }  # fmt: skip
    hearing = document["next_hearing"]
    assert hearing.keys() == {"starts_at", "court", "status", "previous_starts_at", "url"}
    assert moment(hearing["starts_at"]).utcoffset() is not None
    assert hearing["starts_at"].endswith("+05:00")


def test_the_petition_counts_from_nought(app: Flask, client: AuditingClient) -> None:
    petition = make_petition(make_campaign("counted"), paper=0, goals=[2, 10])
    empty = get(client, "/campaigns/counted.json")["petition"]
    assert empty == {
        "title": "Release the readers",
        "addressee": "the Minister of the Interior",
        "state": "open",
        "count": 0,
        "online": 0,
        "paper": 0,
        "goal": 2,
        "goals_reached": [],
    }
    count = get(client, "/campaigns/counted/count.json")
    assert count == {"count": 0, "online": 0, "paper": 0, "goal": 2}
    for _ in range(3):
        make_signature(petition)
    make_signature(petition, confirmed=False)
    count = get(client, "/campaigns/counted/count.json")
    assert count == {"count": 3, "online": 3, "paper": 0, "goal": 10}
    assert get(client, "/campaigns/counted.json")["petition"]["goals_reached"] == [2]


@pytest.mark.parametrize(
    ("paper", "goals", "goal", "reached"),
    [(12, [], None, []), (12, [10], 10, [10]), (12, [12, 13], 13, [12]), (12, [20], 20, [])],
)
@pytest.mark.database("sqlite")
def test_the_goal_is_the_next_or_the_last_or_none(
    app: Flask,
    client: AuditingClient,
    paper: int,
    goals: list[int],
    goal: int | None,
    reached: list[int],
) -> None:
    make_petition(make_campaign("aimed"), paper=paper, goals=goals)
    petition = get(client, "/campaigns/aimed.json")["petition"]
    assert (petition["count"], petition["goal"], petition["goals_reached"]) == (12, goal, reached)
    assert get(client, "/campaigns/aimed/count.json")["goal"] == goal


@pytest.mark.database("sqlite")
def test_what_is_not_there_is_left_out_and_what_is_not_known_is_null(
    app: Flask, client: AuditingClient
) -> None:
    campaign = bare()
    document = get(client, "/campaigns/bare.json")
    assert document.keys() == CAMPAIGN
    assert document["detainees"] == []
    assert set(document["totals"].values()) == {0}
    assert get(client, "/campaigns/bare/timeline.json") == {"events": []}
    assert get(client, "/campaigns/bare/articles.json") == {"articles": []}
    count = get(client, "/campaigns/bare/count.json")
    assert count == {"count": 0, "online": 0, "paper": 0, "goal": None}
    make_detainee(campaign, "Nobody Knows")
    (detainee,) = get(client, "/campaigns/bare.json")["detainees"]
    assert detainee.keys() == {"id", "name", "status"}
    status = detainee["status"]
    assert status.keys() == STATUS
    assert (status["custody"], status["since"]) == ("unknown", None)
    assert status["days"] == {"current": None, "total": {"min": 0, "max": 0}}
    assert status["legal"] == [{"proceeding": None, "status": "none_known", "since": None}]


@pytest.mark.parametrize("story", STORIES)
@pytest.mark.database("sqlite")
def test_the_totals_add_up(app: Flask, client: AuditingClient, story: str) -> None:
    campaign = STORIES[story]()
    document = get(client, f"/campaigns/{campaign.slug}.json")
    totals = document["totals"]
    assert totals.keys() == TOTALS
    counted = totals["held"] + totals["free"] + totals["dead"] + totals["unknown"]
    assert counted == totals["detainees"] == len(document["detainees"])
    assert totals["on_bail"] <= totals["free"]
    assert document["links"].keys() == {
        "html", "timeline", "table", "articles", "feed", "calendar", "description"
    }  # fmt: skip
    for address in document["links"].values():
        assert client.get(address).status_code == 200


@pytest.mark.database("sqlite")
def test_spells_proceedings_and_bail_are_told_apart(app: Flask, client: AuditingClient) -> None:
    arrested_again()
    days = get(client, "/campaigns/arrested-again.json")["detainees"][0]["status"]["days"]
    assert days == {"current": {"min": 28, "max": 28}, "total": {"min": 38, "max": 38}}
    several()
    document = get(client, "/campaigns/several.json")
    assert document["totals"] == {
        "detainees": 7, "held": 3, "free": 4, "on_bail": 1, "dead": 0, "unknown": 0
    }  # fmt: skip
    legal = document["detainees"][4]["status"]["legal"]
    assert [(it["proceeding"], it["status"], it["since"]) for it in legal] == [
        ("FIR 1/25", "convicted", "2026-01-07"),
        ("FIR 2/25", "charged", "2026-01-07"),
    ]
    campaign = make_campaign("appealed")
    person = make_detainee(campaign)
    make_event(campaign, EventKind.CONVICTED, "2026-01-01", detainees=[person])
    appeal = make_event(
        campaign, EventKind.APPEAL_FILED, "2026-01-02", detainees=[person], by="defence"
    )
    legal = get(client, "/campaigns/appealed.json")["detainees"][0]["status"]["legal"]
    assert legal == [
        {
            "proceeding": None,
            "status": "under_appeal",
            "since": "2026-01-02",
            "by": "defence",
            "after": "convicted",
            "evidence": appeal.id,
        }
    ]


@pytest.mark.database("sqlite")
def test_a_closed_campaign_says_since_when(app: Flask, client: AuditingClient) -> None:
    STORIES["closed"]()
    document = get(client, "/campaigns/closed.json")
    assert (document["state"], document["closed_on"]) == ("closed", "2025-03-06")
    assert document["as_of"] == "2025-03-06"
    assert document["detainees"][0]["status"]["days"]["current"] == {"min": 23, "max": 23}
    assert "next_hearing" not in document


def test_the_timeline_is_told_as_in_the_case_file(app: Flask, client: AuditingClient) -> None:
    campaign = corrected()
    events = get(client, "/campaigns/corrected/timeline.json")["events"]
    handover, arrest = events
    assert arrest | {"id": 0, "url": "", "published_at": ""} == {
        "id": 0,
        "url": "",
        "ref": "event-1",
        "kind": "arrested",
        "date": "2025-02-12",
        "date_bounds": {
            "earliest": "2025-02-12",
            "latest": "2025-02-12",
            "precision": "day",
            "approximate": False,
        },
        "counts": True,
        "sources_differ": True,
        "detainees": ["person-1"],
        "summary": "Police took Zarina from her home.",
        "confidence": "confirmed",
        "sources": [
            {"article": "article-1", "stance": "supports"},
            {
                "article": "article-2",
                "stance": "contradicts",
                "note": "It says 11 February.",
            },
        ],
        "published_at": "",
        "corrections": [
            {
                "on": "2025-02-20",
                "note": "The neighbour remembered the day.",
                "was": {"date": "2025-02-11", "summary": "Police took Zarina from work."},
            }
        ],
    }
    assert handover["detainees"] == "all"
    assert handover["handover"] == {
        "count": 640,
        "to": "the High Commission",
        "reply": "They took note of it.",
    }
    assert handover["sources"] == []
    for event in events:
        assert moment(event["published_at"])
        assert client.get(event["url"]).status_code == 200
    assert {event["id"] for event in events} == {event.id for event in campaign.events}


@pytest.mark.database("sqlite")
def test_an_entry_tells_whatever_it_holds(app: Flask, client: AuditingClient) -> None:
    campaign = make_campaign("full")
    person = make_detainee(campaign)
    make_event(
        campaign,
        EventKind.APPEAL_FILED,
        "2026-01~",
        detainees=[person],
        proceeding="FIR 1/25",
        place="Lahore",
        disclosure="disclosed",
        actor_name="The High Court",
        actor_kind="court",
        actor_state_link="yes",
        text="**Long** text",
        by="prosecution",
        confidence=Confidence.LIKELY,
        learned_at=NOW,
        translations={"ur": {"summary": "اپیل"}},
    )
    (event,) = get(client, "/campaigns/full/timeline.json")["events"]
    assert event | {"id": 0, "url": "", "published_at": "", "summary": ""} == {
        "id": 0,
        "url": "",
        "published_at": "",
        "summary": "",
        "ref": "event-1",
        "kind": "appeal_filed",
        "date": "2026-01~",
        "date_bounds": {
            "earliest": "2026-01-01",
            "latest": "2026-01-31",
            "precision": "month",
            "approximate": True,
        },
        "counts": True,
        "sources_differ": False,
        "detainees": ["person-1"],
        "proceeding": "FIR 1/25",
        "place": "Lahore",
        "disclosure": "disclosed",
        "actor": {"name": "The High Court", "kind": "court", "state_link": "yes"},
        "text": "**Long** text",
        "by": "prosecution",
        "confidence": "likely",
        "sources": [],
        "learned_at": "2026-03-01T12:00:00+00:00",
        "translations": {"ur": {"summary": "اپیل"}},
    }


@pytest.mark.database("sqlite")
def test_articles_are_told_as_in_the_case_file(app: Flask, client: AuditingClient) -> None:
    campaign = make_campaign("reported")
    first = make_article(campaign, archived_url="https://archive.example/1", archived_at=NOW)
    make_article(
        campaign,
        url=None,
        published=None,
        language="de",
        author="A. Author",
        excerpt="Worum es geht.",
        translation_of_id=first.id,
    )
    articles = get(client, "/campaigns/reported/articles.json")["articles"]
    assert articles == [
        {
            "ref": "article-1",
            "url": "https://news.example.org/1",
            "title": "Three readers arrested",
            "outlet": "Example News",
            "language": "en",
            "published": "2024-03-02",
            "archived_url": "https://archive.example/1",
            "archived_at": "2026-03-01T12:00:00+00:00",
            "kind": "press",
        },
        {
            "ref": "article-2",
            "title": "Three readers arrested",
            "outlet": "Example News",
            "author": "A. Author",
            "language": "de",
            "excerpt": "Worum es geht.",
            "kind": "press",
            "translation_of": "article-1",
        },
    ]


def test_all_campaigns_are_listed_closed_ones_too(app: Flask, client: AuditingClient) -> None:
    held()
    STORIES["closed"]()
    make_campaign("draft", state=CampaignState.DRAFT)
    document = get(client, "/campaigns.json")
    assert document.keys() == {"campaigns"}
    listed = {it["slug"]: it for it in document["campaigns"]}
    assert listed.keys() == {"held", "closed"}
    for slug, entry in listed.items():
        assert entry.keys() == {"slug", "title", "totals", "links"}
        own = get(client, f"/campaigns/{slug}.json")
        assert entry["totals"] == own["totals"]
        assert own["links"].items() <= entry["links"].items()


@pytest.mark.database("sqlite")
def test_the_list_comes_in_pages(app: Flask, client: AuditingClient) -> None:
    last = make_campaign("number-0")
    rows = [
        {
            column.name: getattr(last, column.name)
            for column in type(last).__table__.columns
            if column.name != "id"
        }
        | {"slug": f"number-{number}"}
        for number in range(1, PAGE_LENGTH + 1)
    ]
    db.session.execute(type(last).__table__.insert(), rows)  # type: ignore[attr-defined]
    first = get(client, "/campaigns.json")
    assert len(first["campaigns"]) == PAGE_LENGTH
    second = get(client, first["next"])
    assert len(second["campaigns"]) == 1
    assert "next" not in second
    slugs = {it["slug"] for page in (first, second) for it in page["campaigns"]}
    assert len(slugs) == PAGE_LENGTH + 1
    for beyond in ("3", "9" * 40):
        assert get(client, f"/campaigns.json?page={beyond}") == {"campaigns": []}
    for nonsense in ("0", "-1", "x", "1.5", ""):
        assert get(client, f"/campaigns.json?page={nonsense}")["campaigns"]


@pytest.mark.database("sqlite")
def test_open_data_is_utf_8_and_readable(app: Flask, client: AuditingClient) -> None:
    held()
    assert "زرینہ مثال" in client.get("/campaigns/held.json").get_data().decode("utf-8")


@pytest.mark.database("sqlite")
def test_signers_are_in_no_document(app: Flask, client: AuditingClient) -> None:
    petition = make_petition(make_campaign("signed"))
    make_signature(petition, "amal@example.org", name="Amal Signer", show_name=True)
    for path in (".json", "/count.json", "/timeline.json", "/articles.json", "/feed.atom"):
        assert "mal" not in client.get(f"/campaigns/signed{path}").text
    assert date(2026, 3, 1).isoformat() in client.get("/campaigns/signed.json").text
