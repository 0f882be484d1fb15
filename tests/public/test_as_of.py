"""A campaign as it stood on an earlier day."""

from datetime import date, timedelta

import pytest
from flask import Flask

from campaigns.cases.models import Campaign
from campaigns.cases.vocabulary import CampaignState, EventKind, HearingStatus
from campaigns.db import utcnow
from tests.factories import make_campaign, make_detainee, make_event, make_petition
from tests.fixtures.auditing import AuditingClient

ARRESTED, GRANTED, RELEASED = "2024-03-01", "2024-03-06", "2024-03-09"


@pytest.fixture
def campaign(app: Flask) -> Campaign:
    """Somebody arrested, granted bail and released, with a hearing still to come."""
    campaign = make_campaign("amal")
    amal = make_detainee(campaign, "Amal Person")
    for kind, day in (
        (EventKind.ARRESTED, ARRESTED),
        (EventKind.BAIL_GRANTED, GRANTED),
        (EventKind.RELEASED_ON_BAIL, RELEASED),
    ):
        make_event(campaign, kind, day, detainees=[amal], summary=f"{kind.value} of Amal.")
    starts_at = utcnow() + timedelta(days=3)
    make_event(
        campaign,
        EventKind.HEARING,
        starts_at.date().isoformat(),
        hearing_starts_at=starts_at,
        hearing_court="Sessions Court",
        hearing_status=HearingStatus.SCHEDULED,
    )
    make_petition(campaign)
    return campaign


def _status(client: AuditingClient, query: str) -> tuple[str, str, int]:
    document = client.get(f"/campaigns/amal.json{query}").get_json()
    status = document["detainees"][0]["status"]
    return document["as_of"], status["custody"], status["days"]["total"]["max"]


@pytest.mark.parametrize(
    ("day", "custody", "days"),
    [
        ("0001-01-01", "unknown", 0),
        ("2024-02-29", "unknown", 0),
        ("2024-03-01", "police_custody", 0),
        ("2024-03-05", "police_custody", 4),
        ("2024-03-08", "police_custody", 7),
        ("2024-03-09", "released_on_bail", 8),
        ("2024-12-31", "released_on_bail", 8),
    ],
)
@pytest.mark.database("sqlite")
def test_the_status_is_that_of_the_day(
    campaign: Campaign, client: AuditingClient, day: str, custody: str, days: int
) -> None:
    assert _status(client, f"?as_of={day}") == (day, custody, days)


def test_only_what_led_up_to_the_day_is_told(campaign: Campaign, client: AuditingClient) -> None:
    page = client.get("/campaigns/amal?as_of=2024-03-07").text
    assert "arrested of Amal." in page
    assert "bail_granted of Amal." in page
    assert "released_on_bail of Amal." not in page
    assert "Sessions Court" not in page
    assert "This page shows the status as of" in page
    assert "See what is known today" in page
    assert "next_hearing" not in client.get("/campaigns/amal.json?as_of=2024-03-07").get_json()
    today = client.get("/campaigns/amal").text
    assert "released_on_bail of Amal." in today
    assert "Sessions Court" in today
    assert "This page shows the status as of" not in today


@pytest.mark.parametrize("day", ["2999-01-01", "9999-12-31"])
@pytest.mark.database("sqlite")
def test_a_day_to_come_means_today(campaign: Campaign, client: AuditingClient, day: str) -> None:
    assert _status(client, f"?as_of={day}") == _status(client, "")
    assert client.get(f"/campaigns/amal?as_of={day}").text == client.get("/campaigns/amal").text


@pytest.mark.parametrize("day", ["2024-05-01", "2024-05-02", "2025-01-01", "2999-01-01"])
@pytest.mark.database("sqlite")
def test_a_day_after_the_closing_means_that_day(
    campaign: Campaign, client: AuditingClient, day: str
) -> None:
    campaign.state, campaign.closed_on = CampaignState.CLOSED, date(2024, 5, 1)
    make_event(campaign, EventKind.STATEMENT, "2024-06-01", summary="Said after the closing.")
    page = client.get("/campaigns/amal").text
    assert _status(client, f"?as_of={day}")[0] == "2024-05-01"
    assert client.get(f"/campaigns/amal?as_of={day}").text == page
    assert "Said after the closing." in page
    assert "As last known on" in page
    assert client.get("/campaigns/amal?as_of=2024-04-30").text != page


@pytest.mark.parametrize(
    "day",
    [
        "yesterday",
        "2024-02-30",
        "2024-13-01",
        "2024-3-1",
        "20240301",
        "2018-W01-1",
        "2024-03-01T00:00",
        "2024-03",
        "0000-01-01",
        "-024-03-01",
        "２０２４-03-01",
        "2024-03-01%00",
        "' OR 1=1--",
        "2024-03-01,2024-03-02",
    ],
)
@pytest.mark.parametrize("path", ["/campaigns/amal", "/campaigns/amal.json"])
@pytest.mark.database("sqlite")
def test_what_is_no_day_is_refused(
    campaign: Campaign, client: AuditingClient, path: str, day: str
) -> None:
    assert client.get(path, query_string={"as_of": day}).status_code == 400


@pytest.mark.database("sqlite")
def test_no_day_at_all_means_today(campaign: Campaign, client: AuditingClient) -> None:
    assert _status(client, "?as_of=") == _status(client, "")


@pytest.mark.database("sqlite")
def test_what_may_or_may_not_have_happened_yet_is_shown_and_changes_nothing(
    app: Flask, client: AuditingClient
) -> None:
    campaign = make_campaign("amal")
    amal = make_detainee(campaign, "Amal Person")
    make_event(campaign, EventKind.ARRESTED, "2024-03-01/2024-03-05", detainees=[amal])
    assert _status(client, "?as_of=2024-03-03")[1] == "unknown"
    page = client.get("/campaigns/amal?as_of=2024-03-03").text
    assert "It may or may not have happened by this day" in page
    assert _status(client, "?as_of=2024-03-05")[1] == "police_custody"


@pytest.mark.database("sqlite")
def test_how_fresh_it_was_is_told_as_of_that_day_too(
    campaign: Campaign, client: AuditingClient
) -> None:
    stale = "No news for more than 30 days"
    assert stale not in client.get("/campaigns/amal?as_of=2024-03-20").text
    assert stale in client.get("/campaigns/amal?as_of=2024-06-20").text
    # What came later did not make it fresh then.
    make_event(campaign, EventKind.PROTEST, "2024-07-01")
    assert stale in client.get("/campaigns/amal?as_of=2024-06-20").text


def test_a_day_within_an_uncertain_date_is_not_told_as_certain(client: AuditingClient) -> None:
    campaign = make_campaign("ranged")
    person = make_detainee(campaign, "Ranged Person")
    make_event(campaign, EventKind.ABDUCTED, "2018-04-22", detainees=[person])
    make_event(campaign, EventKind.RELEASED, "2018-04-22/2018-04-26", detainees=[person])
    make_petition(campaign)
    perhaps = "perhaps otherwise: the date of an entry is not certain"
    assert perhaps in client.get("/campaigns/ranged?as_of=2018-04-25").text
    assert perhaps not in client.get("/campaigns/ranged?as_of=2018-04-26").text


def test_on_the_first_day_of_another_time_the_days_before_are_told_too(
    client: AuditingClient,
) -> None:
    campaign = make_campaign("again")
    person = make_detainee(campaign, "Held Again")
    for kind, day in (
        (EventKind.ARRESTED, "2024-03-01"),
        (EventKind.RELEASED, "2024-03-09"),
        (EventKind.ARRESTED, "2024-06-01"),
    ):
        make_event(campaign, kind, day, detainees=[person])
    make_petition(campaign)
    page = client.get("/campaigns/again?as_of=2024-06-01").text
    assert "held less than a day" in page
    assert "this time; 8 days in all" in page


def test_where_nothing_is_known_the_headline_says_so(client: AuditingClient) -> None:
    campaign = make_campaign("unknown")
    for name in ("One Person", "Two Person"):
        make_detainee(campaign, name)
    make_petition(campaign)
    page = client.get("/campaigns/unknown").text
    assert "Nothing certain is known of 2 people" in page
    assert "0 of 2 free" not in page
