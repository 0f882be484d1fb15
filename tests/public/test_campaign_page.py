"""What the page of a campaign says, for each way a case can stand."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from flask import Flask

from campaigns.cases.models import Campaign, Correction
from campaigns.cases.vocabulary import EventKind, Stance
from campaigns.db import db
from campaigns.petitions.models import PetitionState
from campaigns.petitions.queries import petition_of
from campaigns.public.snapshot import ENTRIES_SHOWN
from campaigns.web.finished import expire_finished
from tests.factories import (
    make_article,
    make_campaign,
    make_detainee,
    make_event,
    make_petition,
    make_signature,
)
from tests.fixtures.auditing import AuditingClient
from tests.public.stories import STORIES, held, of_one, words

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SIGN = "Agree and sign"


@pytest.fixture(autouse=True)
def now(app: Flask) -> Iterator[None]:
    """The first of March 2026."""
    with time_machine.travel(NOW, tick=True):
        yield


SAYS = {
    "held": (
        "In police custody since 13 January 2025",
        "Charged",
        "On hunger strike since 20 February 2026",
        "Last confirmed on 27 February 2026. Source: Family.",
        "زرینہ مثال Zarina Example",
        "412 days held",
        "Next hearing Thursday 5 March 2026, 17:00 Sessions Court (time in Asia/Karachi)",
        "Moved from Thursday 26 February 2026, 17:00.",
        "12 people have signed Next goal: 100",
    ),
    "disappeared": ("Disappeared: whereabouts unknown since 5 November 2025", "116 days held"),
    "acknowledged": (
        "Detained since 1 December 2025 held since 5 November 2025",
        "Place withheld by the authority",
        "116 days held",
    ),
    "released": (
        "Released since 21 January 2026",
        "412 days held",
        "Free after 412 days. Thank you to everyone who signed, wrote and came.",
    ),
    "uncharged": ("Detained since 1 February 2026 No charge known", "28 days held"),
    "on_trial": (
        "In judicial custody since 5 December 2025",
        "FIR 1/25 : On trial ( since 15 January 2026 )",
        "FIR 2/25 : Under investigation ( since January 2026 )",
        "FIR 3/25 : Bail applied for ( since 20 February 2026 )",
        "86 days held",
    ),
    "convicted": (
        "In prison since 11 February 2026 held since 1 January 2025",
        "Convicted ( since 10 February 2026 )",
        "Central Prison, Example City ( since 11 February 2026 )",
        "424 days held",
    ),
    "acquitted_and_appealed": (
        "Released since 21 January 2026",
        "by the prosecution ( since 3 February 2026 ), after an acquittal ( 20 January 2026 )",
        "234 days held",
        "Free since 21 January 2026; the case goes on.",
    ),
    "on_bail": ("Released on bail since 14 December 2025", "9 days held"),
    "bail_granted": ("In police custody since", "Bail granted, not yet released", "86 days held"),
    "arrested_again": ("In police custody since 1 February 2026", "28 days held", "38 days in all"),
    "died": ("Died in custody 1 June 2025", "151 days held"),
    "uncertain": (
        "Abducted: whereabouts unknown since a day between 25 October and 28 October 2025",
        "124–127 days held",
        "Possible. It changes nothing in the status until it is confirmed.",
    ),
    "several": (
        "4 of 7 free 3 held 4 free (1 on bail) Of those who are held: Not confirmed by anyone yet.",
        "Person A Released since 8 November 2025 held 7 days",
        "Person D Released on bail since 24 December 2025 No news for more than 30 days",
        "it may have changed. held 53 days",
        "FIR 1/25 : Convicted ( since 7 January 2026 ) FIR 2/25 : Charged ( since 7 January 2026 )",
        "Person F In police custody since 1 November 2025 No charge known held 120 days",
        "Be among the first to sign.",
    ),
    "closed": (
        "In police custody since 11 February 2025",
        "As last known on 6 March 2025 , when this campaign closed.",
        "23 days held when last known",
        "The campaign closed on 6 March 2025 : its petition can no longer be signed.",
    ),
    "corrected": (
        "sources differ",
        "Sources differ.",
        "Contradicts this: No, on Tuesday , Example News. It says 11 February.",
        "Corrected on 20 February 2025 : The neighbour remembered the day.",
        "Police took Zarina from work.",
        "Handed over 1 April 2025 640 signatures handed to the High Commission. Reply: They took",
    ),
    "high_risk": ("Your address is deleted as soon as you have confirmed", SIGN),
    "bare": ("Nothing has been entered yet.",),
}
KEEPS_QUIET = {
    "disappeared": ("Released", "Bail"),
    "released": ("more than 30 days", "No charge known"),
    "uncharged": ("Charged", "Bail", "Free after"),
    "on_trial": ("Released", "No bail known"),
    "convicted": ("No charge known", "Charged", "Free after"),
    "acquitted_and_appealed": ("Acquitted (", "more than 30 days", "Thank you"),
    "bail_granted": ("Released on bail", "Free after"),
    "died": ("more than 30 days", "Next goal", "Free after", "since 1 June"),
    "several": ("0 people",),
    "closed": (SIGN, "Follow by email", "more than 30 days"),
    "high_risk": ("Show my name", "Country", "Comment", "Follow by email", "Email me news"),
    "bare": (SIGN, "What we demand", "Next goal", "held"),
}


@pytest.mark.parametrize("story", STORIES)
@pytest.mark.database("sqlite")
def test_a_page_says_how_the_case_stands_and_no_more(
    app: Flask, client: AuditingClient, story: str
) -> None:
    campaign = STORIES[story]()
    response = client.get(f"/campaigns/{campaign.slug}")
    assert response.status_code == 200
    text = words(response.text)
    for sentence in SAYS[story]:
        assert sentence in text, sentence
    for sentence in KEEPS_QUIET.get(story, ()):
        assert sentence not in text, sentence


def test_a_page_is_the_same_on_both_databases(app: Flask, client: AuditingClient) -> None:
    held()
    text = words(client.get("/campaigns/held").text)
    for sentence in SAYS["held"]:
        assert sentence in text


@pytest.mark.parametrize("days", [1, 4, 5, 9, 39, 40])
@pytest.mark.database("sqlite")
def test_there_is_a_stroke_for_each_day(app: Flask, client: AuditingClient, days: int) -> None:
    of_one("counted", (EventKind.ARRESTED, (NOW - timedelta(days=days)).date().isoformat()))
    page = client.get("/campaigns/counted").text
    drawn = re.search(r'<svg class="tally".*?</svg>', page, re.DOTALL)
    assert drawn
    moves = re.findall(r"[Mm][^Mm]*", "".join(re.findall(r' d="([^"]+)"', drawn.group())))
    # A move without a line only says where a group begins.
    assert len([move for move in moves if len(re.findall(r"\d+", move)) > 2]) == days


@pytest.mark.database("sqlite")
def test_each_entry_has_an_address_of_its_own(app: Flask, client: AuditingClient) -> None:
    campaign = STORIES["corrected"]()
    page = client.get("/campaigns/corrected").text
    for event in campaign.events:
        assert f'id="event-{event.id}"' in page
        assert f'href="/campaigns/corrected/events/{event.id}"' in page
        own = client.get(f"/campaigns/corrected/events/{event.id}").text
        assert event.summary in words(own)
        assert "No charge known" not in own
    other = make_campaign("other")
    assert client.get(f"/campaigns/{other.slug}/events/{campaign.events[0].id}").status_code == 404


@pytest.mark.database("sqlite")
def test_articles_are_linked_and_translations_stand_with_them(
    app: Flask, client: AuditingClient
) -> None:
    campaign = make_campaign("reported")
    first = make_article(campaign, title="The report")
    make_article(
        campaign, title="Der Bericht", language="de", translation_of_id=first.id, author="A. Author"
    )
    make_article(campaign, title="On paper", url=None, archived_url="https://archive.example/1")
    head, page = client.get("/campaigns/reported").text.split("</head>")
    assert '<a href="https://news.example.org/1" rel="noopener noreferrer">' in page
    assert '<cite><bdi lang="en">On paper</bdi></cite>' in page
    assert 'href="https://archive.example/1"' in page
    assert "A. Author" in page
    assert page.index("The report") < page.index("articles__versions") < page.index("Der Bericht")
    assert "3 reports, 2 languages" in words(page)
    assert "Der Bericht" in head


@pytest.mark.parametrize(
    ("state", "says"),
    [
        (PetitionState.WON, "This petition is closed: it was won. Thank you."),
        (PetitionState.DELIVERED, "This petition is closed: it was handed over."),
        (
            PetitionState.CLOSED,
            "Its organisers closed this petition: it can no longer be signed.",
        ),
    ],
)
@pytest.mark.database("sqlite")
def test_a_closed_petition_says_why_and_takes_no_signature(
    app: Flask, client: AuditingClient, state: PetitionState, says: str
) -> None:
    campaign = held()
    petition = petition_of(campaign.id)
    assert petition
    petition.state = state
    campaign.version += 1
    text = words(client.get("/campaigns/held").text)
    assert says in text
    assert SIGN not in text
    assert "Next goal" not in text


@pytest.mark.database("sqlite")
def test_a_petition_opens_on_its_day(app: Flask, client: AuditingClient) -> None:
    campaign = of_one("early")
    petition = petition_of(campaign.id)
    assert petition
    petition.opens = date(2026, 3, 9)
    db.session.commit()
    text = words(client.get("/campaigns/early").text)
    assert "This petition can be signed from 9 March 2026 on." in text
    assert SIGN not in text


def test_the_count_goes_up_and_leads_to_the_next_goal(app: Flask, client: AuditingClient) -> None:
    campaign = make_campaign("counted")
    petition = make_petition(campaign, paper=98, goals=[100, 1000])
    make_signature(petition)
    assert "99 people have signed Next goal: 100" in words(client.get("/campaigns/counted").text)
    make_signature(petition)
    expire_finished()
    assert "100 people have signed Next goal: 1,000" in words(client.get("/campaigns/counted").text)
    assert client.get("/campaigns/counted.json").get_json()["petition"]["goals_reached"] == [100]


@pytest.mark.database("sqlite")
def test_what_people_write_is_text_and_never_code(app: Flask, client: AuditingClient) -> None:
    evil = '"><script>alert(1)</script><img src=x onerror=alert(2)>'
    campaign = make_campaign(
        "evil",
        title=evil,
        summary=evil,
        demand=evil,
        body=evil,
        run_by_name=evil,
        run_by_contact="committee@example.org",
        tags=[evil],
    )
    person = make_detainee(campaign, evil, name_romanised=evil)
    article = make_article(campaign, title=evil, outlet=evil, author=evil, excerpt=evil)
    make_event(
        campaign,
        detainees=[person],
        summary=evil,
        text=evil,
        place=evil,
        proceeding=evil,
        sources=[article],
    )
    make_petition(campaign, title=evil, text=evil, addressee=evil)
    for path in ("", "/updates", f"/events/{campaign.events[0].id}", "/embed", "/signed"):
        # The client fails on anything inline.
        page = client.get(f"/campaigns/evil{path}").text
        assert "<script>alert" not in page
        assert "<img" not in page
    assert "<script>alert" not in client.get("/").text
    for path in (".json", "/timeline.json"):
        assert client.get(f"/campaigns/evil{path}").get_json()


@pytest.mark.database("sqlite")
def test_a_right_to_left_name_keeps_its_direction(app: Flask, client: AuditingClient) -> None:
    held()
    page = client.get("/campaigns/held").text
    assert re.search(r'<span class="native[^"]*" dir="auto">زرینہ مثال</span>', page)


def _updates(campaign: Campaign) -> str:
    return f"/campaigns/{campaign.slug}/updates"


@pytest.mark.database("sqlite")
def test_updates_stay_to_be_read(app: Flask, client: AuditingClient) -> None:
    campaign = STORIES["corrected"]()
    archive = client.get(_updates(campaign)).text
    assert "Bail was granted" in archive
    address = re.search(rf'href="({_updates(campaign)}/\d+)"', archive)
    assert address
    page = client.get(address.group(1)).text
    assert "<strong>They are not free yet.</strong>" in page
    assert (
        client.get(f"/campaigns/held/updates/{address.group(1).rsplit('/')[-1]}").status_code == 404
    )
    empty = make_campaign("empty")
    assert "Nothing has been sent yet." in client.get(_updates(empty)).text


@pytest.mark.parametrize("path", ["/about", "/imprint", "/privacy"])
@pytest.mark.database("sqlite")
def test_who_runs_it_can_be_read(app: Flask, client: AuditingClient, path: str) -> None:
    held()
    page = client.get(path).text
    assert client.get(path).status_code == 200
    if path == "/imprint":
        assert "Example Street Committee" in page
        assert "committee@example.org" in page


@pytest.mark.database("sqlite")
def test_a_long_timeline_comes_in_pages(app: Flask, client: AuditingClient) -> None:
    campaign = make_campaign("long")
    for number in range(ENTRIES_SHOWN + 5):
        day = date(2025, 1, 1) + timedelta(days=number)
        make_event(campaign, EventKind.LETTER, day.isoformat(), summary=f"Letter {number}.")
    page = client.get("/campaigns/long").text
    assert page.count('class="entry"') == ENTRIES_SHOWN
    assert "Letter 4." not in page
    assert "105 entries in all: read on" in words(page)
    assert '"/campaigns/long/timeline?page=2"' in page
    second = client.get("/campaigns/long/timeline?page=2").text
    assert second.count('class="entry"') == 5
    assert "page 2 of 2" in words(second)
    assert 'rel="prev"' in second
    assert 'rel="next"' not in second
    assert client.get("/campaigns/long/timeline?page=9").text == second
    for nonsense in ("0", "x", ""):
        first = client.get(f"/campaigns/long/timeline?page={nonsense}").text
        assert "Letter 104." in first
    earlier = client.get("/campaigns/long/timeline?as_of=2025-01-02").text
    assert "2 entries" in words(earlier)
    assert "By what had happened up to 2 January 2025" in words(earlier)
    make_campaign("short")
    assert "entries in all" not in client.get("/campaigns/short").text
    assert client.get("/campaigns/short/timeline").status_code == 200


@pytest.mark.database("sqlite")
def test_a_report_leads_to_what_it_says_of_each_entry(app: Flask, client: AuditingClient) -> None:
    campaign = make_campaign("reported")
    report = make_article(
        campaign,
        archived_url="https://archive.example/1",
        archived_at=datetime(2024, 3, 5, 9, tzinfo=UTC),
    )
    first = make_event(campaign, EventKind.ARRESTED, "2024-03-01", sources=[report])
    second = make_event(campaign, EventKind.CHARGED, "2024-03-04~", sources=[report])
    second.sources[0].stance = Stance.CONTRADICTS
    db.session.commit()
    html = client.get("/campaigns/reported").text
    assert "archived copy of 5 March 2024" in words(html)
    assert "Supports: Arrested, 1 March 2024" in words(html)
    assert "Contradicts: Charged, about 4 March 2024" in words(html)
    (article,) = client.get("/campaigns/reported/articles.json").get_json()["articles"]
    assert article["events"] == [
        {"id": second.id, "stance": "contradicts"},
        {"id": first.id, "stance": "supports"},
    ]


@pytest.mark.database("sqlite")
def test_a_translation_of_a_translation_stands_with_the_report(
    app: Flask, client: AuditingClient
) -> None:
    campaign = make_campaign("reported")
    first = make_article(campaign, title="The report")
    second = make_article(campaign, title="Der Bericht", translation_of_id=first.id)
    make_article(campaign, title="Le reportage", translation_of_id=second.id)
    listed = client.get("/campaigns/reported").text.split('<ul class="articles">')[1]
    assert listed.count("articles__item") == 1
    assert listed.count('class="articles__version"') == 2
    assert listed.index("Der Bericht") < listed.index("Le reportage")


@pytest.mark.database("sqlite")
def test_how_fresh_a_status_is_can_be_read(app: Flask, client: AuditingClient) -> None:
    of_one("fresh", (EventKind.ARRESTED, "2026-02-10"))
    assert "Latest news: 19 days ago." in words(client.get("/campaigns/fresh").text)
    of_one("old", (EventKind.ARRESTED, "2026-01-10"))
    text = words(client.get("/campaigns/old").text)
    assert "Latest news" not in text
    assert "No news for more than 30 days: it may have changed." in text


@pytest.mark.database("sqlite")
def test_what_an_entry_said_before_is_told_in_words(app: Flask, client: AuditingClient) -> None:
    campaign = of_one("mended", (EventKind.ARRESTED, "2025-02-12"))
    report = make_article(campaign)
    campaign.events[0].corrections.append(
        Correction(
            position=1,
            on=date(2025, 3, 1),
            note="A letter came.",
            was={
                "date": "2025-02-10/2025-02-11",
                "kind": "hearing",
                "detainees": ["person-1"],
                "place": None,
                "confidence": "possible",
                "actor": {"name": "The police", "kind": "police", "state_link": "yes"},
                "sources": [{"article": report.ref, "stance": "mentions", "note": "Page 2."}],
                "hearing": {
                    "starts_at": "2025-02-10T09:30:00+05:00",
                    "court": "Sessions Court",
                    "status": "cancelled",
                },
                "handover": {"count": 3, "to": "the Minister"},
            },
        )
    )
    db.session.commit()
    text = words(client.get("/campaigns/mended").text)
    for was in (
        "Date, as it read before between 10 February and 11 February 2025",
        "Kind, as it read before Hearing",
        "Whom it concerns, as it read before زرینہ مثال",
        "Place, as it read before nothing",
        "How sure it is, as it read before Possible",
        "Which institution acted, as it read before The police",
        "Mentions this: Example News, Three readers arrested (Page 2.)",
        "Hearing, as it read before 10 February 2025, 09:30, Sessions Court (Cancelled)",
        "Handover, as it read before 3: the Minister",
    ):
        assert was in text, was
