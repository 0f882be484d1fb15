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
        (Status.ADJOURNED, FIRST, None, f"Adjourned; the last date known is {FIRST_TOLD}."),
        (Status.HELD, FIRST - timedelta(days=7), None, "Held on Thursday 26 February 2026, 09:30."),
        (Status.CANCELLED, FIRST, None, f"Cancelled; it was set for {FIRST_TOLD}."),
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
        text = re.sub(r" ([.])", r"\1", words(client.get(path).text))
        assert f"{says} {COURT}" in text
    goes_on = status in (Status.SCHEDULED, Status.ADJOURNED)
    assert ("Next hearing" in words(client.get("/campaigns/heard").text)) is goes_on


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
