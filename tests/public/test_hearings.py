"""A day in court: set, moved, adjourned, held or called off; on the page and in calendars."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from icalendar import Calendar

from campaigns.cases.contents import EventContent
from campaigns.cases.editing import edit_event
from campaigns.cases.models import Campaign, Event
from campaigns.cases.vocabulary import EventKind, HearingStatus
from campaigns.db import db
from campaigns.web.finished import expire_finished
from tests.factories import make_campaign, make_detainee, make_event
from tests.fixtures.auditing import AuditingClient
from tests.public.stories import words

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
FIRST = datetime(2026, 3, 5, 4, 30, tzinfo=UTC)
SECOND = FIRST + timedelta(days=12, hours=1)
FIRST_TOLD, SECOND_TOLD = "Thursday 5 March 2026, 09:30", "Tuesday 17 March 2026, 10:30"
EVE_TOLD, DAY = "Wednesday 4 March 2026, 09:30", timedelta(days=1)
COURT = "Sessions Court (time in Asia/Karachi)"
Status = HearingStatus


@pytest.fixture(autouse=True)
def now(app: Flask) -> Iterator[None]:
    """The first of March 2026."""
    with time_machine.travel(NOW, tick=True):
        yield


def campaign_with(
    status: HearingStatus, starts_at: datetime = FIRST, previous: datetime | None = None
) -> Campaign:
    campaign = make_campaign("heard")
    make_event(
        campaign,
        EventKind.HEARING,
        starts_at.date().isoformat(),
        detainees=[make_detainee(campaign)],
        summary="The court hears the charge.",
        hearing_starts_at=starts_at,
        hearing_court="Sessions Court",
        hearing_status=status,
        hearing_previous_starts_at=previous,
    )
    return campaign


def edited(campaign: Campaign, **changes: Any) -> None:
    """Change the hearing as an organiser does, with a note."""
    event = campaign.events[0]
    fields: dict[str, Any] = {
        "kind": event.kind,
        "date_edtf": event.date_edtf,
        "summary": event.summary,
        "people": tuple(event.detainees),
        "hearing_starts_at": event.hearing_starts_at,
        "hearing_court": event.hearing_court,
        "hearing_status": event.hearing_status,
    }
    edit_event(
        campaign,
        event,
        EventContent(**(fields | changes)),
        version=event.version,
        note="The judge was ill.",
        organiser_id=1,
    )
    db.session.commit()
    expire_finished()


def sentences(client: AuditingClient, path: str) -> str:
    """What can be read of a page, without a space before a comma or the like."""
    return re.sub(r" ([.,;])", r"\1", words(client.get(path).text))


def in_calendar(client: AuditingClient, slug: str = "heard") -> Any:
    parsed = Calendar.from_ical(client.get(f"/campaigns/{slug}/hearings.ics").data)
    (found,) = (part for part in parsed.walk() if part.name == "VEVENT")
    return found


@pytest.mark.parametrize(
    ("status", "starts_at", "previous", "says"),
    [
        (Status.SCHEDULED, FIRST, None, f"Set for {FIRST_TOLD}."),
        (Status.SCHEDULED, SECOND, FIRST, f"Moved from {FIRST_TOLD} to {SECOND_TOLD}."),
        (Status.ADJOURNED, SECOND, FIRST, f"Adjourned from {FIRST_TOLD} to {SECOND_TOLD}."),
        (Status.ADJOURNED, FIRST, None, f"Adjourned from {FIRST_TOLD}; no new date is known yet."),
        (Status.HELD, FIRST - timedelta(days=7), None, "Held on Thursday 26 February 2026, 09:30."),
        (Status.HELD, FIRST - DAY, FIRST, f"Held on {EVE_TOLD}; moved from {FIRST_TOLD}."),
        (Status.CANCELLED, FIRST, None, f"Cancelled; it was set for {FIRST_TOLD}."),
        (
            Status.CANCELLED,
            SECOND,
            FIRST,
            f"Cancelled; it was set for {SECOND_TOLD}, moved from {FIRST_TOLD}.",
        ),
    ],
)
@pytest.mark.database("sqlite")
def test_a_hearing_is_told_in_the_zone_of_its_court(
    app: Flask,
    client: AuditingClient,
    status: HearingStatus,
    starts_at: datetime,
    previous: datetime | None,
    says: str,
) -> None:
    campaign = campaign_with(status, starts_at, previous)
    for path in ("/campaigns/heard", f"/campaigns/heard/events/{campaign.events[0].id}"):
        assert f"{says} {COURT}" in sentences(client, path)
    goes_on = status == Status.SCHEDULED or (status == Status.ADJOURNED and previous is not None)
    assert ("Next hearing" in words(client.get("/campaigns/heard").text)) is goes_on


@pytest.mark.parametrize(
    ("status", "starts_at", "previous", "says"),
    [
        (Status.SCHEDULED, FIRST, None, f"Was set for {FIRST_TOLD}; how it went is not known yet."),
        (
            Status.SCHEDULED,
            SECOND,
            FIRST,
            f"Moved from {FIRST_TOLD} to {SECOND_TOLD}; how it went is not known yet.",
        ),
        (
            Status.ADJOURNED,
            SECOND,
            FIRST,
            f"Adjourned from {FIRST_TOLD} to {SECOND_TOLD}; how it went is not known yet.",
        ),
        (Status.ADJOURNED, FIRST, None, f"Adjourned from {FIRST_TOLD}; no new date is known yet."),
        (Status.HELD, FIRST, None, f"Held on {FIRST_TOLD}."),
    ],
)
@pytest.mark.database("sqlite")
def test_once_its_day_is_over_a_hearing_is_not_said_to_be_set(
    app: Flask,
    client: AuditingClient,
    status: HearingStatus,
    starts_at: datetime,
    previous: datetime | None,
    says: str,
) -> None:
    campaign = campaign_with(status, starts_at, previous)
    with time_machine.travel(starts_at + DAY, tick=True):
        for path in ("/campaigns/heard", f"/campaigns/heard/events/{campaign.events[0].id}"):
            assert f"{says} {COURT}" in sentences(client, path)
        (told,) = client.get("/campaigns/heard/timeline.json").get_json()["events"]
        assert told["hearing"]["status"] == status


@pytest.mark.database("sqlite")
def test_on_its_day_it_is_set_until_midnight_where_the_court_is(
    app: Flask, client: AuditingClient
) -> None:
    campaign_with(Status.SCHEDULED)
    for hour, says, page in ((18, "Set for", ""), (20, "Was set for", "/timeline")):
        with time_machine.travel(FIRST.replace(hour=hour), tick=True):
            assert f"{says} {FIRST_TOLD}" in sentences(client, f"/campaigns/heard{page}")


@pytest.mark.database("sqlite")
def test_what_is_adjourned_without_a_date_is_awaited_by_nobody(
    app: Flask, client: AuditingClient
) -> None:
    campaign = campaign_with(Status.ADJOURNED)
    assert "Hearing on" not in words(client.get("/").text)
    assert "next_hearing" not in client.get("/campaigns/heard.json").get_json()
    assert in_calendar(client)["status"] == "CANCELLED"
    campaign.events[0].hearing_previous_starts_at = FIRST - DAY
    campaign.version += 1
    db.session.commit()
    expire_finished()
    home = words(client.get("/").text)
    assert f"Hearing on {FIRST_TOLD} (time in Asia/Karachi)" in home
    assert in_calendar(client)["status"] == "CONFIRMED"


@pytest.mark.parametrize("status", [HearingStatus.ADJOURNED, HearingStatus.HELD])
def test_one_that_was_brought_forward_is_not_said_to_be_adjourned(
    app: Flask, client: AuditingClient, status: HearingStatus
) -> None:
    campaign_with(status, FIRST, previous=FIRST + timedelta(days=20))
    for path in ("/campaigns/heard", "/campaigns/heard/feed.atom"):
        told = sentences(client, path)
        assert "oved from" in told
        assert "djourned from" not in told


def test_an_adjournment_moves_the_same_event(app: Flask, client: AuditingClient) -> None:
    campaign = campaign_with(Status.SCHEDULED)
    before = in_calendar(client)
    edited(
        campaign,
        hearing_starts_at=SECOND,
        hearing_status=Status.ADJOURNED,
        date_edtf=SECOND.date().isoformat(),
    )
    after = in_calendar(client)
    assert after["uid"] == before["uid"]
    assert after["sequence"] > before["sequence"]
    assert after.decoded("dtstart") == SECOND
    assert after["dtstart"].params["TZID"] == "Asia/Karachi"
    assert after["status"] == "CONFIRMED"
    assert after.decoded("last-modified") >= before.decoded("last-modified")
    text = words(client.get("/campaigns/heard").text)
    assert f"Next hearing {SECOND_TOLD}" in text
    assert f"Adjourned from {FIRST_TOLD}" in text
    edited(campaign, hearing_status=Status.CANCELLED)
    gone = in_calendar(client)
    assert (gone["uid"], gone["status"]) == (before["uid"], "CANCELLED")
    assert gone["sequence"] > after["sequence"]
    assert "Next hearing" not in words(client.get("/campaigns/heard").text)


@pytest.mark.database("sqlite")
def test_a_hearing_stays_the_same_appointment_when_its_campaign_gets_another_address(
    app: Flask, client: AuditingClient
) -> None:
    campaign = campaign_with(Status.SCHEDULED)
    before = in_calendar(client)
    campaign.slug, campaign.version = "campaign-4", campaign.version + 1
    db.session.commit()
    assert in_calendar(client, "campaign-4")["uid"] == before["uid"]


@pytest.mark.database("sqlite")
def test_the_hour_is_right_when_clocks_change(app: Flask, client: AuditingClient) -> None:
    campaign = campaign_with(Status.SCHEDULED, datetime(2026, 3, 30, 7, tzinfo=UTC))
    campaign.timezone = "Europe/Berlin"
    campaign.version += 1
    text = client.get("/campaigns/heard/hearings.ics").text
    assert "BEGIN:DAYLIGHT" in text
    assert "DTSTART;TZID=Europe/Berlin:20260330T090000" in text
    assert "Monday 30 March 2026, 09:00" in words(client.get("/campaigns/heard").text)
    assert db.session.get_one(Event, campaign.events[0].id).hearing_status == Status.SCHEDULED
