"""What was known on an earlier day: the entries published by then, as they then read."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
import time_machine
from flask import Flask

from campaigns.cases.models import Campaign, Confirmation, Correction, Event
from campaigns.cases.vocabulary import (
    CampaignState,
    Confidence,
    EventKind,
    HearingStatus,
    NamePolicy,
    Stance,
)
from campaigns.db import db
from tests.factories import (
    make_article,
    make_campaign,
    make_detainee,
    make_event,
    make_petition,
    make_update,
)
from tests.fixtures.auditing import AuditingClient
from tests.public.stories import words

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def now(app: Flask) -> Any:
    """The first of March 2026."""
    with time_machine.travel(NOW, tick=True):
        yield


def at(day: str) -> datetime:
    """Noon of a day where the campaign is."""
    return datetime.fromisoformat(f"{day}T07:00:00+00:00")


@pytest.fixture
def campaign(app: Flask) -> Campaign:
    """Somebody taken in January, whom an authority admitted to holding in May; told a week late."""
    campaign = make_campaign("amal", published_at=at("2025-01-10"))
    amal = make_detainee(campaign, "Amal Person")
    make_event(
        campaign,
        EventKind.FORCIBLY_DISAPPEARED,
        "2025-01-05",
        detainees=[amal],
        summary="Amal is taken from home.",
        published_at=at("2025-01-10"),
    )
    make_event(
        campaign,
        EventKind.CUSTODY_ACKNOWLEDGED,
        "2025-05-01",
        detainees=[amal],
        summary="The ministry admits to it.",
        published_at=at("2025-05-08"),
    )
    make_petition(campaign)
    return campaign


def status(client: AuditingClient, query: str) -> dict[str, Any]:
    """The status of the only detainee."""
    document = client.get(f"/campaigns/amal.json{query}").get_json()
    found: dict[str, Any] = document["detainees"][0]["status"]
    return found


def page(client: AuditingClient, query: str) -> str:
    return words(client.get(f"/campaigns/amal{query}").text)


@pytest.mark.parametrize(
    ("query", "custody", "days"),
    [
        ("?known_on=2025-01-09", "unknown", 0),
        ("?known_on=2025-01-10", "forcibly_disappeared", 5),
        ("?known_on=2025-05-07", "forcibly_disappeared", 122),
        ("?as_of=2025-05-07", "detained", 122),
        ("?known_on=2025-05-08", "detained", 123),
        # Of that day, by what was known later; a day after that knowledge means its day.
        ("?as_of=2025-01-08&known_on=2025-02-01", "forcibly_disappeared", 3),
        ("?as_of=2025-12-01&known_on=2025-02-01", "forcibly_disappeared", 27),
        ("", "detained", 420),
    ],
)
def test_the_status_is_by_what_had_been_published(
    campaign: Campaign, client: AuditingClient, query: str, custody: str, days: int
) -> None:
    found = status(client, query)
    assert (found["custody"], found["days"]["total"]["max"]) == (custody, days)


def test_a_page_says_what_was_known_and_how_to_get_to_the_rest(
    campaign: Campaign, client: AuditingClient
) -> None:
    make_update(campaign, title="They admit it", published_at=at("2025-05-08"))
    html = client.get("/campaigns/amal?known_on=2025-04-01").text
    text = words(html)
    assert "This page shows what was known on 1 April 2025 : the entries published by then" in text
    assert "As known on 1 April 2025." in text
    assert "Disappeared: whereabouts unknown since 5 January 2025" in text
    assert "The ministry admits to it." not in text
    assert "They admit it" not in text
    for address in ("/campaigns/amal?as_of=2025-04-01", "/campaigns/amal"):
        assert f'href="{address}"' in html
    earlier = client.get("/campaigns/amal?as_of=2025-04-01").text
    assert 'href="/campaigns/amal?known_on=2025-04-01"' in earlier
    # Search engines are to find today's page alone.
    assert 'content="noindex"' in html
    assert 'content="noindex"' not in client.get("/campaigns/amal").text


def test_links_of_an_earlier_day_lead_to_the_same_day(
    campaign: Campaign, client: AuditingClient
) -> None:
    event = campaign.events[0].id
    query = "?known_on=2025-04-01"
    html = client.get(f"/campaigns/amal{query}").text
    assert f'href="/campaigns/amal/events/{event}{query}"' in html
    document = client.get(f"/campaigns/amal.json{query}").get_json()
    assert (document["as_of"], document["known_on"]) == ("2025-04-01", "2025-04-01")
    for name in ("html", "timeline", "table", "articles"):
        assert document["links"][name].endswith(query)
    (entry,) = client.get(document["links"]["timeline"]).get_json()["events"]
    assert entry["id"] == event
    assert client.get(entry["url"]).status_code == 200
    assert "The ministry" not in client.get(document["links"]["table"]).text
    hidden = campaign.events[1].id
    assert client.get(f"/campaigns/amal/events/{hidden}{query}").status_code == 404


@pytest.mark.database("sqlite")
def test_every_earlier_day_can_be_reached_by_a_form(
    campaign: Campaign, client: AuditingClient
) -> None:
    html = client.get("/campaigns/amal").text
    assert '<form class="look-back__form" action="/campaigns/amal" method="get">' in html
    for name in ("as_of", "known_on"):
        assert f'name="{name}" type="date"' in html
    # What its two fields send when only one was filled in.
    assert status(client, "?as_of=&known_on=2025-04-01")["custody"] == "forcibly_disappeared"
    own = client.get(f"/campaigns/amal/events/{campaign.events[1].id}").text
    assert "/campaigns/amal?as_of=2025-05-01" in own
    assert "/campaigns/amal?known_on=2025-05-08" in own


def corrected(campaign: Campaign) -> Event:
    """An entry that said another thing in every field, until a correction of June."""
    first, second = make_article(campaign), make_article(campaign, title="No, it was Lahore")
    event = make_event(
        campaign,
        EventKind.TRANSFERRED,
        "2025-05-03",
        summary="Amal is moved to Lahore.",
        text="By night.",
        place="Lahore",
        confidence=Confidence.CONFIRMED,
        sources=[second],
        published_at=at("2025-05-08"),
    )
    event.corrections.append(
        Correction(
            position=1,
            on=date(2025, 6, 1),
            note="A letter came from there.",
            was={
                "kind": "hearing",
                "date": "2025-05",
                "detainees": [campaign.detainees[0].ref],
                "summary": "A hearing in Multan.",
                "text": None,
                "place": "Multan",
                "confidence": "possible",
                "actor": {"name": "The court", "kind": "court", "state_link": "yes"},
                "sources": [{"article": first.ref, "stance": "mentions", "note": "Page 3."}],
                "hearing": {
                    "starts_at": "2025-05-09T09:30:00+05:00",
                    "court": "Sessions Court",
                    "status": "scheduled",
                },
            },
        )
    )
    db.session.commit()
    return event


def test_an_entry_reads_as_it_did_then(campaign: Campaign, client: AuditingClient) -> None:
    event = corrected(campaign)
    query = "?known_on=2025-05-31"
    entries = client.get(f"/campaigns/amal/timeline.json{query}").get_json()["events"]
    then = next(it for it in entries if it["id"] == event.id)
    assert (then["kind"], then["date"], then["confidence"]) == ("hearing", "2025-05", "possible")
    assert (then["summary"], then["place"]) == ("A hearing in Multan.", "Multan")
    assert then["actor"]["name"] == "The court"
    assert then["sources"] == [{"article": "article-1", "stance": "mentions", "note": "Page 3."}]
    assert then["hearing"]["starts_at"] == "2025-05-09T09:30:00+05:00"
    assert "corrections" not in then
    assert "text" not in then
    assert then["detainees"] == ["person-1"]
    text = page(client, query)
    assert "A hearing in Multan." in text
    assert "Amal is moved to Lahore." not in text
    own = client.get(f"/campaigns/amal/events/{event.id}{query}").text
    assert "As it read on" in own
    # From the day of the correction on it reads as corrected, and nothing stored was changed.
    after = page(client, "?known_on=2025-06-01")
    assert "Amal is moved to Lahore." in after
    assert "A letter came from there." in after
    db.session.expire_all()
    stored = db.session.get_one(Event, event.id)
    assert (stored.summary, len(stored.corrections)) == ("Amal is moved to Lahore.", 1)
    assert stored.sources[0].stance == Stance.SUPPORTS
    assert len(stored.sources) == 1


@pytest.mark.database("sqlite")
def test_of_several_corrections_the_next_one_says_how_it_read(
    campaign: Campaign, client: AuditingClient
) -> None:
    event = campaign.events[0]
    for position, (day, was) in enumerate(
        ((date(2025, 2, 1), "The first."), (date(2025, 3, 1), "The second.")), start=1
    ):
        event.corrections.append(
            Correction(position=position, on=day, note="n", was={"summary": was})
        )
    for asked, says in (("2025-01-31", "The first."), ("2025-02-28", "The second.")):
        assert says in page(client, f"?known_on={asked}")
    assert "Amal is taken from home." in page(client, "?known_on=2025-03-01")


def test_what_was_retracted_later_counted_then_and_says_what_became_of_it(
    campaign: Campaign, client: AuditingClient
) -> None:
    event = make_event(
        campaign,
        EventKind.RELEASED,
        "2025-06-01",
        detainees=campaign.detainees,
        summary="Amal is free.",
        text="A long story that was not true.",
        published_at=at("2025-06-02"),
    )
    event.retracted_on, event.retracted_reason = date(2025, 6, 10), "It was somebody else."
    query = "?known_on=2025-06-05"
    assert status(client, query)["custody"] == "released"
    text = page(client, query)
    assert "Amal is free." in text
    assert "Retracted since, on 10 June 2025. It was somebody else." in text
    assert "A long story" not in text
    entry = client.get(f"/campaigns/amal/timeline.json{query}").get_json()["events"][0]
    assert entry["retracted_since"] == {"on": "2025-06-10", "reason": "It was somebody else."}
    assert "retracted" not in entry
    assert status(client, "?known_on=2025-06-10")["custody"] == "detained"
    # What has happened by a day is asked of what is known today.
    assert status(client, "?as_of=2025-06-05")["custody"] == "detained"


@pytest.mark.database("sqlite")
def test_nothing_embargoed_appears_before_its_time(
    campaign: Campaign, client: AuditingClient
) -> None:
    event = make_event(
        campaign,
        EventKind.RELEASED,
        "2025-07-01",
        detainees=campaign.detainees,
        published_at=at("2025-07-02"),
        embargo_until=at("2025-07-20"),
    )
    assert status(client, "?known_on=2025-07-19")["custody"] == "detained"
    assert status(client, "?known_on=2025-07-20")["custody"] == "released"
    event.embargo_until = at("2026-07-20")
    campaign.version += 1
    assert status(client, "?known_on=2025-07-20")["custody"] == "detained"


@pytest.mark.database("sqlite")
def test_a_name_that_is_hidden_today_was_never_known(
    campaign: Campaign, client: AuditingClient
) -> None:
    campaign.detainees[0].name_policy = NamePolicy.WITHHELD
    assert "Amal Person" not in client.get("/campaigns/amal?known_on=2025-04-01").text


@pytest.mark.database("sqlite")
def test_a_hearing_ahead_was_known_but_none_of_it_is_to_come(
    campaign: Campaign, client: AuditingClient
) -> None:
    make_event(
        campaign,
        EventKind.HEARING,
        "2025-09-01",
        summary="The court sits.",
        hearing_starts_at=at("2025-09-01"),
        hearing_court="Sessions Court",
        hearing_status=HearingStatus.SCHEDULED,
        published_at=at("2025-08-01"),
    )
    query = "?known_on=2025-08-15"
    assert "The court sits." in page(client, query)
    assert "next_hearing" not in client.get(f"/campaigns/amal.json{query}").get_json()
    assert "The court sits." not in page(client, "?as_of=2025-08-15")


@pytest.mark.database("sqlite")
def test_articles_and_confirmations_of_later_are_left_out(
    campaign: Campaign, client: AuditingClient
) -> None:
    report = make_article(campaign, title="Ministry admits")
    make_article(campaign, title="Nobody cites this", published="2024-01-01")
    make_event(campaign, EventKind.MEDIA, sources=[report], published_at=at("2025-05-08"))
    amal = campaign.detainees[0]
    for position, day in enumerate((date(2025, 2, 1), date(2025, 8, 1)), start=1):
        amal.confirmations.append(Confirmation(position=position, on=day))
    document = client.get("/campaigns/amal/articles.json?known_on=2025-04-01").get_json()
    assert document == {"articles": []}
    document = client.get("/campaigns/amal/articles.json?known_on=2025-05-08").get_json()
    assert [it["title"] for it in document["articles"]] == ["Ministry admits"]
    assert status(client, "?known_on=2025-04-01")["last_confirmed"] == {"on": "2025-02-01"}
    assert "Nothing had been told by then." in page(client, "?known_on=2025-01-01")


@pytest.mark.parametrize("day", ["2026-03-01", "2026-03-02", "2999-01-01"])
@pytest.mark.database("sqlite")
def test_today_and_days_to_come_mean_today(
    campaign: Campaign, client: AuditingClient, day: str
) -> None:
    assert page(client, f"?known_on={day}") == page(client, "")
    assert "known_on" not in client.get(f"/campaigns/amal.json?known_on={day}").get_json()


@pytest.mark.database("sqlite")
def test_of_a_closed_campaign_both_days_can_be_asked(
    campaign: Campaign, client: AuditingClient
) -> None:
    campaign.state, campaign.closed_on = CampaignState.CLOSED, date(2025, 6, 1)
    before, after = status(client, "?known_on=2025-04-01"), status(client, "?known_on=2025-09-01")
    assert (before["custody"], after["custody"]) == ("forcibly_disappeared", "detained")
    document = client.get("/campaigns/amal.json?known_on=2025-09-01").get_json()
    assert document["as_of"] == "2025-06-01"


@pytest.mark.parametrize("day", ["yesterday", "2025-02-30", "2025-2-1", "0000-01-01", "2025"])
@pytest.mark.parametrize(
    "path",
    [
        "/campaigns/amal",
        "/campaigns/amal.json",
        "/campaigns/amal/timeline",
        "/campaigns/amal/timeline.json",
        "/campaigns/amal/timeline.csv",
        "/campaigns/amal/articles.json",
    ],
)
@pytest.mark.database("sqlite")
def test_what_is_no_day_is_refused_in_a_clear_sentence(
    campaign: Campaign, client: AuditingClient, path: str, day: str
) -> None:
    for name in ("as_of", "known_on"):
        response = client.get(path, query_string={name: day})
        assert response.status_code == 400
        sentence = f"After {name}= there must be a day, written like 2024-03-01."
        if path.endswith(".json"):
            assert response.mimetype == "application/problem+json"
            assert response.get_json()["detail"] == sentence
        else:
            assert sentence in response.text
